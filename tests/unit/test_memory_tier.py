"""The memory tier: bounded in bytes, resistant to scans, honest in its counts."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.memory_tier import hit_rate, plain_lru, segmented, trace
from cache.memory import MemoryStats, SegmentedLRU

if TYPE_CHECKING:
    from collections.abc import Iterator


def tier(budget_bytes: int = 100, protected_share: float = 0.8) -> SegmentedLRU[str, str]:
    return SegmentedLRU(budget_bytes, protected_share)


def held(memory: SegmentedLRU[str, str], keys: str) -> str:
    """Return which of the one-letter keys are held, without touching them."""
    return "".join(key for key in keys if memory.peek(key) is not None)


def protect(memory: SegmentedLRU[str, str], keys: str, size_bytes: int = 10) -> None:
    for key in keys:
        memory.put(key, key.upper(), size_bytes)
        memory.get(key)


def test_a_value_is_returned_as_the_object_that_was_put() -> None:
    memory: SegmentedLRU[str, list[int]] = SegmentedLRU(100)
    value = [1]
    assert memory.put("a", value, 10)
    assert memory.get("a") is value
    assert memory.get("b") is None


def test_cache_8_the_oldest_on_probation_makes_room() -> None:
    memory = tier()
    for key in "abcdefghijk":
        memory.put(key, key, 10)
    assert held(memory, "abcdefghijk") == "bcdefghijk"
    assert memory.stats().evictions == 1
    memory.check()


def test_cache_8_the_budget_is_in_bytes_not_in_entries() -> None:
    memory = tier()
    for key in "abcdefghij":
        memory.put(key, key, 10)
    memory.put("z", "z", 55)
    assert held(memory, "abcdefghijz") == "ghijz"
    assert memory.stats().bytes == 95


def test_f11_a_scan_leaves_what_was_asked_for_twice() -> None:
    memory = tier()
    protect(memory, "ab")
    for number in range(1000):
        memory.put(f"scan {number}", "", 10)
    assert held(memory, "ab") == "ab"
    memory.check()


def test_f11_the_hit_rate_beats_lru_by_five_points_on_a_zipf_and_scan_trace() -> None:
    ours = hit_rate(trace(7, 20_000), segmented(warming_is_told=False))
    plain = hit_rate(trace(7, 20_000), plain_lru())
    assert ours >= plain + 0.05


def test_protected_entries_keep_to_their_share_and_the_oldest_gets_another_probation() -> None:
    memory = tier()
    protect(memory, "abcdefghi")
    stats = memory.stats()
    assert (stats.protected_bytes, stats.probation_bytes) == (80, 10)
    memory.put("x", "", 20)
    assert held(memory, "abcdefghix") == "bcdefghix"
    memory.check()


def test_a_hit_makes_a_protected_entry_recent() -> None:
    memory = tier()
    protect(memory, "abcdefgh")
    memory.get("a")
    protect(memory, "i")
    memory.put("x", "", 20)
    assert held(memory, "abx") == "ax"


def test_an_entry_larger_than_the_protected_share_stays_on_probation() -> None:
    memory = tier(protected_share=0.5)
    protect(memory, "ab")
    memory.put("l", "L", 60)
    assert memory.get("l") == "L"
    assert memory.stats().protected_bytes == 20
    assert held(memory, "ab") == "ab"
    memory.check()


def test_an_entry_larger_than_the_budget_is_refused_and_pushes_nothing_out() -> None:
    memory = tier()
    memory.put("a", "A", 10)
    assert not memory.put("l", "L", 101)
    assert held(memory, "al") == "a"
    assert memory.stats().evictions == 0


@pytest.mark.parametrize("promoted", [False, True])
def test_a_refused_replacement_does_not_leave_the_former_value(promoted: bool) -> None:  # noqa: FBT001 - a case
    memory = tier()
    memory.put("a", "old", 10)
    if promoted:
        memory.get("a")
    assert not memory.put("a", "new", 101)
    assert memory.get("a") is None
    assert memory.stats().bytes == 0
    memory.check()


@pytest.mark.parametrize("promoted", [False, True])
@pytest.mark.parametrize("size_bytes", [0, 5, 10, 70, 100])
def test_replacing_adjusts_the_sizes(promoted: bool, size_bytes: int) -> None:  # noqa: FBT001 - a case
    memory = tier()
    protect(memory, "b")
    memory.put("a", "old", 10)
    if promoted:
        memory.get("a")
    assert memory.put("a", "new", size_bytes)
    assert memory.get("a") == "new"
    memory.check()


def test_a_replaced_protected_entry_stays_protected_and_others_make_room() -> None:
    memory = tier()
    protect(memory, "abcdefgh")
    memory.put("h", "grown", 80)
    stats = memory.stats()
    assert memory.peek("h") == "grown"
    assert (stats.protected_bytes, stats.bytes) == (80, 100)
    assert held(memory, "abcdefg") == "fg"
    memory.check()


def test_cache_17_warming_never_pushes_protected_entries_out() -> None:
    memory = tier()
    protect(memory, "abcdefgh")
    for number in range(100):
        assert memory.put(f"warm {number}", "", 20, hot=False)
    assert not memory.put("large", "", 21, hot=False)
    assert held(memory, "abcdefgh") == "abcdefgh"
    assert memory.stats().probation_bytes == 20
    memory.check()


def test_cache_17_the_same_entry_when_asked_for_does_push_them_out() -> None:
    memory = tier()
    protect(memory, "abcdefgh")
    assert memory.put("large", "", 21)
    assert held(memory, "abcdefgh") == "bcdefgh"
    memory.check()


def test_cache_17_warming_a_protected_entry_that_grew_moves_only_itself() -> None:
    memory = tier()
    protect(memory, "abcdefgh")
    assert memory.put("h", "same size", 10, hot=False)
    assert memory.stats().protected_bytes == 80
    assert memory.put("h", "grown", 15, hot=False)
    assert memory.peek("h") == "grown"
    assert held(memory, "abcdefg") == "abcdefg"
    assert memory.stats().protected_bytes == 70
    memory.check()


def test_cache_17_warming_does_not_make_a_protected_entry_recent() -> None:
    memory = tier()
    protect(memory, "abcdefgh")
    memory.put("a", "warmed", 10, hot=False)
    protect(memory, "i")
    assert memory.stats().probation_bytes == 10
    memory.put("x", "", 20)
    assert held(memory, "abx") == "bx"


def test_get_many_returns_what_is_there_in_the_order_asked() -> None:
    memory = tier()
    protect(memory, "cb")
    memory.put("a", "A", 10)
    assert list(memory.get_many(["b", "x", "a", "c"]).items()) == [("b", "B"), ("a", "A"), ("c", "C")]
    memory.check()


def test_f6_hits_and_misses_add_up_to_the_lookups() -> None:
    memory = tier()
    memory.put("a", "A", 10)
    memory.get("a")
    memory.get("b")
    memory.get_many(["a", "b", "c", "a"])
    memory.get_many([])
    memory.peek("a")
    memory.peek("c")
    stats = memory.stats()
    assert (stats.hits, stats.misses) == (3, 3)


def test_peek_neither_counts_nor_protects() -> None:
    memory = tier()
    memory.put("a", "A", 10)
    assert memory.peek("a") == "A"
    assert memory.peek("b") is None
    assert memory.stats() == MemoryStats(
        entries=1,
        bytes=10,
        budget_bytes=100,
        hits=0,
        misses=0,
        evictions=0,
        probation_bytes=10,
        protected_bytes=0,
    )


def test_delete_takes_an_entry_out_of_either_segment() -> None:
    memory = tier()
    protect(memory, "a")
    memory.put("b", "B", 10)
    assert memory.delete("a")
    assert memory.delete("b")
    assert not memory.delete("b")
    assert memory.stats().bytes == 0
    memory.check()


def test_cache_12_delete_where_forgets_all_keys_of_a_kind_and_no_others() -> None:
    memory = tier()
    protect(memory, "ab")
    for key in ("c", "A", "B"):
        memory.put(key, key, 10)
    assert memory.delete_where(str.islower) == 3
    assert held(memory, "abcAB") == "AB"
    assert memory.stats().bytes == 20
    memory.check()


def test_cache_12_clear_forgets_everything_and_keeps_the_counters() -> None:
    memory = tier()
    protect(memory, "ab")
    memory.put("c", "C", 10)
    memory.clear()
    stats = memory.stats()
    assert (stats.entries, stats.bytes, stats.hits) == (0, 0, 2)
    assert held(memory, "abc") == ""
    memory.check()


@pytest.mark.parametrize(("budget_bytes", "share"), [(0, 0.8), (-1, 0.8), (10, 1.1), (10, -0.1)])
def test_an_impossible_budget_is_refused(budget_bytes: int, share: float) -> None:
    with pytest.raises(ValueError, match="need a budget"):
        SegmentedLRU(budget_bytes, share)


def test_a_negative_size_is_refused() -> None:
    memory = tier()
    with pytest.raises(ValueError, match="negative"):
        memory.put("a", "A", -1)
    memory.check()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda memory: setattr(memory._probation, "bytes", 1), "but say"),
        (lambda memory: setattr(memory, "_budget", 5), "exceed the budget"),
        (lambda memory: setattr(memory, "_protected_budget", 5), "exceed their share"),
        (lambda memory: memory._probation.add("a", "A", 0), "both segments"),
    ],
)
def test_check_notices_broken_sums(spoil: object, complaint: str) -> None:
    memory = tier()
    protect(memory, "a")
    spoil(memory)
    with pytest.raises(AssertionError, match=complaint):
        memory.check()


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads take turns every few microseconds, so that what is not guarded goes wrong."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(former)


@pytest.mark.usefixtures("restless")
def test_eight_threads_leave_sums_and_counts_right() -> None:
    memory: SegmentedLRU[int, int] = SegmentedLRU(2_000)
    barrier = threading.Barrier(8)
    lookups, wrong = [0] * 8, []

    def work(number: int) -> None:
        rng = np.random.default_rng(number)
        barrier.wait()
        for _ in range(1_500):
            key, size_bytes = int(rng.integers(0, 60)), int(rng.integers(1, 120))
            match int(rng.integers(0, 12)):
                case 0:
                    memory.delete(key)
                case 1:
                    memory.delete_where(lambda k, key=key: k == key)
                case 2 | 3 | 4:
                    memory.put(key, key, size_bytes, hot=bool(rng.integers(0, 2)))
                case 5 | 6 | 7:
                    keys = [key, key + 1, key + 2]
                    wrong.extend(k for k, value in memory.get_many(keys).items() if k != value)
                    lookups[number] += len(keys)
                case _:
                    value = memory.get(key)
                    wrong.extend([] if value in {None, key} else [key])
                    lookups[number] += 1
            if memory.stats().bytes > 2_000:
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory.check()
    stats = memory.stats()
    assert wrong == []
    assert stats.hits + stats.misses == sum(lookups)
    assert stats.hits > 0
    assert stats.evictions > 0


def test_a_year_of_sessions_is_read_under_one_lock_and_in_well_under_a_millisecond() -> None:
    memory: SegmentedLRU[tuple[str, int], int] = SegmentedLRU(1_000_000)
    keys = [("AAPL", day) for day in range(252)]
    for key in keys:
        memory.put(key, 1, 100)
    taken: list[float] = []
    for _ in range(20):
        began = time.perf_counter()
        found = memory.get_many(keys)
        taken.append(time.perf_counter() - began)
        assert len(found) == 252
    assert min(taken) < 0.001

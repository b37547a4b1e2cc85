"""One deadline for a whole request: what is asked within which time, and what answers when it is over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import UnavailableError
from adapters.prices import PriceRequest
from cache.deadline import Deadline
from cache.errors import CandleError, PricesUnavailableError
from cache.query import Adjust, CandleQuery, Tier
from cache.seams import NoLock
from market.resolution import Resolution
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, utc

AFTER_CLOSE = utc("2025-03-07 22:00")
IN_SESSION = utc("2025-03-07 16:00")
DAY = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 7), Adjust.RAW)
LATER_S = 600
HANG_S = 10.0
DRAIN_S = 10.0


def taking(timer: Clock, takes_s: float) -> Callable[[PriceRequest], None]:
    """Return what makes a provider take so long, or give up when its time is over, as providers must."""

    def before(request: PriceRequest) -> None:
        timer.now_s += min(takes_s, request.deadline_s)
        if takes_s > request.deadline_s:
            raise UnavailableError("It did not answer in time.", provider="scripted")

    return before


@pytest.mark.parametrize("tier", [Tier.MEMORY, Tier.SQLITE])
def test_a_stale_copy_is_there_within_three_seconds(tmp_path: Path, timer: Clock, tier: Tier) -> None:
    """D25, D26, cache-11, reliability 7: from memory, else from the table; the provider gets half of it."""
    provider = ScriptedProvider(IN_SESSION)
    place = house(tmp_path, [provider], monotonic=timer)
    fresh = place.cache.get(DAY)
    clock = Clock(place.clock.now_s + LATER_S)
    if tier is Tier.SQLITE:
        place = house(tmp_path, [provider], monotonic=timer, clock=clock)
    else:
        place.clock.now_s = clock.now_s
    provider.before, begun_s = taking(timer, HANG_S), timer.now_s
    answer = place.cache.get(DAY)
    assert timer.now_s - begun_s <= 3.0
    assert provider.requests[-1].deadline_s == 2.5
    assert (answer.tier, answer.shown_tier, answer.stale_since) == (tier, "stale", fresh.fetched_at)
    assert answer.candles.close.tolist() == fresh.candles.close.tolist()


def test_with_nothing_held_the_provider_gets_its_four_seconds(tmp_path: Path, timer: Clock) -> None:
    """D27, E31: then an error that says when to ask again; the provider's time lies inside the request's."""
    provider = ScriptedProvider(AFTER_CLOSE, before=taking(timer, HANG_S))
    place, begun_s = house(tmp_path, [provider], monotonic=timer), timer.now_s
    with pytest.raises(PricesUnavailableError) as failure:
        place.cache.get(DAY)
    assert failure.value.retry_after_s == 30.0
    assert [request.deadline_s for request in provider.requests] == [4.0]
    assert timer.now_s - begun_s <= 5.0
    with pytest.raises(PricesUnavailableError):
        place.cache.get(DAY, deadline_s=1.5)
    assert provider.requests[-1].deadline_s == 1.5


def test_a_provider_that_takes_its_time_and_answers_is_waited_for(tmp_path: Path, timer: Clock) -> None:
    """E31: 3.5 s are within its time where nothing else could answer."""
    provider = ScriptedProvider(AFTER_CLOSE, before=taking(timer, 3.5))
    assert house(tmp_path, [provider], monotonic=timer).cache.get(DAY).tier is Tier.PROVIDER


def test_after_a_timeout_the_next_provider_answers_in_time(tmp_path: Path, timer: Clock) -> None:
    """E5, reliability 7: the first has a part of the time only, and is left alone from then on."""
    slow = ScriptedProvider(AFTER_CLOSE, name="slow", before=taking(timer, HANG_S))
    quick = ScriptedProvider(AFTER_CLOSE, name="quick", before=taking(timer, 0.2))
    place = house(tmp_path, [slow, quick], monotonic=timer, cooldown_s=30.0)
    begun_s = timer.now_s
    assert place.cache.get(DAY).source == "quick"
    assert timer.now_s - begun_s <= 3.0
    assert (slow.requests[0].deadline_s, quick.requests[0].deadline_s) == (2.5, 2.5)
    year_before = CandleQuery("AAPL", Resolution.DAY, date(2024, 3, 4), date(2024, 3, 8), Adjust.RAW)
    begun_s = timer.now_s
    assert place.cache.get(year_before).source == "quick"
    assert timer.now_s - begun_s < 0.5
    assert (len(slow.requests), quick.requests[-1].deadline_s) == (1, 4.0)


def test_a_copy_beside_a_fallback_does_not_halve_the_time_again() -> None:
    """cache-11: half of the request is put aside once, whatever stands in."""
    timer = Clock(0.0)
    whole = Deadline.after(5.0, timer)
    assert whole.spare().left_s == 2.5
    assert whole.spare().spare() == whole.spare()
    timer.now_s = 6.0
    assert whole.spare().left_s == 0.0


def writers(table: FailingTable) -> list[str]:
    """Return a list that grows by the name of each thread that writes a block or actions."""
    names: list[str] = []

    def before(method: str, arguments: tuple[Any, ...]) -> None:
        of_a_lock = method == "put" and "owner" in arguments[0]
        if method in ("put", "put_many") and not of_a_lock:
            names.append(threading.current_thread().name)

    table.before = before
    return names


@pytest.mark.parametrize(("takes_s", "on_the_path"), [(3.9, False), (1.0, True)])
def test_what_comes_at_the_last_moment_is_written_outside_the_deadline(
    tmp_path: Path, timer: Clock, takes_s: float, *, on_the_path: bool
) -> None:
    """D28: the answer does not wait for a table call that would end after it; with time left it does."""
    tables: list[FailingTable] = []

    def through(table: Any) -> Any:
        tables.append(FailingTable(table))
        return tables[0]

    provider = ScriptedProvider(AFTER_CLOSE, before=taking(timer, takes_s))
    place = house(tmp_path, [provider], monotonic=timer, through=through)
    names = writers(tables[0])
    answer = place.cache.get(DAY, deadline_s=4.0)
    assert (answer.tier, answer.write_failed) == (Tier.PROVIDER, False)
    place.cache._tiers.table._late.drain(DRAIN_S)
    mine = threading.current_thread().name
    assert len(names) == 2, "the block and the actions"
    assert {name == mine for name in names} == {on_the_path}
    assert house(tmp_path, [provider]).cache.get(DAY).tier is Tier.SQLITE


def test_out_of_time_no_further_table_call_is_begun(tmp_path: Path, timer: Clock) -> None:
    """cache-11: the first read is made in any case; it took all there was, and what is held is shown."""
    tables: list[FailingTable] = []

    def through(table: Any) -> Any:
        tables.append(FailingTable(table))
        return tables[0]

    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider], monotonic=timer, through=through)
    minutes = [
        CandleQuery("AAPL", Resolution.M5, date(2025, 3, first), date(2025, 3, last), Adjust.SPLIT)
        for first, last in ((4, 4), (3, 5))
    ]
    place.cache.get(minutes[0])
    place.cache._tiers.memory.delete_where(lambda key: key.day != 20151)  # all of the month but 4 March
    place.cache._tiers.actions.clear()
    tables[0].calls.clear()
    asked = len(provider.requests)
    tables[0].before = lambda method, arguments: setattr(timer, "now_s", timer.now_s + HANG_S)
    answer = place.cache.get(minutes[1])
    assert tables[0].calls == ["query"]
    assert len(provider.requests) == asked
    assert [str(m.start) for m in answer.missing] == ["2025-03-05"]
    assert "did not answer in time" in answer.missing[0].reason


class SlowLock(NoLock):
    """A lock that somebody else holds for longer than the request may take."""

    def __init__(self, timer: Clock) -> None:
        self._timer = timer

    def hold(self, *arguments: Any) -> AbstractContextManager[None]:
        self._timer.now_s += HANG_S
        return super().hold(*arguments)


def test_a_wait_that_took_all_the_time_leaves_none_for_the_provider(tmp_path: Path, timer: Clock) -> None:
    """cache-11: it is not asked for what nobody could wait for, and it is not to blame."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider], monotonic=timer, lock=SlowLock(timer), cooldown_s=30.0)
    with pytest.raises(PricesUnavailableError, match="did not answer in time"):
        place.cache.get(DAY)
    state = place.cache.state()
    assert (provider.requests, state.cooling, state.locks) == ([], (), ())


def test_who_waited_for_a_leader_that_was_stopped_gets_an_error(tmp_path: Path) -> None:
    """Reliability 3: a thread that is ended does not end those that wait for it; asking again will do."""
    arrived, gone_on = threading.Event(), threading.Event()

    def before(request: PriceRequest) -> None:
        arrived.set()
        assert gone_on.wait(HANG_S)
        raise SystemExit

    provider = ScriptedProvider(AFTER_CLOSE, before=before)
    place = house(tmp_path, [provider])
    errors: list[CandleError] = []

    def wait() -> None:
        with pytest.raises(PricesUnavailableError) as failure:
            place.cache.get(DAY)
        errors.append(failure.value)

    def lead() -> None:
        with suppress(SystemExit):
            place.cache.get(DAY)

    flights, claimed = place.cache._fetcher.flights, threading.Semaphore(0)
    real = flights.claim

    def claim(keys: Any) -> Any:
        mine = real(keys)
        claimed.release()
        return mine

    flights.claim = claim  # type: ignore[method-assign]
    leader, waiter = threading.Thread(target=lead), threading.Thread(target=wait)
    leader.start()
    assert arrived.wait(HANG_S)
    waiter.start()
    for _ in (leader, waiter):
        assert claimed.acquire(timeout=HANG_S)
    gone_on.set()
    for thread in (leader, waiter):
        thread.join(HANG_S)
    assert [str(error) for error in errors] == ["Scripted did not answer in time. Try again."]
    provider.before = lambda request: None
    assert place.cache.get(DAY).tier is Tier.PROVIDER

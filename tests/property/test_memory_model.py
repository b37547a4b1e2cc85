"""The memory tier against a dict: it may forget, but never lies, and its sums are right after every step."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cache.memory import SegmentedLRU

KEYS = st.integers(0, 12)
SIZES = st.integers(0, 130)


class MemoryModel(RuleBasedStateMachine):
    """Every value is a fresh number, so a value of another time or key is noticed."""

    @initialize(budget_bytes=st.integers(1, 300), share=st.floats(0, 1))
    def start(self, budget_bytes: int, share: float) -> None:
        self.memory: SegmentedLRU[int, int] = SegmentedLRU(budget_bytes, share)
        self.budget_bytes = budget_bytes
        self.model: dict[int, tuple[int, int]] = {}
        self.lookups = 0
        self.number = 0

    @rule(key=KEYS, size_bytes=SIZES, hot=st.booleans())
    def put(self, key: int, size_bytes: int, hot: bool) -> None:  # noqa: FBT001 - drawn
        self.number += 1
        before = self.memory.stats()
        was_protected = key in self.memory._protected.entries
        was = self.model.get(key, (0, 0))[1] if was_protected else 0
        if self.memory.put(key, self.number, size_bytes, hot=hot):
            assert self.memory.peek(key) == self.number
            self.model[key] = (self.number, size_bytes)
        else:
            assert self.memory.peek(key) is None
            assert size_bytes > self.budget_bytes - (0 if hot else before.protected_bytes - was)
            self.model.pop(key, None)
        if not hot:
            others = before.protected_bytes - was
            own = size_bytes if key in self.memory._protected.entries else 0
            assert self.memory.stats().protected_bytes == others + own

    @rule(key=KEYS)
    def get(self, key: int) -> None:
        self.lookups += 1
        value = self.memory.get(key)
        assert value is None or value == self.model[key][0]

    @rule(keys=st.lists(KEYS, max_size=8))
    def get_many(self, keys: list[int]) -> None:
        self.lookups += len(keys)
        present = {key for key in keys if self.memory.peek(key) is not None}
        found = self.memory.get_many(keys)
        assert found == {key: self.model[key][0] for key in present}
        assert list(found) == [key for key in dict.fromkeys(keys) if key in present]

    @rule(key=KEYS)
    def delete(self, key: int) -> None:
        there = self.memory.peek(key) is not None
        assert self.memory.delete(key) is there
        self.model.pop(key, None)

    @rule(limit=KEYS)
    def delete_where(self, limit: int) -> None:
        there = sum(self.memory.peek(key) is not None for key in range(limit))
        assert self.memory.delete_where(lambda key: key < limit) == there
        self.model = {key: entry for key, entry in self.model.items() if key >= limit}

    @rule()
    def clear(self) -> None:
        self.memory.clear()
        self.model.clear()

    @invariant()
    def sums_are_right(self) -> None:
        self.memory.check()
        stats = self.memory.stats()
        held = {key: entry for key, entry in self.model.items() if self.memory.peek(key) is not None}
        assert stats.entries == len(held)
        assert stats.bytes == sum(size for _, size in held.values()) <= self.budget_bytes
        assert stats.bytes == stats.probation_bytes + stats.protected_bytes
        assert stats.hits + stats.misses == self.lookups

    @invariant()
    def nothing_is_forgotten_while_there_is_room(self) -> None:
        if self.memory.stats().evictions == 0:
            assert all(self.memory.peek(key) == value for key, (value, _) in self.model.items())


TestMemoryModel = MemoryModel.TestCase
# Reliability 22: at least 10,000 steps.
TestMemoryModel.settings = settings(max_examples=250, stateful_step_count=50, deadline=None)

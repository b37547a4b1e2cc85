"""Freshness under any clocks: the real one jumps, the source's runs on its own, nothing is fresh for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cache import policy
from cache.blocks import Block, BlockKey, block_keys, period
from cache.policy import (
    CLOCKS_APART_S,
    EMPTY_LIFE_S,
    PROVISIONAL_LIFE_S,
    RUNNING_LIFE_S,
    SETTLED_LIFE_S,
    Moment,
)
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S

LIVES_S = (RUNNING_LIFE_S, PROVISIONAL_LIFE_S, EMPTY_LIFE_S, SETTLED_LIFE_S)
CHANGE_OF_CLOCKS = datetime(2024, 3, 10, 7, tzinfo=UTC).timestamp()
LEAP_DAY = datetime(2024, 2, 29, 12, tzinfo=UTC).timestamp()
JUMPS_S = st.one_of(
    st.sampled_from([-600.0, 600.0, -3600.0, 3600.0, -float(DAY_S), 366.0 * DAY_S, -40.0 * 366 * DAY_S]),
    st.floats(-1e9, 1e9),
)
STEPS_S = st.sampled_from([0.0, 0.5, 14.9, 15.0, 299.0, 301.0, 3_600.0, 86_399.0, 86_401.0, 90.0 * DAY_S])
STARTS_S = st.sampled_from([0.0, CHANGE_OF_CLOCKS, LEAP_DAY, 4e9])
SESSIONS = sessions_for("AAPL")
KEYS = [
    *block_keys("AAPL", "x", Resolution.M5, SESSIONS, date(2024, 2, 28), date(2024, 3, 12)),
    *block_keys("AAPL", "x", Resolution.DAY, SESSIONS, date(2023, 1, 3), date(2024, 1, 3)),
]


def bars(key_start: int, count: int) -> Candles:
    time = key_start + np.arange(count, dtype=np.int64) * 300
    return Candles(time, *(np.full(count, 100.0) for _ in range(4)), np.full(count, 1))


class PolicyModel(RuleBasedStateMachine):
    """One block after the other is held; the model knows how much true time has gone by since it came."""

    is_fresh = staticmethod(policy.is_fresh)

    def __init__(self) -> None:
        super().__init__()
        self.real_s = LEAP_DAY
        self.source_s = LEAP_DAY
        self.block: Block | None = None

    @rule(start_s=STARTS_S)
    def set_clock(self, start_s: float) -> None:
        self.real_s = start_s

    @rule(jump_s=JUMPS_S)
    def clock_jumps(self, jump_s: float) -> None:
        self.real_s = max(0.0, self.real_s + jump_s)

    @rule(step_s=STEPS_S, source_too=st.booleans())
    def time_passes(self, step_s: float, source_too: bool) -> None:  # noqa: FBT001 - drawn
        self.real_s += step_s
        if source_too:
            self.source_s += step_s

    @rule(seconds=st.sampled_from([LEAP_DAY, CHANGE_OF_CLOCKS, 1_704_000_000.0, 1_709_240_000.0]))
    def source_moves(self, seconds: float) -> None:
        self.source_s = seconds

    @rule(
        key=st.sampled_from(KEYS), count=st.sampled_from([0, 1, 50]), correction_s=st.sampled_from([0, 900])
    )
    def fetch(self, key: BlockKey, count: int, correction_s: int) -> None:
        start, _ = period(key, SESSIONS)
        settled = policy.settled_to(key, SESSIONS, self.moment(), correction_s)
        self.block = Block(key, bars(start, count), self.real_s, settled)

    def moment(self, real_s: float | None = None) -> Moment:
        now = datetime.fromtimestamp(self.source_s, UTC)
        return policy.moment(SESSIONS, now, self.real_s if real_s is None else real_s)

    def fresh_at(self, real_s: float, wanted_to: int) -> bool:
        assert self.block is not None
        now = self.moment(real_s)
        running = int(SESSIONS.open[now.last])
        return self.is_fresh(self.block, wanted_to, now, running)

    def wanted(self) -> list[int]:
        assert self.block is not None
        start, end = period(self.block.key, SESSIONS)
        return [start + 1, (start + end) // 2, end]

    @precondition(lambda self: self.block is not None)
    @invariant()
    def what_is_fresh_was_fetched_within_a_life(self) -> None:
        """Whatever the clock shows: no older than its life, from no further ahead than clocks differ.

        Only what is final may come from a clock that is wrong by more than minutes.
        """
        assert self.block is not None
        for wanted_to in self.wanted():
            if self.fresh_at(self.real_s, wanted_to):
                final = wanted_to <= self.block.settled_to
                ahead_s = CLOCKS_APART_S if final else PROVISIONAL_LIFE_S
                life_s = SETTLED_LIFE_S if final else PROVISIONAL_LIFE_S
                assert -ahead_s <= self.real_s - self.block.fetched_at < life_s

    @precondition(lambda self: self.block is not None)
    @invariant()
    def nothing_is_fresh_for_ever(self) -> None:
        """Whatever now is: a life and the allowance for clocks later it is over, and stays so."""
        assert self.block is not None
        for wanted_to in self.wanted():
            final = wanted_to <= self.block.settled_to
            over_s = SETTLED_LIFE_S + CLOCKS_APART_S if final else 2 * PROVISIONAL_LIFE_S
            for later_s in (over_s, 2 * over_s, 1e10):
                assert not self.fresh_at(max(self.real_s, self.block.fetched_at) + later_s, wanted_to)
            if not self.fresh_at(self.real_s, wanted_to):
                continue
            assert not self.fresh_at(self.real_s + over_s, wanted_to)

    @precondition(lambda self: self.block is not None)
    @invariant()
    def the_tables_expiry_is_in_the_future_of_the_fetch(self) -> None:
        """The TTL is never negative, and one of the lives after the fetch; nothing outlives it."""
        assert self.block is not None
        ttl = policy.ttl(self.block, period(self.block.key, SESSIONS)[0])
        assert ttl >= 0
        assert any(ttl == int(self.block.fetched_at + life) for life in LIVES_S)
        for wanted_to in self.wanted():
            assert not self.fresh_at(ttl + 1.0, wanted_to)


def test_reliability_16_no_clock_makes_anything_fresh_for_ever() -> None:
    """C7, C8, reliability 16: jumps back and ahead, a leap day, the change of clocks."""
    run_state_machine_as_test(PolicyModel, settings=settings(max_examples=150, stateful_step_count=30))  # type: ignore[no-untyped-call]


def test_a_policy_that_trusts_its_clock_is_found_out() -> None:
    """The negative twin: without the look at blocks from the future, a clock that jumped back fails it."""

    class Machine(PolicyModel):
        is_fresh = staticmethod(
            lambda block, wanted_to, now, running: (
                now.real_s < policy.expires_at(block, wanted_to, now, running)
            )
        )

    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Machine, settings=settings(max_examples=300, print_blob=False, report_multiple_bugs=False)
        )  # type: ignore[no-untyped-call]

"""Whatever fails and whenever shares split: a view is of one source and on one scale (api-7, cache-16)."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.errors import RateLimitedError, UnavailableError
from adapters.prices import Basis
from cache.errors import CandleError
from cache.query import Answer, CandleQuery
from cache.scales import Scales
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit.house import close_all, house
from tests.kit.providers import ScriptedProvider, utc

MONDAY = date(2025, 3, 3)
RATIO = 4.0
PRICES = {"traded": 256.0, "adjusted": 512.0}
"""Adjusted for splits before there were any; each source has prices of its own."""
SESSIONS = sessions_for("AAPL")


class World:
    """Two sources with one clock: one tells prices as traded, the other what its day has adjusted."""

    def __init__(self, folder: Path) -> None:
        now = utc("2025-03-03 16:00")
        self.split_days: list[date] = []
        self.traded = ScriptedProvider(now, "traded", mangle=self._as_traded, close=PRICES["traded"])
        self.adjusted = ScriptedProvider(now, "adjusted", basis=Basis.SPLIT, close=PRICES["adjusted"])
        self.at = house(folder, [self.traded, self.adjusted])

    def _as_traded(self, bars: Candles) -> Candles:
        day = SESSIONS.day[np.maximum(SESSIONS.open.searchsorted(bars.time, side="right") - 1, 0)]
        day = np.where(bars.time % DAY_S == 0, bars.time // DAY_S, day)
        factor = np.ones(len(bars))
        for split in self.split_days:
            factor[day >= day_number(split)] /= RATIO
        prices = (getattr(bars, name) * factor for name in ("open", "high", "low", "close"))
        return Candles(bars.time, *prices, bars.volume)

    def next_day(self, *, split: bool) -> None:
        now = self.traded.present + timedelta(days=1)
        while not SESSIONS.is_open(now):
            now += timedelta(days=1)
        self.traded.present = self.adjusted.present = now
        self.at.clock.now_s = now.timestamp()
        if split:
            self.split_days.append(now.date())
            happened = tuple((day, RATIO, 0.0) for day in self.split_days)
            self.traded.splits = self.adjusted.splits = happened
            self.adjusted.close /= RATIO

    def ask(self, resolution: Resolution, back: int, prefer: str | None) -> Answer | None:
        today = self.traded.present.date()
        query = CandleQuery(
            "AAPL", resolution, today - timedelta(days=back), today - timedelta(days=back // 3)
        )
        try:
            return self.at.cache.get(replace(query, prefer=prefer))
        except CandleError:
            return None

    def check(self, answer: Answer) -> None:
        assert {span.source for span in answer.spans} <= {answer.source}
        assert len({span.basis for span in answer.spans}) <= 1
        closes = np.unique(np.round(answer.candles.close, 6))
        if not answer.shortfall and len(closes):
            assert closes.tolist() == [PRICES[answer.source] / RATIO ** len(self.split_days)]


ERRORS = (None, None, UnavailableError("down", provider="x"), RateLimitedError("busy", provider="x"))
STEP = st.one_of(
    st.tuples(st.just("day"), st.booleans()),
    st.tuples(st.just("fails"), st.booleans(), st.sampled_from(ERRORS)),
    st.tuples(
        st.just("ask"),
        st.sampled_from([Resolution.M60, Resolution.M5, Resolution.DAY, Resolution.WEEK]),
        st.sampled_from([0, 3, 9, 40]),
        st.sampled_from([None, None, "adjusted"]),
    ),
    st.tuples(st.just("later"), st.sampled_from([5, 60, 400, 1_900])),
    st.tuples(
        st.just("table"),
    ),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEP, min_size=4, max_size=16))
def test_no_view_is_of_two_sources_or_on_two_scales(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            for step in steps:
                carry_out(world, step)
        finally:
            close_all()


def carry_out(world: World, step: tuple[object, ...]) -> None:
    kind, *values = step
    if kind == "day":
        world.next_day(split=bool(values[0]))
    elif kind == "fails":
        provider = world.traded if values[0] else world.adjusted
        provider.error = values[1]  # type: ignore[assignment]
    elif kind == "later":
        world.at.clock.now_s += int(str(values[0]))
    elif kind == "table":
        world.at.cache.forget("AAPL")
    else:
        answer = world.ask(*values)  # type: ignore[arg-type]
        if answer is not None:
            world.check(answer)


OVER_A_SPLIT: list[tuple[object, ...]] = [
    ("fails", True, UnavailableError("down", provider="x")),
    ("ask", Resolution.M5, 9, None),
    ("day", True),
    ("ask", Resolution.M5, 9, None),
]


def test_without_a_question_for_todays_splits_old_minutes_are_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative twin: the same steps hold with it, and fail without it."""
    world = World(tmp_path)
    for step in OVER_A_SPLIT:
        carry_out(world, step)
    monkeypatch.setattr(Scales, "matter", lambda *_: False)
    (tmp_path / "twin").mkdir()
    twin = World(tmp_path / "twin")
    for step in OVER_A_SPLIT[:-1]:
        carry_out(twin, step)
    with pytest.raises(AssertionError):
        carry_out(twin, OVER_A_SPLIT[-1])

"""Calls scored on prices that come through the candle cache (record-6), with the demo's real splits."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from adapters.demo import DemoProvider
from cache.query import Adjust, CandleQuery
from market.calendars import sessions_of
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S
from tests.kit.house import house
from track_record.calls import enter
from track_record.entry import Policy, Price, could_be_had, was_said
from track_record.outcomes import outcomes
from track_record.panel import Panel, span_for
from track_record.scoring import score
from track_record.stand_in import stand_in, stand_in_name

NYSE = sessions_of("XNYS")
SPLIT = date(2005, 2, 28)
"""AAPL, 2:1."""


def daily(folder: Path, ticker: str, adjust: Adjust, last: date) -> Candles:
    held = house(folder, [DemoProvider()])
    return held.cache.get(CandleQuery(ticker, Resolution.DAY, date(2004, 1, 2), last, adjust)).candles


def the_call(candles: Candles) -> Price:
    """Return the entry of a call three weeks before the split."""
    published = int(NYSE.close[NYSE.index(date(2005, 2, 7))]) + 3_600
    known = int(candles.time[-1]) + DAY_S
    found = could_be_had(NYSE, candles, Resolution.DAY, published, known_until_s=known)
    said = was_said(NYSE, candles, Resolution.DAY, published)
    assert isinstance(found, Price)
    assert said is not None
    assert said.time <= published < found.time
    return found


def test_a_split_between_call_and_outcome_is_no_loss(tmp_path: Path) -> None:
    """record-6: as traded the stock seems to halve; split-adjusted it does what it did."""
    returns = {}
    for adjust in (Adjust.RAW, Adjust.SPLIT):
        candles = daily(tmp_path, "AAPL", adjust, date(2005, 6, 30))
        entry = the_call(candles)
        later = candles.close[int(np.searchsorted(candles.time, entry.bar)) + 21]
        returns[adjust] = float(later) / entry.price
    assert returns[Adjust.SPLIT] == pytest.approx(2 * returns[Adjust.RAW])
    assert returns[Adjust.SPLIT] > 0.9


def test_a_record_made_before_a_split_says_the_same_after_it(tmp_path: Path) -> None:
    """record-6: the price is re-based, the return is not touched."""
    before = daily(tmp_path, "AAPL", Adjust.SPLIT, date(2005, 2, 25))
    after = daily(tmp_path, "AAPL", Adjust.SPLIT, date(2005, 6, 30))
    old, new = the_call(before), the_call(after)
    assert (old.bar, old.session) == (new.bar, new.session)
    at = int(np.searchsorted(before.time, old.bar)) + 10
    assert before.close[at] / old.price == pytest.approx(after.close[at] / new.price)


def test_a_score_on_the_demo_says_what_it_is_measured_against(tmp_path: Path) -> None:
    """The demo has no SPY: its stocks in equal parts stand in, and the score says so."""
    held = house(tmp_path, [DemoProvider()])
    last = date(2008, 12, 31)
    stocks = {
        ticker: held.cache.get(CandleQuery(ticker, Resolution.DAY, date(2005, 1, 3), last)).candles
        for ticker in ("AAPL", "GOOG", "IBM", "MSFT")
    }
    published = np.array([int(NYSE.open[NYSE.index(date(2006, 1, 3)) + 11 * n]) + 60 for n in range(60)])
    panel = Panel.of(
        NYSE,
        span_for(NYSE, int(published.min()), last),
        stocks,
        stand_in(stocks),
        benchmark_name=stand_in_name(stocks),
    )
    # Every stock at every moment: together they are the benchmark, but for where each began.
    names = [ticker for ticker in stocks for _ in published]
    way = np.ones(len(names), dtype=np.int64)
    made, why = enter(panel, NYSE, names, np.tile(published, len(stocks)), way, Policy.NEXT_OPEN)
    assert set(why) == {None}
    assert abs(np.nanmean(outcomes(panel, made).excess[:, 0])) < 0.005
    found = score(panel, made, draws=50)
    assert found.benchmark == "AAPL, GOOG, IBM, MSFT in equal parts"


def _candles(rows: dict[int, tuple[float, float]]) -> Candles:
    time, opens, closes = list(rows), [o for o, _ in rows.values()], [c for _, c in rows.values()]
    days = np.array(time) * DAY_S
    high, low = np.maximum(opens, closes), np.minimum(opens, closes)
    return Candles.of(days, opens, high, low, closes, np.ones(len(rows)))


def test_the_stand_in_moves_by_the_mean_of_its_stocks() -> None:
    """By hand: a newcomer counts from its second session on, a halted stock from its last close."""
    found = stand_in(
        {
            "A": _candles({1: (10, 10), 2: (11, 12), 3: (12, 12), 4: (12, 18)}),
            "B": _candles({2: (50, 50), 4: (50, 25)}),
        }
    )
    assert found.time.tolist() == [1 * DAY_S, 2 * DAY_S, 3 * DAY_S, 4 * DAY_S]
    assert found.open.tolist() == pytest.approx([100, 110, 120, 120])
    assert found.close.tolist() == pytest.approx([100, 120, 120, 120])
    assert len(stand_in({})) == 0

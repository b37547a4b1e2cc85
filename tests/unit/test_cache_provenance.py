"""What an answer tells of each of its bars: where it is from, and whether it may still change (ahead-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.errors import UnavailableError
from adapters.prices import PriceRequest
from cache.query import Adjust, CandleQuery, Span, Tier
from market.resolution import Resolution
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, spoiled, utc

FRIDAY = date(2025, 3, 7)
DAY = CandleQuery("AAPL", Resolution.DAY, date(2024, 12, 2), FRIDAY, Adjust.RAW)
MINUTES = replace(DAY, resolution=Resolution.M5, start=date(2025, 3, 3))
RUNNING, CORRECTED = "2025-03-07 16:02", "2025-03-08 03:01"
BEFORE_CORRECTIONS = "2025-03-07 21:30"


def settled(span: Span) -> datetime:
    return datetime.fromtimestamp(span.settled_to, UTC)


@pytest.mark.parametrize("query", [DAY, MINUTES], ids=["daily", "five minutes"])
@pytest.mark.parametrize(
    ("present", "provisional"),
    [(RUNNING, {FRIDAY}), (BEFORE_CORRECTIONS, {FRIDAY}), (CORRECTED, set())],
    ids=["while it trades", "before its corrections are over", "after them"],
)
def test_a_span_says_from_where_on_its_bars_may_change(
    tmp_path: Path, query: CandleQuery, present: str, provisional: set[date]
) -> None:
    """ahead-1, cache-6: the session that is not final, and nothing before it."""
    provider = ScriptedProvider(utc(present), correction_s=6 * 3600)
    (span,) = house(tmp_path, [provider]).cache.get(query).spans
    bars = provider.candles(PriceRequest(query.ticker, query.resolution, query.start, query.end)).candles.time
    later = bars[bars >= span.settled_to]
    days = {datetime.fromtimestamp(second, UTC).date() for second in later.tolist()}
    assert days == provisional


def test_a_session_with_a_bar_left_out_is_not_final_and_what_follows_is_not_called_so(
    tmp_path: Path,
) -> None:
    """ahead-1, cache-4: "final up to here" is never said of more than is."""
    provider = ScriptedProvider(utc(CORRECTED), mangle=lambda bars: spoiled(bars, 78 + 5, high=-1.0))
    (span,) = house(tmp_path, [provider]).cache.get(MINUTES).spans
    assert settled(span) == utc("2025-03-04 14:30")


def test_a_year_that_was_only_looked_at_in_part_is_final_there(tmp_path: Path) -> None:
    """ahead-1: a view of last week is no less final because the year goes on."""
    provider = ScriptedProvider(utc(RUNNING))
    place = house(tmp_path, [provider])
    week = replace(DAY, start=date(2025, 2, 24), end=date(2025, 2, 28))
    assert place.cache.get(week).spans[0].settled_to > utc("2025-02-28 00:00").timestamp()
    two = place.cache.get(DAY).spans
    assert [settled(span) for span in two if span.end == DAY.end] == [utc("2025-03-07 00:00")]


def test_what_is_stale_keeps_its_own_word(tmp_path: Path) -> None:
    """ahead-1: the morning's copy of today, when the source is gone by then, stays provisional."""
    provider = ScriptedProvider(utc(RUNNING))
    place = house(tmp_path, [provider])
    place.cache.get(MINUTES)
    provider.present = utc("2025-03-07 22:00")
    place.clock.now_s = provider.present.timestamp()
    provider.error = UnavailableError("scripted is down.")
    last = place.cache.get(MINUTES).spans[-1]
    assert (last.stale, last.tier, settled(last)) == (True, Tier.MEMORY, utc("2025-03-07 14:30"))

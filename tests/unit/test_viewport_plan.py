"""Level of detail, margins and what a pan may do without asking."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.view_state import ViewState
from components.viewport import MOST_LOADED, MOST_VISIBLE, Facts, Viewport, bars_per_session, parse, plan
from market.calendars import sessions_of
from market.ranges import RangePreset
from market.resolution import Resolution

XNYS = sessions_of("XNYS")
FACTS = Facts(XNYS, date(2000, 3, 1), date(2013, 3, 1))
LAST = XNYS.index(FACTS.last_session) + 1
FIRST = XNYS.index(date(2000, 3, 1))


def look(px: int = 1150, *, pan: bool = False, **state: object) -> Viewport:
    return Viewport(1, ViewState(**{"range": None, **state}), px, pan)


@pytest.mark.parametrize(
    ("preset", "resolution"),
    [
        ("1D", "5"),
        ("1W", "15"),
        ("1M", "30"),
        ("3M", "D"),
        ("6M", "D"),
        ("1Y", "D"),
        ("5Y", "W"),
        ("MAX", "M"),
    ],
)
def test_a_range_gets_the_finest_level_that_fits_its_pixels(preset: str, resolution: str) -> None:
    """level-4 of the chart: at 1,150 px."""
    assert plan(look(range=RangePreset(preset)), FACTS).resolution == resolution


def test_a_narrow_screen_gets_coarser_candles() -> None:
    wide, phone = plan(look(range=RangePreset.YEAR), FACTS), plan(look(300, range=RangePreset.YEAR), FACTS)
    assert (wide.resolution, phone.resolution) == (Resolution.DAY, Resolution.WEEK)


def test_a_range_sets_the_view_and_a_pan_leaves_it_alone() -> None:
    assert plan(look(range=RangePreset.MONTH), FACTS).view is not None
    low, high = int(XNYS.open[LAST - 80]), int(XNYS.open[LAST - 20])
    assert plan(look(start=low, end=high, pan=True), FACTS).view is None


def test_a_link_to_minutes_says_where_its_view_is() -> None:
    """A chart that has just been opened has no view of its own."""
    low, high = int(XNYS.open[LAST - 2]), int(XNYS.close[LAST - 2])
    assert plan(look(start=low, end=high), FACTS).view == (LAST - 2, LAST - 1)


def test_a_pan_may_stand_out_of_the_history_and_a_link_is_cut_at_its_end() -> None:
    start, end = int(XNYS.open[LAST - 50]), int(XNYS.open[LAST + 20])
    assert plan(look(start=start, end=end, pan=True), FACTS).view is None
    cut = plan(look(start=start, end=end), FACTS)
    assert cut.view == (LAST - 50, LAST)
    assert "Prices begin on 1 Mar 2000 and end on 1 Mar 2013" in cut.notes[0]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(1, 1, 1), date(1, 6, 1)),
        (date(2031, 1, 1), date(2031, 2, 1)),
        (date(9999, 12, 31), date(9999, 12, 31)),
        (date(1990, 1, 1), date(9999, 12, 31)),
    ],
)
@pytest.mark.parametrize("resolution", [None, Resolution.M1, Resolution.MONTH])
def test_a_link_to_where_no_prices_are_shows_the_nearest_and_says_so(
    start: date, end: date, resolution: Resolution | None
) -> None:
    planned = plan(look(start=start, end=end, resolution=resolution), FACTS)
    assert planned.view is not None
    assert FIRST <= planned.view[0] < planned.view[1] <= LAST
    assert planned.notes


def test_narrowing_begins_at_the_last_session_and_not_beyond() -> None:
    """1Y, then one minute: the newest minutes, not the emptiness to the right of them."""
    start, end = int(XNYS.open[LAST - 250]), int(XNYS.open[LAST + 5])
    planned = plan(look(start=start, end=end, resolution=Resolution.M1, pan=True), FACTS)
    assert planned.view is not None
    assert planned.view[1] == LAST


def test_a_resolution_by_hand_over_a_wide_view_narrows_it_and_says_so() -> None:
    planned = plan(look(range=RangePreset.YEAR, resolution=Resolution.M5), FACTS)
    assert planned.view is not None
    assert (planned.view[1] - planned.view[0]) * 78 == pytest.approx(MOST_VISIBLE)
    assert planned.view[1] == LAST
    assert "1 bar = 5 minutes" in planned.notes[0]


def test_a_view_beside_the_history_is_moved_into_it() -> None:
    """G11: a link to 1995 for a ticker that begins in 2000 shows its first months, not nothing."""
    planned = plan(look(start=date(1995, 1, 3), end=date(1995, 7, 3)), FACTS)
    assert planned.view is not None
    assert planned.view[0] == FIRST
    assert planned.start == date(2000, 3, 1)


def test_at_the_start_of_history_nothing_more_is_asked() -> None:
    planned = plan(look(start=date(2000, 3, 1), end=date(2000, 9, 1)), FACTS)
    assert planned.keep.low < -1e8
    assert planned.keep.high < LAST


@given(
    low=st.integers(FIRST - 300, LAST + 300),
    span=st.floats(0.001, 4000),
    px=st.integers(0, 4000),
    resolution=st.none() | st.sampled_from(list(Resolution)),
)
def test_never_more_than_the_budget_is_visible_or_loaded(
    low: int, span: float, px: int, resolution: Resolution | None
) -> None:
    """level-4: about 500 visible and 1,000 loaded, whatever the browser asks for; and the view is inside."""
    start = int(XNYS.open[low])
    high = min(low + span, len(XNYS) - 2)
    end = int(XNYS.open[int(high)] + (high % 1) * 23_400)
    planned = plan(look(px, start=min(start, end), end=end, resolution=resolution), FACTS)
    per_session = bars_per_session(XNYS, planned.resolution, LAST - 1)
    assert (planned.high - planned.low) * per_session <= MOST_LOADED * 1.01 + 1
    assert planned.view is not None
    view = planned.view
    assert (view[1] - view[0]) * per_session <= MOST_VISIBLE * 1.01 + 1 or (
        planned.resolution is Resolution.MONTH
    )
    assert FACTS.first_session is not None
    assert FACTS.first_session <= planned.start <= planned.end <= FACTS.last_session
    assert planned.keep.least <= planned.keep.most


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"ticker": "<b>"},
        {"ticker": "AAPL"},
        {"ticker": "AAPL", "range": "2W"},
        {"ticker": "AAPL", "resolution": "7", "range": "1Y"},
        {"ticker": "AAPL", "range": "1Y", "adjust": "none"},
        {"ticker": "AAPL", "from": "x", "to": 1},
        {"ticker": "AAPL", "from": 1_300_000_000, "to": 1_200_000_000},
        {"ticker": "A" * 10_000, "range": "1Y"},
        {"ticker": "AAPL\x00", "range": "1Y"},
    ],
)
def test_what_a_browser_should_not_send_is_refused_with_a_sentence(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"[A-Za-z]{3}"):
        parse(data)

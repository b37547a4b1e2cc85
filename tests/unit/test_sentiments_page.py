"""What the page is told of how people spoke of a stock: folded to bars, safe to show (user-2, level-8)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.sentiments import LEAST_WEIGHT, MOST_CHARACTERS, bars, days_asked
from market.calendars import sessions_for
from market.resolution import Resolution
from pages.sentiments import answer
from sentiment.history import History
from sentiment.points import SentimentPoint, label_of

US = sessions_for("AAPL")
FRIDAY, SATURDAY, MONDAY = date(2013, 3, 1), date(2013, 3, 2), date(2013, 3, 4)
FIRST, LAST = FRIDAY - timedelta(days=4), FRIDAY  # a week without holidays


def point(day: date, score: float, source: str = "tiingo", **more: Any) -> SentimentPoint:
    usual = {"confidence": 1.0, "title": "Apple", "url": "https://example.com/a"} | more
    return SentimentPoint(day, score, source, label=label_of(score), **usual)


@dataclass
class Shelf:
    """A history that answers with what it was given, and remembers what it was asked."""

    points: tuple[SentimentPoint, ...] = ()
    notes: tuple[str, ...] = ()
    broken: bool = False
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def read(
        self, ticker: str, first: date, last: date, *, source: str | None = None, deadline_s: float
    ) -> History:
        assert deadline_s > 0
        self.asked.append((ticker, first, last, source))
        if self.broken:
            raise OSError("secret path /var/x")
        return History(self.points, self.notes)


def stamp(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def question(**change: Any) -> dict[str, Any]:
    usual = {"ticker": "AAPL", "resolution": "D", "source": "demo"}
    return {"seq": 7, "first": stamp(FIRST), "last": stamp(LAST)} | usual | change


def test_a_bar_is_the_mean_by_confidence_and_news_are_counted_apart_from_mentions() -> None:
    """user-2."""
    told = bars(
        [
            point(FRIDAY, 0.9, confidence=0.5),
            point(FRIDAY, -0.3, confidence=1.0),
            point(FRIDAY, 0.6, "youtube", confidence=0.5),
        ],
        US,
        Resolution.DAY,
    )
    at = US.index(FRIDAY)
    assert [(bar["x"], bar["width"]) for bar in told] == [(at + 0.5, 1)]
    assert told[0]["news"] == [2, pytest.approx((0.45 - 0.3) / 1.5)]
    assert told[0]["said"] == [1, 0.6]
    assert told[0]["score"] == pytest.approx((0.45 - 0.3 + 0.3) / 2, abs=5e-4)


def test_what_is_said_on_a_weekend_stands_with_the_session_that_follows() -> None:
    told = bars([point(SATURDAY, 0.2), point(MONDAY, 0.4)], US, Resolution.DAY)
    assert [(bar["x"], bar["news"]) for bar in told] == [(US.index(MONDAY) + 0.5, [2, 0.3])]


@pytest.mark.parametrize(
    ("resolution", "days"), [(Resolution.WEEK, [FIRST, FRIDAY]), (Resolution.MONTH, [FRIDAY, MONDAY])]
)
def test_weeks_and_months_are_one_bar_over_all_of_their_sessions(
    resolution: Resolution, days: list[date]
) -> None:
    """level-4."""
    [told] = bars([point(day, 0.5) for day in days], US, resolution)
    begin = FIRST if resolution is Resolution.WEEK else FRIDAY
    end = MONDAY if resolution is Resolution.WEEK else date(2013, 4, 1)
    assert (told["x"] - told["width"] / 2, told["x"] + told["width"] / 2) == (US.index(begin), US.index(end))
    assert told["news"] == [2, 0.5]


def test_minutes_are_told_by_their_session() -> None:
    [told] = bars([point(FRIDAY, 0.5)], US, Resolution.M5)
    assert (told["x"], told["width"]) == (US.index(FRIDAY) + 0.5, 1)


def test_a_doubtful_item_counts_where_it_is_alone_and_hardly_beside_a_sure_one() -> None:
    [alone] = bars([point(FRIDAY, -0.8, confidence=0.0)], US, Resolution.DAY)
    assert alone["score"] == -0.8
    [both] = bars([point(FRIDAY, -0.8, confidence=0.0), point(FRIDAY, 0.5)], US, Resolution.DAY)
    assert both["score"] == pytest.approx((0.5 - 0.8 * LEAST_WEIGHT) / (1 + LEAST_WEIGHT), abs=5e-4)


def test_titles_are_the_weightiest_three_and_plain_lines() -> None:
    """A headline is a stranger's text: no control signs, nothing that turns the line around, no end."""
    hostile = "Buy \u202eLPAA\u202c\n<script>alert(1)</script>\x00 now"
    told = bars(
        [
            point(FRIDAY, 0.1, title="faint"),
            point(FRIDAY, 0.9, title=hostile, url="javascript:alert(1)"),
            point(FRIDAY, -1.0, title="x" * 5_000, url="https://e.x/" + "y" * 5_000),
            point(FRIDAY, 0.5, "youtube", title="  said  ", url="https://www.youtube.com/watch?v=1&t=5s"),
        ],
        US,
        Resolution.DAY,
    )[0]["titles"]
    assert told == [
        [-1.0, "tiingo", "x" * (MOST_CHARACTERS - 1) + "…", ""],
        [0.9, "tiingo", "Buy LPAA <script>alert(1)</script> now", ""],
        [0.5, "youtube", "said", "https://www.youtube.com/watch?v=1&t=5s"],
    ]


@given(
    st.lists(
        st.builds(
            point,
            st.dates(date(2000, 1, 1), date(2014, 1, 1)),
            st.floats(-1, 1) | st.just(math.nan),
            st.sampled_from(["tiingo", "youtube"]),
            confidence=st.floats(0, 1),
            title=st.text(max_size=30),
        ),
        max_size=40,
    ),
    st.sampled_from(list(Resolution)),
)
def test_no_item_is_lost_or_counted_twice(points: list[SentimentPoint], resolution: Resolution) -> None:
    told = bars(points, US, resolution)
    counted = sum(part[0] for bar in told for part in (bar["news"], bar["said"]) if part)
    assert counted == sum(not math.isnan(p.score) for p in points)
    assert all(-1 <= bar["score"] <= 1 for bar in told)
    edges = [(bar["x"] - bar["width"] / 2, bar["x"] + bar["width"] / 2) for bar in told]
    assert all(left[1] <= right[0] for left, right in pairwise(edges))


@pytest.mark.parametrize(
    ("resolution", "days"),
    [
        # from Saturday on, up to the session after the last bar
        (Resolution.DAY, (date(2013, 2, 23), MONDAY)),
        (Resolution.M5, (date(2013, 2, 23), MONDAY)),
        (Resolution.WEEK, (date(2013, 2, 23), FRIDAY)),
        (Resolution.MONTH, (date(2013, 2, 1), date(2013, 3, 28))),
    ],
)
def test_the_days_of_bars_are_those_that_fold_into_them(
    resolution: Resolution, days: tuple[date, date]
) -> None:
    """What is said since the last close stands where the next session will be."""
    assert days_asked(FIRST, LAST, US, resolution) == days


def test_the_history_is_asked_for_the_days_on_the_screen() -> None:
    shelf = Shelf((point(FRIDAY, 0.5),))
    told = answer(shelf, question())
    assert shelf.asked == [("AAPL", date(2013, 2, 23), MONDAY, None)]
    assert (told["seq"], told["words"], len(told["bars"])) == (7, "", 1)


def test_where_nothing_is_held_it_says_so_and_what_to_do() -> None:
    """user-2: never an empty pane without a reason."""
    told = answer(Shelf(notes=("Set TIINGO_API_KEY to see news.",)), question(ticker="IBM"))
    assert told["bars"] == []
    assert told["words"] == (
        "No news and no mentions of IBM are held for these dates. Set TIINGO_API_KEY to see news."
    )


def test_a_failure_is_a_sentence_without_a_secret() -> None:
    """A fault of ours takes no candles from anybody."""
    told = answer(Shelf(broken=True), question())
    assert (told["seq"], told["bars"]) == (7, [])
    assert "could not be loaded" in told["words"]
    assert "secret" not in told["words"]


@pytest.mark.parametrize(
    "change",
    [
        {"ticker": "<b>"},
        {"resolution": "7"},
        {"first": "x"},
        {"first": True},
        {"first": 1e300},
        {"last": math.nan},
        {"first": stamp(LAST), "last": stamp(FIRST)},
        {"last": stamp(date(9999, 12, 31)), "resolution": "M"},
    ],
)
def test_what_a_browser_should_not_send_is_answered_and_asks_nobody(change: dict[str, Any]) -> None:
    shelf = Shelf()
    assert answer(shelf, question(**change))["bars"] == []
    assert shelf.asked == []

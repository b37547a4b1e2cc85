"""What the message tells beside candles: splits and dividends, and where each part came from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.demo import DemoProvider
from adapters.errors import UnavailableError
from components.events import marks, split_words
from components.provenance import stretches
from market.actions import CorporateAction
from market.axis import TradingAxis
from market.calendars import sessions_for
from market.resolution import Resolution
from pages.chart import answer
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc

US = sessions_for("AAPL")
SPLIT_DAY = date(2005, 2, 28)
SPLIT = CorporateAction(SPLIT_DAY, 2.0, 0.0)
AT = US.index(SPLIT_DAY)
RUNNING = utc("2025-03-07 16:02")


def asked(provider: Any, folder: Path, **question: Any) -> dict[str, Any]:
    """Return the answer of a page that has just been opened."""
    usual = {"seq": 1, "ticker": "AAPL", "px": 1_000, "resolution": "D", "adjust": "split"}
    return answer(house(folder, [provider]).cache, usual | question)


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (2.0, "Split 2:1"), (1.5, "Split 3:2"), (20.0, "Split 20:1"), (1 / 10, "Reverse split 1:10"),
        (2 / 3, "Reverse split 2:3"), (0.066667, "Reverse split 1:15"), (1.998, "Split 1.998:1"),
        (50.0, "Split 50:1"), (1 / 1.998, "Reverse split 1:1.998"), (1.05, "Split 21:20"),
    ],
)  # fmt: skip
def test_a_split_is_named_as_people_name_it(split: float, words: str) -> None:
    """level-11: new shares first; a ratio of small whole numbers as one."""
    assert split_words(split) == words


@pytest.mark.parametrize(
    ("cash", "words"),
    [(2.65, "2.65"), (0.5, "0.50"), (0.1925, "0.1925"), (3.0, "3.00"), (0.47000000001, "0.47"),
     (2e-5, "0.00002")],
)  # fmt: skip
def test_a_dividend_is_told_as_it_was_paid(cash: float, words: str) -> None:
    [told] = marks([CorporateAction(SPLIT_DAY, 1.0, cash)], US, Resolution.DAY)
    assert told["words"] == f"Dividend {words} on 28 Feb 2005"


@pytest.mark.parametrize("resolution", list(Resolution))
def test_a_mark_stands_below_the_first_candle_at_the_new_price(resolution: Resolution) -> None:
    """level-11, cache-14: at every level; a week and a month hold the day somewhere."""
    [mark] = marks([SPLIT], US, resolution)
    begin = US.bar_starts(AT, resolution)[:1] if resolution.is_intraday else US.day[AT : AT + 1] * 86_400
    assert mark == {
        "x": TradingAxis(US).bar_x(begin, resolution)[0], "kind": "S", "words": "Split 2:1 on 28 Feb 2005",
    }  # fmt: skip


def test_both_on_one_day_are_two_marks_and_a_day_off_is_told_with_the_next_session() -> None:
    saturday = date(2005, 2, 26)
    told = marks([CorporateAction(saturday, 2.0, 0.3)], US, Resolution.DAY)
    assert [(m["kind"], m["x"]) for m in told] == [("S", AT + 0.5), ("D", AT + 0.5)]
    assert told[1]["words"] == "Dividend 0.30 on 26 Feb 2005"
    assert marks([CorporateAction(date(9000, 1, 1), 2.0, 0.3)], US, Resolution.DAY) == []


@pytest.mark.parametrize("adjust", ["raw", "split", "total"])
def test_the_demos_real_split_is_in_the_message(tmp_path: Path, adjust: str) -> None:
    """ahead-2: whatever prices are adjusted for."""
    window = {"from": "2005-01-03", "to": "2005-04-29"}
    assert asked(DemoProvider(), tmp_path, adjust=adjust, **window)["events"] == [
        {"x": AT + 0.5, "kind": "S", "words": "Split 2:1 on 28 Feb 2005"}
    ]


@pytest.mark.parametrize("resolution", ["D", "5", "W"])
def test_what_may_still_change_is_told_from_where_on(tmp_path: Path, resolution: str) -> None:
    """ahead-1: today's bars, while the market is open; all others are final."""
    first = date(2025, 3, 5) if resolution == "5" else date(2024, 6, 3)
    told = asked(
        ScriptedProvider(RUNNING), tmp_path,
        resolution=resolution, **{"from": first.isoformat(), "to": "2025-03-07"},
    )  # fmt: skip
    assert {span["provisional"] for span in told["spans"]} <= {None, float(US.index(date(2025, 3, 7)))}
    last = told["spans"][-1]
    assert last["provisional"] == US.index(date(2025, 3, 7))
    assert last["x"][1] == US.index(date(2025, 3, 7)) + 1
    assert (last["source"], last["tier"], last["basis"], last["stale"]) == (
        "scripted", "provider", "as traded", False,
    )  # fmt: skip
    assert last["fetched_at"] == int(RUNNING.timestamp())


def test_stretches_follow_each_other_and_leave_out_what_is_missing(tmp_path: Path) -> None:
    """ahead-1: fetched, held and stale parts each have their own."""
    provider = ScriptedProvider(RUNNING)
    place = house(tmp_path, [provider])
    window = {"seq": 1, "ticker": "AAPL", "px": 1_000, "resolution": "D"}
    answer(place.cache, window | {"from": "2024-12-02", "to": "2024-12-31"})
    provider.error = UnavailableError("scripted is down.")
    told = answer(place.cache, window | {"from": "2023-12-01", "to": "2024-03-01"})
    [span] = told["spans"]
    assert span["x"][0] == US.index(date(2024, 1, 2))
    assert (span["tier"], span["provisional"]) == ("in-memory", None)


def test_a_file_says_of_its_prices_only_that_they_are_its_own() -> None:
    """cache-16: what it is adjusted for, it does not tell."""

    class Told:
        start = end = SPLIT_DAY
        tier, fetched_at, stale, settled_to = "sqlite", 1.5, False, 0

        def __init__(self, source: str, basis: str) -> None:
            self.source, self.basis = source, basis

    origins = [Told("files", "raw"), Told("files", "split"), Told("yahoo", "split")]
    words = [stretch["basis"] for stretch in stretches(origins, US, Resolution.DAY)]
    assert words == ["as in your file", "split-adjusted", "split-adjusted"]


def test_before_the_first_final_bar_everything_is_provisional() -> None:
    class Told:
        start, end, source, tier, basis = SPLIT_DAY, date(2005, 3, 2), "demo", "provider", "raw"
        fetched_at, stale = 0.0, True
        settled_to = int(datetime(2005, 1, 3, tzinfo=UTC).timestamp())

    [told] = stretches([Told()], US, Resolution.M5)
    assert (told["x"], told["provisional"]) == ([AT, AT + 3], AT)

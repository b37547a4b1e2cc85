"""Tiingo's free plan at its worst: one person opens one new ticker after the other until the hour refuses."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from random import Random
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from benchmarks.day_of_use import Setting, places
from benchmarks.measuring import say, show
from benchmarks.people import TICKERS, Act, Moment, instant_s
from benchmarks.watching import Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.day_of_use import Place

_DAY = date(2025, 3, 6)
_EVERY_S = 20.0
_HEAD = (
    "one person, one hour",
    "begun",
    "tickers with candles",
    "Tiingo calls",
    "refused after",
    "then shown",
)
_place = contextmanager(places)


@dataclass(frozen=True, slots=True)
class Case:
    """What the person looks at.

    Attributes:
        name: for people.
        looks: ranges or resolutions of each ticker.
        hour: when it begins, New York.
        sources: in their order.
        live: whether charts ask by themselves, each in a tab of its own.
    """

    name: str
    looks: Sequence[tuple[Act, str]]
    hour: float
    sources: Sequence[str] = ("tiingo",)
    live: bool = False


@dataclass
class Found:
    """What came of it: tickers with candles, seconds until a chart had none, and what it said."""

    opened: int = 0
    refused_after_s: float | None = None
    said: str = ""
    calls: int = 0
    charts: list[Chart] = field(default_factory=list)


_DAYS, _MINUTES = ((Act.RANGE, "1Y"),), ((Act.RANGE, "1Y"), (Act.RANGE, "1D"))
_CASES = (
    Case("days only, market closed", _DAYS, 20.0),
    Case("days only, in the session", _DAYS, 11.0),
    Case("days, then 5 minutes", _MINUTES, 11.0),
    Case("days, then 5 minutes, each tab stays open", _MINUTES, 11.0, live=True),
    Case("the same, Yahoo behind it", _MINUTES, 11.0, ("tiingo", "yahoo"), live=True),
)


def run(opened: int) -> None:
    """Print what each case gives in which so many tickers are opened; an hour has 180."""
    rows = []
    for case in _CASES:
        with _place(Setting(case.sources, "free", restart_hour=None), instant_s(_DAY, case.hour)) as place:
            found = _opened(place, case, opened)
        after = "never" if found.refused_after_s is None else f"{found.refused_after_s / 60:.0f} min"
        begun = f"{int(case.hour):02}:00"
        rows.append((case.name, begun, str(found.opened), str(found.calls), after, found.said or "candles"))
    show([_HEAD, *rows])
    say("free_plan: 1,000 calls a day are 20 such hours; 500 symbols a month are 500 new tickers")


def _opened(place: Place, case: Case, opened: int) -> Found:
    """Open a ticker every 20 s, each in a chart of its own."""
    place.start()
    begin_s, found = place.clock.now_s, Found()
    names = [*TICKERS, *map("".join, product("T", ascii_uppercase, ascii_uppercase))]
    for number in range(opened):
        now_s = place.clock.now_s = begin_s + number * _EVERY_S
        for chart in found.charts if case.live else ():
            question = chart.again() if chart.due_s is not None and chart.due_s <= now_s else None
            if question is not None:
                _heard(place, chart, question, found, now_s - begin_s)
        chart = Chart(Random(number))
        whole = True
        for act in ((Act.TICKER, names[number]), *case.looks):
            question = chart.act(Moment(now_s, 0, *act))
            whole &= question is None or _heard(place, chart, question, found, now_s - begin_s)
        found.opened += whole
        found.charts.append(chart)
    found.calls = place.server.count("tiingo")
    return found


def _heard(place: Place, chart: Chart, question: dict[str, Any], found: Found, at_s: float) -> bool:
    """Ask; note the first refusal, or what is said first beside candles when a source refuses."""
    message, _ = place.ask(question, 0)
    chart.heard(message, place.clock.now_s)
    wrong = message.get("error")
    told = wrong["message"] if wrong else next((n for n in message["notes"] if "budget" in n), "")
    if told and found.refused_after_s is None:
        found.refused_after_s, found.said = at_s, told
        if not wrong:
            found.said += f" ({message['source']}, {'stale' if message['stale'] else 'fresh'} candles)"
    return not wrong

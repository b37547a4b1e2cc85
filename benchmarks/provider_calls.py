"""Requests to providers in a day of use: twenty people, fifty tickers, every resolution, charts left open.

Against a plain page without a cache, where everything that a person does is a call, and a chart that is
left open asks every 15 s for the candle that changes; against this page with the cache taken out, where each
of its look-ups is a call; and against keeping one answer for one request, as Flask-Caching does. What
people do is made up (``people``); the caches, the page's planning of what to load and the adapters are the
real ones (``day_of_use``). Processes are started anew at noon; the table stays.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

from benchmarks import free_plan
from benchmarks.day_of_use import Setting, places, play
from benchmarks.measuring import Figure, Size, say, show
from benchmarks.people import day_of_use, instant_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.day_of_use import Tally

DAY = date(2025, 3, 6)
"""A Thursday; the day after it is a session, too, and after that there is none."""
_PLAIN_EVERY_S = 15.0
"""How often a plain page asks for a candle that changes: as old as it may be on the screen (cache-7)."""
_HEAD = (
    "a day of use",
    "asked by hand",
    "by charts",
    "calls",
    "a person",
    "busiest hour",
    "memory",
    "table",
    "source",
    "no candles",
)
_QUIET, _FREE = "empty table, no chart asks by itself", "empty table, free plan, then Yahoo"
_OTHERS = {
    _QUIET: Setting(live=False),
    "empty table, not refreshed ahead": Setting(ahead=False),
    "empty table, two processes": Setting(processes=2),
    _FREE: Setting(("tiingo", "yahoo"), "free"),
}
_place = contextmanager(places)


def run(size: Size) -> list[Figure]:
    """Print what became of each day and return the figures."""
    first, second, closed = days(Setting(), size, 3)
    days_of_use = {
        "empty table, restart at noon": first,
        "the day after, restart at noon": second,
        "Saturday after that": closed,
    }
    for name, setting in _OTHERS.items():
        (days_of_use[name],) = days(setting, size)
        say(f"provider_calls: {name}: {days_of_use[name].all_calls:,} calls")
    show([_HEAD, *(_cells(name, tally, size.people) for name, tally in days_of_use.items())])
    quiet, free = days_of_use[_QUIET], days_of_use[_FREE]
    for sentence, times in free.refused.most_common():
        say(f"provider_calls: on the free plan, {times} charts were told: {sentence}")
    free_plan.run(size.opened)
    return [
        *_figures("empty table", first),
        *_figures("the day after", second),
        *_figures("the Saturday after", closed),
        *_by_hand(quiet),
    ]


def days(setting: Setting, size: Size, count: int = 1) -> list[Tally]:
    """Play days that follow each other, on one table."""
    with _place(setting, instant_s(DAY, 0)) as place:
        following = (DAY + timedelta(days=number) for number in range(count))
        return [
            play(place, day, day_of_use(day, people=size.people, visits=size.visits)) for day in following
        ]


def _figures(name: str, tally: Tally) -> list[Figure]:
    ours = tally.all_calls
    plain = tally.acts + round(tally.live_s / _PLAIN_EVERY_S)
    return [
        _figure(f"{name}: calls, else a plain page without a cache", ours, plain),
        _figure(f"{name}: calls, else this page without a cache", ours, tally.looked_up),
        _figure(f"{name}: calls, else one answer kept for one request", ours, tally.remembered),
    ]


def _by_hand(tally: Tally) -> list[Figure]:
    ours = tally.all_calls
    return [
        _figure("no chart asks by itself: calls, else a plain page without a cache", ours, tally.acts),
        _figure("no chart asks by itself: calls, else one answer kept", ours, tally.remembered),
    ]


def _figure(what: str, ours: int, other: int) -> Figure:
    return Figure(what, f"{ours:,}", f"{other:,}", other / max(ours, 1))


def _cells(name: str, tally: Tally, people: int) -> Sequence[str]:
    asked = sum(tally.outcomes.values()) or 1

    def share(outcome: str) -> str:
        return f"{tally.outcomes[outcome] / asked:.0%}"

    busiest = ", ".join(
        f"{source} {tally.busiest_hour(source)}" for source in sorted({source for source, _ in tally.calls})
    )
    return (
        name,
        f"{tally.by_hand:,}",
        f"{tally.by_themselves:,}",
        f"{tally.all_calls:,}",
        f"{tally.all_calls / people:.0f}",
        busiest,
        share("request_memory_hits"),
        share("request_table_hits"),
        share("request_misses"),
        f"{tally.refused.total():,}",
    )

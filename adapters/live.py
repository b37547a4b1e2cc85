"""What live sources have in common, and what one of them has told about splits and dividends so far."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from adapters.http_client import HttpClient
from adapters.prices import RUNNING_LIFE_S, Kind
from market.actions import Actions
from market.calendars import FIRST_DAY
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.allowance import Allowance
    from market.candles import Candles

NEW_YORK = ZoneInfo("America/New_York")
_LEAD = timedelta(days=7)
_WHOLE_AGAIN = timedelta(days=7)
_MOST_TICKERS = 4_096
_COARSER_LIFE_S = 25.0
"""So that whoever looks twice within half a minute sees the running candle move (cache-7)."""


class LiveSource:
    """The part of a ``PriceProvider`` that is the same for every source on the network."""

    name: str
    title: str
    allowance: Allowance
    kind = Kind.LIVE

    def __init__(self, base_url: str, clock: Callable[[], float] = time.time) -> None:
        """Ask ``base_url``; ``clock`` gives UTC seconds. Nothing is opened yet."""
        self._http = HttpClient(self.name, self.title, base_url)
        self._clock = clock

    def now(self, ticker: str | None = None) -> datetime:
        """Return the real present."""
        del ticker
        return datetime.fromtimestamp(self._clock(), UTC)

    def running_life_s(self, resolution: Resolution) -> float:
        """Return the usual for a minute, which is over soon, and more for what changes less in that time.

        A source that allows few calls is polled less often.
        """
        return RUNNING_LIFE_S if resolution is Resolution.M1 else _COARSER_LIFE_S

    def examples(self) -> tuple[str, ...]:
        """Return nothing: a live source does not list what it has."""
        return ()

    def changed_at(self, ticker: str) -> float:
        """Return 0.0: no source says when it changed."""
        del ticker
        return 0.0

    def remarks(self, ticker: str, resolution: Resolution) -> tuple[str, ...]:
        """Return nothing: what there is to say comes with the answers."""
        del ticker, resolution
        return ()


def day_label(second: int, zone: ZoneInfo) -> int:
    """Return the time of a daily bar, midnight UTC of the exchange's date at an instant."""
    return day_number(datetime.fromtimestamp(second, zone).date()) * DAY_S


def last_days(now_s: float, zone: ZoneInfo) -> tuple[int, int]:
    """Return from which label of daily bars to before which are those of the week before today."""
    today = day_label(int(now_s), zone)
    return today - 7 * DAY_S, today


def within(candles: Candles, start: date, end: date, today: date) -> Candles:
    """Return the daily bars of a span, in whatever order they are.

    Bars of days to come stay, too, so that an answer that has any is refused.
    """
    first, last, newest = (day_number(day) * DAY_S for day in (start, end, today))
    inside = (candles.time >= first) & ((candles.time <= last) | (candles.time > newest))
    return candles if inside.all() else candles.take(inside)


def before(candles: Candles, start: date) -> Candles:
    """Return the daily bars before a span, in whatever order they are."""
    return candles.take(candles.time < day_number(start) * DAY_S)


@dataclass(frozen=True, slots=True)
class Known:
    """What a source has told about a ticker.

    Attributes:
        actions: up to a day at least.
        to: that day.
        whole_at: when all were asked for.
        has_bars: it has told a bar; the next question holds that one, too.
    """

    actions: Actions
    to: date
    whole_at: date
    has_bars: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """From which day a source is asked, and what is known of before (None: it is asked for all)."""

    since: date
    known: Known | None

    @property
    def brings_bars(self) -> bool:
        """Whether there must be bars in the answer; one without is none, and would end all splits, too."""
        return self.known is not None and self.known.has_bars


class KnownActions:
    """The splits and dividends that a source has told this process, per ticker; thread-safe and bounded.

    An answer must carry all of them, and a source gives those of the span that it is asked for. So the first
    daily question for a ticker goes back to the beginning, and later ones begin where the person looks, or a
    week before the last; whole again after a week, in case the source mended an old one.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Known] = OrderedDict()

    def plan(self, ticker: str, start: date, today: date) -> Plan:
        """Return from which day prices up to today must be asked for, so that the actions are complete."""
        with self._lock:
            known = self._known.get(ticker)
        if known is None or not known.whole_at <= today < known.whole_at + _WHOLE_AGAIN:
            return Plan(FIRST_DAY, None)
        return Plan(max(FIRST_DAY, min(start, known.to - _LEAD)), known)

    def learn(self, ticker: str, plan: Plan, told: Actions, today: date, last: date | None = None) -> Actions:
        """Take in what a source told from the plan's day to ``today``, and return all that it has told.

        ``last`` is the day of the ticker's last bar, where the next question must hold that: of a share that
        trades no longer there would be nothing to answer.
        """
        whole_at = today
        if plan.known is not None:
            told, whole_at = _join(plan.known.actions, told, day_number(plan.since)), plan.known.whole_at
        with self._lock:
            has_bars = plan.brings_bars or last is not None
            self._known[ticker] = Known(told, min(today, last or today), whole_at, has_bars)
            self._known.move_to_end(ticker)
            if len(self._known) > _MOST_TICKERS:
                self._known.popitem(last=False)
        return told


def _join(old: Actions, new: Actions, since: int) -> Actions:
    """Return the old ones of before a day, and the new ones."""
    before = old.day < since
    return Actions(
        np.concatenate([old.day[before], new.day]),
        np.concatenate([old.split[before], new.split]),
        np.concatenate([old.dividend[before], new.dividend]),
    )

"""What Yahoo's chart endpoint says, understood; pure.

Prices come adjusted for every split so far, dividends too; these are turned back into cash as it was paid.
Shares that are quoted in hundredths (pence, cents, agorot) are turned into the main unit, because that is the
currency that a market is said to have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from adapters.errors import (
    BadPayloadError,
    NotInPlanError,
    NotOfferedError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from adapters.http_client import retry_after_s
from adapters.live import day_label, last_days
from adapters.payload import bad, candles, floats, json_of, mapping, number, seconds, sequence, volumes
from market.actions import Actions
from market.candles import Candles

if TYPE_CHECKING:
    from adapters.http_client import Reply
    from market.candles import Ints

TITLE = "Yahoo"
_SOURCE = "yahoo"
_HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ZAC": "ZAR", "ILA": "ILS"}
IN_HUNDREDTHS = frozenset(_HUNDREDTHS.values())
"""Currencies of markets whose prices may come in hundredths."""
_CODE = re.compile(r"[A-Za-z0-9]{0,10}")
_SYNONYMS = {"60m": "1h"}
_PAUSE_S = 300.0
_MOST_SPLIT = 1e6
_MOST_DIVIDEND = 1e9
_PRICES = ("open", "high", "low", "close")
_Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Chart:
    """An answer: bars, what happened among them, and the currency that prices are in now ("": unknown)."""

    candles: Candles
    actions: Actions
    currency: str


def parse_chart(reply: Reply, symbol: str, interval: str, now_s: float) -> Chart:
    """Return what an answer about a symbol holds.

    Args:
        reply: the answer.
        symbol: in Yahoo's spelling; an answer about another one is refused.
        interval: as asked for, "5m" or "1d"; an answer at another one is refused.
        now_s: UTC seconds.

    Raises:
        ProviderError: the answer is an error, or not what was promised.
    """
    result = _result(reply, now_s)
    if result is None:
        return Chart(Candles.empty(), Actions.none(), "")
    meta = mapping(result.get("meta"), TITLE, "description of the prices")
    if str(meta.get("symbol")).upper() != symbol.upper():
        bad(TITLE, "prices of another symbol")
    if meta.get("dataGranularity", interval) not in (interval, _SYNONYMS.get(interval)):
        bad(TITLE, "another resolution than asked for")
    unit, currency = _unit(meta)
    zone = _zone(meta)
    return Chart(
        _bars(result, interval, zone, unit, now_s), _actions(result.get("events"), zone, unit), currency
    )


def error_of(reply: Reply, now_s: float) -> ProviderError:
    """Return what an error of Yahoo means; never repeats it."""
    text = reply.body[:2_000].decode("utf-8", "replace").lower()
    if reply.status == 429 or "too many requests" in text:  # noqa: PLR2004 - statuses are known by their numbers
        wait_s = retry_after_s(reply.headers, now_s) or _PAUSE_S
        return RateLimitedError("Yahoo was asked too often.", provider=_SOURCE, retry_after_s=wait_s)
    if reply.status == 404 or "may be delisted" in text:  # noqa: PLR2004
        return UnknownTickerError("Yahoo does not have this ticker.", provider=_SOURCE)
    if reply.status == 422 or "data not available" in text:  # noqa: PLR2004
        return NotOfferedError("Yahoo does not go back so far at this resolution.", provider=_SOURCE)
    if reply.status in (401, 403):
        return NotInPlanError("Yahoo does not give this without signing in.", provider=_SOURCE)
    if reply.status >= 500 or reply.status == 408:  # noqa: PLR2004
        return UnavailableError(f"Yahoo has a problem (status {reply.status}). Try again.", provider=_SOURCE)
    return BadPayloadError(f"Yahoo sent no prices (status {reply.status}).", provider=_SOURCE)


def _result(reply: Reply, now_s: float) -> _Row | None:
    """Return the chart of an answer, None where the span ends before the first bar, which comes with 400."""
    if reply.status == 400 and b"exist for startdate" in reply.body[:2_000].lower():  # noqa: PLR2004
        return None
    if reply.status != 200:  # noqa: PLR2004 - as above
        raise error_of(reply, now_s)
    answer = mapping(json_of(reply.body, TITLE), TITLE, "chart")
    chart = mapping(answer.get("chart"), TITLE, "chart")
    if chart.get("error") is not None or not chart.get("result"):
        raise error_of(reply, now_s)
    return mapping(sequence(chart["result"], TITLE, "charts")[0], TITLE, "chart")


def _unit(meta: _Row) -> tuple[float, str]:
    """Return what prices are divided by, and the currency that they are in then."""
    currency = meta.get("currency") or ""
    if not (isinstance(currency, str) and _CODE.fullmatch(currency)):  # people are told
        bad(TITLE, "prices in no currency")
    return (100.0, _HUNDREDTHS[currency]) if currency in _HUNDREDTHS else (1.0, currency.upper())


def _zone(meta: _Row) -> ZoneInfo:
    try:
        return ZoneInfo(str(meta.get("exchangeTimezoneName")))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        bad(TITLE, "prices without a time zone")


def _bars(result: _Row, interval: str, zone: ZoneInfo, unit: float, now_s: float) -> Candles:
    """Return the bars, none where there is no ``timestamp`` (a weekend)."""
    if result.get("timestamp") is None:
        return Candles.empty()
    time = seconds(sequence(result["timestamp"], TITLE, "times"), TITLE)
    indicators = mapping(result.get("indicators"), TITLE, "prices")
    quotes = sequence(indicators.get("quote"), TITLE, "prices")
    quote = mapping(quotes[0] if quotes else None, TITLE, "prices")
    prices = [floats(sequence(quote.get(name), TITLE, name), TITLE, name) / unit for name in _PRICES]
    volume = volumes(sequence(quote.get("volume") or [None] * len(time), TITLE, "volume"), TITLE)
    if interval.endswith("m"):
        return _merged(candles(time, prices, volume, TITLE), int(interval[:-1]) * 60)
    labels = np.array([day_label(second, zone) for second in time.tolist()], dtype=np.int64)
    return candles(labels, prices, volume, TITLE, last_days(now_s, zone))


_HOUR_S = 3_600


def _merged(bars: Candles, step_s: int) -> Candles:
    """Put a running session's last point, which stands between two bars, into the bar that it belongs to.

    Minutes begin at multiples of their length, whichever the market; hours follow the bar before.
    """
    if not len(bars):
        return bars
    last = int(bars.time[-1])
    before = int(bars.time[-2]) if len(bars) > 1 else last - step_s
    start = last // step_s * step_s
    if step_s == _HOUR_S:
        start = before if 0 < last - before < step_s else last
    if start == last:
        return bars
    if start != before:
        return _at(bars, np.append(bars.time[:-1], start))
    whole, running, point = bars.take(slice(None, -2)), bars.take(slice(-2, -1)), bars.take(slice(-1, None))
    merged = Candles(
        running.time,
        running.open,
        np.fmax(running.high, point.high),
        np.fmin(running.low, point.low),
        point.close,
        running.volume + point.volume,
    )
    return Candles.concat([whole, merged])


def _at(bars: Candles, time: Ints) -> Candles:
    return Candles(time, bars.open, bars.high, bars.low, bars.close, bars.volume)


def _actions(events: object, zone: ZoneInfo, unit: float) -> Actions:
    """Return splits, and dividends as they were paid: Yahoo divides them by all later splits."""
    told = mapping(events or {}, TITLE, "events")
    splits = [(_day(row, zone), _ratio(row)) for row in _rows(told.get("splits"))]
    paid = []
    for row in _rows(told.get("dividends")):
        day, amount = _day(row, zone), number(row.get("amount"), TITLE, "a dividend")
        if not 0 <= amount < _MOST_DIVIDEND:
            bad(TITLE, "a dividend that cannot be")
        later = np.prod([ratio for at, ratio in splits if at > day])
        paid.append((day, 1.0, amount / unit * float(later)))
    return Actions.of([*((day, ratio, 0.0) for day, ratio in splits), *paid])


def _rows(events: object) -> list[_Row]:
    return [mapping(row, TITLE, "event") for row in mapping(events or {}, TITLE, "events").values()]


def _day(row: _Row, zone: ZoneInfo) -> date:
    second = int(seconds([row.get("date")], TITLE)[0])
    return datetime.fromtimestamp(day_label(second, zone), UTC).date()


def _ratio(row: _Row) -> float:
    new, old = (number(row.get(name), TITLE, "a split") for name in ("numerator", "denominator"))
    if not (old > 0 and 1 / _MOST_SPLIT < new / old < _MOST_SPLIT):
        bad(TITLE, "a split that cannot be")
    return new / old

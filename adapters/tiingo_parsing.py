"""What Tiingo says, understood; pure.

Daily rows carry the date of their session as a label at midnight, in two spellings and with a zone that means
nothing: the date part counts and is never converted. Intraday rows carry the start of the bar in UTC. Every
message with status 200 is an error of Tiingo's ("over your 500 symbol look up"), never an absence of prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from adapters.allowance import Window, used_up
from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from adapters.http_client import retry_after_s
from adapters.live import NEW_YORK, last_days
from adapters.payload import bad, candles, floats, json_of, mapping, sequence, volumes
from market.actions import Actions
from market.sessions import DAY_S, day_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.http_client import Reply
    from market.candles import Candles, Ints

TITLE = "Tiingo"
_PRICES = ("open", "high", "low", "close")
DAILY_COLUMNS = (*_PRICES, "volume", "divCash", "splitFactor")
INTRADAY_COLUMNS = (*_PRICES, "volume")
_Columns = dict[str, list[object]]


@dataclass(frozen=True, slots=True)
class Daily:
    """Daily bars as traded, and their splits and dividends; None where the answer has no columns for them."""

    candles: Candles
    actions: Actions | None


def parse_daily(reply: Reply, now_s: float) -> Daily:
    """Return the daily bars of an answer in CSV or JSON.

    Raises:
        ProviderError: the answer is an error, or not what was promised.
    """
    columns = _columns(reply, now_s)
    time = _labels(columns["date"])
    bars = _bars(time, columns, last_days(now_s, NEW_YORK))
    if "splitFactor" not in columns or "divCash" not in columns:
        return Daily(bars, None)
    split = floats(columns["splitFactor"], TITLE, "splits")
    dividend = floats(columns["divCash"], TITLE, "dividends")
    split[~((split > 0) & (split < _MOST_SPLIT))] = 1.0
    dividend[~((dividend > 0) & (dividend < _MOST_DIVIDEND))] = 0.0
    found = (split != 1.0) | (dividend != 0.0)
    days = [date.fromordinal(d + _EPOCH) for d in (time[found] // DAY_S).tolist()]
    rows = zip(days, split[found].tolist(), dividend[found].tolist(), strict=True)
    return Daily(bars, Actions.of(rows))


def parse_intraday(reply: Reply, now_s: float) -> Candles:
    """Return the intraday bars of an answer, each with the start of its bar in UTC.

    Raises:
        ProviderError: as above.
    """
    columns = _columns(reply, now_s)
    return _bars(_instants(columns["date"]), columns)


def error_of(reply: Reply, now_s: float, wanted: str = "prices") -> ProviderError:
    """Return what a status other than 200, or a message instead of what was wanted, means.

    Never repeats what Tiingo wrote. Tiingo names no time for its limits, so they end with their hour (UTC),
    their day or their month (New York), unless a ``Retry-After`` says it.
    """
    text = reply.body[:2_000].decode("utf-8", "replace").lower()
    if reply.status == 429 or "run over" in text:  # noqa: PLR2004 - statuses are known by their numbers
        return _limited(reply, text, now_s)
    if reply.status == 404 or ("ticker" in text and "not found" in text):  # noqa: PLR2004
        return UnknownTickerError("Tiingo does not have this ticker.", provider="tiingo")
    if reply.status == 401 or "supply a token" in text or "invalid token" in text:  # noqa: PLR2004
        return BadKeyError("Tiingo refused the key. Check TIINGO_API_KEY.", provider="tiingo")
    if reply.status == 403 or "permission" in text:  # noqa: PLR2004
        what = "this" if wanted == "prices" else wanted
        return NotInPlanError(f"Your Tiingo plan does not include {what}.", provider="tiingo")
    if reply.status >= 500 or reply.status == 408:  # noqa: PLR2004
        return UnavailableError(
            f"Tiingo has a problem (status {reply.status}). Try again.", provider="tiingo"
        )
    return BadPayloadError(f"Tiingo sent no {wanted} (status {reply.status}).", provider="tiingo")


def _limited(reply: Reply, text: str, now_s: float) -> RateLimitedError:
    if any(word in text for word in ("month", "bandwidth", "symbol")):
        window = Window.MONTH
    elif any(word in text for word in ("daily", "day ")):
        window = Window.DAY
    else:
        window = Window.HOUR
    left_s = retry_after_s(reply.headers, now_s) or max(window.end_s(now_s) - now_s, 1.0)
    message = used_up(TITLE, window, now_s + left_s)
    return RateLimitedError(message, provider="tiingo", retry_after_s=left_s)


_EPOCH = date(1970, 1, 1).toordinal()
_MOST_SPLIT = 1e6
_MOST_DIVIDEND = 1e9


def _columns(reply: Reply, now_s: float) -> _Columns:
    """Return an answer's rows as columns, ``date`` and all prices among them."""
    if reply.status != 200:  # noqa: PLR2004 - as above
        raise error_of(reply, now_s)
    body = reply.body.strip()
    if body[:1] == b"[":
        columns = _from_json(body)
    elif body[:5] == b"date,":
        columns = _from_csv(reply)
    elif body[:1] in (b"<", b""):
        bad(TITLE, "a page instead of prices" if body else "nothing at all")
    else:  # an object, or plain text
        raise error_of(reply, now_s)
    missing = [name for name in ("date", *_PRICES) if name not in columns]
    if missing:
        bad(TITLE, f"rows without {missing[0]}")
    return columns


def _from_json(body: bytes) -> _Columns:
    rows = [mapping(row, TITLE, "row") for row in sequence(json_of(body, TITLE), TITLE, "rows")]
    if not rows:
        return {name: [] for name in ("date", *DAILY_COLUMNS)}
    names = rows[0].keys()
    if any(row.keys() != names for row in rows):
        bad(TITLE, "rows that differ in their fields")
    return {name: [row[name] for row in rows] for name in names}


def _from_csv(reply: Reply) -> _Columns:
    """Take CSV apart; it has no end mark but its last line's, so the answer must have one of its own.

    Of half a history nobody could tell that the newest days are missing.
    """
    if not reply.whole or not reply.body.endswith(b"\n") or not reply.body.isascii():
        bad(TITLE, "half an answer")
    names, *rows = (line.split(",") for line in reply.body.decode().splitlines() if line)
    if any(len(row) != len(names) for row in rows):
        bad(TITLE, "rows of different lengths")
    columns: _Columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=False)) if rows else {}
    return {
        name: columns.get(name, []) if name == "date" else _numbers(columns.get(name, [])) for name in names
    }


def _numbers(texts: Sequence[object]) -> list[object]:
    try:
        return [float(str(text)) if text else None for text in texts]
    except ValueError:
        bad(TITLE, "something else than numbers")


def _bars(time: Ints, columns: Mapping[str, Sequence[object]], awaited: tuple[int, int] = (0, 0)) -> Candles:
    prices = [floats(columns[name], TITLE, name) for name in _PRICES]
    volume = columns.get("volume") or [None] * len(time)
    return candles(time, prices, volumes(volume, TITLE), TITLE, awaited)


def _labels(texts: Sequence[object]) -> Ints:
    """Return the dates of daily rows as midnight UTC."""
    try:
        days = [day_number(date.fromisoformat(str(text)[:10])) for text in texts]
    except ValueError:
        bad(TITLE, "a row without a date")
    return np.array(days, dtype=np.int64) * DAY_S


def _instants(texts: Sequence[object]) -> Ints:
    """Return the starts of intraday rows; one without a zone cannot be placed."""
    try:
        instants = [datetime.fromisoformat(str(text)) for text in texts]
    except ValueError:
        bad(TITLE, "a row without a time")
    if any(instant.tzinfo is None for instant in instants):
        bad(TITLE, "times without a time zone")
    return np.array([int(instant.timestamp()) for instant in instants], dtype=np.int64)

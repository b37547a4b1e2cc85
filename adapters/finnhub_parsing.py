"""What Finnhub says, understood; pure.

Bars come as columns with the start of each in UTC seconds; the hour of a daily bar is not always the same, so
its date is that of the instant in New York.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from adapters.http_client import LONGEST_WAIT_S, retry_after_s
from adapters.live import NEW_YORK, day_label, last_days
from adapters.payload import bad, candles, floats, json_of, mapping, number, seconds, sequence, volumes
from market.candles import Candles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.http_client import Reply

TITLE = "Finnhub"
_SOURCE = "finnhub"
_MINUTE_S = 60.0
_MOST_SPLIT = 1e6
_MOST_DIVIDEND = 1e9


def parse_candles(reply: Reply, now_s: float, *, daily: bool) -> Candles:
    """Return the bars of an answer, with ``daily`` labelled with their date in New York.

    Raises:
        ProviderError: the answer is an error, or not what was promised.
    """
    answer = mapping(checked(reply, now_s), TITLE, "candles")
    if answer.get("s") == "no_data":
        return Candles.empty()
    if answer.get("s") != "ok":
        bad(TITLE, "no candles")
    columns = {name: sequence(answer.get(name), TITLE, "prices") for name in "tohlc"}
    time, awaited = seconds(columns["t"], TITLE), (0, 0)
    if daily:
        awaited = last_days(now_s, NEW_YORK)
        time = np.array([day_label(second, NEW_YORK) for second in time.tolist()], dtype=np.int64)
    volume = sequence(answer.get("v") or [None] * len(time), TITLE, "volume")
    prices = [floats(columns[name], TITLE, "prices") for name in "ohlc"]
    return candles(time, prices, volumes(volume, TITLE), TITLE, awaited)


def parse_splits(reply: Reply, now_s: float) -> list[tuple[date, float, float]]:
    """Return ex-dates with new shares per old one.

    Raises:
        ProviderError: as above.
    """

    def split(row: Mapping[str, object]) -> tuple[float, float]:
        new, old = (number(row.get(name), TITLE, "a split") for name in ("toFactor", "fromFactor"))
        if not (old > 0 and 1 / _MOST_SPLIT < new / old < _MOST_SPLIT):
            bad(TITLE, "a split that cannot be")
        return new / old, 0.0

    return _dated(reply, now_s, split)


def parse_dividends(reply: Reply, now_s: float) -> list[tuple[date, float, float]]:
    """Return ex-dates with the cash for a share as it was counted on that day.

    Raises:
        ProviderError: as above.
    """

    def dividend(row: Mapping[str, object]) -> tuple[float, float]:
        amount = number(row.get("amount"), TITLE, "a dividend")
        if not 0 <= amount < _MOST_DIVIDEND:
            bad(TITLE, "a dividend that cannot be")
        return 1.0, amount

    return _dated(reply, now_s, dividend)


def parse_quote(reply: Reply, now_s: float) -> bool:
    """Return whether a quote is one of an instrument that exists; of any other all prices are 0.

    Raises:
        ProviderError: as above.
    """
    quote = mapping(checked(reply, now_s), TITLE, "quote")
    told = [number(quote.get(name), TITLE, "a quote") for name in ("c", "h", "l", "o", "pc")]
    return any(told)


def error_of(reply: Reply, now_s: float, wanted: str = "candles") -> ProviderError:
    """Return what a status other than 200, or a message instead of what was wanted, means; never repeats it.

    "You don't have access to this resource." came with 403 and, years ago, with 401; it means the plan.
    """
    text = reply.body[:2_000].decode("utf-8", "replace").lower()
    if reply.status == 429 or "limit reached" in text:  # noqa: PLR2004 - statuses are known by their numbers
        wait_s = retry_after_s(reply.headers, now_s) or _until_reset_s(reply, now_s) or _MINUTE_S
        message = "Finnhub was asked more often than the plan allows."
        return RateLimitedError(message, provider=_SOURCE, retry_after_s=wait_s)
    if "access to this resource" in text or reply.status in (402, 403):
        return NotInPlanError(f"Your Finnhub plan does not include {wanted}.", provider=_SOURCE)
    if reply.status == 401 or "api key" in text:  # noqa: PLR2004
        return BadKeyError("Finnhub refused the key. Check FINNHUB_API_KEY.", provider=_SOURCE)
    if reply.status == 404:  # noqa: PLR2004
        return UnknownTickerError("Finnhub does not have this ticker.", provider=_SOURCE)
    if reply.status >= 500 or reply.status == 408:  # noqa: PLR2004
        message = f"Finnhub has a problem (status {reply.status}). Try again."
        return UnavailableError(message, provider=_SOURCE)
    what = "prices" if wanted == "candles" else wanted
    return BadPayloadError(f"Finnhub sent no {what} (status {reply.status}).", provider=_SOURCE)


def _until_reset_s(reply: Reply, now_s: float) -> float | None:
    """Return the seconds until the end of the limit, where a header tells it as UTC seconds."""
    text = reply.headers.get("x-ratelimit-reset", "")
    left_s = float(text) - now_s if text.isdecimal() and text.isascii() else 0.0
    return left_s if 0 < left_s <= LONGEST_WAIT_S else None


def checked(reply: Reply, now_s: float, wanted: str = "candles") -> object:
    """Return the JSON of an answer that is no error.

    Raises:
        ProviderError: it is one, or no JSON.
    """
    if reply.status != 200:  # noqa: PLR2004 - as above
        raise error_of(reply, now_s, wanted)
    answer = json_of(reply.body, TITLE)
    if isinstance(answer, dict) and "error" in answer:
        raise error_of(reply, now_s, wanted)
    return answer


def _dated(
    reply: Reply, now_s: float, values: Callable[[Mapping[str, object]], tuple[float, float]]
) -> list[tuple[date, float, float]]:
    found = []
    for row in sequence(checked(reply, now_s), TITLE, "splits or dividends"):
        fields = mapping(row, TITLE, "split or dividend")
        try:
            day = date.fromisoformat(str(fields.get("date")))
        except ValueError:
            bad(TITLE, "a split or dividend without a date")
        found.append((day, *values(fields)))
    return found

"""What a channel said about stocks, and their prices (record-1, record-2, record-6).

Promise: prices come through the candle cache within a bounded time; what could not be had by then is said,
and asking again goes on.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from api.asking import answer
from api.channels import GROUP
from api.operations import INSTANT, NUMBER, TEXT, WHOLE, Operation, array, or_null, record, ref
from track_record import instants
from track_record.service import ticker_of
from track_record.views import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint, Response

    from api.frame import View
    from track_record.service import TrackRecord
    from track_record.views import TimelineEntry

_CHANNEL = "/api/channels/<channel_id>"
_BY_TICKER = {"type": "object", "additionalProperties": TEXT}

STOCKS = Operation(
    "GET", f"{_CHANNEL}/stocks", "channel_stocks", GROUP, "What a channel says about each stock",
    record({"channel_id": TEXT, "stocks": array(ref("StockSummary"))}),
    about="Those mentioned most first. Both prices of a line are adjusted for splits as of today.",
    errors=(404,),
)  # fmt: skip
TIMELINE = Operation(
    "GET", f"{_CHANNEL}/timeline", "channel_timeline", GROUP, "A channel's videos with what each mentions",
    record({"timeline": array(record({"video": ref("Video"), "mentions": array(ref("Mention"))}))}),
    about="Those published last first.",
    errors=(404,),
)  # fmt: skip
MENTIONS = Operation(
    "GET", f"{_CHANNEL}/stocks/<ticker>", "channel_mentions", GROUP, "What a channel says about one stock",
    record({"ticker": TEXT, "channel_id": TEXT, "mentions": array(ref("MentionWithVideo"))}),
    about="The last one first; none where the channel never mentioned it.",
    errors=(400, 404),
)  # fmt: skip
REFRESH = Operation(
    "POST", f"{_CHANNEL}/refresh-prices", "refresh_prices", GROUP, "Look up the newest prices",
    record(
        {
            "prices": {"type": "object", "additionalProperties": NUMBER},
            "updated_at": INSTANT,
            "errors": _BY_TICKER,
        }
    ),
    about="Of every stock that the channel mentions. Where there is none, `errors` has a sentence.",
    errors=(404,),
)  # fmt: skip
BACKFILL = Operation(
    "POST", f"{_CHANNEL}/backfill-prices", "backfill_prices", GROUP, "Look up prices that mentions lack",
    record(
        {
            "mentions": WHOLE, "priced": WHOLE, "unpriced": WHOLE, "remaining": WHOLE,
            "reasons": {"type": "object", "additionalProperties": WHOLE}, "errors": _BY_TICKER,
        }
    ),
    202,
    about="The first price that a viewer could have had. Ask again while there are `remaining` ones; "
    "`reasons` counts why others have none.",
    errors=(404,),
)  # fmt: skip
PRICE = Operation(
    "GET", "/api/stocks/<ticker>/price", "stock_price", GROUP, "The newest price of a stock",
    record(
        {
            "ticker": TEXT, "price": or_null(NUMBER), "updated_at": or_null(INSTANT), "error": or_null(TEXT),
        }
    ),
    about="Where there is none, it is null and `error` says why.",
    errors=(400,),
)  # fmt: skip
OPERATIONS = (STOCKS, TIMELINE, MENTIONS, REFRESH, BACKFILL, PRICE)


def add(routes: Blueprint, track_record: TrackRecord, guard: Callable[[View], View]) -> None:
    """Add the routes; ``guard`` decides who may ask."""

    def stocks(channel_id: str) -> Response:
        lines = track_record.stocks(channel_id)
        return answer({"channel_id": channel_id, "stocks": [as_json(line) for line in lines]})

    def timeline(channel_id: str) -> Response:
        return answer({"timeline": [_entry(one) for one in track_record.timeline(channel_id)]})

    def mentions(channel_id: str, ticker: str) -> Response:
        entries = track_record.of_stock(channel_id, ticker)
        said = [
            as_json(mention) | {"video": as_json(entry.video)}
            for entry in entries
            for mention in entry.mentions
        ]
        return answer({"ticker": ticker_of(ticker), "channel_id": channel_id, "mentions": said})

    def refreshed(channel_id: str) -> Response:
        found = track_record.pricing.refresh(track_record.channel(channel_id).id)
        return answer(
            {
                "prices": {ticker: float(price) for ticker, price in found.prices.items()},
                "updated_at": instants.text_of(found.updated_at),
                "errors": dict(found.errors),
            }
        )

    def backfilled(channel_id: str) -> Response:
        return answer(asdict(track_record.pricing.backfill(track_record.channel(channel_id).id)), 202)

    def price(ticker: str) -> Response:
        found = track_record.pricing.current(ticker_of(ticker))
        quote = found.quote
        return answer(
            {
                "ticker": found.ticker,
                "price": None if quote is None else float(quote.price),
                "updated_at": None if quote is None else instants.text_of(quote.updated_at),
                "error": found.error,
            }
        )

    views: tuple[View, ...] = (stocks, timeline, mentions, refreshed, backfilled, price)
    for operation, view in zip(OPERATIONS, views, strict=True):
        operation.join(routes, guard(view))


def _entry(entry: TimelineEntry) -> dict[str, Any]:
    return {"video": as_json(entry.video), "mentions": [as_json(mention) for mention in entry.mentions]}

"""JSON routes: they parse a request, ask the cache once, and render the answer; they never see a tier.

Promise: whatever is sent to ``/api``, ``/health``, ``/metrics`` or ``/openapi.json``, the answer has a
request id, and nobody on the way stores it unless it never changes; an error has the one shape of
``api.errors``.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from flask import Blueprint

from api import channels, description, frame, metrics, ohlc, public, search, stocks, transcripts, videos
from api import sentiment as sentiments
from api.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask, Request

    from accounts.identity import Identity
    from cache.candle_cache import CandleCache
    from sentiment.history import SentimentHistory
    from track_record.service import TrackRecord

__all__ = ["register"]

_ROWS_BYTES = 8 * 1024 * 1024


def register(  # noqa: PLR0913 - what the composition root knows
    server: Flask,
    cache: CandleCache,
    *,
    identify: Callable[[Request], Identity | None],
    store: str,
    find_symbols: Callable[[str, int], Sequence[search.Symbol]],
    track_record: TrackRecord | None = None,
    sentiment: SentimentHistory | None = None,
    render_metrics: Callable[[], tuple[bytes, str]] | None = None,
    rows_bytes: int = _ROWS_BYTES,
    clock: Callable[[], float] = time.time,
    new_id: Callable[[], uuid.UUID] = uuid.uuid4,
) -> None:
    """Give a server the JSON routes.

    Args:
        server: gets one blueprint; routes of others under ``/api`` are answered with 404.
        cache: answers for prices.
        identify: tells who sends a request, None for nobody (accounts.identity.identifier).
        store: the store's kind, as ``/health`` shows it.
        find_symbols: returns at most so many tickers for a text, the best first (adapters.symbols).
        track_record: what channels said; None leaves its routes out.
        sentiment: how news and videos speak of stocks; None leaves its route out.
        render_metrics: returns the text of ``/metrics`` and its content type; None leaves the route out.
        rows_bytes: how much memory candles that are written as JSON already may take.
        clock: the real one, UTC seconds; for ages and for what lies in the future.
        new_id: makes request ids where none came along.
    """
    routes = Blueprint(frame.BLUEPRINT, __name__)
    frame.add(routes, new_id)
    operations = [*ohlc.OPERATIONS, *search.OPERATIONS]
    public.add(routes, sources=cache.sources, store=store)
    search.add(routes, find_symbols)
    ohlc.add(routes, cache, Rows(rows_bytes), frame.only_known(identify), clock)
    if track_record is not None:
        operations += [*channels.OPERATIONS, *stocks.OPERATIONS]
        operations += [*videos.OPERATIONS, *transcripts.OPERATIONS]
        channels.add(routes, track_record, frame.only_known(identify))
        stocks.add(routes, track_record, frame.only_known(identify))
        videos.add(routes, track_record, frame.only_known(identify))
        transcripts.add(routes, track_record, frame.only_known(identify))
    if sentiment is not None:
        operations += sentiments.OPERATIONS
        sentiments.add(routes, cache, sentiment, frame.only_known(identify), clock)
    if render_metrics is not None:
        operations += metrics.OPERATIONS
        metrics.add(routes, render_metrics, frame.only_known(identify))
    description.add(routes, [*operations, *public.OPERATIONS])
    server.register_blueprint(routes)

"""The second opinion of a chart: which bars other sources see differently, asked for once it rests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from dash import MATCH, ClientsideFunction, Input, Output
from dash.exceptions import PreventUpdate

from cache.errors import CandleError
from cache.query import CandleQuery
from components.chart_card import part_id
from market.calendars import sessions_for
from market.resolution import Resolution
from market.ticker import parse_ticker

if TYPE_CHECKING:
    from dash import Dash

    from cache.candle_cache import CandleCache

Message = dict[str, Any]
_log = structlog.get_logger(__name__)


def register(app: Dash, cache: CandleCache) -> None:
    """Wire Store to Store: which bars are on the screen in, those that other sources see differently out."""
    app.clientside_callback(
        ClientsideFunction("chart", "mark"),
        Output(part_id("marked", MATCH), "data"),
        Input(part_id("opinions", MATCH), "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(part_id("opinions", MATCH), "data"),
        Input(part_id("compared", MATCH), "data"),
        prevent_initial_call=True,
    )
    def compare(question: Message | None) -> Message:
        if not isinstance(question, dict):
            raise PreventUpdate
        return answer(cache, question)


def answer(cache: CandleCache, question: Message) -> Message:
    """Return the bars on which sources do not agree, all values of each, and the question's number.

    A chart without a second opinion is whole: what goes wrong is logged and answered with none.
    """
    bars: list[tuple[int, list[tuple[Any, ...]]]] = []
    try:
        found = cache.second_opinion(_query(question), str(question.get("source")))
        bars = [
            (bar.time, [(v.source, v.open, v.high, v.low, v.close, v.volume) for v in bar.values])
            for bar in found
        ]
    except (CandleError, ValueError, OverflowError, OSError, TypeError) as error:
        _log.info("second_opinion_refused", error=str(error))
    except Exception:  # noqa: BLE001 - a fault of ours takes no candles from anybody
        _log.exception("second_opinion_failed")
    return {"seq": question.get("seq", 0), "bars": bars}


def _query(question: Message) -> CandleQuery:
    """Return what the browser asks about.

    Raises:
        ValueError, OverflowError, OSError, TypeError: it makes no sense.
    """
    ticker, resolution = (
        parse_ticker(str(question.get("ticker", ""))),
        Resolution(str(question.get("resolution"))),
    )
    zone = ZoneInfo(sessions_for(ticker).timezone) if resolution.is_intraday else UTC
    first, last = (_day(question.get(edge), zone) for edge in ("first", "last"))
    if first > last:
        msg = "the first bar is later than the last one"
        raise ValueError(msg)
    return CandleQuery(ticker, resolution, first, last)


def _day(seconds: object, zone: Any) -> date:  # noqa: ANN401 - a ZoneInfo or UTC
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        msg = "a bar has no time"
        raise TypeError(msg)
    return datetime.fromtimestamp(seconds, zone).date()

"""The second opinion of a chart: which bars other sources see differently, asked for once it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from dash import MATCH, ClientsideFunction, Input, Output
from dash.exceptions import PreventUpdate

from cache.errors import CandleError
from cache.query import CandleQuery
from components.chart_card import part_id
from components.compared import parse
from components.viewport import sequence

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
        asked = parse(question)
        query = CandleQuery(asked.ticker, asked.resolution, asked.first, asked.last)
        found = cache.second_opinion(query, asked.source)
        bars = [
            (bar.time, [(v.source, v.open, v.high, v.low, v.close, v.volume) for v in bar.values])
            for bar in found
        ]
    except (CandleError, ValueError) as error:
        _log.info("second_opinion_refused", error=str(error))
    except Exception:  # noqa: BLE001 - a fault of ours takes no candles from anybody
        _log.exception("second_opinion_failed")
    return {"seq": sequence(question), "bars": bars}

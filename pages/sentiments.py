"""The sentiment below a chart, asked for once it rests while a person wants to see it (user-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from dash import MATCH, ClientsideFunction, Input, Output
from dash.exceptions import PreventUpdate

from components.chart_card import part_id
from components.compared import parse
from components.sentiments import bars, days_asked
from components.viewport import sequence
from sentiment.history import History

if TYPE_CHECKING:
    from datetime import date

    from dash import Dash

    from sentiment.history import SentimentHistory

Message = dict[str, Any]
_DEADLINE_S: Final = 4.0
_UNREADABLE: Final = "The sentiment of these dates cannot be read. Reload the page and try again."
_OUR_FAULT: Final = "The sentiment could not be loaded; the log says why. The candles are not affected."
_log = structlog.get_logger(__name__)


class NothingHeld:
    """The history of an app that keeps none."""

    def read(  # noqa: D102 - as SentimentHistory says
        self, ticker: str, first: date, last: date, *, source: str | None = None, deadline_s: float
    ) -> History:
        del ticker, first, last, source, deadline_s
        return History(())


def register(app: Dash, history: SentimentHistory | NothingHeld) -> None:
    """Wire Store to Store: which bars are on the screen in, how people spoke of the stock meanwhile out."""
    app.clientside_callback(
        ClientsideFunction("chart", "sentiment"),
        Output(part_id("sentiment-drawn", MATCH), "data"),
        Input(part_id("sentiment", MATCH), "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(part_id("sentiment", MATCH), "data"),
        Input(part_id("sentiment-asked", MATCH), "data"),
        prevent_initial_call=True,
    )
    def read(question: Message | None) -> Message:
        if not isinstance(question, dict):
            raise PreventUpdate
        return answer(history, question)


def answer(history: SentimentHistory | NothingHeld, question: Message) -> Message:
    """Return the bars of the pane, a sentence where there is something to say, and the question's number.

    A chart is whole without them: what goes wrong is logged, and told in the pane alone.
    """
    bare: Message = {"seq": sequence(question), "bars": [], "words": ""}
    try:
        asked = parse(question)
        first, last = days_asked(asked.first, asked.last, asked.sessions, asked.resolution)
    except (ValueError, OverflowError) as error:
        _log.info("sentiment_refused", error=str(error))
        return bare | {"words": _UNREADABLE}
    try:
        found = history.read(asked.ticker, first, last, deadline_s=_DEADLINE_S)
        shown = bars(found.points, asked.sessions, asked.resolution)
    except Exception:  # noqa: BLE001 - a fault of ours takes no candles from anybody
        _log.exception("sentiment_failed", ticker=asked.ticker)
        return bare | {"words": _OUR_FAULT}
    nothing = () if shown else (f"No news and no mentions of {asked.ticker} are held for these dates.",)
    return bare | {"bars": shown, "words": " ".join((*nothing, *found.notes))}

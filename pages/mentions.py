"""What channels said about the ticker of a chart, asked for once it rests while a person wants to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import structlog
from dash import MATCH, ClientsideFunction, Input, Output
from dash.exceptions import PreventUpdate

from components.chart_card import part_id
from components.mentions import ENTRIES
from components.viewport import sequence
from pages.mention_message import message
from track_record.entry import Policy
from track_record.errors import BadFieldError
from track_record.service import ticker_of

if TYPE_CHECKING:
    from dash import Dash

    from track_record.judgement import Judgement

Message = dict[str, Any]
_DEADLINE_S = 4.0
_log = structlog.get_logger(__name__)


class Judge(Protocol):
    """Says what became of the mentions of a ticker; ``track_record.judge`` is one."""

    def ticker(
        self, ticker: str, policy: Policy, *, channel_id: str | None = None, deadline_s: float
    ) -> Judgement:
        """Return the mentions of all channels, or of one."""
        ...


def register(app: Dash, judge: Judge) -> None:
    """Wire Store to Store: ticker, entry and channel in, mentions and their outcomes out."""
    app.clientside_callback(
        ClientsideFunction("chart", "mention"),
        Output(part_id("mentioned", MATCH), "data"),
        Input(part_id("mentions", MATCH), "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(part_id("mentions", MATCH), "data"),
        Input(part_id("mentions-asked", MATCH), "data"),
        prevent_initial_call=True,
    )
    def judged(question: Message | None) -> Message:
        if not isinstance(question, dict):
            raise PreventUpdate
        return answer(judge, question)


def answer(judge: Judge, question: Message) -> Message:
    """Return the mentions that a chart asked for, with the question's number.

    A chart is whole without mentions: where they cannot be had, the answer is a sentence and none of them.
    """
    seq = {"seq": sequence(question)}
    try:
        ticker, policy = ticker_of(str(question.get("ticker") or "")), _policy(question.get("entry"))
    except BadFieldError as error:
        return seq | _nothing(str(error))
    channel = question.get("channel")
    channel_id = channel if isinstance(channel, str) else None
    try:
        judged = judge.ticker(ticker, policy, channel_id=channel_id, deadline_s=_DEADLINE_S)
        return seq | message(judged, ticker, channel_id)
    except Exception:  # noqa: BLE001 - whatever it is, it takes no candles from anybody
        _log.exception("mentions_failed", ticker=ticker)
        return seq | _nothing(f"The mentions of {ticker} cannot be had now. Try again in a minute.")


def _policy(entry: object) -> Policy:
    if str(entry) not in ENTRIES:
        raise BadFieldError(f"The entry must be one of {', '.join(ENTRIES)}.", field="entry")
    return Policy(str(entry))


def _nothing(words: str) -> Message:
    return {"failed": True, "words": words, "calls": [], "benchmark": "", "measured": "", "again": False}

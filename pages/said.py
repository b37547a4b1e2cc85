"""What a channel said: its stocks, its videos one after the other, and what an extractor was unsure of.

Each of the three is asked for when a person first looks at it, and again when the channel's processing has
moved on; assets/said.js decides when. What fails is said where it would stand, with a way to try again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from dash import MATCH, ClientsideFunction, Input, Output, State, ctx, html, no_update

from components import timeline
from components.marks import page_id
from components.review_list import count_words, review_list
from components.said_words import month_of
from components.stocks_grid import height_of, rows
from pages.said_lines import review_line, stock_line, video_line
from track_record.errors import BadFieldError, RecordError, TableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash import Dash
    from dash.development.base_component import Component

    from track_record.service import TrackRecord
    from track_record.views import TimelineEntry

Message = dict[str, Any]
AT_ONCE: Final = 50
"""Videos in one answer; a person who goes on gets as many more."""
MOST: Final = 1_000
"""Of them in one answer, where a page that shows many is filled again."""
_TROUBLE: Final = "The track record cannot be read at the moment."
_log = structlog.get_logger(__name__)


def register(app: Dash, track_record: TrackRecord) -> None:
    """Wire the three; the browser asks for each by writing into its Store."""
    app.clientside_callback(
        ClientsideFunction("said", "arrive"),
        Output(page_id("said", MATCH), "data-revision"),
        Input(page_id("channel-state", MATCH), "data"),
    )
    # Who scores the channel is told that a mention has come or gone; the frame's Store takes it from there.
    app.clientside_callback(
        ClientsideFunction("said", "kept"),
        Output(page_id("channel-done", MATCH), "data", allow_duplicate=True),
        Input(page_id("review-kept", MATCH), "data"),
        prevent_initial_call=True,
    )
    _register_stocks(app, track_record)
    _register_timeline(app, track_record)
    _register_reviews(app, track_record)


def _register_stocks(app: Dash, track_record: TrackRecord) -> None:
    @app.callback(
        Output(page_id("stocks-grid", MATCH), "rowData"),
        Output(page_id("stocks-grid", MATCH), "style"),
        Output(page_id("stocks-note", MATCH), "children"),
        Input(page_id("stocks-asked", MATCH), "data"),
        prevent_initial_call=True,
    )
    def stocks(question: Message | None) -> tuple[Any, Any, Any]:
        try:
            found = rows([stock_line(one) for one in track_record.stocks(_channel(question))])
        except (RecordError, TableError) as error:
            return [], {"display": "none"}, _failed(error, "stocks")
        return found, height_of(len(found)), [] if found else _nothing()


def _register_timeline(app: Dash, track_record: TrackRecord) -> None:
    @app.callback(
        Output(page_id("timeline-lines", MATCH), "data"),
        Input(page_id("timeline-asked", MATCH), "data"),
        prevent_initial_call=True,
    )
    def videos(question: Message | None) -> Message:
        try:
            return timeline_message(track_record.timeline(_channel(question)), question)
        except (RecordError, TableError) as error:
            return timeline_message([], question) | {"trouble": _words(error, "timeline")}

    app.clientside_callback(
        ClientsideFunction("timeline", "draw"),
        Output(page_id("timeline-list", MATCH), "data-drawn"),
        Input(page_id("timeline-lines", MATCH), "data"),
        prevent_initial_call=True,
    )


def _register_reviews(app: Dash, track_record: TrackRecord) -> None:
    @app.callback(
        Output(page_id("review-list", MATCH), "children"),
        Output(page_id("review-count", MATCH), "children"),
        Output(page_id("review-kept", MATCH), "data"),
        Input(page_id("review-asked", MATCH), "data"),
        Input(page_id("review-decided", MATCH), "data"),
        State(page_id("channel-state", MATCH), "data"),
        prevent_initial_call=True,
        # Also when there is no answer: assets/deciding.js lets it be decided again then.
        running=[(Output(page_id("review-list", MATCH), "aria-busy"), "true", "false")],
    )
    def reviews(
        _asked: Message | None, decided: Message | None, state: Message | None
    ) -> tuple[Any, Any, Any]:
        # Both are given at every call: what was decided earlier is not to be kept once more.
        is_decision = isinstance(ctx.triggered_id, dict) and ctx.triggered_id["type"] == "review-decided"
        return _reviews(track_record, _channel(state), decided if is_decision else None)


def timeline_message(entries: Sequence[TimelineEntry], question: Message | None) -> Message:
    """Return videos from a month on, or those before a video that is shown already, and how many are left."""
    before, start = _text(question, "before"), 0
    if before:
        place = next((place for place, entry in enumerate(entries, 1) if entry.video.id == before), None)
        if place is None and entries:  # it is gone, and what is shown with it: begin anew
            return timeline_message(entries, {"id": _channel(question)})
        start = place or 0
    elif month := _text(question, "month"):
        later = (place for place, entry in enumerate(entries) if month_of(entry.video.published_at) <= month)
        start = next(later, 0)
    shown = entries[start : start + _count(question)]
    return {
        "id": _channel(question),
        "before": before,
        "videos": [timeline.video(video_line(entry)) for entry in shown],
        "left": len(entries) - start - len(shown),
        "months": None if before else timeline.months([entry.video.published_at for entry in entries]),
    }


def _reviews(track_record: TrackRecord, channel_id: str, decided: Message | None) -> tuple[Any, Any, Any]:
    """Return the list, after what was decided has been kept."""
    refused: dict[str, dict[str, str]] = {}
    try:
        if decided:
            refused = _decide(track_record, channel_id, decided)
        entries = track_record.reviews.of_channel(track_record.channel(channel_id).id)
    except (RecordError, TableError) as error:
        return _failed(error, "review"), no_update, no_update
    lines = [review_line(one, **refused.get(one.review.id, {})) for one in entries]
    kept = decided.get("at") if decided and not refused else no_update
    return review_list(lines), count_words(lines), kept


def _decide(track_record: TrackRecord, channel_id: str, decided: Message) -> dict[str, dict[str, str]]:
    """Keep a decision; return what was wrong with it, by review, together with what was given."""
    review_id, desk = _text(decided, "review"), track_record.reviews
    where = (channel_id, _text(decided, "video"), review_id)
    ticker, action = _text(decided, "ticker"), _text(decided, "action")
    try:
        match _text(decided, "deed"):
            case "accept":
                desk.accept(*where, ticker=ticker, action=action)
            case "dismiss":
                desk.dismiss(*where)
            case "reopen":
                desk.reopen(*where)
    except BadFieldError as error:
        return {review_id: {"ticker": ticker, "action": action, "error": str(error)}}
    return {}


def _nothing() -> list[Component]:
    words = "No stock is mentioned in what has been looked through so far."
    return [html.P(words, className="empty-words")]


def _failed(error: Exception, view: str) -> list[Component]:
    """Return why there is nothing, and a button."""
    marks: dict[str, Any] = {"data-said": "again", "data-view": view}
    again = html.Button("Try again", type="button", className="quiet-button", **marks)
    return [html.Div([html.P(_words(error, view), role="alert"), again], className="said-trouble")]


def _words(error: Exception, view: str) -> str:
    """Return what to say about a failure; what a table says goes to the log alone."""
    if isinstance(error, TableError):
        _log.error("track_page_failed", view=view, code=error.code, error=str(error))
    return str(error) if isinstance(error, RecordError) else _TROUBLE


def _channel(question: Message | None) -> str:
    return _text(question, "id")


def _text(question: Message | None, name: str) -> str:
    value = question.get(name) if isinstance(question, dict) else None
    return value if isinstance(value, str) else ""


def _count(question: Message | None) -> int:
    """Return how many videos are asked for."""
    value = question.get("count") if isinstance(question, dict) else None
    return max(AT_ONCE, min(value, MOST)) if isinstance(value, int) else AT_ONCE

"""The dialog that adds a channel: an address, how far back, and what is wrong with them beside the field.

What was typed stays until the dialog has done its work. Promise: a channel that is added is processed, too.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import dash_mantine_components as dmc
from dash import MATCH, ClientsideFunction, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from components.marks import dialog_name, labelled, page_id, shuts, testid
from pages.channel_parts import no_answer, unreachable
from track_record.entities import DEFAULT_MONTHS, MAX_MONTHS, MIN_MONTHS
from track_record.errors import BadFieldError, DuplicateChannelError, TableError, WrongStatusError
from track_record.links import EXAMPLE

if TYPE_CHECKING:
    from dash import Dash

    from track_record.service import TrackRecord

_ADDRESS: Final = "youtube.com/@handle, /channel/…, /c/… or /user/…"
_MONTHS: Final = f"Choose {MIN_MONTHS} to {MAX_MONTHS} months."
_NO_KEY: Final = (
    "There is no key for YouTube: a channel can be added and goes by its handle, but its videos cannot be "
    "listed. Set YOUTUBE_API_KEY and start the app again, or add videos by hand on the channel's page, with "
    "their transcripts."
)
_LOOKS: Final = {
    "input": "field-input",
    "label": "field-label",
    "description": "field-about",
    "error": "field-error",
}


def add_dialog(*, asks_youtube: bool) -> html.Dialog:
    """Return the closed dialog; ``asks_youtube`` is whether there is a key for it."""
    close = html.Button("Not now", type="button", className="deed", **shuts())
    add = html.Button(
        "Add and look through",
        type="button",
        id=page_id("channel-add"),
        className="deed first",
        **testid("start-analysis"),
    )
    return html.Dialog(
        [
            html.H2("Add a channel"),
            _url(),
            *([] if asks_youtube else [html.P(_NO_KEY, className="no-key", **testid("no-youtube-key"))]),
            _months(),
            html.P(id=page_id("channel-add-said"), className="wrong", role="alert"),
            no_answer(),
            html.Div([add, close], className="deeds"),
            dcc.Store(id=page_id("channel-added")),
            dcc.Store(id=page_id("channel-gone-to")),
        ],
        className="dialog",
        **dialog_name("add"),
        **labelled("Add a channel"),
    )


def _url() -> dmc.TextInput:
    marks: dict[str, Any] = {
        **testid("channel-url"),
        "autoComplete": "off",
        "autoCapitalize": "off",
        "spellCheck": "false",
        "inputMode": "url",
        "enterKeyHint": "go",
    }
    return dmc.TextInput(
        id=page_id("channel-url"),
        label="Address on YouTube",
        description=_ADDRESS,
        placeholder=EXAMPLE,
        debounce=True,
        classNames=_LOOKS,
        attributes={"input": marks},
    )


def _months() -> dmc.NumberInput:
    return dmc.NumberInput(
        id=page_id("channel-months"),
        label="Months back",
        value=DEFAULT_MONTHS,
        min=MIN_MONTHS,
        max=MAX_MONTHS,
        allowDecimal=False,
        hideControls=True,  # too small for a finger; the arrow keys do what they did
        clampBehavior="none",  # what is out of bounds is said, not changed behind a person's back
        debounce=True,
        classNames=_LOOKS | {"root": "field-months"},
        attributes={"input": testid("channel-months")},
    )


def wire(app: Dash, track_record: TrackRecord) -> None:
    """Wire the dialog: Enter in a field does what the button does."""
    app.clientside_callback(
        ClientsideFunction("track", "go"),
        Output(page_id("channel-gone-to", MATCH), "data"),
        Input(page_id("channel-added", MATCH), "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(page_id("channel-url", MATCH), "error"),
        Output(page_id("channel-months", MATCH), "error"),
        Output(page_id("channel-add-said", MATCH), "children"),
        Output(page_id("channel-added", MATCH), "data"),
        Input(page_id("channel-add", MATCH), "n_clicks"),
        Input(page_id("channel-url", MATCH), "n_submit"),
        Input(page_id("channel-months", MATCH), "n_submit"),
        State(page_id("channel-url", MATCH), "value"),
        State(page_id("channel-months", MATCH), "value"),
        prevent_initial_call=True,
    )
    def add(clicks: object, here: object, there: object, url: object, months: object) -> list[Any]:
        if not (clicks or here or there):
            raise PreventUpdate
        return added(track_record, url or "", months)


def added(track_record: TrackRecord, url: object, months: object) -> list[Any]:
    """Add a channel and have it processed.

    Returns:
        What is wrong with the address, with the months and with anything else, and where to go: None each
        where there is nothing to say.
    """
    try:
        channel = track_record.add(url, months)
    except BadFieldError as error:
        return (
            [None, _MONTHS, None, None]
            if error.field == "time_range_months"
            else [str(error), None, None, None]
        )
    except DuplicateChannelError as error:
        there = html.A("Open it", href=f"/track-record/{error.channel_id}")
        return [["This channel is in the list already. ", there], None, None, None]
    except TableError as error:
        return [None, None, unreachable(error), None]
    with suppress(TableError, WrongStatusError):  # its page says how it is, and has the button
        track_record.process(channel.id)
    return [None, None, None, f"/track-record/{channel.id}"]

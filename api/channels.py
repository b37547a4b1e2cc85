"""``/api/channels``: the YouTube channels whose track record is kept (record-1, record-2, record-3).

A channel is added, listed, set to be processed, cancelled and deleted here, and its log read; what it said is
told by ``api.stocks``. Promise: nothing is fetched while a client waits, but YouTube is asked once who a new
channel is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request, url_for

from api.asking import answer, json_object, whole_number
from api.operations import Operation, Parameter, array, record, ref
from cache.asking import once
from track_record.entities import DEFAULT_MONTHS, MAX_MONTHS, MIN_MONTHS
from track_record.views import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint

    from api.frame import View
    from track_record.service import TrackRecord

MAX_PER_PAGE = 100
PER_PAGE = 20
GROUP = "Track record"
_ADDRESS = "/api/channels"
_CHANNEL = f"{_ADDRESS}/<channel_id>"
_EXAMPLE = {"url": "https://www.youtube.com/@handle", "time_range_months": DEFAULT_MONTHS}
_EXAMPLE_TEXT = f"""{{"url": "{_EXAMPLE["url"]}", "time_range_months": {DEFAULT_MONTHS}}}"""
_COUNT = {"type": "integer", "minimum": 1}

ADD = Operation(
    "POST", _ADDRESS, "add_channel", GROUP, "Follow a YouTube channel", ref("Channel"), 201,
    about="It is pending until it is processed. Its id is the handle until it can be resolved, for which a "
    "key for YouTube is needed.",
    body=record(
        {
            "url": {"type": "string", "description": "youtube.com/@handle, /channel/…, /c/… or /user/…"},
            "time_range_months": {
                "type": "integer", "minimum": MIN_MONTHS, "maximum": MAX_MONTHS, "default": DEFAULT_MONTHS,
                "description": "How far back its videos are looked through.",
            },
        },
        optional=("time_range_months",),
    )
    | {"additionalProperties": False},
    body_example=_EXAMPLE,
    errors=(400, 413),
    headers={"Location": "The address of the channel."},
)  # fmt: skip
LIST = Operation(
    "GET", _ADDRESS, "list_channels", GROUP, "List the channels, newest first", ref("ChannelPage"),
    about="A page past the end has no items and the true total.",
    parameters=(
        Parameter("page", "Which page.", _COUNT | {"default": 1}, 1),
        Parameter("per_page", "Its length.", _COUNT | {"maximum": MAX_PER_PAGE, "default": PER_PAGE}, 50),
    ),
    errors=(400,),
)  # fmt: skip
SHOW = Operation("GET", _CHANNEL, "show_channel", GROUP, "A channel", ref("Channel"), errors=(404,))
DELETE = Operation(
    "DELETE", _CHANNEL, "delete_channel", GROUP, "Delete a channel with all that hangs on it", None, 204,
    errors=(404,),
)  # fmt: skip
PROCESS = Operation(
    "POST", f"{_CHANNEL}/process", "process_channel", GROUP, "Process a channel", ref("Channel"),
    about="In the background; the channel is processing until it is done, also while it waits for a quota. "
    "400 while it is being processed.",
    errors=(400, 404),
)  # fmt: skip
CANCEL = Operation(
    "POST", f"{_CHANNEL}/cancel", "cancel_channel", GROUP, "Cancel the processing of a channel",
    ref("Channel"), about="400 when it is not being processed.", errors=(400, 404),
)  # fmt: skip
LOGS = Operation(
    "GET", f"{_CHANNEL}/logs", "channel_logs", GROUP, "The log of a channel's processing",
    record({"logs": array(ref("Log"))}),
    about="Oldest first.",
    parameters=(
        Parameter(
            "since", "Only lines after the one of this id.", {"type": "integer", "minimum": 0}, 1767225600000
        ),
    ),
    errors=(400, 404),
)  # fmt: skip
OPERATIONS = (ADD, LIST, SHOW, DELETE, PROCESS, CANCEL, LOGS)


def add(routes: Blueprint, track_record: TrackRecord, guard: Callable[[View], View]) -> None:
    """Add the routes; ``guard`` decides who may ask."""

    def added() -> Response:
        body = json_object(("url", "time_range_months"), _EXAMPLE_TEXT)
        channel = track_record.add(body.get("url"), body.get("time_range_months", DEFAULT_MONTHS))
        response = answer(as_json(channel), 201)
        response.headers["Location"] = url_for(f".{SHOW.name}", channel_id=channel.id)
        return response

    def listed() -> Response:
        texts = once(request.args.items(multi=True), ("page", "per_page"))
        page = track_record.page(
            whole_number(texts, "page", 1, None, 1),
            whole_number(texts, "per_page", 1, MAX_PER_PAGE, PER_PAGE),
        )
        return answer(
            {
                "items": [as_json(channel) for channel in page.items],
                "total": page.total,
                "page": page.page,
                "per_page": page.per_page,
            }
        )

    def shown(channel_id: str) -> Response:
        return answer(as_json(track_record.channel(channel_id)))

    def deleted(channel_id: str) -> Response:
        track_record.delete(channel_id)
        return Response(status=204)

    def processed(channel_id: str) -> Response:
        return answer(as_json(track_record.process(channel_id)))

    def cancelled(channel_id: str) -> Response:
        return answer(as_json(track_record.cancel(channel_id)))

    def logs(channel_id: str) -> Response:
        texts = once(request.args.items(multi=True), ("since",))
        since = whole_number(texts, "since", 0, None, 0) if texts.get("since") else None
        return answer({"logs": [as_json(line) for line in track_record.logs(channel_id, since)]})

    views: tuple[View, ...] = (added, listed, shown, deleted, processed, cancelled, logs)
    for operation, view in zip(OPERATIONS, views, strict=True):
        operation.join(routes, guard(view))

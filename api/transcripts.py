"""A transcript that a person has is put to a video, which is then looked through with it (record-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from api.asking import answer
from api.channels import GROUP
from api.errors import Problem
from api.operations import Operation, ref
from track_record.given import MOST_BYTES
from track_record.views import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint, Response

    from api.frame import View
    from track_record.service import TrackRecord

_TOO_LARGE = "A transcript may have 16 MB. Send that of one video, as .srt, .vtt, .json or plain text."

GIVE = Operation(
    "PUT", "/api/channels/<channel_id>/videos/<video_id>/transcript", "give_transcript", GROUP,
    "Give a video's transcript", ref("Video"),
    about="The bytes of an .srt, .vtt or .json file, of YouTube's XML, or of plain text. It replaces one "
    "that was given before and comes before what could be fetched; the channel is processed.",
    body={"type": "string", "contentMediaType": "application/octet-stream", "maxLength": MOST_BYTES},
    body_example="talk.srt",
    body_type="application/octet-stream",
    errors=(400, 404, 413),
)  # fmt: skip
OPERATIONS = (GIVE,)


def add(routes: Blueprint, track_record: TrackRecord, guard: Callable[[View], View]) -> None:
    """Add the route; ``guard`` decides who may ask."""

    def given(channel_id: str, video_id: str) -> Response:
        request.max_content_length = MOST_BYTES
        try:
            content = request.get_data(cache=False)
        except RequestEntityTooLarge:
            return Problem(413, "transcript_too_large", _TOO_LARGE, "transcript").response()
        return answer(as_json(track_record.give_transcript(channel_id, video_id, content)))

    GIVE.join(routes, guard(given))

"""Where the page puts a video, and a transcript, whose bytes are more than a callback may carry.

Routes of the pages and not of the API, because who may see a page may use its buttons, with no token. A page
of another site cannot ask for them: browsers ask before a PUT across sites, and nobody allows it here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import structlog
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from pages.callback_bodies import refusal
from track_record.errors import RecordError, TableError, UnknownChannelError, UnknownVideoError
from track_record.given import MOST_BYTES

if TYPE_CHECKING:
    from dash import Dash

    from track_record.service import TrackRecord

VIDEOS: Final = "/track-record/<channel_id>/videos"
PATH: Final = f"{VIDEOS}/<video_id>/transcript"
_MOST_JSON_BYTES: Final = 10_000
_JSON: Final = "application/json"
_TOO_LARGE = "A transcript may have 16 MB. Give that of one video, as .srt, .vtt, .json or plain text."
_TOO_LONG = "This is more than a link, a title and a moment. Shorten the title."
_UNKEPT = "This cannot be kept right now. Try again in a minute."
_log = structlog.get_logger(__name__)


def register(app: Dash, track_record: TrackRecord) -> None:
    """Take videos and transcripts; 400, 404, 413 and 503 come with a sentence for the person."""

    def put_video(channel_id: str) -> Response:
        request.max_content_length = _MOST_JSON_BYTES
        try:
            asked = request.get_json(silent=True)
            fields = asked if isinstance(asked, dict) else {}
            values = (fields.get(name) for name in ("url", "title", "published_at"))
            added = track_record.add_video(channel_id, *values)
        except RequestEntityTooLarge:
            return refusal(413, "video_too_large", _TOO_LONG, "title")
        except (RecordError, TableError) as error:
            return _refused(error)
        return Response(json.dumps({"id": added.video.id}), 201 if added.is_new else 200, mimetype=_JSON)

    def put_transcript(channel_id: str, video_id: str) -> Response:
        request.max_content_length = MOST_BYTES
        try:
            track_record.give_transcript(channel_id, video_id, request.get_data(cache=False))
        except RequestEntityTooLarge:
            return refusal(413, "transcript_too_large", _TOO_LARGE)
        except (RecordError, TableError) as error:
            return _refused(error)
        return Response(status=204)

    app.server.add_url_rule(VIDEOS, "add_video_on_page", put_video, methods=["PUT"])
    app.server.add_url_rule(PATH, "give_transcript_on_page", put_transcript, methods=["PUT"])


def _refused(error: RecordError | TableError) -> Response:
    if isinstance(error, TableError):
        _log.error("track_upload_not_kept", code=error.code, error=str(error))
        return refusal(503, "record_unavailable", _UNKEPT)
    status = 404 if isinstance(error, UnknownChannelError | UnknownVideoError) else 400
    return refusal(status, error.code, str(error), error.field)

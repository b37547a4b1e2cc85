"""Where the page puts a transcript: its bytes are more than a callback may carry.

A route of the pages and not of the API, because who may see a page may use its buttons, with no token. A page
of another site cannot ask for it: browsers ask before a PUT across sites, and nobody allows it here.
"""

from __future__ import annotations

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

PATH: Final = "/track-record/<channel_id>/videos/<video_id>/transcript"
_TOO_LARGE = "A transcript may have 16 MB. Give that of one video, as .srt, .vtt, .json or plain text."
_UNKEPT = "The transcript cannot be kept right now. Try again in a minute."
_log = structlog.get_logger(__name__)


def register(app: Dash, track_record: TrackRecord) -> None:
    """Take transcripts: 204, or 400, 404, 413 and 503 with a sentence for the person."""

    def put(channel_id: str, video_id: str) -> Response:
        request.max_content_length = MOST_BYTES
        try:
            track_record.give_transcript(channel_id, video_id, request.get_data(cache=False))
        except RequestEntityTooLarge:
            return refusal(413, "transcript_too_large", _TOO_LARGE)
        except (UnknownChannelError, UnknownVideoError) as error:
            return refusal(404, error.code, str(error))
        except RecordError as error:
            return refusal(400, error.code, str(error))
        except TableError as error:
            _log.error("transcript_not_kept", code=error.code, error=str(error))
            return refusal(503, "record_unavailable", _UNKEPT)
        return Response(status=204)

    app.server.add_url_rule(PATH, "give_transcript_on_page", put, methods=["PUT"])

"""A video that a person adds to a channel, for which no key is needed (record-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.asking import answer, json_object
from api.channels import GROUP
from api.operations import Operation, record, ref
from track_record.by_hand import EXAMPLE, LONGEST_TITLE
from track_record.views import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint, Response

    from api.frame import View
    from track_record.service import TrackRecord

_ADDRESS = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
_EXAMPLE = {"url": _ADDRESS, "title": "Three stocks I bought", "published_at": EXAMPLE}
_EXAMPLE_TEXT = f"""{{"url": "{_ADDRESS}", "title": "Three stocks I bought", "published_at": "{EXAMPLE}"}}"""

ADD = Operation(
    "POST", "/api/channels/<channel_id>/videos", "add_video", GROUP, "Add a video by hand", ref("Video"), 201,
    about="It is looked through once its transcript is given. 200 with a video that is there already: what "
    "was typed before is replaced, what YouTube has listed stays. Once YouTube lists it, title and instant "
    "are YouTube's.",
    body=record(
        {
            "url": {"type": "string", "description": "youtube.com/watch?v=…, /shorts/…, /live/…; youtu.be/…"},
            "title": {"type": "string", "minLength": 1, "maxLength": LONGEST_TITLE},
            "published_at": {
                "type": "string", "format": "date-time",
                "description": "When it was published; prices are those that viewers could have had then.",
            },
        }
    )
    | {"additionalProperties": False},
    body_example=_EXAMPLE,
    errors=(400, 404, 413),
    also=200,
)  # fmt: skip
OPERATIONS = (ADD,)


def add(routes: Blueprint, track_record: TrackRecord, guard: Callable[[View], View]) -> None:
    """Add the route; ``guard`` decides who may ask."""

    def added(channel_id: str) -> Response:
        body = json_object(tuple(_EXAMPLE), _EXAMPLE_TEXT)
        found = track_record.add_video(channel_id, *(body.get(name) for name in _EXAMPLE))
        return answer(as_json(found.video), 201 if found.is_new else 200)

    ADD.join(routes, guard(added))

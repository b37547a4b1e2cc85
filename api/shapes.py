"""The named schemas of ``/openapi.json``; those of the track record are read off its dataclasses.

So a field that is added there is described here, and what a route shows is what is said of it.
"""

from __future__ import annotations

import types
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from api.operations import (
    DAY,
    INSTANT,
    NUMBER,
    TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    array,
    one_of,
    or_null,
    record,
    ref,
)  # fmt: skip
from track_record.entities import Channel, Log, Mention, Sentiment, Video
from track_record.views import StockSummary, shown_fields

_PLAIN: dict[type, Schema] = {str: TEXT, int: WHOLE, float: NUMBER, Decimal: NUMBER, datetime: INSTANT}


def schemas() -> dict[str, Schema]:
    """Return all of them by name."""
    sentiment = one_of(tuple(Sentiment))
    mention = shape_of(Mention)
    mention["properties"]["sentiment"] = sentiment
    mention["required"].append("sentiment")
    return {
        "Candle": record(
            {
                "date": TEXT
                | {"description": "The (first) session's date; the bar's start in UTC for intraday."},
                "open": NUMBER,
                "high": NUMBER,
                "low": NUMBER,
                "close": NUMBER,
                "volume": NUMBER,
            }
        ),
        "Span": record(
            {
                "start": DAY,
                "end": DAY,
                "source": TEXT,
                "tier": one_of(("in-memory", "sqlite", "dynamodb", "provider")),
                "fetched_at": INSTANT,
                "basis": one_of(("raw", "split", "total")),
                "stale": YES_OR_NO,
                "settled_to": INSTANT | {"description": "Bars that start before it are final."},
            }
        ),
        "Missing": record({"start": DAY, "end": DAY, "reason": TEXT}),
        "Channel": shape_of(Channel),
        "ChannelPage": record(
            {"items": array(ref("Channel")), "total": WHOLE, "page": WHOLE, "per_page": WHOLE}
        ),
        "Video": shape_of(Video),
        "Mention": mention,
        "MentionWithVideo": {"allOf": [ref("Mention"), record({"video": ref("Video")})]},
        "Log": shape_of(Log),
        "StockSummary": shape_of(StockSummary),
        "Error": record(
            {
                "error": record(
                    {
                        "code": TEXT | {"description": "Stable; for programs."},
                        "message": TEXT | {"description": "What to do; for people."},
                        "field": TEXT | {"description": "What is at fault, where that is known."},
                    },
                    optional=("field",),
                ),
                "request_id": TEXT,
            }
        ),
    }


def shape_of(kind: type[Any]) -> Schema:
    """Return the schema of what ``track_record.views.as_json`` makes of a dataclass."""
    # Their modules import these two for type checkers only.
    hints = get_type_hints(kind, localns={"datetime": datetime, "Decimal": Decimal})
    return record({name: _schema(hints[name]) for name in shown_fields(kind)})


def _schema(hint: Any) -> Schema:  # noqa: ANN401 - whatever stands behind a field
    if get_origin(hint) in (types.UnionType, Union):
        (inner,) = [part for part in get_args(hint) if part is not type(None)]
        return or_null(_schema(inner))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return one_of(tuple(member.value for member in hint))
    return _PLAIN[hint]

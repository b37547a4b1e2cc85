"""Items as SQLite rows: JSON text for what people can read, one blob for all bytes.

Promise: lossless. Numbers keep all digits, and a single bytes attribute (a block of candles) is the blob
itself, so it is neither encoded nor copied on its way out. What JSON lacks is an object with a
reserved name::

    {"$b": [offset, length]}   bytes, in the blob
    {"$n": "1.5"}              a number that JSON would round
    {"$m": {…}}                a map that looks like one of these
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

_TAGS = frozenset({"$b", "$n", "$m"})
_INT_LIMIT = 2**63


def encode(attributes: dict[str, Any]) -> tuple[str, bytes | None]:
    """Return a checked item's JSON text and its blob (None without bytes)."""
    parts: list[bytes] = []
    text = orjson.dumps({name: _encoded(value, parts) for name, value in attributes.items()}).decode()
    return text, (b"".join(parts) if parts else None)


def decode(text: str, blob: bytes | None, wanted: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the attributes, or the wanted ones of them; none where the text is not what ``encode`` writes.

    A damaged row then is an item that has its keys alone: it costs itself, and can be replaced or deleted.
    """
    try:
        attributes: dict[str, Any] = orjson.loads(text)
        return {
            name: _decoded(value, blob) if isinstance(value, dict | list) else value
            for name, value in attributes.items()
            if not wanted or name in wanted
        }
    except (ValueError, TypeError, AttributeError, ArithmeticError):
        return {}


def _encoded(value: Any, parts: list[bytes]) -> Any:  # noqa: ANN401 - any kind of value
    match value:
        case bytes():
            offset = sum(map(len, parts))
            parts.append(value)
            return {"$b": [offset, len(value)]}
        case Decimal():
            return {"$n": str(value)}
        case int() if not -_INT_LIMIT <= value < _INT_LIMIT:
            return {"$n": str(value)}
        case dict():
            inner = {name: _encoded(part, parts) for name, part in value.items()}
            return inner if _TAGS.isdisjoint(value) else {"$m": inner}
        case list():
            return [_encoded(part, parts) for part in value]
        case _:
            return value


def _decoded(value: Any, blob: bytes | None) -> Any:  # noqa: ANN401 - any kind of value
    if isinstance(value, list):
        return [_decoded(part, blob) for part in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$b": [int(offset), int(length)]}:
            return (blob or b"")[offset : offset + length]
        case {"$n": str(digits)}:
            return int(digits) if digits.lstrip("-").isdigit() else Decimal(digits)
        case {"$m": dict(inner)}:
            return {name: _decoded(part, blob) for name, part in inner.items()}
        case _:
            return {name: _decoded(part, blob) for name, part in value.items()}

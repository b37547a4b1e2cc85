"""From a request to values: JSON bodies and whole numbers. What cannot be used is refused with an example."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
from flask import Response, request

from api.errors import JSON
from cache.errors import BadQueryError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY_BYTES = 10_000
_NUMBER = re.compile(r"[0-9]{1,18}\Z")


def answer(body: Any, status: int = 200) -> Response:  # noqa: ANN401 - whatever is JSON
    """Return a JSON answer."""
    return Response(orjson.dumps(body), status, mimetype=JSON)


def json_object(names: tuple[str, ...], example: str) -> dict[str, Any]:
    """Return the JSON object that a request brought; ``names`` are the members that it may have.

    Raises:
        BadQueryError: it brought something else.
        RequestEntityTooLarge: it brought too much.
    """
    request.max_content_length = MAX_BODY_BYTES
    hint = f"Send a JSON object with the header Content-Type: application/json, for example {example}."
    if not request.is_json:
        raise BadQueryError(hint)
    try:
        body = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        raise BadQueryError(hint) from None
    if not isinstance(body, dict):
        raise BadQueryError(hint)
    if body.keys() - set(names):
        raise BadQueryError(f"There is a member that is not known. It may have {', '.join(names)}.")
    return body


def whole_number(texts: Mapping[str, str], name: str, least: int, most: int | None, default: int) -> int:
    """Return a whole number of a query, ``default`` where it is not given.

    Raises:
        BadQueryError: it is none, or out of its bounds.
    """
    text = texts.get(name, str(default))
    if _NUMBER.match(text) and least <= int(text) and (most is None or int(text) <= most):
        return int(text)
    bounds = f"from {least} to {most}" if most is not None else f"from {least} on"
    raise BadQueryError(f"{name} must be a whole number {bounds}, for example {name}={default}.", field=name)

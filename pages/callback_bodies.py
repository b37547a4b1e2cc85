"""What a browser may send to the address of the callbacks; Dash itself believes every body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog
from dash._utils import split_callback_id
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dash import Dash

PATH: Final = "/_dash-update-component"
LARGEST_BYTES: Final = 64 * 1024
"""Of a question; a long one of the page has about 1 KB."""
_DEEPEST: Final = 32
_ONE: Final = ["MATCH"]
"""How Dash writes that a part of an id is any one value."""
_log = structlog.get_logger(__name__)


def refuse_strange_bodies(app: Dash) -> None:
    """Answer 400 to a body that no page of ours sends, before Dash fails on it with a stack trace.

    A body has to ask for a callback that this server runs, with the ids and properties the callback was
    registered with; what it sends as their values is the callback's business. 413 to one that is too large.
    Ids may have parts that are ``MATCH``; ``ALL`` and ``ALLSMALLER`` are not used here and are refused.
    """

    def check() -> Response | None:
        if request.method != "POST" or not request.path.endswith(PATH):
            return None
        request.max_content_length = LARGEST_BYTES
        try:
            wrong = _wrong(app.callback_map)
        except RequestEntityTooLarge:
            return refusal(413, "too_large", f"Send at most {LARGEST_BYTES // 1024} KB.")
        if wrong is None:
            return None
        _log.info("callback_refused", reason=wrong)
        return refusal(400, "bad_request", f"{wrong} Reload the page and try again.")

    app.server.before_request(check)


def refusal(status: int, code: str, words: str, field: str = "") -> Response:
    """Return an answer in the shape that the API's errors have, too; ``field`` is what is at fault."""
    error = {"code": code, "message": words} | ({"field": field} if field else {})
    return Response(json.dumps({"error": error}), status, mimetype="application/json")


def _wrong(callbacks: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Say what is wrong with the body of this request; None when nothing is."""
    try:
        # Stricter than Flask's: half of a surrogate pair, which no answer could repeat, is no JSON either.
        body = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        body = None
    if not request.is_json or not isinstance(body, dict):
        return "The question is not a JSON object."
    if _is_deeper(body, _DEEPEST):
        return "The question is nested too deeply."
    output = body.get("output")
    asked = callbacks.get(output) if isinstance(output, str) else None
    if asked is None or "callback" not in asked:
        return "There is no such callback."
    changed = body.get("changedPropIds", [])
    fits = (
        _fit(asked["inputs"], body.get("inputs"))
        and _fit(asked["state"], body.get("state", []))
        and _fit_outputs(split_callback_id(output), body.get("outputs"))
        and isinstance(changed, list)
        and all(isinstance(name, str) for name in changed)
    )
    return None if fits else "The question does not fit its callback."


def _is_deeper(value: object, depth: int) -> bool:
    """Tell whether a JSON value has lists or objects in each other, more than ``depth`` of them."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_is_deeper(part, depth - 1) for part in inner)


def _fit_outputs(declared: object, given: object) -> bool:
    if isinstance(declared, list):
        return _fit(declared, given)
    return _fit([declared], [given])


def _fit(declared: list[Any], given: object) -> bool:
    return (
        isinstance(given, list)
        and len(given) == len(declared)
        and all(_is_of(wanted, one) for wanted, one in zip(declared, given, strict=True))
    )


def _is_of(declared: Mapping[str, str], given: object) -> bool:
    """Tell whether a property of a component is the declared one."""
    if not isinstance(given, dict) or given.get("property") != declared["property"]:
        return False
    wanted, named = declared["id"], given.get("id")
    if not wanted.startswith("{"):
        return bool(named == wanted)
    parts = json.loads(wanted)
    return (
        isinstance(named, dict)
        and named.keys() == parts.keys()
        and all(
            isinstance(named[key], str | int) if part == _ONE else named[key] == part
            for key, part in parts.items()
        )
    )

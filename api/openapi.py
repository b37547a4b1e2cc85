"""``/openapi.json``: every JSON route, written from what the routes declare (api-6), as OpenAPI 3.1."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from api.operations import TEXT, Operation, Schema, ref
from api.public import VERSION
from api.shapes import schemas

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLE = "Chandlery"
_ABOUT = (
    "Candles through a tiered cache, each part with where it came from, and the track record of what was "
    "said about stocks. Where tokens are configured, send one: `Authorization: Bearer <token>`. Whatever "
    "goes wrong has one shape, with a stable code and a sentence that says what to do."
)
_PLACEHOLDERS: dict[str, tuple[str, str]] = {
    "ticker": ("In any spelling; BRK.B and BRK-B are one.", "AAPL"),
    "channel_id": ("The id of a channel.", "6c8a2f5e-3d1b-5c1c-9c5e-0f8f0a6e9b51"),
    "video_id": ("The id of a video here, not YouTube's.", "0d7c2f31-5a0e-5f7b-9a41-2f3f7b1c6d11"),
    "name": ("The calendar's name.", "XNYS"),
}
"""What the names in addresses mean, and an example of each."""
_ERRORS = {
    400: "The question cannot be answered as it stands; `field` says which part.",
    401: "A token is missing or not valid.",
    403: "A page of another site asked for a change.",
    404: "It does not exist.",
    413: "The body is too large.",
    429: "Too often; `Retry-After` says when to ask again.",
    503: "Temporarily unavailable; `Retry-After` says when to ask again.",
}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the description of some operations, ready for JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": group} for group in dict.fromkeys(one.group for one in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.group],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _successes(operation) | _failures(operation),
        # An empty requirement beside the token: where none is configured, everybody may ask.
        "security": [] if operation.is_open else [{}, {"token": []}],
    }
    if operation.about:
        described["description"] = operation.about
    if operation.body is not None:
        content = {"schema": operation.body, "example": operation.body_example}
        described["requestBody"] = {"required": True, "content": {operation.body_type: content}}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        | dict(zip(("description", "example"), _PLACEHOLDERS[name], strict=True))
        for name in operation.placeholders
    ]
    in_query = [
        {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.about,
            "schema": parameter.schema,
            "example": parameter.example,
        }
        for parameter in operation.parameters
    ]
    return in_path + in_query


def _successes(operation: Operation) -> dict[str, Any]:
    statuses = [operation.status, *([] if operation.also is None else [operation.also])]
    return {str(status): _success(operation, status) for status in statuses}


def _success(operation: Operation, status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if operation.answer is not None:
        answer["content"] = {operation.content_type: {"schema": operation.answer}}
    if operation.headers:
        answer["headers"] = {
            name: {"description": about, "schema": TEXT} for name, about in operation.headers.items()
        }
    return answer


def _failures(operation: Operation) -> dict[str, Any]:
    statuses = {*operation.errors}
    if not operation.is_open:
        statuses |= {401, 503}  # 503: whether a token is valid cannot always be told
    if operation.method != "GET":
        statuses |= {403}
    error: dict[str, Schema] = {"application/json": {"schema": ref("Error")}}
    return {str(status): {"description": _ERRORS[status], "content": error} for status in sorted(statuses)}

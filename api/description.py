"""``GET /openapi.json`` and its page ``/openapi``: what the routes declare, open to everyone (api-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from flask import Response

from api.errors import JSON
from api.frame import OPENAPI
from api.openapi import document
from api.openapi_page import page
from api.operations import Operation
from api.public import GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint

PAGE = "/openapi"
DESCRIPTION = Operation(
    "GET", OPENAPI, "openapi", GROUP, "This description, for programs",
    {"type": "object", "description": "OpenAPI 3.1."}, is_open=True,
)  # fmt: skip
_PAGE = Operation(
    "GET", PAGE, "openapi_page", GROUP, "This description, for people", None,
    content_type="text/html", is_open=True,
)  # fmt: skip


def add(routes: Blueprint, operations: Sequence[Operation]) -> None:
    """Add the routes; both are written once."""
    described = document([*operations, DESCRIPTION])
    body, html = orjson.dumps(described), page(described)

    def openapi() -> Response:
        return Response(body, mimetype=JSON)

    def openapi_page() -> Response:
        return Response(html, mimetype="text/html")

    DESCRIPTION.join(routes, openapi)
    _PAGE.join(routes, openapi_page)

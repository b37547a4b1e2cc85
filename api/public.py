"""Routes that are open to everyone, because they hold neither prices nor anything of a person.

``/health`` says that the process answers; it touches no table and no provider. ``/api/v2/calendars/{name}``
is the trading-time axis for the browser, under an address that changes with its content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from flask import Response, request

from api.errors import JSON, Problem
from api.frame import HEALTH
from api.operations import TEXT, Operation, Parameter, array, one_of, record
from cache.calendars import axis_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint

VERSION = "0.1.0"
"""Of the product, as in pyproject.toml, which a running app does not read."""

GROUP = "The app"
HEALTHY = Operation(
    "GET", HEALTH, "health", GROUP, "Whether the process answers",
    record({"status": one_of(("healthy",)), "version": TEXT, "store": TEXT, "providers": array(TEXT)}),
    about="Touches no table and no source.",
    is_open=True,
)  # fmt: skip
CALENDAR = Operation(
    "GET", "/api/v2/calendars/<name>", "calendar", GROUP, "The trading-time axis of an exchange",
    {"type": "object", "description": "As market/axis.py describes it."},
    about="For the chart. With a version it never changes, and may be stored.",
    parameters=(Parameter("v", "The version that is wanted.", TEXT, "3f2a"),),
    errors=(404,),
    is_open=True,
)  # fmt: skip
OPERATIONS = (HEALTHY, CALENDAR)
_FOR_EVER = "public, max-age=31536000, immutable"
_NO_CALENDAR = Problem(
    404, "calendar_not_found", "There is no such calendar; the one of US stocks is XNYS.", "name"
)
_OTHER_VERSION = Problem(
    404, "calendar_changed", "This calendar is here in another version. Reload the page.", "v"
)


def add(routes: Blueprint, *, sources: Sequence[str], store: str) -> None:
    """Add the routes; ``sources`` are the providers in their order, ``store`` is the store's kind."""
    health_body = orjson.dumps(
        {"status": "healthy", "version": VERSION, "store": store, "providers": list(sources)}
    )

    def health() -> Response:
        return Response(health_body, mimetype=JSON)

    HEALTHY.join(routes, health)
    CALENDAR.join(routes, calendar)


def calendar(name: str) -> Response:
    """Return the axis of a calendar (``24-7`` for 24/7); where ``?v=`` names a version, that one or none."""
    axis = axis_text(name)
    if axis is None:
        return _NO_CALENDAR.response()
    version = request.args.get("v")
    if version not in (None, axis.version):
        return _OTHER_VERSION.response()
    response = Response(axis.body, mimetype=JSON)
    if version:
        # A page must never draw candles by an axis of another version, so only a named version may be kept.
        response.headers["Cache-Control"] = _FOR_EVER
    return response

"""``GET /metrics``: the numbers of all processes, as Prometheus reads them (api-8).

They say how much is asked, not what; still, in mode "token" only those who have one get them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import Response

from api.errors import Problem
from api.frame import METRICS
from api.operations import TEXT, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint

    from api.frame import View

NUMBERS = Operation(
    "GET", METRICS, "metrics", "The app", "The numbers of all processes, for Prometheus", TEXT,
    errors=(503,), content_type="text/plain",
)  # fmt: skip
OPERATIONS = (NUMBERS,)
_RETRY_S = 10
_UNREADABLE = Problem(
    503,
    "metrics_unavailable",
    "The metrics cannot be read at the moment. Prices are not affected.",
    headers=(("Retry-After", str(_RETRY_S)),),
)
_log = structlog.get_logger(__name__)


def add(routes: Blueprint, render: Callable[[], tuple[bytes, str]], guard: Callable[[View], View]) -> None:
    """Add the route; ``render`` returns the text and its content type, ``guard`` decides who may ask."""

    def metrics() -> Response:
        try:
            text, content_type = render()
        except Exception as error:  # noqa: BLE001 - a damaged file raises whatever its bytes lead to
            _log.warning("metrics_not_read", error=repr(error))
            return _UNREADABLE.response()
        return Response(text, content_type=content_type)

    NUMBERS.join(routes, guard(metrics))

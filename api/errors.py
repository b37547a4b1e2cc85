"""The one shape of an error: a stable code, a sentence that says what to do, and the request's id.

::

    {"error": {"code": "ticker_not_found", "message": "…", "field": "ticker"}, "request_id": "…"}

Promise: no message holds a traceback, a path, a secret or a text of the request.
"""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
import structlog
from flask import Response, g

from cache.errors import BadQueryError, CandleError, ProviderBusyError, TickerNotFoundError
from track_record.errors import UnknownChannelError, UnknownVideoError

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from track_record.errors import RecordError, TableError

JSON = "application/json"
_log = structlog.get_logger(__name__)

_STATUS: dict[type[CandleError], int] = {
    BadQueryError: 400,
    TickerNotFoundError: 404,
    ProviderBusyError: 429,
}

_HTTP = {
    400: ("bad_request", "The request could not be read. Check the address and its parameters."),
    403: (
        "other_site",
        "A page of another site may not change anything here. Open the app itself, or call from a program.",
    ),
    404: ("not_found", "There is no such address. Those that there are stand at /openapi."),
    413: ("request_entity_too_large", "The body is larger than this address takes. Send less."),
    405: (
        "method_not_allowed",
        "This address does not take that method. The Allow header says which it takes.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error on its way to the client; ``field`` is "" where no parameter is at fault."""

    status: int
    code: str
    message: str
    field: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> Response:
        """Return the answer, and log that it was given."""
        error = {"code": self.code, "message": self.message}
        if self.field:
            error["field"] = self.field
        _log.info("api_refused", status=self.status, code=self.code, field=self.field)
        body = orjson.dumps({"error": error, "request_id": g.request_id})
        return Response(body, self.status, dict(self.headers), mimetype=JSON)


UNAUTHORIZED = Problem(
    401,
    "unauthorized",
    "Send a valid API token with the request, in the header Authorization: Bearer <token>.",
    headers=(("WWW-Authenticate", "Bearer"),),
)
INTERNAL = Problem(
    500,
    "internal_error",
    "Something went wrong here. Try again; if it stays, report the request id.",
)

RECORD_UNAVAILABLE = Problem(
    503,
    "track_record_unavailable",
    "The track record cannot be reached or changed at the moment. Try again in 5 s.",
    headers=(("Retry-After", "5"),),
)


def of_candles(error: CandleError) -> Problem:
    """Return the problem that a question to the cache ended with."""
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)
    headers: tuple[tuple[str, str], ...] = ()
    message = str(error)
    if error.retry_after_s is not None:
        seconds = max(1, math.ceil(error.retry_after_s))
        headers = (("Retry-After", str(seconds)),)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            message = f"Prices are temporarily unavailable, try again in {seconds} s. {message}"
    return Problem(status, error.code, message, error.field, headers)


def of_record(error: RecordError) -> Problem:
    """Return the problem that a request about the track record ended with."""
    status = 404 if isinstance(error, UnknownChannelError | UnknownVideoError) else 400
    return Problem(status, error.code, str(error), error.field)


def of_table(error: TableError) -> Problem:
    """Return the problem that the track record's table failed; what it said goes to the log alone."""
    _log.error("track_table_failed", code=error.code, error=str(error))
    return RECORD_UNAVAILABLE


def of_http(error: HTTPException) -> Problem:
    """Return the problem for what the web server refuses by itself."""
    status = error.code or 500
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return INTERNAL
    headers = tuple((name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After"))
    phrase = HTTPStatus(status).phrase
    usual = (phrase.lower().replace(" ", "_"), f"The request could not be served: {phrase.lower()}.")
    return Problem(status, *_HTTP.get(status, usual), headers=headers)


def of_accident(error: Exception) -> Problem:
    """Return the problem for an error of ours; what happened goes to the log and nowhere else."""
    # The error's own text is escaped: it may hold a text of the request, whose line breaks would forge lines.
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("api_failed", error=repr(error), frames=frames)
    return INTERNAL

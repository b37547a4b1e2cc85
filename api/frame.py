"""What goes around every route: the request's id, the headers all answers carry, errors, and who may come in.

Promise: every answer under ``/api``, of ``/health`` and of ``/metrics`` passes through here, whatever route,
catch-all or error of the server it would have come from. Requests of the pages are left alone.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app, g, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, MethodNotAllowed, NotFound

from accounts.identity import IdentityUnavailableError
from api import errors
from cache.errors import CandleError
from track_record.errors import RecordError, TableError

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable

    from flask import Blueprint, Request, Response
    from flask.typing import ResponseReturnValue

    from accounts.identity import Identity

    View = Callable[..., ResponseReturnValue]

BLUEPRINT = "api"
HEALTH = "/health"
METRICS = "/metrics"
OPENAPI = "/openapi.json"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_RETRY_IDENTITY_S = 5


def add(routes: Blueprint, new_id: Callable[[], uuid.UUID]) -> None:
    """Put the frame around the routes of a blueprint and around what the server does under its addresses."""

    def name_request() -> None:
        if "request_id" not in g:
            given = request.headers.get("X-Request-Id", "")
            g.request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())
            structlog.contextvars.bind_contextvars(request_id=g.request_id)

    def begin() -> None:
        if _is_ours(request.path):
            name_request()
            _refuse_rubbish()
            _refuse_other_sites()
            if request.blueprint != BLUEPRINT:
                _refuse_strangers()

    def named(handle: Callable[[Any], ResponseReturnValue]) -> Callable[[Any], ResponseReturnValue]:
        # A hook of the server that runs before ours may fail, and its error needs a name too.
        def handler(error: Exception) -> ResponseReturnValue:
            name_request()
            return handle(error)

        return handler

    routes.before_app_request(begin)
    routes.after_app_request(_finish)
    routes.teardown_app_request(_forget)
    routes.register_error_handler(CandleError, named(_candle_error))
    routes.register_error_handler(RecordError, named(_record_error))
    routes.register_error_handler(TableError, named(_table_error))
    routes.register_error_handler(IdentityUnavailableError, named(_identity_error))
    routes.register_error_handler(HTTPException, named(_http_error))
    routes.register_error_handler(Exception, named(_accident))

    @routes.app_errorhandler(HTTPException)
    def outside_of_routes(error: HTTPException) -> ResponseReturnValue:
        return named(_http_error)(error) if _is_ours(request.path) else error


def only_known(identify: Callable[[Request], Identity | None]) -> Callable[[View], View]:
    """Return a decorator that lets a view be asked by known people only; ``g.identity`` is who asks."""

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:  # noqa: ANN401 - as the route gives them
            g.identity = identify(request)
            return errors.UNAUTHORIZED.response() if g.identity is None else view(*args, **kwargs)

        return guarded

    return guard


def _is_ours(path: str) -> bool:
    return path in ("/api", HEALTH, METRICS, OPENAPI) or path.startswith("/api/")


def _refuse_rubbish() -> None:
    """Answer for a query that is no text, which would break every route that looks at it."""
    try:
        _ = request.args
    except UnicodeDecodeError:
        raise BadRequest from None


def _refuse_other_sites() -> None:
    """Answer for a change that a page of another site has a person's browser ask for.

    Browsers say where a request comes from; programs say nothing, and have no person to be fooled.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        is_other = site not in ("same-origin", "none")
    else:
        is_other = origin is not None and origin.partition("://")[2] != request.host
    if is_other:
        raise Forbidden


def _refuse_strangers() -> None:
    """Answer for an address under ``/api`` that is no route of ours, though a catch-all may take it."""
    adapter = current_app.url_map.bind_to_environ(request.environ)
    allowed = []
    for method in _METHODS:
        try:
            rule, _ = adapter.match(method=method, return_rule=True)
        except HTTPException:
            continue
        if rule.endpoint.startswith(f"{BLUEPRINT}."):
            allowed.append(method)
    raise MethodNotAllowed(allowed) if allowed else NotFound()


def _finish(response: Response) -> Response:
    if "request_id" in g:
        response.headers["X-Request-Id"] = g.request_id
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"  # titles and quotes are anybody's words
    return response


def _forget(_: BaseException | None) -> None:
    if "request_id" in g:
        structlog.contextvars.unbind_contextvars("request_id")


def _candle_error(error: CandleError) -> Response:
    response = errors.of_candles(error).response()
    if "cache_key" in g:
        response.headers["X-Cache-Key"] = g.cache_key
    return response


def _record_error(error: RecordError) -> Response:
    return errors.of_record(error).response()


def _table_error(error: TableError) -> Response:
    return errors.of_table(error).response()


def _identity_error(error: IdentityUnavailableError) -> Response:
    retry = (("Retry-After", str(_RETRY_IDENTITY_S)),)
    return errors.Problem(503, "accounts_unavailable", str(error), headers=retry).response()


def _http_error(error: HTTPException) -> Response:
    return errors.of_http(error).response()


def _accident(error: Exception) -> Response:
    return errors.of_accident(error).response()

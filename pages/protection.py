"""What pages send and take: a strict script policy, no guessing of types, and no bodies but their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from pages.callback_bodies import refuse_strange_bodies
from pages.document import script_hashes

if TYPE_CHECKING:
    from collections.abc import Callable

    from dash import Dash
    from flask import Response

_OK = 200


def protect(app: Dash, is_page: Callable[[str], bool]) -> None:
    """Send a Content-Security-Policy with every HTML page, and let no browser store what a callback answered.

    Scripts come from this server only; inline ones (Dash's renderer line, those of pages/document.py) are
    named by their hashes.
    Styles may be inline, because Plotly and Mantine write them. Dash answers every
    address with its page; a path that ``is_page`` denies is not found. What no page asks is refused
    (pages/callback_bodies.py).
    """

    def headers(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if request.path.endswith("/_dash-update-component"):
            response.headers["Cache-Control"] = "no-store"
        # 200 alone: a callback that changes nothing answers 204, and Flask calls that text/html, too.
        # A route of a blueprint knows what it has; only Dash takes every path.
        if (
            response.mimetype == "text/html"
            and response.status_code == _OK
            and request.blueprint is None
            and not is_page(request.path)
        ):
            response.status_code = 404
        if response.mimetype == "text/html":
            scripts = " ".join(["'self'", *script_hashes(app)])
            response.headers["Content-Security-Policy"] = (
                f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
                "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
            )
        return response

    app.server.after_request(headers)
    refuse_strange_bodies(app)

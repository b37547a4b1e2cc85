"""Files that never change under their address: compressed once, well, and kept by the browser for good.

Dash puts the version of a bundle and the time of an asset into the address, pages/vendored.py the hash of a
file. Such an answer is compressed better than there is time for on every request, kept in memory, and marked
immutable. Everything else is left to Flask-Compress. Promise: a file under the address of another version of
it is sent, but not to be kept.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final

import brotli  # type: ignore[import-untyped]
from dash.fingerprint import check_fingerprint
from flask import request
from flask_compress import Compress
from flask_compress.compat import compression

from cache.memory import SegmentedLRU
from pages import vendored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask, Response

_SUITES: Final = "/_dash-component-suites/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_LEAST_BYTES: Final = 500
_BUDGET_BYTES: Final = 24 * 1024 * 1024
_COMPRESSIBLE: Final = frozenset(
    {"text/javascript", "application/javascript", "text/css", "application/json", "image/svg+xml"}
)
# Levels at which plotly.js takes about a tenth of a second: one step more costs three times that for 1 %.
_ENCODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda data: bytes(compression.zstd.compress(data, 11)),
    "br": lambda data: bytes(brotli.compress(data, quality=7)),
    "gzip": lambda data: gzip.compress(data, 6, mtime=0),
}


def compress(server: Flask) -> None:
    """Compress with zstd or the fastest gzip: the default gzip costs more than a whole pan callback.

    What never changes under its address is compressed once instead, and better.
    """
    server.config |= {"COMPRESS_ALGORITHM": ["zstd", "gzip"], "COMPRESS_LEVEL": 1, "COMPRESS_ZSTD_LEVEL": 1}
    Compress(server)
    keep_bundles(server)


def keep_bundles(server: Flask, prefix: str = "/") -> None:
    """Answer for immutable files from now on.

    Call it after ``Compress(server)``: what is registered later runs earlier, and an answer that has its
    encoding is let through there.
    """
    bodies: SegmentedLRU[tuple[str, str, str], bytes] = SegmentedLRU(_BUDGET_BYTES)

    def headers(response: Response) -> Response:
        if request.method != "GET" or response.status_code != 200:  # noqa: PLR2004
            return response
        name = _immutable_name(request.path, prefix, response)
        if not name:
            return response
        version = response.headers.pop("ETag", "")  # it would stand for the uncompressed bytes
        response.headers["Cache-Control"] = _FOR_EVER
        if response.mimetype in _COMPRESSIBLE:
            response.vary.add("Accept-Encoding")
            _compress(response, name, version, bodies)
        return response

    server.after_request(headers)


def _immutable_name(path: str, prefix: str, response: Response) -> str:
    """Return a file's name without its version, or "" when the address does not stand for the content."""
    if path.startswith(prefix.rstrip("/") + _SUITES):
        name, fingerprinted = check_fingerprint(path)
        return str(name) if fingerprinted else ""
    if request.endpoint == "_dash_assets.static" and response.last_modified is not None:
        try:
            named = int(float(request.args.get("m", "")))
        except (ValueError, OverflowError):
            return ""
        return path if named == int(response.last_modified.timestamp()) else ""
    return path if request.endpoint == vendored.ENDPOINT and vendored.is_current(path) else ""


def _compress(
    response: Response, name: str, version: str, bodies: SegmentedLRU[tuple[str, str, str], bytes]
) -> None:
    encoding = request.accept_encodings.best_match(list(_ENCODERS))
    if not encoding:
        return
    response.direct_passthrough = False
    key = (name, version, encoding)
    body = bodies.get(key)
    if body is None:
        data = response.get_data()
        if len(data) < _LEAST_BYTES:
            return
        body = _ENCODERS[encoding](data)
        bodies.put(key, body, len(body))
    else:
        response.make_sequence()  # so that the file behind it is closed
    response.set_data(body)
    response.headers["Content-Encoding"] = encoding

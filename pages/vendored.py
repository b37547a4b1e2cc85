"""Files of other projects that lie in ``pages/vendor``: served under the hash of what they are.

Promise: an address stands for its content, so pages/bundles.py may have it kept for good. An address with
another hash (a page of an older server) gets the present file, not to be kept.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import send_from_directory

if TYPE_CHECKING:
    from flask import Flask, Response

ENDPOINT: Final = "vendored"
PLOTLY: Final = "plotly-finance.min.js"
"""plotly.js with the traces of a price chart only: half the bytes. pages/vendor/README.md has its origin."""
FOLDER: Final = Path(__file__).parent / "vendor"
_DIGITS: Final = 16


@cache
def digest(name: str) -> str:
    """Return the part of an address that stands for a file's content."""
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:_DIGITS]


def address(name: str, prefix: str = "/") -> str:
    """Return where a file is served, below the path that the app is served at."""
    return f"{prefix}vendor/{digest(name)}/{name}"


def is_current(path: str) -> bool:
    """Tell whether an address has the hash of the file that it names."""
    *_, named, name = path.split("/")
    return (FOLDER / name).is_file() and named == digest(name)


def serve_vendored(server: Flask, prefix: str = "/") -> None:
    """Serve the scripts of the folder, and nothing else that lies in it."""

    def vendored(named: str, name: str) -> Response:  # noqa: ARG001 - bundles.py looks at it
        return send_from_directory(FOLDER, f"{name}.js", mimetype="text/javascript")

    server.add_url_rule(f"{prefix}vendor/<named>/<name>.js", ENDPOINT, vendored)

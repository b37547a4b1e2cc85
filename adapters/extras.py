"""Packages that people may add to the app, and how: one place for all sentences about them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

EXTRAS: Final = {
    "google-genai": ">=3.4,<4",
    "openai": ">=3.52,<4",
    "youtube-transcript-api": ">=1.2.5,<2",
}
"""By name, the versions that are known to work; the tests run with the newest of them."""


def install(package: str) -> str:
    """Return the command that adds a package: pip install "openai>=3.52,<4"."""
    return f'pip install "{package}{EXTRAS[package]}"'


def is_installed(package: str) -> bool:
    """Return whether a package is there; it is not read for that."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True

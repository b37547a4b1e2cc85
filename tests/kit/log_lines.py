"""What the product's own log says while something is done."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from io import StringIO
from typing import Any, TypeVar

import structlog

import telemetry

T = TypeVar("T")


def logged(work: Callable[[], T], *, as_json: bool = True) -> tuple[T, str]:
    """Return what ``work`` gave and what was written meanwhile."""
    stream, root = StringIO(), logging.getLogger()
    handlers, level, kept = root.handlers[:], root.level, structlog.get_config()
    try:
        telemetry.configure("DEBUG", as_json=as_json, stream=stream)
        return work(), stream.getvalue()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**kept)


def entries(work: Callable[[], T]) -> tuple[T, list[dict[str, Any]]]:
    """Return what ``work`` gave, and the events that were logged meanwhile with their values."""
    done, text = logged(work)
    return done, [json.loads(line) for line in text.splitlines()]

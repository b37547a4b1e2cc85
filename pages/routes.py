"""Which page stands at which path; the query is never looked at.

A path is a list of parts, ``/track-record/<channel_id>``: what stands in angle brackets is any text, and is
handed to the page by that name. A slash at the end changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dash.development.base_component import Component


class _Exists(Protocol):
    def __call__(self, **named: str) -> bool: ...


def _always(**_named: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Route:
    """A page: where it stands, what makes it, and whether what it is about exists."""

    pattern: str
    layout: Callable[..., Component]
    exists: _Exists = _always


@dataclass(frozen=True, slots=True)
class Routes:
    """All pages; ``missing`` makes the one that stands everywhere else."""

    routes: Sequence[Route]
    missing: Callable[[], Component]

    def page(self, path: object) -> Component:
        """Return the page at a path as a browser writes it."""
        text = unquote(path) if isinstance(path, str) else "/"
        for route in self.routes:
            named = _named(route.pattern, text)
            if named is not None:
                return route.layout(**named)
        return self.missing()

    def has(self, path: str) -> bool:
        """Return whether there is a page at a path, and what it is about."""
        for route in self.routes:
            named = _named(route.pattern, path)
            if named is not None:
                return route.exists(**named)
        return False


def _named(pattern: str, path: str) -> dict[str, Any] | None:
    """Return the parts of a path that a pattern names; None when the path is none of its."""
    wanted, given = pattern.strip("/").split("/"), path.removesuffix("/").removeprefix("/").split("/")
    if len(wanted) != len(given):
        return None
    named = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith("<") and part:
            named[want[1:-1]] = part
        elif want != part:
            return None
    return named

"""Attributes that Dash's components take but do not name: what tests and assistive technology hold on to."""

from __future__ import annotations

import json
from typing import Any


def testid(name: str) -> dict[str, Any]:
    """Return the test id, one of the page's stable names."""
    return {"data-testid": name}


def labelled(words: str) -> dict[str, Any]:
    """Return the name by which assistive technology calls an element."""
    return {"aria-label": words}


def unheard() -> dict[str, Any]:
    """Return what makes assistive technology pass over an element."""
    return {"aria-hidden": "true"}


def does(deed: str) -> dict[str, Any]:
    """Return what makes a click on an element do something that is no choice (assets/controls.js)."""
    return {"data-do": deed}


def chooses(change: dict[str, str], *, pressed: bool | None = False) -> dict[str, Any]:
    """Return what makes a click on an element choose something on its chart (assets/controls.js).

    Args:
        change: what is chosen, ``{"range": "1Y"}``; nothing means: once more. The page marks the element
            whose choice is shown.
        pressed: whether it is marked at first; None for one that is never marked.
    """
    marks = {} if pressed is None else {"aria-pressed": str(pressed).lower()}
    return (
        {"data-choose": json.dumps(change)}
        | {f"data-{field}": value for field, value in change.items()}
        | marks
    )

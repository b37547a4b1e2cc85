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


def page_id(part: str, page: object = 1) -> dict[str, Any]:
    """Return the id of a part of a page; ``page`` is 1, or MATCH in a callback.

    A pattern, because Dash misses a plain id while another page is shown.
    """
    return {"type": part, "page": page}


def opens(dialog: str) -> dict[str, Any]:
    """Return what makes a click on an element open a dialog, by its ``dialog_name`` (assets/dialogs.js)."""
    return {"data-dialog": dialog, "aria-haspopup": "dialog"}


def shuts() -> dict[str, Any]:
    """Return what makes a click on an element close the dialog that it stands in."""
    return {"data-shuts": "true"}


def adds_video() -> dict[str, Any]:
    """Return what makes a click on an element open the dialog that adds a video (assets/giving.js)."""
    return {"data-said": "add", "aria-haspopup": "dialog"}


def dialog_name(name: str) -> dict[str, Any]:
    """Return the name by which a dialog is opened."""
    return {"data-name": name}

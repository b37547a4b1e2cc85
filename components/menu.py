"""Menus of a chart: a button and the list that it opens. What opens and closes them is assets/menus.js."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import html

from components.icons import icon
from components.marks import chooses, labelled, testid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash.development.base_component import Component


def face(name: str, field: str, words: str) -> list[Component]:
    """Return what a menu's button shows: an icon, and what is chosen (assets/story.js writes it)."""
    return [icon(name), html.Span(words, className=f"chosen {field}-words"), icon("down")]


def one_of(field: str, words: dict[str, str], first: str) -> list[html.Button]:
    """Return the items of a menu of which one is chosen; ``words`` by value."""
    return [
        item(told, "radio", chooses({field: value}, pressed=None), f"{field}-{value}", checked=value == first)
        for value, told in words.items()
    ]


def item(words: str, kind: str, marks: dict[str, Any], name: str, *, checked: bool = False) -> html.Button:
    """Return an item of a menu that is chosen or not; ``kind`` is radio (one of all) or checkbox."""
    role: dict[str, Any] = {"role": f"menuitem{kind}", "tabIndex": -1, "aria-checked": str(checked).lower()}
    return html.Button(words, type="button", className="menu-item", **role, **marks, **testid(name))


def menu(name: str, words: str, button: str, face: list[Component], items: Sequence[Component]) -> html.Div:
    """Return a button and its closed list; assets/menus.js opens it.

    Mantine's Menu is not used: its target is wrapped in an element that takes the marks of the button, and
    without a portal the focus never enters its list. Out of the card a click would not know its chart.
    """
    opens: dict[str, Any] = {"aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": name}
    return html.Div(
        [
            html.Button(
                face, type="button", className="menu-button", **opens, **labelled(words), **testid(button)
            ),
            html.Div(
                list(items), id=name, role="menu", hidden=True, className="menu-list", **labelled(words)
            ),
        ],
        className="menu",
    )

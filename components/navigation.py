"""The way from page to page: links in the header, on a narrow screen in a menu.

Plain links, not Dash's: a page begins anew, so nothing of the one before it can be left over.
"""

from __future__ import annotations

from typing import Any, Final

from dash import html

from components.icons import icon
from components.marks import does, labelled, testid

PAGES: Final = {
    "chart": ("/", "Chart"),
    "track-record": ("/track-record", "Track record"),
    "system": ("/system", "System"),
}
"""Name of a page: its address and what it is called."""


def page_links(here: str) -> html.Nav:
    """Return the links; ``here`` names the page that they stand on, "" for one that has no link."""
    links = [
        html.A(words, href=address, className="page-link", **_marks(name, here), **testid(f"nav-{name}"))
        for name, (address, words) in PAGES.items()
    ]
    return html.Nav(links, className="page-links", **labelled("Pages"))


def page_menu(here: str) -> html.Div:
    """Return the menu that has the links where there is no room for them, and what else finds none."""
    opens: dict[str, Any] = {"aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": "menu-pages"}
    item: dict[str, Any] = {"role": "menuitem", "tabIndex": -1, "className": "menu-item"}
    links = [
        html.A(words, href=address, **item, **_marks(name, here), **testid(f"menu-{name}"))
        for name, (address, words) in PAGES.items()
    ]
    whole = html.Button(
        "Full screen", type="button", **item, **does("fullscreen"), **testid("menu-fullscreen")
    )
    button = html.Button(
        icon("menu"),
        type="button",
        className="icon-button",
        title="Pages",
        **opens,
        **labelled("Pages"),
        **testid("nav-menu"),
    )
    listed = html.Div(
        [*links, whole], id="menu-pages", role="menu", hidden=True, className="menu-list", **labelled("Pages")
    )
    return html.Div([button, listed], className="menu page-menu")


def _marks(name: str, here: str) -> dict[str, Any]:
    return {"data-page": name} | ({"aria-current": "page"} if name == here else {})

"""What a person chooses on a chart: range, resolution, kind of chart, scale, colours."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from components.icons import icon
from components.marks import chooses, does, labelled, testid
from market.ranges import RangePreset
from market.resolution import Resolution

CHART_TYPES = {"candles": "Candles", "ohlc": "Bars", "line": "Line", "area": "Area"}
"""Value in a link: words. The first one is shown when a link names none."""

_RESOLUTION_WORDS = {"auto": "Auto", "D": "D", "W": "W", "M": "M"}
_RESOLUTION_TITLES = {"auto": "As fine as fits", **{r.value: r.words for r in Resolution}}


def toolbar() -> html.Div:
    """Return the row of choices."""
    return html.Div(
        [_ranges(), _resolutions(), html.Div([_types(), _more()], className="menus")], className="toolbar"
    )


def _ranges() -> html.Div:
    buttons = [
        html.Button(r.value, type="button", **chooses({"range": r.value}), **testid(f"range-{r.value}"))
        for r in RangePreset
    ]
    return html.Div(buttons, className="choices ranges", role="group", **labelled("Range"))


def _resolutions() -> html.Div:
    buttons = [
        html.Button(
            _RESOLUTION_WORDS.get(value, value),
            type="button",
            title=_RESOLUTION_TITLES[value],
            **chooses({"resolution": value}),
            **testid(f"resolution-{value}"),
        )
        for value in ["auto", *(r.value for r in Resolution)]
    ]
    return html.Div(buttons, className="choices resolutions", role="group", **labelled("Resolution"))


def _types() -> dmc.Menu:
    first = next(iter(CHART_TYPES))
    button = html.Button(
        [icon("candles"), html.Span(CHART_TYPES[first], className="type-words"), icon("down")],
        type="button",
        className="menu-button",
        **labelled("Chart type"),
        **testid("chart-type"),
    )
    items = [
        _item(words, chooses({"type": value}, pressed=value == first), f"type-{value}")
        for value, words in CHART_TYPES.items()
    ]
    return _menu(button, items)


def _more() -> dmc.Menu:
    button = html.Button(
        icon("more"), type="button", className="menu-button", **labelled("More"), **testid("more-menu")
    )
    switches = {
        "log-toggle": ("log", "Logarithmic scale"),
        "colour-toggle": ("colours", "Colour-blind safe colours"),
    }
    items = [
        _item(words, does(what) | {"aria-pressed": "false"}, name) for name, (what, words) in switches.items()
    ]
    return _menu(button, items)


def _item(words: str, marks: dict[str, Any], name: str) -> dmc.MenuItem:
    return dmc.MenuItem(words, className="menu-item", **marks, **testid(name))


def _menu(button: html.Button, items: list[dmc.MenuItem]) -> dmc.Menu:
    # Inside the card, not in a portal: a click is for the chart that it happened in.
    return dmc.Menu(
        [dmc.MenuTarget(button), dmc.MenuDropdown(items, className="menu-list")],
        position="bottom-end",
        withinPortal=False,
        keepMounted=True,
        transitionProps={"duration": 0},
        shadow="none",
        offset=4,
    )

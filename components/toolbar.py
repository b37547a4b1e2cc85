"""What a person chooses on a chart: range, resolution, kind of chart, scale, colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import html

from components.icons import icon
from components.marks import chooses, does, labelled, testid
from components.story import ADJUSTED
from components.view_state import ADJUSTMENTS
from market.ranges import RangePreset
from market.resolution import Resolution

if TYPE_CHECKING:
    from dash.development.base_component import Component

CHART_TYPES = {"candles": "Candles", "ohlc": "Bars", "line": "Line", "area": "Area"}
"""Value in a link: words. The first one is shown when a link names none."""

_RESOLUTION_WORDS = {"auto": "Auto", "D": "D", "W": "W", "M": "M"}
_RESOLUTION_TITLES = {"auto": "As fine as fits", **{r.value: r.words for r in Resolution}}


def toolbar(chart: int) -> html.Div:
    """Return the row of choices of chart number ``chart``."""
    return html.Div(
        [
            _ranges(),
            _resolutions(),
            html.Div([_types(chart), _adjustments(chart), _more(chart)], className="menus"),
        ],
        className="toolbar",
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


def _types(chart: int) -> html.Div:
    first = next(iter(CHART_TYPES))
    return _menu(
        f"menu-type-{chart}",
        "Chart type",
        "chart-type",
        _face("candles", "type", CHART_TYPES[first]),
        _one_of("type", CHART_TYPES, first),
    )


def _adjustments(chart: int) -> html.Div:
    words = {value: told.capitalize() for value, told in ADJUSTED.items()}
    usual = ADJUSTMENTS[0]
    return _menu(
        f"menu-adjust-{chart}",
        "What prices are adjusted for",
        "adjust-toggle",
        _face("adjust", "adjust", words[usual]),
        _one_of("adjust", words, usual),
    )


def _more(chart: int) -> html.Div:
    switches = {
        "log-toggle": ("log", "Logarithmic scale"),
        "colour-toggle": ("colours", "Colour-blind safe colours"),
    }
    items = [_item(words, "checkbox", does(what), name) for name, (what, words) in switches.items()]
    return _menu(f"menu-more-{chart}", "More", "more-menu", [icon("more")], items)


def _face(name: str, field: str, words: str) -> list[Component]:
    """Return what a menu's button shows: an icon, and what is chosen (assets/story.js writes it)."""
    return [icon(name), html.Span(words, className=f"chosen {field}-words"), icon("down")]


def _one_of(field: str, words: dict[str, str], first: str) -> list[html.Button]:
    """Return the items of a menu of which one is chosen; ``words`` by value."""
    return [
        _item(
            told, "radio", chooses({field: value}, pressed=None), f"{field}-{value}", checked=value == first
        )
        for value, told in words.items()
    ]


def _item(words: str, kind: str, marks: dict[str, Any], name: str, *, checked: bool = False) -> html.Button:
    """Return an item of a menu that is chosen or not; ``kind`` is radio (one of all) or checkbox."""
    role: dict[str, Any] = {"role": f"menuitem{kind}", "tabIndex": -1, "aria-checked": str(checked).lower()}
    return html.Button(words, type="button", className="menu-item", **role, **marks, **testid(name))


def _menu(name: str, words: str, button: str, face: list[Component], items: list[html.Button]) -> html.Div:
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
            html.Div(items, id=name, role="menu", hidden=True, className="menu-list", **labelled(words)),
        ],
        className="menu",
    )

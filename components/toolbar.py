"""What a person chooses on a chart: range, resolution, kind of chart, scale, colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from components.icons import icon
from components.marks import chooses, does, labelled, testid
from components.mentions import entry_items, mentions_switch
from components.menu import face, item, menu, one_of
from components.source_picker import source_picker
from components.story import ADJUSTED
from components.view_state import ADJUSTMENTS
from market.ranges import RangePreset
from market.resolution import Resolution

if TYPE_CHECKING:
    from components.source_picker import Sources

CHART_TYPES = {"candles": "Candles", "ohlc": "Bars", "line": "Line", "area": "Area"}
"""Value in a link: words. The first one is shown when a link names none."""

_RESOLUTION_WORDS = {"auto": "Auto", "D": "D", "W": "W", "M": "M"}
_RESOLUTION_TITLES = {"auto": "As fine as fits", **{r.value: r.words for r in Resolution}}


def toolbar(chart: int, sources: Sources) -> html.Div:
    """Return the row of choices of chart number ``chart``, among them that of ``sources``."""
    return html.Div(
        [
            _ranges(),
            _resolutions(),
            html.Div(
                [
                    _types(chart),
                    _adjustments(chart),
                    source_picker(chart, sources),
                    mentions_switch(),
                    _more(chart),
                ],
                className="menus",
            ),
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
    return menu(
        f"menu-type-{chart}",
        "Chart type",
        "chart-type",
        face("candles", "type", CHART_TYPES[first]),
        one_of("type", CHART_TYPES, first),
    )


def _adjustments(chart: int) -> html.Div:
    words = {value: told.capitalize() for value, told in ADJUSTED.items()}
    usual = ADJUSTMENTS[0]
    return menu(
        f"menu-adjust-{chart}",
        "What prices are adjusted for",
        "adjust-toggle",
        face("adjust", "adjust", words[usual]),
        one_of("adjust", words, usual),
    )


def _more(chart: int) -> html.Div:
    switches = {
        "log-toggle": ("log", "Logarithmic scale"),
        "sentiment-toggle": ("sentiment", "Sentiment of news and videos"),
        "colour-toggle": ("colours", "Colour-blind safe colours"),
    }
    items = [item(words, "checkbox", does(what), name) for name, (what, words) in switches.items()]
    return menu(f"menu-more-{chart}", "More", "more-menu", [icon("more")], [*items, *entry_items()])

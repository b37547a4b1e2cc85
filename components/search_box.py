"""The box in which a person types a ticker or a company, with the matches below it.

Mantine's Autocomplete and Select are not used: they give each letter back to themselves through Dash's
``value``, so that one typed meanwhile is lost, and do not tell a chosen row from the same text typed. This is
a plain combobox by the WAI-ARIA pattern: the markup here, what it does in assets/search.js.
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

_NEVER_MS = 2**31 - 1
"""As long as a browser's timers go. The input then keeps its text to itself: no callback wants it, and what
Dash gives back after a letter would overwrite the next one."""


def search_box(chart: int) -> html.Div:
    """Return the box of chart number ``chart``; it speaks to the chart in whose card it stands."""
    named, matches = f"search-name-{chart}", f"search-results-{chart}"
    return html.Div([_text(named, matches), _face(named), _matches(matches)], className="search")


def _text(named: str, matches: str) -> dmc.TextInput:
    marks: dict[str, Any] = {
        "data-testid": "ticker-input",
        "aria-label": "Ticker or company",
        "role": "combobox",
        "aria-autocomplete": "list",
        "aria-expanded": "false",
        "aria-controls": matches,
        "aria-describedby": named,
        "autoComplete": "off",
        "autoCapitalize": "off",
        "autoCorrect": "off",
        "spellCheck": "false",
        "enterKeyHint": "go",
    }
    return dmc.TextInput(
        placeholder="Ticker or company",
        variant="unstyled",
        debounce=_NEVER_MS,
        classNames={"input": "search-input"},
        attributes={"input": marks},
    )


def _face(named: str) -> html.Div:
    """Return the company's name beside the ticker: an unseen copy of the ticker moves it to its place."""
    unseen = html.Span(className="search-ticker")
    marks: dict[str, Any] = {"aria-hidden": "true"}
    return html.Div([unseen, html.Span(id=named, className="search-name")], className="search-face", **marks)


def _matches(name: str) -> html.Ul:
    marks: dict[str, Any] = {"data-testid": "search-results", "aria-label": "Matches"}
    return html.Ul(id=name, role="listbox", hidden=True, className="search-results", **marks)

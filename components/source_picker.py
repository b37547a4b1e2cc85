"""The menu of sources: which there are, how each does, and what to do for those that are not there. Pure.

The list stands from the start; how the sources do comes with every answer, for assets/sources.js.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dash import html

from components.marks import chooses
from components.menu import face, item, menu

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GET_LIVE = "Demo prices from 2000 to 2013; intraday is simulated. Add a key to see live markets."
_OK = "ok"
_ABSENT = "not set up"
_TITLES = {"files": "Your files"}


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a running app.

    Attributes:
        chain: names in the order in which they are asked when none is chosen.
        titles: of all that can be chosen, by name.
        absent: for each that is not set up, a sentence that says what to do.
        demo_only: there is nothing but the demo.
    """

    chain: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    demo_only: bool = False


class State(Protocol):
    """How a source does (cache.state.SourceState)."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as in settings
    @property
    def state(self) -> str: ...  # noqa: D102 - "ok", "limited", "refused" or "failing"
    @property
    def words(self) -> str: ...  # noqa: D102 - a sentence for people, "" while it is well
    @property
    def until_s(self) -> float | None: ...  # noqa: D102 - UTC seconds; None where it is not known


def source_picker(chart: int, sources: Sources) -> html.Div:
    """Return the menu of chart number ``chart``."""
    automatic = f"Automatic ({', '.join(sources.titles.get(name, name) for name in sources.chain)})"
    here = [_row("", automatic, checked=True), *(_row(name, title) for name, title in sources.titles.items())]
    absent = [_missing(name, sentence) for name, sentence in sources.absent.items()]
    note = [html.Span(GET_LIVE, className="menu-note")] if sources.demo_only else []
    shown = sources.titles.get(sources.chain[0], "Source") if sources.chain else "Source"
    return menu(
        f"menu-source-{chart}",
        "Source of prices",
        "source-picker",
        face("source", "source", shown),
        [*here, *absent, *note],
    )


def states_message(states: Iterable[State], now_s: float) -> list[dict[str, Any]]:
    """Return what the page is told of sources that are not well.

    Times are in seconds from ``now_s`` (UTC seconds), so that the browser's clock does not matter.
    """
    return [
        {
            "name": told.name,
            "state": told.state,
            "words": told.words,
            "left_s": None if told.until_s is None else round(max(told.until_s - now_s, 0.0), 1),
        }
        for told in states
        if told.state != _OK
    ]


def _row(name: str, title: str, *, checked: bool = False) -> html.Button:
    """Return a source that can be chosen; "" is the chain."""
    marks = chooses({"source": name}, pressed=None)
    row = item("", "radio", marks, f"source-{name or 'automatic'}", checked=checked)
    row.children = _said(title, _OK if name else "")
    return row


def _missing(name: str, sentence: str) -> html.Button:
    """Return a source that is not set up; choosing it says what to do (assets/controls.js)."""
    why: dict[str, Any] = {"aria-disabled": "true", "data-why": sentence, "data-do": "nothing"}
    row = item("", "radio", why, f"source-{name}")
    row.children = _said(_TITLES.get(name, name.capitalize()), _ABSENT, sentence)
    return row


def _said(title: str, state: str, words: str = "") -> list[html.Span]:
    """Return what a row says: its title, how it does in a word, and in a sentence."""
    return [
        html.Span(title, className="source-title"),
        html.Span(state, className="source-state"),
        html.Span(words, className="source-why"),
    ]

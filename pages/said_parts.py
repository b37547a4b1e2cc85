"""What stands in the section "What was said" before it is filled: three tabs, panels and tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dash import dcc, html

from components.marks import adds_video, labelled, page_id, testid
from components.stocks_grid import stocks_grid

if TYPE_CHECKING:
    from dash.development.base_component import Component

TABS: Final = {"stocks": "Stocks", "timeline": "Timeline", "review": "To review"}


def section(channel_id: str, *, takes_videos: bool = True) -> html.Section:
    """Return the section; what is in it comes later, so that the page stands at once.

    ``takes_videos`` is whether videos can be added by hand.
    """
    of: dict[str, Any] = {"data-channel": channel_id}
    return html.Section(
        [
            html.H2("What was said"),
            html.Div(
                [_tab(name) for name in TABS],
                role="tablist",
                className="said-tabs",
                **labelled("What was said"),
            ),
            _panel("stocks", _stocks()),
            _panel("timeline", _timeline(takes_videos=takes_videos)),
            _panel("review", [html.Div(_loading(), id=page_id("review-list"), className="reviews")]),
            *(dcc.Store(id=page_id(f"{name}-asked")) for name in TABS),
            dcc.Store(id=page_id("review-decided")),
            dcc.Store(id=page_id("review-kept")),
        ],
        id=page_id("said"),
        className="said-section",
        **of,
        **testid("said"),
    )


def _tab(name: str) -> html.Button:
    count = [html.Span(id=page_id("review-count"), className="tab-count", **testid("review-count"))]
    marks: dict[str, Any] = {
        "data-view": name,
        "aria-selected": str(name == "stocks").lower(),
        "aria-controls": f"panel-{name}",
    }
    return html.Button(
        [TABS[name], *(count if name == "review" else [])],
        type="button",
        role="tab",
        id=f"tab-{name}",
        tabIndex=0 if name == "stocks" else -1,
        className="said-tab",
        **marks,
        **testid(f"tab-{name}"),
    )


def _panel(name: str, parts: list[Component]) -> html.Div:
    marks: dict[str, Any] = {"data-panel": name, "aria-labelledby": f"tab-{name}"}
    names = {"stocks": "stocks-view", "timeline": "timeline-view", "review": "review-view"}
    return html.Div(
        parts,
        role="tabpanel",
        id=f"panel-{name}",
        tabIndex=0,
        hidden=name != "stocks",
        className="said-panel",
        **marks,
        **testid(names[name]),
    )


def _stocks() -> list[Component]:
    find = dcc.Input(
        type="text",
        placeholder="Ticker or company",
        maxLength=40,
        autoComplete="off",
        className="said-filter",
    )
    export: dict[str, Any] = {"data-said": "csv", "type": "button", "className": "quiet-button"}
    return [
        html.Div(
            [
                html.Label([html.Span("Find", className="field-name"), find], className="said-find"),
                html.Button("CSV", title="Save the table as CSV", **export, **testid("stocks-csv")),
            ],
            className="said-tools",
        ),
        html.Div(id=page_id("stocks-note"), className="said-note"),
        stocks_grid(page_id("stocks-grid")),
    ]


def _timeline(*, takes_videos: bool) -> list[Component]:
    button: dict[str, Any] = {"type": "button", "className": "quiet-button"}
    adds = html.Button("Add a video", **button, **adds_video(), **testid("add-video"))
    choose = html.Select(className="said-month", **testid("timeline-month"))
    return [
        html.Div(
            [
                html.Label([html.Span("From", className="field-name"), choose], className="said-find"),
                html.Span("Newest first · New York time", className="said-hint"),
                *([adds] if takes_videos else []),
            ],
            className="said-tools",
        ),
        html.Div(id=page_id("timeline-list"), className="timeline", **testid("timeline-list")),
        html.Div(className="timeline-more"),
        dcc.Store(id=page_id("timeline-lines")),
    ]


def _loading() -> html.P:
    return html.P("Loading …", className="empty-words", role="status")

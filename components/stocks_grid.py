"""The grid of the stocks that a channel speaks of: sorted, filtered and moved through by keyboard.

What stands in a cell is drawn by assets/grid.js, as text. Prices are numbers, so that they sort as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import dash_ag_grid as dag
from dash import html

from components.marks import labelled, testid

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROW_PX: Final = 36
_MOST_ROWS: Final = 16
_SCROLLBAR_PX: Final = 16
_RIGHT: Final = {"cellClass": "number", "headerClass": "ag-right-aligned-header"}
_NEWEST_NAME: Final = "There is no current price: no source of this app has one of the last two weeks."
_FIRST_NAME: Final = (
    "There is no price a viewer could have had: it was not traded then, or no source knows it."
)


@dataclass(frozen=True, slots=True)
class StockLine:
    """What a channel says about one stock.

    Attributes:
        name: of the company, "" where it is not known.
        first_day: New York date of the first mention, ISO.
        first_title: of the video it is in.
        then: what a viewer could first have paid, None where there is none; ``now`` likewise.
        change_percent: from then to now.
        link: to what was said about it.
    """

    ticker: str
    name: str
    first_day: str
    first_title: str
    then: float | None
    now: float | None
    change_percent: float | None
    buy: int
    hold: int
    sell: int
    mentioned: int
    total: int
    link: str


def stocks_grid(grid_id: dict[str, Any]) -> html.Div:
    """Return the grid, which says that it loads until rows are given."""
    grid = dag.AgGrid(
        id=grid_id,
        columnDefs=_COLUMNS,
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        rowData=None,
        className="stocks-grid",
        style=height_of(6),
        dashGridOptions={
            "theme": "themeQuartz",
            "animateRows": False,
            "suppressMovableColumns": True,
            "suppressColumnVirtualisation": True,  # they are few, and none has to wait for a width
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "rowHeight": _ROW_PX,
            "headerHeight": _ROW_PX,
            "localeText": {
                "loadingOoo": "Loading stocks and their prices …",
                "noRowsToShow": "No stock matches.",
                "noMatchingRows": "No stock matches.",
            },
            "multiSortKey": "ctrl",
        },
        csvExportParams={"fileName": "stocks.csv", "columnKeys": [one["field"] for one in _COLUMNS]},
    )
    return html.Div(grid, role="group", **labelled("Stocks"), **testid("stocks-grid"))


def rows(lines: Sequence[StockLine]) -> list[dict[str, Any]]:
    """Return what the grid shows; a price that is not there comes with its reason."""
    return [
        {
            "ticker": line.ticker,
            "name": line.name,
            "first": line.first_day,
            "title": line.first_title,
            "then": line.then,
            "now": line.now,
            "change": line.change_percent,
            "buy": line.buy,
            "hold": line.hold,
            "sell": line.sell,
            "mentioned": line.mentioned,
            "total": line.total,
            "link": line.link,
            "why": {
                name: words
                for name, value, words in (
                    ("then", line.then, _FIRST_NAME),
                    ("now", line.now, _NEWEST_NAME),
                    ("change", line.change_percent, _FIRST_NAME if line.then is None else _NEWEST_NAME),
                )
                if value is None
            },
        }
        for line in lines
    ]


def height_of(count: int) -> dict[str, Any]:
    """Return the style of a grid with so many rows: it grows with them, and scrolls from a screenful on."""
    if not count:
        return {"display": "none"}
    return {"height": (1 + min(count, _MOST_ROWS)) * _ROW_PX + _SCROLLBAR_PX, "width": "100%"}


def _column(field: str, name: str, width: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - AG Grid's names
    return {"field": field, "headerName": name, "width": width, "minWidth": width, **more}


def _count(field: str, name: str, width: int) -> dict[str, Any]:
    return _column(
        field, name, width, cellRenderer="StockCount", sortingOrder=["desc", "asc", None], **_RIGHT
    )


def _price(field: str, name: str, renderer: str, width: int) -> dict[str, Any]:
    return _column(
        field,
        name,
        width,
        cellRenderer=renderer,
        sortingOrder=["desc", "asc", None],
        **_RIGHT,
    )


_COLUMNS: Final[list[dict[str, Any]]] = [
    _column("ticker", "Ticker", 84, cellRenderer="StockLink", pinned="left"),
    _column("name", "Company", 160, flex=1, cellRenderer="StockText"),
    _column("first", "First mention", 132, cellRenderer="StockDay"),
    _price("then", "Price then", "StockPrice", 96),
    _price("now", "Price now", "StockPrice", 96),
    _price("change", "Change", "StockChange", 96),
    _count("buy", "Buy", 64),
    _count("hold", "Hold", 64),
    _count("sell", "Sell", 64),
    _count("mentioned", "Mentioned", 96),
    _count("total", "Total", 72),
]

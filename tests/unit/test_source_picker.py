"""The menu of sources: what stands in it from the start, and what the page is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.demo import DemoProvider
from adapters.prices import Kind
from cache.state import SourceState
from components.source_picker import GET_LIVE, Sources, source_picker, states_message
from pages.chart import sources_of
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc

HOW = "Tiingo needs a key: set TIINGO_API_KEY and name tiingo in PROVIDERS, for example PROVIDERS=tiingo."


def rows(sources: Sources) -> dict[str, dict[str, Any]]:
    """Return the rows of the menu by test id, as JSON would have them."""
    listed = source_picker(1, sources).children[1].children
    props = [row.to_plotly_json()["props"] for row in listed]
    return {row["data-testid"]: row for row in props if "data-testid" in row}


def said(row: dict[str, Any]) -> list[str]:
    return [part.children for part in row["children"]]


def test_the_chain_comes_first_and_every_source_can_be_chosen(tmp_path: Path) -> None:
    live = ScriptedProvider(utc("2025-03-07 16:00"), name="yahoo")
    found = sources_of(house(tmp_path, [live, DemoProvider()]).cache, {"tiingo": HOW})
    assert list(rows(found)) == ["source-automatic", "source-yahoo", "source-demo", "source-tiingo"]
    # Demo prices never stand in for a live source, but can be asked for.
    assert said(rows(found)["source-automatic"])[0] == f"Automatic ({live.title})"
    assert rows(found)["source-demo"]["data-choose"] == '{"source": "demo"}'


def test_the_chain_is_told_by_the_names_that_people_know() -> None:
    """api-7: in its order, as the rows below it are written."""
    titles = {"finnhub": "Finnhub", "files": "Your files", "tiingo": "Tiingo"}
    found = rows(Sources(("files", "tiingo", "finnhub"), titles))
    assert said(found["source-automatic"])[0] == "Automatic (Your files, Tiingo, Finnhub)"


def test_what_is_not_set_up_says_what_to_do_and_cannot_be_chosen() -> None:
    row = rows(Sources(("demo",), {"demo": "Demo prices"}, {"tiingo": HOW}))["source-tiingo"]
    assert said(row) == ["Tiingo", "not set up", HOW]
    assert (row["aria-disabled"], row["data-why"]) == ("true", HOW)
    assert "data-choose" not in row


def test_only_where_there_is_nothing_but_the_demo_it_tells_how_to_get_live_prices(tmp_path: Path) -> None:
    demo = source_picker(1, sources_of(house(tmp_path, [DemoProvider()]).cache, {}))
    assert GET_LIVE in str(demo)
    (tmp_path / "live").mkdir()
    live = house(tmp_path / "live", [ScriptedProvider(utc("2025-03-07 16:00"))]).cache
    assert GET_LIVE not in str(source_picker(1, sources_of(live, {})))


def test_the_page_is_told_of_those_that_are_not_well_in_seconds_from_now() -> None:
    states = [
        SourceState("tiingo", "Tiingo", Kind.LIVE, "limited", "Used up.", 1_060.0),
        SourceState("finnhub", "Finnhub", Kind.LIVE, "refused", "Not in your plan.", None),
        SourceState("yahoo", "Yahoo", Kind.LIVE),
    ]
    assert states_message(states, 1_000.0) == [
        {"name": "tiingo", "state": "limited", "words": "Used up.", "left_s": 60.0},
        {"name": "finnhub", "state": "refused", "words": "Not in your plan.", "left_s": None},
    ]

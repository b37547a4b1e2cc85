"""The source of prices as a person chooses it: the chain, one source, and what to do where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.kit import provider_server as stand_in
from tests.kit.chart_page import ChartPage
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import utc
from tests.kit.scripted_app import LiveApp

SATURDAY = utc("2025-03-08 16:00")
LIMIT = stand_in.status(429, '{"detail":"Error: You have run over your hourly request allocation."}')


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveApp]:
    with LiveApp(tmp_path, "tiingo", "yahoo", now=SATURDAY) as running:
        yield running


@pytest.fixture
def live(page: Page, market: LiveApp) -> ChartPage:
    return ChartPage(page, market.url)


def calls(server: ProviderServer) -> list[str]:
    return sorted({call.source for call in server.seen})


def pick(chart: ChartPage, name: str) -> None:
    chart.choose("source-picker")
    chart.choose(f"source-{name}")


def test_a_source_is_chosen_kept_in_the_link_and_let_go_again(live: ChartPage, market: LiveApp) -> None:
    """The view stays; back and reload keep the choice; Automatic is the first one of the chain again."""
    before = live.open("?t=AAPL&r=D&from=2024-12-02&to=2025-02-28")
    assert (before.source, calls(market.stand_in)) == ("tiingo", ["tiingo"])
    expect(live.part("source-picker")).to_have_text("Tiingo")
    pick(live, "yahoo")
    expect(live.card).to_have_attribute("data-source", "yahoo")
    after = live.ready()
    assert (after.first, after.last) == (before.first, before.last)
    assert "source=yahoo" in live.page.url
    expect(live.part("source-picker")).to_have_text("Yahoo")
    live.page.reload()
    assert live.ready().source == "yahoo"
    expect(live.part("source-yahoo")).to_have_attribute("aria-checked", "true")
    pick(live, "automatic")
    expect(live.card).to_have_attribute("data-source", "tiingo")
    expect(live.part("source-automatic")).to_have_attribute("aria-checked", "true")
    live.ready()
    assert "source=" not in live.page.url
    live.page.go_back()
    expect(live.card).to_have_attribute("data-source", "yahoo")


def test_a_source_that_is_limited_says_so_and_can_still_be_chosen(live: ChartPage, market: LiveApp) -> None:
    """The next one answers meanwhile; chosen alone, the page says when it asks again."""
    market.stand_in.fail("/tiingo/", LIMIT)
    assert live.open("?t=AAPL&r=D&from=2024-12-02&to=2025-02-28").source == "yahoo"
    live.choose("source-picker")
    row = live.part("source-tiingo")
    expect(row).to_contain_text("limited")
    expect(row).to_contain_text("Tiingo's hourly budget is used up until")
    expect(live.part("source-yahoo")).to_contain_text("ok")
    row.click()
    expect(live.part("error-message")).to_contain_text("This page asks again in")
    expect(live.card).to_have_attribute("data-source", "yahoo")


def test_what_is_not_set_up_says_what_to_do_and_changes_nothing(chart: ChartPage) -> None:
    """By keyboard too: the row is reached, and read out with its reason."""
    before, asked = chart.open(), len(chart.questions)
    address = chart.page.url
    chart.part("source-picker").focus()
    for key in ("Enter", "End", "ArrowUp", "ArrowUp"):
        chart.page.keyboard.press(key)
    expect(chart.part("source-tiingo")).to_be_focused()
    expect(chart.part("source-tiingo")).to_have_attribute("aria-disabled", "true")
    chart.page.keyboard.press("Enter")
    expect(chart.part("notes")).to_contain_text("Tiingo needs a key: set TIINGO_API_KEY")
    assert (chart.view(), chart.page.url, len(chart.questions)) == (before, address, asked)
    expect(chart.part("source-automatic")).to_have_attribute("aria-checked", "true")


def test_on_the_demo_alone_it_tells_how_to_get_live_prices(chart: ChartPage) -> None:
    chart.open()
    chart.choose("source-picker")
    words = "Demo prices from 2000 to 2013; intraday is simulated. Add a key to see live markets."
    expect(chart.page.get_by_text(words)).to_be_visible()

"""The ticker box as a person uses it: by keyboard, mouse and finger, and when the search does not answer."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.kit.app_process import AppProcess
from tests.kit.chart_page import ChartPage
from tests.kit.files import csv_of, daily_rows

SEARCH = "**/api/v2/tickers/search*"


class Search:
    """The box of one chart."""

    def __init__(self, chart: ChartPage) -> None:
        """Open the chart and look at its box."""
        self.chart = chart
        self.before = chart.open("?t=AAPL")
        self.text: Locator = chart.page.get_by_test_id("ticker-input")
        self.matches: Locator = chart.page.get_by_test_id("search-results")
        self.rows: Locator = self.matches.get_by_role("option")

    def type(self, text: str) -> None:
        """Click into the box and type, letter by letter."""
        self.text.click()
        self.text.press_sequentially(text)

    def offers(self, ticker: str) -> Locator:
        """Wait for the row of a ticker."""
        row = self.rows.filter(has=self.chart.page.get_by_text(ticker, exact=True))
        expect(row).to_have_count(1)
        return row

    def chosen(self) -> str:
        """Return the ticker that the chart has changed to."""
        return self.chart.changed(self.before, lambda view: view.ticker).ticker


@pytest.fixture
def search(chart: ChartPage) -> Search:
    """Return the box on a page that shows AAPL."""
    return Search(chart)


@pytest.mark.parametrize(
    ("typed", "ticker", "company", "exchange"),
    [
        ("appl", "AAPL", "Apple Inc.", "NASDAQ"),
        ("apple", "AAPL", "Apple Inc.", "NASDAQ"),
        ("goo", "GOOG", "Alphabet Inc. (Google)", "NASDAQ"),
        ("ber", "BRK.B", "Berkshire Hathaway Inc", "no prices here"),
        ("microsoft", "MSFT", "Microsoft Corp", "NASDAQ"),
    ],
)
def test_a_symbol_or_a_company_finds_symbol_name_and_exchange(
    search: Search, typed: str, ticker: str, company: str, exchange: str
) -> None:
    search.type(typed)
    row = search.offers(ticker)
    assert row.locator("span").all_inner_texts() == [ticker, company, exchange]
    expect(search.text).to_have_value(typed)
    weight = row.locator("span").first.evaluate("span => getComputedStyle(span).fontWeight")
    assert int(weight) >= 600


def test_the_box_says_ticker_and_company_and_a_click_takes_all_of_its_text(search: Search) -> None:
    """What is typed then replaces the ticker; as soon as it differs the company goes."""
    expect(search.text).to_have_value("AAPL")
    expect(search.text).to_have_accessible_description("Apple Inc.")
    name = search.chart.card.get_by_text("Apple Inc.", exact=True).locator("visible=true").first
    expect(name).to_be_visible()
    search.text.click()
    assert search.text.evaluate("box => [box.selectionStart, box.selectionEnd]") == [0, 4]
    search.text.press("m")
    expect(search.text).to_have_value("m")
    expect(search.chart.card.locator(".search-name")).to_be_hidden()


def test_the_keyboard_alone_chooses_a_row(search: Search) -> None:
    """WAI-ARIA's combobox: the focus stays in the box, the active row is named, Enter takes it."""
    expect(search.text).to_have_attribute("aria-expanded", "false")
    search.type("microsoft")
    search.offers("MSFT")
    expect(search.text).to_have_attribute("aria-expanded", "true")
    search.text.press("ArrowUp")
    search.text.press("ArrowDown")
    active = search.text.get_attribute("aria-activedescendant")
    assert active == search.rows.first.get_attribute("id")
    expect(search.rows.first).to_have_attribute("aria-selected", "true")
    expect(search.text).to_have_value("microsoft")
    expect(search.text).to_be_focused()
    search.text.press("Enter")
    assert search.chosen() == "MSFT"
    expect(search.text).to_have_value("MSFT")
    expect(search.text).not_to_be_focused()
    expect(search.matches).to_be_hidden()
    expect(search.text).to_have_accessible_description("Microsoft Corp")


def test_the_focus_goes_on_to_the_stage_where_that_takes_it(search: Search) -> None:
    stage = search.chart.card.locator(".stage")
    stage.evaluate("stage => { stage.tabIndex = 0; }")
    search.type("ibm")
    search.text.press("Enter")
    expect(stage).to_be_focused()


def test_the_arrows_go_round_by_the_typed_text(search: Search) -> None:
    """Beyond the last row is none, and Enter there takes what is typed."""
    search.type("apple")
    search.offers("AAPL")
    expect(search.rows.first).to_have_attribute("aria-selected", "true")
    count = search.rows.count()
    assert count > 1
    search.text.press("ArrowUp")
    assert search.text.get_attribute("aria-activedescendant") is None
    assert search.matches.locator('[aria-selected="true"]').count() == 0
    search.text.press("ArrowUp")
    expect(search.rows.nth(count - 1)).to_have_attribute("aria-selected", "true")
    search.text.press("ArrowDown")
    search.text.press("Enter")
    expect(search.chart.part("error-message")).to_contain_text("APPLE")


@pytest.mark.parametrize(
    ("typed", "ticker"), [("microsoft", "MSFT"), ("goo", "GOOG"), ("int", "IBM"), ("msft", "MSFT")]
)
def test_enter_takes_the_best_match(search: Search, typed: str, ticker: str) -> None:
    """It is highlighted as soon as the matches are there."""
    search.type(typed)
    row = search.offers(ticker)
    expect(row).to_have_attribute("aria-selected", "true")
    assert search.text.get_attribute("aria-activedescendant") == row.get_attribute("id")
    search.text.press("Enter")
    assert search.chosen() == ticker
    expect(search.text).to_have_value(ticker)


def test_enter_before_the_matches_waits_for_them(search: Search, page: Page) -> None:
    """The text stays in the box meanwhile, whatever the chart says, and the keys are the chart's."""
    held: list[Route] = []
    page.route(SEARCH, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handlers
    with page.expect_request("**q=microsoft&*"):
        search.type("microsoft")
        search.text.press("Enter")
    expect(search.text).not_to_be_focused()
    search.chart.card.evaluate("card => window.chandlery.search.show(card, 'AAPL', 'Apple Inc.')")
    expect(search.text).to_have_value("microsoft")
    assert search.chart.view().ticker == "AAPL"
    for route in held:
        route.continue_()
    assert search.chosen() == "MSFT"
    expect(search.matches).to_be_hidden()


def test_enter_takes_the_text_when_no_matches_come(search: Search, page: Page) -> None:
    """A search that does not answer is not waited for any longer than a second."""
    page.route(SEARCH, lambda _: None)
    search.type("ibm")
    search.text.press("Enter")
    assert search.chosen() == "IBM"
    page.unroute(SEARCH)
    page.route(SEARCH, lambda route: route.fulfill(status=200, content_type="text/html", body="no"))
    search.type("apple")
    search.text.press("Enter")
    expect(search.chart.part("error-message")).to_contain_text("APPLE")


@pytest.mark.parametrize("ticker", ["ZZZQ", "BRK.B", "A", "GOO"])
def test_a_text_that_is_a_ticker_or_none_of_the_matches_opens_as_it_is(search: Search, ticker: str) -> None:
    """GOO is no ticker, but GOOG begins with it; the others open, whatever the list would rather offer."""
    search.type(ticker.lower())
    search.text.press("Enter")
    wanted = {"GOO": "GOOG"}.get(ticker, ticker)
    expect(search.chart.card).to_have_attribute("data-ticker", wanted)


def test_a_persons_own_file_is_found_and_opened(page: Page, tmp_path: Path) -> None:
    """A ticker that nobody else knows, though a company's name begins with it."""
    prices = csv_of(daily_rows(date(2024, 6, 3), date(2024, 6, 14)))
    for name in ("MICRO", "IBM"):
        (tmp_path / f"{name}.csv").write_text(prices)
    with AppProcess(tmp_path / "data", PROVIDERS="files", FILES_DIR=str(tmp_path)) as app:
        chart = ChartPage(page, app.url)
        chart.open("?t=IBM")
        text = page.get_by_test_id("ticker-input")
        text.click()
        text.press_sequentially("mic")
        first = page.get_by_test_id("search-results").get_by_role("option").first
        expect(first).to_contain_text("MICRO")
        expect(first).to_have_attribute("aria-selected", "true")
        text.press_sequentially("ro")
        text.press("Enter")
        expect(chart.card).to_have_attribute("data-ticker", "MICRO")
        assert chart.ready().source == "files"


def test_enter_without_a_row_takes_the_text_as_a_ticker(search: Search) -> None:
    """Also one that the list lacks: the source decides what it has, not the list."""
    search.type("mine.x")
    search.text.press("Enter")
    expect(search.chart.card).to_have_attribute("data-state", "error")
    expect(search.chart.part("error-message")).to_contain_text("MINE.X")
    search.type("ibm")
    search.offers("IBM")
    search.text.press("Enter")
    assert search.chart.ready().ticker == "IBM"


def test_escape_closes_the_matches_then_brings_the_ticker_back(search: Search) -> None:
    search.type("micro")
    search.offers("MSFT")
    search.text.press("Escape")
    expect(search.matches).to_be_hidden()
    expect(search.text).to_have_attribute("aria-expanded", "false")
    expect(search.text).to_have_value("micro")
    search.text.press("Escape")
    expect(search.text).to_have_value("AAPL")
    expect(search.text).to_be_focused()
    search.text.press("ArrowDown")
    search.offers("AAPL")


def test_tab_takes_the_active_row_and_goes_on(search: Search) -> None:
    search.type("microsoft")
    search.offers("MSFT")
    search.text.press("ArrowUp")
    search.text.press("ArrowDown")
    search.text.press("Tab")
    assert search.chosen() == "MSFT"
    expect(search.text).not_to_be_focused()


def test_who_leaves_without_a_choice_finds_the_ticker_again(search: Search) -> None:
    """Tab without a row, or a click elsewhere: a box that names another ticker than its chart would lie."""
    asked = len(search.chart.questions)
    search.type("micro")
    search.offers("MSFT")
    search.text.press("Tab")
    expect(search.text).to_have_value("AAPL")
    expect(search.matches).to_be_hidden()
    search.type("micro")
    search.offers("MSFT")
    search.chart.card.locator(".stage").click(position={"x": 600, "y": 300})
    expect(search.text).to_have_value("AAPL")
    expect(search.matches).to_be_hidden()
    assert len(search.chart.questions) == asked


def test_a_click_on_a_row_chooses_it(search: Search) -> None:
    search.type("micro")
    search.offers("MSFT").click()
    assert search.chosen() == "MSFT"
    expect(search.text).to_have_value("MSFT")
    expect(search.matches).to_be_hidden()


def test_back_brings_the_former_ticker_into_the_box(search: Search) -> None:
    search.type("ibm")
    search.text.press("Enter")
    search.chosen()
    search.chart.page.wait_for_url("**t=IBM**")
    search.chart.page.go_back()
    expect(search.text).to_have_value("AAPL")
    expect(search.text).to_have_accessible_description("Apple Inc.")


def test_an_answer_that_comes_while_a_person_types_leaves_the_text_alone(search: Search) -> None:
    search.type("micro")
    search.offers("MSFT")
    search.chart.card.evaluate("card => window.chandlery.search.show(card, 'IBM', 'Big Blue')")
    expect(search.text).to_have_value("micro")
    expect(search.matches).to_be_visible()
    search.text.press("Escape")
    search.text.press("Escape")
    expect(search.text).to_have_value("IBM")


def found(*names: str) -> str:
    """Return a body of the route with a match for each name."""
    rows: list[dict[str, Any]] = [
        {"ticker": f"T{i}", "name": name, "exchange": "NYSE"} for i, name in enumerate(names)
    ]
    return json.dumps({"query": "", "results": rows, "count": len(rows)})


def test_the_answer_to_an_older_text_is_dropped(search: Search, page: Page) -> None:
    """The first question is answered last."""
    held: list[Route] = []

    def take(route: Route) -> None:
        if route.request.url.endswith("q=micro&limit=8"):
            route.fulfill(status=200, content_type="application/json", body=found("Newer"))
        else:
            held.append(route)

    page.route(SEARCH, take)
    with page.expect_request(SEARCH):
        search.type("m")
    with page.expect_request("**q=micro*"):
        search.text.press_sequentially("icro")
    expect(search.rows).to_have_text(["T0 Newer NYSE"])
    with page.expect_response("**q=m&*"):
        for route in held:
            route.fulfill(status=200, content_type="application/json", body=found("Older", "Oldest"))
    expect(search.rows).to_have_text(["T0 Newer NYSE"])


def test_a_search_that_fails_leaves_the_box_usable(search: Search, page: Page) -> None:
    """No matches, no error on the page; the typed ticker works."""
    page.route(SEARCH, lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>No"))
    with page.expect_response(SEARCH):
        search.type("ibm")
    expect(search.matches).to_be_hidden()
    expect(search.text).to_have_value("ibm")
    search.text.press("Enter")
    assert search.chosen() == "IBM"


def test_what_the_server_says_is_shown_as_text(search: Search, page: Page) -> None:
    markup = '<img src=x onerror="document.title=1"><b>bold</b>'
    page.route(
        SEARCH, lambda route: route.fulfill(status=200, content_type="application/json", body=found(markup))
    )
    search.type("x")
    expect(search.rows.first).to_contain_text(markup)
    assert search.matches.locator("img, b").count() == 0


def test_on_a_phone_rows_are_high_enough_to_touch_and_nothing_overflows(chart: ChartPage) -> None:
    chart.page.set_viewport_size({"width": 375, "height": 700})
    search = Search(chart)
    search.type("ber")
    search.offers("BRK.B")
    heights = search.rows.evaluate_all("rows => rows.map((row) => row.getBoundingClientRect().height)")
    assert min(heights) >= 40
    box = search.matches.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
    below = search.text.bounding_box()
    assert below is not None
    assert 0 <= box["y"] - (below["y"] + below["height"]) <= 12
    assert below["height"] >= 40
    assert chart.page.evaluate("document.documentElement.scrollWidth") <= 375
    search.offers("BRK.B").click()
    expect(search.text).to_have_value("BRK.B")

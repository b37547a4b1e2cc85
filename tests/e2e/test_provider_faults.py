"""What the page makes of its source of prices: slow, out of reach, out of budget, with news (section 6)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from adapters.errors import ProviderError, RateLimitedError, UnavailableError
from tests.e2e.test_returning import SHOWN
from tests.kit.app_process import AppProcess
from tests.kit.chart_page import HANG_GUARD_MS, ChartPage
from tests.kit.files import bar, csv_of, daily_rows
from tests.kit.providers import utc
from tests.kit.scripted_app import Gate, ScriptedApp

VIEW = "?t=AAPL&r=D&from=2024-12-02&to=2025-03-07"
DOWN = "Tiingo did not answer. Try again in a minute."
BUSY = "Tiingo's hourly budget is used up until 15:00."
RUNNING_LIFE_S, LATER_S = 15, 600


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[ScriptedApp]:
    with ScriptedApp(tmp_path) as running:
        yield running


@pytest.fixture
def live(page: Page, scripted: ScriptedApp) -> ChartPage:
    """Return the chart over a provider that the test holds; nothing is spread over time by chance."""
    page.add_init_script("Math.random = () => 0")
    return ChartPage(page, scripted.url)


def test_h3_a_hit_does_not_wait_for_the_provider_as_a_miss_does(
    live: ChartPage, scripted: ScriptedApp
) -> None:
    """H3: with a provider that does not answer, the first visit waits and the second is there."""
    gate = scripted.provider.before = Gate()
    gate.close()
    live.page.goto(f"{live.url}/{VIEW}")
    expect(live.part("loading-indicator")).to_be_visible()
    gate.wait()
    expect(live.card).to_have_attribute("data-state", "loading")
    gate.open()
    miss = live.ready()
    expect(live.part("cache-source")).to_have_text("from scripted")
    gate.close()
    live.page.reload()
    assert live.ready() == miss
    expect(live.part("cache-source")).to_have_text("from memory")
    assert not gate.reached


def test_h3_tiers_are_told_in_headers_too(live: ChartPage) -> None:
    """H3, H4: the page's words and the API's headers tell the same story."""
    address = f"{live.url}/api/v2/tickers/AAPL/ohlc?start_date=2024-12-02&end_date=2025-03-06"
    told = [live.page.request.get(address).headers["x-cache-source"] for _ in range(2)]
    assert told == ["scripted", "in-memory"]


def test_stale_prices_are_shown_as_such_and_a_retry_mends_them(
    live: ChartPage, scripted: ScriptedApp
) -> None:
    """cache-11, H30: past their life and the provider gone: shown, in amber, with their age."""
    fresh = live.open(VIEW)
    calm = dot(live)
    scripted.clock.now_s += LATER_S
    scripted.provider.error = UnavailableError(DOWN, provider="scripted")
    live.page.reload()
    expect(live.card).to_have_attribute("data-state", "stale", timeout=HANG_GUARD_MS)
    assert live.view().candles == fresh.candles
    expect(live.part("cache-source")).to_have_text("stale")
    expect(live.part("data-age")).to_contain_text("stale since")
    assert (
        dot(live) == live.card.evaluate("e => getComputedStyle(e).getPropertyValue('--warn').trim()") != calm
    )
    scripted.provider.error = None
    live.choose("range-3M")
    live.ready()
    assert dot(live) == calm
    expect(live.part("data-age")).not_to_contain_text("stale")


def dot(chart: ChartPage) -> str:
    """Return the colour of the dot in the status line, as the tokens write it."""
    red_green_blue: list[int] = chart.part("cache-source").evaluate(
        "e => getComputedStyle(e, '::before').color.match(/[0-9]+/g).slice(0, 3).map(Number)"
    )
    return "#" + "".join(f"{part:02x}" for part in red_green_blue)


@pytest.mark.parametrize(
    ("error", "words", "wait_s"),
    [
        (UnavailableError(DOWN, provider="scripted"), f"{DOWN} This page asks again in 30 s.", 30),
        (
            RateLimitedError(BUSY, provider="scripted", retry_after_s=3600),
            f"{BUSY} This page asks again in 60 min.",
            3600,
        ),
    ],
    ids=["down", "busy"],
)
def test_h27_an_error_is_told_once_asked_again_once_and_retried_by_the_person(
    live: ChartPage, scripted: ScriptedApp, error: ProviderError, words: str, wait_s: int
) -> None:
    """H27: the page asks again when the source may be asked, once: no storm of questions; retry works."""
    scripted.provider.error = error
    live.page.clock.install()
    live.page.goto(f"{live.url}/{VIEW}")
    expect(live.card).to_have_attribute("data-state", "error", timeout=HANG_GUARD_MS)
    expect(live.part("error-message")).to_have_text(words)
    expect(live.part("retry-button")).to_be_visible()
    live.page.clock.fast_forward((wait_s - 2) * 1000)
    assert len(live.questions) == 1
    with live.page.expect_response(lambda answer: "_dash-update" in answer.url):
        live.page.clock.fast_forward(3_000)
    expect(live.part("error-message")).to_have_text(str(error))
    live.page.clock.fast_forward(3 * wait_s * 1000)
    assert len(live.questions) == 2
    with live.page.expect_response(lambda answer: "_dash-update" in answer.url):
        live.choose("retry-button")
    expect(live.card).to_have_attribute("data-state", "error")
    assert len(live.questions) == 3
    scripted.provider.error = None
    live.choose("retry-button")
    assert live.ready().candles > 0
    expect(live.part("error-message")).to_be_hidden()


def test_h27_the_page_asks_by_itself_and_shows_what_has_come(live: ChartPage, scripted: ScriptedApp) -> None:
    """H27: nobody has to press anything once the source has recovered; then all is as it was."""
    scripted.provider.present = utc("2025-03-07 22:00")  # the market is closed: nothing else is to come
    scripted.provider.error = UnavailableError(DOWN, provider="scripted", retry_after_s=20)
    live.page.clock.install()
    live.page.goto(f"{live.url}/{VIEW}")
    expect(live.card).to_have_attribute("data-state", "error", timeout=HANG_GUARD_MS)
    scripted.provider.error = None
    live.page.clock.fast_forward(21_000)
    assert live.ready().candles > 0
    expect(live.part("error-message")).to_be_hidden()
    asked = len(live.questions)
    live.page.clock.fast_forward(120_000)
    assert len(live.questions) == asked


def test_h27_behind_a_hidden_tab_it_is_asked_when_somebody_looks_again(
    live: ChartPage, scripted: ScriptedApp
) -> None:
    """H27: nobody sees an answer there; one question, however long they were away."""
    scripted.provider.error = UnavailableError(DOWN, provider="scripted", retry_after_s=20)
    live.page.clock.install()
    live.page.goto(f"{live.url}/{VIEW}")
    expect(live.card).to_have_attribute("data-state", "error", timeout=HANG_GUARD_MS)
    live.page.evaluate(SHOWN, arg=True)
    live.page.clock.fast_forward(600_000)
    scripted.provider.error = None
    assert len(live.questions) == 1
    live.page.evaluate(SHOWN, arg=False)
    live.ready()
    assert len(live.questions) == 2


def test_h27_who_goes_on_with_what_is_there_is_left_alone(live: ChartPage, scripted: ScriptedApp) -> None:
    """H27: five minutes were refused; who pans on among days is not taken to minutes half a minute later."""
    live.page.clock.install()
    live.open(VIEW)
    scripted.provider.error = UnavailableError(DOWN, provider="scripted")
    live.choose("resolution-5")
    expect(live.part("error-message")).to_contain_text("This page asks again in 30 s.")
    asked = len(live.questions)
    live.drag(20)
    expect(live.part("error-message")).to_have_text(DOWN)
    scripted.provider.error = None
    live.page.clock.fast_forward(120_000)
    live.page.wait_for_timeout(200)
    assert len(live.questions) == asked
    assert live.view().resolution == "D"
    live.choose("retry-button")
    live.ready()
    expect(live.card).to_have_attribute("data-resolution", "5")


def test_h27_pages_that_were_refused_together_do_not_come_back_together(
    page: Page, scripted: ScriptedApp
) -> None:
    """H27: up to a tenth later, and the sentence says the time that it really takes."""
    page.add_init_script("Math.random = () => 1")
    scripted.provider.error = UnavailableError(DOWN, provider="scripted")
    ChartPage(page, scripted.url).page.goto(f"{scripted.url}/{VIEW}")
    expect(page.get_by_test_id("error-message")).to_have_text(f"{DOWN} This page asks again in 33 s.")


def test_h27_a_rate_limit_is_429_with_retry_after_and_both_are_kept(
    live: ChartPage, scripted: ScriptedApp
) -> None:
    """H27: scripts are told when to ask again."""
    scripted.provider.error = RateLimitedError(BUSY, provider="scripted", retry_after_s=42)
    answer = live.page.request.get(f"{live.url}/api/v2/tickers/AAPL/ohlc?range=1M")
    assert (answer.status, answer.headers["retry-after"]) == (429, "42")


def test_an_error_over_candles_leaves_them_and_says_what_to_do(
    live: ChartPage, scripted: ScriptedApp
) -> None:
    """H27: what is on the screen belongs to the same ticker and stays."""
    before = live.open(VIEW)
    scripted.provider.error = UnavailableError(DOWN, provider="scripted")
    live.enter("msft")
    expect(live.card).to_have_attribute("data-state", "error")
    expect(live.card).to_have_attribute("data-ticker", "MSFT")
    assert live.drawn() == 0, "candles of another ticker go"
    live.enter("aapl")
    assert live.ready().ticker == before.ticker
    live.choose("resolution-5")
    expect(live.card).to_have_attribute("data-state", "error")
    expect(live.part("error-message")).to_contain_text(DOWN)
    assert live.drawn() >= before.candles
    scripted.provider.error = None
    live.choose("retry-button")
    live.ready()


def test_a_ticker_that_becomes_known_is_shown_by_a_retry(live: ChartPage, scripted: ScriptedApp) -> None:
    """cache-4: that a ticker is unknown is never kept."""
    live.open(VIEW)
    live.enter("zzzq")
    expect(live.part("error-message")).to_contain_text("No prices for ZZZQ. Check the spelling")
    scripted.provider.known |= {"ZZZQ"}
    live.choose("retry-button")
    assert live.ready().ticker == "ZZZQ"


def test_h22_a_running_price_reaches_an_open_page(live: ChartPage, scripted: ScriptedApp) -> None:
    """H22, cache-7: past the life of a running candle the next question brings the new one."""
    live.open(VIEW)
    expect(live.part("current-price")).to_have_text("100.00")
    scripted.provider.close = 123.45
    scripted.clock.now_s += RUNNING_LIFE_S + 1
    live.choose("range-3M")
    expect(live.part("current-price")).to_have_text("123.45")
    expect(live.part("legend-readout")).to_contain_text("C 123.45")


def test_h22_a_row_added_to_a_file_reaches_the_page(page: Page, tmp_path: Path) -> None:
    """H22: by the next question, without a restart and without a reload."""
    folder = tmp_path / "files"
    folder.mkdir()
    rows = daily_rows(date(2024, 6, 3), date(2025, 3, 6))
    prices = folder / "AAPL.csv"
    prices.write_text(csv_of(rows))
    with AppProcess(tmp_path / "data", PROVIDERS="files", FILES_DIR=str(folder)) as app:
        chart = ChartPage(page, app.url)
        assert chart.open("?t=AAPL&range=3M").last[:10] == "2025-03-06"
        # As editors do it: written beside, then put in its place.
        beside = tmp_path / "AAPL.csv"
        beside.write_text(csv_of([*rows, (date(2025, 3, 7), *bar(7))]))
        shutil.move(beside, prices)
        knows(chart, "2025-03-07")
        chart.choose("range-6M")
        expect(chart.card).to_have_attribute("data-last", "2025-03-07T00:00:00Z")
        expect(chart.part("legend-readout")).to_contain_text("C 107.75")


def knows(chart: ChartPage, day: str) -> None:
    """Wait until the server has looked at its folder again; it does so once a second."""
    until = time.monotonic() + HANG_GUARD_MS / 1000
    address = f"{chart.url}/api/v2/tickers/AAPL/ohlc?range=1W"
    while chart.page.request.get(address).json()["candles"][-1]["date"] != day:
        assert time.monotonic() < until, f"the server never saw {day}"
        chart.page.wait_for_timeout(100)

"""The chart in the browser (requirements section 6)."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.kit.app_process import AppProcess
from tests.kit.chart_page import CALLBACKS, ChartPage, is_question
from tests.kit.testids import CHART, LATER, PAGES


@pytest.mark.parametrize("path", sorted(PAGES))
def test_every_promised_test_id_is_on_its_page(page: Page, app: AppProcess, path: str) -> None:
    """One check names what is missing; what is not built yet is listed, and taken off the list when it is."""
    ChartPage(page, app.url).open(f"{path.removeprefix('/')}?t=AAPL")
    present = set(page.eval_on_selector_all("[data-testid]", "all => all.map(e => e.dataset.testid)"))
    assert sorted(PAGES[path] - present) == []
    assert sorted(LATER & present) == []


def test_h1_the_chart_shows_on_the_first_visit(chart: ChartPage) -> None:
    """H1: candles are drawn, not only loaded."""
    view = chart.open()
    assert (view.ticker, view.source, view.resolution) == ("AAPL", "demo", "D")
    assert chart.drawn() >= view.candles > 100
    assert view.last == "2013-03-01T00:00:00Z"


def test_h2_the_chart_shows_within_five_seconds(chart: ChartPage) -> None:
    """H2: from navigation to candles, with an empty browser cache."""
    chart.page.goto(f"{chart.url}/?t=MSFT")
    expect(chart.card).to_have_attribute("data-state", "ready", timeout=5_000)


def test_h4_the_source_and_the_age_are_visible(page: Page, fresh_app: AppProcess) -> None:
    """H4, H30."""
    chart = ChartPage(page, fresh_app.url)
    chart.open()
    expect(chart.part("cache-source")).to_have_text("from demo")
    expect(chart.part("data-age")).to_contain_text("fetched")
    expect(chart.part("current-price")).to_have_text("430.47")


def test_h5_a_range_change_asks_the_server(chart: ChartPage) -> None:
    """H5: one question, and a wider window."""
    before = chart.open()
    asked = len(chart.questions)
    chart.choose("range-5Y")
    after = chart.changed(before)
    assert len(chart.questions) == asked + 1
    assert after.first < before.first


def test_h6_a_resolution_change_changes_the_candles(chart: ChartPage) -> None:
    """H6."""
    before = chart.open()
    chart.choose("resolution-W")
    after = chart.changed(before, lambda view: (view.resolution, view.candles))
    assert after.resolution == "W"
    chart.choose("resolution-60")
    assert chart.changed(after).resolution == "60"


def test_h9_a_refresh_is_served_from_the_cache(page: Page, fresh_app: AppProcess) -> None:
    """H9: from memory after a reload, from the table after a restart, with the same candles."""
    chart = ChartPage(page, fresh_app.url)
    first = chart.open()
    page.reload()
    assert chart.ready() == first
    expect(chart.part("cache-source")).to_have_attribute("title", "in-memory")
    fresh_app.restart()
    page.reload()
    assert chart.ready() == first
    expect(chart.part("cache-source")).to_have_attribute("title", "sqlite")


def test_h21_answers_are_never_stored_by_the_browser(chart: ChartPage) -> None:
    """H21: neither the page's nor the API's."""
    chart.open()
    answer = chart.questions[0].response()
    assert answer is not None
    assert answer.headers["cache-control"] == "no-store"
    api = chart.page.request.get(f"{chart.url}/api/v2/tickers/AAPL/ohlc?range=1M")
    assert api.headers["cache-control"] == "no-store"


def test_a_person_drags_back_from_2013_to_2000_and_the_view_never_jumps(chart: ChartPage) -> None:
    """level-3: every drag moves the window back; old candles are there; the start of history is said."""
    view = chart.open("?t=AAPL&range=5Y")
    for _ in range(12):
        if chart.part("start-of-history").is_visible():
            break
        chart.drag(900)
        after = chart.changed(view)
        assert after.first < view.first
        assert after.candles > 0
        view = after
    expect(chart.part("start-of-history")).to_have_text("Start of history: 1 Mar 2000")
    assert view.first[:4] == "2000"


def test_a_person_zooms_into_one_day_down_to_minutes_and_out_again(chart: ChartPage) -> None:
    """level-2: the level follows the span, finest in and coarser out."""
    view = chart.open("?t=AAPL")
    seen = [view.resolution]
    for notches in [-8] * 9 + [8] * 9:
        chart.wheel(notches)
        view = chart.changed(view)
        seen.append(view.resolution)
    order = ["1", "5", "15", "30", "60", "D", "W", "M"]
    inwards = [order.index(r) for r in seen[:10]]
    outwards = [order.index(r) for r in seen[9:]]
    assert inwards == sorted(inwards, reverse=True)
    assert outwards == sorted(outwards)
    assert "1" in seen


def test_small_pans_ask_nothing(chart: ChartPage) -> None:
    """level-3: there is a margin on both sides, so most looks stay in the browser."""
    view = chart.open("?t=AAPL&from=2010-01-04&to=2010-06-30")
    asked = len(chart.questions)
    for pixels in (60, -60, 80):
        chart.drag(pixels)
        view = chart.changed(view)
    assert len(chart.questions) == asked


def test_the_link_of_a_view_opens_the_same_view(chart: ChartPage) -> None:
    """H8, level-20: reload, a link, back and forward keep ticker, resolution and window."""
    before = chart.open("?t=IBM&r=W&from=2005-01-03&to=2008-12-31")
    chart.drag(200)
    moved = chart.changed(before)
    chart.page.wait_for_url(lambda url: "from=2005-01-03" not in url)
    chart.page.reload()
    again = chart.ready()
    assert (again.first, again.last, again.resolution) == (moved.first, moved.last, moved.resolution)
    chart.enter(" msft ")
    other = chart.changed(moved)
    assert other.ticker == "MSFT"
    chart.page.wait_for_url("**t=MSFT**")
    chart.page.go_back()
    assert chart.changed(other).ticker == "IBM"
    chart.page.go_forward()
    assert chart.changed(moved).ticker == "MSFT"


@pytest.mark.parametrize("text", ["zzzq", "<b>x</b>", "A" * 10_000, "AA PL", "é"])
def test_a_ticker_that_cannot_be_shown_is_told_and_nothing_breaks(chart: ChartPage, text: str) -> None:
    """Bad input: a sentence that says what to do, as text; and the next ticker works."""
    chart.open()
    chart.enter(text)
    expect(chart.card).to_have_attribute("data-state", "error")
    expect(chart.part("error-message")).to_contain_text("AAPL")
    expect(chart.part("retry-button")).to_be_visible()
    assert chart.card.locator("b").count() == 0
    chart.enter("MSFT")
    expect(chart.part("error-message")).to_be_hidden()
    assert chart.ready().ticker == "MSFT"


def test_scripts_come_from_this_server_only(chart: ChartPage) -> None:
    """A strict script policy, and the page works under it."""
    answer = chart.page.goto(f"{chart.url}/?t=AAPL")
    assert answer is not None
    policy = dict(p.strip().split(" ", 1) for p in answer.headers["content-security-policy"].split(";"))
    assert "unsafe" not in policy["script-src"]
    chart.ready()


def test_the_callback_refuses_what_a_browser_would_not_send(chart: ChartPage) -> None:
    """Bad input: an answer with a sentence, never a traceback, for a forged question."""
    chart.open()
    body = chart.body(chart.questions[0])
    for value in ({"ticker": None}, {"ticker": "AAPL", "from": 1e300, "to": "x"}, {"seq": "x", "range": []}):
        body["inputs"][0]["value"] = value
        answer = chart.page.request.post(chart.questions[0].url, data=body)
        assert answer.status == 200, value
        assert "Traceback" not in answer.text()
        assert "error" in answer.text()


def test_ids_are_listed_once() -> None:
    """A test id is either built or later."""
    assert set() == CHART & LATER


def test_a_minute_view_survives_reload_back_and_forward(chart: ChartPage) -> None:
    """level-20: what a link to minutes shows is what was on the screen."""
    first = chart.open("?t=AAPL")
    chart.choose("range-1D")
    day = chart.changed(first)
    chart.page.reload()
    again = chart.ready()
    assert (again.first, again.last, again.resolution) == (day.first, day.last, day.resolution)
    chart.choose("range-1M")
    month = chart.changed(again)
    chart.page.go_back()
    back = chart.changed(month)
    assert (back.first, back.last) == (day.first, day.last)
    chart.page.go_forward()
    forward = chart.changed(back)
    assert (forward.first, forward.last, forward.resolution) == (month.first, month.last, month.resolution)


def test_a_first_ticker_without_prices_leaves_the_page_alive(chart: ChartPage) -> None:
    """Bad input: the box, the ranges and the retry button work after a first answer that is an error."""
    chart.page.goto(f"{chart.url}/?t=ZZZQ")
    expect(chart.card).to_have_attribute("data-state", "error")
    expect(chart.card).to_have_attribute("data-ticker", "ZZZQ")
    asked = len(chart.questions)
    chart.choose("retry-button")
    chart.page.wait_for_function(
        "() => document.querySelector('[data-testid=\"price-chart\"]').dataset.state === 'error'"
    )
    assert len(chart.questions) > asked
    chart.enter("ibm")
    assert chart.ready().ticker == "IBM"


def test_the_running_month_is_on_the_chart(chart: ChartPage) -> None:
    """The page and the API show the same candles, the unfinished one included."""
    view = chart.open("?t=AAPL&r=M&range=MAX")
    api = chart.page.request.get(f"{chart.url}/api/v2/tickers/AAPL/ohlc?range=MAX&resolution=M").json()
    assert (view.candles, view.last[:10]) == (api["count"], api["candles"][-1]["date"])
    expect(chart.part("legend-readout")).to_contain_text("C 430.47")


def test_dragging_past_the_end_keeps_the_span_and_some_candles(chart: ChartPage) -> None:
    """level-3: the view comes back, neither squeezed nor empty."""
    view = chart.open("?t=AAPL&r=D&from=2012-11-01&to=2013-03-01")
    span = """() => {
        const [low, high] = document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range;
        return high - low;
    }"""
    before = chart.page.evaluate(span)
    for _ in range(3):
        chart.drag(-900)
        chart.page.wait_for_timeout(400)
    after = chart.ready()
    assert chart.page.evaluate(span) == pytest.approx(before, rel=1e-6)
    assert after.resolution == view.resolution
    assert after.last == "2013-03-01T00:00:00Z"


def test_a_year_then_one_minute_shows_the_newest_minutes(chart: ChartPage) -> None:
    """A resolution by hand narrows the view to candles, never to emptiness."""
    before = chart.open("?t=AAPL&range=1Y")
    chart.choose("resolution-1")
    after = chart.changed(before)
    assert after.resolution == "1"
    assert after.last == "2013-03-01T20:59:00Z"
    expect(chart.part("notes")).to_contain_text("Narrowed to the 500 candles that fit")


def test_a_first_question_that_is_lost_ends_in_an_error_and_a_retry(
    context: BrowserContext, app: AppProcess
) -> None:
    """H27: nobody waits for ever; fault tests may see the browser's own complaints."""
    page = context.new_page()
    page.route(
        CALLBACKS,
        lambda route: route.abort() if is_question(route.request) else route.continue_(),
    )
    chart = ChartPage(page, app.url)
    page.goto(f"{app.url}/?t=AAPL")
    expect(chart.card).to_have_attribute("data-state", "error")
    page.unroute(CALLBACKS)
    chart.choose("retry-button")
    assert chart.ready().ticker == "AAPL"


def test_the_read_out_is_of_a_candle_on_the_screen(chart: ChartPage) -> None:
    """H19: without a pointer it is the newest visible one."""
    chart.open("?t=AAPL&r=D&from=2005-01-03&to=2005-03-31")
    expect(chart.part("legend-readout")).to_contain_text("Thu 31 Mar 2005")


@pytest.mark.parametrize("path", ["/nope", "/systems", "/track-record/nobody"])
def test_an_address_without_a_page_is_not_found(chart: ChartPage, path: str) -> None:
    """A scraper must not take the frame for an answer."""
    assert chart.page.request.get(f"{chart.url}{path}").status == 404


def test_the_read_out_never_keeps_a_candle_that_has_left_the_screen(chart: ChartPage) -> None:
    """H19: with the pointer over the emptiness before history, it is still of a visible candle."""
    view = chart.open("?t=AAPL&r=D&from=2000-03-01&to=2000-08-31")
    chart.drag(500)
    after = chart.changed(view)
    box = chart.part_box()
    newest = datetime.fromisoformat(after.last).strftime("%-d %b %Y")
    readout = chart.part("legend-readout")
    chart.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 3)
    expect(readout).not_to_contain_text(newest)
    chart.page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 3)
    expect(readout).to_contain_text(newest)

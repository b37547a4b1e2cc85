"""The connection goes and comes back, is slow, or brings nonsense: what the page makes of it (section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, Response, Route, expect

from tests.kit.app_process import AppProcess
from tests.kit.chart_page import CALLBACKS, HANG_GUARD_MS, ChartPage, HeldAnswers, View, is_question
from tests.kit.console import OFFLINE, Console
from tests.kit.flaky_proxy import FlakyProxy

DAILY = "?t=AAPL&r=D&from=2012-11-01&to=2013-03-01"
MIDDLE = "?t=AAPL&r=D&from=2010-01-04&to=2010-06-30"
HEALTH = "**/health"
WORDS = "You are offline. The candles on screen still work."
WORDS_BEFORE_CANDLES = "You are offline. Prices appear when you are back."
NO_ANSWER = "The server did not answer. Check that it is running."
# 400 kbit/s with 400 ms for the way there and back. The proxy holds every 4 KB for the whole latency, one
# after the other: what is asked for here is small, and it still takes seconds.
SLOW_LATENCY_S, SLOW_RATE = 0.2, 50_000


@dataclass
class Outage:
    """A connection to be taken away: by the browser, which says so, or by the network, which does not."""

    context: BrowserContext
    proxy: FlakyProxy
    by: str

    def begin(self) -> None:
        if self.by == "browser":
            self.context.set_offline(True)
        else:
            self.proxy.become("offline")

    def end(self) -> None:
        if self.by == "browser":
            self.context.set_offline(False)
        else:
            self.proxy.become()


@pytest.fixture
def proxy(app: AppProcess) -> Iterator[FlakyProxy]:
    with FlakyProxy(app.port) as running:
        yield running


@pytest.fixture
def far(page: Page, proxy: FlakyProxy) -> ChartPage:
    """Return the chart behind the network that can be made bad."""
    return ChartPage(page, proxy.url)


@pytest.fixture(params=["browser", "network"])
def outage(
    request: pytest.FixtureRequest, context: BrowserContext, proxy: FlakyProxy, console: Console
) -> Outage:
    console.allow(*OFFLINE)
    return Outage(context, proxy, request.param)


def went_offline(chart: ChartPage) -> None:
    """Wait until the page says so, with everything that belongs to it."""
    expect(chart.card).to_have_attribute("data-state", "offline", timeout=HANG_GUARD_MS)
    expect(chart.part("offline-banner")).to_have_text(WORDS)
    expect(chart.part("offline-banner")).to_be_visible()
    expect(chart.part("retry-button")).to_be_visible()
    expect(chart.part("error-message")).to_be_hidden()


def moved(chart: ChartPage, before: View) -> View:
    """Wait until the window has moved, in whatever state."""
    expect(chart.card).not_to_have_attribute("data-first", before.first)
    return chart.view()


def test_h16_offline_is_told_and_the_candles_can_still_be_moved_and_zoomed(
    far: ChartPage, outage: Outage
) -> None:
    """H16: banner and retry, nothing crashes, what is held stays and works."""
    before = far.open(MIDDLE)
    outage.begin()
    far.choose("range-5Y")
    went_offline(far)
    assert far.drawn() >= before.candles
    assert far.view().candles == before.candles
    far.drag(100)
    dragged = moved(far, before)
    assert dragged.first < before.first
    assert dragged.last < before.last
    far.wheel(-4)
    closer = moved(far, dragged)
    assert dragged.first < closer.first < closer.last <= dragged.last
    went_offline(far)


def test_nothing_is_said_to_be_loading_while_the_page_is_offline(far: ChartPage, outage: Outage) -> None:
    """H16: one message at a time, for eyes and for screen readers."""
    far.open(DAILY)
    outage.begin()
    far.choose("range-5Y")
    went_offline(far)
    expect(far.part("loading-indicator")).to_be_hidden(timeout=1_000)


def test_h17_back_online_the_banner_goes_and_the_chart_asks_by_itself(far: ChartPage, outage: Outage) -> None:
    """H17: nobody has to press anything; and it works as before."""
    before = far.open(MIDDLE)
    outage.begin()
    far.drag(700)
    half = moved(far, before)
    far.drag(700)
    gone = moved(far, half)
    went_offline(far)
    asked = len(far.questions)
    outage.end()
    expect(far.part("offline-banner")).to_be_hidden(timeout=HANG_GUARD_MS)
    back = far.ready()
    assert len(far.questions) > asked
    assert back.first <= gone.first
    assert back.last == gone.last
    expect(far.part("retry-button")).to_be_hidden()
    far.choose("range-1Y")
    assert far.changed(back).last == "2013-03-01T00:00:00Z"


def test_h17_mentions_that_were_asked_for_offline_come_when_the_page_is_back(
    far: ChartPage, proxy: FlakyProxy, console: Console
) -> None:
    """H17, ahead-4: the question that was lost is asked again, not given up after a while."""
    console.allow(*OFFLINE)
    far.open(DAILY)
    proxy.become("offline")
    far.choose("mentions-toggle")
    went_offline(far)
    expect(far.card).to_have_attribute("data-mentions", "asked")
    proxy.become()
    expect(far.part("mention-words")).to_have_text("No channel mentions AAPL.", timeout=HANG_GUARD_MS)


def test_a_retry_while_offline_is_told_again_and_a_choice_made_there_is_kept(
    far: ChartPage, proxy: FlakyProxy, console: Console
) -> None:
    """H7, H16, H17: pressing too early does no harm, and what was chosen last comes after the outage."""
    console.allow(*OFFLINE)
    far.open(DAILY)
    proxy.become("offline")
    far.choose("range-5Y")
    went_offline(far)
    far.choose("retry-button")
    went_offline(far)
    proxy.become()
    expect(far.part("offline-banner")).to_be_hidden(timeout=HANG_GUARD_MS)
    after = far.ready()
    # Five years by day, narrowed to the 500 candles that fit.
    assert after.first[:7] == "2011-03"
    assert after.last == "2013-03-01T00:00:00Z"


def test_an_outage_before_the_first_candles_is_told_and_mends_itself(
    chart: ChartPage, console: Console
) -> None:
    """H16, H17: the page has come, the server has gone; no candles to point at."""
    console.allow(*OFFLINE)
    page = chart.page
    page.route(CALLBACKS, lambda route: route.abort() if is_question(route.request) else route.continue_())
    page.route(HEALTH, lambda route: route.abort())
    page.goto(f"{chart.url}/{DAILY}")
    expect(chart.card).to_have_attribute("data-state", "offline", timeout=HANG_GUARD_MS)
    expect(chart.part("offline-banner")).to_have_text(WORDS_BEFORE_CANDLES)
    expect(chart.part("retry-button")).to_be_visible()
    page.unroute(CALLBACKS)
    page.unroute(HEALTH)
    assert chart.ready().last == "2013-03-01T00:00:00Z"
    expect(chart.part("offline-banner")).to_be_hidden()


def test_a_network_that_stalls_is_told_and_mends_itself(far: ChartPage, proxy: FlakyProxy) -> None:
    """H16, H17: connections stay open and nothing comes; no error, no candles lost."""
    before = far.open(DAILY)
    proxy.become("stall")
    far.choose("range-5Y")
    expect(far.part("loading-indicator")).to_be_visible()
    went_offline(far)
    assert far.view().candles == before.candles
    proxy.become()
    expect(far.part("offline-banner")).to_be_hidden(timeout=HANG_GUARD_MS)
    far.ready()


def test_an_answer_that_never_comes_ends_in_an_error_and_a_late_one_is_not_drawn(
    chart: ChartPage, console: Console
) -> None:
    """H27, H28: the server lives but does not answer; after 9 s that is said, and candles stay."""
    console.allow(*OFFLINE)
    chart.page.clock.install()
    before = chart.open(DAILY)
    held = HeldAnswers(chart.page)
    chart.choose("range-5Y")
    held.wait_for(1)
    chart.page.clock.fast_forward(10_000)
    expect(chart.card).to_have_attribute("data-state", "error")
    expect(chart.part("error-message")).to_have_text(NO_ANSWER)
    expect(chart.part("loading-indicator")).to_be_hidden()
    with chart.page.expect_response(lambda answer: is_question(answer.request)):
        held.release()
    assert chart.view().first == before.first
    chart.choose("retry-button")
    again = chart.ready()
    expect(chart.part("error-message")).to_be_hidden()
    assert again.last == before.last


@pytest.mark.parametrize(
    ("status", "body"), [(500, "Internal Server Error"), (502, "<html>Bad gateway</html>"), (200, "<html>hi")]
)
def test_an_answer_that_is_none_is_told_and_the_next_one_is_drawn(
    chart: ChartPage, console: Console, status: int, body: str
) -> None:
    """H27: a broken server, a gateway, a hotel's page: told, candles stay, retry works."""
    console.allow(
        "Callback error updating", "Failed to load resource: the server responded", "SyntaxError", "JSON"
    )
    page = chart.page
    page.clock.install()
    before = chart.open(DAILY)

    def break_it(route: Route) -> None:
        if is_question(route.request):
            route.fulfill(status=status, body=body, content_type="text/html")
        else:
            route.continue_()

    page.route(CALLBACKS, break_it)
    with page.expect_response(lambda answer: is_question(answer.request)):
        chart.choose("range-5Y")
    page.clock.fast_forward(10_000)
    expect(chart.card).to_have_attribute("data-state", "error")
    expect(chart.part("error-message")).to_have_text(NO_ANSWER)
    assert chart.view().candles == before.candles
    page.unroute(CALLBACKS)
    chart.choose("retry-button")
    chart.ready()
    chart.choose("range-1Y")
    assert chart.changed(before).first[:7] == "2012-03"


def test_h15_a_slow_network_shows_that_something_is_on_its_way(far: ChartPage, proxy: FlakyProxy) -> None:
    """H15: the bar is there until the candles are, and then it goes."""
    before = far.open(DAILY.replace("&r=D", ""))
    proxy.become(latency_s=SLOW_LATENCY_S, rate=SLOW_RATE)
    far.choose("range-MAX")
    expect(far.part("loading-indicator")).to_be_visible()
    expect(far.card).to_have_attribute("data-state", "loading")
    assert far.view().first == before.first
    after = far.changed(before)
    assert after.first[:4] == "2000"
    expect(far.part("loading-indicator")).to_be_hidden()


def test_h15_a_slow_first_visit_shows_axes_before_candles(chart: ChartPage) -> None:
    """H15: axes in the place of the candles, never a white page, until the first answer."""
    held = HeldAnswers(chart.page)
    chart.page.goto(f"{chart.url}/{DAILY}")
    held.wait_for(1)
    expect(chart.part("loading-indicator")).to_be_visible()
    expect(chart.card).to_have_attribute("data-state", "loading")
    assert chart.page.locator(".skeleton-plot").is_visible()
    held.release()
    chart.ready()
    expect(chart.page.locator(".skeleton")).to_have_count(0)


def test_h21_no_callback_is_stored_by_the_browser(chart: ChartPage) -> None:
    """H21: whichever callback, whatever it answers."""
    answers: list[Response] = []
    chart.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - the driver marks its handlers
    chart.open(DAILY)
    chart.enter("zzzq")
    expect(chart.card).to_have_attribute("data-state", "error")
    told = [answer.headers.get("cache-control") for answer in answers if "_dash-update" in answer.url]
    assert len(told) >= 2
    assert set(told) == {"no-store"}


def test_h30_the_age_grows_while_the_page_is_open(chart: ChartPage) -> None:
    """H30: the age is of now, not of when the page was opened."""
    chart.page.clock.install()
    chart.open(DAILY)
    expect(chart.part("data-age")).to_contain_text("fetched")
    chart.page.clock.fast_forward("02:00:00")
    expect(chart.part("data-age")).to_contain_text("fetched 2 h")

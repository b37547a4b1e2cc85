"""What a channel said, on its page: stocks, timeline, giving a transcript, deciding (record-2, -5, -7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.kit import said_world
from tests.kit.axe import findings, only_once
from tests.kit.console import OFFLINE, Console
from tests.kit.engines import Engine, Scheme
from tests.kit.pictures import Pictures
from tests.kit.said_world import IMAGE, OVERRIDE, SCRIPT, Said
from tests.kit.track_app import TrackApp

SLOW_MS = 60_000  # a worker looks through a video, on a busy machine
PHONE = {"width": 375, "height": 667}
TORN = (
    "Good morning. I bought Apple this morning. Later on I sold my Apple shares, all of them. I bought Intel."
)


@pytest.fixture(scope="module")
def changing_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TrackApp, Said]]:
    """Return an app of this module's own, which its tests change, with a hostile channel."""
    folder = tmp_path_factory.mktemp("said") / "data"
    app = TrackApp(folder)
    said = said_world.hostile(said_world.records_in(folder))
    with app as running:
        yield running, said


def opened(page: Page, url: str, view: str) -> Locator:
    """Open a channel's page at a view; return its panel once it is filled."""
    page.goto(f"{url}?view={view}")
    panel = page.get_by_test_id(f"{view}-view")
    first = {"stocks": "a[data-drill]", "timeline": "article", "review": "article, .empty-words:not([role])"}
    expect(panel.locator(first[view]).first).to_be_visible(timeout=SLOW_MS)
    return panel


def titles(panel: Locator) -> list[str]:
    return panel.locator(".video-head > :first-child").all_text_contents()


def column(panel: Locator, name: str) -> Locator:
    return panel.locator(f'.ag-center-cols-container [col-id="{name}"]')


def test_record2_stocks_are_sorted_filtered_and_lead_to_what_was_said(
    page: Page, track_app: TrackApp, console: Console
) -> None:
    """record-2, record-7: also by keyboard; the link carries the rule of entry that the page has."""
    console.allow(*OFFLINE)  # following a link breaks off what is under way
    page.goto(f"{track_app.channel_url}?entry=next-close")
    panel = page.get_by_test_id("stocks-view")
    tickers = panel.locator("a[data-drill]")
    expect(tickers.first).to_be_visible(timeout=SLOW_MS)
    expect(tickers).to_have_text(["AAPL", "MSFT", "IBM", "GOOG", "FB"])
    expect(column(panel, "change").nth(1)).to_have_text("−19.1 %")
    expect(column(panel, "first").first).to_have_text("Fri 7 Apr 2000")
    panel.get_by_role("columnheader", name="Change").click()
    expect(tickers).to_have_text(["AAPL", "GOOG", "IBM", "FB", "MSFT"])
    find = panel.get_by_label("Find")
    find.click()
    page.keyboard.type("face")
    expect(tickers).to_have_text(["FB"])
    find.press("Control+a")
    page.keyboard.press("Delete")
    expect(tickers).to_have_count(5)
    tickers.first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{track_app.channel_url}/AAPL?entry=next-close")


def test_record7_the_timeline_by_month_with_its_quotes(page: Page, track_app: TrackApp) -> None:
    """record-7: earlier videos follow, a month can be chosen, a quote opens by click, key and pointer."""
    panel = opened(page, track_app.channel_url, "timeline")
    videos, months = panel.get_by_test_id("timeline-video"), panel.locator(".month")
    expect(videos).to_have_count(50)
    expect(months.first).to_have_text("December 2012")
    panel.get_by_test_id("timeline-earlier").click()
    expect(videos).to_have_count(72)
    expect(panel.get_by_test_id("timeline-earlier")).to_have_count(0)
    assert len(set(months.all_inner_texts())) == months.count()
    panel.get_by_test_id("timeline-month").select_option("2010-06")
    expect(months.first).to_have_text("June 2010")
    action, quote = panel.locator(".chip-action").first, panel.locator(".chip-quote").first
    page.mouse.move(0, 0)
    expect(quote).to_be_hidden()
    action.focus()
    page.keyboard.press("Enter")
    expect(action).to_have_attribute("aria-expanded", "true")
    expect(quote).to_be_visible()
    page.keyboard.press("Escape")
    expect(quote).to_be_hidden()


def test_record7_tabs_stand_in_the_address_and_go_by_arrows(
    page: Page, track_app: TrackApp, console: Console
) -> None:
    """record-7: a reload shows the same view, and "back" does not lead through the tabs."""
    console.allow(*OFFLINE)  # a reload breaks off what is under way
    opened(page, track_app.channel_url, "stocks")
    steps = page.evaluate("() => window.history.length")
    page.get_by_test_id("tab-stocks").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("tab-timeline")).to_be_focused()
    expect(page.get_by_test_id("timeline-video").first).to_be_visible()
    expect(page).to_have_url(f"{track_app.channel_url}?view=timeline")
    assert page.evaluate("() => window.history.length") == steps
    page.reload()
    expect(page.get_by_test_id("timeline-video").first).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_test_id("stocks-view")).to_be_hidden()
    page.get_by_test_id("tab-review").click()
    expect(page.get_by_test_id("review").first).to_be_visible()
    expect(page.get_by_test_id("review-count")).to_have_text("6")


def test_record5_a_given_transcript_is_looked_through_and_doubts_are_decided(
    page: Page, changing_app: tuple[TrackApp, Said], console: Console
) -> None:
    """record-4, record-5: from the paste to the mention, without a reload."""
    app, _ = changing_app
    console.allow("status of 400")
    panel = opened(page, app.channel_url, "timeline")
    video = panel.get_by_test_id("timeline-video").filter(has_text="Synthetic talk 65")
    give, said = video.get_by_test_id("give-transcript"), page.get_by_test_id("give-said")
    give.click()
    page.get_by_test_id("give-send").click()
    expect(said).to_have_text("Paste a transcript, or choose a file first.")
    text = page.get_by_test_id("give-text")
    text.fill("<html>no transcript</html>")
    page.get_by_test_id("give-send").click()
    expect(said).to_contain_text("This is no transcript.")
    expect(text).to_have_value("<html>no transcript</html>")
    page.get_by_test_id("give-file").set_input_files(
        {
            "name": "talk.srt",
            "mimeType": "text/plain",
            "buffer": f"1\n00:00:01,000 --> 00:00:09,000\n{TORN}\n".encode(),
        }
    )
    page.get_by_test_id("give-send").click()
    expect(page.get_by_test_id("give-dialog")).to_have_count(0)
    expect(give).to_be_focused()
    count = page.get_by_test_id("review-count")
    expect(count).to_have_text("8", timeout=SLOW_MS)  # six are the demo's own
    expect(video.locator(".chip")).to_have_text([re.compile("^INTCbuy 90 %")])
    page.get_by_test_id("tab-review").click()
    wrong = page.get_by_test_id("review").filter(has_text="I bought Apple")
    ticker = wrong.get_by_label("Ticker")
    ticker.press("Control+a")
    page.keyboard.type("spy")
    wrong.get_by_test_id("review-accept").click()
    expect(wrong.get_by_role("alert")).to_contain_text("This is a fund.")
    expect(ticker).to_have_value("spy")
    ticker.press("Control+a")
    page.keyboard.type("msft")
    wrong.get_by_label("Action").select_option("watch")
    wrong.get_by_test_id("review-accept").click()
    expect(count).to_have_text("7")
    of_video = page.get_by_test_id("review").filter(has_text="Synthetic talk 65")
    of_video.get_by_test_id("review-dismiss").click()
    expect(count).to_have_text("6")
    page.get_by_test_id("tab-timeline").click()
    expect(video.locator(".chip")).to_have_text([re.compile("^INTCbuy"), re.compile("^MSFTwatch 100 %")])
    page.get_by_test_id("tab-review").click()
    page.get_by_test_id("review-decided").click()
    page.get_by_test_id("review-done").filter(has_text="Kept as MSFT watch").get_by_test_id(
        "review-reopen"
    ).click()
    expect(count).to_have_text("7")
    page.get_by_test_id("tab-timeline").click()
    expect(video.locator(".chip")).to_have_text([re.compile("^INTCbuy")])


def test_hostile_words_are_shown_and_do_nothing(
    page: Page, changing_app: tuple[TrackApp, Said], console: Console
) -> None:
    """record-7: markup, scripts, writing from right to left, 5,000 letters; also on a phone."""
    console.allow(*OFFLINE)  # going to the next view breaks off what is under way
    app, said = changing_app
    url = f"{app.url}/track-record/{said.channel_id}"
    page.set_viewport_size(PHONE)
    for view in ("stocks", "timeline", "review"):
        panel = opened(page, url, view)
        if view == "timeline":
            assert titles(panel)[:3] == [IMAGE, SCRIPT, OVERRIDE]
            expect(panel.get_by_text("Gone from YouTube since 3 Dec 2012")).to_be_visible()
            expect(panel.get_by_text("Blocked: YouTube refuses transcripts to this machine.")).to_be_visible()
            panel.locator(".chip-action").nth(1).click()
            expect(panel.locator(".chip-quote").nth(1)).to_contain_text(SCRIPT)
        if view == "review":
            expect(panel).to_contain_text(IMAGE)
        inside = "() => [document.querySelectorAll('.track img, .track script').length, window.hurt || 0]"
        assert page.evaluate(inside) == [0, 0]
        wide = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        scrolled, seen = page.evaluate(wide)
        assert scrolled == seen, f"{view} overflows"
        links = page.locator(".said-section a").evaluate_all("(all) => all.map((a) => a.protocol)")
        assert set(links) <= {"http:", "https:"}


def test_a_person_without_an_answer_keeps_what_they_gave(
    page: Page, track_app: TrackApp, console: Console
) -> None:
    """record-4: the network fails under the transcript."""
    console.allow("Failed to load resource", "NetworkError", "net::", "transcript")
    panel = opened(page, track_app.channel_url, "timeline")
    page.route("**/transcript", lambda route: route.abort())
    panel.get_by_test_id("give-transcript").first.click()
    page.get_by_test_id("give-text").fill(TORN)
    page.get_by_test_id("give-send").click()
    expect(page.get_by_test_id("give-said")).to_contain_text("What you gave is still here")
    expect(page.get_by_test_id("give-text")).to_have_value(TORN)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("give-dialog")).to_have_count(0)


def test_record4_a_dialog_that_is_shut_while_its_transcript_is_under_way(
    page: Page, changing_app: tuple[TrackApp, Said]
) -> None:
    """record-4: what was sent is kept all the same, so the timeline says so."""
    app, _ = changing_app
    panel = opened(page, app.channel_url, "timeline")
    page.wait_for_load_state("networkidle")
    held: list[Route] = []
    page.route("**/transcript", lambda route: held.append(route))  # noqa: PLW0108 - no builtin is taken
    video = panel.get_by_test_id("timeline-video").filter(has_text="Synthetic talk 60")
    video.get_by_test_id("give-transcript").click()
    page.get_by_test_id("give-text").fill("Good morning. I bought Intel.")
    with page.expect_request("**/transcript"):
        page.get_by_test_id("give-send").click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("give-dialog")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(video.locator(".chip")).to_have_text([re.compile("^INTCbuy")], timeout=SLOW_MS)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_axe_finds_nothing_grave(
    engine: Engine, changing_app: tuple[TrackApp, Said], console: Console, scheme: Scheme, width: int
) -> None:
    """In each view, with a quote, and with the dialog open."""
    only_once(engine)
    app, said = changing_app
    context = engine.context(scheme=scheme, reduced_motion=True, viewport={"width": width, "height": 800})
    page = context.new_page()
    console.listen(page)
    for view in ("stocks", "timeline", "review"):
        panel = opened(page, f"{app.url}/track-record/{said.channel_id}", view)
        assert findings(page) == [], view
        if view == "timeline":
            panel.locator(".chip-action").first.click()
            assert findings(page) == []
            panel.get_by_test_id("give-transcript").first.click()
            assert findings(page) == []
    context.close()


@pytest.mark.parametrize(
    ("view", "scheme", "width"),
    [
        ("stocks", "light", 1280),
        ("stocks", "dark", 375),
        ("timeline", "dark", 1280),
        ("timeline", "light", 375),
        ("review", "light", 1280),
        ("review", "dark", 375),
    ],
)
def test_the_picture_of_a_view(
    engine: Engine,
    track_app: TrackApp,
    console: Console,
    shots: Callable[[Page], Pictures],
    view: str,
    scheme: Scheme,
    width: int,
) -> None:
    context = engine.context(scheme=scheme, reduced_motion=True, viewport={"width": width, "height": 800})
    page = context.new_page()
    console.listen(page)
    opened(page, track_app.channel_url, view)
    # Some videos say it all: a picture of thirty is as tall as ten screens.
    # What stands above has a height of fractions of a pixel, which changes as it fills.
    alone = ".track > :not(.said-section) { display: none; }"
    page.add_style_tag(content=f".timeline {{ max-height: 480px; overflow: hidden; }} {alone}")
    pictures = shots(page)
    name = f"said-{view}-{width}-{scheme}"
    pictures.check(f"{view}-view", name)
    what = {"stocks": ".ag-header", "timeline": ".chip", "review": ".review blockquote"}
    gone = f"document.querySelectorAll('{what[view]}').forEach((part) => part.remove());"
    pictures.must_catch(f"{view}-view", name, gone)
    context.close()

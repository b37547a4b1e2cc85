"""The pages of the track record in the browser: the list of channels, and a channel's own page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.kit import said_world
from tests.kit.axe import findings, only_once
from tests.kit.chart_page import CALLBACKS, HANG_GUARD_MS
from tests.kit.console import OFFLINE, Console
from tests.kit.engines import Engine, Scheme
from tests.kit.flaky_proxy import FlakyProxy
from tests.kit.house import close_all
from tests.kit.picture_parts import WIDTHS, gone
from tests.kit.pictures import Pictures
from tests.kit.testids import CHANNEL, CHANNELS
from tests.kit.track import filled, new_channel
from tests.kit.track_app import SteppedTrackApp, TrackApp
from track_record import demo_channel
from track_record.entities import LogLevel

HOSTILE = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>"
REFUSED = 2
"""Answers in a row that come from a gateway."""
NOT_FOUND = r"responded with a status of 404"
NO_DATES = """document.querySelectorAll('.channel-day').forEach((day) => {
  day.textContent = 'added Fri 1 Mar 2013';
});
document.querySelectorAll('.facts-line').forEach((line) => {
  line.textContent = line.textContent.replace(/added .*/, 'added Fri 1 Mar 2013');
});"""


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[SteppedTrackApp]:
    """Return an app whose worker goes as far as the test lets it."""
    with SteppedTrackApp(tmp_path) as running:
        yield running
    close_all()


def written(page: Page, testid: str, text: str) -> None:
    """Put a text into a field as a person does."""
    field = page.get_by_test_id(testid)
    field.press("ControlOrMeta+a")
    field.type(text)


def ids_on(page: Page) -> set[str]:
    return set(page.eval_on_selector_all("[data-testid]", "all => all.map(e => e.dataset.testid)"))


def log_of(page: Page) -> list[str]:
    return page.locator(".log-line bdi").all_text_contents()


def test_record_7_from_the_chart_to_a_channel_by_links_alone(
    page: Page, track_app: TrackApp, console: Console
) -> None:
    """record-7; and every promised test id is there."""
    console.allow(NOT_FOUND)
    page.goto(track_app.url)
    page.get_by_test_id("nav-track-record").click()
    link = page.get_by_role("link", name="Synthetic demo channel")
    expect(link).to_be_visible()
    expect(page).to_have_title("Track record · Chandlery")
    assert sorted(CHANNELS - ids_on(page)) == []
    link.click()
    expect(page).to_have_url(track_app.channel_url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Synthetic demo channel")
    expect(page).to_have_title("Synthetic demo channel · Chandlery")
    expect(page.get_by_test_id("processing-progress")).to_have_attribute("aria-valuetext", "72 of 72 videos")
    assert sorted(CHANNEL - ids_on(page)) == []
    page.goto(f"{track_app.url}/track-record/nobody")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such channel")


def test_record_3_an_address_that_is_wrong_and_then_right(page: Page, stepped: SteppedTrackApp) -> None:
    """record-3: what was typed stays; Enter and Escape do what they do everywhere; a duplicate is led to."""
    page.goto(f"{stepped.url}/track-record")
    add, url = page.get_by_test_id("add-channel"), page.get_by_test_id("channel-url")
    expect(page.get_by_test_id("channel-list")).to_contain_text("Synthetic")
    add.click()
    expect(url).to_be_focused()
    expect(page.get_by_test_id("no-youtube-key")).to_contain_text("YOUTUBE_API_KEY")
    page.keyboard.press("Escape")
    expect(url).to_be_hidden()
    expect(add).to_be_focused()
    add.press("Enter")
    wrong = "https://www.youtube.com/playlist?list=PL1"
    written(page, "channel-url", wrong)
    url.press("Enter")
    expect(page.locator("dialog[open]")).to_contain_text("This is the address of a playlist.")
    expect(url).to_have_value(wrong)
    expect(url).to_have_attribute("aria-invalid", "true")
    written(page, "channel-months", "99")
    page.get_by_test_id("start-analysis").click()
    expect(page.locator("dialog[open]")).to_contain_text("This is the address of a playlist.")
    written(page, "channel-url", "youtube.com/@talks")
    page.get_by_test_id("start-analysis").click()
    expect(page.locator("dialog[open]")).to_contain_text("Choose 1 to 36 months.")
    expect(page.locator("dialog[open]")).not_to_contain_text("playlist.")
    written(page, "channel-months", "6")
    page.get_by_test_id("channel-months").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("@talks")
    expect(page.get_by_test_id("channel-status")).to_have_text("Being looked through")
    expect(page.get_by_text("The last 6 months")).to_be_visible()
    here = urlsplit(page.url).path
    page.get_by_role("link", name="All channels").click()
    expect(page.locator(".channel-row")).to_have_count(2)
    page.get_by_test_id("add-channel").click()
    written(page, "channel-url", "https://m.youtube.com/@TALKS/videos")
    page.get_by_test_id("start-analysis").click()
    open_it = page.get_by_role("link", name="Open it")
    expect(open_it).to_have_attribute("href", here)


def test_record_4_a_processing_is_followed_live_to_its_end(page: Page, stepped: SteppedTrackApp) -> None:
    """record-4: bar and log grow by themselves, after a reload in the middle too; then nothing is asked."""
    channel = demo_channel.add_again(stepped.records)
    page.goto(f"{stepped.url}/track-record/{channel.id}")
    expect(page.get_by_test_id("channel-status")).to_have_text("Being looked through")
    expect(page.get_by_test_id("start-analysis")).to_be_disabled()
    bar, log = page.get_by_test_id("processing-progress"), page.get_by_test_id("processing-log")
    expect(bar).not_to_have_attribute("aria-valuenow", re.compile(".*"))
    stepped.work(channel.id)
    stepped.let(40)
    expect(bar).to_have_attribute(
        "aria-valuetext", re.compile(r"^[1-9]\d? of 72 videos$"), timeout=HANG_GUARD_MS
    )
    expect(log).to_contain_text("Processing begins.")
    halfway = [line.message for line in stepped.records.log.read(channel.id)]
    expect(page.locator(".log-line bdi")).to_have_text(halfway)
    page.reload()
    expect(page.locator(".log-line bdi")).to_have_text(halfway)
    log.evaluate("log => { log.style.maxHeight = '60px'; log.scrollTop = 0; }")
    stepped.let(20)
    expect(log.locator(".log-line").nth(len(halfway))).to_be_attached(timeout=HANG_GUARD_MS)
    assert log.evaluate("log => log.scrollTop") == 0  # who reads further up is left in peace
    log.evaluate("log => { log.scrollTop = log.scrollHeight; }")
    stepped.finish()
    expect(page.get_by_test_id("channel-status")).to_have_text("Looked through", timeout=HANG_GUARD_MS)
    expect(bar).to_have_attribute("aria-valuetext", "72 of 72 videos")
    expect(page.get_by_test_id("start-analysis")).to_be_enabled()
    expect(page.get_by_test_id("cancel-processing")).to_be_disabled()
    assert log_of(page) == [line.message for line in stepped.records.log.read(channel.id)]
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight < 2")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(5000)
    assert [url for url in asked if "_dash-update-component" in url] == []


def test_record_4_cancelled_and_processed_again(page: Page, stepped: SteppedTrackApp) -> None:
    """record-4: by the buttons, which say and allow what can be done."""
    channel = demo_channel.add_again(stepped.records)
    page.goto(f"{stepped.url}/track-record/{channel.id}")
    stepped.work(channel.id)
    stepped.let(30)
    expect(page.locator(".log-line").nth(3)).to_be_attached(timeout=HANG_GUARD_MS)
    page.get_by_test_id("cancel-processing").click()
    expect(page.get_by_test_id("channel-status")).to_have_text("Cancelled")
    expect(page.get_by_test_id("processing-log")).to_contain_text("Cancelled. What was found so far is kept.")
    expect(page.get_by_test_id("cancel-processing")).to_be_disabled()
    page.get_by_test_id("start-analysis").click()
    expect(page.get_by_test_id("channel-status")).to_have_text("Being looked through")


def test_prices_looked_up_anew_fill_the_sections_once(page: Page, track_app: TrackApp) -> None:
    """record-7: it is said what came of it, the score is asked for once more, and then the page is quiet."""
    page.goto(track_app.channel_url)
    expect(page.locator(".log-line").last).to_be_attached()
    page.wait_for_load_state("networkidle")
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.url))
    page.get_by_test_id("refresh-prices").click()
    expect(page.get_by_test_id("channel-said")).to_have_text("5 prices looked up.")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(3000)
    # The deed, the look after it, one question of each section, and what came late of the opening.
    assert len([url for url in answers if "_dash-update-component" in url]) <= 9
    answers.clear()
    page.wait_for_timeout(5000)
    assert answers == [], "nothing goes on by itself"


def test_a_channel_is_deleted_only_by_who_is_sure(
    page: Page, stepped: SteppedTrackApp, console: Console
) -> None:
    """Escape keeps it; deleted, the list is shown without it, and its address leads nowhere."""
    console.allow(NOT_FOUND)
    channel, _ = filled(stepped.records, "@talks")
    address = f"{stepped.url}/track-record/{channel.id}"
    page.goto(address)
    page.get_by_test_id("delete-channel").click()
    expect(page.locator("dialog[open]")).to_contain_text("This cannot be taken back")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("delete-channel")).to_be_focused()
    assert stepped.records.channels.get(channel.id)
    page.get_by_test_id("delete-channel").click()
    page.get_by_test_id("delete-sure").click()
    expect(page).to_have_url(f"{stepped.url}/track-record")
    expect(page.get_by_test_id("channel-list")).to_contain_text("Synthetic")
    assert stepped.records.channels.get(channel.id) is None
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such channel")


def test_hostile_names_and_lines_are_text(page: Page, stepped: SteppedTrackApp) -> None:
    """Bad input: HTML, scripts and right-to-left marks are shown as they are, and turn nothing around."""
    channel = stepped.records.channels.add(replace(new_channel(), name=HOSTILE, url="javascript:alert(3)"))
    stepped.records.log.write(channel.id, LogLevel.WARNING, HOSTILE)
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.goto(f"{stepped.url}/track-record")
    link = page.locator(".channel-name a")
    expect(link).to_have_text(HOSTILE)
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.locator(".log-line bdi")).to_have_text(HOSTILE)
    assert page.locator(".track img, .track script, .track a[href^=javascript]").count() == 0
    expect(page.get_by_role("link", name="On YouTube")).to_have_count(0)


def test_pages_of_a_long_list_are_turned_without_loading_anew(page: Page, stepped: SteppedTrackApp) -> None:
    """Bad input: many channels; the way back works, and a link leads to the same page."""
    for n in range(45):
        stepped.records.channels.add(new_channel(f"@channel{n:02d}"))
    names = [[one.name for one in stepped.records.channels.page(n, 20).items] for n in (1, 2, 3)]
    page.goto(f"{stepped.url}/track-record")
    listed = page.locator(".channel-name a")
    expect(listed).to_have_text(names[0])
    page.evaluate("() => { window.stays = true; }")
    page.get_by_role("link", name="Older").click()
    expect(listed).to_have_text(names[1])
    expect(page.get_by_text("21–40 of 45 channels")).to_be_visible()
    page.go_back()
    expect(listed).to_have_text(names[0])
    assert page.evaluate("() => window.stays") is True
    page.goto(f"{stepped.url}/track-record?page=3")
    expect(listed).to_have_text(names[2])


def test_h17_while_the_server_is_gone_what_is_there_stays(
    page: Page, stepped: SteppedTrackApp, console: Console
) -> None:
    """H17: it says so, and goes on by itself once somebody answers."""
    console.allow(*OFFLINE)
    channel = demo_channel.add_again(stepped.records)
    stepped.work(channel.id)
    stepped.let(30)
    with FlakyProxy(int(stepped.url.rpartition(":")[2])) as proxy:
        page.goto(f"http://127.0.0.1:{proxy.port}/track-record/{channel.id}")
        expect(page.locator(".log-line").nth(3)).to_be_attached(timeout=HANG_GUARD_MS)
        proxy.become("offline")
        expect(page.get_by_test_id("channel-old")).to_be_visible(timeout=HANG_GUARD_MS)
        expect(page.locator(".log-line").nth(3)).to_be_attached()
        stepped.finish()
        proxy.become()
        expect(page.get_by_test_id("channel-status")).to_have_text("Looked through", timeout=HANG_GUARD_MS)
        expect(page.get_by_test_id("channel-old")).to_be_hidden()


def test_h17_what_was_asked_while_the_server_was_gone_is_answered_later(
    page: Page, stepped: SteppedTrackApp, console: Console
) -> None:
    """H17: sections, decisions and additions are asked once more by themselves; nothing stays "Loading …"."""
    console.allow(*OFFLINE)
    said = said_world.hostile(stepped.records)
    with FlakyProxy(int(stepped.url.rpartition(":")[2])) as proxy:
        here = f"http://127.0.0.1:{proxy.port}"
        page.goto(f"{here}/track-record/{said.channel_id}?view=review")
        expect(page.get_by_test_id("review-count")).to_have_text("2", timeout=HANG_GUARD_MS)
        proxy.become("offline")
        page.locator('[data-deed="dismiss"]').first.click()
        page.get_by_test_id("tab-timeline").click()
        expect(page.get_by_test_id("channel-old")).to_be_visible(timeout=HANG_GUARD_MS)
        proxy.become()
        expect(page.get_by_test_id("timeline-video").first).to_be_visible(timeout=HANG_GUARD_MS)
        expect(page.get_by_test_id("review-count")).to_have_text("1", timeout=HANG_GUARD_MS)
        page.goto(f"{here}/track-record")
        expect(page.locator(".channel-row").first).to_be_visible(timeout=HANG_GUARD_MS)
        page.get_by_test_id("add-channel").click()
        expect(page.locator("dialog .server-gone")).to_be_hidden()
        proxy.become("offline")
        written(page, "channel-url", "youtube.com/@late")
        page.get_by_test_id("start-analysis").click()
        expect(page.locator("dialog .server-gone")).to_be_visible(timeout=HANG_GUARD_MS)
        proxy.become()
        expect(page.get_by_role("heading", level=1)).to_have_text("@late", timeout=HANG_GUARD_MS)


def test_h27_what_a_gateway_answers_is_asked_again(page: Page, track_app: TrackApp, console: Console) -> None:
    """H27: the server behind it is being restarted."""
    console.allow("Failed to load resource: the server responded", "Callback error updating")
    still = REFUSED

    def answer(route: Route) -> None:
        nonlocal still
        still -= 1
        if still >= 0:
            route.fulfill(status=502, body="<h1>Bad gateway</h1>", content_type="text/html")
        else:
            route.continue_()

    page.route(CALLBACKS, answer)
    page.goto(f"{track_app.channel_url}?view=review")
    expect(page.get_by_test_id("review").first).to_be_visible(timeout=HANG_GUARD_MS)
    assert still < 0
    still = REFUSED
    page.get_by_test_id("tab-timeline").click()
    expect(page.get_by_test_id("timeline-video").first).to_be_visible(timeout=HANG_GUARD_MS)
    assert still < 0


@pytest.fixture
def opened(
    engine: Engine, console: Console, shots: Callable[[Page], Pictures]
) -> Iterator[Callable[..., tuple[Page, Pictures]]]:
    """Return what opens an address in some look."""
    with ExitStack() as closing:

        def make(address: str, scheme: Scheme = "light", width: int = 1280) -> tuple[Page, Pictures]:
            viewport = {"width": width, "height": WIDTHS[width]}
            context = engine.context(scheme=scheme, reduced_motion=True, viewport=viewport)
            closing.callback(context.close)
            page = context.new_page()
            console.listen(page)
            page.goto(address)
            return page, shots(page)

        yield make


def fits(page: Page, width: int) -> None:
    """Nothing overflows, and on a phone nothing is too small for a finger."""
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    if width < 640:
        small = """all => all.filter((e) => e.getClientRects().length).map((e) => e.getBoundingClientRect())
            .filter((box) => box.height < 39.5).length"""
        assert (
            page.eval_on_selector_all(".track button, .track summary, .channel-row, dialog button", small)
            == 0
        )


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_the_list_and_its_dialog_are_for_everybody(
    engine: Engine,
    opened: Callable[..., tuple[Page, Pictures]],
    track_app: TrackApp,
    scheme: Scheme,
    width: int,
) -> None:
    """Axe finds nothing grave on the list, in the dialog with an error, and on a channel's page."""
    only_once(engine)
    page, _ = opened(f"{track_app.url}/track-record", scheme, width)
    expect(page.locator(".channel-row")).to_be_visible()
    assert findings(page) == []
    fits(page, width)
    page.get_by_test_id("add-channel").click()
    written(page, "channel-url", "https://vimeo.com/x")
    page.get_by_test_id("start-analysis").click()
    expect(page.locator("dialog[open]")).to_contain_text("Only channels of youtube.com")
    assert findings(page) == []
    fits(page, width)
    page.goto(track_app.channel_url)
    page.locator(".log-of summary").click()
    expect(page.locator(".log-line").last).to_be_visible()
    assert findings(page) == []
    fits(page, width)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_the_picture_of_the_list(
    opened: Callable[..., tuple[Page, Pictures]], track_app: TrackApp, scheme: Scheme, width: int
) -> None:
    page, pictures = opened(f"{track_app.url}/track-record", scheme, width)
    expect(page.locator(".channel-row")).to_be_visible()
    page.evaluate(f"() => {{ {NO_DATES} }}")
    pictures.check("channel-list", f"channels-{width}-{scheme}")
    pictures.must_catch("channel-list", f"channels-{width}-{scheme}", gone(".initials"))


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 375)])
def test_the_picture_of_a_channels_head(
    opened: Callable[..., tuple[Page, Pictures]], track_app: TrackApp, scheme: Scheme, width: int
) -> None:
    page, pictures = opened(track_app.channel_url, scheme, width)
    expect(page.locator(".log-line").last).to_be_attached()
    page.evaluate(f"() => {{ {NO_DATES} }}")
    pictures.check("channel-head", f"channel-{width}-{scheme}")
    pictures.must_catch("channel-head", f"channel-{width}-{scheme}", gone(".progress-bar i"))

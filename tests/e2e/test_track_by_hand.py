"""Without a key for YouTube: from an address to mentions, stocks and a score, by hand (record-3, -4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.kit.axe import findings, only_once
from tests.kit.console import Console
from tests.kit.engines import Engine
from tests.kit.said_world import IMAGE, OVERRIDE
from tests.kit.track_app import TrackApp

SLOW_MS = 60_000  # a worker looks through a video, on a busy machine
PHONE = {"width": 375, "height": 667}
TITLE = f"{IMAGE} {OVERRIDE}"
SAID = "Good morning. I bought Apple this morning. Today I also bought IBM."


@pytest.fixture(scope="module")
def own_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackApp]:
    """Return an app of this module's own, which its tests change."""
    with TrackApp(tmp_path_factory.mktemp("by-hand") / "data") as running:
        yield running


def test_record_3_without_a_key_a_video_by_hand_comes_to_a_score(
    page: Page, own_app: TrackApp, console: Console
) -> None:
    """record-3, record-4: what is wrong stands beside its field, what was typed stays, the page follows."""
    console.allow("status of 400")
    page.goto(f"{own_app.url}/track-record")
    page.get_by_test_id("add-channel").click()
    page.get_by_test_id("channel-url").type("youtube.com/@talks")
    page.get_by_test_id("start-analysis").click()
    log = page.get_by_test_id("processing-log")
    expect(log).to_contain_text("YouTube needs a key: set YOUTUBE_API_KEY. Until then,", timeout=SLOW_MS)
    page.get_by_test_id("no-youtube-key").get_by_test_id("add-video").click()
    url, title = page.get_by_test_id("video-url"), page.get_by_test_id("video-title")
    send, text = page.get_by_test_id("give-send"), page.get_by_test_id("give-text")
    expect(url).to_be_focused()
    send.click()
    for field in ("video-url-said", "video-title-said", "video-when-said", "give-said"):
        expect(page.get_by_test_id(field)).not_to_be_empty()
    expect(url).to_be_focused()
    url.fill("https://www.youtube.com/@talks")
    title.fill(TITLE)
    page.get_by_test_id("video-day").fill("2012-03-01")
    page.get_by_test_id("video-time").fill("14:30")
    text.fill(SAID)
    send.click()
    expect(page.get_by_test_id("video-url-said")).to_contain_text("This address leads to no video.")
    expect(url).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_test_id("video-title-said")).to_be_empty()
    expect(text).to_have_value(SAID)
    url.fill("https://youtu.be/dQw4w9WgXcQ?t=5")
    text.fill("<html>no transcript</html>")
    send.click()
    expect(page.get_by_test_id("give-said")).to_contain_text("This is no transcript.")
    text.fill(SAID)
    send.click()
    expect(page.get_by_test_id("give-dialog")).to_have_count(0)
    panel = page.get_by_test_id("timeline-view")
    expect(panel.get_by_test_id("add-video")).to_be_focused()
    video = panel.get_by_test_id("timeline-video")
    chips = [re.compile("^AAPLbuy"), re.compile("^IBMbuy")]
    expect(video.locator(".chip")).to_have_text(chips, timeout=SLOW_MS)
    expect(video).to_have_count(1)
    expect(video).to_contain_text(IMAGE)
    expect(video).to_contain_text("Added by hand")
    expect(video).to_contain_text("Thu 1 Mar 2012, 14:30")
    expect(page.get_by_test_id("channel-status")).to_have_text("Looked through")
    expect(page.get_by_test_id("score")).to_contain_text("2 calls up or down", timeout=SLOW_MS)
    page.get_by_test_id("tab-stocks").click()
    expect(page.get_by_test_id("stocks-view").locator("a[data-drill]")).to_have_text(["AAPL", "IBM"])


def test_the_demos_channel_takes_none(page: Page, own_app: TrackApp) -> None:
    """record-3: nothing is offered that would be refused."""
    page.goto(f"{own_app.channel_url}?view=timeline")
    expect(page.get_by_test_id("timeline-video").first).to_be_visible()
    expect(page.get_by_test_id("add-video")).to_have_count(0)


def test_the_dialog_on_a_phone_for_everybody(engine: Engine, own_app: TrackApp, console: Console) -> None:
    """record-7: axe finds nothing, nothing overflows or is too small for a finger, Escape leads back."""
    only_once(engine)
    context = engine.context(scheme="dark", reduced_motion=True, viewport=PHONE)
    page = context.new_page()
    console.listen(page)
    made = context.request.post(f"{own_app.url}/api/channels", data={"url": "youtube.com/@phone"}).json()
    page.goto(f"{own_app.url}/track-record/{made['id']}?view=timeline")
    add = page.get_by_test_id("timeline-view").get_by_test_id("add-video")
    expect(add).to_be_visible()
    add.focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("give-send").click()
    expect(page.get_by_test_id("give-said")).not_to_be_empty()
    assert findings(page) == []
    dialog = page.get_by_test_id("give-dialog")
    assert dialog.evaluate("(it) => it.scrollWidth - it.clientWidth") == 0
    assert dialog.evaluate("(it) => it.getBoundingClientRect().right") <= PHONE["width"]
    sizes = dialog.locator("input, button, textarea").evaluate_all("(all) => all.map((e) => e.offsetHeight)")
    assert min(sizes) >= 40
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(add).to_be_focused()
    context.close()

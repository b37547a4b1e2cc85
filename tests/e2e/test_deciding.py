"""Working through the list of doubts: what is typed, and where one is, outlives a new drawing (record-5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.kit.chart_page import CALLBACKS, HeldAnswers
from tests.kit.console import Console
from tests.kit.track_app import TrackApp

OPEN = 6
"""Doubts that the demo's channel begins with."""


@pytest.fixture
def deciding(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return the demo's doubts, in an app of the test's own, because it changes them."""
    with TrackApp(tmp_path_factory.mktemp("deciding") / "data") as app:
        page.goto(f"{app.channel_url}?view=review")
        expect(reviews(page)).to_have_count(OPEN, timeout=60_000)
        page.wait_for_load_state("networkidle")  # a decision waits for how the channel does
        yield page


def reviews(page: Page) -> Locator:
    return page.get_by_test_id("review")


def understood(review: Locator) -> str:
    """Return what was understood, "IBM sell", which tells the demo's doubts apart."""
    return review.locator("button").last.get_attribute("aria-label", timeout=5_000).partition(": ")[2]  # type: ignore[union-attr]


def third_while_the_first_goes(page: Page) -> tuple[HeldAnswers, Locator, str]:
    """Dismiss the first doubt; return its answer, held, and the third: its field, its meaning."""
    third = reviews(page).nth(2)
    held, what = HeldAnswers(page, lambda _: True), understood(third)
    reviews(page).first.get_by_test_id("review-dismiss").click()
    held.wait_for(1)
    return held, third.get_by_label("Ticker"), what


def second_once_it_is_gone(page: Page, what: str) -> Locator:
    """Return the doubt that has moved up; its field has the focus that it had."""
    expect(reviews(page)).to_have_count(OPEN - 1)
    mine = reviews(page).nth(1)
    assert understood(mine) == what
    expect(mine.get_by_label("Ticker")).to_be_focused()
    return mine


def test_what_is_typed_while_an_answer_is_under_way_stays(deciding: Page) -> None:
    """Somebody decides the first and types into the third at once; the list moves up under the hands."""
    held, ticker, what = third_while_the_first_goes(deciding)
    ticker.press("Control+a")
    deciding.keyboard.type("NV")
    reviews(deciding).nth(2).get_by_label("Action").select_option("watch")
    ticker.click()
    ticker.press("End")
    expect(reviews(deciding)).to_have_count(OPEN)
    held.release()
    mine = second_once_it_is_gone(deciding, what)
    deciding.keyboard.type("DA")
    expect(mine.get_by_label("Ticker")).to_have_value("NVDA")
    expect(mine.get_by_label("Action")).to_have_value("watch")
    mine.get_by_test_id("review-accept").click()
    deciding.get_by_test_id("review-decided").click()
    kept = deciding.get_by_test_id("review-done").filter(has_text="Kept as NVDA watch")
    expect(kept).to_contain_text(f"understood: {what}")


def test_the_keyboard_goes_on_where_it_was(deciding: Page) -> None:
    """All doubts are dismissed by pressing one key; what was folded out stays so."""
    reviews(deciding).nth(OPEN - 2).get_by_test_id("review-dismiss").focus()
    for left in range(OPEN - 1, 0, -1):
        deciding.keyboard.press("Enter")
        expect(reviews(deciding)).to_have_count(left)
        at = min(OPEN - 2, left - 1)
        expect(reviews(deciding).nth(at).get_by_test_id("review-dismiss")).to_be_focused()
    deciding.get_by_test_id("review-decided").click()
    what = understood(deciding.get_by_test_id("review-done").first)
    deciding.get_by_test_id("review-reopen").first.focus()
    deciding.keyboard.press("Enter")
    expect(reviews(deciding)).to_have_count(2)
    expect(deciding.get_by_test_id("review-reopen").first).to_be_visible()
    expect(deciding.get_by_label(f"Add as mention: {what}")).to_be_focused()
    for left in (1, 0):
        deciding.get_by_test_id("review-dismiss").first.focus()
        deciding.keyboard.press("Enter")
        expect(reviews(deciding)).to_have_count(left)
    expect(deciding.get_by_test_id("review-empty")).to_be_visible()
    expect(deciding.get_by_test_id("tab-review")).to_be_focused()


def test_what_was_typed_stays_when_its_field_is_left(deciding: Page) -> None:
    """A ticker is typed whole while another answer is under way; then its button is pressed."""
    held, ticker, what = third_while_the_first_goes(deciding)
    ticker.press("Control+a")
    deciding.keyboard.type("NVDA")
    held.release()
    mine = second_once_it_is_gone(deciding, what)
    deciding.keyboard.press("Tab")
    expect(mine.get_by_label("Action")).to_be_focused()
    expect(mine.get_by_label("Ticker")).to_have_value("NVDA")
    mine.get_by_test_id("review-accept").click()
    deciding.get_by_test_id("review-decided").click()
    kept = deciding.get_by_test_id("review-done").filter(has_text="Kept as NVDA")
    expect(kept).to_contain_text(f"understood: {what}")


def test_what_had_no_answer_can_be_decided_again(deciding: Page, console: Console) -> None:
    """H27: the server fails under a decision; what was typed is still there."""
    console.allow("Failed to load resource: the server responded", "Callback error updating")
    first = reviews(deciding).first
    ticker, accept = first.get_by_label("Ticker"), first.get_by_test_id("review-accept")
    ticker.press("Control+a")
    deciding.keyboard.type("NVDA")
    deciding.route(CALLBACKS, lambda route: route.fulfill(status=500, body="no", content_type="text/html"))
    with deciding.expect_response(CALLBACKS):
        accept.click()
    expect(accept).to_be_enabled()
    deciding.unroute(CALLBACKS)
    expect(ticker).to_have_value("NVDA")
    accept.click()
    deciding.get_by_test_id("review-decided").click()
    expect(deciding.get_by_test_id("review-done").first).to_contain_text("Kept as NVDA")

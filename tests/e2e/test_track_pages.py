"""The pages of the track record in the browser: the list of channels, and a channel's own page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.kit.track_app import TrackApp


def test_record7_from_the_chart_to_a_channel(page: Page, track_app: TrackApp) -> None:
    """record-7: by links alone."""
    page.goto(track_app.url)
    page.get_by_test_id("nav-track-record").click()
    page.get_by_role("link", name="Synthetic demo channel").click()
    expect(page).to_have_url(track_app.channel_url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Synthetic demo channel")

"""Mentions on the candles (record-7, ahead-4, ahead-5): the switch, marks, clusters, the drill-down."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.kit.app_process import AppProcess
from tests.kit.chart_page import HANG_GUARD_MS, ChartPage
from tests.kit.track_app import TrackApp

DAILY = "?t=AAPL&r=D&from=2011-06-13&to=2012-06-22&mentions=on"
WIDE = "?t=AAPL&range=MAX&mentions=on"
MARKER = "mention-marker"
TALK_64 = "Buy, Sun 7 Aug 2011 08:30, Synthetic demo channel, Synthetic talk 64: Apple and Microsoft"
BARS = """() => {
    const chart = window.chandlery.charts.get(1);
    const box = chart.stage.getBoundingClientRect();
    const [low, high] = chart.view.range;
    const px = (x) => box.left + ((x - low) / (high - low)) * chart.view.width;
    const day = (t) => new Date(t * 1000).toISOString().slice(0, 10);
    return Array.from(chart.bars.t, (t, i) => [day(t), px(chart.bars.x[i])]);
}"""

# What was asked about mentions, and what was answered; a question waits while the test holds it back.
LISTEN = """(() => {
    window.testAsked = [];
    window.testTold = [];
    const send = window.fetch;
    window.fetch = async function (where, options) {
        const body = String(options && options.body);
        if (!body.includes('"mentions-asked"')) return send.apply(this, arguments);
        window.testAsked.push(body);
        while (window.testHeld) await new Promise((go) => setTimeout(go, 20));
        return send.apply(this, arguments);
    };
    // As many calls as a test wants, one for each candle that is held and the others before them.
    const many = (calls, count) => Array.from({ length: count }, (_, i) => {
        const { bars } = window.chandlery.charts.get(1);
        const at = i < bars.n ? bars.t[i] : bars.t[0] - (i - bars.n + 1) * 86400;
        const day = new Date(at * 1000).toISOString().slice(0, 10);
        return { ...calls[i % calls.length], id: `many-${i}`, at, day };
    });
    addEventListener('DOMContentLoaded', () => {
        const { chart: callbacks } = window.dash_clientside || {}; // not after a page was left
        if (!callbacks) return;
        const { mention } = callbacks;
        callbacks.mention = (answer) => {
            if (answer && window.testMany) answer = { ...answer, calls: many(answer.calls, window.testMany) };
            const spoilt = window.testSpoilt; // what each call has instead
            const spoil = (call) => ({ ...call, ...spoilt });
            if (answer && spoilt) answer = { ...answer, calls: answer.calls.map(spoil) };
            if (answer) window.testTold.push(answer);
            return mention(answer);
        };
    });
})()"""
COUNTED = """(count) => {
    const told = window.testTold.at(-1).calls.slice(0, count).filter((call) => call.direction);
    const latest = (call) => call.outcomes.filter(({ excess }) => excess !== null).pop();
    return [told.length, told.filter((call) => latest(call).excess > 0).length];
}"""


@pytest.fixture
def chart(page: Page, track_app: TrackApp) -> ChartPage:
    """Return the chart page of an app whose demo channel was processed."""
    page.add_init_script(LISTEN)
    return ChartPage(page, track_app.url)


def shown(chart: ChartPage) -> None:
    """Wait until what was asked about mentions is on the screen."""
    chart.ready()
    expect(chart.card).to_have_attribute("data-mentions", "shown", timeout=HANG_GUARD_MS)
    chart.page.evaluate(
        "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => go())))"
    )


def marks(chart: ChartPage, kind: str = "") -> Locator:
    """Return the marks on the screen, of one kind or of all."""
    of_kind = f'[data-kind="{kind}"]' if kind else ""
    return chart.card.locator(f'[data-testid="{MARKER}"]{of_kind}:visible')


def middle(mark: Locator) -> float:
    box = mark.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def bar_at(chart: ChartPage, pixel: float) -> str:
    """Return the date of the candle that a pixel of the page is nearest to."""
    bars: list[tuple[str, float]] = [tuple(bar) for bar in chart.page.evaluate(BARS)]
    return min(bars, key=lambda bar: abs(bar[1] - pixel))[0]


def test_the_switch_asks_for_mentions_and_the_link_keeps_it(chart: ChartPage) -> None:
    """ahead-4, level-20: nothing is asked while it is off; a reload and back show what was shown."""
    chart.open("?t=AAPL&r=D&from=2011-06-13&to=2012-06-22")
    chart.page.wait_for_timeout(900)
    assert chart.page.evaluate("() => window.testAsked.length") == 0
    toggle = chart.part("mentions-toggle")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    shown(chart)
    expect(toggle).to_have_attribute("aria-pressed", "true")
    assert marks(chart, "buy").count() == 2
    assert "mentions=on" in chart.page.url
    chart.page.reload()
    shown(chart)
    assert marks(chart, "buy").count() == 2
    chart.choose("mentions-toggle")
    expect(marks(chart)).to_have_count(0)
    chart.page.go_back()
    shown(chart)
    expect(marks(chart, "buy")).to_have_count(2)


def test_a_mark_stands_on_the_first_bar_a_viewer_could_trade(chart: ChartPage) -> None:
    """record-7, ahead-4: said on a Sunday, so Monday's candle; buys below it, and the card says all of it."""
    chart.open(DAILY)
    shown(chart)
    mark = marks(chart, "buy").first
    expect(mark).to_have_accessible_name(TALK_64)
    assert bar_at(chart, middle(mark)) == "2011-08-08"
    mark.hover()
    card = chart.part("mention-card")
    expect(card).to_be_visible()
    for words in (
        "Sun 7 Aug 2011 08:30", "Synthetic demo channel", "I bought Apple this morning", "373.62",
        "361.69 on Mon 8 Aug 2011", "+21: 5.2 points better than the benchmark", "+252: 56.5 points better",
    ):  # fmt: skip
        expect(card).to_contain_text(words)
    link = card.get_by_role("link")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("href", "https://example.com/synthetic-demo-channel/synthetic64")


def test_marks_follow_the_candles(chart: ChartPage) -> None:
    """ahead-4: by hand, as far as the bars do, and without a further question."""
    chart.open(DAILY)
    shown(chart)
    before = middle(marks(chart, "buy").first)
    chart.drag(150)
    shown(chart)
    mark = marks(chart, "buy").first
    assert middle(mark) - before == pytest.approx(150, abs=3)
    assert bar_at(chart, middle(mark)) == "2011-08-08"


def test_zoomed_out_marks_fold_into_clusters_and_a_click_opens_one(chart: ChartPage) -> None:
    """ahead-4: "28 calls · 14 beat SPY"; every mention is in one mark, and none overlaps another."""
    chart.open(WIDE)
    shown(chart)
    clusters = marks(chart, "cluster")
    assert clusters.count() >= 2
    counts = [int(mark.get_attribute("data-count") or 0) for mark in marks(chart).all()]
    assert sum(counts) == 41
    boxes = sorted(
        (box["x"], box["x"] + box["width"]) for mark in marks(chart).all() if (box := mark.bounding_box())
    )
    assert all(left[1] <= right[0] + 0.5 for left, right in pairwise(boxes))
    words = clusters.first.text_content() or ""
    calls, beat = words.removesuffix(" beat the benchmark").split(" calls · ")
    expected = chart.page.evaluate(COUNTED, int(clusters.first.get_attribute("data-count") or 0))
    assert [int(calls), int(beat)] == expected
    before = chart.view()
    clusters.first.click()
    chart.changed(before)
    assert marks(chart).count() > 1


def test_another_entry_moves_marks_prices_and_outcomes(chart: ChartPage, track_app: TrackApp) -> None:
    """ahead-5: next open, same-day close and next close, on the candles and in the list alike."""
    chart.page.goto(f"{track_app.channel_url}/AAPL?r=D&from=2011-06-13&to=2012-06-22")
    shown(chart)
    row = chart.page.get_by_test_id("calls-list").locator("tbody tr", has_text="talk 67")
    expect(row).to_contain_text("Thu 23 Feb 2012")
    expect(row).to_contain_text("+8.3")
    last = marks(chart, "buy").last
    assert bar_at(chart, middle(last)) == "2012-02-23"
    chart.page.get_by_test_id("choose-same-day-close").click()
    expect(row).to_contain_text("Wed 22 Feb 2012 12:12")
    expect(row).not_to_contain_text("Thu 23 Feb 2012")
    shown(chart)
    expect(row).not_to_contain_text("+8.3")
    assert bar_at(chart, middle(last)) == "2012-02-22"
    assert "entry=same-day-close" in chart.page.url
    chart.page.reload()
    shown(chart)
    expect(chart.page.get_by_test_id("choose-same-day-close")).to_have_attribute("aria-pressed", "true")
    expect(row).not_to_contain_text("Thu 23 Feb 2012")


def test_the_drill_down_keeps_its_address_and_row_and_mark_belong_together(
    chart: ChartPage, track_app: TrackApp
) -> None:
    """record-7: the chart begins at the ticker of the path; a row goes to its candle and lights its mark."""
    address = f"{track_app.channel_url}/AAPL"
    chart.page.goto(address)
    shown(chart)
    assert chart.page.url == address
    assert chart.view().ticker == "AAPL"
    rows = chart.page.get_by_test_id("calls-list").locator("tbody tr")
    expect(rows).to_have_count(41)
    before = chart.view()
    rows.filter(has_text="talk 64").locator("button").click()
    chart.changed(before)
    shown(chart)
    assert chart.page.url.startswith(f"{address}?")
    assert "t=" not in chart.page.url.split("?")[1].split("&")
    lit = chart.card.locator(f'[data-testid="{MARKER}"].lit')
    expect(lit).to_have_accessible_name(TALK_64)
    chart.card.locator(f'[data-testid="{MARKER}"][aria-label*="talk 67"]:visible').hover()
    expect(rows.filter(has_text="talk 67")).to_have_class("lit")
    chart.page.go_back()
    chart.page.wait_for_url(address)
    chart.ready()
    chart.page.get_by_test_id("back-to-channel").click()
    chart.page.wait_for_url(track_app.channel_url)


def test_by_keyboard_from_mark_to_mark(chart: ChartPage) -> None:
    """level-15: Tab leads to one mark, arrows to the next, and the candle under the keyboard stays."""
    chart.open(DAILY)
    shown(chart)
    chart.card.locator(".stage").focus()
    chart.page.keyboard.press("Tab")
    names = [mark.get_attribute("aria-label") for mark in sorted(marks(chart).all(), key=middle)]
    expect(chart.page.locator(":focus")).to_have_attribute("aria-label", names[0] or "")
    chart.page.keyboard.press("ArrowRight")
    expect(chart.page.locator(":focus")).to_have_attribute("aria-label", names[1] or "")
    expect(chart.part("mention-card")).to_be_visible()
    chart.page.keyboard.press("Escape")
    expect(chart.part("mention-card")).to_be_hidden()


def test_a_late_answer_about_another_ticker_is_never_drawn(chart: ChartPage) -> None:
    """ahead-4: it comes after the person has gone on, and is dropped."""
    chart.open("?t=AAPL&r=D&from=2011-06-13&to=2012-06-22")
    chart.page.evaluate("() => { window.testHeld = true; }")
    chart.choose("mentions-toggle")
    chart.page.wait_for_function("() => window.testAsked.length === 1")
    chart.enter("IBM")
    expect(chart.card).to_have_attribute("data-ticker", "IBM")
    chart.page.wait_for_function("() => window.testAsked.length === 2", timeout=HANG_GUARD_MS)
    chart.page.evaluate("() => { window.testHeld = false; }")
    chart.page.wait_for_function("() => window.testTold.length > 0", timeout=HANG_GUARD_MS)
    shown(chart)
    told = chart.page.evaluate("() => window.testTold.at(-1).calls.map(({ id }) => id)")
    drawn = [str(mark.get_attribute("data-key")).split(" ")[0] for mark in marks(chart).all()]
    assert drawn
    assert set(drawn) <= set(told)


def test_hostile_words_are_shown_as_text(chart: ChartPage, track_app: TrackApp) -> None:
    """record-7: markup, scripts, right-to-left marks and addresses that run something, on card and list."""
    title, quote = '<img src=x onerror="window.testRan=1">', "<script>window.testRan=1</script>\u202etxet"
    spoilt = {"title": title, "quote": quote, "url": "javascript:window.testRan=1", "channel": "<b>bold</b>"}
    chart.page.add_init_script(f"window.testSpoilt = {json.dumps(spoilt)};")
    chart.page.goto(f"{track_app.channel_url}/AAPL?r=D&from=2011-06-13&to=2012-06-22")
    shown(chart)
    marks(chart, "buy").first.hover()
    for place in (
        chart.part("mention-card"),
        chart.page.get_by_test_id("calls-list").locator("tbody tr").first,
    ):
        expect(place).to_contain_text(title)
        expect(place).to_contain_text(quote)
        expect(place.locator("a, img, script, b")).to_have_count(0)
        expect(place.get_by_text(quote)).to_have_attribute("dir", "auto")
    assert chart.page.evaluate("() => window.testRan") is None


def test_a_ticker_that_nobody_mentions_is_said_to_be(chart: ChartPage, app: AppProcess) -> None:
    """record-7: quietly, beside its candles."""
    chart.page.goto(f"{app.url}/?t=IBM&mentions=on")
    shown(chart)
    expect(chart.part("mention-words")).to_have_text("No channel mentions IBM.")
    assert chart.view().candles > 0


def test_without_candles_the_list_stays(chart: ChartPage, track_app: TrackApp) -> None:
    """record-7: the source has no such ticker, and what the channel said of it is told all the same."""
    chart.page.goto(f"{track_app.channel_url}/NFLX")
    expect(chart.part("error-message")).to_contain_text("No prices for NFLX", timeout=HANG_GUARD_MS)
    told = chart.page.get_by_test_id("calls-list")
    expect(told).to_contain_text("This channel does not mention NFLX.", timeout=HANG_GUARD_MS)

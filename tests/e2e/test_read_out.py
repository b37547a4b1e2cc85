"""What the chart says: the candle under the pointer, missing bars, empty ranges, the title."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.kit.app_process import AppProcess
from tests.kit.chart_eyes import look, read_canvas
from tests.kit.chart_page import ChartPage
from tests.kit.files import csv_of, daily_rows

ABSENT = (date(2013, 2, 12), date(2013, 2, 14))
COLUMNS = """() => {
    const { data, width, height } = window.testCopy('under');
    const sums = [];
    for (let x = 0; x < width; x += 1) {
        let sum = 0;
        for (let y = 12; y < height * 0.6; y += 1) {
            for (let c = 0; c < 4; c += 1) sum = (sum * 31 + data[(y * width + x) * 4 + c]) >>> 0;
        }
        sums.push(sum);
    }
    return sums;
}"""
TITLES = """() => {
    window.testTitles = [];
    const note = () => window.testTitles.push(document.title);
    document.addEventListener('DOMContentLoaded', () =>
        new MutationObserver(note).observe(document.head, { childList: true, subtree: true }));
}"""


def candles(chart: ChartPage, resolution: str, start: str, end: str) -> list[dict[str, Any]]:
    """Return what the API has."""
    query = f"start_date={start}&end_date={end}&resolution={resolution}"
    answer = chart.page.request.get(f"{chart.url}/api/v2/tickers/AAPL/ohlc?{query}").json()
    found: list[dict[str, Any]] = answer["candles"]
    return found


@pytest.mark.parametrize(
    ("resolution", "start", "end"),
    [("D", "2012-11-01", "2013-01-31"), ("5", "2013-02-14", "2013-02-14"), ("W", "2010-01-04", "2012-12-28")],
)
def test_h19_over_a_candle_its_own_prices_are_read(
    chart: ChartPage, resolution: str, start: str, end: str
) -> None:
    """H19: the first, a middle and the last one, against the API's answer."""
    chart.open(f"?t=AAPL&r={resolution}&from={start}&to={end}")
    wanted = candles(chart, resolution, start, end)
    sight = look(chart)
    axis = chart.page.evaluate("() => document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    assert axis == sight.facts["window"]
    assert len(sight.shown) == len(wanted)
    readout = chart.part("legend-readout")
    for k in (0, len(wanted) // 2, 1, len(wanted) - 1):
        chart.page.mouse.move(sight.pixel(sight.shown[k].bar), sight.top + 30)
        prices = [wanted[k][name] for name in ("open", "high", "low", "close")]
        words = "  ".join(f"{name} {price:.2f}" for name, price in zip("OHLC", prices, strict=True))
        expect(readout).to_contain_text(words.replace("  ", " "))
        stamp = wanted[k]["date"]
        day = datetime.fromisoformat(stamp).replace(tzinfo=UTC) if len(stamp) == len("2013-02-14") else None
        if resolution == "D" and day:
            expect(readout).to_contain_text(day.strftime("%a %-d %b %Y"))
    chart.page.mouse.move(2, 2)
    expect(readout).to_contain_text(f"C {wanted[-1]['close']:.2f}")


def test_the_pointer_reads_the_candle_beneath_it_while_the_view_moves_under_it(chart: ChartPage) -> None:
    """H19: after a key has moved the chart the pointer lies over another candle, and that one is read."""
    view = chart.open("?t=AAPL&r=D&from=2012-11-01&to=2013-01-31")
    sight = look(chart)
    x = sight.shown[30].middle
    chart.page.mouse.move(x, sight.top + 30)
    chart.page.keyboard.press("Shift+ArrowLeft")
    chart.changed(view)
    now = look(chart)
    beneath = min(now.shown, key=lambda box: abs(box.middle - x))
    day = datetime.fromtimestamp(now.time(beneath), UTC)
    expect(chart.part("legend-readout")).to_contain_text(day.strftime("%a %-d %b %Y"))


@pytest.fixture
def holes(page: Page, tmp_path: Path) -> Iterator[ChartPage]:
    """Return a chart of files: MSFT has every session, AAPL the same prices without three of them."""
    folder = tmp_path / "files"
    folder.mkdir()
    rows = daily_rows(date(2012, 10, 1), date(2013, 3, 1), "MSFT")
    (folder / "MSFT.csv").write_text(csv_of(rows))
    kept = [row for row in rows if not ABSENT[0] <= date.fromisoformat(str(row[0])) <= ABSENT[1]]
    (folder / "AAPL.csv").write_text(csv_of(kept))
    with AppProcess(tmp_path / "data", PROVIDERS="files", FILES_DIR=str(folder)) as running:
        yield ChartPage(page, running.url)


def test_missing_sessions_are_hatched_and_only_they(holes: ChartPage) -> None:
    """level-6: against the same prices without holes, the canvas differs where sessions are missing."""
    painted = []
    gaps = []
    for ticker in ("MSFT", "AAPL"):
        holes.open(f"?t={ticker}&r=D&from=2013-01-14&to=2013-03-01")
        holes.page.mouse.move(2, 2)
        gaps.append(holes.page.evaluate("() => window.chandlery.charts.get(1).gaps"))
        painted.append(read_canvas(holes, COLUMNS))
    assert gaps[0] == []
    [(start, end)] = gaps[1]
    assert end - start == pytest.approx(3)
    sight = look(holes)
    width = sight.right - sight.left
    edges = [(x - sight.facts["window"][0]) / sight.span * width for x in (start, end)]
    changed = [x for x, (full, holed) in enumerate(zip(*painted, strict=True)) if full != holed and x < width]
    assert changed, "nothing is painted where sessions are missing"
    assert (changed[0], changed[-1]) == pytest.approx(edges, abs=2)
    assert len(changed) > 0.9 * (edges[1] - edges[0])


@pytest.mark.parametrize(
    "query",
    [
        "?t=AAPL&r=5&from=2013-02-16T15:00Z&to=2013-02-17T20:00Z",
        "?t=AAPL&r=D&from=2013-02-16&to=2013-02-17",
        "?t=AAPL&r=D&from=2012-12-25&to=2012-12-25",
    ],
)
def test_a_range_without_trading_says_so_and_its_link_stays(chart: ChartPage, query: str) -> None:
    """A weekend or a holiday: a sentence, not an empty chart or other days without a word."""
    for again in (False, True):
        if again:
            chart.page.reload()
        else:
            chart.page.goto(f"{chart.url}/{query}")
        chart.ready()
        said = [chart.part(name).inner_text() for name in ("empty-message", "notes")]
        assert any("No trading" in words or "moved" in words for words in said), said
    chart.choose("range-1M")
    expect(chart.part("empty-message")).to_be_hidden()
    assert chart.ready().last.startswith("2013-03-01T")


@pytest.mark.parametrize("window", ["from=2012-12-03&to=2012-12-20", "from=2012-12-10&to=2012-12-14"])
def test_a_hole_as_wide_as_the_view_is_said_and_the_chart_goes_on(
    page: Page, tmp_path: Path, window: str
) -> None:
    """level-6: with candles in the margins and without any; nothing is called loading that will not come."""
    folder = tmp_path / "files"
    folder.mkdir()
    rows = daily_rows(date(2012, 10, 1), date(2013, 3, 1), "HOLE")
    absent = (date(2012, 11, 20), date(2013, 1, 10))
    kept = [row for row in rows if not absent[0] <= date.fromisoformat(str(row[0])) <= absent[1]]
    (folder / "HOLE.csv").write_text(csv_of(kept))
    with AppProcess(tmp_path / "data", PROVIDERS="files", FILES_DIR=str(folder)) as running:
        chart = ChartPage(page, running.url)
        view = chart.open(f"?t=HOLE&r=D&{window}")
        assert (view.first, view.last) == ("", "")
        expect(chart.part("empty-message")).to_contain_text("No trading in this range.")
        expect(chart.part("legend-readout")).to_have_text("No trading in this range.")
        page.locator(".stage").focus()
        page.keyboard.press("End")
        assert chart.changed(view).last == "2013-03-01T00:00:00Z"
        expect(chart.part("empty-message")).to_be_hidden()


def test_the_title_names_the_ticker_and_never_what_dash_does(chart: ChartPage) -> None:
    """No "Updating…" in the tab while candles are on their way."""
    chart.page.add_init_script(f"({TITLES})()")
    view = chart.open("?t=AAPL")
    chart.choose("range-5Y")
    view = chart.changed(view)
    assert chart.page.title() == "AAPL · Chandlery"
    chart.enter("IBM")
    chart.changed(view)
    assert chart.page.title() == "IBM · Chandlery"
    titles = chart.page.evaluate("() => window.testTitles")
    assert "IBM · Chandlery" in titles
    assert [title for title in titles if "Updating" in title or "Dash" in title] == []


def test_nothing_of_plotlys_own_is_on_the_chart(chart: ChartPage) -> None:
    """Neither its logo nor its buttons, also with the pointer over the chart."""
    chart.open("?t=AAPL")
    box = chart.part_box()
    chart.page.mouse.move(box["x"] + 300, box["y"] + 100)
    look(chart)
    assert (
        chart.page.locator(
            ".modebar-btn, .plotlyjsicon, .hoverlayer .hovertext, .rangeslider-container"
        ).count()
        == 0
    )

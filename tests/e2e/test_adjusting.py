"""As traded, split-adjusted, total return: the switch, and what it does to what is seen (ahead-2)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from adapters.prices import Basis
from tests.kit.chart_eyes import look
from tests.kit.chart_page import ChartPage
from tests.kit.providers import ScriptedProvider
from tests.kit.scripted_app import IN_SESSION, ScriptedApp

AT_THE_SPLIT = "?t=AAPL&r=D&from=2005-02-01&to=2005-03-31"
# Months are what fits 13 years into a screen: the last closes of two neighbouring ones.
STEPS = """(months) => {
    const { bars } = window.chandlery.charts.get(1);
    const of = (month) => [...bars.t].findIndex((t) => new Date(t * 1000).toISOString().startsWith(month));
    return months.map((month) => bars.c[of(month)] / bars.c[of(month) - 1]);
}"""
SPLITS, CRASH = ["2000-06", "2005-02"], "2000-09"


def shown(chart: ChartPage) -> Locator:
    """Return the word of the status line for what prices are adjusted for."""
    return chart.card.locator(".status .adjusted")


def adjust(chart: ChartPage, value: str, words: str) -> None:
    """Choose in the menu, and wait for the prices."""
    chart.choose("adjust-toggle")
    chart.choose(f"adjust-{value}")
    expect(shown(chart)).to_have_text(words)
    chart.ready()


def test_the_whole_history_drops_at_splits_only_as_traded_and_the_crash_stays(chart: ChartPage) -> None:
    """ahead-2: AAPL's splits of 2000 and 2005, and the day in September 2000 on which it lost half."""
    chart.open("?t=AAPL&range=MAX")
    months = [*SPLITS, CRASH]
    split = chart.page.evaluate(STEPS, months)
    adjust(chart, "raw", "as traded")
    traded = chart.page.evaluate(STEPS, months)
    assert all(step > 1.1 for step in split[:2])
    assert all(step < 0.65 for step in traded[:2])
    assert split[2] == pytest.approx(traded[2])
    assert split[2] < 0.45
    adjust(chart, "total", "total return")
    assert chart.page.evaluate(STEPS, months) == pytest.approx(split)


def test_the_view_stays_and_the_price_axis_fits(chart: ChartPage) -> None:
    """ahead-2, level-20: whatever is chosen; the address and a reload say the same."""
    before = chart.open(AT_THE_SPLIT)
    chart.drag(150)
    before = chart.changed(before)
    window = look(chart).facts["window"]
    for value, words in (("raw", "as traded"), ("total", "total return"), ("split", "split-adjusted")):
        adjust(chart, value, words)
        now = look(chart)
        assert now.facts["window"] == window
        assert replace(chart.view(), candles=before.candles) == before
        now.check_fit()
        assert ("adjust=" in chart.page.url) == (value != "split")
        expect(chart.part("adjust-toggle")).to_have_text(words.capitalize())
    adjust(chart, "raw", "as traded")
    traded = look(chart).facts["close"]
    chart.page.reload()
    chart.ready()
    expect(shown(chart)).to_have_text("as traded")
    expect(chart.part("adjust-raw")).to_have_attribute("aria-checked", "true")
    assert set(look(chart).facts["close"]) <= set(traded) or set(traded) <= set(look(chart).facts["close"])
    chart.page.go_back()
    expect(shown(chart)).to_have_text("split-adjusted")


def test_a_range_stays_a_range(chart: ChartPage) -> None:
    """ahead-2, level-2: it moves on with the days whatever prices are adjusted for."""
    before = chart.open("?t=AAPL&range=1Y")
    adjust(chart, "raw", "as traded")
    assert chart.view() == before
    assert chart.page.url.endswith("?t=AAPL&range=1Y&adjust=raw")
    expect(chart.part("range-1Y")).to_have_attribute("aria-pressed", "true")


def test_a_key_goes_round(chart: ChartPage) -> None:
    """ahead-2, level-15: also when it is pressed faster than prices come."""
    chart.open(AT_THE_SPLIT)
    for words in ("total return", "as traded", "split-adjusted"):
        chart.page.keyboard.press("a")
        expect(shown(chart)).to_have_text(words)
    for key in ("a", "A"):
        chart.page.keyboard.press(key)
    expect(shown(chart)).to_have_text("as traded")
    assert "adjust=raw" in chart.page.url


def test_a_source_that_gives_only_adjusted_prices_says_so(page: Page, tmp_path: Path) -> None:
    """ahead-2, cache-16: the switch shows what was chosen, the status line what is seen, and a note why."""
    provider = ScriptedProvider(IN_SESSION, basis=Basis.SPLIT)
    with ScriptedApp(tmp_path, provider) as running:
        chart = ChartPage(page, running.url)
        chart.open("?t=AAPL&r=D&from=2024-12-02&to=2025-03-07")
        expect(chart.part("notes")).to_be_hidden()
        chart.choose("adjust-toggle")
        chart.choose("adjust-raw")
        expect(chart.part("notes")).to_contain_text("only split-adjusted")
        expect(shown(chart)).to_have_text("split-adjusted")
        expect(chart.part("adjust-raw")).to_have_attribute("aria-checked", "true")

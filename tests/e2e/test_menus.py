"""The chart's menus as a person uses them: by keyboard, by mouse, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.kit.chart_page import ChartPage

MENUS = {
    "chart-type": ["type-candles", "type-ohlc", "type-line", "type-area"],
    "adjust-toggle": ["adjust-raw", "adjust-split", "adjust-total"],
    "source-picker": [
        f"source-{name}" for name in ("automatic", "demo", "files", "tiingo", "finnhub", "yahoo")
    ],
    "more-menu": [
        "log-toggle",
        "sentiment-toggle",
        "colour-toggle",
        *(f"entry-{policy}" for policy in ("next-open", "same-day-close", "next-close")),
    ],
}


class Menu:
    """One menu of an open chart."""

    def __init__(self, chart: ChartPage, name: str) -> None:
        """Look at the menu whose button has a test id."""
        self.button: Locator = chart.part(name)
        listed = self.button.get_attribute("aria-controls")
        self.list: Locator = chart.page.locator(f"[id='{listed}']")
        self.items = [chart.part(item) for item in MENUS[name]]

    def check(self, *, opened: bool) -> None:
        """Check that the list is open, or that it is closed, and that the button says so."""
        expect(self.list).to_be_visible(visible=opened)
        expect(self.button).to_have_attribute("aria-expanded", str(opened).lower())


@pytest.mark.parametrize("key", ["Enter", "Space", "ArrowDown"])
@pytest.mark.parametrize("name", MENUS)
def test_a_key_on_the_button_opens_a_menu_with_the_focus_in_it(chart: ChartPage, name: str, key: str) -> None:
    """On the chosen item, else the first; that there is a menu is said before."""
    chart.open("?t=AAPL&type=line")
    menu = Menu(chart, name)
    menu.check(opened=False)
    expect(menu.button).to_have_attribute("aria-haspopup", "menu")
    expect(menu.list).to_have_role("menu")
    menu.button.focus()
    chart.page.keyboard.press(key)
    menu.check(opened=True)
    expect(menu.items[{"chart-type": 2, "adjust-toggle": 1}.get(name, 0)]).to_be_focused()


def test_the_keyboard_alone_chooses_a_chart_type(chart: ChartPage) -> None:
    """The arrows go round, Home and End to the ends, and the focus returns to the button."""
    chart.open()
    menu = Menu(chart, "chart-type")
    menu.button.focus()
    keys = chart.page.keyboard
    keys.press("ArrowUp")
    for key, place in (("ArrowDown", 0), ("ArrowUp", 3), ("Home", 0), ("End", 3), ("ArrowUp", 2)):
        keys.press(key)
        expect(menu.items[place]).to_be_focused()
    expect(menu.items[0]).to_have_attribute("aria-checked", "true")
    keys.press("Enter")
    menu.check(opened=False)
    expect(menu.button).to_be_focused()
    expect(chart.card).to_have_attribute("data-type", "line")
    expect(menu.items[2]).to_have_attribute("aria-checked", "true")
    expect(menu.items[0]).to_have_attribute("aria-checked", "false")


def test_the_keyboard_alone_turns_the_switches(chart: ChartPage) -> None:
    chart.open()
    menu = Menu(chart, "more-menu")
    menu.button.focus()
    for checked in ("true", "false"):
        chart.page.keyboard.press("Enter")
        chart.page.keyboard.press("Space")
        menu.check(opened=False)
        expect(menu.items[0]).to_have_attribute("aria-checked", checked)
        expect(chart.card).to_have_attribute("data-scale", "log" if checked == "true" else "linear")
    chart.page.keyboard.press("ArrowUp")
    expect(menu.items[-1]).to_be_focused()
    for key in ("Home", "ArrowDown", "ArrowDown", "Enter"):
        chart.page.keyboard.press(key)
    expect(menu.items[2]).to_have_attribute("aria-checked", "true")
    for item in menu.items[:3]:
        expect(item).to_have_role("menuitemcheckbox")
        assert item.get_attribute("aria-pressed") is None


@pytest.mark.parametrize("key", ["Escape", "Tab", "Shift+Tab"])
def test_a_menu_that_is_left_by_key_gives_the_focus_back(chart: ChartPage, key: str) -> None:
    chart.open()
    menu = Menu(chart, "chart-type")
    menu.button.click()
    expect(menu.items[0]).to_be_focused()
    chart.page.keyboard.press(key)
    menu.check(opened=False)
    expect(menu.button).to_be_focused()


def test_letters_in_an_open_menu_are_not_the_pages_keys(chart: ChartPage) -> None:
    """Otherwise T would change the colours, and 5 the candles, behind the menu."""
    before = chart.open()
    menu = Menu(chart, "chart-type")
    menu.button.click()
    scheme = chart.page.locator("html").get_attribute("data-mantine-color-scheme")
    for key in ("t", "l", "w", "5", "/", "?", "ArrowLeft", "ArrowRight", "+"):
        chart.page.keyboard.press(key)
    menu.check(opened=True)
    expect(menu.items[0]).to_be_focused()
    expect(chart.card).to_have_attribute("data-scale", "linear")
    assert chart.page.locator("html").get_attribute("data-mantine-color-scheme") == scheme
    assert chart.view() == before


def test_a_press_elsewhere_closes_a_menu(chart: ChartPage) -> None:
    """On the stage, on its own button, and on the other menu's, which opens."""
    chart.open()
    menu, other = Menu(chart, "chart-type"), Menu(chart, "more-menu")
    menu.button.click()
    menu.check(opened=True)
    chart.card.locator(".stage").click(position={"x": 300, "y": 200})
    menu.check(opened=False)
    menu.button.click()
    menu.button.click()
    menu.check(opened=False)
    menu.button.click()
    other.button.click()
    menu.check(opened=False)
    other.check(opened=True)
    other.items[0].click()
    other.check(opened=False)
    expect(chart.card).to_have_attribute("data-scale", "log")


@pytest.mark.parametrize("name", MENUS)
def test_on_a_phone_a_menu_opens_upwards_inside_the_screen(chart: ChartPage, name: str) -> None:
    chart.page.set_viewport_size({"width": 375, "height": 667})
    chart.open()
    menu = Menu(chart, name)
    menu.button.click()
    menu.check(opened=True)
    box, button = menu.list.bounding_box(), menu.button.bounding_box()
    assert box is not None
    assert button is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= button["y"]
    heights = [item.evaluate("item => item.getBoundingClientRect().height") for item in menu.items]
    assert min(heights) >= 40
    assert chart.page.evaluate("document.documentElement.scrollWidth") <= 375
    menu.items[-1].click(force=True)  # also one that only says why it cannot be had
    menu.check(opened=False)


@pytest.mark.parametrize("width", [768, 901, 1024, 1241, 1280])
def test_every_choice_is_in_sight_where_there_is_room_for_a_row(chart: ChartPage, width: int) -> None:
    """level-17: no menu stands beyond the edge, no range or resolution has to be scrolled for."""
    chart.page.set_viewport_size({"width": width, "height": 800})
    chart.open()
    for name in MENUS:
        box = chart.part(name).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
    cut = "rows => rows.filter((row) => row.scrollWidth > row.clientWidth).map((row) => row.className)"
    assert chart.card.locator(".choices").evaluate_all(cut) == []

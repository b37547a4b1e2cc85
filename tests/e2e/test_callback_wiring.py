"""The wiring of stores and callbacks, through Dash's own test harness."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from dash.testing.composite import DashComposite
from selenium.webdriver.support.ui import WebDriverWait

from app import compose
from cache.query import CandleQuery
from market.resolution import Resolution
from settings import load


@pytest.mark.filterwarnings("ignore")  # Selenium 4.2, which dash[testing] pins, is full of deprecations
def test_a_click_writes_the_viewport_store_and_the_answer_is_drawn(
    dash_duo: DashComposite, tmp_path: Path
) -> None:
    """Store in, Store out: the range button changes the question, and the question changes the figure."""
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo", warm_at="off"))
    # The harness ends every thread that began after it, and theirs would fail in somebody else's test.
    house.metrics.start()
    house.cache.get(CandleQuery("AAPL", Resolution.DAY, date(2013, 2, 1), date(2013, 2, 1)))
    dash_duo.start_server(house.dash)
    card = '[data-testid="price-chart"]'
    dash_duo.wait_for_element(f'{card}[data-state="ready"]', timeout=20)
    before = dash_duo.find_element(card).get_attribute("data-first")
    dash_duo.find_element('[data-testid="range-1Y"]').click()
    WebDriverWait(dash_duo.driver, 20).until(
        lambda driver: (
            driver.find_element("css selector", card).get_attribute("data-first") < before
            and driver.find_element("css selector", card).get_attribute("data-state") == "ready"
        )
    )
    assert house.cache.statistics.snapshot()["requests"] >= 2
    assert dash_duo.get_logs() == []

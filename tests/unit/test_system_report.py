"""The system page's report is made of what the running app says of itself (api-8)."""

from __future__ import annotations

import os
from pathlib import Path

from app import House, compose
from cache.query import CandleQuery
from market.resolution import Resolution
from settings import load


def composed(folder: Path) -> House:
    return compose(load(env_file=None, data_dir=folder, providers="demo", warm_at="off"))


def report_of(house: House) -> str:
    """Return the system page as the browser gets it."""
    client = house.dash.server.test_client()
    outputs = "..page.children.."
    question = {
        "output": outputs.strip("."),
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "location", "property": "pathname", "value": "/system"}],
        "changedPropIds": ["location.pathname"],
    }
    answer = client.post("/_dash-update-component", json=question)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_o3_the_page_shows_what_was_counted_by_whom(tmp_path: Path) -> None:
    """O3, F6: process, store and shares are those of the app, not of a picture."""
    house = composed(tmp_path)
    page = report_of(house)
    said = "Everything works. Nobody has asked for a chart yet."
    assert said in page, page[page.find("verdict") :][:2_000]  # the page is longer than a failure is shown
    last = house.cache.listing("AAPL").last_session
    query = CandleQuery("AAPL", Resolution.DAY, last.replace(day=1), last)
    house.cache.get(query)
    house.cache.get(query)
    page = report_of(house)
    assert f"Process {os.getpid()}" in page
    assert house.providers[0].label in page
    totals = house.metrics.totals()
    assert (totals["requests"], totals["request_misses"], totals["request_memory_hits"]) == (2, 1, 1)
    assert house.metrics.processes() == 1
    assert house.metrics.started_s() > 0


def test_alarms_and_problems_reach_the_page(tmp_path: Path) -> None:
    house = composed(tmp_path)
    report_of(house)  # the first request begins the samples
    house.metrics.tick()
    house.cache.statistics.add("breaker_opened")
    house.metrics.tick()
    page = report_of(house)
    assert "1 in the last minute, should be at most 0." in page

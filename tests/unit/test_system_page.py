"""The parts of the system page from a report, its document, and what it does when the report fails."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component
from flask.testing import FlaskClient

from components import system_sections as sections
from components import system_sources
from components.system_report import CoolingSource, MemoryState, SystemReport, nothing_known
from tests.kit.house import close_all
from tests.kit.system_app import SystemApp
from tests.kit.system_reports import FAILING, IDLE, LIVE, WELL

PARTS = [
    sections.top,
    sections.tiers,
    sections.breaker,
    sections.memory,
    sections.locks,
    sections.flights,
    system_sources.sources,
    sections.alarms,
    sections.problems,
]


def text(found: Any) -> str:
    """Return what is read, a bar between elements."""
    if isinstance(found, Component):
        return text(getattr(found, "children", None))
    if isinstance(found, list | tuple):
        return "|".join(filter(None, map(text, found)))
    return "" if found is None else str(found).replace("\u00a0", " ")


@pytest.mark.parametrize("report", [WELL, FAILING, LIVE, IDLE, nothing_known()])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_says_something_of_every_report(
    part: Callable[[SystemReport], list[Component]], report: SystemReport
) -> None:
    assert text(part(report)).strip("|")


def test_m1_tiers_add_up_and_say_their_calls() -> None:
    """M1: the share of each tier, of all blocks."""
    said = text(sections.tiers(WELL))
    assert said == (
        "Memory|95.9 %|5,500 blocks|in the app itself|Table|2.21 %|127 blocks|SQLite|"
        "Provider|1.92 %|110 blocks|55 calls, 2 failed"
    )
    assert "9 calls failed" in text(sections.tiers(FAILING))


def test_e7_the_breaker_says_what_becomes_of_calls() -> None:
    """E7: open, since when, and until when."""
    assert text(sections.breaker(WELL)).startswith("State|Closed for 50 min|Calls|all are made|")
    assert text(sections.breaker(FAILING)) == (
        "State|Open for 18 s|Calls|none are made|Next try|in 42 s|Opened|3 times|Calls not made|128"
    )
    assert "none before this table" in text(sections.breaker(nothing_known()))


def test_budgets_say_what_is_used_and_why_a_source_is_not_asked() -> None:
    """cache-11: how many of how many within what, and until when there are no more."""
    said = text(system_sources.sources(LIVE))
    assert (
        "IEX only|not asked|Tiingo's hourly budget is used up until 12:00 (New York).|"
        "50 of 50 this hour|915 of 1,000 today|12 of 500 tickers this month|"
    ) in said
    assert "as traded|refuses|Your Finnhub plan does not include this.|1 of 60 this minute|" in said
    assert "for personal use|in use|31 of 300 this hour|" in said
    assert said.endswith("The last tenth of a budget is kept for charts that are not held yet.")


def test_a_meter_is_as_wide_as_what_is_used_and_changes_its_colour_near_the_end() -> None:
    drawn = re.findall(
        r"className='(\w+)', style=\{'width': '([0-9.]+)%'\}", str(system_sources.sources(LIVE))
    )
    assert drawn[:3] == [("full", "100.00"), ("nearly", "91.50"), ("used", "2.40")]


def test_figures_of_all_processes_are_named_so_among_those_of_one() -> None:
    said = text(sections.locks(FAILING))
    assert "Waited, all processes|3 times|" in said
    assert said.endswith("AAPL D 2012|MSFT D 2013")


def test_memory_is_told_by_its_segments() -> None:
    said = text(sections.memory(WELL))
    assert "30.0 MB of 48.0 MB" in said
    assert "Used again (protected)|21.0 MB" in said
    empty = replace(WELL, process=replace(WELL.process, memory=MemoryState(0, 0, 1)))
    assert "Blocks|0" in text(sections.memory(empty))


def test_a_source_that_rests_says_for_how_long() -> None:
    rests = replace(
        WELL, process=replace(WELL.process, cooling=(CoolingSource("demo", "", 42, "it answered 429"),))
    )
    assert "left alone for 42 s" in text(system_sources.sources(rests))
    assert "ZZZQ: not asked for during the next 5 min" in text(system_sources.sources(FAILING))
    assert "No budgets: demo prices and files cost nothing." in text(system_sources.sources(WELL))


def test_o1_problems_carry_the_begin_of_their_request_id() -> None:
    """O1: the whole of it is in the title, to be found in the log."""
    said = text(sections.problems(FAILING))
    assert "16:00:12|Error|Circuit breaker opened: left alone for 60 s|5f2b9c1d" in said
    assert "5f2b9c1d7e" in json.dumps(
        sections.problems(FAILING)[0].to_plotly_json(), default=lambda c: c.to_plotly_json()
    )


@pytest.fixture
def app(tmp_path: Path) -> Iterator[SystemApp]:
    served = SystemApp(tmp_path, WELL)
    with served:
        yield served
    close_all()


@pytest.fixture
def client(app: SystemApp) -> FlaskClient:
    return app.server.test_client()


def ask(client: FlaskClient) -> Any:
    """Ask for the figures as the browser does."""
    dependencies = client.get("/_dash-dependencies").json
    assert dependencies is not None
    (wanted,) = [d for d in dependencies if "system-verdict" in d["output"] or "system-top" in d["output"]]
    specification = json.loads(json.dumps(wanted))
    outputs = [
        {"id": {"type": kind, "page": 1}, "property": name}
        for kind, name in re.findall(r'"type":"([a-z-]+)"}\.([a-z-]+)', specification["output"])
    ]
    return client.post(
        "/_dash-update-component",
        json={
            "output": specification["output"],
            "outputs": outputs,
            "inputs": [{"id": {"type": "system-asked", "page": 1}, "property": "data", "value": 1}],
            "changedPropIds": ['{"page":1,"type":"system-asked"}.data'],
        },
    )


def test_one_answer_has_every_part(app: SystemApp, client: FlaskClient) -> None:
    """All figures on the screen are of one moment: the report is made once."""
    answer = ask(client)
    assert answer.status_code == 200
    assert app.asked == 1
    said = answer.get_data(as_text=True)
    for words in ("Everything works.", "system-hit-rate", "system-problems", "data-answer"):
        assert words in said


def test_a_report_that_fails_leaves_the_page_as_it_is(app: SystemApp, client: FlaskClient) -> None:
    """The browser says that the figures are old; no error, no stack trace."""
    app.report = RuntimeError("boom")
    answer = ask(client)
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_first_look_at_a_report_that_fails_says_that_nothing_is_known(
    app: SystemApp, client: FlaskClient
) -> None:
    app.report = RuntimeError("boom")
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": "page.children",
            "outputs": {"id": "page", "property": "children"},
            "inputs": [{"id": "location", "property": "pathname", "value": "/system"}],
            "changedPropIds": ["location.pathname"],
        },
    )
    assert answer.status_code == 200
    assert "Nothing is known about this app" in answer.text


def test_the_document_of_the_system_page_has_its_own_skeleton_and_plotly(client: FlaskClient) -> None:
    page = client.get("/system")
    assert page.status_code == 200
    assert "<title>System · Chandlery</title>" in page.text
    assert 'class="skeleton-system"' in page.text
    assert "skeleton-toolbar" not in page.text
    assert "window.Plotly" in page.text
    assert 'class="skeleton-system"' not in client.get("/").text

"""assets/matches.js in Node: what Enter means, where arrows lead, and that no older matches are shown."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component

from components.search_box import search_box

SCRIPT = Path(__file__).parents[2] / "assets" / "matches.js"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="node is missing: assets/matches.js cannot be run")

_PRELUDE = """
globalThis.window = {};
require('vm').runInThisContext(require('fs').readFileSync(process.argv[1], 'utf8'));
const { step, best, finder } = window.chandlery.matches;
const answer = (value) => process.stdout.write(JSON.stringify(value));

// A server that answers when told to, and a clock that goes when told to.
const asked = [];
const shown = [];
const waiting = [];
const clock = {
  after: (act) => waiting.push(act) - 1,
  cancel: (id) => { if (id !== null) waiting[id] = null; },
};
const get = (text) => new Promise((resolve, reject) => asked.push({ text, resolve, reject }));
const finding = finder(get, (rows) => shown.push(rows), clock);
const wait = () => waiting.forEach((act, i) => { waiting[i] = null; if (act) act(); });
const taken = [];
const enter = () => finding.settle((rows) => taken.push(rows));
const settled = () => new Promise((resolve) => setImmediate(resolve));
"""


def node(program: str) -> Any:
    """Return what a program answers; it may wait."""
    done = subprocess.run(
        [str(NODE), "-e", f"{_PRELUDE}(async () => {{{program}}})();", str(SCRIPT)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1500:]
    return json.loads(done.stdout)


@needs_node
def test_the_arrows_go_round_and_pass_by_no_row_at_all() -> None:
    """From the last row on lies the typed text, and from there the first row."""
    walk = """
        const walked = { ArrowDown: [], ArrowUp: [] };
        for (const key of Object.keys(walked)) {
          for (let i = 0, at = -1; i < 5; i += 1) walked[key].push((at = step(key, at, 3)));
        }
        answer(walked);
    """
    assert node(walk) == {"ArrowDown": [0, 1, 2, -1, 0], "ArrowUp": [2, 1, 0, -1, 2]}
    assert node("answer([step('ArrowDown', -1, 0), step('ArrowUp', -1, 0)]);") == [-1, -1]


@needs_node
def test_only_the_newest_text_is_asked_for_while_a_person_types() -> None:
    assert node("for (const t of ['a', 'ap', ' apple ']) finding.ask(t); wait(); answer(asked);") == [
        {"text": "apple"}
    ]


@needs_node
def test_matches_of_an_older_text_are_dropped_whatever_comes_first() -> None:
    program = """
        for (const text of ['ap', 'apple']) { finding.ask(text); wait(); }
        asked[1].resolve(['AAPL']);
        await settled();
        asked[0].resolve(['APP']);
        await settled();
        answer(shown);
    """
    assert node(program) == [["AAPL"]]


@needs_node
def test_an_older_texts_failure_does_not_take_the_newer_matches_away() -> None:
    program = """
        for (const text of ['ap', 'apple']) { finding.ask(text); wait(); }
        asked[1].resolve(['AAPL']);
        await settled();
        asked[0].reject(new Error('late'));
        await settled();
        answer(shown);
    """
    assert node(program) == [["AAPL"]]


@needs_node
def test_after_a_failure_nothing_is_shown_and_the_next_text_is_asked_for() -> None:
    program = """
        finding.ask('ap'); wait();
        asked[0].reject(new Error('offline'));
        await settled();
        finding.ask('ibm'); wait();
        asked[1].resolve(['IBM']);
        await settled();
        answer(shown);
    """
    assert node(program) == [[], ["IBM"]]


@needs_node
def test_what_was_asked_for_is_dropped_once_a_choice_is_made() -> None:
    program = """
        finding.ask('ap'); wait(); finding.stop();
        asked[0].resolve(['APP']);
        finding.ask('ibm'); finding.stop(); wait();
        await settled();
        answer([shown, asked.length]);
    """
    assert node(program) == [[], 1]


@needs_node
@pytest.mark.parametrize("text", ["", "   ", "A" * 65])
def test_a_text_that_the_server_refuses_is_not_sent(text: str) -> None:
    """And the matches of the text before it go."""
    assert node(f"finding.ask({text!r}); wait(); answer([asked.length, shown]);") == [0, [[]]]


ROWS = [
    {"ticker": "AAPL", "name": "Apple Inc."},
    {"ticker": "APLE", "name": "Apple Hospitality REIT, Inc."},
    {"ticker": "BRK.B", "name": "Berkshire Hathaway Inc"},
    {"ticker": "KO", "name": "Coca-Cola Co"},
    {"ticker": "NSRGY", "name": "Nestlé SA"},
    {"ticker": "MYFUND", "name": ""},
    {"ticker": "E", "name": "ENI SpA"},
]


@needs_node
@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("apple", "AAPL"),
        ("apple h", "APLE"),
        ("aple", "APLE"),
        (" APLE ", "APLE"),
        ("brk-b", "BRK.B"),
        ("brk", "BRK.B"),
        ("coca cola", "KO"),
        ("nestle", "NSRGY"),
        ("NESTLÉ", "NSRGY"),
        ("myf", "MYFUND"),
        ("e", "E"),
        # These begin neither a ticker nor a company: then the text itself is meant.
        ("hathaway", None),
        ("AA PL", None),
        ("é", None),
        ("<b>x</b>", None),
        ("zzzq", None),
        ("", None),
        ("  ", None),
        ("...", None),
    ],
)
def test_enter_means_the_ticker_that_is_the_text_else_the_first_that_begins_with_it(
    text: str, ticker: str | None
) -> None:
    found = node(f"const at = best({json.dumps(ROWS)}, {json.dumps(text)}); answer(at);")
    assert (ROWS[found]["ticker"] if found >= 0 else None) == ticker


@needs_node
def test_enter_asks_at_once_and_waits_for_the_matches_of_its_own_text() -> None:
    program = """
        finding.ask('ap'); wait();
        finding.ask('apple'); enter();
        const sent = asked.map(({ text }) => text);
        asked[0].resolve(['APP']);
        await settled();
        const before = [taken.length, finding.waits()];
        asked[1].resolve(['AAPL']);
        await settled();
        wait();
        answer([sent, before, taken, finding.waits(), asked.length]);
    """
    assert node(program) == [["ap", "apple"], [0, True], [["AAPL"]], False, 2]


@needs_node
@pytest.mark.parametrize("ends", ["wait()", "asked[0].reject(new Error('offline'))"])
def test_enter_gets_no_matches_when_none_come_in_time(ends: str) -> None:
    """The search fails, or does not answer for a second; a late answer is nobody's."""
    program = f"""
        finding.ask('apple'); enter(); {ends};
        await settled();
        asked[0].resolve(['AAPL']);
        await settled();
        wait();
        answer([taken, finding.waits()]);
    """
    assert node(program) == [[[]], False]


@needs_node
def test_enter_on_known_matches_does_not_wait_and_on_dropped_ones_gets_none() -> None:
    program = """
        finding.ask('apple'); wait();
        asked[0].resolve(['AAPL']);
        await settled();
        enter();
        finding.stop(); enter();
        answer([taken, asked.length]);
    """
    assert node(program) == [[["AAPL"], []], 1]


@needs_node
def test_who_types_on_after_enter_takes_the_enter_back() -> None:
    program = """
        finding.ask('ap'); enter();
        finding.ask('app'); wait();
        for (const { resolve, text } of asked) resolve([text]);
        await settled();
        answer([taken, shown, finding.waits()]);
    """
    assert node(program) == [[], [["app"]], False]


def parts(component: Component) -> dict[str, dict[str, Any]]:
    """Return the marks of what has a test id, by it."""
    found: dict[str, dict[str, Any]] = {}
    for part in (component, *component._traverse()):
        props = part.to_plotly_json()["props"] if isinstance(part, Component) else {}
        marks = {**props, **props.get("attributes", {}).get("input", {})}
        if "data-testid" in marks:
            found[marks["data-testid"]] = marks
    return found


def test_the_markup_is_a_closed_combobox_that_names_its_own_list() -> None:
    """The ids of two charts on a page differ."""
    boxes = [parts(search_box(chart)) for chart in (1, 2)]
    for box in boxes:
        text, matches = box["ticker-input"], box["search-results"]
        assert (text["role"], text["aria-expanded"], text["aria-autocomplete"]) == (
            "combobox",
            "false",
            "list",
        )
        assert (matches["role"], matches["hidden"]) == ("listbox", True)
        assert text["aria-controls"] == matches["id"]
    assert boxes[0]["search-results"]["id"] != boxes[1]["search-results"]["id"]

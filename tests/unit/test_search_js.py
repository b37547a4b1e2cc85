"""assets/search.js in Node: where the arrow keys lead, and that no older text's matches are ever shown."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component

from components.search_box import search_box

SCRIPT = Path(__file__).parents[2] / "assets" / "search.js"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="node is missing: assets/search.js cannot be run")

_PRELUDE = """
globalThis.window = {};
require('vm').runInThisContext(require('fs').readFileSync(process.argv[1], 'utf8'));
const { step, finder } = window.chandlery.search;
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

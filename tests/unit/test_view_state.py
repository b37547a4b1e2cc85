"""The typed codec of the URL: one table of cases for Python and for the browser's half."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.view_state import DEFAULT_TICKER, ViewState, decode, encode, parse_edge
from market.ranges import RangePreset
from market.resolution import Resolution

ROOT = Path(__file__).parents[2]
CASES = json.loads((ROOT / "tests/cases/view_state.json").read_text())


def _view(fields: dict[str, str | None]) -> ViewState:
    resolution = fields["resolution"]
    return ViewState(
        str(fields["ticker"]),
        None if resolution == "auto" else Resolution(str(resolution)),
        None,
        parse_edge(fields["from"]),
        parse_edge(fields["to"]),
        str(fields["adjust"]),
        fields["source"],
    )


@pytest.mark.parametrize("case", CASES["decode"], ids=lambda c: c["query"] or "nothing")
def test_a_query_means_what_the_table_says(case: dict[str, object]) -> None:
    """Bad parts fall back to their defaults and are named."""
    state = decode(str(case["query"]))
    assert state.ticker == case["ticker"]
    assert (state.resolution and state.resolution.value) == case["resolution"]
    assert (state.range and state.range.value) == case["range"]
    assert (state.start, state.end) == (parse_edge(case["start"]), parse_edge(case["end"]))
    assert len(state.notes) == case.get("notes", 0)


@pytest.mark.parametrize("case", CASES["encode"], ids=lambda c: c["query"])
def test_a_view_becomes_the_query_of_the_table_and_back(case: dict[str, dict[str, str | None]]) -> None:
    view = _view(case["view"])
    assert encode(view) == case["query"]
    assert decode(str(case["query"])) == view


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_browser_writes_the_same_queries() -> None:
    program = """
      const fs = require('fs');
      global.window = {};
      eval(fs.readFileSync('assets/url.js', 'utf8'));
      const cases = JSON.parse(fs.readFileSync('tests/cases/view_state.json', 'utf8')).encode;
      console.log(JSON.stringify(cases.map((c) => window.chandlery.url.encode(c.view))));
    """
    run = subprocess.run(["node", "-e", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == [c["query"] for c in CASES["encode"]]


@given(st.text(max_size=300))
def test_no_text_after_the_question_mark_breaks_the_page(query: str) -> None:
    """Whatever a link holds, there is a view, and reading its own link gives it again."""
    state = decode(query)
    assert decode(encode(state)) == state


def test_ten_thousand_characters_are_read_to_a_limit_only() -> None:
    assert decode("t=" + "A" * 10_000).ticker == DEFAULT_TICKER


@given(
    st.sampled_from(["AAPL", "BRK.B", "BTC-USD", "^GSPC", "0700.HK"]),
    st.none() | st.sampled_from(list(Resolution)),
    st.sampled_from(list(RangePreset)),
    st.sampled_from(["split", "raw", "total"]),
)
def test_every_view_survives_its_own_link(
    ticker: str, resolution: Resolution | None, preset: RangePreset, adjust: str
) -> None:
    state = ViewState(ticker, resolution, preset, adjust=adjust)
    assert decode(encode(state)) == state

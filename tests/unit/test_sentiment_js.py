"""The sentiment pane in the browser: when it asks, what it keeps, what it says (user-2, level-8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.scripts import needs_node, run

pytestmark = needs_node
SCRIPTS = ("aside.js", "callout.js", "format.js", "panes.js", "sentiment.js", "spoken.js")

LOOKING = "Looking for news and mentions …"
_PAGE = """
const timers = [];
const clock = {
  after: (act, ms) => { timers.push([act, ms]); return timers.length; },
  cancel: (id) => { timers[id - 1] = null; },
};
const due = (until = 1000) => timers.forEach((timer, i) => {
  if (!timer || timer[1] > until) return;
  timers[i] = null;
  timer[0]();
});
const sent = [];
const parts = { caption: () => {}, headlines: () => ({ close: () => {} }) };
const pane = window.chandlery.sentiment.create((question) => sent.push(question), () => {}, clock, parts);
const ON = { sentiment: true };
const shown = (ticker) => ({ ticker, resolution: 'D', source: 'demo' });
const bars = { n: 2, t: [100, 200] };
const ROW = { x: 5.5, width: 1, score: 0.42, news: [3, 0.5], said: [1, 0.2], titles: [] };
const told = () => pane.told({ seq: sent[sent.length - 1].seq, bars: [ROW], words: 'so it is' });
const state = () => [pane.at(5.5) !== null, pane.words];
"""


def told(program: str) -> Any:
    return run(_PAGE + program, SCRIPTS)


def test_nothing_is_asked_while_it_is_off_and_once_when_the_chart_rests() -> None:
    """user-2: five pans in a second are one question."""
    got = told("""
        pane.rest(shown('AAPL'), bars, {}); due();
        const off = sent.length;
        pane.rest(shown('AAPL'), bars, ON); pane.rest(shown('AAPL'), bars, ON); due();
        pane.rest(shown('AAPL'), { n: 0, t: [] }, ON); due();
        answer([off, sent.map(({ seq, ...rest }) => rest)]);""")
    assert got == [0, [{"ticker": "AAPL", "resolution": "D", "source": "demo", "first": 100, "last": 200}]]


def test_what_is_shown_stays_while_one_pans_and_goes_with_the_ticker_or_the_switch() -> None:
    got = told("""
        const seen = [];
        pane.rest(shown('AAPL'), bars, ON); due(); told(); seen.push(state());
        pane.rest(shown('AAPL'), bars, ON); seen.push(state());
        pane.rest(shown('IBM'), bars, ON); seen.push(state());
        due(); told(); pane.rest(shown('IBM'), bars, {}); seen.push(state());
        answer(seen);""")
    assert got == [[True, "so it is"], [True, "so it is"], [False, LOOKING], [False, ""]]


@pytest.mark.parametrize(
    "then", ["pane.rest(shown('IBM'), bars, ON);", "pane.rest(shown('AAPL'), bars, {});"]
)
def test_a_late_answer_is_never_drawn(then: str) -> None:
    """user-2: about another ticker, or after it was switched off."""
    late = "pane.rest(shown('AAPL'), bars, ON); due(); {then} told(); answer(state());"
    assert told(late.replace("{then}", "")) == [True, "so it is"]
    assert told(late.replace("{then}", then)) in ([False, LOOKING], [False, ""])


def test_it_is_said_that_it_looks_and_that_nothing_came() -> None:
    """user-2: a pane is never empty without a word; what was found before is not taken away for that."""
    got = told("""
        const seen = [];
        pane.rest(shown('AAPL'), bars, ON); seen.push(pane.words);
        due(20000); seen.push(pane.words);
        pane.rest(shown('AAPL'), bars, ON); due(); told(); due(20000); seen.push(pane.words);
        pane.rest(shown('AAPL'), bars, ON); due(20000); seen.push(pane.words);
        answer(seen);""")
    assert got == [
        LOOKING,
        "The sentiment did not come. Switch it off and on to try again.",
        *["so it is"] * 2,
    ]


def test_the_words_count_news_and_mentions() -> None:
    """level-7: "Sentiment +0.42 (3 news, 1 mention)"."""
    got = told("""
        const { words, lines } = window.chandlery.sentiment;
        const alone = { ...ROW, score: -0.001, news: null, said: [2, 0] };
        const full = { ...ROW, titles: [[-0.5, 'tiingo', '<b>Apple</b>', '']] };
        answer([words(ROW), words(alone), words({ ...ROW, said: null }), lines(full)]);""")
    assert got == [
        "+0.42 (3 news, 1 mention)",
        "0.00 (2 mentions)",
        "+0.42 (3 news)",
        ["+0.42 (3 news, 1 mention)", "−0.50 <b>Apple</b> (tiingo)"],
    ]


def test_a_place_is_told_by_the_bar_that_it_lies_in() -> None:
    rows = [{"x": 1.5, "width": 1}, {"x": 2.5, "width": 1}, {"x": 9.0, "width": 4}]
    program = "answer(given.places.map((x) => window.chandlery.sentiment.indexAt(given.rows, x)));"
    places = [0.9, 1.0, 1.99, 2.0, 3.5, 7.0, 10.9, 11.0]
    assert run(program, SCRIPTS, rows=rows, places=places) == [-1, 0, 0, 1, -1, 2, 2, -1]


def test_it_is_said_aloud() -> None:
    """level-23."""
    fields = [
        {"name": "C", "kind": "field", "value": "182.31"},
        {"name": "Sentiment", "kind": "field sentiment", "value": "+0.42 (3 news, 1 mention)"},
    ]
    said = run("answer(window.chandlery.spoken.sentence(given.fields));", SCRIPTS, fields=fields)
    assert said == "close 182.31, sentiment +0.42 (3 news, 1 mention)"


@pytest.mark.parametrize(("most", "told"), [(100, "headline"), (7, "headli…"), (1, "…"), (0, "…")])
def test_a_line_is_cut_where_there_is_no_room(most: int, told: str) -> None:
    """level-17: a headline does not leave a phone's screen."""
    program = """
        const ctx = { measureText: (text) => ({ width: [...text].length }) };
        answer(window.chandlery.callout.fitted(ctx, 'headline', given.most));"""
    assert run(program, SCRIPTS, most=most) == told

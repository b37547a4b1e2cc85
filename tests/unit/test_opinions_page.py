"""What the page is told of bars on which sources do not agree (ahead-9)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cache.candle_cache import CandleCache
from cache.query import CandleQuery
from market.candles import Candles
from market.resolution import Resolution
from pages.opinions import answer
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, spoiled, utc
from tests.kit.scripts import needs_node, run

SATURDAY = utc("2025-03-08 16:00")
FIRST, LAST = utc("2025-03-03"), utc("2025-03-07")
ODD = int(utc("2025-03-05").timestamp())
QUESTION = {"seq": 7, "ticker": "AAPL", "resolution": "D", "source": "tiingo"} | {
    "first": FIRST.timestamp(),
    "last": LAST.timestamp(),
}


def dearer(candles: Candles) -> Candles:
    """Return candles of which one has another close."""
    where = candles.time.tolist().index(ODD) if ODD in candles.time else None
    return candles if where is None else spoiled(candles, where, close=100.5)


@pytest.fixture
def cache(tmp_path: Path) -> CandleCache:
    """Return a cache that holds a week of two sources."""
    made = house(
        tmp_path,
        [
            ScriptedProvider(SATURDAY, name="tiingo"),
            ScriptedProvider(SATURDAY, name="yahoo", mangle=dearer),
        ],
    ).cache
    for name in ("tiingo", "yahoo"):
        made.get(CandleQuery("AAPL", Resolution.DAY, FIRST.date(), LAST.date(), source=name))
    return made


def test_the_bar_is_told_with_all_values_the_shown_source_first(cache: CandleCache) -> None:
    """ahead-9."""
    values = [("tiingo", 99.5, 101.0, 99.0, 100.0, 1000), ("yahoo", 99.5, 101.0, 99.0, 100.5, 1000)]
    assert answer(cache, QUESTION) == {"seq": 7, "bars": [(ODD, values)]}
    told = answer(cache, QUESTION | {"source": "yahoo"})
    assert told["bars"] == [(ODD, values[::-1])]


@pytest.mark.parametrize(
    "change",
    [
        {"ticker": "<b>"},
        {"ticker": None},
        {"resolution": "7"},
        {"resolution": None},
        {"source": "nobody"},
        {"source": None},
        {"first": "x"},
        {"first": True},
        {"first": 1e300},
        {"last": float("nan")},
        {"first": LAST.timestamp(), "last": FIRST.timestamp()},
    ],
)
def test_what_a_browser_should_not_send_is_answered_with_nothing(
    cache: CandleCache, change: dict[str, Any]
) -> None:
    assert answer(cache, QUESTION | change) == {"seq": 7, "bars": []}


@needs_node
def test_the_words_name_the_columns_that_differ_and_no_others() -> None:
    program = "answer(given.rows.map((values) => window.chandlery.opinions.words(values)));"
    rows = [
        [["tiingo", 180, 183, 179, 182.31, 9], ["yahoo", 180, 183, 179, 182.9, 8]],
        [
            ["tiingo", 180, 183, 179, 182, 9],
            ["yahoo", 180, 184, 179, 182, 9],
            ["files", 181, 183, 179, 182, 9],
        ],
    ]
    assert run(program, ("aside.js", "format.js", "opinions.js"), rows=rows) == [
        "tiingo C 182.31 · yahoo C 182.90",
        "tiingo O 180.00 H 183.00 · yahoo O 180.00 H 184.00 · files O 181.00 H 183.00",
    ]


@needs_node
def test_it_is_said_aloud_what_the_others_say() -> None:
    """ahead-9, level-23."""
    fields = [
        {"name": "C", "kind": "field", "value": "182.31"},
        {"name": "Sources", "kind": "field opinion", "value": "tiingo C 182.31 · yahoo C 182.90"},
    ]
    said = run("answer(window.chandlery.spoken.sentence(given.fields));", ("spoken.js",), fields=fields)
    assert said == "close 182.31, sources do not agree: tiingo C 182.31 · yahoo C 182.90"


_PAGE = """
let timers = [];
const clock = {
  after: (act) => { timers.push(act); return timers.length; },
  cancel: (id) => { timers[id - 1] = null; },
};
const due = () => { const acts = timers; timers = []; acts.forEach((act) => act && act()); };
const sent = [];
const marks = window.chandlery.opinions.create((question) => sent.push(question.seq), () => {}, clock);
const ABOUT = { ticker: 'AAPL', resolution: 'D', source: 'tiingo', others: true };
const shown = (seq, more) => ({ seq, ...ABOUT, ...more });
const bars = { n: 2, t: [1, 2] };
const VALUES = [['tiingo', 1, 1, 1, 1, 1], ['yahoo', 1, 1, 1, 2, 1]];
"""


@needs_node
@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("marks.rest(shown(1), bars); marks.rest(shown(2), bars); due(); answer(sent);", [2]),
        ("marks.rest(shown(1, { others: false }), bars); due(); answer(sent);", []),
        ("marks.rest(shown(1), { n: 0, t: [] }); due(); answer(sent);", []),
    ],
)
def test_it_is_asked_once_the_chart_rests_and_only_where_others_could_know(
    program: str, told: list[int]
) -> None:
    """ahead-9: five pans in a second are one question."""
    assert run(_PAGE + program, ("aside.js", "format.js", "opinions.js")) == told


@needs_node
def test_an_answer_about_other_candles_is_dropped_and_marks_stay_while_one_pans() -> None:
    told = run(
        _PAGE
        + """
        const seen = [];
        const look = () => seen.push(marks.of(2) !== '');
        marks.rest(shown(1), bars); due(); marks.rest(shown(2), bars);
        marks.told({ seq: 1, bars: [[2, VALUES]] }); look();
        due(); marks.told({ seq: 2, bars: [[2, VALUES]] }); look();
        marks.rest(shown(3), bars); look();
        marks.rest(shown(4, { source: 'yahoo' }), bars); look();
        answer(seen);""",
        ("aside.js", "format.js", "opinions.js"),
    )
    assert told == [False, True, True, False]

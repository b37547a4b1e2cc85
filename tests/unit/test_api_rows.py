"""Candles that are written once: the bytes are those of writing them now."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.demo import DemoProvider
from api.rows import Rows
from cache.asking import understand
from cache.portions import Portion, first_portion
from cache.query import Answer, CandleQuery
from market.candles import Candles
from market.resolution import Resolution
from tests.kit.house import house
from tests.kit.web import ohlc, web

BUDGET = 1_000_000
FIRST = date(2012, 1, 3)


def bars(closes: list[float], start: int = 1_330_000_000, step: int = 300) -> Candles:
    """Return candles whose prices are all the close, one per step."""
    close = np.array(closes, dtype=np.float64)
    time = np.arange(start, start + step * len(closes), step, dtype=np.int64)
    return Candles(
        time, close, close.copy(), close.copy(), close.copy(), np.arange(len(closes), dtype=np.int64)
    )


def body(rows: Rows, candles: Candles, *, intraday: bool = True) -> bytes:
    resolution = Resolution.M5 if intraday else Resolution.DAY
    query = CandleQuery("AAPL", resolution, FIRST, FIRST)
    answer = Answer(query, candles, resolution, "demo", (), None, FIRST, market_open=False, expires_at=0.0)
    return orjson.dumps({"candles": rows.of(Portion(candles, answer, (), None))})


def by_hand(candles: Candles, form: str) -> list[dict[str, Any]]:
    """Return the rows, each written by itself."""
    return [
        {
            "date": np.datetime64(int(candles.time[i]), "s").item().strftime(form),
            "open": float(candles.open[i]),
            "high": float(candles.high[i]),
            "low": float(candles.low[i]),
            "close": float(candles.close[i]),
            "volume": int(candles.volume[i]),
        }
        for i in range(len(candles))
    ]


@pytest.mark.parametrize(("intraday", "form"), [(True, "%Y-%m-%dT%H:%M:%SZ"), (False, "%Y-%m-%d")])
@given(closes=st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=20))
def test_rows_are_what_each_bar_says_the_first_time_and_the_next(
    *, intraday: bool, form: str, closes: list[float]
) -> None:
    rows, candles = Rows(BUDGET), bars(closes)
    first, again = (body(rows, candles, intraday=intraday) for _ in range(2))
    assert first == again == orjson.dumps({"candles": by_hand(candles, form)})
    assert (rows.stats().hits, rows.stats().misses) == (1, 1)


@pytest.mark.parametrize("column", ["time", "open", "high", "low", "close", "volume"])
def test_one_bit_of_any_column_makes_other_rows(column: str) -> None:
    rows, candles = Rows(BUDGET), bars([1.0, 2.0, 3.0])
    columns = {name: getattr(candles, name).copy() for name in Candles.__slots__}
    columns[column].view(np.int64)[1] += 1
    changed = Candles(**columns)
    assert body(rows, candles) != body(rows, changed)
    assert body(rows, changed) == body(Rows(BUDGET), changed)


def test_the_same_candles_by_day_and_by_minute_are_other_rows() -> None:
    rows, candles = Rows(BUDGET), bars([1.0], start=86_400 * 15_000)
    assert body(rows, candles, intraday=True) != body(rows, candles, intraday=False)


def test_a_slice_and_every_other_bar_are_written_as_they_are() -> None:
    """A portion is a view into the columns of the whole, and a view need not be contiguous."""
    rows, candles = Rows(BUDGET), bars([float(n) for n in range(20)])
    body(rows, candles)
    for part in (candles.take(slice(3, 9)), candles.take(slice(0, 20, 2))):
        assert body(rows, part) == body(Rows(BUDGET), part.alone())


def test_what_is_held_keeps_to_its_budget_and_is_right_beyond_it() -> None:
    rows = Rows(5_000)
    for number in range(50):
        candles = bars([float(number)] * 10)
        assert body(rows, candles) == body(Rows(BUDGET), candles)
        assert rows.stats().bytes <= 5_000
    assert rows.stats().evictions > 0
    large = bars([0.1] * 100)
    assert body(rows, large) == body(rows, large) == body(Rows(BUDGET), large)


_QUESTION = st.tuples(
    st.integers(0, 300),
    st.integers(0, 12),
    st.sampled_from(["5", "15", "60", "D", "W"]),
    st.sampled_from(["raw", "split", "total"]),
)


@settings(max_examples=12, deadline=None)
@given(
    questions=st.lists(
        st.tuples(_QUESTION, st.sampled_from(["ask", "forget", "age"])), min_size=2, max_size=5
    )
)
def test_any_questions_are_answered_as_if_no_rows_were_held(
    tmp_path_factory: pytest.TempPathFactory, questions: list[tuple[Any, str]]
) -> None:
    """Two servers on one cache, one with no room for rows: after an invalidation and a refresh too.

    Tier, age and expiry are of the request: they are compared where both were answered from memory.
    """
    parts = house(tmp_path_factory.mktemp("rows"), [DemoProvider()])
    holding, writing = web(parts), web(parts, rows_bytes=1)
    for (day, length, resolution, adjust), before in questions:
        if before == "forget":
            parts.cache.invalidate("AAPL")
        elif before == "age":
            parts.clock.now_s += 40 * 86_400
        start = FIRST + timedelta(days=day)
        span = {"start_date": start, "end_date": start + timedelta(days=length)}
        asked = {**span, "resolution": resolution, "adjust": adjust}
        ohlc(writing, **asked)
        found = [ohlc(client, **asked) for client in (holding, holding, writing)]
        assert found[0].data == found[1].data == found[2].data
        assert len({answer.headers.get("X-Cache-Source") for answer in found}) == 1


def test_rows_that_are_held_never_say_the_tier_of_another_request(tmp_path: Path) -> None:
    """The rows are the same, and yet the second answer says that it came from memory."""
    parts = house(tmp_path, [DemoProvider()])
    client = web(parts)
    first, second = (
        ohlc(client, start_date="2012-02-01", end_date="2012-02-03", resolution="5") for _ in "12"
    )
    assert first.get_json()["candles"] == second.get_json()["candles"]
    assert [a.headers["X-Cache-Source"] for a in (first, second)] == ["demo", "in-memory"]
    parts.cache.invalidate("AAPL")
    third = ohlc(client, start_date="2012-02-01", end_date="2012-02-03", resolution="5")
    assert third.headers["X-Cache-Source"] == "demo"


def test_portions_are_written_each_for_itself(tmp_path: Path) -> None:
    """Portions of one answer, asked for twice, put together the rows of the whole."""
    parts = house(tmp_path, [DemoProvider()])
    rows = Rows(BUDGET)
    texts = {"start_date": "2012-11-20", "end_date": "2012-11-23", "resolution": "5"}
    question = understand(parts.cache, "AAPL", texts, parts.clock())
    whole = orjson.loads(body(rows, first_portion(parts.cache, question).candles))["candles"]
    for limit in (1, 50, 100):
        part = orjson.loads(body(rows, first_portion(parts.cache, question, limit=limit).candles))["candles"]
        assert part == whole[:limit]

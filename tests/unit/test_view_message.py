"""The message that answers a viewport: small, and in the browser the very candles that are held (page H)."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.bars import message
from components.viewport import Facts, parse, plan
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S

ASSETS = Path(__file__).parents[2] / "assets"
NODE = shutil.which("node")
US = sessions_for("AAPL")
FACTS = Facts(US, date(2010, 1, 4), date(2012, 12, 31))
INDEX = US.index(date(2012, 1, 3))

needs_node = pytest.mark.skipif(NODE is None, reason="node is missing: assets/bars.js cannot be run")

_PRELUDE = """
const fs = require('fs');
globalThis.window = {};
process.argv.slice(1).forEach((path) => require('vm').runInThisContext(fs.readFileSync(path, 'utf8')));
const message = JSON.parse(fs.readFileSync(0, 'utf8'));
"""

_DECODE = """
const bars = window.chandlery.bars.create(message, { barX: (t) => t / 86400 });
const columns = ['t', 'x', 'o', 'h', 'l', 'c', 'v'].map((name) => [name, Array.from(bars[name])]);
process.stdout.write(JSON.stringify(Object.fromEntries(columns)));
"""

_TELL = """
globalThis.document = {};
globalThis.setInterval = () => 0;
const parts = {};
const part = (selector) => (parts[selector] ??= { textContent: '', dataset: {} });
window.chandlery.search = { show() {} };
const card = { dataset: {}, querySelector: part, querySelectorAll: () => [] };
const story = window.chandlery.story.create(card);
const shown = message.map((answer) => {
  story.tell({ notes: [], state: {}, fetched_at: null, ...answer }, { bars: { n: 0 } });
  return part('[data-testid="current-price"]').textContent;
});
process.stdout.write(JSON.stringify(shown));
"""


def answered(candles: Candles, resolution: Resolution) -> dict[str, Any]:
    """Return the message for a window that holds all candles of 2012."""
    edges = {"from": int(US.open[INDEX]), "to": int(US.close[INDEX + 250])}
    viewport = parse({"seq": 7, "ticker": "AAPL", "resolution": "D", "px": 1_000, **edges})
    return message(viewport, plan(viewport, FACTS), candles, resolution, FACTS)


def node(program: str, given: object, *scripts: str) -> Any:
    """Return what a program says about some JSON, with our own scripts loaded before it."""
    done = subprocess.run(
        [str(NODE), "-e", _PRELUDE + program, *(str(ASSETS / script) for script in scripts)],
        input=json.dumps(given), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1500:]
    return json.loads(done.stdout)


def in_the_browser(told: dict[str, Any]) -> dict[str, list[float]]:
    """Return the columns as assets/bars.js makes them."""
    columns: dict[str, list[float]] = node(_DECODE, told, "axis.js", "bars.js")
    return columns


def daily(prices: np.ndarray[Any, Any], volume: list[int] | None = None) -> Candles:
    """Return a bar for each of the first sessions of 2012 from rows of open, high, low and close."""
    n = prices.shape[1]
    return Candles.of(US.day[INDEX : INDEX + n] * DAY_S, *prices, volume or [1_000] * n)


def walk(n: int = 120, seed: int = 1) -> np.ndarray[Any, Any]:
    """Return prices that no tick gives."""
    return 400 * np.exp(np.random.default_rng(seed).normal(0, 0.02, (4, n)).cumsum(axis=1))


PRICES = {
    "cents": np.round(walk(), 2),
    "four decimals": np.round(walk(), 4),
    "below a dollar": np.round(walk() / 1_000, 4),
    "far apart": np.round(walk(), 2) * np.where(np.arange(120) % 2, 1, 1_000),
    "divided by a split": np.round(walk(), 2) / 28,
    "as short floats": walk().astype(np.float32).astype(np.float64),
    "dearer than ticks can count": np.round(walk(), 2) * 1e6,
    "on the edge between two cents": np.round(walk(), 2) + 0.005,
}


@needs_node
@pytest.mark.parametrize("name", PRICES)
def test_the_browser_gets_the_very_doubles_so_that_it_displays_what_is_held(name: str) -> None:
    """cache-14: whatever way they travel, no price is off by one in the last place that is shown."""
    candles = daily(PRICES[name])
    got = in_the_browser(answered(candles, Resolution.DAY))
    for column, letter in zip(("open", "high", "low", "close"), "ohlc", strict=True):
        assert got[letter] == getattr(candles, column).tolist()
    assert got["t"] == candles.time.tolist()
    assert got["x"] == (candles.time / DAY_S).tolist()


@needs_node
@pytest.mark.parametrize("volume", [0, 255, 70_000, 2**32 - 1, 2**32, 2**53 - 1])
def test_b7_volumes_of_any_size_come_through(volume: int) -> None:
    got = in_the_browser(answered(daily(np.ones((4, 3)), [0, volume, 1]), Resolution.DAY))
    assert got["v"] == [0, volume, 1]


@needs_node
@pytest.mark.parametrize("n", [0, 1])
def test_no_candle_and_a_single_one_are_messages_too(n: int) -> None:
    candles = daily(PRICES["cents"][:, :n])
    told = answered(candles, Resolution.DAY)
    got = in_the_browser(told)
    assert told["n"] == n
    assert (got["t"], got["c"]) == (candles.time.tolist(), candles.close.tolist())


@needs_node
def test_intraday_times_keep_their_nights_holes_and_odd_seconds() -> None:
    starts = np.concatenate([US.bar_starts(INDEX + i, Resolution.M5) for i in range(30)])
    for time in (starts, starts[np.arange(len(starts)) % 11 > 2], starts + np.arange(len(starts)) % 2):
        candles = Candles.of(time, *np.ones((4, len(time))), [1] * len(time))
        assert in_the_browser(answered(candles, Resolution.M5))["t"] == time.tolist()


def test_a_thousand_candles_take_less_than_the_floats_would_and_no_slash() -> None:
    """Dash writes a slash of base64 as six characters; 1,000 candles as float32 took 32 KB."""
    starts = np.concatenate([US.bar_starts(INDEX + i, Resolution.M5) for i in range(13)])[:1_000]
    prices = np.round(walk(1_000), 2)
    told = answered(Candles.of(starts, *prices, [1_000_000] * 1_000), Resolution.M5)
    columns = [told[name] for name in "tpv"]
    assert told["n"] == 1_000
    assert [column["dtype"] for column in columns] == ["u2", "i2", "u4"]
    assert sum(len(column["bdata"]) for column in columns) < 20_000
    assert not any("/" in column["bdata"] for column in columns)


def test_bars_outside_of_what_was_planned_are_left_out() -> None:
    """All that lie inside are there, and beside them at most those on the edges."""
    edges = {"from": int(US.open[INDEX + 100]), "to": int(US.close[INDEX + 119])}
    viewport = parse({"seq": 1, "ticker": "AAPL", "resolution": "D", "px": 1_000, **edges})
    wanted = plan(viewport, FACTS)
    candles = daily(np.ones((4, 250)))
    told = message(viewport, wanted, candles, Resolution.DAY, FACTS)
    centre = INDEX + np.arange(250) + 0.5
    inside = np.flatnonzero((centre >= wanted.low) & (centre <= wanted.high))
    assert 0 < inside[0] < inside[-1] < 249
    first = int(np.searchsorted(candles.time, told["t0"]))
    assert first in {inside[0] - 1, inside[0]}
    assert first + told["n"] - 1 in {inside[-1], inside[-1] + 1}


@needs_node
def test_a_null_price_leaves_the_one_of_the_same_ticker_and_no_other() -> None:
    answers = [
        {"ticker": "AAPL", "price": None},
        {"ticker": "AAPL", "price": 430.47},
        {"ticker": "AAPL", "price": None},
        {"ticker": "IBM", "price": None},
        {"ticker": "IBM", "price": 202.91},
    ]
    assert node(_TELL, answers, "format.js", "provenance.js", "sources.js", "story.js") == [
        "–",
        "430.47",
        "430.47",
        "–",
        "202.91",
    ]

"""Scoring many calls with random entries, against a plain loop over them.

The market is made by chance (500 stocks, ten years), because only its size matters here. The loop is given
each call's candidates ready made, and a hundredth of the draws; its time is scaled. Both use the same random
numbers and must come to the same means.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.measuring import Figure, Size, Times, in_turns, of_ms, say
from market.calendars import sessions_of
from track_record.calls import Calls, openings
from track_record.outcomes import Status, outcomes
from track_record.panel import Panel
from track_record.placebo import Candidates, candidates, placebo
from track_record.scoring import score

if TYPE_CHECKING:
    from market.candles import Floats

STOCKS, SESSIONS, HORIZON = 500, 2_520, 63
SEED = 7


def market(rng: np.random.Generator) -> Panel:
    """Return prices of stocks that follow a market and themselves."""
    calendar = sessions_of("XNYS")
    first = len(calendar) - SESSIONS - 600
    moves = rng.normal(0.0003, 0.01, SESSIONS)
    benchmark = 100 * np.exp(np.cumsum(moves))
    close = 50 * np.exp(np.cumsum(moves + rng.normal(0, 0.015, (STOCKS, SESSIONS)), axis=1))
    opened = close * np.exp(rng.normal(0, 0.005, (STOCKS, SESSIONS)))
    return Panel(
        tickers=tuple(f"T{row}" for row in range(STOCKS)),
        first_session=first,
        day=calendar.day[first : first + SESSIONS].copy(),
        open=opened,
        close=close,
        last_traded=np.full(STOCKS, SESSIONS),
        benchmark_open=benchmark,
        benchmark_close=benchmark.copy(),
    )


def calls_in(panel: Panel, count: int, rng: np.random.Generator) -> Calls:
    """Return calls at random whose outcome at the horizon is known, each an episode of its own."""
    asked = 2 * count
    row = rng.integers(0, STOCKS, asked)
    session = rng.integers(30, SESSIONS - HORIZON, asked)
    made = Calls(
        ticker=row,
        session=session,
        direction=rng.choice([-1, 1], asked),
        at_close=np.zeros(asked, dtype=np.bool_),
        price=panel.open[row, session],
        benchmark=panel.benchmark_open[session],
    )
    opened = openings(made)
    assert len(opened) >= count
    return opened.take(rng.permutation(len(opened))[:count])


def plain_loop(found: Candidates, direction: list[int], uniform: Floats) -> list[float]:
    """Return the mean excess of each draw, one call after the other."""
    lists = [found.excess[a:b].tolist() for a, b in zip(found.start, found.stop, strict=True)]
    means = []
    for row in uniform.tolist():
        total = 0.0
        for chance, excesses, way in zip(row, lists, direction, strict=True):
            total += way * excesses[int(chance * len(excesses))]
        means.append(total / len(direction))
    return sorted(means)


def run(size: Size) -> list[Figure]:
    """Print how long a whole score takes and return the figure of its placebo."""
    rng = np.random.default_rng(SEED)
    panel = market(rng)
    calls = calls_in(panel, size.calls, rng)
    found = outcomes(panel, calls, [HORIZON])
    assert (found.status == Status.MATURED).all()
    excess = found.excess[:, 0]
    few = max(1, size.draws // 100)

    def ours(draws: int = size.draws) -> Floats:
        random = np.random.default_rng(SEED)
        return placebo(panel, calls, excess, HORIZON, draws=draws, random=random).means

    matched, direction = candidates(panel, calls, HORIZON), calls.direction.tolist()
    uniform = np.random.default_rng(SEED).random((few, len(calls)))
    assert np.allclose(ours(few), plain_loop(matched, direction, uniform), rtol=1e-9, atol=1e-12)
    works = {"ours": ours, "loop": lambda: plain_loop(matched, direction, uniform)}
    times = in_turns(works, size.rounds)
    loop = Times([each * size.draws / few for each in times["loop"].each_ms])
    began = time.perf_counter()
    whole = score(panel, calls, draws=size.draws)
    taken_ms = (time.perf_counter() - began) * 1_000
    say(f"scoring: {whole.calls:,} calls at three horizons with {size.draws:,} draws each {of_ms(taken_ms)}")
    say(f"scoring: the placebo of one horizon {times['ours']}, in a loop {loop} ({few} draws, scaled)")
    what = f"scoring: {size.calls:,} calls, {size.draws:,} random entries each, else a plain loop"
    return [Figure.timed(what, times["ours"], loop)]

"""Scoring against a reference of plain loops, on markets with halts, late listings and delistings.

ahead-5, ahead-6, ahead-8.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.calendars import sessions_of
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S
from tests.kit import track_reference as reference
from track_record.calls import Calls, enter, episodes, openings
from track_record.confidence import clustered_half_width
from track_record.entry import Policy, Price, could_be_had
from track_record.event_study import event_study
from track_record.outcomes import Status, outcomes
from track_record.panel import Panel
from track_record.placebo import candidates, placebo
from track_record.scoring import score

NYSE = sessions_of("XNYS")
FIRST = 5_000
LENGTH = 340
TICKERS = ("AAA", "BBB", "CCC")
SESSIONS = list(
    zip(
        *(column[FIRST : FIRST + LENGTH].tolist() for column in (NYSE.day, NYSE.open, NYSE.close)),
        strict=True,
    )
)


@dataclass
class World:
    """The same market twice, and calls in it."""

    plain: reference.Market
    panel: Panel
    candles: dict[str, Candles]
    tickers: list[str]
    published: list[int]
    direction: list[int]
    policy: Policy

    def entered(self) -> tuple[list[reference.Call], Calls, list[str | None]]:
        """Return the calls with an entry, twice, and why the others have none."""
        calls, why = enter(
            self.panel, NYSE, self.tickers, np.array(self.published), np.array(self.direction), self.policy
        )
        asked = zip(self.tickers, self.published, self.direction, strict=True)
        plain = [reference.entry(self.plain, *each, self.policy) for each in asked]
        assert [None if isinstance(each, reference.Call) else each for each in plain] == why
        return [each for each in plain if isinstance(each, reference.Call)], calls, list(why)


def world(seed: int, calls: int, policy: Policy) -> World:
    """Return a market of three stocks: a halted one, one that is listed late, one that is delisted."""
    rng = np.random.default_rng(seed)
    walk = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (4, LENGTH)), axis=1))
    opens = walk * np.exp(rng.normal(0, 0.01, (4, LENGTH)))
    trades = np.ones((3, LENGTH), dtype=bool)
    for _ in range(3):
        halt = rng.integers(0, LENGTH)
        trades[0, halt : halt + rng.integers(1, 12)] = False
    trades[1, : rng.integers(0, LENGTH // 2)] = False
    trades[2, rng.integers(LENGTH // 3, LENGTH) :] = False
    bars = [
        [(float(o), float(c)) if t else None for o, c, t in zip(*row, strict=True)]
        for row in zip(opens, walk, trades, strict=False)
    ]
    delisted = {"CCC"} if rng.random() < 0.7 else set()
    plain = reference.Market(
        SESSIONS,
        dict(zip(TICKERS, bars, strict=True)),
        list(zip(opens[3].tolist(), walk[3].tolist(), strict=True)),
        delisted,
    )
    time = NYSE.day[FIRST : FIRST + LENGTH] * DAY_S
    candles = {
        ticker: _candles(time[held], opens[row][held], walk[row][held])
        for row, (ticker, held) in enumerate(zip(TICKERS, trades, strict=True))
    }
    panel = Panel.of(
        NYSE, range(FIRST, FIRST + LENGTH), candles, _candles(time, opens[3], walk[3]), delisted=delisted
    )
    latest = int(NYSE.close[FIRST + LENGTH - 1]) + 5 * DAY_S
    published = rng.integers(int(NYSE.close[FIRST]), latest, calls).tolist()
    return World(
        plain=plain,
        panel=panel,
        candles=candles,
        tickers=rng.choice(TICKERS, calls).tolist(),
        published=published,
        direction=rng.choice([-1, 1], calls).tolist(),
        policy=policy,
    )


def _candles(time: np.ndarray, opens: np.ndarray, closes: np.ndarray) -> Candles:
    high, low = np.maximum(opens, closes), np.minimum(opens, closes)
    return Candles.of(time, opens, high, low, closes, np.ones(len(time)))


worlds = st.builds(world, st.integers(0, 2**32), st.integers(0, 60), st.sampled_from(Policy))


def close_to(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    return left == pytest.approx(right, rel=1e-9, abs=1e-12)


@settings(max_examples=60)
@given(made=worlds)
def test_entries_are_those_of_the_reference_and_of_the_candles_one_by_one(made: World) -> None:
    """ahead-5."""
    plain, calls, why = made.entered()
    assert [call.session for call in plain] == calls.session.tolist()
    assert [call.price for call in plain] == calls.price.tolist()
    assert [call.market for call in plain] == calls.benchmark.tolist()
    known = int(NYSE.close[FIRST + LENGTH - 1])
    entries = iter(plain)
    for ticker, published, reason in zip(made.tickers, made.published, why, strict=True):
        single = could_be_had(
            NYSE,
            made.candles[ticker],
            Resolution.DAY,
            published,
            known_until_s=known,
            policy=made.policy,
        )
        if isinstance(single, Price):
            call = next(entries)
            assert (single.session - FIRST, single.price) == (call.session, call.price)
            assert single.time > published
        else:
            assert single == reason


@settings(max_examples=60)
@given(made=worlds)
def test_episodes_are_those_of_the_reference(made: World) -> None:
    plain, calls, _ = made.entered()
    expected = reference.episodes(plain)
    numbers = episodes(calls).tolist()
    assert numbers == [next(n for n, e in enumerate(expected) if i in e) for i in range(len(plain))]
    assert openings(calls).price.tolist() == [plain[episode[0]].price for episode in expected]


@settings(max_examples=60)
@given(made=worlds)
def test_outcomes_are_those_of_the_reference(made: World) -> None:
    """Pending, delisted and unpriced ones included."""
    plain, calls, _ = made.entered()
    found = outcomes(made.panel, calls)
    for i, call in enumerate(plain):
        for j, horizon in enumerate(reference.HORIZONS):
            state, value = reference.outcome(made.plain, call, horizon)
            assert Status(found.status[i, j]).name.lower() == state
            counted = found.status[i, j] <= Status.DELISTED
            assert close_to(float(found.excess[i, j]) if counted else None, value)


@settings(max_examples=40)
@given(made=worlds)
def test_the_score_is_that_of_the_reference(made: World) -> None:
    """ahead-6: mean, median, hits, the clustered interval and what is counted."""
    plain, calls, _ = made.entered()
    firsts = [plain[episode[0]] for episode in reference.episodes(plain)]
    found = score(made.panel, calls, draws=50)
    assert (found.calls, found.episodes) == (len(plain), len(firsts))
    for each in found.horizons:
        states = [reference.outcome(made.plain, call, each.horizon) for call in firsts]
        values = [value for _, value in states if value is not None]
        counted = [call for call, (_, value) in zip(firsts, states, strict=True) if value is not None]
        assert (each.matured, each.delisted, each.pending, each.unpriced) == (
            len(values),
            *(sum(state == name for state, _ in states) for name in ("delisted", "pending", "unpriced")),
        )
        assert close_to(each.mean, statistics.fmean(values) if values else None)
        assert close_to(each.median, statistics.median(values) if values else None)
        assert close_to(each.hit_rate, sum(v > 0 for v in values) / len(values) if values else None)
        days = {21: 30, 63: 91, 252: 365}[each.horizon]
        times = [SESSIONS[call.session][0] // days for call in counted]
        half = reference.half_width(values, [call.ticker for call in counted], times) if values else None
        assert (half is None) == (each.mean_interval is None)
        if half is not None and each.mean_interval is not None and each.mean is not None:
            assert close_to(each.mean_interval.low, each.mean - half)
            assert close_to(each.mean_interval.high, each.mean + half)


@settings(max_examples=40)
@given(made=worlds, seed=st.integers(0, 1_000), place=st.sampled_from([0, 1, 2]))
def test_the_placebo_is_that_of_the_reference(made: World, seed: int, place: int) -> None:
    """ahead-6: the same candidates, and with the same random numbers the same draws."""
    plain, calls, _ = made.entered()
    horizon = reference.HORIZONS[place]
    found = outcomes(made.panel, calls, [horizon])
    counts = found.status[:, 0] <= Status.DELISTED
    known, excess = calls.take(counts), found.excess[counts, 0]
    if not len(known):
        return
    matched = [
        reference.candidates(made.plain, call, horizon)
        for call, counted in zip(plain, counts, strict=True)
        if counted
    ]
    packed = candidates(made.panel, known, horizon)
    for i, expected in enumerate(matched):
        assert packed.excess[packed.start[i] : packed.stop[i]].tolist() == pytest.approx(expected, rel=1e-9)
    draws = 20
    luck = placebo(made.panel, known, excess, horizon, draws=draws, random=np.random.default_rng(seed))
    uniform = np.random.default_rng(seed).random((draws, len(known))).tolist()
    means = sorted(
        statistics.fmean(
            int(way) * each[int(chance * len(each))]
            for chance, each, way in zip(row, matched, known.direction, strict=True)
        )
        for row in uniform
    )
    assert luck.means.tolist() == pytest.approx(means, rel=1e-9, abs=1e-12)
    observed = statistics.fmean(excess.tolist())
    assert luck.share_as_good == (1 + sum(mean >= luck.observed for mean in luck.means)) / (draws + 1)
    assert luck.share_as_bad == (1 + sum(mean <= luck.observed for mean in luck.means)) / (draws + 1)
    assert close_to(luck.observed, observed)


@settings(max_examples=25)
@given(made=worlds)
def test_the_event_study_is_that_of_the_reference(made: World) -> None:
    """ahead-8."""
    plain, calls, _ = made.entered()
    study = event_study(made.panel, calls, 87)
    paths, whole = [], []
    for call in plain:
        span = range(call.session - 20, call.session + 61)
        if span.start < 0 or span.stop > LENGTH:
            continue
        path = [reference.excess(made.plain, call, session) for session in span]
        if None not in path:
            paths.append([value for value in path if value is not None])
            whole.append(call)
    if study is None:
        assert paths == []
        return
    assert study.events == len(paths)
    assert study.offset.tolist() == list(range(-20, 61))
    columns = list(zip(*paths, strict=True))
    assert study.mean.tolist() == pytest.approx([statistics.fmean(c) for c in columns], rel=1e-9, abs=1e-12)
    times = [SESSIONS[call.session][0] // 87 for call in whole]
    stocks = [call.ticker for call in whole]
    halves = [reference.half_width(column, stocks, times) for column in (columns[0], columns[50])]
    if study.low is None or study.high is None:
        assert halves == [None, None]
        return
    for offset, half in zip((0, 50), halves, strict=True):
        assert close_to(float(study.high[offset] - study.mean[offset]), half)
        assert close_to(float(study.mean[offset] - study.low[offset]), half)


@settings(max_examples=40)
@given(made=worlds)
def test_scores_are_symmetric(made: World) -> None:
    """The same calls the other way come to exactly the opposite: bad calls cost what good ones earn."""
    _, calls, _ = made.entered()
    other_way = Calls(
        calls.ticker, calls.session, -calls.direction, calls.at_close, calls.price, calls.benchmark
    )
    for mine, other in zip(
        score(made.panel, calls, draws=20).horizons,
        score(made.panel, other_way, draws=20).horizons,
        strict=True,
    ):
        assert mine.matured == other.matured
        if mine.mean is None or other.mean is None or mine.median is None or other.median is None:
            continue
        assert close_to(mine.mean, -other.mean)
        assert close_to(mine.median, -other.median)
        assert mine.hit_rate is not None
        assert mine.hit_interval is not None
        assert close_to(mine.hit_rate, 1 - (other.hit_rate or 0.0))
        assert other.hit_interval is not None
        assert close_to(mine.hit_interval.low, 1 - other.hit_interval.high)


@settings(max_examples=40)
@given(made=worlds, factor=st.sampled_from([0.1, 2.0, 10.0, 1 / 3]))
def test_a_later_split_changes_no_score(made: World, factor: float) -> None:
    """record-6: what re-bases a whole series re-bases both ends."""
    rebased = {
        ticker: Candles.of(
            c.time, c.open * factor, c.high * factor, c.low * factor, c.close * factor, c.volume
        )
        for ticker, c in made.candles.items()
    }
    time = made.panel.day * DAY_S
    benchmark = _candles(time, made.panel.benchmark_open, made.panel.benchmark_close)
    panel = Panel.of(NYSE, range(FIRST, FIRST + LENGTH), rebased, benchmark, delisted=made.plain.delisted)
    asked = (NYSE, made.tickers, np.array(made.published), np.array(made.direction), made.policy)
    before, _ = enter(made.panel, *asked)
    after, _ = enter(panel, *asked)
    left, right = outcomes(made.panel, before), outcomes(panel, after)
    assert left.status.tolist() == right.status.tolist()
    assert np.allclose(left.excess, right.excess, rtol=1e-9, atol=1e-12, equal_nan=True)


@settings(max_examples=40)
@given(
    values=st.lists(st.floats(-1, 1), min_size=2, max_size=30),
    seed=st.integers(0, 1_000),
    ones=st.integers(1, 5),
    twos=st.integers(1, 5),
)
def test_clustered_intervals_are_those_of_the_reference(
    values: list[float], seed: int, ones: int, twos: int
) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, ones, len(values)), rng.integers(0, twos, len(values))
    half = clustered_half_width(np.array(values)[:, None], first, second)
    expected = reference.half_width(values, first.tolist(), second.tolist())
    assert close_to(None if half is None else float(half[0]), expected)

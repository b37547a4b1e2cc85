"""The rules of scoring, on examples that can be checked by hand (ahead-5, ahead-6, ahead-8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from market.calendars import sessions_of
from market.candles import Candles
from market.sessions import DAY_S
from track_record import method
from track_record.calls import Calls, enter, episodes, openings
from track_record.confidence import Interval, clustered_half_width, student_t, wilson
from track_record.entry import NoEntry, Policy
from track_record.event_study import event_study
from track_record.outcomes import Status, outcomes
from track_record.panel import Panel, span_for
from track_record.placebo import candidates, placebo
from track_record.scoring import Score, Verdict, score

NYSE = sessions_of("XNYS")
FIRST = NYSE.index(date(2020, 1, 2))


def candles(closes: list[float] | np.ndarray, opens: list[float] | np.ndarray | None = None) -> Candles:
    """Return daily candles from the first session on; a NaN is a session without one."""
    closes = np.asarray(closes, dtype=np.float64)
    opens = closes if opens is None else np.asarray(opens, dtype=np.float64)
    held = np.isfinite(closes)
    time = NYSE.day[FIRST : FIRST + len(closes)] * DAY_S
    high, low = np.maximum(opens, closes), np.minimum(opens, closes)
    return Candles.of(time[held], opens[held], high[held], low[held], closes[held], np.ones(int(held.sum())))


def panel(stocks: dict[str, list[float] | np.ndarray], **options: object) -> Panel:
    """Return a panel with a benchmark that never moves."""
    length = max(map(len, stocks.values()))
    laid = {ticker: candles(closes) for ticker, closes in stocks.items()}
    flat = candles(np.full(length, 100.0))
    return Panel.of(NYSE, range(FIRST, FIRST + length), laid, flat, **options)  # type: ignore[arg-type]


def calls(held: Panel, *rows: tuple[int, int, int]) -> Calls:
    """Return calls from (row, session, direction), entered at the open."""
    ticker, session, direction = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    price = held.open[ticker, session]
    flat = held.benchmark_open[session]
    return Calls(ticker, session, direction, np.zeros(len(rows), dtype=np.bool_), price, flat)


def random_walks(seed: int, stocks: int, length: int) -> Panel:
    """Return stocks that move by chance, all of them with the market and with their sector."""
    rng = np.random.default_rng(seed)
    market, sector = rng.normal(0.0003, 0.01, length), rng.normal(0, 0.01, (2, length))
    moves = market + sector[np.arange(stocks) % 2] + rng.normal(0, 0.015, (stocks, length))
    laid = {f"T{row}": candles(50 * np.exp(np.cumsum(moves[row]))) for row in range(stocks)}
    benchmark = candles(100 * np.exp(np.cumsum(market)))
    return Panel.of(NYSE, range(FIRST, FIRST + length), laid, benchmark)


def test_the_excess_is_what_it_did_beyond_the_benchmark() -> None:
    """From 10 at the open to 12 at the close 21 sessions on, while the benchmark went from 100 to 105."""
    closes, flat = np.full(30, 10.0), np.full(30, 100.0)
    closes[22:], flat[22:] = 12.0, 105.0
    held = Panel.of(NYSE, range(FIRST, FIRST + 30), {"A": candles(closes)}, candles(flat))
    found = outcomes(held, calls(held, (0, 1, 1), (0, 1, -1)), [21])
    assert found.excess[:, 0].tolist() == pytest.approx([0.15, -0.15])


def test_a_call_that_has_not_matured_is_pending_and_counts_nowhere() -> None:
    held = panel({"A": np.linspace(10, 20, 64)})
    made = calls(held, (0, 0, 1), (0, 1, 1), (0, 42, 1), (0, 43, 1))
    found = outcomes(held, made)
    matured, pending = Status.MATURED, Status.PENDING
    assert found.status.tolist() == [
        [matured, matured, pending],
        [matured, pending, pending],
        [matured, pending, pending],
        [pending, pending, pending],
    ]
    assert np.isfinite(found.excess).tolist() == (found.status == matured).tolist()
    one = score(held, calls(held, (0, 43, 1))).horizons[0]
    assert (one.matured, one.pending, one.mean, one.hit_interval) == (0, 1, None, None)
    assert one.verdict is Verdict.TOO_FEW


def test_a_delisted_stock_stays_with_what_it_was_last_worth() -> None:
    """Tombstones: a stock that went to a tenth and off the exchange is not forgotten."""
    closes = [10.0] * 10 + [1.0] + [np.nan] * 30
    gone = panel({"A": closes, "B": [10.0] * 41}, delisted={"A"})
    found = outcomes(gone, calls(gone, (0, 2, 1), (0, 2, -1), (1, 2, 1)), [8, 9, 21])
    assert found.status[0].tolist() == [Status.MATURED, Status.DELISTED, Status.DELISTED]
    assert found.excess[0].tolist() == pytest.approx([-0.9, -0.9, -0.9])
    assert found.excess[1].tolist() == pytest.approx([0.9, 0.9, 0.9])
    assert found.status[2].tolist() == [Status.MATURED] * 3
    each = score(gone, calls(gone, (0, 2, 1), (1, 2, 1))).horizons[0]
    assert (each.matured, each.delisted, each.mean) == (2, 1, pytest.approx(-0.45))


def test_prices_that_end_without_a_word_are_told_apart() -> None:
    """Unpriced is neither delisted nor forgotten; a halt of up to five sessions is bridged."""
    closes = [10.0] * 10 + [np.nan] * 31
    held = panel({"A": closes, "B": [10.0] * 41})
    found = outcomes(held, calls(held, (0, 2, 1)), [12, 13])
    assert found.status[0].tolist() == [Status.MATURED, Status.UNPRICED]
    assert score(held, calls(held, (0, 2, 1))).horizons[0].unpriced == 1


@pytest.mark.parametrize(
    ("rows", "numbers"),
    [
        ([(0, 0, 1), (0, 21, 1), (0, 42, 1)], [0, 0, 0]),
        ([(0, 0, 1), (0, 22, 1)], [0, 1]),
        ([(0, 5, 1), (0, 6, -1), (0, 7, 1)], [0, 1, 2]),
        ([(0, 5, 1), (1, 5, 1), (0, 6, 1)], [0, 1, 0]),
        ([(0, 9, 1), (0, 5, 1)], [0, 0]),
    ],
)
def test_repeated_calls_are_one_episode(rows: list[tuple[int, int, int]], numbers: list[int]) -> None:
    held = panel({"A": np.full(60, 10.0), "B": np.full(60, 10.0)})
    made = calls(held, *rows)
    assert episodes(made).tolist() == numbers
    assert len(openings(made)) == len(set(numbers))


def test_the_first_call_of_an_episode_is_the_one_that_is_scored() -> None:
    held = panel({"A": np.linspace(10, 20, 60)})
    made = calls(held, (0, 9, 1), (0, 5, 1), (0, 7, 1))
    assert openings(made).session.tolist() == [5]
    found = score(held, made)
    assert (found.calls, found.episodes, found.horizons[0].matured) == (3, 1, 1)
    assert found.horizons[0].mean == pytest.approx(held.close[0, 26] / held.open[0, 5] - 1)


def test_no_calls_have_an_empty_score() -> None:
    held = panel({"A": np.full(60, 10.0)})
    none = calls(held, (0, 1, 1)).take(np.array([], dtype=np.int64))
    found = score(held, none)
    assert (found.calls, found.episodes, found.study) == (0, 0, None)
    assert [each.verdict for each in found.horizons] == [Verdict.TOO_FEW] * 3


def test_a_score_carries_the_version_of_its_method() -> None:
    """And the name of what it was measured against, which in the demo is not SPY."""
    held = panel({"A": np.full(60, 10.0)}, benchmark_name="equal weights")
    found = score(held, calls(held, (0, 1, 1)))
    assert found.method_version == method.METHOD_VERSION == 1
    assert (found.benchmark, score(replace(held, benchmark="SPY"), calls(held, (0, 1, 1))).benchmark) == (
        "equal weights",
        "SPY",
    )


@pytest.mark.parametrize(
    ("hits", "count", "interval"),
    [(8, 10, (0.4901625, 0.9433178)), (0, 10, (0.0, 0.2775328)), (50, 100, (0.4038315, 0.5961685))],
)
def test_wilsons_interval(hits: int, count: int, interval: tuple[float, float]) -> None:
    """ahead-6: values as statistics packages print them."""
    assert wilson(hits, count) == pytest.approx(Interval(*interval), abs=1e-6)


@pytest.mark.parametrize(
    ("freedom", "value"),
    [(1, 12.7062), (2, 4.30265), (3, 3.18245), (5, 2.57058), (10, 2.22814), (30, 2.04227), (120, 1.97993)],
)
def test_students_t(freedom: int, value: float) -> None:
    """Values of the usual table, two-sided 95 %."""
    assert student_t(0.975, freedom) == pytest.approx(value, abs=1e-4)


def test_calls_that_share_a_fate_count_as_one_observation() -> None:
    """ahead-6: four stocks in two weeks that did alike are no eight independent calls."""
    values = np.array([0.1, 0.1, 0.1, 0.1, -0.1, -0.1, -0.1, -0.1])[:, None]
    stock, week, own = np.tile(np.arange(4), 2), np.repeat([0, 1], 4), np.arange(8)
    clustered = clustered_half_width(values, stock, week)
    independent = clustered_half_width(values, own, own)
    assert clustered is not None
    assert independent is not None
    # Two weeks whose means are 0.1 and -0.1: the standard error is 0.1, and t with one degree is 12.7.
    assert clustered[0] == pytest.approx(12.7062 * 0.1, rel=1e-4)
    assert independent[0] < 0.1
    assert clustered_half_width(values, stock, np.zeros(8)) is None


def test_entries_that_cannot_be_had_say_why() -> None:
    closes = {
        "A": [10.0] * 60,
        "LATE": [np.nan] * 30 + [10.0] * 30,
        "GONE": [10.0] * 20 + [np.nan] * 40,
    }
    held = panel(closes)
    at = [int(NYSE.open[FIRST + n]) - 1 for n in (5, 5, 26, 30, 59)]
    at.append(int(NYSE.close[FIRST + 59]))
    names = ["A", "LATE", "LATE", "GONE", "A", "A"]
    made, why = enter(held, NYSE, names, np.array(at), np.ones(6, dtype=np.int64), Policy.NEXT_OPEN)
    assert why == [None, NoEntry.NOT_LISTED, None, NoEntry.NOT_TRADED, None, NoEntry.PENDING]
    assert made.session.tolist() == [5, 30, 59]
    with pytest.raises(ValueError, match="older than the panel"):
        enter(held, NYSE, ["A"], np.array([0]), np.array([1]), Policy.NEXT_OPEN)
    with pytest.raises(ValueError, match="neither"):
        enter(held, NYSE, ["A"], np.array(at[:1]), np.array([0]), Policy.NEXT_OPEN)


def test_a_panel_begins_early_enough_for_the_oldest_call() -> None:
    """For its random entries and the event study; what is not settled yet stays out."""
    published = int(NYSE.open[FIRST + 200]) + 60
    span = span_for(NYSE, published, NYSE.date(FIRST + 300))
    assert (span.start, span.stop) == (FIRST + 200 - 126, FIRST + 301)
    saturday = date(2020, 6, 6)
    assert span_for(NYSE, published, saturday).stop == NYSE.index(saturday)
    assert span_for(NYSE, 0, saturday).start == 0


def test_a_switch_of_the_policy_scores_everything_anew() -> None:
    """ahead-5: bought at the next open of 10 or at its close of 20, it is 20 in the end."""
    opens, closes = np.full(40, 20.0), np.full(40, 20.0)
    opens[3] = 10.0
    held = Panel.of(
        NYSE, range(FIRST, FIRST + 40), {"A": candles(closes, opens)}, candles(np.full(40, 100.0))
    )
    published = np.array([int(NYSE.close[FIRST + 2]) + 60])
    means = {}
    for policy in (Policy.NEXT_OPEN, Policy.NEXT_CLOSE):
        made, _ = enter(held, NYSE, ["A"], published, np.array([1]), policy)
        means[policy] = score(held, made).horizons[0].mean
    assert means == {Policy.NEXT_OPEN: pytest.approx(1.0), Policy.NEXT_CLOSE: pytest.approx(0.0)}


def test_random_entries_stay_near_the_call_and_on_known_days() -> None:
    """ahead-6: at most 126 sessions away, on days on which the stock traded and whose outcome is known."""
    closes = np.linspace(10, 40, 400)
    closes[130:135] = np.nan
    held = panel({"A": closes})
    made = calls(held, (0, 200, 1), (0, 10, 1), (0, 370, 1))
    found = candidates(held, made, 21)
    assert (found.stop - found.start).tolist() == [253 - 5, 137 - 5, 400 - 21 - (370 - 126)]


def test_a_call_that_cannot_be_matched_is_left_out_on_both_sides() -> None:
    """Its entry is an intraday price, and the panel has no daily ones within 126 sessions of it."""
    held = panel({"A": np.full(400, 10.0), "B": [np.nan] * 200 + [20.0] * 200})
    both = replace(calls(held, (0, 100, 1), (1, 10, 1)), price=np.array([10.0, 8.0]))
    excess = outcomes(held, both, [252]).excess[:, 0]
    assert excess.tolist() == pytest.approx([0.0, 1.5])
    random = np.random.default_rng(0)
    luck = placebo(held, both, excess, 252, draws=5, random=random)
    assert luck is not None
    assert (luck.observed, luck.means.tolist()) == (0.0, [0.0] * 5)
    alone = both.take(np.array([1]))
    assert placebo(held, alone, excess[1:], 252, draws=5, random=random) is None


def test_the_same_seed_gives_the_same_draws() -> None:
    held = random_walks(1, 4, 400)
    made = calls(held, *[(n % 4, 130 + 3 * n, 1) for n in range(30)])
    first, again, other = (
        placebo(held, made, np.zeros(30), 21, draws=50, random=np.random.default_rng(seed))
        for seed in (7, 7, 8)
    )
    assert first.means.tolist() == again.means.tolist() != other.means.tolist()
    assert len(first.means) == 50


def test_below_twenty_matured_episodes_nothing_is_said() -> None:
    """ahead-6: however good they look, and however often each call was repeated."""
    closes = np.cumprod(np.full(900, 1.002)) * 10
    held = panel({"A": closes, "B": closes})
    rows = [(n % 2, 30 + 40 * (n // 2), 1) for n in range(20)]
    repeated = [(row, session + 1, way) for row, session, way in rows[:19]]
    few = score(held, calls(held, *rows[:19], *repeated), draws=20)
    assert (few.calls, few.horizons[0].matured, few.horizons[0].verdict) == (38, 19, Verdict.TOO_FEW)
    assert few.horizons[0].placebo is None
    assert few.study is None
    enough = score(held, calls(held, *rows), draws=20)
    assert enough.horizons[0].placebo is not None
    assert enough.horizons[0].verdict is not Verdict.TOO_FEW
    assert enough.study is not None
    assert enough.study.events == 20


def _channel(held: Panel, rng: np.random.Generator, count: int = 60) -> Calls:
    rows = rng.integers(0, len(held.tickers), count)
    sessions = rng.integers(30, len(held) - 30, count)
    ways = rng.choice([-1, 1], count)
    return calls(held, *zip(rows.tolist(), sessions.tolist(), ways.tolist(), strict=True))


def test_who_guesses_is_rarely_taken_for_skilled() -> None:
    """ahead-6: of 60 channels that call at random, few get a verdict either way."""
    held = random_walks(3, 12, 900)
    rng = np.random.default_rng(5)
    verdicts = [score(held, _channel(held, rng), draws=200).horizons[0].verdict for _ in range(60)]
    assert sum(verdict is not Verdict.NO_DIFFERENCE for verdict in verdicts) <= 5


def test_a_lucky_week_is_no_skill() -> None:
    """ahead-6: thirty calls on the eve of one rally are one event; random entries alone would be fooled."""
    length = 400
    closes = np.full(length, 10.0)
    closes[201:] = 13.0
    rng = np.random.default_rng(2)
    held = panel({f"T{n}": closes * np.exp(rng.normal(0, 0.002, length)) for n in range(30)})
    found = score(held, calls(held, *[(n, 199, 1) for n in range(30)]), draws=200).horizons[0]
    assert found.placebo is not None
    assert found.placebo.share_as_good < 0.01
    assert found.verdict is Verdict.NO_DIFFERENCE


@pytest.mark.parametrize(("way", "verdict"), [(1, Verdict.BETTER), (-1, Verdict.WORSE)])
def test_who_knows_the_future_is_found_out(way: int, verdict: Verdict) -> None:
    """ahead-6, and the other way round."""
    held = random_walks(4, 12, 900)
    rng = np.random.default_rng(6)
    guesses = _channel(held, rng, 400)
    excess = outcomes(held, guesses, [21]).excess[:, 0]
    known = guesses.take(way * excess > 0.02)
    assert score(held, known, draws=200).horizons[0].verdict is verdict


def test_an_event_study_shows_what_came_before_and_after() -> None:
    """ahead-8: stocks that rose by 10 % the day before the call and by 20 % ten sessions after it."""
    length = 400
    stocks, rows = {}, []
    for n in range(24):
        closes, event = np.full(length, 10.0), 40 + 12 * n
        closes[event - 1 :] = 11.0
        closes[event + 10 :] = 13.2
        stocks[f"T{n}"] = closes
        rows.append((n, event, 1))
    held = panel(stocks)
    study = event_study(held, calls(held, *rows), 87)
    assert study is not None
    path = dict(zip(study.offset.tolist(), study.mean.tolist(), strict=True))
    assert (path[-20], path[-2]) == (pytest.approx(-1 / 11), pytest.approx(-1 / 11))
    assert [path[-1], path[0], path[9]] == pytest.approx([0.0, 0.0, 0.0])
    assert (path[10], path[60]) == (pytest.approx(0.2), pytest.approx(0.2))
    assert study.low is not None
    assert study.high is not None
    assert (study.low <= study.mean).all()
    assert (study.mean <= study.high).all()
    assert study.events == 24
    assert event_study(held, calls(held, (0, 5, 1)), 87) is None
    assert event_study(held, calls(held, (0, 350, 1)), 87) is None


def test_an_intraday_entry_is_scored_at_its_own_price() -> None:
    """record-6: what could be had at 10:05 was neither the open nor the close."""
    held = panel({"A": np.full(40, 10.0)})
    made = replace(calls(held, (0, 1, 1)), price=np.array([8.0]), benchmark=np.array([80.0]))
    assert outcomes(held, made, [21]).excess[0, 0] == pytest.approx(10 / 8 - 100 / 80)


def test_a_score_is_the_same_each_time() -> None:
    held = random_walks(8, 6, 600)
    made = _channel(held, np.random.default_rng(9))
    first, again = score(held, made, draws=50), score(held, made, draws=50)
    assert _figures(first) == _figures(again)


def _figures(found: Score) -> list[object]:
    return [
        (each.mean, each.mean_interval, each.placebo and each.placebo.observed) for each in found.horizons
    ]

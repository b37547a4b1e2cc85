"""Calls as pages show them against the reference of plain loops: every price, outcome and episode of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S
from tests.kit import track_reference as reference
from tests.property.test_track_scoring import FIRST, LENGTH, NYSE, World, world
from track_record.daily_prices import DailyPrices
from track_record.entities import Action, Mention
from track_record.entry import Policy, was_said
from track_record.judged_calls import Said, judge
from track_record.judgement import JudgedCall
from track_record.outcomes import Status

OFFERED = (Policy.NEXT_OPEN, Policy.SAME_DAY_CLOSE, Policy.NEXT_CLOSE)


def said_in(made: World, seed: int) -> list[Said]:
    """Return the world's calls as mentions, in order of time, some of them saying neither up nor down."""
    rng = np.random.default_rng(seed)
    found = []
    rows = sorted(zip(made.published, made.tickers, made.direction, strict=True))
    for number, (published, ticker, direction) in enumerate(rows):
        action = Action.BUY if direction == 1 else Action.SHORT
        when = datetime.fromtimestamp(published, UTC) + timedelta(milliseconds=int(rng.integers(0, 999)))
        mention = Mention(
            id=f"m{number}",
            video_id=f"v{number}",
            ticker=ticker,
            action=Action.WATCH if rng.random() < 0.2 else action,
            price_at_mention=None,
            confidence_score=None,
            context_snippet=None,
            created_at=when,
            channel_id="c",
            published_at=when,
        )
        found.append(Said(mention, None, "Channel"))
    return found


def prices_of(made: World) -> DailyPrices:
    time = NYSE.day[FIRST : FIRST + LENGTH] * DAY_S
    opens, closes = (np.array(column) for column in zip(*made.plain.benchmark, strict=True))
    benchmark = Candles.of(
        time, opens, np.maximum(opens, closes), np.minimum(opens, closes), closes, np.ones(LENGTH)
    )
    span = range(FIRST, FIRST + LENGTH)
    return DailyPrices(NYSE, span, made.candles, {}, benchmark, "SPY", {}, {})


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 40), policy=st.sampled_from(OFFERED))
def test_every_call_is_what_the_reference_makes_of_it(seed: int, count: int, policy: Policy) -> None:
    """ahead-4, ahead-5, ahead-6: entry and why there is none, what was said, outcomes, episodes."""
    made = world(seed, count, policy)
    market = replace(made.plain, delisted=set())
    said = said_in(made, seed)
    judged = judge(said, prices_of(made), policy, scored=True)
    assert [call.mention for call in judged.calls] == [one.mention for one in said]
    entered: list[tuple[JudgedCall, reference.Call]] = []
    for one, call in zip(said, judged.calls, strict=True):
        _said_is_known(made, one, call)
        plain = reference.entry(market, one.mention.ticker, one.published_s, 1, policy)
        if not isinstance(plain, reference.Call):
            assert (call.had, call.reason, call.outcomes) == (None, plain, ())
            continue
        assert call.had is not None
        assert (call.had.price, call.had.day) == (plain.price, NYSE.date(FIRST + plain.session))
        plain.direction = call.direction
        if call.direction:
            entered.append((call, plain))
        else:
            assert (call.outcomes, call.episode) == ((), None)
    _outcomes_are(market, entered)
    _episodes_are(entered)
    assert judged.score is not None
    assert judged.score.episodes == sum(call.opens for call in judged.calls)
    for place, each in enumerate(judged.score.horizons):
        counted = [call.outcomes[place].excess for call, _ in entered if call.opens]
        known = [excess for excess in counted if excess is not None]
        assert each.matured == len(known)
        assert each.mean == (None if not known else pytest.approx(float(np.mean(known)), rel=1e-9, abs=1e-12))


def _said_is_known(made: World, one: Said, call: JudgedCall) -> None:
    plain = was_said(NYSE, made.candles[one.mention.ticker], Resolution.DAY, one.published_s)
    assert (plain is None) == (call.said is None)
    if plain is not None and call.said is not None:
        assert (call.said.price, call.said.time_s) == (plain.price, plain.time)
        assert call.said.day == NYSE.date(plain.session)


def _outcomes_are(market: reference.Market, entered: list[tuple[JudgedCall, reference.Call]]) -> None:
    for call, plain in entered:
        for each in call.outcomes:
            state, excess = reference.outcome(market, plain, each.horizon)
            assert each.status is Status[state.upper()]
            assert each.excess == (None if excess is None else pytest.approx(excess, rel=1e-9, abs=1e-12))
            at = plain.session + each.horizon
            assert each.day == NYSE.date(FIRST + at)
            assert each.price == (None if excess is None else market.worth(plain.ticker, at))


def _episodes_are(entered: list[tuple[JudgedCall, reference.Call]]) -> None:
    for numbers in reference.episodes([plain for _, plain in entered]):
        members = [entered[number][0] for number in numbers]
        assert len({call.episode for call in members}) == 1
        assert [call.opens for call in members] == [True] + [False] * (len(members) - 1)

"""The words of a score, for every state in which a channel can be (ahead-5, ahead-6, ahead-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from components.words import share_words
from pages import score_words as words
from pages.score import policy_of
from pages.score_method import SENTENCES
from track_record import method
from track_record.confidence import Interval
from track_record.entities import Action, Mention
from track_record.entry import NoEntry, Policy
from track_record.event_study import EventStudy
from track_record.judgement import CallOutcome, JudgedCall, Judgement, PriceAt
from track_record.outcomes import Status
from track_record.placebo import Placebo
from track_record.scoring import HorizonScore, Score, Verdict

UNTIL = date(2013, 3, 1)


def call(action: Action = Action.BUY, *, year: int = 2012, had: bool = True, **options: Any) -> JudgedCall:
    published = datetime(year, 5, 7, 12, tzinfo=UTC)
    mention = Mention("m", "v", "AAPL", action, None, None, None, published, "c", published)
    price = PriceAt(10.0, date(year, 5, 8), 0) if had else None
    return JudgedCall(mention, None, "Channel", action.direction, 0, had=price, **options)


def judgement(calls: Sequence[JudgedCall], **options: Any) -> Judgement:
    given = {"benchmark": "SPY", "score": None, "waiting": {}, "missing": {}} | options
    return Judgement(Policy.NEXT_OPEN, until=UNTIL, calls=tuple(calls), **given)


def at(horizon: int = 21, **options: Any) -> HorizonScore:
    given: dict[str, Any] = {
        "matured": 42,
        "delisted": 0,
        "pending": 0,
        "unpriced": 0,
        "mean": 0.0312,
        "median": 0.01,
        "mean_interval": Interval(-0.0123, 0.1004),
        "hit_rate": 0.571,
        "hit_interval": Interval(0.422, 0.708),
        "placebo": None,
        "verdict": Verdict.NO_DIFFERENCE,
    }
    return HorizonScore(horizon, **(given | options))


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0312, "+3.12 %"),
        (-0.0139, "−1.39 %"),
        (0.123, "+12.3 %"),
        (-1.5, "−150.0 %"),
        (0.00001, "0.00 %"),
        (-0.00004, "0.00 %"),
        (0.09999, "+10.00 %"),
        (0, "0.00 %"),
    ],
)
def test_shares_have_a_true_minus_and_as_many_decimals_as_count(share: float, said: str) -> None:
    assert share_words(share, signed=True) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(judgement([]), "nothing to score", id="nothing said"),
        pytest.param(judgement([call(Action.HOLD)]), "There is 1 mention and none", id="no call"),
        pytest.param(
            judgement([call(Action.HOLD), call(Action.WATCH)]), "There are 2 mentions and none", id="no calls"
        ),
        pytest.param(
            judgement([call(year=2024, had=False, reason=NoEntry.PENDING)] * 3),
            "Prices here end on 1 Mar 2013, and the first call is of 7 May 2024: there is nothing to score.",
            id="a source without the years",
        ),
        pytest.param(
            judgement([call(), call(had=False, reason=NoEntry.NOT_LISTED)]),
            "1 call without a price: before its prices begin.",
            id="a price is missing",
        ),
        pytest.param(
            judgement(
                [call(had=False, reason=reason) for reason in (NoEntry.PENDING, NoEntry.NOT_TRADED)] * 2
            ),
            "4 calls without a price: 2 too new to have one, 2 not traded in the week after.",
            id="too new",
        ),
        pytest.param(
            judgement([call()], benchmark="AAPL, IBM in equal parts"),
            "Measured against AAPL, IBM in equal parts, which is not the market: there is no SPY here.",
            id="a stand-in",
        ),
        pytest.param(judgement([call()]), "Measured against SPY.", id="SPY"),
        pytest.param(
            judgement([call()] * 1200, score=Score(1, "SPY", 1200, 1, (), None)),
            "1,200 calls up or down in 1 episode: a call repeated within 21 sessions counts once.",
            id="counted",
        ),
        pytest.param(
            judgement([call()] * 6, score=Score(1, "SPY", 3, 2, (), None)),
            "6 calls up or down, 3 of them with a price, in 2 episodes:",
            id="some without a price",
        ),
    ],
)
def test_every_state_is_said_plainly(found: Judgement, said: str) -> None:
    assert said in " ".join(words.told(found))


@pytest.mark.parametrize(
    ("waiting", "turn", "said"),
    [
        ({}, "first", ""),
        ({"A": "x"}, "first", "Prices of 1 stock are still being fetched."),
        ({"A": "x", "B": "y", "C": "z"}, "first", "Prices of 3 stocks are still being fetched."),
        (
            {"A": "Tiingo does not answer."},
            "last",
            "Prices of 1 stock could not be fetched. Tiingo does not answer. Reload the page to ask again.",
        ),
        (
            {"SPY": "x", "A": "y"},
            "first",
            "Prices of SPY, which everything is measured against, and of 1 stock are still being fetched.",
        ),
    ],
)
def test_prices_on_their_way_are_said_to_be(waiting: dict[str, str], turn: str, said: str) -> None:
    assert words.waiting(judgement([call()], waiting=waiting), is_last=turn == "last") == said


def test_stocks_without_prices_are_named_a_few_of_them() -> None:
    few = judgement([call()], missing={"B": "Why.", "A": "Why not."})
    assert words.missing(few) == ["A: Why not.", "B: Why."]
    many = judgement([call()], missing={f"T{n}": "Why." for n in range(9)})
    assert words.missing(many)[-1] == "4 more stocks have no prices here."


def test_a_verdict_says_why_there_is_none() -> None:
    """ahead-6: "too few to say" under 20 matured calls."""
    few = at(matured=12, verdict=Verdict.TOO_FEW)
    assert words.verdict(few) == "Too few to say: 12 of 20 matured"
    assert words.verdict(at(matured=30, verdict=Verdict.TOO_FEW)).endswith(
        "no random entries to compare with"
    )
    assert words.verdict(at()) == "No different from random entries"
    assert words.hits(at()) == ("57 % of 42 calls", "42–71 %")
    assert words.hits(at(matured=0, hit_rate=None, hit_interval=None)) == ("–", "")
    assert words.interval(Interval(-0.0123, 0.1004), 42) == "−1.23 % to +10.0 %"
    assert words.interval(None, 1) == "no interval: all of one stock, or of one time"
    assert words.interval(None, 0) == ""


def test_what_does_not_count_is_counted() -> None:
    """Nothing disappears: pending, unpriced and delisted ones are shown, and when the next one matures."""
    assert words.counts(at(), []) == "none pending"
    due = CallOutcome(21, Status.PENDING, None, date(2013, 3, 8), None)
    later = CallOutcome(21, Status.PENDING, None, date(2013, 3, 4), None)
    pending = [call(opens=True, outcomes=(due,)), call(opens=False, outcomes=(later,))]
    said = words.counts(at(pending=2, unpriced=1, delisted=3), pending)
    assert said == (
        "2 pending, the next matures on 8 Mar 2013 · 1 without a price by then · "
        "3 delisted, counted at the last close"
    )


def test_luck_and_the_path_are_told_to_who_does_not_see_them() -> None:
    means = np.linspace(-0.02, 0.02, 2001)
    assert (
        words.luck(Placebo(-0.01, means)) == "Of 2,001 lists with random days 75.0 % did as well or better."
    )
    assert words.luck(Placebo(1.0, means)).endswith("random days fewer than 0.1 % did as well or better.")
    assert words.spread(Placebo(-0.01, means)) == (
        "95 % of the lists with random days came to between −1.90 % and +1.90 %, half of them to less than "
        "0.00 %; this channel came to −1.00 %."
    )
    offset = np.arange(-20, 61)
    mean = offset / 1000
    said = words.path(EventStudy(offset, mean, mean - 0.01, mean + 0.01, 82))
    assert said[0] == "20 sessions before: −2.00 %, between −3.00 % and −1.00 %"
    assert said[2] == "the entry’s close: 0.00 %, between −1.00 % and +1.00 %"
    assert words.path(EventStudy(offset, mean, None, None, 82))[-1] == "60 sessions after: +6.00 %"


def test_the_method_on_the_page_is_the_one_that_scores() -> None:
    """Every score carries its version, and the words its numbers."""
    text = " ".join(SENTENCES)
    for number in (
        method.METHOD_VERSION,
        method.LONGEST_WAIT_SESSIONS,
        method.PLACEBO_REACH_SESSIONS,
        method.FEWEST_MATURED,
        *method.HORIZONS,
    ):
        assert str(number) in text
    assert "2.5 % of such lists" in text


def test_a_policy_that_is_not_offered_is_the_usual_one() -> None:
    """A link, or a question that no page of ours asks."""
    assert policy_of("next-close") is Policy.NEXT_CLOSE
    for strange in ("next-bar", "", None, 7, ["next-close"], {"a": 1}):
        assert policy_of(strange) is Policy.NEXT_OPEN

"""What a chart is told of mentions, and what becomes of questions (record-7, ahead-4, ahead-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from components.mentions import ENTRIES
from pages.mention_message import MOST_CALLS, message
from pages.mentions import answer
from store import TableError
from track_record.entities import Action, AnalysisStatus, Mention, TranscriptStatus, Video
from track_record.entry import NoEntry, Policy
from track_record.judgement import CallOutcome, JudgedCall, Judgement, PriceAt
from track_record.judging import POLICIES
from track_record.outcomes import Status

AT = datetime(2013, 3, 1, 20, 42, tzinfo=UTC)
HAD = PriceAt(430.5, date(2013, 3, 4), 1_362_407_400)
SAID = PriceAt(431.25, date(2013, 3, 1), 1_362_170_000)


def mention(action: Action) -> Mention:
    return Mention("m", "v", "AAPL", action, None, None, "a quote", AT, "c", AT)


def video() -> Video:
    url = "https://www.youtube.com/watch?v=abc"
    done = (TranscriptStatus.COMPLETED, AnalysisStatus.COMPLETED)
    return Video("v", "c", "abc", "A title", url, AT, *done, AT)


def outcome(horizon: int = 21, excess: float | None = 0.042, **change: Any) -> CallOutcome:
    usual = {"status": Status.MATURED, "day": date(2013, 4, 3), "price": 440.0}
    return CallOutcome(horizon=horizon, excess=excess, **(usual | change))


def call(action: Action = Action.BUY, **change: Any) -> JudgedCall:
    usual: dict[str, Any] = {"said": SAID, "had": HAD, "episode": 1, "opens": True, "outcomes": (outcome(),)}
    return JudgedCall(
        mention(action), video(), "Some channel", action.direction, HAD.time_s, **(usual | change)
    )


def judged(*calls: JudgedCall, **change: Any) -> Judgement:
    usual: dict[str, Any] = {
        "policy": Policy.NEXT_OPEN,
        "benchmark": "SPY",
        "until": date(2013, 6, 3),
        "score": None,
        "waiting": {},
        "missing": {},
    }
    return Judgement(calls=calls, **(usual | change))


def told(made: JudgedCall, **change: Any) -> dict[str, Any]:
    """Return what a message says of one call."""
    [only] = message(judged(made, **change), "AAPL")["calls"]
    return dict(only)


def test_a_call_says_where_it_stands_and_both_of_its_prices() -> None:
    """record-7, ahead-5: the bar of the price that could be had, and beside it the price that was said."""
    one = told(call())
    assert (one["at"], one["day"], one["price"]) == (HAD.time_s, "2013-03-04", 430.5)
    assert one["said"] == {"price": 431.25, "day": "2013-03-01"}
    assert one["published"] == "Fri 1 Mar 2013 15:42"
    assert (one["kind"], one["direction"], one["channel"]) == ("buy", 1, "Some channel")


def test_a_close_is_within_its_session_and_not_after_it() -> None:
    """ahead-5: the bar of a close is the last one before it; its own second begins the next one's."""
    assert told(call(), policy=Policy.SAME_DAY_CLOSE)["at"] == HAD.time_s - 1


def test_a_mention_without_an_entry_stands_where_one_could_have_traded() -> None:
    """ahead-4: nothing that was said disappears."""
    one = told(call(had=None, reason=NoEntry.NOT_TRADED, outcomes=(), episode=None, opens=False))
    assert (one["at"], one["day"], one["price"]) == (HAD.time_s, "2013-03-04", None)
    assert one["why"] == "the stock did not trade then"


@pytest.mark.parametrize(
    ("action", "made", "state", "short", "words"),
    [
        (Action.BUY, outcome(63), "better", "+4.2", "+63: 4.2 points better than SPY"),
        (Action.BUY, outcome(63, -0.042), "worse", "−4.2", "+63: 4.2 points worse than SPY"),
        (Action.SELL, outcome(63), "better", "+4.2", "+63: right by 4.2 points against SPY"),
        (Action.SELL, outcome(63, -0.042), "worse", "−4.2", "+63: wrong by 4.2 points against SPY"),
        (Action.BUY, outcome(63, 0.0004), "even", "0.0", "+63: as good as SPY"),
        (Action.BUY, outcome(63, 12.0), "better", "+1,200.0", "+63: 1,200.0 points better than SPY"),
        (
            Action.BUY, outcome(63, -0.5, status=Status.DELISTED), "worse", "−50.0",
            "+63: 50.0 points worse than SPY, delisted on the way",
        ),
        (
            Action.BUY, outcome(63, None, status=Status.PENDING, price=None), "pending", "pending",
            "+63: pending until Wed 3 Apr 2013",
        ),
        (
            Action.BUY, outcome(63, None, status=Status.PENDING, price=None, day=None), "pending", "pending",
            "+63: pending for longer than the calendar reaches",
        ),
        (Action.BUY, outcome(63, None, status=Status.UNPRICED, price=None), "unknown", "–", "+63: no price"),
    ],
)  # fmt: skip
def test_an_outcome_is_told_in_words(
    action: Action, made: CallOutcome, state: str, short: str, words: str
) -> None:
    """ahead-4: better or worse than the benchmark, or pending; symmetric for who said to sell."""
    [one] = told(call(action, outcomes=(made,)))["outcomes"]
    assert (one["state"], one["short"], one["words"]) == (state, short, words)


def test_a_benchmark_with_a_long_name_is_named_whole_once() -> None:
    made = message(judged(call(), benchmark="AAPL, IBM in equal parts"), "AAPL")
    assert (made["benchmark"], made["measured"]) == ("the benchmark", "AAPL, IBM in equal parts")
    assert made["calls"][0]["outcomes"][0]["words"] == "+21: 4.2 points better than the benchmark"


def test_splits_since_the_call_are_told() -> None:
    """ahead-2."""
    assert told(call(rebased=("re-based 9 Jun 2014 (7:1)",)))["rebased"] == ["re-based 9 Jun 2014 (7:1)"]


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://www.youtube.com/watch?v=a", "https://www.youtube.com/watch?v=a"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.com", None),
        ("", None),
    ],
)
def test_only_addresses_of_the_web_may_be_followed(url: str, link: str | None) -> None:
    """record-7: a hostile address is no link."""
    assert told(replace(call(), video=replace(video(), url=url)))["url"] == link


def test_a_video_that_is_gone_is_said_to_be() -> None:
    assert told(replace(call(), video=None))["gone"]
    assert told(replace(call(), video=replace(video(), vanished_at=AT)))["gone"]
    assert not told(call())["gone"]


def test_what_there_is_to_say_is_said_once() -> None:
    nothing = judged()
    assert message(nothing, "IBM")["words"] == "No channel mentions IBM."
    assert message(nothing, "IBM", "some-id")["words"] == "This channel does not mention IBM."
    waiting = judged(call(), waiting={"AAPL": "Prices come.", "SPY": "Prices come."}, missing={"X": "None."})
    made = message(waiting, "AAPL")
    assert (made["words"], made["again"]) == ("Prices come. None.", True)


def test_a_thousand_mentions_are_told_to_a_limit() -> None:
    made = message(judged(*[call()] * (MOST_CALLS + 1)), "AAPL")
    assert len(made["calls"]) == MOST_CALLS
    assert made["words"] == "The newest 1,000 mentions are shown, 1 older ones are not."


def test_what_people_choose_from_can_be_judged() -> None:
    """ahead-5: the first one is the usual one, here and there."""
    assert tuple(ENTRIES) == tuple(POLICIES)


class Bench:
    """A judge that keeps what it was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.error = error

    def ticker(
        self, ticker: str, policy: Policy, *, channel_id: str | None = None, deadline_s: float
    ) -> Judgement:
        self.asked.append((ticker, policy, channel_id, deadline_s > 0))
        if self.error:
            raise self.error
        return judged(call(), policy=policy)


QUESTION = {"seq": 7, "ticker": "aapl", "entry": "next-close", "channel": None}


def test_a_question_is_about_a_ticker_an_entry_and_a_channel() -> None:
    """ahead-5."""
    bench = Bench()
    assert answer(bench, QUESTION)["seq"] == 7
    answer(bench, QUESTION | {"channel": "some-id", "entry": "same-day-close"})
    assert bench.asked == [
        ("AAPL", Policy.NEXT_CLOSE, None, True),
        ("AAPL", Policy.SAME_DAY_CLOSE, "some-id", True),
    ]


@pytest.mark.parametrize(
    "change",
    [{"ticker": "<b>"}, {"ticker": None}, {"entry": "yesterday"}, {"entry": []}, {"entry": "next-bar"}],
)
def test_what_a_browser_should_not_send_is_refused_with_a_sentence(change: dict[str, Any]) -> None:
    bench = Bench()
    made = answer(bench, QUESTION | change)
    assert (made["failed"], made["calls"], bench.asked) == (True, [], [])
    assert made["words"].endswith(".")


@pytest.mark.parametrize("error", [TableError("the table"), RuntimeError("a path /home/x")])
def test_where_mentions_cannot_be_had_a_sentence_says_so_and_nothing_else(error: Exception) -> None:
    """record-7: quietly; no candle goes."""
    made = answer(Bench(error), QUESTION)
    assert made["words"] == "The mentions of AAPL cannot be had now. Try again in a minute."
    assert (made["failed"], made["calls"]) == (True, [])

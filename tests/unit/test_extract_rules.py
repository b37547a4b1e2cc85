"""record-5: what the rules tell beside ticker and action: marks, prices, horizons, words and times."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.extractors import Mention, RuleExtractor, Stocks, Video, extract
from adapters.extractors.prices import prices_of
from adapters.transcripts import read_transcript


@pytest.fixture(scope="module")
def mention() -> Callable[[str], Mention]:
    stocks = Stocks.load()
    rules = RuleExtractor(stocks)

    def only(text: str) -> Mention:
        found = extract(rules, Video("v", "", read_transcript(text)), stocks)
        (one,) = (*found.mentions, *found.review)
        return one

    return only


def test_prices_and_horizon_of_the_sentence_go_with_the_call(mention: Callable[[str], Mention]) -> None:
    found = mention(
        "I'm buying Home Depot with a price target of $1,410.50 and a stop at $330, over the next 3 years."
    )
    assert (found.action, found.target_price, found.stop_price, found.currency) == (
        "buy",
        1_410.5,
        330.0,
        "USD",
    )
    assert found.horizon == "the next 3 years"


@pytest.mark.parametrize(
    ("sentence", "target", "stop", "horizon"),
    [
        ("my target is 200", 200.0, None, ""),
        ("price target of $95.50 by next summer", 95.5, None, "by next summer"),
        ("stop loss at 80 with a five year horizon", None, 80.0, "five year horizon"),
        ("a target of two hundred", None, None, ""),
        ("for the long term", None, None, "long term"),
        ("target stores had 5 bad quarters", None, None, ""),
    ],
)
def test_prices_in_digits_are_read_and_others_are_not_guessed(
    sentence: str, target: float | None, stop: float | None, horizon: str
) -> None:
    found = prices_of(sentence)
    assert (found.target, found.stop, found.horizon) == (target, stop, horizon)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("If Amazon fell to 150 I would buy it.", "hypothetical"),
        ("I sold General Electric back in 2017.", "past"),
        ("Analysts at the bank think Micron is a buy.", "quoted"),
        ("Cisco bought a smaller rival for cash, they said.", "none"),
    ],
)
def test_what_is_no_call_of_the_speakers_is_a_mention_with_its_mark(
    text: str, marks: str, mention: Callable[[str], Mention]
) -> None:
    found = mention(text)
    set_ = [
        name
        for name, is_set in [
            ("hypothetical", found.is_hypothetical),
            ("past", found.is_past),
            ("quoted", found.is_quoted),
        ]
        if is_set
    ]
    assert found.action == "mention"
    assert set_ == ([] if marks == "none" else [marks])


def test_promotion_and_conviction_are_told(mention: Callable[[str], Mention]) -> None:
    assert mention("This video is sponsored by SoFi.").sponsor_disclosure
    assert mention("I'm buying Costco, my highest conviction idea by far.").conviction == "high"
    assert mention("I bought a small, speculative position of Costco, maybe too early.").conviction == "low"
    assert not mention("I bought Costco.").sponsor_disclosure


def test_a_call_with_a_pronoun_quotes_from_where_the_company_was_named(
    mention: Callable[[str], Mention],
) -> None:
    found = mention("0:10\nlet's talk about disney\n0:14\nthe parks are full\n0:18\ni'm buying it\n0:22\nbye")
    assert (found.ticker, found.action) == ("DIS", "buy")
    assert found.quote == "disney the parks are full i'm buying it bye"
    assert (found.start_s, found.end_s) == (10.0, 22.0)


def test_a_text_without_times_has_mentions_without_times(mention: Callable[[str], Mention]) -> None:
    found = mention("I bought Apple.")
    assert (found.start_s, found.end_s) == (0.0, 0.0)


def test_the_same_words_are_the_same_mentions_everywhere(mention: Callable[[str], Mention]) -> None:
    first = mention("I bought Apple.")
    assert first == mention("I bought Apple.")
    assert first.extractor.name == "rules"

"""record-4, record-5: what an extractor claims holds only if it was said, is a US stock's, in the video."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from adapters.extractors import Claim, Extraction, ExtractorId, Stocks, Video, settle
from adapters.transcripts import Snippet, Transcript

WHO = ExtractorId("test", "model", "1")
LINES = (
    "Welcome back. I bought Apple this morning.",
    "I sold Intel, all of it.",
    "Intel again: I sold Intel, all of it.",
    "If Tesla falls I would buy it. " + "And so on and on, " * 40,
    "An unlucky fund is SPY, and Bitcoin is no stock, and VOD.L is in London.",
)
TRANSCRIPT = Transcript(
    tuple(Snippet(line.strip(), 10.0 * n, 10.0) for n, line in enumerate(LINES)), "en", "manual"
)
VIDEO = Video("dQw4w9WgXcQ", "My trades", TRANSCRIPT, duration_s=50.0)


@pytest.fixture(scope="module")
def told() -> Callable[..., Extraction]:
    stocks = Stocks.load()
    return lambda *claims, video=VIDEO: settle(claims, video, WHO, stocks)


def claim(**changes: object) -> Claim:
    sound = {
        "ticker": "AAPL",
        "company_as_said": "Apple",
        "action": "buy",
        "quote": "I bought Apple this morning",
        "confidence": 0.9,
    }
    return Claim(**(sound | changes))  # type: ignore[arg-type]


def test_what_holds_has_the_transcripts_own_words_and_their_times(told: Callable[..., Extraction]) -> None:
    """Capitals, punctuation and blanks of the quote do not matter; the words do."""
    found = told(claim(ticker="aapl", quote="  i BOUGHT apple, this\nmorning!"))
    (mention,) = found.mentions
    assert (mention.ticker, mention.exchange, mention.action) == ("AAPL", "Nasdaq", "buy")
    assert (mention.quote, mention.start_s, mention.end_s) == ("I bought Apple this morning", 0.0, 10.0)
    assert (mention.video_id, mention.extractor) == ("dQw4w9WgXcQ", WHO)
    assert found.review == found.dropped == ()


@pytest.mark.parametrize(
    "quote",
    [
        "I bought Apple yesterday",
        "I bought this morning Apple",
        "",
        "...",
        "bought Apple this morn",
        "\0",
        "«»",
    ],
)
def test_a_quote_that_nobody_said_is_dropped(quote: str, told: Callable[..., Extraction]) -> None:
    found = told(claim(quote=quote))
    assert found.mentions == found.review == ()
    assert [(each.said, each.reason) for each in found.dropped] == [("Apple", "no_quote")]


@pytest.mark.parametrize(
    ("ticker", "asset_type", "reason"),
    [
        ("SPY", "stock", "etf"),
        ("IBIT", "stock", "etf"),
        ("BTC", "stock", "crypto"),
        ("ETH-USD", "stock", "crypto"),
        ("VOD.L", "stock", "foreign"),
        ("7203.T", "stock", "foreign"),
        ("CYATY", "stock", "foreign"),
        ("ZZZZQ", "stock", "unknown"),
        ("BAC-PB", "stock", "unknown"),
        ("<b>", "stock", "unknown"),
        ("", "stock", "unknown"),
        ("A" * 500, "stock", "unknown"),
        ("AAPL", "etf", "etf"),
        ("AAPL", "crypto", "crypto"),
        ("AAPL", "foreign", "foreign"),
    ],
)
def test_what_is_no_us_stock_is_dropped_with_its_reason(
    ticker: str, asset_type: str, reason: str, told: Callable[..., Extraction]
) -> None:
    found = told(claim(ticker=ticker, company_as_said="it", asset_type=asset_type))
    assert found.mentions == found.review == ()
    assert [(each.said, each.reason) for each in found.dropped] == [("it", reason)]


def test_a_name_without_a_ticker_is_looked_up(told: Callable[..., Extraction]) -> None:
    assert [m.ticker for m in told(claim(ticker=None, company_as_said="Apple Inc.")).mentions] == ["AAPL"]
    assert [d.reason for d in told(claim(ticker=None, company_as_said="Acme Anvils")).dropped] == ["unknown"]


def test_a_ticker_that_is_another_companys_waits_for_a_person(told: Callable[..., Extraction]) -> None:
    """A model that hears Intel and writes AAPL; Alphabet's two classes are one company."""
    assert told(claim(company_as_said="Intel")).mentions == ()
    assert len(told(claim(company_as_said="Intel")).review) == 1
    assert [m.ticker for m in told(claim(ticker="GOOG", company_as_said="Google")).mentions] == ["GOOG"]


def test_one_mention_per_ticker_and_action_the_surest(told: Callable[..., Extraction]) -> None:
    said = {"ticker": "INTC", "company_as_said": "Intel", "action": "sell"}
    found = told(
        claim(**said, quote="I sold Intel", confidence=0.7),
        claim(**said, quote="Intel again: I sold Intel", confidence=0.8),
        claim(**said, quote="all of it", confidence=0.6),
    )
    assert [(m.quote, m.start_s) for m in found.mentions] == [("Intel again: I sold Intel", 20.0)]
    assert [each.reason for each in found.dropped] == ["repeated", "repeated"]


def test_words_said_twice_are_found_where_the_extractor_heard_them(told: Callable[..., Extraction]) -> None:
    said = {
        "ticker": "INTC",
        "company_as_said": "Intel",
        "action": "sell",
        "quote": "I sold Intel, all of it",
    }
    assert told(claim(**said)).mentions[0].start_s == 10.0
    assert told(claim(**said, at_s=21.0)).mentions[0].start_s == 20.0


def test_a_plain_mention_beside_a_call_says_nothing_more(told: Callable[..., Extraction]) -> None:
    found = told(claim(), claim(action="mention"))
    assert [m.action for m in found.mentions] == ["buy"]
    assert [m.action for m in told(claim(action="mention")).mentions] == ["mention"]


@pytest.mark.parametrize("mark", ["is_hypothetical", "is_past", "is_quoted"])
def test_what_is_no_call_for_now_becomes_a_mention_and_keeps_its_mark(
    mark: str, told: Callable[..., Extraction]
) -> None:
    (mention,) = told(claim(**{mark: True})).mentions
    assert mention.action == "mention"
    assert getattr(mention, mark)


def test_the_uncertain_and_the_contradictory_wait_for_a_person(told: Callable[..., Extraction]) -> None:
    unsure = told(claim(confidence=0.3))
    assert (len(unsure.mentions), len(unsure.review)) == (0, 1)
    torn = told(claim(), claim(action="sell", confidence=0.95))
    assert (len(torn.mentions), len(torn.review)) == (0, 2)
    assert [m.action for m in told(claim(), claim(action="sell", confidence=0.3)).mentions] == ["buy"]


def test_a_time_beyond_the_video_is_dropped(told: Callable[..., Extraction]) -> None:
    short = Video(VIDEO.video_id, "", TRANSCRIPT, duration_s=5.0)
    assert [
        each.reason for each in told(claim(ticker="INTC", quote="I sold Intel"), video=short).dropped
    ] == ["outside_video"]
    assert told(claim(), video=short).mentions[0].end_s == 5.0


def test_a_long_quote_is_cut_after_a_whole_word(told: Callable[..., Extraction]) -> None:
    (mention,) = told(claim(ticker="TSLA", company_as_said="Tesla", quote=LINES[3])).mentions
    assert len(mention.quote) <= 300
    assert LINES[3].startswith(mention.quote + " ")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 7.0, -7.0])
def test_numbers_are_brought_into_their_ranges(value: float, told: Callable[..., Extraction]) -> None:
    found = told(claim(stance=value, confidence=value, target_price=value, stop_price=-1.0))
    (mention,) = (*found.mentions, *found.review)
    assert -1 <= mention.stance <= 1
    assert 0 <= mention.confidence <= 1
    assert mention.target_price in {None, 7.0}
    assert mention.stop_price is None


def test_an_unknown_action_is_a_mention(told: Callable[..., Extraction]) -> None:
    assert told(claim(action="yolo")).mentions[0].action == "mention"


def test_the_id_is_the_same_everywhere_and_differs_by_what_was_said(told: Callable[..., Extraction]) -> None:
    (first,), (again,) = told(claim()).mentions, told(claim(confidence=0.6)).mentions
    (other,) = told(claim(action="add")).mentions
    assert len(first.mention_id) == 32
    assert first.mention_id == again.mention_id != other.mention_id

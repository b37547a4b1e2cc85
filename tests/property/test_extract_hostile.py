"""record-5: whatever is said, the rules end, and what they claim keeps its promise."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.extractors import ACTIONS, RuleExtractor, Stocks, Video, extract
from adapters.transcripts import Snippet, Transcript

WORDS = [
    "i", "i'm", "my", "we", "he", "they", "you", "bought", "sold", "sell", "buy", "buying", "hold",
    "short", "avoid", "trimmed", "added", "to", "of", "a", "the", "is", "not", "never", "it", "that",
    "both", "and", "or", "but", "so", "if", "would", "should", "no", "yes", "apple", "Apple", "AAPL",
    "$AAPL", "$TSLA", "tesla", "Intel", "target", "Target", "gap", "Gap", "t", "at", "&", "AT&T", "u",
    "p", "s", "bitcoin", "SPY", "BRK.B", "VOD.L", "7203.T", "in", "london", "position", "shares",
    "stock", "puts", "on", "calls", "said", "analysts", "years", "ago", "2017", ".", ",", "?", ";", ":",
    "!", "watchlist", "@0", "@1", "<b>sell</b>", "\u202e", "\u200b", "$", "$1", "''", "'s", "Inc.",
    "Bros.", "sponsor",
]  # fmt: skip


def said(texts: list[str]) -> Video:
    snippets = tuple(Snippet(text, 3.0 * n, 3.0) for n, text in enumerate(texts))
    return Video("v", "", Transcript(snippets, "en", "automatic"))


@pytest.fixture(scope="module")
def stocks() -> Stocks:
    return Stocks.load()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.lists(st.sampled_from(WORDS) | st.text(min_size=1, max_size=6), min_size=1, max_size=12).map(
            " ".join
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_speech(texts: list[str]) -> None:
    stocks = Stocks.load()
    video = said([text.strip() or "x" for text in texts])
    found = extract(RuleExtractor(stocks), video, stocks)
    assert found == extract(RuleExtractor(stocks), video, stocks)
    whole = " ".join(snippet.text for snippet in video.transcript.snippets)
    keys = [(mention.ticker, mention.action) for mention in (*found.mentions, *found.review)]
    assert len(keys) == len(set(keys))
    for mention in (*found.mentions, *found.review):
        assert mention.quote in whole
        assert 0 < len(mention.quote) <= 300
        assert mention.action in ACTIONS
        assert mention.exchange in {"NYSE", "Nasdaq"}
        assert 0 <= mention.start_s <= mention.end_s <= video.transcript.end_s
        assert mention.action == "mention" or not mention.is_aside


@pytest.mark.slow
@pytest.mark.parametrize("word", ["sold ", "not ", "u ", "apple ", "if ", "a" * 50])
def test_a_word_without_end_takes_time_in_proportion(word: str, stocks: Stocks) -> None:
    """Eight times the words may take thirty times the processor's time; what is quadratic takes 64."""
    rules = RuleExtractor(stocks)

    def seconds(count: int) -> float:
        began = time.process_time()
        extract(rules, said([(word * 10).strip()] * count), stocks)
        return time.process_time() - began

    seconds(20)
    assert seconds(200) < 30 * max(seconds(25), 0.01)

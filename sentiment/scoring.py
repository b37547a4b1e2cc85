"""How a headline speaks of a stock: VADER's rules of grammar over finance's own words (``data/terms.toml``).

VADER alone gives 0.0 for "NVDA is massively overvalued, I'd sell here". It counts moods of words, with
negation, degree and "but"; here finance words are added, everyday ones that mean nothing in markets are taken
out, and whole phrases ("cuts costs", "less than feared") count as one word.

Promise: whatever the text, the score lies in [-1, 1], the confidence in [0, 1], and nothing is raised.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.items import Scored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.news import NewsItem

METHOD = "vader+terms 1"
"""Kept with every score: what gave it, and in which version."""

LEAST_CONFIDENCE, MOST_CONFIDENCE = 0.2, 0.9
"""Of a text in which nothing is found, which is probably neutral; and of any: one in ten is read wrongly."""
_SUMMARY_WEIGHT = 0.3
_MOST_COMPANIES = 3
"""What speaks of more says less of each: a round-up of thirty says next to nothing."""
_MOST_CHARACTERS = 600
"""Of a text; moods are in its beginning, and nobody waits for a novel."""
_SURE_SHARE = 0.35
"""Where so much of what is said has a mood, more of it makes it no surer."""
_FILE = Path(__file__).with_name("data") / "terms.toml"


@dataclass(frozen=True, slots=True)
class Mood:
    """How a text speaks: ``score`` from -1 to 1, and how sure that is, from 0 to 1."""

    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class _Reader:
    """VADER with finance's words, and the phrases that are put in its words before."""

    analyzer: Any
    phrases: tuple[tuple[re.Pattern[str], str], ...]

    def mood(self, text: str) -> Mood:
        told = text[:_MOST_CHARACTERS]
        for pattern, word in self.phrases:
            told = pattern.sub(word, told)
        found = self.analyzer.polarity_scores(told)
        good, bad = found["pos"], found["neg"]
        if not good and not bad:
            return Mood(0.0, LEAST_CONFIDENCE)
        agreement = abs(good - bad) / (good + bad)
        much = min(1.0, (good + bad) / _SURE_SHARE)
        confidence = LEAST_CONFIDENCE + (MOST_CONFIDENCE - LEAST_CONFIDENCE) * agreement * much
        return Mood(min(1.0, max(-1.0, found["compound"])), confidence)


def mood_of(text: str) -> Mood:
    """Return how a text speaks of the stock that it is about."""
    return _reader().mood(text)


def score_news(item: NewsItem, source: str) -> Scored:
    """Return an item of news with its score: the title's, and a little of the summary's where it has a mood.

    The confidence is that of both, less where it names many stocks.
    """
    title = mood_of(item.title)
    summary = mood_of(item.summary)
    heard = summary.confidence > LEAST_CONFIDENCE
    weight = _SUMMARY_WEIGHT if heard else 0.0
    return Scored(
        source=source,
        id=item.id,
        published_at=item.published_at,
        score=(1 - weight) * title.score + weight * summary.score,
        confidence=((1 - weight) * title.confidence + weight * summary.confidence) * _share(item),
        title=item.title,
        url=item.url,
        publisher=item.publisher,
        method=METHOD,
    )


def _share(item: NewsItem) -> float:
    """Return how much of an item is about each of the stocks that it names."""
    return min(1.0, _MOST_COMPANIES / max(1, len(item.tickers)))


@cache
def _reader() -> _Reader:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    terms = tomllib.loads(_FILE.read_text("utf-8"))
    analyzer = SentimentIntensityAnalyzer()
    for word in terms["plain"]["words"]:
        analyzer.lexicon.pop(word, None)
    analyzer.lexicon.update(terms["words"])
    phrases, valences = _phrases(terms)
    analyzer.lexicon.update(valences)
    return _Reader(analyzer, phrases)


def _phrases(terms: Mapping[str, Any]) -> tuple[tuple[tuple[re.Pattern[str], str], ...], dict[str, float]]:
    """Return patterns with the word that stands for each, and what these words count."""
    found = [(_pattern(terms["negations"]["patterns"]), " not ")]
    valences: dict[str, float] = {}
    for number, group in enumerate(terms["phrases"]):
        word = f"xphrase{number}"
        found.append((_pattern(group["patterns"]), f" {word} "))
        if group["valence"]:
            valences[word] = group["valence"]
    return tuple(found), valences


def _pattern(texts: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(texts)})(?!\w)", re.IGNORECASE)

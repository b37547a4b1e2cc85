"""How well headlines are read, beside VADER alone; how fast; and what a year of a busy stock's news costs.

The gold set is synthetic (``tests/golden/headlines/README.md``); its held-out part was not looked at while
the words were chosen. The year is read from SQLite in one query by day, against a query for each day.
"""

from __future__ import annotations

import itertools
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.news import NewsItem
from benchmarks.measuring import Figure, in_turns, say, show
from sentiment.items import SentimentItems
from sentiment.scoring import mood_of, score_news
from store import SqliteStore, TableNames, schemas
from tests.kit.gold_headlines import LABELS, PARTS, load, measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.measuring import Size
    from tests.kit.gold_headlines import Quality, Score

_A_DAY = 20
_LAST = date(2025, 3, 7)


def run(size: Size) -> list[Figure]:
    """Measure both ways on both parts, the time for a headline, and a year of news."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()
    ways: dict[str, Callable[[str], float]] = {
        "with finance words": lambda text: mood_of(text).score,
        "VADER alone": lambda text: float(vader.polarity_scores(text)["compound"]),
    }
    figures = []
    for part in PARTS:
        found = {name: measure(part, way) for name, way in ways.items()}
        for name, quality in found.items():
            hard = measure(part, ways[name], hard=True).moods
            say(f"-- {part}, {name}: {len(load(part))} headlines, {quality.turned} read as their opposite")
            show(_table(quality, hard))
        ours, other = (found[name].moods for name in ways)
        figures += [
            _figure(f"headlines, {part}: precision, else VADER alone", ours.precision, other.precision),
            _figure(f"headlines, {part}: recall, else VADER alone", ours.recall, other.recall),
        ]
    texts = [headline.text for part in PARTS for headline in load(part)]
    times = in_turns({name: lambda way=way: list(map(way, texts)) for name, way in ways.items()}, size.rounds)  # type: ignore[misc]
    say(f"-- {len(texts)} headlines: " + ", ".join(f"{name} {took}" for name, took in times.items()))
    what = f"headlines: time of {len(texts)}, else VADER alone"
    return [*figures, Figure.timed(what, *times.values()), _year(size)]


def _year(size: Size) -> Figure:
    """Time a year of a stock with twenty items a day; less in a small run."""
    days = [_LAST - timedelta(days=n) for n in range(min(365, size.sessions * 2))]
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "sentiment.sqlite")
        tables = schemas(TableNames("b-ohlc", "b-users", "b-sentiments", "BenchRecord"))
        store.create(tables)
        items = SentimentItems(store.table(tables.sentiments))
        texts = itertools.cycle(headline.text for part in PARTS for headline in load(part))
        items.keep(
            "AAPL", [score_news(_item(day, n, next(texts)), "tiingo") for day in days for n in range(_A_DAY)]
        )
        ways: dict[str, Callable[[], object]] = {
            "one query": lambda: items.points("AAPL", days[-1], days[0]),
            "day by day": lambda: [items.points("AAPL", day, day) for day in days],
        }
        assert len(items.points("AAPL", days[-1], days[0])) == len(days) * _A_DAY
        times = in_turns(ways, size.rounds)
        store.close()
    ours, other = times.values()
    return Figure.timed(f"{len(days) * _A_DAY:,} items of {len(days)} days, else day by day", ours, other)


def _item(day: date, number: int, title: str) -> NewsItem:
    at = datetime(day.year, day.month, day.day, 12, number, tzinfo=UTC)
    return NewsItem(f"{day:%y%m%d}{number}", at, title, "", f"https://example.com/{number}", "Example", ())


def _table(quality: Quality, hard: Score) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("of", "right", "wrong", "missed", "precision", "recall")]
    rows += [_row(label, quality.of(label)) for label in LABELS]
    rows += [_row("positive and negative", quality.moods), _row("hard cases of these", hard)]
    return rows


def _row(what: str, score: Score) -> tuple[str, ...]:
    counts = (str(score.right), str(score.wrong), str(score.missed))
    return what, *counts, f"{score.precision:.2f}", f"{score.recall:.2f}"


def _figure(what: str, ours: float, other: float) -> Figure:
    return Figure(what, f"{ours:.2f}", f"{other:.2f}", ours / other if other else float("inf"))

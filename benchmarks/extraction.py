"""How well mentions are found in the gold set, and how fast in twelve hours of captions.

The other way finds the same companies, and takes the finance verb next to each for what is said. Both go
through the same checks (``settle``). The gold set is synthetic (``tests/golden/transcripts/README.md``); its
held-out part was not looked at while the rules were written.
"""

from __future__ import annotations

import tempfile
import threading
import time
from bisect import bisect_left
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.demo import DemoProvider
from adapters.extractors import (
    ACTIONS,
    Claim,
    ExtractorId,
    ReaderHere,
    RuleExtractor,
    Stocks,
    Video,
    extract,
)
from adapters.extractors.apart import RulesApart
from adapters.extractors.claims import nothing_to_ask
from adapters.extractors.companies import CompanyFinder
from adapters.extractors.speech import Speech
from adapters.transcripts import Snippet, Transcript
from benchmarks.measuring import Figure, of_ms, say, show
from tests.kit.gold_transcripts import PARTS, Quality, Score, load, measure
from tests.kit.house import close_all, house
from tests.kit.web import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask.testing import FlaskClient

    from adapters.extractors import Action, Extractor, Reader
    from benchmarks.measuring import Size

_VERBS: dict[str, Action] = {
    "buy": "buy", "bought": "buy", "buying": "buy", "sell": "sell", "sold": "sell", "selling": "sell",
    "hold": "hold", "holding": "hold", "short": "short", "shorting": "short", "avoid": "avoid",
    "watching": "watch", "add": "add", "added": "add", "adding": "add", "trimmed": "trim",
}  # fmt: skip
_CAPTIONS_OF_TWELVE_HOURS = 14_400
_MOST_TICKERS_SHOWN = 12
_MOST_WORDS_AWAY = 10
_PAUSE_S = 0.002
_WARM_UP = 5


class NearestVerb:
    """Takes the finance verb that is the fewest words away from a company for what is said of it."""

    identity = ExtractorId("nearest verb", "", "1")

    def __init__(self, stocks: Stocks) -> None:
        self._finder = CompanyFinder(stocks)

    def claims(self, video: Video, go_on: Callable[[], object] = nothing_to_ask) -> Iterator[Claim]:
        """Yield a claim for each company that is named."""
        del go_on
        speech = Speech(video.transcript)
        verbs = [number for number, word in enumerate(speech.words) if word.low in _VERBS]
        for named in self._finder.find(speech):
            at = bisect_left(verbs, named.first)
            near = [
                verb for verb in verbs[max(0, at - 1) : at + 1] if abs(verb - named.first) <= _MOST_WORDS_AWAY
            ]
            nearest = min(near, key=lambda verb: abs(verb - named.first), default=named.first)
            first, last = sorted((named.first, nearest))
            yield Claim(
                ticker=named.ticker,
                company_as_said=named.said,
                asset_type=named.asset_type,
                action=_VERBS.get(speech.words[nearest].low, "mention"),
                quote=speech.text[speech.words[first].start : speech.words[last].end],
                at_s=speech.times_of(speech.words[first].start, speech.words[last].end)[0],
                confidence=0.9,
            )


def run(size: Size) -> list[Figure]:
    """Measure both ways on both parts, and the time of a long video."""
    stocks = Stocks.load()
    ways: dict[str, Extractor] = {"rules": RuleExtractor(stocks), "nearest verb": NearestVerb(stocks)}
    figures = []
    for part in PARTS:
        found = {name: measure(way, part, stocks) for name, way in ways.items()}
        for name, quality in found.items():
            say(f"-- {part}, {name}: {len(load(part))} transcripts, {len(quality.in_review)} more for review")
            show(_table(quality))
        ours, other = found["rules"].without_mentions, found["nearest verb"].without_mentions
        figures += [
            _figure(f"{part}: precision of calls, else the nearest verb", ours.precision, other.precision),
            _figure(f"{part}: recall of calls, else the nearest verb", ours.recall, other.recall),
        ]
    return [*figures, _long_video(ways, stocks, size), _people_beside(stocks, size)]


def _table(quality: Quality) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("of", "right", "wrong", "missed", "precision", "recall")]
    rows.append(_row("all", quality.calls))
    rows.append(_row("calls, without mentions", quality.without_mentions))
    rows.append(_row("calls, after a review", quality.with_review))
    rows.append(_row("tickers alone", quality.tickers))
    rows += [_row(action, quality.action(action)) for action in ACTIONS]
    tickers = sorted({ticker for rows_ in (quality.gold, quality.found) for _, ticker, _ in rows_})
    imperfect = [ticker for ticker in tickers if quality.of_ticker(ticker).f1 < 1]
    rows += [_row(ticker, quality.of_ticker(ticker)) for ticker in imperfect[:_MOST_TICKERS_SHOWN]]
    rest = len(imperfect) - _MOST_TICKERS_SHOWN
    if rest > 0:
        rows.append((f"{rest} more", "", "", "", "", ""))
    rows.append((f"{len(tickers) - len(imperfect)} of {len(tickers)} tickers without a fault", *[""] * 5))
    return rows


def _row(what: str, score: Score) -> tuple[str, ...]:
    counts = (str(score.right), str(score.wrong), str(score.missed))
    return what, *counts, f"{score.precision:.2f}", f"{score.recall:.2f}"


def _figure(what: str, ours: float, other: float) -> Figure:
    return Figure(what, f"{ours:.2f}", f"{other:.2f}", ours / other if other else float("inf"))


def _long_video(ways: dict[str, Extractor], stocks: Stocks, size: Size) -> Figure:
    """Time a long video."""
    video, count = _video(size)
    took = {name: _seconds(way, video, stocks) for name, way in ways.items()}
    hours = count * 3 / 3_600
    ours, other = took["rules"] * 1_000, took["nearest verb"] * 1_000
    return Figure(
        f"{hours:.0f} hours of captions, else the nearest verb", of_ms(ours), of_ms(other), other / ours
    )


def _people_beside(stocks: Stocks, size: Size) -> Figure:
    """Time warm answers over Flask while a long video is read, by another process and in this one."""
    video, _ = _video(size)
    with tempfile.TemporaryDirectory() as folder, closing(RulesApart()) as apart:
        client = web(house(Path(folder), [DemoProvider()]))
        apart.read(
            Video("short", "", Transcript((Snippet("Hello.", 0.0, 1.0),), "en", "given")), nothing_to_ask
        )
        here = ReaderHere(RuleExtractor(stocks), stocks)
        readers: dict[str, Reader | None] = {"alone": None, "apart": apart, "in this process": here}
        took = {name: _answers_ms(client, reader, video) for name, reader in readers.items()}
    close_all()
    show(
        [
            ("a warm answer, while a long video is read", "answers", "median", "p99"),
            *(
                (name, f"{len(each):,}", of_ms(_at(each, 0.5)), of_ms(_at(each, 0.99)))
                for name, each in took.items()
            ),
        ]
    )
    ours, other = _at(took["apart"], 0.5), _at(took["in this process"], 0.5)
    what = "a warm answer while they are read, else read in this process"
    return Figure(what, of_ms(ours), of_ms(other), other / ours)


def _answers_ms(client: FlaskClient, reader: Reader | None, video: Video) -> list[float]:
    """Return what answers took from when they were due, while a reader is at work, or for a second."""
    work = threading.Thread(target=reader.read, args=(video, nothing_to_ask)) if reader else None
    if work:
        work.start()
    took, until = [], time.perf_counter() + 1.0
    while work.is_alive() if work else time.perf_counter() < until:
        due = time.perf_counter() + _PAUSE_S
        time.sleep(
            _PAUSE_S
        )  # as a request's first byte does it lets go of the interpreter, and wants it back
        assert client.get("/api/v2/tickers/AAPL/ohlc?range=1Y&resolution=D").status_code == 200
        took.append((time.perf_counter() - due) * 1_000)
    return took[_WARM_UP:] or took


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def _video(size: Size) -> tuple[Video, int]:
    """Return the gold set's captions, said over and over for twelve hours, or for less in a small run."""
    captions = [
        snippet.text for part in PARTS for gold in load(part) for snippet in gold.video.transcript.snippets
    ]
    count = min(_CAPTIONS_OF_TWELVE_HOURS, 60 * size.sessions)
    return Video("long", "", Transcript(_repeated(captions, count), "en", "automatic")), count


def _repeated(captions: Sequence[str], count: int) -> tuple[Snippet, ...]:
    return tuple(Snippet(captions[n % len(captions)], 3.0 * n, 3.0) for n in range(count))


def _seconds(way: Extractor, video: Video, stocks: Stocks) -> float:
    began = time.perf_counter()
    extract(way, video, stocks)
    return time.perf_counter() - began

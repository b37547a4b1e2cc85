"""The transcripts with gold labels (``tests/golden/transcripts``), and how well an extractor agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from adapters.extractors import Extraction, Extractor, Stocks, Video, extract
from adapters.transcripts import Snippet, Transcript

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "transcripts"
PARTS = ("tuning", "held_out")
CAPTION_S = 4.0


@dataclass(frozen=True, slots=True)
class Gold:
    """A transcript and what is said in it: (ticker, action) pairs, marks by ticker, reasons by words."""

    video: Video
    calls: frozenset[tuple[str, str]]
    flags: dict[str, str]
    dropped: dict[str, str]


@dataclass(frozen=True, slots=True)
class Score:
    """How often what was found is right, what there is was found, and nothing was wrong."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @staticmethod
    def of(found: Iterable[object], gold: Iterable[object]) -> Score:
        mine, true = Counter(found), Counter(gold)
        right = (mine & true).total()
        return Score(right, mine.total() - right, true.total() - right)


@dataclass(slots=True)
class Quality:
    """What an extractor found in a part of the gold set, beside what is there."""

    found: list[tuple[str, str, str]] = field(default_factory=list)
    gold: list[tuple[str, str, str]] = field(default_factory=list)
    in_review: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def calls(self) -> Score:
        """By video, ticker and action."""
        return Score.of(self.found, self.gold)

    @property
    def without_mentions(self) -> Score:
        """The same, of calls alone: what a track record is made of."""
        return Score.of(*([row for row in rows if row[2] != "mention"] for rows in (self.found, self.gold)))

    @property
    def with_review(self) -> Score:
        """Calls again, when a person has looked through the review list and kept what is right."""
        kept = {row for row in self.in_review if row in set(self.gold)}
        found = [row for row in self.found if row[2] != "mention"]
        return Score.of([*found, *kept], [row for row in self.gold if row[2] != "mention"])

    @property
    def tickers(self) -> Score:
        """By video and ticker, whatever the action."""
        return Score.of({row[:2] for row in self.found}, {row[:2] for row in self.gold})

    def action(self, name: str) -> Score:
        """By video and ticker, of one action."""
        return Score.of(*([row for row in rows if row[2] == name] for rows in (self.found, self.gold)))

    def of_ticker(self, name: str) -> Score:
        """By video and action, of one ticker."""
        return Score.of(*([row for row in rows if row[1] == name] for rows in (self.found, self.gold)))


def load(part: str) -> list[Gold]:
    """Return a part of the gold set."""
    entries = yaml.safe_load((FOLDER / f"{part}.yaml").read_text("utf-8"))
    return [_gold(entry) for entry in entries]


def measure(extractor: Extractor, part: str, stocks: Stocks) -> Quality:
    """Have an extractor read a part of the gold set."""
    return measured(load(part), lambda video: extract(extractor, video, stocks))


def measured(golds: Sequence[Gold], read: Callable[[Video], Extraction]) -> Quality:
    """Compare what is read in transcripts with their labels."""
    quality = Quality()
    for gold in golds:
        name = gold.video.video_id
        extraction = read(gold.video)
        quality.found += [(name, mention.ticker, mention.action) for mention in extraction.mentions]
        quality.gold += [(name, *call) for call in gold.calls]
        quality.in_review += [(name, mention.ticker, mention.action) for mention in extraction.review]
    return quality


def _gold(entry: dict[str, object]) -> Gold:
    lines = [line.strip() for line in str(entry["text"]).splitlines() if line.strip()]
    snippets = tuple(Snippet(line, number * CAPTION_S, CAPTION_S) for number, line in enumerate(lines))
    calls = entry["calls"]
    assert isinstance(calls, dict)
    pairs = ((t, a) for t, said in calls.items() for a in ([said] if isinstance(said, str) else said))
    flags, dropped = entry.get("flags", {}), entry.get("dropped", {})
    assert isinstance(flags, dict)
    assert isinstance(dropped, dict)
    transcript = Transcript(snippets, "en", "automatic" if "captions" in str(entry["id"]) else "manual")
    return Gold(Video(str(entry["id"]), "", transcript), frozenset(pairs), flags, dropped)

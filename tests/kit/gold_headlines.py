"""The gold set of headlines (``tests/golden/headlines``, synthetic), and how well each way reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from sentiment.points import label_of

PARTS = ("tuning", "held_out")
LABELS = ("positive", "neutral", "negative")
_FOLDER = Path(__file__).resolve().parents[1] / "golden" / "headlines"


@dataclass(frozen=True, slots=True)
class Headline:
    """A text, what it is, and what makes it hard ("" where nothing does)."""

    text: str
    label: str
    hard: str


@dataclass(frozen=True, slots=True)
class Score:
    """Of one label: how many were right, called so wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """What a way of scoring made of headlines."""

    found: tuple[tuple[Headline, str], ...]

    def of(self, *labels: str) -> Score:
        """Return how the headlines of some labels were found, each by its own."""
        right = sum(found == headline.label for headline, found in self.found if headline.label in labels)
        wrong = sum(found != headline.label for headline, found in self.found if found in labels)
        missed = sum(found != headline.label for headline, found in self.found if headline.label in labels)
        return Score(right, wrong, missed)

    @property
    def moods(self) -> Score:
        """Of what is positive or negative."""
        return self.of("positive", "negative")

    @property
    def turned(self) -> int:
        """How many were called the opposite of what they are."""
        return sum({headline.label, found} == {"positive", "negative"} for headline, found in self.found)


@cache
def load(part: str) -> tuple[Headline, ...]:
    """Return a part of the gold set."""
    rows = yaml.safe_load((_FOLDER / f"{part}.yaml").read_text("utf-8"))
    return tuple(Headline(row["text"], row["label"], row.get("hard", "")) for row in rows)


def measure(part: str, score: Callable[[str], float], *, hard: bool = False) -> Quality:
    """Return what a way of scoring makes of a part, or of its hard cases alone."""
    chosen = [headline for headline in load(part) if headline.hard or not hard]
    return Quality(tuple((headline, label_of(score(headline.text))) for headline in chosen))

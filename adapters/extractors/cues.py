"""Finance words that tell what a speaker does with a stock; the words themselves are in ``data/cues.toml``.

They are patterns over a clause, a text in small letters in which companies stand as ``@0``, ``@1`` …. A cue
that reaches "onward" is a verb whose objects follow ("bought @0 and @1"); one that reaches "back" says
something of what stands before it ("@0 is a buy").
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from adapters.extractors.vocabulary import FOLDER

if TYPE_CHECKING:
    from adapters.extractors.claims import Action, Conviction

Reach = Literal["onward", "back"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of finance words.

    Attributes:
        pattern: over a clause.
        action: what they mean.
        reach: where the companies stand that they are said of.
        strength: 0 to 1, how surely they are a call: an opinion ("cheap") is less than a deed ("bought").
        stands: whether a "not" in front is already part of it.
    """

    pattern: re.Pattern[str]
    action: Action
    reach: Reach
    strength: float
    stands: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """Finance words in a clause, at ``start`` to ``end`` of its text."""

    kind: Kind
    start: int
    end: int
    words: str


_WORDS = re.compile(r"<(much|part|grade|my)>")


@cache
def kinds() -> tuple[Kind, ...]:
    """Return all families, the ones that must be looked for first in front."""
    told = tomllib.loads((FOLDER / "cues.toml").read_text("utf-8"))
    words = told["words"]

    def pattern(says: list[str]) -> re.Pattern[str]:
        one = "|".join(_WORDS.sub(lambda found: words[found[1]], each) for each in says)
        return re.compile(rf"\b(?:{one})(?!\w)")

    return tuple(
        Kind(
            pattern(kind["says"]), kind["action"], kind["reach"], kind["strength"], kind.get("stands", False)
        )
        for kind in told["kind"]
    )


NEGATED: dict[Action, Action] = {
    "buy": "avoid",
    "add": "hold",
    "sell": "hold",
    "trim": "hold",
    "short": "mention",
    "hold": "mention",
    "avoid": "mention",
    "watch": "mention",
}
"""What the opposite of a call is: who is not selling holds, who would never short says nothing more."""
STANCES: dict[Action, float] = {
    "buy": 0.8, "add": 0.9, "hold": 0.3, "watch": 0.1, "mention": 0.0,
    "trim": -0.3, "avoid": -0.6, "sell": -0.8, "short": -1.0,
}  # fmt: skip

_NOT = re.compile(
    r"(?:\bnot|n't|\bnever|\bno longer|\bcannot|\bwithout|\bnor|\bneither|\bfar from|\brefuse to|\bstopped"
    r"|\bno (?:plans?|reason|intention) to|\binstead of|\brather than)(?: (?!but\b|and\b)[\w@']+){0,3} ?$"
)
_DID_NOT = re.compile(r"\b(?:didn't|did not|haven't|have not|hasn't)(?: [\w']+){0,2} ?$")
_HIGH = re.compile(
    r"highest conviction|strong buy|screaming|backing up the truck|all in\b|huge|massive|by far|no brainer"
    r"|table pounding"
)
_LOW = re.compile(r"\bmaybe\b|\bmight\b|not sure|\bsmall\b|\bperhaps\b|speculative|\btiny\b|a little|i guess")


def cues_of(clause: str) -> list[Cue]:
    """Return the finance words of a clause in their order; none lies in another."""
    taken: list[Cue] = []
    for kind in kinds():
        for found in kind.pattern.finditer(clause):
            if all(found.end() <= cue.start or found.start() >= cue.end for cue in taken):
                taken.append(Cue(kind, found.start(), found.end(), found.group()))
    return sorted(taken, key=lambda cue: cue.start)


def meaning(cue: Cue, clause: str) -> Action:
    """Return what a cue says where it stands, with a "not" before it taken into account."""
    before = clause[: cue.start]
    if cue.kind.stands:
        return cue.kind.action
    if _DID_NOT.search(before):
        return "hold" if cue.kind.action in {"sell", "trim"} else "mention"
    return NEGATED.get(cue.kind.action, "mention") if _NOT.search(before) else cue.kind.action


def conviction(clause: str) -> Conviction:
    """Return how sure a clause sounds."""
    if _LOW.search(clause):
        return "low"
    return "high" if _HIGH.search(clause) else "medium"

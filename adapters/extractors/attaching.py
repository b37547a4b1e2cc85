"""Which company a cue is said of: its objects, its subject, or the one that "it" stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.extractors.circumstances import ACTING, FIRST_PERSON
from adapters.extractors.clauses import places
from adapters.extractors.cues import cues_of, meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.extractors.claims import Action
    from adapters.extractors.clauses import Clause, Cut
    from adapters.extractors.cues import Cue

_IT = re.compile(
    r"(?: (?:to|of|at|in|on|all|out|more|some|a|my|the|shares|stock|position|again|now|back|completely|"
    r"entirely|half))*(?: (?:it|that|this|them|these|those|here|there|one|ones|mine|today|yesterday|forever|"
    r"tomorrow)\b| position\b| shares\b| stock\b| [,.;!]|$)"
)
"""What may follow a verb whose object was named before: "bought it", "added to my position", "sold."."""
_GLUE = re.compile(
    r"(?:[ ,]|\b(?:and|or|plus|also|both|then|some|more|of|to|in|my|our|the|a|bit|little|shares|stock|"
    r"position)\b|'s)*\Z"
)
_MEMORY = 60
"""Words after which "it" is no longer the company named last."""
_BY_PRONOUN, _BEFORE_THE_VERB = 0.8, 0.9
"""How sure it is, where a sentence with the company as its object is 1."""


@dataclass(frozen=True, slots=True)
class Said:
    """A company, and what is said of it; ``cue`` is None where it is only named.

    ``company`` is a number in ``Cut.named``, ``clause`` one in ``Cut.clauses``; ``sure`` is 0 to 1.
    """

    company: int
    clause: int
    action: Action
    cue: Cue | None
    sure: float


@dataclass(frozen=True, slots=True)
class _List:
    """Companies that are named together, from ``start`` to ``end`` of a clause."""

    companies: list[int]
    start: int
    end: int


def attach(parts: Cut, *, cased: bool) -> Iterator[Said]:
    """Yield everything that is said of companies, in the order of the clauses."""
    topic, topic_at = -1, 0
    for number, clause in enumerate(parts.clauses):
        here = [company for company, _, _ in places(clause.text)]
        remembered = [topic] if topic >= 0 and clause.first - topic_at <= _MEMORY else []
        told = set()
        for said in _cued(number, clause, remembered, cased=cased):
            told.add(said.company)
            yield said
        yield from (Said(company, number, "mention", None, 1.0) for company in here if company not in told)
        if here:
            topic, topic_at = here[-1], clause.last


def _cued(number: int, clause: Clause, remembered: list[int], *, cased: bool) -> Iterator[Said]:
    cues, lists = cues_of(clause.text), _lists(clause.text, cased=cased)
    begin = 0
    for position, cue in enumerate(cues):
        end = cues[position + 1].start if position + 1 < len(cues) else len(clause.text)
        ahead = next((each.companies for each in lists if cue.end <= each.start < end), [])
        past = next((each.companies for each in reversed(lists) if begin <= each.start < cue.start), [])
        find = _spoken_of if cue.kind.reach == "back" else _objects
        companies, sure = find(cue, clause.text, ahead, past, remembered)
        action = meaning(cue, clause.text)
        yield from (Said(company, number, action, cue, cue.kind.strength * sure) for company in companies)
        begin = cue.end


def _spoken_of(
    cue: Cue, text: str, ahead: list[int], past: list[int], remembered: list[int]
) -> tuple[list[int], float]:
    """Return the subject of a statement: "@0 is a buy", "it is a buy", "my buy is @0"."""
    if past:
        return past, 1.0
    is_new = not places(text[: cue.start])
    return (remembered if remembered and is_new else ahead[:1]), _BY_PRONOUN


def _objects(
    cue: Cue, text: str, ahead: list[int], past: list[int], remembered: list[int]
) -> tuple[list[int], float]:
    """Return the objects of a verb: "bought @0 and @1", "@0 i bought", "bought it"."""
    if ahead:
        return ahead, 1.0
    if not _IT.match(text[cue.end :]):
        return [], 0.0
    before = text[: cue.start]
    if not past:
        return remembered, _BY_PRONOUN
    acts = ACTING.search(before) and not FIRST_PERSON.search(before)
    return ([], 0.0) if acts else (past, _BEFORE_THE_VERB)


def _lists(text: str, *, cased: bool) -> list[_List]:
    """Return the companies of a clause, those of one list together ("@0, @1 and some @2").

    Captions run on: in "… my @0 @1 | i'm holding that" the last one begins the next thing.
    """
    lists: list[_List] = []
    for company, start, end in places(text):
        glue = text[lists[-1].end : start] if lists else ""
        runs_on = not cased and not glue.strip() and end == len(text)
        if lists and _GLUE.match(glue) and not runs_on:
            lists[-1] = _List([*lists[-1].companies, company], lists[-1].start, end)
        else:
            lists.append(_List([company], start, end))
    return lists

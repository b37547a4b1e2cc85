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

_COUNTS = (
    r"\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|fifty|hundred|few|couple"
)
_IT = re.compile(
    rf"(?: (?:to|of|at|in|on|all|out|more|some|a|any|single|share|my|the|shares|stock|position|again|now|"
    rf"back|just|{_COUNTS}|completely|entirely|half|either|into))*(?: (?:it|that|this|them|these|those|here|"
    r"there|one|ones|mine|both|either|everything|today|yesterday|forever|tomorrow|position|shares|stock|"
    r"(?:on|last|this) (?:mon|tues|wednes|thurs|fri)day|(?:last|this) (?:week|month|quarter|year|morning|"
    r"spring|summer|fall|winter)|a (?:while|few|couple)|at|for|when|because|under|below|around|since|after|"
    r"before|already|right away)\b| [,.;!]|$)"
)
"""What may follow a verb whose object was named before: "bought it", "added to my position", "sold."."""
_OWN_OBJECT = re.compile(r"\b(?:it|them|that|position|buyer|waiting)\b")
"""A cue with such a word has its object in itself: "letting it ride"."""
_SEVERAL = re.compile(r"\b(?:both|either|neither|them|these|those|they|all three)\b")
_HOW_MANY = {"both": 2, "either": 2, "neither": 2}
_MOST_MEANT = 3
_NOT_ITS_OBJECT = re.compile(
    r"\b(?:and that|because|which|while|when|where|than|if|so)\b"
    r"|^ (?:it|them|those|these|both|either|everything|nothing)\b"
)
"""Between a verb and a company it says that the company belongs to another verb."""
_GLUE = re.compile(
    rf"(?:[ ,]|\b(?:and|or|plus|also|both|then|some|more|another|of|to|in|my|our|the|a|an|bit|little|shares?|"
    rf"stock|position|{_COUNTS})\b|'s)*\Z"
)
_NAMES_IT = re.compile(r"(?: (?:is|are|was|would be|remains|here is|today is)\b)?[ :,]*@")
_LEADS_ON = re.compile(r".*\b(?:of|is|in|on)\Z")
"""Behind a statement it gives the subject last: "my top pick is @0"."""
_MEMORY = 60
"""Words after which "it" is no longer the company named last."""
_SURE_ENOUGH = 0.5
"""Below it the company counts as only named, beside what may have been said of it."""
_BY_PRONOUN, _BEFORE_THE_VERB, _BY_GUESS = 0.8, 0.9, 0.4
"""How sure it is, where a sentence with the company as its object is 1; a guess is for a person."""


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
    named: list[int] = []
    named_at = 0
    for number, clause in enumerate(parts.clauses):
        here = [company for company, _, _ in places(clause.text)]
        remembered = named if clause.first - named_at <= _MEMORY else []
        told = set()
        for said in _cued(number, clause, remembered, cased=cased):
            if said.sure >= _SURE_ENOUGH:
                told.add(said.company)
            yield said
        yield from (Said(company, number, "mention", None, 1.0) for company in here if company not in told)
        if here:
            named, named_at = _last_named([*remembered, *here], parts), clause.last


def _last_named(companies: list[int], parts: Cut) -> list[int]:
    """Return the companies named last, each once."""
    latest: dict[str, int] = {}
    for company in companies:
        ticker = parts.named[company].ticker
        latest.pop(ticker, None)
        latest[ticker] = company
    return list(latest.values())[-_MOST_MEANT:]


def _meant(text: str, remembered: list[int]) -> list[int]:
    """Return which of the companies named last a pronoun stands for."""
    several = _SEVERAL.search(text)
    return remembered[-(_HOW_MANY.get(several[0], _MOST_MEANT) if several else 1) :]


def _cued(number: int, clause: Clause, remembered: list[int], *, cased: bool) -> Iterator[Said]:
    cues, lists = cues_of(clause.text), _lists(clause.text, cased=cased)
    begin = 0
    for position, cue in enumerate(cues):
        end = cues[position + 1].start if position + 1 < len(cues) else len(clause.text)
        ahead = next((each.companies for each in lists if cue.end <= each.start < end), [])
        past = next((each.companies for each in reversed(lists) if begin <= each.start < cue.start), [])
        if ahead and _NOT_ITS_OBJECT.search(
            clause.text[cue.end : clause.text.index(f"@{ahead[0]}", cue.end)]
        ):
            ahead = []
        meant = _meant(clause.text[cue.start :], remembered)
        find = _spoken_of if cue.kind.reach == "back" else _objects
        companies, sure = find(cue, clause.text, ahead, past, meant)
        action = meaning(cue, clause.text)
        yield from (Said(company, number, action, cue, cue.kind.strength * sure) for company in companies)
        begin = cue.end


def _spoken_of(
    cue: Cue, text: str, ahead: list[int], past: list[int], remembered: list[int]
) -> tuple[list[int], float]:
    """Return the subject of a statement: "@0 is a buy", "it is a buy", "my buy is @0"."""
    if past:
        return past, 1.0
    behind = text[cue.end :]
    if ahead and _NAMES_IT.match(behind) and (_LEADS_ON.match(cue.words) or not behind.startswith(" @")):
        return ahead, 1.0
    is_new = not places(text[: cue.start])
    return (remembered if remembered and is_new else ahead[:1]), _BY_PRONOUN


def _objects(
    cue: Cue, text: str, ahead: list[int], past: list[int], remembered: list[int]
) -> tuple[list[int], float]:
    """Return the objects of a verb: "bought @0 and @1", "@0 i bought", "bought it"."""
    if ahead:
        return ahead, 1.0
    if not (_IT.match(text[cue.end :]) or _OWN_OBJECT.search(cue.words)):
        return (past or remembered)[-1:], _BY_GUESS
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

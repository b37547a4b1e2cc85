"""The extractor that needs no key: finance words around the names of companies.

It reads English only. It is made to be right where it speaks and to leave the rest to a person: what it is
not sure of has a low confidence and goes to the review list. Same words, same claims, on every machine; the
time it takes grows with the number of words.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from adapters.extractors.attaching import attach
from adapters.extractors.circumstances import (
    ACTING,
    ANSWER,
    ANSWER_AT_ONCE,
    FIRST_PERSON,
    is_conditional,
    is_long_ago,
    is_no_statement,
    is_of_others,
    is_promotion,
)
from adapters.extractors.claims import Claim, ExtractorId, nothing_to_ask
from adapters.extractors.clauses import cut
from adapters.extractors.companies import CompanyFinder
from adapters.extractors.cues import NEGATED, STANCES, conviction
from adapters.extractors.prices import NOTHING_NAMED, prices_of
from adapters.extractors.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.extractors.attaching import Said
    from adapters.extractors.claims import Action, Video
    from adapters.extractors.clauses import Cut
    from adapters.extractors.stocks import Stocks

_IF = re.compile(r"(?:(?:so|and|but|now) )?(?:if|unless)\b")


class RuleExtractor:
    """Finds claims by rules; immutable, so that threads may share it."""

    identity = ExtractorId("rules", "", "1")

    def __init__(self, stocks: Stocks) -> None:
        self._finder = CompanyFinder(stocks)

    def claims(self, video: Video, go_on: Callable[[], object] = nothing_to_ask) -> list[Claim]:
        """Return what is said of stocks, funds and coins; nobody else is asked."""
        del go_on
        speech = Speech(video.transcript)
        parts = cut(speech, self._finder.find(speech))
        reading = _Reading(speech, parts)
        return [reading.claim(said) for said in attach(parts, cased=speech.is_cased)]


class _Reading:
    """One speech while it is read."""

    def __init__(self, speech: Speech, parts: Cut) -> None:
        self._speech = speech
        self._clauses = parts.clauses
        self._named = parts.named

    def claim(self, said: Said) -> Claim:
        """Return what is said of a company, with all that surrounds it."""
        clause, named = self._clauses[said.clause], self._named[said.company]
        before, whole = self._before(said), self._whole(said.clause)
        asks = clause.is_question or is_no_statement(clause.text[: self._cue_at(said)], whole)
        action = self._answered(said) if asks else said.action
        prices = prices_of(whole) if said.cue else NOTHING_NAMED
        return Claim(
            ticker=named.ticker,
            company_as_said=named.said,
            asset_type=named.asset_type,
            action=action,
            stance=STANCES[action],
            conviction=conviction(whole) if said.cue else "low",
            horizon=prices.horizon,
            target_price=prices.target,
            stop_price=prices.stop,
            currency=prices.currency,
            is_hypothetical=said.cue is not None and is_conditional(before),
            is_past=is_long_ago(whole),
            is_quoted=self._is_acting(said) or is_of_others(before),
            sponsor_disclosure=is_promotion(whole),
            quote=self._quote(said),
            at_s=self._time_of(clause.first),
            confidence=said.sure * named.confidence,
        )

    def _answered(self, said: Said) -> Action:
        """Return what a question with a call in it comes to: "would I buy it? No." is avoid."""
        rest = self._clauses[said.clause].text[said.cue.end :] if said.cue else ""
        behind = self._clauses[said.clause + 1].text if said.clause + 1 < len(self._clauses) else ""
        found = ANSWER.search(rest) or ANSWER_AT_ONCE.match(behind)
        if said.cue is None or found is None:
            return "mention"
        return said.action if found["yes"] else NEGATED.get(said.action, "mention")

    def _is_acting(self, said: Said) -> bool:
        """Tell whether a company does it: "@0 sold its stake in @1" is no call of the speaker's."""
        if said.cue is None or said.cue.kind.reach != "onward":
            return False
        before = self._clauses[said.clause].text[: said.cue.start]
        return bool(ACTING.search(before)) and not FIRST_PERSON.search(before)

    def _before(self, said: Said) -> str:
        """Return what leads to a cue or a name: the clause, with the one before where that belongs to it."""
        clause = self._clauses[said.clause]
        here = clause.text[: self._cue_at(said)]
        earlier = self._clauses[said.clause - 1] if said.clause else None
        if earlier is None or earlier.sentence != clause.sentence:
            return here
        return f"{earlier.text} {here}" if self._speech.is_cased or _IF.match(earlier.text) else here

    def _cue_at(self, said: Said) -> int:
        """Return where in its clause the cue begins, or the name where there is no cue."""
        text = self._clauses[said.clause].text
        return said.cue.start if said.cue else text.find(f"@{said.company}")

    def _whole(self, number: int) -> str:
        """Return the sentence of a clause; captions have none, so there it is the clause."""
        clause = self._clauses[number]
        return self._sentences[clause.sentence] if self._speech.is_cased else clause.text

    @cached_property
    def _sentences(self) -> dict[int, str]:
        sentences: dict[int, str] = {}
        for clause in self._clauses:
            earlier = sentences.get(clause.sentence)
            sentences[clause.sentence] = f"{earlier} {clause.text}" if earlier else clause.text
        return sentences

    def _quote(self, said: Said) -> str:
        """Return the words of the clause, from where the company was named if that was before."""
        words, clause, named = self._speech.words, self._clauses[said.clause], self._named[said.company]
        first = min(clause.first, named.first)
        return self._speech.text[words[first].start : words[clause.last - 1].end]

    def _time_of(self, number: int) -> float:
        word = self._speech.words[number]
        return self._speech.times_of(word.start, word.end)[0]

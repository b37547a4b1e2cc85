"""What surrounds a call and changes its worth: conditions, the past, other people, irony, promotion."""

from __future__ import annotations

import re

FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|me|we|we're|we've|our|mine)\b")
ACTING = re.compile(
    r"@\d+(?: 's)?(?: (?:has|have|also|just|recently|then|already|can't|is|was|will|itself|really|never|"
    r"not))* $"
)
"""A company right before a verb is who acts: "@0 sold …"."""

_OTHERS = re.compile(
    r"\b(?:he|she|he's|she's|they|they've|analysts?|viewers?|subscribers?|according to|filings?|ratings?|"
    r"upgraded|downgraded|buffett|buffet|cathie|ark invest|burry|ackman|pelosi|insiders?|hedge funds?|"
    r"wall street|congress|says|said|wrote|thinks|believes|asks|asked|people|everybody|everyone|somebody|"
    r"someone)\b"
)
_CONDITION = re.compile(
    r"\b(?:if|unless|in case|as soon as|were to|might|could|whenever|once it|should it)\b"
)
_LONG_AGO = re.compile(
    r"\b(?:(?:years?|decades?|long time) ago|back in|in (?:19|20)\d\d|last (?:year|decade)|used to|i once|"
    r"at the time|when i was|should have|should've|could have|wish i)\b"
)
_ASKS = re.compile(
    r"(?:(?:so|and|or|but|okay|now) )?(?:should|is|are|would|do|does|did|what|why|when|how|can|could|will)\b"
)
_IRONY = re.compile(
    r"\byeah right\b|\boh sure\b|\bgreat idea\b|what could (?:possibly )?go wrong|\bsure why not\b|\bgenius\b"
)
_SPONSOR = re.compile(
    r"\bsponsor|\blink (?:below|in the description)|\bmy link\b|affiliate|promo code|\bpartnered with\b"
    r"|brought to you by"
)


def is_conditional(before: str) -> bool:
    """Tell whether what comes before the call makes it depend on something."""
    return bool(_CONDITION.search(before))


def is_long_ago(sentence: str) -> bool:
    """Tell whether a sentence is of a past that says nothing about now; "yesterday" is no such past."""
    return bool(_LONG_AGO.search(sentence))


def is_of_others(before: str) -> bool:
    """Tell whether others act or think so: of all people named before the call the last one counts."""
    others = [found.end() for found in _OTHERS.finditer(before)]
    own = [found.end() for found in FIRST_PERSON.finditer(before)]
    return bool(others) and (not own or others[-1] > own[-1])


def is_no_statement(clause: str, sentence: str) -> bool:
    """Tell whether words that look like a call only ask, or mean the opposite."""
    return bool(_ASKS.match(clause) or _IRONY.search(sentence))


def is_promotion(sentence: str) -> bool:
    """Tell whether a sentence is paid promotion."""
    return bool(_SPONSOR.search(sentence))

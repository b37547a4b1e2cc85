"""What surrounds a call and changes its worth: conditions, the past, other people, irony, promotion."""

from __future__ import annotations

import re

FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|me|we|we're|we've|our|mine)\b")
ACTING = re.compile(
    r"@\d+(?: 's)?(?: (?:has|have|also|just|recently|then|already|can't|is|was|will|itself|really|never|"
    r"not|wants to|want to|plans to|is going to|agreed to|may))* $"
)
"""A company right before a verb is who acts: "@0 sold …"."""

ANSWER = re.compile(r" (?:(?P<yes>yes|absolutely(?! not)|of course)|no|nope|absolutely not|hell no)(?= |$)")
"""An answer in the clause of its question, as captions have it; and one that follows, below."""
ANSWER_AT_ONCE = re.compile(
    r"(?:(?P<yes>yes|yeah|absolutely(?! not)|of course)|no|nope|absolutely not|not really)\b"
)

_OTHERS = re.compile(
    r"\b(?:he|she|he's|she's|they|they've|analysts?|viewers?|subscribers?|according to|rumors?|reports? that|"
    r"filings?|ratings?|upgraded|downgraded|buffett|buffet|cathie|ark invest|burry|ackman|pelosi|insiders?|"
    r"hedge funds?|wall street|congress|says|said|wrote|thinks|believes|asks|asked|people|everybody|"
    r"everyone|somebody|someone)\b"
)
_CONDITION = re.compile(
    r"\b(?:if(?! you (?:only|just|ask|want)| anything| i'm honest)|unless|in case|as soon as|were to|"
    r"might|could|whenever|once it|should it)\b"
)
_LONG_AGO = re.compile(
    r"\b(?:(?:years?|decades?|long time) ago|back in|in (?:19|20)\d\d|last (?:year|decade)|used to|i once|"
    r"at the time|when i was|should have|should've|could have|wish i|"
    r"(?:since|when|after) i (?:first )?(?:told|said|bought|started|recommended))\b"
)
_ASKS = re.compile(
    r"(?:(?:so|and|or|but|okay|now) )?"
    r"(?:should|is|are|would|do(?! not)|does|did|what|why|when|how|can|could|will)\b"
)
_ASKS_WITHIN = re.compile(
    r"\b(?:why would|why should|make me|are you|do you|would you|could you|should (?:i|you|we)|would i|can i)"
    r"(?: \w+){0,2} ?$"
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


def is_no_statement(before: str, sentence: str) -> bool:
    """Tell whether words that look like a call only ask, or mean the opposite."""
    return bool(_ASKS.match(before) or _ASKS_WITHIN.search(before) or _IRONY.search(sentence))


def is_promotion(sentence: str) -> bool:
    """Tell whether a sentence is paid promotion."""
    return bool(_SPONSOR.search(sentence))

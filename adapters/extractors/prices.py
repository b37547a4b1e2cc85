"""Prices and horizons that a speaker names: "a price target of $410, my stop is $330, over three years"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"\$? ?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_IS = r"(?:is|of|at|to|near|around|for)(?: (?:now|about|around|still))?"
_TARGET = re.compile(rf"\b(?:price target|target price)(?: \w+){{0,3}}? {_NUMBER}|\btarget {_IS} {_NUMBER}")
_STOP = re.compile(rf"\bstop(?: loss)? {_IS} {_NUMBER}")
_COUNT = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|eighteen|a few|several|couple of)"
_UNIT = r"(?:day|week|month|quarter|year)s?"
_HORIZON = re.compile(
    rf"\b((?:the )?next {_COUNT} {_UNIT}|{_COUNT}[ -]{_UNIT} (?:horizon|hold)|(?:long|short|medium)[ -]term|"
    r"by (?:next|the end of) \w+(?: \w+)?|end of (?:the )?year)\b"
)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a sentence names; None and "" where it does not. ``currency`` is USD where there is a price."""

    target: float | None
    stop: float | None
    currency: str
    horizon: str


NOTHING_NAMED = Prices(None, None, "", "")


def prices_of(sentence: str) -> Prices:
    """Return the prices and the horizon of a sentence in small letters; numbers in digits only."""
    target, stop = (_value(pattern.search(sentence)) for pattern in (_TARGET, _STOP))
    horizon = _HORIZON.search(sentence)
    named = target is not None or stop is not None
    return Prices(target, stop, "USD" if named else "", horizon[1] if horizon else "")


def _value(found: re.Match[str] | None) -> float | None:
    return float((found[found.lastindex or 1]).replace(",", "")) if found else None

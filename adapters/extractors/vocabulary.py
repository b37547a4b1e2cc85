"""The words that the rules know, from ``data/vocabulary.toml`` and ``data/common_words.txt``; read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "data"
COMMON_WORDS = FOLDER / "common_words.txt"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the rules know beside the list of stocks; ``vocabulary.toml`` says what each part is.

    Attributes:
        common: everyday words that are also tickers or names of companies, in small letters.
    """

    funds: frozenset[str]
    funds_that_are_words: frozenset[str]
    abbreviations: frozenset[str]
    stock_words: frozenset[str]
    traded_words: frozenset[str]
    trusted: frozenset[str]
    also_doubtful: frozenset[str]
    sectors: frozenset[str]
    coins: Mapping[str, str]
    said: Mapping[str, str]
    other_senses: Mapping[str, tuple[str, ...]]
    common: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """Return the bundled vocabulary."""
    told = tomllib.loads((FOLDER / "vocabulary.toml").read_text("utf-8"))
    lines = COMMON_WORDS.read_text("utf-8").splitlines() if COMMON_WORDS.exists() else []
    words = (word for line in lines if not line.startswith("#") for word in line.split())
    senses = {name: tuple(phrases) for name, phrases in told.pop("other_senses").items()}
    parts: dict[str, Any] = {
        name: frozenset(part.split()) if isinstance(part, str) else part for name, part in told.items()
    }
    return Vocabulary(**parts, other_senses=senses, common=frozenset(words))

"""Make the bundled list of US tickers from the SEC's public-domain list in the PyPI package edgartools.

    pip download --no-deps edgartools==5.62.1
    python -m adapters.data.make_symbols edgartools-5.62.1-py3-none-any.whl

The table comes out the same wherever this runs; the source is checked by its SHA-256. Names that the SEC
writes in capitals get the spelling that people use, as far as the list itself shows it (``Spelling``).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import sys
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from market.ticker import parse_ticker

if TYPE_CHECKING:
    from collections.abc import Iterable

SOURCE = "edgar/reference/data/company_tickers.parquet"
SOURCE_SHA256 = "992d61ad828ae74192f261e4c2a891966c69928ca56bd092d636c7d001e0b562"
SYMBOLS = "symbols.csv.gz"

OFTEN_SAID = {"GOOGL": "Google", "GOOG": "Google", "META": "Facebook"}
"""What people type for a company that has another name; it is put behind that name in brackets."""
FORMER = {"META": ("FB", "Facebook, Inc. (META since June 2022)")}
"""Tickers of the demo prices that are no more, behind the ones that they became."""
NAMES = {
    "Berkley W R Corp": "W. R. Berkley Corp",
    "Bristol Myers Squibb Co": "Bristol-Myers Squibb Co",
    "Brown Forman Corp": "Brown-Forman Corp",
    "Caseys General Stores Inc": "Casey's General Stores Inc",
    "Coca Cola Co": "Coca-Cola Co",
    "Colgate Palmolive Co": "Colgate-Palmolive Co",
    "Estee Lauder Companies Inc": "Estée Lauder Companies Inc",
    "Horton D R Inc": "D.R. Horton Inc",
    "Hunt J B Transport Services Inc": "J.B. Hunt Transport Services Inc",
    "Kimberly Clark Corp": "Kimberly-Clark Corp",
    "Lowes Companies Inc": "Lowe's Companies Inc",
    "McDonalds Corp": "McDonald's Corp",
    "Mettler Toledo International Inc": "Mettler-Toledo International Inc",
    "Moodys Corp": "Moody's Corp",
    "Novo Nordisk A S": "Novo Nordisk A/S",
    "O Reilly Automotive Inc": "O'Reilly Automotive Inc",
    "Price T Rowe Group Inc": "T. Rowe Price Group Inc",
    "Schwab Charles Corp": "Charles Schwab Corp",
    "Sherwin Williams Co": "Sherwin-Williams Co",
    "Take Two Interactive Software Inc": "Take-Two Interactive Software Inc",
    "Toronto Dominion Bank": "Toronto-Dominion Bank",
}
"""Well-known names that the SEC writes without their signs, or with the family name first."""
WORDS = (
    "AbbVie", "AECOM", "ASML", "AstraZeneca", "AutoZone", "AvalonBay", "BlackRock", "BorgWarner",
    "CenterPoint", "ConocoPhillips", "CoStar", "Del", "DexCom", "DICK'S", "Dot", "Dow", "eBay", "Eli",
    "FedEx", "FirstEnergy", "Gap", "GlobalFoundries", "ICICI", "IDEXX", "IQVIA", "JetBlue", "Joe",
    "JPMorgan", "Key", "L3Harris", "Labcorp", "Lam", "Las", "LaSalle", "LATAM", "Lee", "Mae", "Man",
    "MasTec", "McMoRan", "MercadoLibre", "Met", "MetLife", "MSCI", "NextEra", "NVIDIA", "Off", "Old",
    "ONEOK", "ORIX", "PACCAR", "PepsiCo", "Pet", "POSCO", "PulteGroup", "RELX", "RenaissanceRe", "ResMed",
    "San", "Sao", "SiTime", "TELUS", "UnitedHealth", "Way", "Xcel", "XPeng",
)  # fmt: skip
"""Words whose spelling the list does not show: with capitals of their own, or short and no abbreviation."""

_PLACE = re.compile(r"\s*[/\\]\s*(?P<place>[A-Za-z][A-Za-z ]+|)\s*[/\\]?\s*\Z|(?:\s+|(?<=\.))DE\Z")
_NO_PLACE = ("A/S", "SA/NV", "I/O CORP")
_LEGAL_FORMS = (
    "AG", "CO", "COMPANY", "CORP", "CORPORATION", "INC", "LIMITED", "LLC", "LP", "LTD", "NV", "PLC", "SA",
    "SE", "TRUST",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z]+)?")
_DOT_COM = re.compile(r"(?<=\w) COM\b")
_LOWER = ("and", "com", "de", "do", "for", "in", "of", "on", "plc", "the", "to", "y")
_SCOTTISH = re.compile(r"MC[B-DF-HJ-NP-TV-Z][A-Z]{3,}\Z")
_LONGEST_ABBREVIATION = 3


class SourceError(ValueError):
    """The source is not what the script was written for; nothing is written."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; ``exchange`` is "" where the SEC names none."""

    ticker: str
    name: str
    exchange: str


class Spelling:
    """How people write a word, learned from the names of the list that are not in capitals."""

    def __init__(self, names: Iterable[str]) -> None:
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for name in names:
            if not is_shouting(name):
                for word in _WORD.findall(name):
                    seen[word.upper()][word] += 1
        self._known = {capitals: min(forms, key=lambda f: (-forms[f], f)) for capitals, forms in seen.items()}
        self._known |= {word.upper(): word for word in WORDS}

    def name(self, shouting: str) -> str:
        """Return a name without the shouting."""
        return _WORD.sub(
            lambda m: self._word(m.group(), first=m.start() == 0), _DOT_COM.sub(".COM", shouting)
        )

    def _word(self, word: str, *, first: bool) -> str:
        capitals, small = word.upper(), word.lower()
        if small in _LOWER and not first:
            return small
        known = self._known.get(capitals, small)
        if known != small:
            return known
        is_word = capitals in self._known or small in _LOWER or len(word) > _LONGEST_ABBREVIATION
        if not is_word or not re.search("[AEIOUY]", capitals) or re.search(r"\d", word):
            return word
        return f"Mc{word[2:].capitalize()}" if _SCOTTISH.match(capitals) else word.capitalize()


def is_shouting(name: str) -> bool:
    """Tell whether a name is in capitals, whatever its legal form ("BROOKFIELD Corp")."""
    words = [word for word in _WORD.findall(name) if word.upper() not in _LEGAL_FORMS]
    return bool(words) and all(word == word.upper() for word in words)


def without_place(name: str) -> str:
    """Return a name without the SEC's mark of the state ("/DE/"), and with "(ADR)" for "/ADR"."""
    found = _PLACE.search(name)
    if found is None or name.endswith(_NO_PLACE):
        return name
    rest = name[: found.start()]
    return f"{without_place(rest)} (ADR)" if found["place"] == "ADR" else rest


def read_source(path: Path) -> list[Row]:
    """Return the SEC's rows in its order, which begins with the companies worth most.

    Raises:
        SourceError: when the table is not the one with the known SHA-256.
    """
    packed = zipfile.ZipFile(path).read(SOURCE) if path.suffix == ".whl" else path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != SOURCE_SHA256:
        raise SourceError(f"{path.name}: not the {SOURCE} of version 5.62.1")
    table = pd.read_parquet(io.BytesIO(packed)).fillna({"exchange": ""})
    columns = (table["ticker"], table["name"], table["exchange"])
    return [Row(*row) for row in zip(*columns, strict=True)]


def tidied(source: Iterable[Row]) -> list[Row]:
    """Return the rows as the app shows them, with the tickers that it has and the SEC no longer lists.

    Raises:
        SourceError: when two rows would have one ticker.
    """
    rows = [replace(row, name=without_place(row.name.strip())) for row in source]
    spelling = Spelling(row.name for row in rows)
    tidy: list[Row] = []
    for row in rows:
        ticker = parse_ticker(row.ticker)
        name = spelling.name(row.name) if is_shouting(row.name) else row.name
        name = NAMES.get(name, name)
        tidy.append(
            Row(ticker, f"{name} ({OFTEN_SAID[ticker]})" if ticker in OFTEN_SAID else name, row.exchange)
        )
        if ticker in FORMER:
            tidy.append(Row(*FORMER[ticker], row.exchange))
    doubled = [ticker for ticker, times in Counter(row.ticker for row in tidy).items() if times > 1]
    if doubled:
        raise SourceError(f"there more than once: {', '.join(doubled)}")
    return tidy


def write(rows: Iterable[Row], folder: Path) -> None:
    """Write the list into a folder, without a time stamp, so that the same input gives the same bytes."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["ticker", "name", "exchange"])
    table.writerows((row.ticker, row.name, row.exchange) for row in rows)
    packed = gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
    (folder / SYMBOLS).write_bytes(packed)


def main(source: Path, folder: Path) -> None:
    """Read, tidy, write, and say what was made."""
    before = read_source(source)
    rows = tidied(before)
    write(rows, folder)
    changed = len({row.name for row in before} - {row.name for row in rows})
    print(f"{len(rows)} tickers from {len(before)} rows, {changed} names tidied")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent)

"""Make the list of everyday words that are also tickers or one-word names of companies.

    apt-get download wamerican && dpkg -x wamerican_*.deb words
    python -m adapters.extractors.data.make_common_words words/usr/share/dict/american-english

Only the words that this app could mistake are kept, so the result is small. A capitalised word of the source
(a person, a place) is kept where it is the name of a company that is not among the best known.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from adapters.extractors.names import _KIND, _LEGAL, _core
from adapters.extractors.vocabulary import COMMON_WORDS, vocabulary
from adapters.symbols import SymbolIndex

BEST_KNOWN = 700
HEAD = "# Everyday words that are also tickers or names; from Debian's wamerican (SCOWL), see README.md.\n"


def main(source: Path) -> None:
    """Write the list, and say how many words it has."""
    words = {line for line in source.read_text("utf-8").splitlines() if line.isascii() and line.isalpha()}
    spoken = vocabulary().said
    names = {(word,): rank for word, rank in ((said, 0) for said in spoken) if " " not in word}
    kept: set[str] = {word for said in spoken for word in said.split()[:1]} & words
    for rank, symbol in enumerate(SymbolIndex.load()):
        full = _core(symbol.name, _LEGAL)
        if len(full) == 1:
            names.setdefault(full, rank)
        short = _core(" ".join(full), _KIND)
        names.setdefault(short, rank)
        said = {symbol.ticker.casefold(), full[0], short[0]}
        kept |= said & words
        if rank >= BEST_KNOWN or len(full) > 1:
            kept |= {word for word in {full[0], short[0]} if word.capitalize() in words}
    kept -= {words[0] for words, rank in names.items() if rank < BEST_KNOWN and len(words) == 1} - words
    COMMON_WORDS.write_text(
        HEAD + textwrap.fill(" ".join(sorted(kept)), 110, break_on_hyphens=False) + "\n", "utf-8"
    )
    print(f"{len(kept)} words")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The person's folder: which files there are, what each holds, and their prices while memory lasts.

Promise: a file is read at the first question and again only when it changed (size, time or identity); the
folder is looked at once a second at most, and once more before prices are told that have changed since. No
text from a request ever becomes part of a path. A file that cannot be used spoils nothing but itself.
Thread-safe; one thread reads at a time.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from adapters.errors import BadPayloadError
from adapters.file_bars import Series, first_day, last_moment_s
from adapters.file_columns import EXAMPLE
from adapters.file_listing import change_s, files_in, identity_of
from adapters.file_reading import Raw, read
from adapters.file_series import series_of
from market.calendars import sessions_for
from market.ticker import InvalidTickerError, parse_ticker
from market.validate import BAD_SHARE, TOLERATED_BARS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from adapters.file_listing import Listed
    from adapters.file_names import FileName
    from adapters.prices import Basis
    from market.resolution import Resolution

LOOK_AGAIN_S = 1.0
BUDGET_BYTES = 128 * 1024 * 1024
"""What the candles of files may take in memory; the least recently used are read again when needed."""
_ACTION_BYTES = 24
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is remembered of one ticker in one file when its prices are not held.

    Attributes:
        ticker: canonical spelling.
        file: base name.
        resolution, basis: of the prices.
        first_day: exchange date of the first bar, day number.
        last_s: UTC seconds of the end of the last bar's session.
    """

    ticker: str
    file: str
    resolution: Resolution
    basis: Basis
    first_day: int
    last_s: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder as it was at the last look.

    Attributes:
        facts: by ticker, each file in the order of names.
        refused: why a file could not be used, by the ticker that its name says ("" where it says none).
        changed_s: by ticker (and "" for the folder itself), UTC seconds of the last change.
    """

    facts: dict[str, tuple[Facts, ...]]
    refused: dict[str, tuple[str, ...]]
    changed_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it was when it was read."""

    listed: Listed
    facts: tuple[Facts, ...]
    refused: tuple[tuple[str, str], ...]


class Library:
    """Reads the files of one folder."""

    def __init__(self, folder: Path, clock: Callable[[], float], budget_bytes: int = BUDGET_BYTES) -> None:
        """Touch nothing yet; ``clock`` gives UTC seconds."""
        self._folder = folder
        self._clock = clock
        self._budget_bytes = budget_bytes
        self._lock = threading.RLock()
        self._files: dict[str, _File] = {}
        self._shelf = Shelf({}, {}, {})
        self._looked_at: float | None = None
        self._folder_was: tuple[int, ...] = ()
        self._others_s = 0.0
        self._held: OrderedDict[tuple[str, str], Series] = OrderedDict()

    def shelf(self) -> Shelf:
        """Return what the folder holds now.

        Raises:
            UnavailableError: when the folder cannot be read.
        """
        with self._lock:
            now = self._clock()
            if self._looked_at is None or not 0 <= now - self._looked_at < LOOK_AGAIN_S:
                self._look(now)
            return self._shelf

    def refresh(self, ticker: str) -> None:
        """Look again if the ticker's files or the list of files are others than at the last look.

        Prices of before a change that are handed out after it would pass for those of the changed file.

        Raises:
            UnavailableError: when the folder cannot be read.
        """
        with self._lock:
            held = [self._files[one.file].listed for one in self.shelf().facts.get(ticker, ())]
            if identity_of(self._folder) != self._folder_was or any(
                identity_of(file.path) != file.identity for file in held
            ):
                self._look(self._clock())

    def series(self, facts: Facts) -> Series:
        """Return a file's prices of one ticker.

        Raises:
            BadPayloadError: when the file has become unusable since the last look.
        """
        with self._lock:
            key = facts.file, facts.ticker
            if key not in self._held:
                file = self._files.get(facts.file)
                found = _open(file.listed, self._clock())[0] if file else []
                self._hold(found)
                again = {series.ticker: series for series in found}
                if facts.ticker not in again:
                    raise BadPayloadError(f"{facts.file} was changed just now. Try again.", provider="files")
                return again[facts.ticker]
            self._held.move_to_end(key)
            return self._held[key]

    def _look(self, now: float) -> None:
        """Read what is new or changed, forget what is gone."""
        folder_is = identity_of(self._folder)
        present = {file.name.name: file for file in files_in(self._folder, now)}
        before, self._files = self._files, {}
        # Times of files may be by another machine's clock; when they were seen to be others is by ours.
        seen_s = math.nextafter(now, 0.0)
        for name, file in present.items():
            known = before.get(name)
            if known is not None and known.listed.identity == file.identity:
                self._files[name] = known
                continue
            self._forget(name)
            changed_s = file.changed_s if known is None else max(file.changed_s, seen_s)
            self._files[name] = self._opened(replace(file, changed_s=changed_s), now)
        for name in before.keys() - present.keys():
            self._forget(name)
        if before != self._files or self._looked_at is None:
            self._shelf = _shelf_of(self._files, self._shelf.changed_s)
        if before.keys() != present.keys() and self._looked_at is not None:
            self._others_s = seen_s
        self._shelf.changed_s[""] = max(change_s(self._folder.stat(), now), self._others_s)
        self._folder_was, self._looked_at = folder_is, now

    def _opened(self, file: Listed, now: float) -> _File:
        found, refused = _open(file, now)
        self._hold(found)
        return _File(file, tuple(map(_facts_of, found)), refused)

    def _hold(self, found: list[Series]) -> None:
        for series in found:
            self._held[series.file, series.ticker] = series
        size = sum(map(_nbytes, self._held.values()))
        while size > self._budget_bytes and len(self._held) > 1:
            size -= _nbytes(self._held.popitem(last=False)[1])

    def _forget(self, name: str) -> None:
        for key in [key for key in self._held if key[0] == name]:
            del self._held[key]


def _open(file: Listed, now: float) -> tuple[list[Series], tuple[tuple[str, str], ...]]:
    """Read a file; return what it holds of each ticker, and (ticker, reason) for what cannot be used."""
    name, found, refused = file.name, [], []
    try:
        parts = _by_ticker(name, read(file.path, name))
    except OSError:
        return [], ((name.ticker or "", f"{name.name} cannot be opened."),)
    except BadPayloadError as error:
        return [], ((name.ticker or "", str(error)),)
    except Exception as error:  # noqa: BLE001 - whatever a library makes of it, the other files are fine
        return [], ((name.ticker or "", _unreadable(name, error)),)
    for ticker, rows in parts.items():
        try:
            found.append(series_of(ticker, name.name, rows, name.resolution, sessions_for(ticker), now))
        except BadPayloadError as error:
            refused.append((ticker, str(error)))
        except Exception as error:  # noqa: BLE001 - as above
            refused.append((ticker, _unreadable(name, error)))
    return found, tuple(refused)


def _unreadable(name: FileName, error: Exception) -> str:
    _log.warning("price_file_unreadable", file=name.name, error=type(error).__name__)
    return f"{name.name} cannot be read. Save it anew, as lines like: {EXAMPLE}"


def _by_ticker(name: FileName, raw: Raw) -> dict[str, Raw]:
    """Return the rows of each ticker: by the column of symbols where there is one, else by the file's name.

    Raises:
        BadPayloadError: when neither tells the ticker.
    """
    if "symbol" not in raw.table:
        if name.ticker is None:
            raise BadPayloadError(
                f"{name.name}: neither its name nor a column of symbols tells the ticker. Name it like "
                "AAPL.csv or AAPL_5.csv.",
                provider="files",
            )
        return {name.ticker: raw}
    symbols = raw.table["symbol"].astype("string").fillna("")
    tickers = symbols.map({symbol: _ticker(symbol) for symbol in symbols.unique()})
    strange = tickers == ""
    count = int(strange.sum())
    if count:
        line = int(raw.table["line"][strange].iloc[0])
        told = f"{count} of {len(tickers)} rows have a symbol that is no ticker (line {line})"
        if count > TOLERATED_BARS and count > BAD_SHARE * len(tickers):
            raise BadPayloadError(f"{name.name}: {told}.", provider="files")
        raw = replace(raw, notes=(f"{told}, they are left out",))
    return {t: replace(raw, table=raw.table[tickers == t]) for t in sorted(set(tickers[~strange]))}


def _ticker(symbol: str) -> str:
    """Return the one spelling of a ticker, "" for what is none."""
    try:
        return parse_ticker(symbol)
    except InvalidTickerError:
        return ""


def _facts_of(series: Series) -> Facts:
    sessions = sessions_for(series.ticker)
    return Facts(
        series.ticker,
        series.file,
        series.resolution,
        series.basis,
        first_day(series, sessions),
        last_moment_s(series, sessions),
    )


def _shelf_of(files: dict[str, _File], before: dict[str, float]) -> Shelf:
    """Return the files by ticker."""
    facts: dict[str, tuple[Facts, ...]] = {}
    refused: dict[str, tuple[str, ...]] = {}
    changed_s: dict[str, float] = {"": before.get("", 0.0)}
    for file in files.values():
        for one in file.facts:
            facts[one.ticker] = (*facts.get(one.ticker, ()), one)
            changed_s[one.ticker] = max(changed_s.get(one.ticker, 0.0), file.listed.changed_s)
        for ticker, why in file.refused:
            refused[ticker] = (*refused.get(ticker, ()), why)
    return Shelf(dict(sorted(facts.items())), refused, changed_s)


def _nbytes(series: Series) -> int:
    return series.candles.nbytes + _ACTION_BYTES * len(series.actions)

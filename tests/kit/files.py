"""Folders of price files for tests: rows from real sessions, written the way people's files are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.files import FilesProvider
from adapters.prices import PriceAnswer, PriceRequest
from market.calendars import sessions_for
from market.resolution import Resolution

HEADER = "Date,Open,High,Low,Close,Volume"
NEW_YORK = ZoneInfo("America/New_York")
PRESENT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC).timestamp()


@dataclass
class Folder:
    """A folder, its provider, and a clock that the test moves; the files themselves get their real times."""

    path: Path
    now_s: float = PRESENT
    provider: FilesProvider = field(init=False)

    def __post_init__(self) -> None:
        self.provider = FilesProvider(self.path, clock=lambda: self.now_s)

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file and let so much time pass that the provider looks again."""
        path = self.path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        self.now_s += 2.0
        return path

    def ask(self, ticker: str, resolution: str, start: date, end: date) -> PriceAnswer:
        """Return the provider's answer."""
        return self.provider.candles(PriceRequest(ticker, Resolution(resolution), start, end))


def csv_of(rows: Iterable[Sequence[object]], header: str = HEADER) -> str:
    """Return rows as comma-separated lines below a header."""
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def bar(number: int) -> tuple[float, float, float, float, int]:
    """Return a possible bar, a different one for each number."""
    middle = 100 + number % 50
    return middle, middle + 2.5, middle - 2.25, middle + 0.75, 1_000 + number


def daily_rows(start: date, end: date, ticker: str = "AAPL") -> list[tuple[object, ...]]:
    """Return a row for every session from start to end."""
    sessions = sessions_for(ticker)
    return [(sessions.date(i), *bar(n)) for n, i in enumerate(sessions.between(start, end))]


def intraday_rows(
    start: date,
    end: date,
    minutes: int,
    *,
    ticker: str = "AAPL",
    label: Callable[[datetime], object] = lambda t: t.strftime("%Y-%m-%d %H:%M"),
    zone: ZoneInfo = NEW_YORK,
    ends: bool = False,
) -> list[tuple[object, ...]]:
    """Return a row for every expected bar; ``label`` writes its start (or end) in the exchange's zone."""
    sessions = sessions_for(ticker)
    rows: list[tuple[object, ...]] = []
    for i in sessions.between(start, end):
        for at in sessions.bar_starts(i, Resolution(str(minutes))).tolist():
            end_s = min(at + 60 * minutes, int(sessions.close[i]))
            rows.append((label(datetime.fromtimestamp(end_s if ends else at, zone)), *bar(len(rows))))
    return rows

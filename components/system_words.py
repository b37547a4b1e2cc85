"""What the system page says in words: numbers as people read them, and the one sentence about everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from components.system_report import BreakerState, SystemReport

NONE: Final = "–"
"""Where there is no number."""
STORES: Final = {"sqlite": "SQLite", "dynamodb": "DynamoDB"}
"""What kinds of table are called."""
_GAP: Final = "\u00a0"
"""Between a number and its unit, which stay on one line."""
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_MB: Final = 1024 * 1024
_NINETY_NINE_NINE: Final = 99.9
_TEN: Final = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is well: a state for the eye, a sentence, and what else there is to say."""

    state: Literal["well", "trouble", "unknown"]
    sentence: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """How many blocks came from each tier."""

    memory: int
    table: int
    provider: int

    @property
    def asked(self) -> int:
        """All that were asked for."""
        return self.memory + self.table + self.provider


def blocks(totals: Mapping[str, int]) -> Blocks:
    """Return where blocks came from."""
    return Blocks(*(totals.get(name, 0) for name in ("memory_hits", "table_hits", "misses")))


def count(number: int) -> str:
    """Return "12,345"."""
    return f"{number:,}"


def share(part: int, whole: int) -> str:
    """Return "97.1 %", below ten "2.41 %"; not "100" or "0" while a part is missing or there is one."""
    if not whole:
        return NONE
    per_cent = 100 * part / whole
    if part == whole:
        return f"100{_GAP}%"
    if not part:
        return f"0{_GAP}%"
    if per_cent >= _TEN:
        return f"{min(per_cent, _NINETY_NINE_NINE):.1f}{_GAP}%"
    return f"{max(per_cent, 0.01):.2f}{_GAP}%"


def megabytes(size_bytes: int) -> str:
    """Return "38.2 MB"."""
    return f"{size_bytes / _MB:.1f}{_GAP}MB"


def duration(seconds: float) -> str:
    """Return "42 s", "3 min", "2 h 10 min", "4 days"; a time that has begun counts."""
    whole = max(int(-(-seconds // 1)), 0)
    if whole < 2 * _MINUTE_S:
        return f"{whole}{_GAP}s"
    if whole < 2 * _HOUR_S:
        return f"{whole // _MINUTE_S}{_GAP}min"
    if whole < 2 * _DAY_S:
        hours, rest = divmod(whole, _HOUR_S)
        return f"{hours}{_GAP}h {rest // _MINUTE_S}{_GAP}min"
    return f"{whole // _DAY_S}{_GAP}days"


def clock(at_s: float, now_s: float | None = None) -> str:
    """Return "12:03:05", or with its date where that is not ``now_s``'s: "20 Nov, 12:03:05". UTC."""
    at = datetime.fromtimestamp(at_s, UTC)
    if now_s is None or at.date() == datetime.fromtimestamp(now_s, UTC).date():
        return f"{at:%H:%M:%S}"
    return f"{at.day} {at:%b}, {at:%H:%M:%S}"


def verdict(report: SystemReport) -> Verdict:
    """Say in one sentence whether all is well, and what is not; what hurts most comes first."""
    if not report.at_s:
        return Verdict("unknown", "Nothing is known about this app: it reports no figures.")
    wrong = tuple(_wrong(report))
    if wrong:
        return Verdict("trouble", wrong[0], wrong[1:])
    return Verdict("well", f"Everything works. {_traffic(report)}")


def table_words(breaker: BreakerState | None) -> str:
    """Return what the breaker does with the table, "" while it lets all calls through."""
    if breaker is None or breaker.state == "closed":
        return ""
    if breaker.state == "half-open":
        return "The table failed; one call tries it again right now."
    if not breaker.next_probe_s:
        return "The table failed; the next call tries it again."
    return f"The table fails; it is left alone for {duration(breaker.next_probe_s)} more."


def as_of(report: SystemReport) -> str:
    """Return what the figures are of: time, store, processes, since when they are counted."""
    if not report.at_s:
        return ""
    many = "1 process" if report.processes == 1 else f"{report.processes} processes"
    parts = [
        f"{clock(report.at_s)} UTC",
        many,
        *([STORES.get(report.store, report.store)] * bool(report.store)),
    ]
    if report.started_s is not None:
        since = clock(report.started_s, report.at_s)
        parts.append(f"counted since the start at {since} ({duration(report.at_s - report.started_s)})")
    return " · ".join(parts)


def _wrong(report: SystemReport) -> Iterator[str]:
    """Yield a sentence for everything that does not work.

    A ticker that is left alone is none: somebody asked for one that does not exist.
    """
    whole = [cooling for cooling in report.process.cooling if not cooling.ticker]
    resting = {cooling.source for cooling in whole}
    table = table_words(report.process.breaker)
    if table:
        all_rest = bool(report.sources) and resting >= {source.name for source in report.sources}
        yield f"{table} Charts come from memory{' alone' if all_rest else ' and the provider'}."
    for cooling in whole:
        label = next((s.label for s in report.sources if s.name == cooling.source), cooling.source)
        yield f"Left alone for {duration(cooling.left_s)} more: {label} ({cooling.reason})."
    limited = [s for s in report.sources if s.state in ("limited", "refused") and s.name not in resting]
    yield from (source.words for source in limited)
    if (table or whole or limited) and report.processes > 1:
        yield "So says the process that answered; the others judge for themselves."
    yield from (f"{alarm.name}: {alarm.words}" for alarm in report.alarms if alarm.state == "firing")


def _traffic(report: SystemReport) -> str:
    came = blocks(report.totals)
    if not came.asked:
        return "Nobody has asked for a chart yet."
    return f"{share(came.memory, came.asked)} of blocks came from memory."

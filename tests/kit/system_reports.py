"""Reports for the system page: an app that is well, one whose table fails, one that nobody has asked."""

from __future__ import annotations

from dataclasses import replace

from components.system_report import (
    Alarm,
    BreakerState,
    Budget,
    CoolingSource,
    MemoryState,
    Problem,
    ProcessState,
    Sample,
    SourceState,
    SystemReport,
)
from tests.kit.providers import utc

AT_S = utc("2025-03-07 16:00:30").timestamp()
_MB = 1024 * 1024


def totals(minute: int) -> dict[str, int]:
    """Return the counters after some minutes of work: more and more comes from memory."""
    table = min(minute, 40) * 3 + minute // 7
    misses = min(minute, 20) * 5 + minute // 5
    return {
        "requests": minute * 30,
        "memory_hits": minute * 60 + minute * minute,
        "table_hits": table,
        "misses": misses,
        "provider_calls": misses // 2,
        "provider_errors": minute // 20,
        "lock_waits": 3,
    }


WELL = SystemReport(
    at_s=AT_S,
    started_s=AT_S - 3000,
    processes=2,
    store="sqlite",
    totals=totals(50),
    history=[Sample(AT_S - 60 * (50 - minute), totals(minute)) for minute in range(50)],
    process=ProcessState(
        process_id=4711,
        breaker=BreakerState("closed", for_s=3000),
        memory=MemoryState(1204, 30 * _MB, 48 * _MB, 9 * _MB, 21 * _MB, 17),
    ),
    sources=[SourceState("demo", "Demo prices", calls=55, errors=2)],
    alarms=[
        Alarm("Hit rate", "ok", "97.1 % over five minutes."),
        Alarm("Provider errors", "ok", "None in five minutes."),
    ],
)
"""Fifty minutes of work without trouble."""

FAILING = replace(
    WELL,
    process=replace(
        WELL.process,
        breaker=BreakerState("open", for_s=18, next_probe_s=42, opened=3, refused=128),
        flights=2,
        locks=("AAPL D 2012", "MSFT D 2013"),
        late_writes=7,
        cooling=(CoolingSource("demo", "ZZZQ", 300, "it has no such ticker"),),
    ),
    sources=[SourceState("demo", "Demo prices", calls=65, errors=12)],
    totals={**WELL.totals, "table_errors": 9, "provider_errors": 12, "provider_calls": 65},
    alarms=[
        Alarm("Hit rate", "quiet", ""),
        Alarm("Provider errors", "firing", "10 of 11 provider calls failed in five minutes."),
    ],
    problems=[
        Problem(AT_S - 18, "error", "circuit_breaker_opened", "left alone for 60 s", "5f2b9c1d7e"),
        Problem(AT_S - 19, "warning", "table_read_failed", "The table did not answer in 2 s.", "5f2b9c1d7e"),
    ],
)
"""The table does not answer, and more."""

LIVE = replace(
    WELL,
    sources=[
        SourceState(
            "tiingo",
            "Tiingo: daily prices of the whole market, intraday prices of IEX only",
            state="limited",
            words="Tiingo's hourly budget is used up until 12:00 (New York).",
            budgets=[
                Budget("hour", "requests", 50, 50, AT_S + 3_570),
                Budget("day", "requests", 915, 1_000, AT_S + 46_770),
                Budget("month", "symbols", 12, 500, AT_S + 2_000_000),
            ],
        ),
        SourceState(
            "finnhub",
            "Finnhub: daily prices adjusted for splits, intraday prices as traded",
            state="refused",
            words="Your Finnhub plan does not include this.",
            budgets=[Budget("minute", "requests", 1, 60, AT_S + 30)],
        ),
        SourceState(
            "yahoo",
            "Yahoo: prices adjusted for splits; unofficial, for personal use",
            budgets=[Budget("hour", "requests", 31, 300, AT_S + 3_570)],
        ),
    ],
)
"""Live sources: one has used up its hour, one refuses the plan, one is well."""

IDLE = replace(
    WELL,
    at_s=AT_S,
    started_s=AT_S - 5,
    processes=1,
    totals={},
    history=(),
    process=replace(WELL.process, memory=MemoryState(0, 0, 48 * _MB)),
    sources=[SourceState("demo", "Demo prices")],
    alarms=[],
)
"""Just started."""

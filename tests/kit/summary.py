"""The end of a test run: what was skipped and why, each reason once, before pytest's own closing line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def skip_reasons(reports: list[pytest.TestReport | pytest.CollectReport]) -> list[tuple[int, str]]:
    """Return how many tests each reason kept from running, the commonest first."""
    counts: Counter[str] = Counter()
    for report in reports:
        # A skip's longrepr is (file, line, "Skipped: why"); an expected failure has its reason in wasxfail.
        why = (
            report.longrepr[2] if isinstance(report.longrepr, tuple) else str(getattr(report, "wasxfail", ""))
        )
        counts[why.removeprefix("Skipped: ") or "no reason given"] += 1
    return sorted(((n, why) for why, n in counts.items()), key=lambda row: (-row[0], row[1]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the section; say so when nothing was skipped."""
    rows = skip_reasons(terminalreporter.getreports("skipped"))
    terminalreporter.section("skipped, and why")
    for count, why in rows:
        terminalreporter.line(f"{count:5d}  {why}")
    if not rows:
        terminalreporter.line("nothing was skipped")

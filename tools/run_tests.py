"""Run all tests: the suite in .venv, then WebKitGTK's in an environment of its own; one summary of both.

Arguments are pytest's. Paths choose the run that they belong to; options go to both, coverage to the first.
The last line has pytest's form and counts both runs, so a test that failed or was skipped anywhere is in it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import browser_paths

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "test-results"
WEBKITGTK = "tests/webkitgtk"
WEBKITGTK_PYTHON = ROOT / ".venv-webkitgtk/bin/python"
TAKES_VALUE = frozenset({"-k", "-m", "-p", "-c", "-o", "-W", "-n"})
SCREEN = "-screen 0 2000x1400x24"
NOTHING_COLLECTED = 5
LINE_WIDTH = 80


@dataclass
class Outcome:
    """What a run, or several, came to."""

    counts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take another run's results in."""
        self.counts += other.counts
        self.skipped += other.skipped
        self.failed += other.failed

    @property
    def good(self) -> bool:
        """Whether nothing failed."""
        return not self.failed

    def lines(self, seconds: float) -> list[str]:
        """Return the summary, pytest's closing line last."""
        kinds = ("failed", "passed", "skipped", "xfailed", "error")
        told = ", ".join(f"{self.counts[kind]} {kind}" for kind in kinds if self.counts[kind])
        said = [f" {told or 'no tests ran'} in {seconds:.2f}s "]
        why = [f"{count:5d}  {reason}" for reason, count in sorted(self.skipped.items(), key=_commonest)]
        return [
            " all runs: skipped, and why ".center(LINE_WIDTH, "="),
            *(why or ["nothing was skipped"]),
            *(f"FAILED {name}" for name in self.failed),
            *(line.center(LINE_WIDTH, "=") for line in said),
        ]


def main(arguments: Sequence[str]) -> int:
    """Run both suites; return 0 when nothing failed."""
    started = time.monotonic()
    paths, options = split(arguments)
    first = [path for path in paths if not path.startswith(WEBKITGTK)]
    second = [path for path in paths if path.startswith(WEBKITGTK)]
    RESULTS.mkdir(exist_ok=True)
    whole = Outcome()
    if first or not paths:
        whole.add(run([sys.executable, "-m", "pytest", *options, *first], "tests"))
    if second or not paths:
        shared = [option for option in options if not option.startswith("--cov")]
        whole.add(run([*webkitgtk_command(), *shared, *(second or [WEBKITGTK])], "webkitgtk"))
    print("\n".join(["", *whole.lines(time.monotonic() - started)]), flush=True)
    return 0 if whole.good else 1


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return pytest's arguments as paths and the rest."""
    paths: list[str] = []
    options: list[str] = []
    for before, argument in zip(("", *arguments), arguments, strict=False):
        is_path = before not in TAKES_VALUE and (ROOT / argument.split("::")[0]).exists()
        (paths if is_path and not argument.startswith("-") else options).append(argument)
    return paths, options


def webkitgtk_command() -> list[str]:
    """Return how pytest is started for WebKitGTK: under xvfb, pixels drawn by the CPU so that they repeat.

    Where the engine is missing no display is needed: the tests say so themselves.
    """
    python = WEBKITGTK_PYTHON if WEBKITGTK_PYTHON.exists() else Path(sys.executable)
    pytest = [str(python), "-m", "pytest", f"--confcutdir={WEBKITGTK}", f"--app-python={sys.executable}"]
    if browser_paths.webkitgtk_lacks() or shutil.which("xvfb-run") is None:
        return pytest
    drawn = ["env", "WEBKIT_SKIA_ENABLE_CPU_RENDERING=1", "TZ=UTC", "LANG=C.UTF-8", "GDK_BACKEND=x11"]
    return [*drawn, "xvfb-run", "--auto-servernum", f"--server-args={SCREEN}", *pytest]


def run(command: Sequence[str], name: str) -> Outcome:
    """Run pytest and return what it wrote about itself; a run that wrote nothing has failed."""
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    code = subprocess.run(
        [*command, f"--junitxml={report}", "-o", "junit_logging=no"], cwd=ROOT, check=False
    ).returncode
    outcome = read(report.read_text("utf-8")) if report.exists() else Outcome()
    if code not in {0, NOTHING_COLLECTED} and outcome.good:
        outcome.counts["error"] += 1
        outcome.failed.append(f"the run of {name} ended with code {code}, see above")
    return outcome


def read(report: str) -> Outcome:
    """Return the outcome of a JUnit report."""
    outcome = Outcome()
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 - our own pytest wrote it
        kinds = {child.tag: child for child in case}
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        if "failure" in kinds or "error" in kinds:
            outcome.counts["failed" if "failure" in kinds else "error"] += 1
            outcome.failed.append(name)
        elif "skipped" in kinds:
            expected = kinds["skipped"].get("type") == "pytest.xfail"
            outcome.counts["xfailed" if expected else "skipped"] += 1
            outcome.skipped[kinds["skipped"].get("message") or "no reason given"] += 1
        else:
            outcome.counts["passed"] += 1
    return outcome


def _commonest(row: tuple[str, int]) -> tuple[int, str]:
    reason, count = row
    return -count, reason


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

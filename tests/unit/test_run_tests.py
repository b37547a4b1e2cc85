"""The one summary of several runs: nothing that failed or was skipped anywhere gets lost."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tools import run_tests
from tools.run_tests import Outcome, read, run, split

REPORT = """<testsuites><testsuite>
  <testcase classname="tests.a" name="good"/>
  <testcase classname="tests.a" name="bad"><failure message="no">trace</failure></testcase>
  <testcase classname="tests.a" name="broken"><error message="no">trace</error></testcase>
  <testcase classname="tests.a" name="absent"><skipped type="pytest.skip" message="webkit: gone"/></testcase>
  <testcase classname="tests.a" name="known"><skipped type="pytest.xfail" message="later"/></testcase>
</testsuite></testsuites>"""


def test_a_report_is_counted_and_its_reasons_are_kept() -> None:
    outcome = read(REPORT)
    assert outcome.counts == {"passed": 1, "failed": 1, "error": 1, "skipped": 1, "xfailed": 1}
    assert outcome.skipped == {"webkit: gone": 1, "later": 1}
    assert outcome.failed == ["tests.a::bad", "tests.a::broken"]


def test_the_last_line_is_the_sum_in_the_form_that_ci_looks_for() -> None:
    whole = Outcome()
    whole.add(read(REPORT))
    whole.add(read('<testsuites><testsuite><testcase classname="b" name="c"/></testsuite></testsuites>'))
    last = whole.lines(1.5)[-1]
    assert re.search(r"^=+ .*[0-9]+ (passed|failed|error|skipped).* =+$", last)
    assert "1 failed, 2 passed, 1 skipped, 1 xfailed, 1 error in 1.50s" in last
    assert not whole.good


def test_a_run_that_breaks_off_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash writes no report, and an exit code alone is enough to fail."""
    monkeypatch.setattr(run_tests, "RESULTS", tmp_path)
    broken = run([sys.executable, "-c", "raise SystemExit(3)"], "crash")
    assert broken.counts == {"error": 1}
    assert not broken.good
    assert run([sys.executable, "-c", "raise SystemExit(5)"], "nothing").good


def test_an_old_report_is_never_taken_for_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "RESULTS", tmp_path)
    (tmp_path / "stale.xml").write_text(REPORT)
    assert run([sys.executable, "-c", "raise SystemExit(5)"], "stale").counts == {}


@pytest.mark.parametrize(
    ("arguments", "paths", "options"),
    [
        ([], [], []),
        (["tests/unit", "-k", "tests"], ["tests/unit"], ["-k", "tests"]),
        (["-x", "tests/unit/test_house.py::test_x[a-1]"], ["tests/unit/test_house.py::test_x[a-1]"], ["-x"]),
        (["tests/webkitgtk", "--update-pictures"], ["tests/webkitgtk"], ["--update-pictures"]),
    ],
)
def test_paths_are_told_from_options(arguments: list[str], paths: list[str], options: list[str]) -> None:
    assert split(arguments) == (paths, options)

"""``make faults``: its rows are all there, its figures come from runs, and a row that fails is not lost."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from benchmarks.faults import soak
from benchmarks.faults.__main__ import main
from benchmarks.faults.ground import Ground
from benchmarks.faults.registry import NotMeasuredError, Outcome, Row, Verdict, all_rows
from benchmarks.faults.report import HEAD, machine, measured, page
from tests.kit.app_process import ROOT

LISTED = 34
"""Rows of the reliability list."""
_LINE = re.compile(r"^\| (\d+) \|(.+)\|$")


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A run configures the log of its whole process."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**kept)


@pytest.fixture
def ground() -> Iterator[Ground]:
    with Ground(share=0) as made:
        yield made


def lines_of(text: str) -> dict[int, list[str]]:
    """Return the cells of each row of a page, by its number."""
    found = (_LINE.match(line) for line in text.splitlines())
    return {int(m[1]): [cell.strip() for cell in m[2].split("|")] for m in found if m}


def test_every_row_of_the_list_is_there_and_says_what_it_asks_for() -> None:
    rows = all_rows()
    assert list(rows) == list(range(1, LISTED + 1))
    assert all(row.what and row.target and (row.measure or "issue" in row.later) for row in rows.values())


def test_every_row_is_in_the_document_with_a_verdict_and_a_figure() -> None:
    """docs/reliability.md is what a run has written: nothing is left out of it."""
    lines = lines_of((ROOT / "docs" / "reliability.md").read_text(encoding="utf-8"))
    assert set(lines) == set(all_rows())
    for cells in lines.values():
        assert len(cells) == len(HEAD) - 1
        assert cells[2]
        assert cells[3] in set(Verdict)


@pytest.mark.slow
@pytest.mark.parametrize("number", [3, 5, 6, 8, 12, 17, 20, 22, 23])
def test_a_row_is_measured_and_its_figure_has_numbers_of_this_run(number: int, ground: Ground) -> None:
    result = measured(all_rows()[number], ground)
    assert result.took_s > 0
    assert re.search(r"\d", result.figure)
    assert result.verdict is Verdict.HOLDS, result.figure  # none of them depends on the machine


@pytest.mark.parametrize(("loop_s", "made"), [(-1.0, 3), (60.0, 10)])
def test_rounds_end_in_time_and_are_never_too_few(
    loop_s: float, made: int, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.faults.ground.LOOP_S", loop_s)
    assert list(ground.within(range(10), 3)) == list(range(made))


@pytest.mark.parametrize(
    ("request_s", "meets"), [((1.0, 2.5), True), ((2.9, 9.0), True), ((0.0, 1.9), False), ((3.1, 4.0), False)]
)
def test_a_lost_request_is_a_fault_s_only_while_that_fault_was(
    request_s: tuple[float, float], *, meets: bool
) -> None:
    assert soak.meet(request_s, (2.0, 3.0)) is meets


def row(measure: object, later: str = "") -> Row:
    return Row(99, "a fault", "0 of 1", measure, later)  # type: ignore[arg-type]


def fails(_: Ground) -> Outcome:
    raise ValueError("the server\nis gone")


def is_not_here(_: Ground) -> Outcome:
    raise NotMeasuredError("no server here")


@pytest.mark.parametrize(
    ("of", "verdict", "figure"),
    [
        (row(lambda _: Outcome("0 of 1", holds=True)), Verdict.HOLDS, "0 of 1"),
        (row(lambda _: Outcome("1 of 1", holds=False)), Verdict.FALLS_SHORT, "1 of 1"),
        (row(lambda _: Outcome("0 of 1", holds=True, left_out="b")), Verdict.HOLDS, "0 of 1. Not here: b"),
        (row(fails), Verdict.FALLS_SHORT, "the measurement ended with ValueError: the server is gone"),
        (row(is_not_here), Verdict.NOT_MEASURED, "no server here"),
        (row(None, "issue 9"), Verdict.LATER, "issue 9"),
    ],
)
def test_a_verdict_says_how_a_measurement_ended(
    of: Row, verdict: Verdict, figure: str, ground: Ground
) -> None:
    result = measured(of, ground)
    assert (result.verdict, result.figure) == (verdict, figure)


def test_the_page_has_a_line_for_each_row_and_says_where_it_was_measured(ground: Ground) -> None:
    results = [measured(row(fails), ground), measured(row(None, "a | b"), ground)]
    text = page(results, ground)
    assert "**1 falls short (99), 1 later (99)** of 2." in text
    assert machine() in text
    assert [len(cells) for cells in lines_of(text).values()] == [len(HEAD) - 1]
    assert "a / b" in text


def test_a_run_of_some_rows_writes_them_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "page.md"
    assert main(["--only", "20,29", "--share", "0", "--to", str(to)]) == 0
    assert set(lines_of(to.read_text(encoding="utf-8"))) == {20, 29}
    assert "20 holds" in capsys.readouterr().out


def test_some_rows_alone_leave_the_document_as_it_is() -> None:
    before = (ROOT / "docs" / "reliability.md").read_bytes()
    assert main(["--only", "29"]) == 0
    assert (ROOT / "docs" / "reliability.md").read_bytes() == before


def test_a_row_that_does_not_exist_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "20,77"]) == 2
    assert "No row 77; there are 1 to 34." in capsys.readouterr().err

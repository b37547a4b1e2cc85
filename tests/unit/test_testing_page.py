"""The catalogue of docs/testing.md: every id of the requirements, and modules that are there and name it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs/testing.md"
COUNTS = {"A": 10, "B": 14, "C": 15, "D": 37, "E": 31, "F": 11, "G": 19, "S": 5, "M": 5, "O": 5, "H": 30}
NEVER_GIVEN = {"D13", "D15", "D16", "D20", "H23"}
IDS = [f"{k}{n}" for k, most in COUNTS.items() for n in range(1, most + 1) if f"{k}{n}" not in NEVER_GIVEN]


def catalogue() -> list[tuple[str, str]]:
    """Return the table's rows taken apart: an id, and where it is tested."""
    rows = re.findall(r"^\| ([A-Z]\d[^|]*) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return [(name, where) for names, where in rows for name in names.split()]


def named(text: str) -> set[str]:
    """Return the ids in a text, those of spans one by one."""
    found = set(re.findall(r"\b[A-HMOS]\d{1,2}\b", text))
    for kind, first, last in re.findall(r"\b([A-HMOS])(\d{1,2})[–-]\1(\d{1,2})\b", text):
        found |= {f"{kind}{n}" for n in range(int(first), int(last) + 1)}
    return found


def told_by(path: Path) -> set[str]:
    """Return the ids that a module's docstrings name."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    return named("\n".join(ast.get_docstring(node) or "" for node in tree if isinstance(node, kinds)))


def modules(where: str) -> list[Path]:
    """Return the modules that a row names, with their folder, because names repeat."""
    return [TESTS / f"{name}.py" for name in where.split(", ") if not where.startswith("later")]


def test_every_id_is_in_the_catalogue_once() -> None:
    assert sorted(name for name, _ in catalogue()) == sorted(IDS)


def test_the_modules_that_it_names_are_there_and_name_the_id() -> None:
    wrong = [
        (name, str(path))
        for name, where in catalogue()
        for path in modules(where)
        if not path.is_file() or name not in told_by(path)
    ]
    assert wrong == []


def test_an_id_is_later_only_while_no_test_names_it() -> None:
    told = set().union(*(told_by(path) for path in TESTS.rglob("test_*.py")))
    assert [name for name, where in catalogue() if where.startswith("later") and name in told] == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("B1–B3, H9.", {"B1", "B2", "B3", "H9"}),
        ("%C3%9F", {"C3"}),
        ("TM15 D1x", set()),
        ("E24-E25", {"E24", "E25"}),
    ],
)
def test_ids_are_read_from_docstrings_as_people_write_them(text: str, ids: set[str]) -> None:
    assert named(text) == ids

"""Hold the imports against the table of rooms in pyproject.toml (``[tool.chandlery.rooms]``).

The table says, for each room, what it may import directly. This writes it down as import-linter contracts for
the rooms that exist today, so that a new room is held to its line from its first module on, and runs them.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
COMPOSITION = ("app", "serving", "settings", "setting_rules", "aws_secret", "telemetry", "process_memory")
BESIDE = ("tests", "benchmarks", "tools")


def table(root: Path = ROOT) -> dict[str, list[str]]:
    """Return what each room may import: rooms, or single modules of a room."""
    rooms: dict[str, list[str]] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"][
        "chandlery"
    ]["rooms"]
    return rooms


def existing(rooms: dict[str, list[str]], root: Path = ROOT) -> list[str]:
    """Return the rooms that have a module already.

    Raises:
        SystemExit: a room with modules is no package, so that its imports could not be seen.
    """
    found = [room for room in rooms if any((root / room).glob("*.py"))]
    for room in found:
        if not (root / room / "__init__.py").exists():
            sys.exit(f"{room}/ has modules and no __init__.py: its imports cannot be checked")
    return found


def contracts(rooms: dict[str, list[str]], present: list[str]) -> str:
    """Return import-linter's configuration: one contract for each present room."""
    lines = ["[importlinter]", "root_packages =", *_indented(present), "include_external_packages = True"]
    for room in present:
        allowed = rooms[room]
        others = [other for other in rooms if other not in {room, *allowed}]
        # A room of which only some modules are allowed is forbidden as a whole, and these are let through.
        let_through = [f"{room}.** -> {module}" for module in allowed if "." in module]
        let_through += [f"{room} -> {module}" for module in allowed if "." in module]
        lines += [
            f"[importlinter:contract:{room}]",
            f"name = {room} may import {', '.join(allowed) or 'no other room'}",
            "type = forbidden",
            "source_modules =",
            f"    {room}",
            "forbidden_modules =",
            *_indented([*others, *COMPOSITION, *BESIDE]),
            "allow_indirect_imports = True",
            "unmatched_ignore_imports_alerting = none",
            *(["ignore_imports =", *_indented(let_through)] if let_through else []),
        ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Check all rooms; return import-linter's exit code."""
    rooms = table()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "importlinter.ini"
        config.write_text(contracts(rooms, existing(rooms)), encoding="utf-8")
        return lint_imports(config_filename=str(config), no_cache=True, no_logo=True)


def _indented(names: list[str]) -> list[str]:
    return [f"    {name}" for name in names]


if __name__ == "__main__":
    sys.exit(main())

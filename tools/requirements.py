"""Resolve ``requirements*.in`` into pinned, hashed ``requirements*.txt``, for Python 3.11 and newer anywhere.

The app's pins bind the tests' too, so that what is tested is what runs. The one exception is urllib3, which
the tests need at version 1 (see requirements-dev.in). The tests' pins in turn bind those of the WebKitGTK
suite, whose Selenium (and with it urllib3) is newer. Without ``--upgrade`` pins stay as they are.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
# Relative, because uv names it in the comments of what it writes.
CONSTRAINTS = Path(".venv-uv")
FREE = frozenset({"urllib3"})


def compile_pins(source: str, *options: str) -> None:
    """Write the .txt beside a .in file."""
    fixed = (
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
    )
    target = source.replace(".in", ".txt")
    subprocess.run(
        [UV, "pip", "compile", "--quiet", *fixed, *options, "-o", target, source], cwd=ROOT, check=True
    )


def app_pins(text: str, free: frozenset[str] = FREE) -> str:
    """Return the pins of a compiled file without their hashes, without what the next set may differ in."""
    pins = [line.removesuffix(" \\") for line in text.splitlines() if line[:1].isalnum()]
    return "".join(f"{pin}\n" for pin in pins if pin.split("==")[0] not in free)


def constraints(source: str, free: frozenset[str]) -> str:
    """Write the pins of a compiled file for uv; return where."""
    target = CONSTRAINTS / f"{Path(source).stem}-pins.txt"
    (ROOT / target).write_text(app_pins((ROOT / source).read_text("utf-8"), free), encoding="utf-8")
    return str(target)


def main() -> None:
    """Resolve all files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    compile_pins("requirements.in", *upgrade)
    compile_pins("requirements-dev.in", "-c", constraints("requirements.txt", FREE), *upgrade)
    tests = constraints("requirements-dev.txt", FREE | {"selenium"})
    compile_pins("requirements-webkitgtk.in", "-c", tests, *upgrade)


if __name__ == "__main__":
    main()

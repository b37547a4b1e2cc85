"""``python -m benchmarks.faults`` measures every row and writes docs/reliability.md.

``--only 9,10`` measures some rows and writes nothing; ``--share 0.1`` does everything a tenth as often;
``--soak-min 30`` is the soak on demand. The exit code is 0 whatever the figures say: they are to be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import telemetry
from benchmarks.__main__ import end_on_sigterm
from benchmarks.faults.ground import Ground
from benchmarks.faults.registry import all_rows
from benchmarks.faults.report import machine, measured, page, tell
from benchmarks.measuring import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.faults.report import Result

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def main(arguments: Sequence[str]) -> int:
    """Measure and write; return an exit code."""
    options = _parser().parse_args(arguments)
    rows = all_rows()
    chosen = options.only or list(rows)
    unknown = [number for number in chosen if number not in rows]
    if unknown:
        sys.stderr.write(f"No row {unknown[0]}; there are {min(rows)} to {max(rows)}.\n")
        return 2
    telemetry.configure("CRITICAL", as_json=False)
    ground = Ground(share=options.share, soak_min=options.soak_min)
    to = options.to or (None if options.only else PAGE)
    results: list[Result] = []
    say(machine())
    with ground:
        for number in chosen:
            results.append(measured(rows[number], ground))
            tell(results[-1])
            if to is not None:  # after each row: a run that is stopped leaves what it has found
                to.write_text(page(results, ground), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--only", type=_numbers, help="rows to measure, for example 9,10")
    parser.add_argument("--share", type=float, default=1.0, help="of a whole run's counts (1; 0: the least)")
    parser.add_argument("--soak-min", type=float, default=10.0, help="how long the soak lasts (10)")
    parser.add_argument("--to", type=Path, help="where the page is written (docs/reliability.md)")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    end_on_sigterm()
    sys.exit(main(sys.argv[1:]))

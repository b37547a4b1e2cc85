"""Run the browser's modules under Node, in the order in which the page loads them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ASSETS = Path(__file__).parents[2] / "assets"
NODE = shutil.which("node")
TIMEOUT_S = 120

needs_node = pytest.mark.skipif(NODE is None, reason="node is missing: the browser's modules cannot be run")

_PRELUDE = """
const fs = require('fs');
globalThis.window = {};
process.argv.slice(1).forEach((path) => require('vm').runInThisContext(fs.readFileSync(path, 'utf8')));
const given = JSON.parse(fs.readFileSync(0, 'utf8'));
const answer = (value) => process.stdout.write(JSON.stringify(value));
"""


def run(program: str, scripts: tuple[str, ...], **given: object) -> Any:
    """Return what a program answers; it finds the arguments in ``given`` and says ``answer(value)`` once.

    Args:
        program: JavaScript.
        scripts: names of files in assets/, loaded before it, sorted as Dash sorts them.
        **given: plain JSON values.
    """
    done = subprocess.run(
        [str(NODE), "-e", _PRELUDE + program, *(str(ASSETS / name) for name in sorted(scripts))],
        input=json.dumps(given), capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1500:]
    return json.loads(done.stdout)

"""The switches of a test run, and the one rule about parts that are missing.

``REQUIRE_ENGINES=chromium`` and ``REQUIRE_TABLES=dynalite`` (comma lists, set by .ci/run) turn the skip of a
missing part into a failure; so does ``REQUIRE_PICTURES=chromium`` for pictures that other fonts or another
browser drew; ``DDB_LOCAL_DIR`` is a folder with DynamoDBLocal.jar. No setting is read here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, NoReturn

import pytest

Kind = Literal["engine", "picture", "table"]
_SWITCHES: dict[Kind, str] = {
    "engine": "REQUIRE_ENGINES",
    "picture": "REQUIRE_PICTURES",
    "table": "REQUIRE_TABLES",
}


def required(kind: Kind) -> frozenset[str]:
    """Return the engines or table servers that this run may not do without."""
    names = os.environ.get(_SWITCHES[kind], "").split(",")
    return frozenset(name.strip().lower() for name in names if name.strip())


def missing(kind: Kind, name: str, reason: str, seen: str = "") -> NoReturn:
    """Skip the test because a part is missing, or fail it where that part is required, with what was seen."""
    if name in required(kind):
        pytest.fail(f"{_SWITCHES[kind]} asks for {name}: {reason}{seen and '; '}{seen}", pytrace=False)
    pytest.skip(f"{name}: {reason}")


def dynamodb_local() -> Path | None:
    """Return the folder of DynamoDB Local, if one was given."""
    folder = os.environ.get("DDB_LOCAL_DIR", "")
    return Path(folder) if folder else None


def in_ci() -> bool:
    """Tell whether this is CI's run (.ci/run), and not one at somebody's desk."""
    return bool(os.environ.get("CI"))


def variables() -> dict[str, str]:
    """Return what the environment holds now, less the notes that pytest and Werkzeug make for themselves."""
    own = ("PYTEST_CURRENT_TEST", "WERKZEUG_SERVER_FD")
    return {name: value for name, value in os.environ.items() if name not in own}

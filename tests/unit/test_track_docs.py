"""docs/track-record.md tells the numbers of the method that is used."""

from __future__ import annotations

import re
from pathlib import Path

from track_record import method
from track_record.entry import Policy
from track_record.outcomes import Status
from track_record.scoring import Verdict

PAGE = (Path(__file__).resolve().parents[2] / "docs/track-record.md").read_text("utf-8")


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def test_every_number_of_the_method_is_told() -> None:
    """The rules of scoring: a method without its numbers cannot be checked by anybody."""
    used = {name: _told(value) for name, value in vars(method).items() if name.isupper()}
    assert dict(re.findall(r"^\| `([A-Z_]+)` \| (.*) \|$", PAGE, re.MULTILINE)) == used
    assert f"## Method, version {method.METHOD_VERSION}" in PAGE


def test_every_policy_state_and_verdict_is_explained() -> None:
    for policy in Policy:
        assert f"`{policy}`" in PAGE
    for status in Status:
        assert f"| {status.name.lower()} |" in PAGE
    for verdict in Verdict:
        assert verdict.split(" random")[0].split(" from")[0].split(" than")[0] in PAGE

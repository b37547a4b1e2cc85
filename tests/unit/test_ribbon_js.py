"""assets/events.js, provenance.js and callout.js in Node: what is folded, what is said of an origin."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.scripts import needs_node, run

pytestmark = needs_node

STYLE = Path(__file__).parents[2] / "assets" / "style.css"
LEAST = 1.0
SCRIPTS = ("callout.js", "events.js", "format.js", "provenance.js")
SPAN = {
    "x": [100, 200], "source": "tiingo", "tier": "in-memory", "fetched_at": 1_000, "basis": "as traded",
    "stale": False, "provisional": None,
}  # fmt: skip


def folded(places: list[float], least: float = LEAST) -> list[dict[str, Any]]:
    """Return the groups of marks at some places."""
    events = [{"x": x, "kind": "D", "words": str(i)} for i, x in enumerate(places)]
    program = "answer(window.chandlery.events.fold(given.events, given.least));"
    groups: list[dict[str, Any]] = run(program, SCRIPTS, events=events, least=least)
    return groups


def test_marks_that_would_touch_are_one_in_their_middle() -> None:
    """level-11: those that have room stay by themselves."""
    groups = folded([0.0, 0.5, 10.0, 11.0, 20.0])
    assert [(g["x"], len(g["events"])) for g in groups] == [(0.25, 2), (10.0, 1), (11.0, 1), (20.0, 1)]


def test_a_group_grows_by_what_is_too_near_to_its_middle() -> None:
    """Not to its last mark: it is painted in its middle."""
    assert [len(g["events"]) for g in folded([0.0, 1.05, 1.4, 1.7])] == [1, 3]
    assert [len(g["events"]) for g in folded([0.0, 0.9, 1.46, 1.5])] == [2, 2]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 100), max_size=80), st.floats(0.01, 50))
def test_no_two_groups_touch_and_nothing_is_lost(places: list[float], least: float) -> None:
    """level-11: at any zoom; every mark is in one group, in its order."""
    places = sorted(places)
    groups = folded(places, least)
    assert [int(e["words"]) for g in groups for e in g["events"]] == list(range(len(places)))
    middles = [g["x"] for g in groups]
    assert all(b - a >= least * (1 - 1e-9) for a, b in pairwise(middles))
    for group in groups:
        held = [event["x"] for event in group["events"]]
        assert held[0] <= group["x"] <= held[-1]


def test_a_mark_shows_a_letter_and_a_group_its_number() -> None:
    faces = run(
        "answer(given.groups.map(window.chandlery.events.face));", SCRIPTS,
        groups=[{"events": [{"kind": "S"}]}, {"events": [{"kind": "S"}, {"kind": "D"}, {"kind": "D"}]}],
    )  # fmt: skip
    assert faces == ["S", "3"]


def story(spans: list[dict[str, Any]], x: float, slot: float = 1.0) -> dict[str, Any] | None:
    """Return what is said of a candle."""
    program = "answer(window.chandlery.provenance.of(given.spans, given.x, given.slot));"
    told: dict[str, Any] | None = run(program, SCRIPTS, spans=spans, x=x, slot=slot)
    return told


def test_a_candle_has_the_origin_of_the_stretch_it_lies_in() -> None:
    """ahead-1: on either side of a border its own; beyond the last one none."""
    other = SPAN | {"x": [200, 210], "tier": "provider", "provisional": 209}
    spans = [SPAN, other]
    assert [story(spans, x)["tier"] for x in (199.5, 200.5)] == ["in-memory", "provider"]  # type: ignore[index]
    assert [story(spans, x)["provisional"] for x in (208.5, 209.5)] == [False, True]  # type: ignore[index]
    assert story(spans, 210.5) is None
    assert story([], 100.5) is None


def test_a_candle_of_several_parts_is_as_good_as_the_worst_of_them() -> None:
    """ahead-1: a month whose last days were fetched just now and whose first ones are stale."""
    later = SPAN | {"x": [200, 210], "tier": "provider", "fetched_at": 5_000, "provisional": 209}
    month = story([SPAN | {"stale": True, "tier": "sqlite"}, later], 202.0, slot=21.0)
    assert month == {
        "source": "tiingo", "tier": "provider", "basis": "as traded", "fetched_at": 1_000,
        "stale": True, "provisional": True,
    }  # fmt: skip


def test_the_words_name_source_tier_age_and_basis() -> None:
    """ahead-1: and warn of what is old and of what may change."""
    program = """
        const { pieces, warnings } = window.chandlery.provenance;
        answer([...given.tiers.map((tier) => pieces({ ...given.span, tier })), warnings(given.span),
            warnings({ stale: true, provisional: true })]);"""
    span = SPAN | {"provisional": False}
    *told, none, both = run(
        program, SCRIPTS, span=span, tiers=["in-memory", "sqlite", "dynamodb", "provider"]
    )
    assert [words[1] for words in told] == [
        "from memory", "from the table", "from the table", "from the source",
    ]  # fmt: skip
    assert (told[0][0], told[0][3]) == ("tiingo", "given as traded")
    assert told[0][2].startswith("fetched ")
    assert (none, both) == ([], ["stale", "provisional"])


@pytest.mark.parametrize(("count", "last"), [(6, "line 5"), (7, "and 2 more"), (40, "and 35 more")])
def test_a_label_has_an_end(count: int, last: str) -> None:
    lines = [f"line {i}" for i in range(count)]
    shown = run("answer(window.chandlery.callout.shortened(given.lines));", SCRIPTS, lines=lines)
    assert (len(shown), shown[-1]) == (6, last)


def luminance(colour: str) -> float:
    """Return the relative luminance of "#rrggbb" (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [":root {", ':root[data-mantine-color-scheme="dark"] {'])
def test_every_source_is_seen_on_the_page_at_every_tier(scheme: str) -> None:
    """ahead-1: at least 3 : 1, as graphics must have; without colours tiers are told by their strength."""
    _, _, rest = STYLE.read_text(encoding="utf-8").partition(scheme)
    tokens = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", rest.partition("}")[0]))
    strengths = run("answer(Object.values(window.chandlery.provenance.STRENGTH));", SCRIPTS)
    sources = [name for name in tokens if name.startswith("source-")]
    assert {"source-demo", "source-files", "source-tiingo", "source-finnhub", "source-yahoo"} == set(sources)
    page = tokens["page"]
    for name in sources:
        for strength in strengths:
            painted = [
                round(strength * int(tokens[name][i : i + 2], 16) + (1 - strength) * int(page[i : i + 2], 16))
                for i in (1, 3, 5)
            ]
            mixed = luminance("#" + "".join(f"{part:02x}" for part in painted))
            light, dark = sorted((mixed, luminance(page)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3.0, (name, strength)

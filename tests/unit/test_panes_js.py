"""Panes of a stage: where they lie, and what their heights mean."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.kit.scripts import needs_node, run

pytestmark = needs_node
SCRIPTS = ("format.js", "panes.js", "scale.js")


def placed(names: list[str], top: float = 8, height: float = 500) -> dict[str, Any]:
    program = "answer(window.chandlery.panes.place({ top: given.top, height: given.height }, given.names));"
    found: dict[str, Any] = run(program, SCRIPTS, names=names, top=top, height=height)
    return found


@pytest.mark.parametrize("height", [182, 333, 500, 911])
def test_a_switched_on_pane_lies_below_the_others_and_all_fill_the_plot(height: float) -> None:
    """level-8: one above the other, a line between them, nothing left over."""
    panes = list(placed(["price", "volume", "sentiment"], height=height).values())
    assert panes[0]["top"] == 8
    for upper, lower in pairwise(panes):
        assert upper["top"] + upper["height"] < lower["edge"] < lower["top"]
    assert panes[-1]["top"] + panes[-1]["height"] == 8 + height
    assert panes[0]["height"] > height * 0.4
    assert panes[-1]["height"] >= 36  # three labels, also on the least stage of a phone


def test_without_it_price_and_volume_have_the_room_that_they_always_had() -> None:
    assert placed(["price", "volume"]) == {
        "price": {"top": 8, "height": 402},
        "volume": {"top": 418, "height": 90, "edge": 413},
    }


def test_what_is_switched_on_decides_which_panes_there_are() -> None:
    program = "answer([{}, { sentiment: true }].map(window.chandlery.panes.shown));"
    assert run(program, SCRIPTS) == [["price", "volume"], ["price", "volume", "sentiment"]]


def test_a_height_is_told_in_the_words_of_its_pane_and_ticks_lie_where_they_say() -> None:
    """level-7: the label of the crosshair, in all panes."""
    program = """
        const { panes } = window.chandlery;
        const lie = panes.place({ top: 8, height: 500 }, ['price', 'volume', 'sentiment']);
        const frame = { price: [90, 110], volume: 2e6, log: false, toUnits: Number, fromUnits: Number };
        const at = (name, share) => panes.wordsAt(lie, frame, lie[name].top + share * lie[name].height, 2);
        const ticks = panes.ticks('sentiment', lie.sentiment, frame);
        answer({
          words: [at('price', 0.5), at('volume', 0.5), at('sentiment', 0.5), at('sentiment', 0.01)],
          between: panes.wordsAt(lie, frame, lie.volume.top - 3, 2),
          ticks: ticks.map(({ text, px }) => [text, panes.wordsAt(lie, frame, px, 2)]),
          own: ['price', 'volume'].flatMap((name) => panes.ticks(name, lie[name], frame).map(({ text, px }) =>
            [text, panes.wordsAt(lie, frame, px, 2)])),
        });
    """
    got = run(program, SCRIPTS)
    assert got["words"] == ["100.00", "1.00 M", "0.00", ""]
    assert got["between"] == ""
    assert got["ticks"] == [["−1", "−1.00"], ["0", "0.00"], ["+1", "+1.00"]]
    assert ["1 M", "1.00 M"] in got["own"]
    assert ["100", "100.00"] in got["own"]

"""assets/scale.js in Node: the price scale, the window that fits, and the ticks beside it."""

from __future__ import annotations

import math
from itertools import pairwise, product
from typing import Any

import pytest

from tests.kit.scripts import needs_node, run

pytestmark = needs_node

SCRIPTS = ("format.js", "scale.js")

TICKS: list[tuple[list[Any], str]] = [
    ([400, 450, 400], "400 410 420 430 440 450"),
    ([12_000, 13_000, 300], "12,000 12,200 12,400 12,600 12,800 13,000"),
    ([430, 431, 400], "430.00 430.20 430.40 430.60 430.80 431.00"),
    ([0.1, 0.9, 300], "0.20 0.40 0.60 0.80"),
    ([0.0012, 0.0034, 300], "0.0015 0.0020 0.0025 0.0030"),
    ([-20, 20, 220], "−20 −10 0 10 20"),
    ([100, 110, 180], "100 105 110"),
    ([1, 1_000, 400, {"log": True}], "1 3 10 30 100 300 1,000"),
    ([60, 700, 500, {"log": True}], "75 100 150 200 300 400 500"),
    ([400, 450, 400, {"log": True}], "400 410 420 430 440 450"),
    ([0.05, 500, 300, {"log": True}], "0.10 1.00 10.00 100.00"),
    ([0, 50, 300, {"log": True}], "0 10 20 30 40 50"),
    ([5, 5, 300], ""),
    ([5, 4, 300], ""),
    ([4, 5, 0], ""),
    ([None, 5, 100], "0 5"),
    ([450, 450 + 2e-13, 300], ""),
]


def ticks_of(cases: list[list[Any]]) -> list[list[dict[str, Any]]]:
    """Return the ticks of each case."""
    shown: list[list[dict[str, Any]]] = run(
        "answer(given.cases.map((args) => window.chandlery.scale.ticks(...args)));", SCRIPTS, cases=cases
    )
    return shown


def test_ticks_are_nice_and_their_texts_short() -> None:
    got = [" ".join(tick["text"] for tick in ticks) for ticks in ticks_of([case for case, _ in TICKS])]
    assert [(*case, text) for case, text in zip(TICKS, got, strict=True) if case[1] != text] == []


@pytest.mark.parametrize("log", [False, True])
def test_ticks_of_any_window_keep_apart_and_their_texts_say_their_values(log: bool) -> None:  # noqa: FBT001
    lows = [10.0**k * m for k in range(-5, 6) for m in (1, 1.37, 4.9, 9.99)]
    factors = (1.0003, 1.004, 1.03, 1.2, 1.9, 3.7, 12, 150, 1e4, 1e7)
    cases: list[list[Any]] = [
        [low, low * f, height, {"log": log}] for low, f, height in product(lows, factors, (90, 300, 777))
    ]
    for (low, high, height, _), ticks in zip(cases, ticks_of(cases), strict=True):
        where = (low, high, height, log, ticks)
        values = [tick["value"] for tick in ticks]
        texts = [tick["text"] for tick in ticks]
        assert all(low * (1 - 1e-8) <= value <= high * (1 + 1e-8) for value in values), where
        assert len(set(texts)) == len(texts), where
        for value, text in zip(values, texts, strict=True):
            assert float(text.replace(",", "")) == pytest.approx(value, rel=1e-9), where
        assert len({len(text.partition(".")[2]) for text in texts}) <= 1, where
        share = math.log if log else float
        pixels = [height * (share(v) - share(low)) / (share(high) - share(low)) for v in values]
        assert all(b - a >= 44 - 1e-6 for a, b in pairwise(pixels)), where
        assert len(ticks) >= (height / 44 / 2.6 - 1) // (2 if log else 1), where


def test_scales_go_there_and_back() -> None:
    got = run(
        """
        const { linear, log } = window.chandlery.scale;
        const round = (s) => [0.5, 1, 30, 400].map((price) => s.fromUnit(s.toUnit(price)));
        const edges = (s) => [s.toUnit(10), s.toUnit(1000), s.fromUnit(0), s.fromUnit(1)];
        const all = [linear(10, 1000), log(10, 1000)];
        answer({
          round: all.map(round), edges: all.map(edges), middle: all.map((s) => s.fromUnit(0.5)),
          fallback: [log(0, 10).toUnit(5), log(-10, 10).toUnit(0)],
          finite: [log(1, 2).toUnit(0), log(1, 2).toUnit(-5), linear(5, 5).toUnit(5)].map(Number.isFinite),
        });
        """,
        SCRIPTS,
    )
    for back in got["round"]:
        assert back == pytest.approx([0.5, 1, 30, 400])
    for edges in got["edges"]:
        assert edges == pytest.approx([0, 1, 10, 1_000], abs=1e-12)
    assert got["middle"] == pytest.approx([505, 100])
    assert got["fallback"] == [0.5, 0.5]
    assert got["finite"] == [True] * 3


FITS: list[tuple[list[Any], list[float]]] = [
    ([[400, 500]], [394, 506]),
    ([[500, 400]], [394, 506]),
    ([[400, 500], {"padding": 0.1}], [390, 510]),
    ([[1, 100]], [0, 105.94]),
    ([[100, 100]], [99, 101]),
    ([[0, 0]], [-1, 1]),
    ([[-5, 5]], [-5.6, 5.6]),
    ([[-5, 5], {"log": True}], [-5.6, 5.6]),
    ([[10, 1_000], {"log": True, "padding": 0.5}], [1, 10_000]),
    ([[100, 100], {"log": True}], [100 / 1.01, 101]),
    ([None], [0, 1]),
    ([[None, "x"]], [0, 1]),
]


def test_a_window_fits_its_prices_with_room() -> None:
    cases = [case for case, _ in FITS]
    got = run("answer(given.cases.map((args) => window.chandlery.scale.fit(...args)));", SCRIPTS, cases=cases)
    for (case, wanted), window in zip(FITS, got, strict=True):
        assert window == pytest.approx(wanted), case


HEIGHTS = (20, 40, 80, 200)


def test_the_volume_axis_has_at_most_two_labels_that_are_not_cut() -> None:
    cases = [
        (most, height) for most in (0.3, 1, 7, 999, 54.6e6, 831e6, 1.02e9) for height in (20, 40, 80, 200)
    ]
    got = run(
        """
        const { scale, format } = window.chandlery;
        const like = (text, value) => parseFloat(text) === parseFloat(format.volume(value));
        const told = ({ value, text }) => [value, like(text, value) && !/[.]\\d*0 /.test(text)];
        answer(given.cases.map((args) => scale.volumeTicks(...args).map(told)));
        """,
        SCRIPTS, cases=cases,
    )  # fmt: skip
    for (most, height), labels in zip(cases, got, strict=True):
        assert len(labels) == (0 if height < 28 else 1 if height < 56 else 2), (most, height)
        assert all(same and most * 0.15 < value <= most * 0.95 for value, same in labels), (most, labels)
    texts = run(
        """
        const cases = [[54.6e6, 80], [0, 80], [54.6e6, 0], [54.6e6, 40]];
        answer(cases.map((args) => window.chandlery.scale.volumeTicks(...args).map((tick) => tick.text)));
        """,
        SCRIPTS,
    )
    assert texts == [["25 M", "50 M"], [], [], ["50 M"]]

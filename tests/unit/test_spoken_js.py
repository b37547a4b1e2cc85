"""assets/spoken.js in Node: the read-out as a sentence."""

from __future__ import annotations

import pytest

from tests.kit.scripts import needs_node, run

PRICES = [("", "field when", "Fri 1 Mar 2013"), ("O", "field", "438.00"), ("C", "field", "430.47")]
VOLUME = ("V", "field", "19.7 M")


@needs_node
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("−10.93 (−2.48 %)", ", down 2.48 %"),
        ("+1,002.00 (+12.4 %)", ", up 12.4 %"),
        ("0.00 (0.00 %)", ", unchanged"),
        ("–", ""),
        ("", ""),
    ],
)
def test_a_candle_is_said_in_words(change: str, words: str) -> None:
    """Without the volume: the shorter the sentence, the faster somebody moves on."""
    rows = [*PRICES, ("", "field change fall", change), VOLUME]
    fields = [dict(zip(("name", "kind", "value"), row, strict=True)) for row in rows]
    said = run("answer(window.chandlery.spoken.sentence(given.fields));", ("spoken.js",), fields=fields)
    assert said == f"Fri 1 Mar 2013, open 438.00, close 430.47{words}"


@needs_node
def test_a_remark_in_the_place_of_prices_is_said_as_it_is() -> None:
    fields = [{"name": "", "kind": "", "value": "No trading in this range."}]
    said = run("answer(window.chandlery.spoken.sentence(given.fields));", ("spoken.js",), fields=fields)
    assert said == "No trading in this range."

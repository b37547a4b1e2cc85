"""Pictures in WebKitGTK: the machine draws as it did, and a small change does not pass."""

from __future__ import annotations

import base64

import pytest
from selenium.webdriver import WebKitGTK

from tests.kit.pictures import PROOFS, SAMPLE, Pictures


@pytest.mark.parametrize("change", PROOFS.values(), ids=PROOFS)
def test_a_picture_of_letters_repeats_and_notices_a_change(
    driver: WebKitGTK, shots: Pictures, change: str
) -> None:
    driver.get(f"data:text/html;base64,{base64.b64encode(SAMPLE.encode()).decode()}")
    shots.check("sample", "letters")
    shots.must_catch("sample", "letters", change)

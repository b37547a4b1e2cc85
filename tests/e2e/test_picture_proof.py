"""Pictures in every engine: the machine draws as it did, and a small change does not pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.kit.pictures import PROOFS, SAMPLE, Pictures


@pytest.mark.parametrize("change", PROOFS.values(), ids=PROOFS)
def test_a_picture_of_letters_repeats_and_notices_a_change(
    still_page: Page, shots: Callable[[Page], Pictures], change: str
) -> None:
    still_page.set_content(SAMPLE)
    pictures = shots(still_page)
    pictures.check("sample", "letters")
    pictures.must_catch("sample", "letters", change)

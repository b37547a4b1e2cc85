"""The engines themselves: which are there, and that a look asked for is the look that the page sees."""

from __future__ import annotations

import pytest

from tests.kit import engines
from tests.kit.engines import Engine
from tests.kit.environment import missing

LOOK = """() => ({
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    still: matchMedia('(prefers-reduced-motion: reduce)').matches,
    width: innerWidth, ratio: devicePixelRatio, language: navigator.language,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
})"""


@pytest.mark.parametrize("name", engines.NAMES)
def test_an_engine_is_installed(name: engines.Name) -> None:
    """A missing one is named once in the summary; a skip never counts as a pass."""
    if not engines.installed(name):
        missing("engine", name, engines.HOW_TO_GET[name])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 375])
def test_a_context_looks_as_it_was_asked_to(engine: Engine, width: int, *, dark: bool) -> None:
    """In Firefox over BiDi the plain options would do nothing, silently."""
    context = engine.context(
        scheme="dark" if dark else "light", reduced_motion=dark, viewport={"width": width, "height": 700}
    )
    seen = context.new_page().evaluate(LOOK)
    context.close()
    assert seen == {
        "dark": dark,
        "still": dark,
        "width": width,
        "ratio": 1,
        "language": "en-US",
        "zone": "UTC",
    }

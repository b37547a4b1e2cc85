"""What axe-core (npm) finds on a page. Its rules are the same in every engine: it looks once, in Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.kit.engines import Engine
from tests.kit.environment import missing

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const told = (node) => `${node.html.slice(0, 160)}: ${node.failureSummary}`;
    return grave.map((found) => [found.id, ...found.nodes.map(told)].join(' | '));
}"""


def only_once(engine: Engine) -> None:
    """Skip a test that has axe look in another engine than Chromium, and any where axe is not installed."""
    if engine.name != "chromium":
        pytest.skip("axe looks at the page once, in Chromium")
    if not AXE.exists():
        missing("axe", "axe-core", "run npm ci")


def findings(page: Page) -> Any:
    """Return axe's serious and critical findings; its script comes over the driver, not over the page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(_RUN)

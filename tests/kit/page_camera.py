"""Takes pictures of a page that Playwright drives (tests.kit.pictures.Camera)."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.kit.engines import Engine
from tests.kit.pictures import SAMPLE, STILL

SETTLED = """() => document.fonts.ready.then(() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done()))))"""


class PageCamera:
    """Looks at one page."""

    def __init__(self, engine: Engine, page: Page) -> None:
        """Look at ``page``."""
        self._engine = engine
        self._page = page

    @property
    def engine(self) -> str:
        """The engine's name."""
        return self._engine.name

    @property
    def major(self) -> str:
        """The browser's major version."""
        return self._engine.version.split(".")[0]

    def take(self, testid: str) -> bytes:
        """Return a PNG of an element, still and without caret."""
        self._page.add_style_tag(content=STILL)
        self._page.evaluate(SETTLED)
        return self._page.get_by_test_id(testid).screenshot(scale="css")

    def sample(self) -> bytes:
        """Return a PNG of the fingerprint's sample, from a page of its own."""
        context = self._engine.context(reduced_motion=True)
        page = context.new_page()
        page.set_content(SAMPLE)
        png = page.locator("#sample").screenshot()
        context.close()
        return png

    def change(self, script: str) -> None:
        """Run statements of JavaScript in the page."""
        self._page.evaluate(f"() => {{ {script} }}")

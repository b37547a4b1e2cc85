"""Pictures of parts of the page, compared with those that were committed.

A whole page hides a changed title in 0.05 % of its pixels. So parts are compared, and two limits hold: 0.1 %
of the part's pixels and 50 of them. Engines differ from each other by more: each has a folder of its own.

Baselines belong to the fonts and the browser that drew them; ``fingerprint.json`` beside them says which. A
picture that differs on a machine with another fingerprint proves nothing: there the test is skipped with that
reason, or fails where REQUIRE_PICTURES names the engine. On the same fingerprint it always fails.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from PIL import Image
from pixelmatch.contrib.PIL import pixelmatch

from tests.kit.environment import missing

ROOT = Path(__file__).parents[2]
BASELINES = ROOT / "tests" / "pictures"
SHOWN_AT = "test-results/pictures"
RESULTS = ROOT / SHOWN_AT
LIMIT_SHARE = 0.001
LIMIT_PX = 50
# Pixelmatch's scale of colour distance, 0 to 1; a shade that no eye sees stays below it.
THRESHOLD = 0.1
UPDATE = "--update-pictures"
HOW_TO_UPDATE = f"if the new one is right: make test PYTEST_ARGS='{UPDATE} -k picture'"

# Stillness: no caret, no movement, no scroll bars that come and go.
STILL = """*, *::before, *::after { animation: none !important; transition: none !important;
  caret-color: transparent !important; scroll-behavior: auto !important;
  scrollbar-width: none !important; }"""
# What the fingerprint is taken of: letters in the generic families and in the sizes of the page.
SAMPLE = """<!doctype html><meta charset="utf-8"><body style="margin:0;background:#fff;color:#000">
<div id="sample" data-testid="sample" style="width:480px;height:90px;overflow:hidden;white-space:nowrap">
<div style="font:12px sans-serif">AAPL 430.47 −10.93 % Fri 1 Mar 2013</div>
<div style="font:600 15px system-ui">Chandlery Wgfi</div>
<div style="font:13px monospace">0123456789</div>
<div style="font:13px serif">sphinx of black quartz</div></div>"""


@dataclass(frozen=True)
class Difference:
    """How two pictures differ: in pixels, or in a way that makes counting them pointless."""

    pixels: int
    of: int
    said: str
    drawn: Image.Image | None = None

    @property
    def tolerable(self) -> bool:
        """Whether both limits hold."""
        return not self.said and self.pixels <= LIMIT_PX and self.pixels <= LIMIT_SHARE * self.of

    def __str__(self) -> str:
        """Say it in a sentence's part."""
        return self.said or f"{self.pixels} of {self.of} pixels differ ({self.pixels / self.of:.3%})"


def difference(actual: Image.Image, expected: Image.Image) -> Difference:
    """Compare two pictures; another size is never tolerable."""
    if actual.size != expected.size:
        return Difference(0, 0, f"the size is {actual.size}, was {expected.size}")
    drawn = Image.new("RGBA", actual.size)
    # includeAA: a line that moved by a pixel looks like smoothed edges and would be forgiven.
    pixels = pixelmatch(
        actual.convert("RGBA"), expected.convert("RGBA"), drawn, threshold=THRESHOLD, includeAA=True
    )
    return Difference(int(pixels), actual.width * actual.height, "", drawn)


class Camera(Protocol):
    """A browser that takes pictures: Playwright's pages and Selenium's drivers, each behind one of these."""

    @property
    def engine(self) -> str:
        """The name of the baselines' folder."""

    @property
    def major(self) -> str:
        """As much of the browser's version as pictures depend on."""

    def take(self, testid: str) -> bytes:
        """Return a PNG of an element, still and without caret."""

    def sample(self) -> bytes:
        """Return a PNG of SAMPLE, from a page of its own."""

    def change(self, script: str) -> None:
        """Run statements of JavaScript in the page."""


def fingerprint(camera: Camera) -> dict[str, str]:
    """Return what pictures depend on: the browser's major version, and how it draws text on this machine."""
    pixels = Image.open(io.BytesIO(camera.sample())).convert("RGB").tobytes()
    return {"browser": camera.major, "text": hashlib.sha256(pixels).hexdigest()[:16]}


class Pictures:
    """Compares what a camera takes with the baselines of its engine, or makes them anew."""

    def __init__(
        self,
        camera: Camera,
        *,
        update: bool,
        mark: dict[str, str],
        baselines: Path = BASELINES,
        results: Path = RESULTS,
    ) -> None:
        """Compare on a machine with this fingerprint; ``update`` writes baselines instead."""
        self._camera = camera
        self._results = results
        self._update = update
        self._mark = mark
        self._folder = baselines / camera.engine

    def check(self, testid: str, name: str) -> None:
        """Fail when the element does not look as it did; ``name`` is the file's."""
        png = self._camera.take(testid)
        target = self._folder / f"{name}.png"
        if self._update:
            self._write(target, png)
            return
        if not target.exists():
            self._keep(name, png)
            pytest.fail(f"{name}: there is no picture for {self._camera.engine} yet; {HOW_TO_UPDATE}")
        found = self._compare(target, png)
        if not found.tolerable:
            self._keep(name, png, target, found)
            self._same_machine(f"{name} in {self._camera.engine}: {found}")
            pytest.fail(f"{name} in {self._camera.engine}: {found}; see {SHOWN_AT}; {HOW_TO_UPDATE}")

    def must_catch(self, testid: str, name: str, script: str) -> None:
        """Prove the picture: after this change of the page, which stays, the same comparison must fail."""
        target = self._folder / f"{name}.png"
        self._camera.change(script)
        found = self._compare(target, self._camera.take(testid))
        assert not found.tolerable, f"{name} in {self._camera.engine} does not notice {script!r}: {found}"

    def _same_machine(self, said: str) -> None:
        """Skip, or fail where pictures are required, when another machine drew the baselines."""
        note = self._folder / "fingerprint.json"
        drawn_by = json.loads(note.read_text("utf-8")) if note.exists() else self._mark
        if drawn_by != self._mark:
            engine = self._camera.engine
            why = f"the pictures of {engine} come from other fonts or another browser"
            missing("picture", engine, f"{why} ({drawn_by}, here {self._mark}); {HOW_TO_UPDATE}", said)

    def _compare(self, target: Path, png: bytes) -> Difference:
        with Image.open(target) as expected:
            return difference(Image.open(io.BytesIO(png)), expected)

    def _write(self, target: Path, png: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_smallest(png))
        (self._folder / "fingerprint.json").write_text(f"{json.dumps(self._mark, indent=2)}\n", "utf-8")

    def _keep(
        self, name: str, png: bytes, expected: Path | None = None, found: Difference | None = None
    ) -> None:
        folder = self._results / self._camera.engine
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.actual.png").write_bytes(png)
        if expected is not None:
            (folder / f"{name}.expected.png").write_bytes(expected.read_bytes())
        if found is not None and found.drawn is not None:
            found.drawn.save(folder / f"{name}.diff.png")


def _smallest(png: bytes) -> bytes:
    # Baselines stay in the repository for ever: without transparency, and packed as tightly as PNG can.
    packed = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(packed, "PNG", optimize=True)
    return packed.getvalue()


def add_option(parser: pytest.Parser) -> None:
    """Give a pytest run the option that makes baselines."""
    parser.addoption(UPDATE, action="store_true", help="take the pictures of the page anew")


# Changes of SAMPLE that a person sees. One digit of 12 px is 40 px and passes: texts are compared as text.
PROOFS = {
    "a number": "document.querySelector('#sample div').textContent = 'AAPL 431.52 −10.93 % Fri 1 Mar 2013'",
    "a pixel": "document.querySelector('#sample div').style.paddingLeft = '1px'",
    "a colour": "document.querySelector('#sample div').style.color = '#d9434f'",
}

"""The comparison of pictures: what it forgives, what it never does, and when it does not judge at all."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.kit.pictures import LIMIT_PX, Pictures, difference

SIZE = (400, 200)
HERE = {"browser": "1", "text": "a"}
ELSEWHERE = {"browser": "1", "text": "b"}


def drawn(shift: int = 0, colour: str = "#0f9d7a", size: tuple[int, int] = SIZE) -> Image.Image:
    """Return candles with a shifted one or one in another colour."""
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    for i in range(10):
        left = 20 + 30 * i + (shift if i == 5 else 0)
        pen.rectangle((left, 60, left + 11, 140), fill=colour if i == 5 else "#0f9d7a")
    return picture


def spotted(count: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Return the candles with some red pixels in a corner."""
    picture = drawn(size=size)
    for i in range(count):
        picture.putpixel((2 * (i % 100), 2 * (i // 100)), (255, 0, 0))
    return picture


class StillCamera:
    """Takes what it was given."""

    engine = "paper"
    major = "1"

    def __init__(self, picture: Image.Image, after: Image.Image | None = None) -> None:
        self.picture = picture
        self.after = after or picture

    def take(self, testid: str) -> bytes:
        file = io.BytesIO()
        self.picture.save(file, "PNG")
        return file.getvalue()

    sample: Callable[..., bytes] = take

    def change(self, script: str) -> None:
        self.picture = self.after


def shots(
    folder: Path, camera: StillCamera, *, update: bool = False, mark: dict[str, str] = HERE
) -> Pictures:
    return Pictures(camera, update=update, mark=mark, baselines=folder / "kept", results=folder / "results")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one baseline."""
    shots(tmp_path, StillCamera(drawn()), update=True).check("x", "candles")
    return tmp_path


def test_the_same_picture_is_the_same() -> None:
    assert difference(drawn(), drawn()).pixels == 0


@pytest.mark.parametrize(
    "changed", [drawn(shift=1), drawn(colour="#d9434f"), drawn(size=(400, 201)), drawn(size=(399, 200))]
)
def test_a_shift_a_colour_and_a_size_are_noticed(changed: Image.Image) -> None:
    assert not difference(changed, drawn()).tolerable


def test_a_shade_that_nobody_sees_is_forgiven() -> None:
    assert difference(drawn(colour="#109e7b"), drawn()).tolerable


def test_both_limits_hold() -> None:
    """0.1 % of a small picture is less than 50 px; 50 px of a large one are less than 0.1 %."""
    assert difference(spotted(80), drawn()).pixels == 80
    assert difference(spotted(40), drawn()).tolerable
    assert not difference(spotted(81), drawn()).tolerable
    large = (1280, 800)
    assert difference(spotted(LIMIT_PX, large), drawn(size=large)).tolerable
    assert not difference(spotted(LIMIT_PX + 1, large), drawn(size=large)).tolerable
    small = (330, 100)
    assert not difference(spotted(34, small), drawn(size=small)).tolerable


def test_a_difference_fails_and_leaves_three_pictures(folder: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="--update-pictures"):
        shots(folder, StillCamera(drawn(shift=1))).check("x", "candles")
    left = {path.name for path in (folder / "results/paper").iterdir()}
    assert left == {"candles.actual.png", "candles.expected.png", "candles.diff.png"}


def test_a_picture_without_a_baseline_fails_and_is_kept(folder: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="no picture for paper yet"):
        shots(folder, StillCamera(drawn())).check("x", "other")
    assert (folder / "results/paper/other.actual.png").exists()


def test_updating_writes_the_picture_and_the_machine(folder: Path) -> None:
    shots(folder, StillCamera(drawn(shift=1)), update=True, mark=ELSEWHERE).check("x", "candles")
    shots(folder, StillCamera(drawn(shift=1)), mark=ELSEWHERE).check("x", "candles")
    assert json.loads((folder / "kept/paper/fingerprint.json").read_text()) == ELSEWHERE


def test_on_another_machine_a_difference_is_skipped_unless_pictures_are_required(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_PICTURES", "")
    other = shots(folder, StillCamera(drawn(shift=1)), mark=ELSEWHERE)
    with pytest.raises(pytest.skip.Exception, match="other fonts or another browser"):
        other.check("x", "candles")
    shots(folder, StillCamera(drawn()), mark=ELSEWHERE).check("x", "candles")
    monkeypatch.setenv("REQUIRE_PICTURES", "paper")
    with pytest.raises(pytest.fail.Exception, match="REQUIRE_PICTURES asks for paper"):
        other.check("x", "candles")


def test_a_picture_proves_itself(folder: Path) -> None:
    shots(folder, StillCamera(drawn(), after=drawn(shift=1))).must_catch("x", "candles", "move it")
    with pytest.raises(AssertionError, match="does not notice 'nothing'"):
        shots(folder, StillCamera(drawn())).must_catch("x", "candles", "nothing")

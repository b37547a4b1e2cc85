"""Files of other projects: what the page says they are, and how they reach a browser."""

from __future__ import annotations

import gzip
import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import plotly
import pytest
from flask.testing import FlaskClient

from app import compose
from pages import vendored
from settings import load

SCRIPT = vendored.FOLDER / vendored.PLOTLY
WHOLE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
VERSION = re.compile(r"plotly\.js (?:\(finance - minified\) )?v(\d+\.\d+\.\d+)\n")
LICENCE = "Licensed under the MIT license"
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    built = compose(load(env_file=None, data_dir=tmp_path_factory.mktemp("data"), providers="demo"))
    yield built.server.test_client()
    built.store.close()


def head(path: Path) -> str:
    return path.read_text("utf-8")[:400]


def version(path: Path) -> str:
    found = VERSION.search(head(path))
    assert found is not None, head(path)
    return found[1]


def sources(page: str) -> list[str]:
    """Return what the early script tries for plotly.js, in order."""
    found = re.search(r"var sources = (\[.+?\]);", page)
    assert found is not None
    return re.findall(r'"([^"]+)"', found[1])


def test_the_small_plotly_is_the_very_version_that_the_package_brings() -> None:
    """An upgrade of plotly cannot leave it behind; pages/vendor/README.md says how to renew it."""
    assert version(SCRIPT) == version(WHOLE)


def test_it_keeps_its_licence_and_is_byte_for_byte_what_the_readme_notes() -> None:
    note = (vendored.FOLDER / "README.md").read_text("utf-8")
    row = next(line for line in note.splitlines() if line.startswith(f"| `{SCRIPT.name}`"))
    assert LICENCE in head(SCRIPT)
    assert f" {version(SCRIPT)} " in row
    assert f"`{hashlib.sha256(SCRIPT.read_bytes()).hexdigest()}`" in row
    assert "MIT License" in (vendored.FOLDER / "plotly.LICENSE").read_text("utf-8")


def test_it_draws_what_a_price_chart_needs() -> None:
    text = SCRIPT.read_text("utf-8")
    traces = set(re.findall(r'moduleType:"trace",name:"(\w+)"', text))
    assert {"candlestick", "ohlc", "bar", "scatter"} <= traces


def test_git_leaves_its_bytes_alone() -> None:
    root = vendored.FOLDER.parents[1]
    command = ["git", "check-attr", "text", "diff", "linguist-vendored", "--", str(SCRIPT)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout, so its attributes cannot be told")
    assert re.findall(r": ([\w-]+): (\w+)", done.stdout) == [
        ("text", "unset"),
        ("diff", "unset"),
        ("linguist-vendored", "set"),
    ]


def test_the_page_asks_for_the_small_one_and_for_the_whole_if_that_does_not_come(client: FlaskClient) -> None:
    small, whole = sources(client.get("/").text)
    for source, path in ((small, SCRIPT), (whole, WHOLE)):
        with client.get(source, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status_code == 200
            assert gzip.decompress(answer.data) == path.read_bytes()
            assert answer.mimetype == "text/javascript"
            assert answer.headers["Cache-Control"] == FOR_EVER


def test_it_is_compressed_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    small, _ = sources(client.get("/").text)
    with client.get(small, headers={"Accept-Encoding": "br"}) as first:
        assert first.headers["Content-Encoding"] == "br"
    monkeypatch.setattr("pages.bundles._ENCODERS", dict.fromkeys(("zstd", "br", "gzip")))
    with client.get(small, headers={"Accept-Encoding": "br"}) as again:
        assert again.data == first.data


def test_under_the_hash_of_another_file_it_is_sent_but_not_kept(client: FlaskClient) -> None:
    """A page of an older server must still draw, and the old address must not stand for the new file."""
    small, _ = sources(client.get("/").text)
    with client.get(small.replace(vendored.digest(SCRIPT.name), "0" * 16)) as answer:
        assert answer.status_code == 200
        assert "immutable" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["README.md", "plotly.LICENSE", "..%2Fdocument.py", "other.js"])
def test_nothing_else_of_the_folder_is_served(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/vendor/0/{name}")
    assert answer.status_code == 404 or answer.mimetype == "text/html"  # Dash answers every other path


def test_dash_does_not_load_it_by_itself(client: FlaskClient) -> None:
    """It is named by the early script alone, and only on the page with a chart."""
    assert len(re.findall(vendored.PLOTLY, client.get("/").text)) == 1
    assert vendored.PLOTLY not in client.get("/nowhere").text

"""The HTML document, its script policy, and the files that it loads."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from app import House, compose
from settings import load

SOURCES = re.compile(r'(?:src|href)="(/[^"]+)"')
INLINE = re.compile(r"<script(?: id=\"_dash-renderer\"[^>]*)?>(.+?)</script>", re.DOTALL)
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return a composed app; nobody writes to it."""
    built = compose(load(env_file=None, data_dir=tmp_path_factory.mktemp("data"), providers="demo"))
    yield built
    built.store.close()


@pytest.fixture
def client(house: House) -> FlaskClient:
    return house.server.test_client()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Chandlery"),
        ("/?t=msft", "MSFT · Chandlery"),
        ("/?t=%3Cscript%3E", "Chandlery"),
        ("/nowhere", "No such page · Chandlery"),
        ("/nowhere?t=MSFT", "No such page · Chandlery"),
        ("/track-record/one/AAPL", "Track record · Chandlery"),
        ("/track-record/one/AAPL/more", "No such page · Chandlery"),
        ("/system/more", "No such page · Chandlery"),
    ],
)
def test_the_document_is_named_after_what_it_will_show(client: FlaskClient, path: str, title: str) -> None:
    assert f"<title>{title}</title>" in client.get(path).text


def test_the_document_tells_a_browser_all_it_can_know_before_scripts(client: FlaskClient) -> None:
    page = client.get("/").text
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    for said in ('name="description"', 'name="viewport"', "<noscript>", 'class="skeleton"'):
        assert said in page
    assert len(re.findall(r'name="theme-color" media="\(prefers-color-scheme: (?:light|dark)\)"', page)) == 2
    assert "Loading..." not in page


def test_the_scheme_is_decided_before_any_style_sheet_holds_a_script_up(client: FlaskClient) -> None:
    page = client.get("/").text
    assert page.index("data-mantine-color-scheme") < page.index('rel="stylesheet"')


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_every_inline_script_is_named_in_the_policy_and_nothing_else_is_let_in(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    scripts = INLINE.findall(answer.text)
    assert len(scripts) >= 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    sources = re.search(r"script-src ([^;]+)", policy)
    assert sources is not None
    assert "unsafe" not in sources[1]


def test_only_the_chart_page_loads_plotly_early_and_shows_the_skeleton(client: FlaskClient) -> None:
    """A page that draws no chart does not pay for one."""
    page = client.get("/nowhere").text
    assert "window.Plotly" not in page
    assert "async-graph" not in page
    assert 'class="skeleton"' not in page


def test_everything_that_the_document_names_is_there_and_kept_for_good(client: FlaskClient) -> None:
    page = client.get("/").text
    early = re.search(r"var sources = (\[.+?\]);", page)
    assert early is not None
    for source in [*json.loads(early[1]), *SOURCES.findall(page)]:
        answer = client.get(source, headers={"Accept-Encoding": "gzip"})
        assert (source, answer.status_code) == (source, 200)
        assert (source, answer.headers["Cache-Control"]) == (source, FOR_EVER)
        answer.close()


def test_the_early_part_of_the_graph_is_the_file_that_dash_would_load(client: FlaskClient) -> None:
    (early,) = re.findall(r'<script async src="([^"]+)"></script>', client.get("/").text)
    with client.get(early) as ours, client.get("/_dash-component-suites/dash/dcc/async-graph.js") as dashs:
        assert ours.data == dashs.data
        assert b"webpackChunkdash_core_components" in ours.data


def test_a_bundle_is_compressed_once_for_each_encoding(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = next(s for s in SOURCES.findall(client.get("/").text) if "/react-dom" in s)
    plain = client.get(source).data
    for encoding in ("gzip", "br", "zstd"):
        first = client.get(source, headers={"Accept-Encoding": encoding})
        assert first.headers["Content-Encoding"] == encoding
        assert "Accept-Encoding" in first.headers["Vary"]
        assert len(first.data) < len(plain) / 2
    monkeypatch.setattr("pages.bundles._ENCODERS", dict.fromkeys(("zstd", "br", "gzip")))
    again = client.get(source, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(again.data) == plain


def test_another_fingerprint_of_a_bundle_is_not_compressed_anew(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever makes up addresses fills no memory and costs no time."""
    source = next(s for s in SOURCES.findall(client.get("/").text) if "/react-dom" in s)
    client.get(source, headers={"Accept-Encoding": "gzip"})
    monkeypatch.setattr("pages.bundles._ENCODERS", dict.fromkeys(("zstd", "br", "gzip")))
    made_up = re.sub(r"m\d+\.", "m1.", source)
    assert made_up != source
    assert client.get(made_up, headers={"Accept-Encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize("query", ["", "?m=1", "?m=soon", "?m=inf"])
def test_an_asset_under_an_address_of_another_version_is_not_kept(client: FlaskClient, query: str) -> None:
    """Else a file of an old server would stay in browsers under the address of the new one."""
    answer = client.get(f"/assets/style.css{query}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" not in answer.headers.get("Cache-Control", "")
    answer.close()


def test_the_icon_has_both_schemes() -> None:
    icon = (Path(__file__).parents[2] / "assets" / "favicon.svg").read_text()
    assert "prefers-color-scheme: dark" in icon


def test_the_old_icon_is_the_new_one_at_both_sizes() -> None:
    """Its pixels lie where the drawing's rectangles are, in their colours; edges of both are whole pixels."""
    root = Path(__file__).parents[2] / "assets"
    drawing = (root / "favicon.svg").read_text()
    data = (root / "favicon.ico").read_bytes()
    count = int.from_bytes(data[4:6], "little")
    assert [data[6 + 16 * i] for i in range(count)] == [16, 32]
    colours = dict(re.findall(r"\.(up|down) { fill: #(\w{6}) }", drawing.partition("@media")[0]))
    rectangle = r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"'
    for i in range(count):
        length, offset = (int.from_bytes(data[at : at + 4], "little") for at in (14 + 16 * i, 18 + 16 * i))
        with Image.open(io.BytesIO(data[offset : offset + length])) as picture:
            pixels = picture.convert("RGBA")
        scale = pixels.width / 32
        painted = 0
        for side, body in re.findall(r'<g class="(\w+)">(.+?)</g>', drawing):
            for x, y, width, height in (map(int, found) for found in re.findall(rectangle, body)):
                middle = pixels.getpixel((int((x + width / 2) * scale), int((y + height / 2) * scale)))
                assert middle == (*bytes.fromhex(colours[side]), 255)
                painted += 1
        assert painted == 4
        left, top, right, bottom = pixels.getbbox() or (0, 0, 0, 0)
        assert (left, top, right, bottom) == tuple(int(edge * scale) for edge in (2, 2, 30, 30))

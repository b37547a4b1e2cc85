"""What a pan costs: one request to the callback that answers a viewport with 1,000 candles out of memory.

Three are compared on two servers: our callback, the same callback written in the usual way (see
``pan_apps.usual``), and on each server one that does nothing. Through Flask's test client, and over real HTTP
with one connection kept open. Every request pans by a bar, so none is answered out of what the last one left.
"""

from __future__ import annotations

import gzip
import http.client
import itertools
import json
import sys
import tempfile
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import prices, servers
from benchmarks.measuring import Figure, Size, Times, in_turns, of_bytes, of_ms, say
from benchmarks.pan_apps import APPS, SESSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Post = Callable[[bytes, str], tuple[bytes, str]]

LOADED = 1_000
_VISIBLE = 500
_PX = 1_600
_PATH = "/_dash-update-component"
_VIEWPORT, _BARS = {"chart": 1, "type": "viewport"}, {"chart": 1, "type": "bars"}


def _body(source: object, target: object, out: str, prop: str, question: Mapping[str, Any]) -> bytes:
    """Return what Dash's renderer sends for a callback of one input and one output."""
    changed = source if isinstance(source, str) else json.dumps(source, separators=(",", ":"))
    return json.dumps(
        {
            "output": out,
            "outputs": {"id": target, "property": prop},
            "inputs": [{"id": source, "property": "data", "value": question}],
            "changedPropIds": [f"{changed}.data"],
            "parsedChangedPropsIds": [f"{changed}.data"],
        }
    ).encode()


_CALLBACKS: dict[str, Callable[[Mapping[str, Any]], bytes]] = {
    "ours": partial(_body, _VIEWPORT, _BARS, '{"chart":["MATCH"],"type":"bars"}.data', "data"),
    "usual": partial(_body, "viewport", "graph", "graph.figure", "figure"),
    "nothing": partial(_body, "nothing-in", "nothing-out", "nothing-out.data", "data"),
}


class Panning:
    """One kind of request to one server, each a bar further on than the last."""

    def __init__(self, post: Post, callback: str, encoding: str) -> None:
        """Send questions with ``post`` to a callback, accepting an encoding."""
        self._post = post
        self._ask = _CALLBACKS[callback]
        self._encoding = encoding
        self._time = prices.joined(prices.intraday_blocks(SESSIONS)).time
        self._seq = itertools.count(1)
        self._state: dict[str, Any] = {}
        if callback == "ours":
            self._state = _told(post(self._ask(self._question()), "identity")[0])["state"]

    def __call__(self) -> None:
        """Pan once."""
        self.answer()

    def answer(self) -> tuple[bytes, str]:
        """Pan once; return the body and its encoding."""
        return self._post(self._ask(self._question()), self._encoding)

    def _question(self) -> dict[str, Any]:
        """Return the next question; like the browser's, it holds what an answer said of the state."""
        seq = next(self._seq)
        at = len(self._time) // 8 + seq % (len(self._time) // 8)
        window = {"from": int(self._time[at]), "to": int(self._time[at + _VISIBLE])}
        chosen = {
            "ticker": prices.TICKER,
            "resolution": "5",
            "adjust": "split",
            "px": _PX,
            "seq": seq,
        }
        return chosen | self._state | window


@contextmanager
def over_http(port: int) -> Iterator[Post]:
    """Give requests over one kept connection."""
    connection = http.client.HTTPConnection(servers.HOST, port, timeout=60)

    def post(body: bytes, encoding: str) -> tuple[bytes, str]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": encoding}
        connection.request("POST", _PATH, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status == 200, data[:300]
        return data, answer.headers.get("Content-Encoding", "identity")

    with closing(connection):
        yield post


def in_process(name: str, folder: Path) -> Post:
    """Return requests through Flask's test client."""
    client = APPS[name](folder).test_client()

    def post(body: bytes, encoding: str) -> tuple[bytes, str]:
        headers = {"Accept-Encoding": encoding}
        answer = client.post(_PATH, data=body, content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.data[:300]
        return answer.data, answer.headers.get("Content-Encoding", "identity")

    return post


def run(size: Size) -> list[Figure]:
    """Measure, print the tables and return the figures."""
    figures = []
    with ExitStack() as stack:
        folders = {name: Path(stack.enter_context(tempfile.TemporaryDirectory())) for name in APPS}
        figures += _figures("test client", {n: in_process(n, folders[n] / "client") for n in APPS}, size)
        posts = {}
        for name in APPS:
            port = servers.free_port()
            command = (
                sys.executable,
                "-m",
                "benchmarks.pan_apps",
                name,
                str(folders[name] / "http"),
                str(port),
            )
            stack.enter_context(servers.running(command, port))
            posts[name] = stack.enter_context(over_http(port))
        figures += _figures("HTTP", posts, size)
        figures += _sizes(posts)
    return figures


def _figures(way: str, posts: Mapping[str, Post], size: Size) -> list[Figure]:
    works = {
        "ours, zstd": Panning(posts["ours"], "ours", "zstd"),
        "ours, gzip": Panning(posts["ours"], "ours", "gzip"),
        "ours, plain": Panning(posts["ours"], "ours", "identity"),
        "usual, gzip": Panning(posts["usual"], "usual", "gzip"),
        "usual, plain": Panning(posts["usual"], "usual", "identity"),
        "nothing, ours": Panning(posts["ours"], "nothing", "gzip"),
        "nothing, usual": Panning(posts["usual"], "nothing", "gzip"),
    }
    _check(works)
    times = in_turns(works, size.rounds, in_a_row=size.requests)
    empty = {name: times[f"nothing, {name}"] for name in APPS}
    for name, taken in times.items():
        beyond = taken.median_ms - _own(name, empty).median_ms
        say(f"pan, {way}: {name:15} {taken!s:28} beyond nothing {of_ms(beyond)}")
    return [
        _beyond(f"pan, {way}: time beyond an empty callback, else the usual way's", times, empty),
        Figure.timed(
            f"pan, {way}: a request, else the usual way's", times["ours, gzip"], times["usual, gzip"]
        ),
        Figure.timed(f"pan, {way}: a request, else to an empty callback", times["ours, gzip"], empty["ours"]),
        Figure.timed(f"pan, {way}: the same with zstd", times["ours, zstd"], empty["ours"]),
    ]


def _check(works: Mapping[str, Panning]) -> None:
    """Make sure that both apps answer with as many candles, and ours out of memory once it is warm."""
    for name in ("ours, plain", "usual, plain"):
        works[name]()
    ours = _told(works["ours, plain"].answer()[0])
    usual = json.loads(works["usual, plain"].answer()[0])["response"]["graph"]["figure"]
    assert ours["tier"] == "in-memory", ours["tier"]
    assert abs(ours["n"] - LOADED) < 10, ours["n"]
    assert len(usual["data"]) == 2


def _told(body: bytes) -> dict[str, Any]:
    """Return what our callback answered."""
    answer: dict[str, Any] = json.loads(body)["response"][json.dumps(_BARS, separators=(",", ":"))]["data"]
    return answer


def _own(name: str, empty: Mapping[str, Times]) -> Times:
    return empty["usual" if "usual" in name else "ours"]


def _beyond(what: str, times: Mapping[str, Times], empty: Mapping[str, Times]) -> Figure:
    ours, usual = (
        [
            getattr(times[f"{name}, gzip"], kind) - getattr(empty[name], kind)
            for kind in ("median_ms", "least_ms")
        ]
        for name in APPS
    )
    return Figure(what, of_ms(ours[0]), of_ms(usual[0]), usual[0] / ours[0], usual[1] / ours[1])


def _sizes(posts: Mapping[str, Post]) -> list[Figure]:
    """Return how many bytes a pan sends, plain and compressed."""
    figures = []
    for encoding, shown in (
        ("identity", "plain"),
        ("gzip", "gzip"),
        ("zstd, gzip", "zstd else gzip"),
    ):
        counts = {}
        for name in APPS:
            data, used = Panning(posts[name], name, encoding).answer()
            assert used != "gzip" or gzip.decompress(data)
            counts[name] = len(data)
        figures.append(
            Figure(
                f"pan: bytes, {shown}, else the usual way's",
                of_bytes(counts["ours"]),
                of_bytes(counts["usual"]),
                counts["usual"] / counts["ours"],
            )
        )
    return figures

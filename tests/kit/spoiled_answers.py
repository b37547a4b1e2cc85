"""Bars that a provider gets wrong: the stand-in's own answer, changed on its way out, in each language."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from market.sessions import DAY_S, day_number, day_of
from tests.kit.provider_server import Fault, Handler

Bars = dict[str, list[Any]]
"""Columns of an answer: ``time`` in UTC seconds, prices, ``volume``, and Tiingo's splits and dividends."""

Change = Callable[[Bars], object]
PRICES = ("open", "high", "low", "close")
_NAMES = (*PRICES, "volume")


def changed(change: Change) -> Fault:
    """Answer as usual, but with other bars; what holds no bars (splits, errors) stays as it is."""

    def act(handler: Handler) -> bool:
        status, body, headers = handler.usual()
        read, written = _LANGUAGES[handler.call.source]
        bars = read(body) if status == 200 else {}
        if bars:
            change(bars)
            body = written(body, bars)
        handler.send(status, body, headers)
        return True

    return act


def cut(handler: Handler) -> bool:
    """Answer as usual without the last quarter, as if it were whole; CSV is cut inside a row."""
    status, body, headers = handler.usual()
    handler.send(status, body[: len(body) * 3 // 4 or 1].rstrip(), headers)
    return True


def _tiingo_bars(body: bytes) -> Bars:
    if body[:1] == b"[":
        rows = json.loads(body)
        names = list(rows[0]) if rows else []
        columns: Bars = {name: [row[name] for row in rows] for name in names}
    else:
        names, *lines = (line.split(",") for line in body.decode().split())
        columns = {name: [line[at] for line in lines] for at, name in enumerate(names)}
        columns |= {name: [float(text) for text in columns[name]] for name in names if name != "date"}
    if columns:
        columns = {"time": [_second(text) for text in columns.pop("date")], **columns}
    return columns


def _tiingo_body(body: bytes, bars: Bars) -> bytes:
    names = [name for name in bars if name != "time"]
    daily = body[:1] != b"["
    rows = [
        {"date": _label(second, daily=daily), **{name: bars[name][at] for name in names}}
        for at, second in enumerate(bars["time"])
    ]
    if not daily:
        return json.dumps(rows).encode()
    lines = [",".join("" if value is None else str(value) for value in row.values()) for row in rows]
    return "\n".join([",".join(["date", *names]), *lines, ""]).encode()


def _second(text: str) -> int:
    if len(text) == len("2025-03-07"):
        return day_number(date.fromisoformat(text)) * DAY_S
    return int(datetime.fromisoformat(text).timestamp())


def _label(second: int, *, daily: bool) -> str:
    if daily:
        return day_of(second // DAY_S).isoformat()
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _finnhub_bars(body: bytes) -> Bars:
    answer = json.loads(body)
    if not isinstance(answer, dict) or answer.get("s") != "ok":
        return {}
    return {"time": answer["t"], **{name: answer[name[0]] for name in _NAMES}}


def _finnhub_body(body: bytes, bars: Bars) -> bytes:
    return json.dumps(json.loads(body) | {name[0]: column for name, column in bars.items()}).encode()


def _yahoo_bars(body: bytes) -> Bars:
    (result,) = json.loads(body)["chart"]["result"]
    return {"time": result["timestamp"], **result["indicators"]["quote"][0]} if "timestamp" in result else {}


def _yahoo_body(body: bytes, bars: Bars) -> bytes:
    answer = json.loads(body)
    (result,) = answer["chart"]["result"]
    result["timestamp"] = bars["time"]
    result["indicators"]["quote"] = [{name: bars[name] for name in _NAMES}]
    return json.dumps(answer).encode()


_LANGUAGES: dict[str, tuple[Callable[[bytes], Bars], Callable[[bytes, Bars], bytes]]] = {
    "tiingo": (_tiingo_bars, _tiingo_body),
    "finnhub": (_finnhub_bars, _finnhub_body),
    "yahoo": (_yahoo_bars, _yahoo_body),
}

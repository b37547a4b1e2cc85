"""What sources send that is no prices: faults over HTTP, and bars that cannot be; each with its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from adapters.errors import BadPayloadError, ProviderError, UnavailableError
from tests.kit import provider_server as stand_in
from tests.kit.provider_server import Fault, ProviderServer
from tests.kit.spoiled_answers import PRICES, Bars, Change, changed, cut

PATHS = {"tiingo": ("/tiingo/", "/iex/"), "finnhub": ("/api/v1/",), "yahoo": ("/v8/",)}
NEXT = {"tiingo": "yahoo", "finnhub": "yahoo", "yahoo": "tiingo"}


class Case(NamedTuple):
    """What a source does, and what that is understood as."""

    source: str
    name: str
    fault: Fault
    kind: type[ProviderError]


def set_all(value: float | str | None, *names: str) -> Change:
    def change(bars: Bars) -> None:
        for name in names or PRICES:
            bars[name] = [value] * len(bars[name])

    return change


LATER_S = 4_102_444_800
"""The beginning of the year 2100."""


def to_come(bars: Bars) -> None:
    bars["time"][-1] = LATER_S


def milliseconds(bars: Bars) -> None:
    bars["time"] = [second * 1_000 for second in bars["time"]]


def high_below_low(bars: Bars) -> None:
    bars["high"], bars["low"] = bars["low"], bars["high"]


def one_bar_short(bars: Bars) -> None:
    bars["close"].pop()


SPOILED: dict[str, Change] = {
    "NaN": set_all(float("nan")),
    "NaN in one column": set_all(float("nan"), "close"),
    "Infinity": set_all(float("inf"), "high"),
    "prices of zero": set_all(0.0),
    "negative prices": set_all(-1.0, "low"),
    "texts for numbers": set_all("eleven", "open"),
    "high below low": high_below_low,
    "a bar of years to come": to_come,
}
COLUMNS_SPOILED: dict[str, Change] = {"a column too short": one_bar_short, "milliseconds": milliseconds}
"""Where answers are columns with times in seconds: not Tiingo's rows with their dates."""


def odd(name: str, fault: Fault, kind: type[ProviderError] = BadPayloadError) -> list[Case]:
    return [Case(source, name, fault, kind) for source in PATHS]


NO_PRICES: Sequence[Case] = [
    *odd("truncated", cut),
    *odd("cut off", stand_in.half(b"[" * 1_000), UnavailableError),
    *odd("HTML", stand_in.HTML),
    *odd("nothing", stand_in.status(200, "")),
    *odd("an empty object", stand_in.status(200, "{}")),
    *odd("a list of numbers", stand_in.status(200, "[1, 2]")),
    *odd("not UTF-8", stand_in.status(200, b"\xff\xfe\x00")),
    *odd("deep", stand_in.status(200, "[" * 100_000)),
    *odd("a redirect", stand_in.redirect("http://127.0.0.1:9/elsewhere")),
    *odd("100 MB", stand_in.huge()),
    *odd("reset", stand_in.reset, UnavailableError),
    *odd("500", stand_in.status(500, "<html>oops</html>"), UnavailableError),
]
"""Whatever was asked for."""

BAD_BARS: Sequence[Case] = [
    *odd("no price at all", changed(set_all(None))),
    *(case for name, change in SPOILED.items() for case in odd(name, changed(change))),
    *(
        Case(source, name, changed(change), BadPayloadError)
        for name, change in COLUMNS_SPOILED.items()
        for source in ("finnhub", "yahoo")
    ),
]


def spoil(server: ProviderServer, source: str, fault: Fault) -> None:
    for path in PATHS[source]:
        server.fail(path, fault)

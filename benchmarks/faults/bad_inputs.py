"""Several hundred requests that cannot be right."""

from __future__ import annotations

from itertools import product
from urllib.parse import quote

FORGED = "FORGED-LINE level=critical"
_TEXTS = (
    "\x00", "A\x00PL", "' OR 1=1--", '"; DROP TABLE x;--', "<script>alert(1)</script>", "../../etc/passwd",
    "..%2f..%2fetc", "%00", "{{7*7}}", "${jndi:ldap://x}", "\u202eLPAA", "\u200b", "\uff21 \uff21", "💥",
    "À" * 40, "A" * 5_000,
    f"x\n{FORGED}", f"x\r\n{FORGED}", "\x1b[2J", "\ud7ff\uffff", "a b", "A,B;C", "-1", "NaN", "1e309", "None",
    "[object Object]", "&range=1M", "?a=b", "#", "|", "\\", "..", "....//", "%", "%%%", "()",
)  # fmt: skip
_DATES = (
    "2012-13-01", "2012-02-30", "2013-02-29", "0000-00-00", "12-01-01", "2012/01/01", "20120101x",
    "yesterday",
    "2012-01-01T00:00:00Zz", "9999-99-99", "-2012-01-01", "\uff11\uff19\uff19\uff19-01-01",
    "2012-W01-1x", "1e9", "1325376000x",
)  # fmt: skip
_NUMBERS = ("0", "-5", "1000000000", "5.5", "0x5", "1e9", "\u0665", "+5", "05")
_PARAMETERS = ("start_date", "end_date", "range", "resolution", "adjust", "source", "extended", "after")
_BASE = "/api/v2/tickers/AAPL/ohlc"


def addresses() -> list[str]:
    """Return the addresses; each asks for something that there is not."""
    made = [f"/api/v2/tickers/{quote(text, safe='')}/ohlc" for text in _TEXTS]
    for parameter, text in product(_PARAMETERS, (*_TEXTS, *_NUMBERS)):
        start = "start_date=2012-01-03&" if parameter == "end_date" else ""
        made.append(f"{_BASE}?{start}{parameter}={quote(text, safe='')}")
    for date in _DATES:
        made += [
            f"{_BASE}?start_date={quote(date)}&end_date=2012-01-31",
            f"{_BASE}?start_date=2012-01-03&end_date={quote(date)}",
        ]
    made += [
        f"{_BASE}?start_date=2012-01-31&end_date=2012-01-03",
        f"{_BASE}?range=1M&start_date=2012-01-03",
        f"{_BASE}?range=1M&range=1Y",
        f"{_BASE}?{'a=b&' * 900}range=1M",
        f"{_BASE}?bars=1000000000",
        f"{_BASE}?start_date=2999-01-01&end_date=2999-02-01",
        "/api/v2/tickers//ohlc",
        "/api/v2/nothing",
        f"{_BASE}/more",
    ]
    return made


def bodies() -> list[bytes]:
    """Return bodies for the address that a page asks, ``/_dash-update-component``."""
    small = [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\x00",
        b'{"output":',
        b'{"output": 5}',
        b'{"output":"a.b","inputs":{}}',
    ]
    deep = b"[" * 100_000 + b"]" * 100_000
    return [*small, deep, b'{"output":"x.y","inputs":[],"changedPropIds":["' + b"A" * 10_000_000 + b'"]}']

"""What the stand-in server answers: the three providers' languages over one made-up market."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_of
from market.ticker import parse_ticker
from market.venues import venue_of
from tests.kit.stand_in_market import Market

IEX_ROWS = 10_000
NEW_YORK = ZoneInfo("America/New_York")
_READY_S = 17 * 3_600 + 1_800
"""Tiingo has a day's bar from 17:30 New York on."""
_YAHOO_DAYS = {"1m": 30, "5m": 60, "15m": 60, "60m": 730}
Answer = tuple[int, bytes, Mapping[str, str]]


def answer(
    source: str,
    path: str,
    params: Mapping[str, str],
    *,
    key: str | None,
    market: Market,
    known: frozenset[str] | None,
    free_plan: bool,
    now_s: float,
) -> Answer:
    """Return status, body and headers; ``key`` is None where it was not a good one."""
    symbol = params.get("symbol") or path.split("/")[3 if path.startswith("/tiingo") else 2]
    if source == "yahoo":
        symbol = path.rsplit("/", maxsplit=1)[-1]
    ticker = parse_ticker(symbol)
    here = known is None or ticker in known
    if source == "tiingo":
        return (
            _tiingo(path, params, ticker, key, market, now_s)
            if here
            else _json(404, {"detail": "Not found."})
        )
    if source == "finnhub":
        if key is None:
            return _json(401, {"error": "Invalid API key"})
        if free_plan and not path.endswith("/quote"):
            return _json(403, {"error": "You don't have access to this resource."})
        return _finnhub(path, params, ticker, market, now_s) if here else _finnhub_nothing(path)
    if source == "yahoo":
        return _yahoo(symbol, ticker, params, market, now_s) if here else _yahoo_error(404, "No data found")
    return _json(404, {"error": "no such address"})


def _json(code: int, value: Any) -> Answer:
    return code, json.dumps(value).encode(), {}


def _tiingo(
    path: str, params: Mapping[str, str], ticker: str, key: str | None, market: Market, now_s: float
) -> Answer:
    if key is None:
        return _json(401, {"detail": "Invalid token."})
    if key == "":
        return _json(403, {"detail": "Please supply a token"})
    start, end = (date.fromisoformat(params[name]) for name in ("startDate", "endDate"))
    if path.startswith("/iex/"):
        minutes = int(params.get("resampleFreq", "5min").removesuffix("min"))
        bars = market.intraday(ticker, start, end, Resolution(str(minutes)), now_s, as_traded=True)
        bars = bars.take(slice(max(0, len(bars) - IEX_ROWS), None))
        return _json(200, [_iex_row(row, params) for row in _rows(bars)])
    bars = market.daily(ticker, start, end, now_s, as_traded=True)
    bars = bars.take(bars.time + _READY_S <= _new_york_s(now_s))
    splits, paid = dict(market.splits.get(ticker, ())), dict(market.dividends.get(ticker, ()))
    rows = []
    for time, *prices, volume in _rows(bars):
        day = day_of(time // DAY_S)
        values = dict(zip(("open", "high", "low", "close"), prices, strict=True))
        rows.append(
            {"date": day.isoformat(), **values, "volume": volume}
            | {"divCash": paid.get(day, 0.0), "splitFactor": splits.get(day, 1.0)}
        )
    names = ["date", *params.get("columns", "open,high,low,close,volume,divCash,splitFactor").split(",")]
    if params.get("format") == "csv":
        lines = [",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)]
        return 200, ("\n".join(lines) + "\n").encode(), {"Content-Type": "text/csv"}
    return _json(200, [{n: row[n] for n in names} | {"date": f"{row['date']}T00:00:00.000Z"} for row in rows])


def _new_york_s(now_s: float) -> float:
    """Return what the clock on the wall in New York shows, as if it were UTC seconds."""
    return datetime.fromtimestamp(now_s, NEW_YORK).replace(tzinfo=UTC).timestamp()


def _iex_row(row: tuple[Any, ...], params: Mapping[str, str]) -> dict[str, Any]:
    time, open_, high, low, close, volume = row
    prices = {"open": open_, "high": high, "low": low, "close": close}
    told = {"date": datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"), **prices}
    return told | ({"volume": float(volume)} if "volume" in params.get("columns", "") else {})


def _finnhub(path: str, params: Mapping[str, str], ticker: str, market: Market, now_s: float) -> Answer:
    if path.endswith("/quote"):
        return _finnhub_quote(market, ticker, now_s)
    if path.endswith("/split"):
        rows = market.splits.get(ticker, ())
        return _json(200, [{"date": str(d), "fromFactor": 1, "toFactor": ratio} for d, ratio in rows])
    if path.endswith("/dividend"):
        return _json(200, [{"date": str(d), "amount": cash} for d, cash in market.dividends.get(ticker, ())])
    start, end = (datetime.fromtimestamp(int(params[name]), UTC).date() for name in ("from", "to"))
    sessions = sessions_for(ticker)
    if params["resolution"] == "D":
        bars = market.daily(ticker, start, end, now_s, as_traded=False)
        times = [int(sessions.open[sessions.index(day_of(t // DAY_S))]) for t in bars.time.tolist()]
    else:
        bars = market.intraday(ticker, start, end, Resolution(params["resolution"]), now_s, as_traded=True)
        times = bars.time.tolist()
    if not len(bars):
        return _json(200, {"s": "no_data"})
    columns = {name[0]: getattr(bars, name).tolist() for name in ("open", "high", "low", "close", "volume")}
    return _json(200, {"s": "ok", "t": times, **columns})


def _finnhub_quote(market: Market, ticker: str, now_s: float) -> Answer:
    today = datetime.fromtimestamp(now_s, UTC).date()
    bars = market.daily(ticker, today - timedelta(days=14), today, now_s, as_traded=True)
    before, last = bars.take(slice(-2, -1)), bars.take(slice(-1, None))
    columns = {"c": last.close, "h": last.high, "l": last.low, "o": last.open, "pc": before.close}
    quote = {name: column.tolist()[0] for name, column in columns.items()}
    return _json(200, quote | {"d": quote["c"] - quote["pc"], "t": int(now_s)})


def _finnhub_nothing(path: str) -> Answer:
    """Return what is said of a ticker that there is not, with 200."""
    if path.endswith("/quote"):
        return _json(200, dict.fromkeys(("c", "h", "l", "o", "pc", "t"), 0) | {"d": None, "dp": None})
    return _json(200, {"s": "no_data"} if path.endswith("/candle") else [])


def _yahoo(symbol: str, ticker: str, params: Mapping[str, str], market: Market, now_s: float) -> Answer:
    interval, begin_s, end_s = params["interval"], int(params["period1"]), int(params["period2"])
    if refused := _yahoo_refusal(interval, begin_s, end_s, now_s):
        return _yahoo_error(422, refused)
    start, end = (datetime.fromtimestamp(second, UTC).date() for second in (begin_s, end_s))
    sessions = sessions_for(ticker)
    unit = 100.0 if ticker.endswith(".L") else 1.0
    if interval == "1d":
        bars = market.daily(ticker, start, end, now_s, as_traded=False)
        times = [int(sessions.open[sessions.index(day_of(t // DAY_S))]) for t in bars.time.tolist()]
    else:
        resolution = Resolution(interval.removesuffix("m"))
        bars = market.intraday(ticker, start, end, resolution, now_s, as_traded=False)
        inside = (bars.time >= begin_s) & (bars.time < end_s)
        bars = bars.take(inside)
        times = bars.time.tolist()
    meta = {
        "currency": "GBp" if unit > 1 else venue_of(ticker).currency,
        "symbol": symbol,
        "exchangeTimezoneName": sessions.timezone,
        "dataGranularity": interval,
    }
    names = ("open", "high", "low", "close")
    quote: dict[str, list[Any]] = {name: (getattr(bars, name) * unit).tolist() for name in names}
    quote["volume"] = bars.volume.tolist()
    if interval != "1d" and times and now_s - times[-1] < _step_s(interval) and int(now_s) > times[-1]:
        times.append(int(now_s))  # where trade is now: a point of its own, off the grid
        for name in names:
            quote[name].append(quote["close"][len(times) - 2])
        quote["volume"].append(0)
    result: dict[str, Any] = {"meta": meta, "indicators": {"quote": [quote if times else {}]}}
    if times:
        result["timestamp"] = times
    if events := _yahoo_events(ticker, market, begin_s, min(end_s, int(now_s) + 1), unit):
        result["events"] = events
    return _json(200, {"chart": {"result": [result], "error": None}})


def _step_s(interval: str) -> int:
    return int(interval.removesuffix("m")) * 60


def _yahoo_refusal(interval: str, begin_s: int, end_s: int, now_s: float) -> str:
    days = _YAHOO_DAYS.get(interval)
    if days is not None and begin_s < now_s - days * DAY_S:
        return f"{interval} data not available. The requested range must be within the last {days} days."
    if interval == "1m" and end_s - begin_s > 8 * DAY_S:
        return "1m data not available. Only 8 days worth of 1m granularity data are allowed."
    return ""


def _yahoo_error(code: int, description: str) -> Answer:
    return _json(code, {"chart": {"result": None, "error": {"code": "?", "description": description}}})


def _yahoo_events(ticker: str, market: Market, begin_s: int, end_s: int, unit: float) -> dict[str, Any]:
    sessions = sessions_for(ticker)

    def opened(day: date) -> int:
        return int(sessions.open[sessions.index(day)])

    splits = {
        str(opened(day)): {"date": opened(day), "numerator": ratio, "denominator": 1}
        for day, ratio in market.splits.get(ticker, ())
        if begin_s <= opened(day) < end_s - market.told_late_s
    }
    paid = {}
    for day, cash in market.dividends.get(ticker, ()):
        later = 1.0
        for at, ratio in market.splits.get(ticker, ()):
            later *= ratio if at > day and opened(at) < end_s else 1.0
        if begin_s <= opened(day) < end_s:
            paid[str(opened(day))] = {"date": opened(day), "amount": cash / later * unit}
    return {name: rows for name, rows in (("splits", splits), ("dividends", paid)) if rows}


def _rows(bars: Candles) -> list[tuple[Any, ...]]:
    columns = (bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return list(zip(*(column.tolist() for column in columns), strict=True))

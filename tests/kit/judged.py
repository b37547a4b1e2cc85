"""Channels to judge in tests: what was said when, over prices that a test decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from adapters.errors import ProviderError
from adapters.prices import PriceAnswer, PriceRequest
from market.calendars import sessions_of
from market.candles import Candles
from market.sessions import DAY_S
from store import schemas
from tests.kit.house import NAMES, TestHouse, house
from tests.kit.providers import ScriptedProvider
from tests.kit.track import new_channel
from track_record.daily_prices import DailyPriceReader
from track_record.entities import Action, Channel, NewMention, NewVideo
from track_record.given import GivenTranscripts
from track_record.judging import Judge
from track_record.prices import Prices
from track_record.records import Records
from track_record.service import TrackRecord

NYSE = sessions_of("XNYS")


@dataclass
class Walks(ScriptedProvider):
    """Daily prices that wander, another way for each ticker; what a test names fails, or is not there.

    Attributes:
        failing: errors by ticker.
        gone: by ticker, the first day on which it trades no more.
    """

    failing: dict[str, ProviderError] = field(default_factory=dict)
    gone: dict[str, date] = field(default_factory=dict)

    def candles(self, request: PriceRequest) -> PriceAnswer:
        if request.ticker in self.failing:
            self.requests.append(request)
            raise self.failing[request.ticker]
        return super().candles(request)

    def _bars(self, request: PriceRequest) -> Candles:
        flat = super()._bars(request)
        seed = sum(map(ord, request.ticker))
        day = flat.time // DAY_S
        last = self.gone.get(request.ticker)
        if last is not None:
            day = day[day < (last - date(1970, 1, 1)).days]
        close = 50 * np.exp(0.3 * np.sin(day / (40 + seed % 60) + seed) + 0.1 * np.sin(day * (1 + seed % 7)))
        opened = close * (1 + 0.01 * np.cos(day + seed))
        for ex_day, ratio, _ in self.splits:
            before = day < (ex_day - date(1970, 1, 1)).days
            close, opened = np.where(before, close * ratio, close), np.where(before, opened * ratio, opened)
        high, low = np.maximum(opened, close), np.minimum(opened, close)
        return Candles.of(day * DAY_S, opened, high, low, close, np.ones(len(day)))


@dataclass
class Court:
    """A judge, and what it judges by."""

    judge: Judge
    records: Records
    provider: Walks
    parts: TestHouse

    @property
    def service(self) -> TrackRecord:
        """The track record as pages use it."""
        given = GivenTranscripts(self.parts.store.table(schemas(NAMES).track_record), self.records)
        prices = Prices(self.parts.cache)
        return TrackRecord(self.records, prices, None, given=given, judge=self.judge)

    def says(self, *said: tuple[str, str, Action], name: str = "@chandler", gap: int = 0) -> Channel:
        """Return a channel with a video for each (instant, ticker, action); ``gap`` tells runs apart."""
        channel = self.records.channels.add(new_channel(name))
        listed = [
            NewVideo(f"{name}{gap + n}", f"Talk {n}", f"https://youtu.be/{n}", at(when))
            for n, (when, _, _) in enumerate(said)
        ]
        for video, (_, ticker, action) in zip(self.records.videos.add(channel.id, listed), said, strict=True):
            self.records.videos.replace_mentions(video, [NewMention(ticker, action)])
        return channel


def court(folder: Path, provider: Walks, *, reader: type[DailyPriceReader] = DailyPriceReader) -> Court:
    """Return a judge of real tables and a real cache in a folder; calling it again is a new process."""
    parts = house(folder, [provider], cooldown_s=0.0)
    tables = schemas(NAMES)
    records = Records.of(parts.store.table(tables.track_record), parts.store.table(tables.stocks))
    return Court(Judge(records, reader(parts.cache)), records, provider, parts)


def walks(present: str, *tickers: str, **options: object) -> Walks:
    """Return a source of some tickers whose present is ``present``, UTC."""
    return Walks(at(present), known=frozenset(tickers), **options)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    """Return "2025-03-07 15:00" as an aware UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(count: int, tickers: Sequence[str], first: int) -> list[tuple[str, str, Action]]:
    """Return calls that come every seven sessions from session ``first`` on, after the close, in turn."""
    said = []
    for n in range(count):
        when = datetime.fromtimestamp(int(NYSE.close[first + 7 * n]) + 3600, UTC).replace(tzinfo=None)
        action = Action.BUY if n % 3 else Action.SELL
        said.append((when.isoformat(sep=" "), tickers[n % len(tickers)], action))
    return said

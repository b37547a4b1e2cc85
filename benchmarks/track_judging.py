"""What the judgement of a channel costs: 1,000 videos, 5,000 mentions, 200 stocks and the benchmark.

Records and prices are the real ones on an SQLite file; what was said is made up, and so are the prices, of
which a source in the same process tells ten years at once. A judgement is asked for with an empty table
(within the page's time, again and again until nothing is waited for), by a new process on a full table, and
by somebody who comes later; the alternative works all of it out anew each time.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from adapters.demo import DemoProvider
from adapters.prices import Kind, PriceAnswer, PriceRequest
from benchmarks.measuring import Figure, Size, in_turns, of_ms, say
from benchmarks.track_pages import MEMORY_BYTES, Counting
from cache.composition import candle_cache
from market.actions import Actions
from market.calendars import sessions_of
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from store import SqliteStore, TableNames, schemas
from track_record.daily_prices import DailyPriceReader
from track_record.entities import Action, NewChannel, NewMention, NewVideo
from track_record.judging import Judge
from track_record.records import Records

STOCKS, MENTIONS_EACH = 200, 5
DEADLINE_S = 3.0
NAMES = TableNames("b-ohlc", "b-users", "b-sentiments", "BenchRecord")
PRESENT = datetime(2024, 6, 28, 22, tzinfo=UTC)
BEGIN = date(2014, 1, 2)
FIRST = datetime(2016, 1, 4, 17, tzinfo=UTC)


@dataclass
class MadeUp(DemoProvider):
    """Daily prices by chance: a market, and each stock with it."""

    name = "made-up"
    kind = Kind.LOCAL

    def __post_init__(self) -> None:
        """Make ten years of them."""
        super().__init__()
        sessions = sessions_of("XNYS")
        chosen = sessions.between(BEGIN, PRESENT.date())
        self.day = sessions.day[chosen.start : chosen.stop]
        rng = np.random.default_rng(7)
        market = rng.normal(0.0003, 0.01, len(self.day))
        moves = market + rng.normal(0, 0.015, (STOCKS, len(self.day)))
        self.closes = dict(zip(tickers(), 50 * np.exp(np.cumsum(moves, axis=1)), strict=True))
        self.closes["SPY"] = 100 * np.exp(np.cumsum(market))

    def now(self, ticker: str | None = None) -> datetime:
        """Return the evening of the last session."""
        del ticker
        return PRESENT

    def examples(self) -> tuple[str, ...]:
        """Return all of them."""
        return tuple(self.closes)

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        """Return days."""
        del ticker
        return frozenset({Resolution.DAY})

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return the first day."""
        del ticker, resolution
        return BEGIN

    def changed_at(self, ticker: str) -> float:
        """Return that nothing ever changes."""
        del ticker
        return 0.0

    def candles(self, request: PriceRequest) -> PriceAnswer:
        """Return a span of days."""
        close, time_s = self.closes[request.ticker], self.day * DAY_S
        opened = close * 0.999
        bars = Candles.of(time_s, opened, close, opened, close, np.ones(len(close)))
        first, last = (day_number(day) * DAY_S for day in (request.start, request.end))
        return PriceAnswer(bars.between(first, last + DAY_S), actions=Actions.none())


def tickers() -> list[str]:
    """Return the stocks."""
    return [f"ZQ{n // 26 % 26 + 65:c}{n % 26 + 65:c}" for n in range(STOCKS)]


def run(size: Size) -> list[Figure]:
    """Print what judging costs and return the figure of a judgement that is asked for again."""
    with tempfile.TemporaryDirectory() as folder:
        return _measured(Path(folder), size)


def _measured(folder: Path, size: Size) -> list[Figure]:
    source = MadeUp()
    store = SqliteStore(folder / "judging.sqlite")
    tables = schemas(NAMES)
    store.create(tables)
    main = Counting(store.table(tables.track_record))
    records = Records.of(main, store.table(tables.stocks))  # type: ignore[arg-type] # it has all that it is asked for
    channel_id = _filled(records, size.videos)

    def opened() -> DailyPriceReader:
        """Return a reader of a new process on the same table."""
        memory = candle_cache([source], store.table(tables.ohlc), store.kind, memory_bytes=MEMORY_BYTES)
        return DailyPriceReader(memory)

    def whole(judge: Judge) -> int:
        """Ask until nothing is waited for; return how often that took."""
        times = 1
        while judge.channel(channel_id, deadline_s=DEADLINE_S).waiting:
            times += 1
        return times

    began = time.perf_counter()
    turns = whole(Judge(records, opened()))
    say(f"track judging: empty table {1e3 * (time.perf_counter() - began):,.0f} ms in {turns} questions")
    began = time.perf_counter()
    turns = whole(Judge(records, opened()))
    say(f"track judging: new process {1e3 * (time.perf_counter() - began):,.0f} ms in {turns} questions")
    reader = opened()
    judge, forgetful = Judge(records, reader), Judge(records, reader, kept_bytes=1)
    whole(judge)
    main.queries, main.units = 0, 0.0
    found = judge.channel(channel_id)
    assert found.score is not None
    assert len(found.calls) == size.videos * MENTIONS_EACH
    read = f"{main.queries} queries, {main.units:.0f} read units"
    say(f"track judging: {read}, {found.score.episodes:,} episodes")
    works = {
        "again": lambda: judge.channel(channel_id),
        "anew": lambda: forgetful.channel(channel_id),
        "one stock": lambda: judge.ticker(tickers()[0]),
    }
    times = in_turns(works, size.rounds)
    for name, each in times.items():
        say(f"track judging: {name} {each}")
    store.close()
    what = f"track judging: {size.videos:,} videos asked for again, else worked out anew"
    ours, other = times["again"].median_ms, times["anew"].median_ms
    return [Figure(what, of_ms(ours), of_ms(other), other / ours)]


def _filled(records: Records, videos: int) -> str:
    """Return the id of a channel with so many videos, each about a few stocks."""
    channel = records.channels.add(NewChannel("@bench", "Bench", "https://www.youtube.com/@bench"))
    listed = [
        NewVideo(f"v{n}", f"Video {n}", f"https://youtu.be/v{n}", FIRST + timedelta(days=3 * n))
        for n in range(videos)
    ]
    rng = np.random.default_rng(3)
    for video in records.videos.add(channel.id, listed):
        chosen = rng.choice(tickers(), MENTIONS_EACH, replace=False)
        said = [
            NewMention(str(ticker), Action.BUY if rng.random() < 0.7 else Action.SELL) for ticker in chosen
        ]
        records.videos.replace_mentions(video, said)
    return channel.id

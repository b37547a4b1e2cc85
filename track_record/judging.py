"""What became of what a channel said, or of what was said of a stock.

Mentions and prices are read each time, because both grow; what is costly, the judgement itself, is kept
under all that it is made of. So nothing has to be thrown away when a video, a price or a split comes, and two
people who open the same page at once have it worked out once.

It is kept as it is, and not in Flask-Caching, whose values are pickles: to read 5,000 calls out of one takes
almost as long as to judge them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

from cache.memory import SegmentedLRU
from cache.single_flight import FlightTimeoutError, SingleFlight
from track_record.daily_prices import BENCHMARK, DailyPriceReader
from track_record.entry import Policy
from track_record.errors import UnknownChannelError
from track_record.judged_calls import Judged, Said, judge
from track_record.judgement import Judgement
from track_record.method import METHOD_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cache.candle_cache import CandleCache
    from market.candles import Candles
    from track_record.daily_prices import DailyPrices
    from track_record.entities import Mention, Video
    from track_record.records import Records

POLICIES = (Policy.NEXT_OPEN, Policy.SAME_DAY_CLOSE, Policy.NEXT_CLOSE)
"""The policies that people choose from; the first is the usual one."""
LONGEST_S = 4.0
"""What a judgement may take where nobody says otherwise, seconds."""
KEPT_BYTES = 8 * 1024 * 1024
_CALL_BYTES = 1_800
"""What a judged call with its mention takes in memory, about."""
_SCORE_BYTES = 64 * 1024
_LEAST_S = 0.2


@dataclass(frozen=True, slots=True)
class _Key:
    """All that a judgement is made of; prices by their digest, because they are many."""

    policy: Policy
    is_scored: bool
    said: tuple[Said, ...]
    prices: bytes


class Judge:
    """Judges channels and stocks. Thread-safe; every method may raise TableError."""

    def __init__(
        self,
        records: Records,
        prices: DailyPriceReader,
        *,
        kept_bytes: int = KEPT_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
        work_out: Callable[..., Judged] = judge,
    ) -> None:
        """Judge what ``records`` have; ``work_out`` is what is kept the result of."""
        self._records = records
        self._prices = prices
        self._monotonic = monotonic
        self._work_out = work_out
        self._kept: SegmentedLRU[_Key, Judged] = SegmentedLRU(kept_bytes)
        self._flights: SingleFlight[_Key, Judged] = SingleFlight(monotonic)

    @classmethod
    def of(cls, records: Records, cache: CandleCache, kept_bytes: int = KEPT_BYTES) -> Self:
        """Judge what ``records`` have at the prices of a cache; so much of it stays in memory."""
        return cls(records, DailyPriceReader(cache), kept_bytes=kept_bytes)

    def channel(
        self, channel_id: str, policy: Policy = POLICIES[0], *, deadline_s: float = LONGEST_S
    ) -> Judgement:
        """Return what became of all that a channel said, with its score.

        Args:
            channel_id: whose.
            policy: which price counts as the entry.
            deadline_s: seconds that reading prices may take; what is not there by then is ``waiting``.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        ends = self._monotonic() + deadline_s
        channel = self._records.channels.get(channel_id)
        if channel is None:
            raise UnknownChannelError("There is no such channel; it may have been deleted.")
        said = self._said(self._records.videos.mentions_of_channel(channel_id))
        return self._judged(said, policy, ends, scored=True)

    def ticker(
        self,
        ticker: str,
        policy: Policy = POLICIES[0],
        *,
        channel_id: str | None = None,
        deadline_s: float = LONGEST_S,
    ) -> Judgement:
        """Return what became of all that was said of a stock, by all channels or by one; without a score.

        Args:
            ticker: the canonical ticker.
            policy: which price counts as the entry.
            channel_id: only what this channel said.
            deadline_s: as above.
        """
        ends = self._monotonic() + deadline_s
        mentions = self._records.videos.mentions_of_ticker(ticker)
        wanted = [m for m in mentions if channel_id is None or m.channel_id == channel_id]
        return self._judged(self._said(wanted), policy, ends, scored=False)

    def _said(self, mentions: Sequence[Mention]) -> tuple[Said, ...]:
        """Return mentions with their videos. What is left in an index of a deleted channel is none."""
        names: dict[str, str] = {}
        videos: dict[str, Video] = {}
        for channel_id in dict.fromkeys(mention.channel_id for mention in mentions):
            channel = self._records.channels.get(channel_id)
            if channel is not None:
                names[channel_id] = channel.name
                videos |= {video.id: video for video in self._records.videos.of_channel(channel_id)}
        return tuple(
            Said(mention, videos[mention.video_id], names[mention.channel_id])
            for mention in mentions
            if mention.video_id in videos
        )

    def _judged(self, said: tuple[Said, ...], policy: Policy, ends: float, *, scored: bool) -> Judgement:
        if not said:
            return Judgement(policy, BENCHMARK, self._prices.settled(), (), None, {}, {})
        tickers = tuple(dict.fromkeys(one.mention.ticker for one in said))
        oldest_s = min(one.published_s for one in said)
        prices = self._prices.read(tickers, oldest_s, max(ends - self._monotonic(), _LEAST_S))
        judged = self._once(_Key(policy, scored, said, _digest(prices)), prices)
        return Judgement(
            policy,
            prices.benchmark_name,
            prices.until,
            judged.calls,
            judged.score,
            prices.waiting,
            prices.missing,
        )

    def _once(self, key: _Key, prices: DailyPrices) -> Judged:
        """Return what is kept, or work it out; whoever wants the same meanwhile waits for it."""

        def found(_led: tuple[_Key, ...]) -> dict[_Key, Judged]:
            judged = self._kept.get(key)
            if judged is None:
                judged = self._work_out(key.said, prices, key.policy, scored=key.is_scored)
                size = len(key.said) * _CALL_BYTES + key.is_scored * _SCORE_BYTES
                self._kept.put(key, judged, size)
            return {key: judged}

        held = self._kept.get(key)
        if held is not None:
            return held
        try:
            return self._flights.run((key,), found, LONGEST_S)[key]
        except FlightTimeoutError:  # whoever works it out is stuck; it is the same for everybody
            return self._work_out(key.said, prices, key.policy, scored=key.is_scored)


def _digest(prices: DailyPrices) -> bytes:
    """Return what tells these prices from any others that would be judged differently."""
    told = blake2b(digest_size=16)
    told.update(repr((METHOD_VERSION, prices.span, prices.benchmark_name)).encode())
    for ticker, candles in prices.stocks.items():
        told.update(repr((ticker, len(candles), prices.splits.get(ticker))).encode())
        _add(told, candles)
    if prices.benchmark is not None:
        _add(told, prices.benchmark)
    return told.digest()


def _add(told: blake2b, candles: Candles) -> None:
    for column in (candles.time, candles.open, candles.close):
        told.update(column.tobytes())

"""From mentions and prices to judged calls and their score.

Promise: pure; the same mentions, prices and policy give the same answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.words import day_words, ratio_words
from track_record.calls import enter, episodes, openers
from track_record.entry import bar_after
from track_record.judgement import CallOutcome, JudgedCall, PriceAt
from track_record.method import HORIZONS
from track_record.outcomes import Status, outcomes
from track_record.panel import Panel
from track_record.scoring import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from market.actions import CorporateAction
    from market.candles import Ints
    from market.sessions import Sessions
    from track_record.calls import Calls
    from track_record.daily_prices import DailyPrices
    from track_record.entities import Mention, Video
    from track_record.entry import Policy
    from track_record.scoring import Score


@dataclass(frozen=True, slots=True)
class Said:
    """A mention, and where it was made."""

    mention: Mention
    video: Video | None
    channel_name: str

    @property
    def published_s(self) -> int:
        """UTC seconds, rounded down."""
        return math.floor(self.mention.published_at.timestamp())


@dataclass(frozen=True, slots=True)
class Judged:
    """Calls in the order in which they were given; the score where one was asked for and can be had."""

    calls: tuple[JudgedCall, ...]
    score: Score | None


def judge(said: Sequence[Said], prices: DailyPrices, policy: Policy, *, scored: bool) -> Judged:
    """Judge what was said.

    Args:
        said: mentions, none older than what the prices were read for.
        prices: of their tickers; what has none is not judged, and stays.
        policy: which price counts as the entry.
        scored: whether all of it together is one channel, whose score is wanted.
    """
    bare = [_bare(one) for one in said]
    priced = [place for place, one in enumerate(said) if one.mention.ticker in prices.stocks]
    benchmark = prices.benchmark if prices.benchmark is not None else Candles.empty()
    panel = Panel.of(
        prices.sessions, prices.span, prices.stocks, benchmark, benchmark_name=prices.benchmark_name
    )
    tickers = [said[place].mention.ticker for place in priced]
    published = np.array([said[place].published_s for place in priced], dtype=np.int64)
    direction = np.array([bare[place].direction for place in priced], dtype=np.int64)
    # What says neither has prices too; which direction it is entered in changes none of them.
    entered, reasons = enter(
        panel, prices.sessions, tickers, published, np.where(direction == 0, 1, direction), policy
    )
    before = _said(panel, prices.sessions, tickers, published)
    has = iter(range(len(entered)))
    entry_of = [None if reason else next(has) for reason in reasons]
    for row, place in enumerate(priced):
        entry = entry_of[row]
        bare[place] = replace(
            bare[place],
            said=before[row],
            had=None if entry is None else _had(panel, prices.sessions, entered, entry, policy),
            reason=reasons[row],
            rebased=_rebased(prices.splits.get(tickers[row], ()), prices.sessions, int(published[row])),
        )
    if prices.benchmark is None:
        return Judged(tuple(bare), None)
    is_call = direction[[row for row, entry in enumerate(entry_of) if entry is not None]] != 0
    places = [place for place, entry in zip(priced, entry_of, strict=True) if entry is not None]
    calls = entered.take(is_call)
    _follow(bare, [p for p, call in zip(places, is_call, strict=True) if call], calls, panel, prices.sessions)
    return Judged(tuple(bare), score(panel, calls) if scored else None)


def _bare(one: Said) -> JudgedCall:
    """Return what is known of a mention without any price."""
    mention = one.mention
    due_s = bar_after(sessions_for(mention.ticker), one.published_s, Resolution.M5)
    return JudgedCall(
        mention=mention,
        video=one.video,
        channel_name=one.channel_name,
        direction=mention.action.direction,
        due_s=one.published_s if due_s is None else due_s,
    )


def _said(panel: Panel, sessions: Sessions, tickers: Sequence[str], published: Ints) -> list[PriceAt | None]:
    """Return the close of the last daily candle that was over when each video came out.

    It is what ``entry.was_said`` gives of the same candles, for all of them at once.
    """
    row_of = {ticker: row for row, ticker in enumerate(panel.tickers)}
    column = np.where(np.isfinite(panel.open), np.arange(len(panel)), -1)
    latest = np.maximum.accumulate(column, axis=1)
    over = np.searchsorted(sessions.close, published, side="right") - 1 - panel.first_session
    found: list[PriceAt | None] = []
    for ticker, last in zip(tickers, np.minimum(over, len(panel) - 1).tolist(), strict=True):
        at = int(latest[row_of[ticker], last]) if last >= 0 else -1
        if at < 0:
            found.append(None)
            continue
        session = panel.first_session + at
        price = float(panel.close[row_of[ticker], at])
        found.append(PriceAt(price, sessions.date(session), int(sessions.close[session])))
    return found


def _had(panel: Panel, sessions: Sessions, entered: Calls, at: int, policy: Policy) -> PriceAt:
    session = panel.first_session + int(entered.session[at])
    made_at = sessions.close if policy.is_close else sessions.open
    return PriceAt(float(entered.price[at]), sessions.date(session), int(made_at[session]))


def _rebased(splits: Sequence[CorporateAction], sessions: Sessions, published_s: int) -> tuple[str, ...]:
    """Return the splits after a publication in words."""
    return tuple(
        f"re-based {day_words(action.day)} ({ratio_words(action.split)})"
        for action in splits
        if (at := sessions.index(action.day)) < len(sessions) and sessions.open[at] > published_s
    )


def _follow(
    bare: list[JudgedCall], places: Sequence[int], calls: Calls, panel: Panel, sessions: Sessions
) -> None:
    """Give the calls at some places their episodes and outcomes."""
    number, opening = _episodes([bare[place].mention.channel_id for place in places], calls)
    at = calls.session[:, None] + np.array(HORIZONS, dtype=np.int64)
    inside = np.minimum(at, len(panel) - 1)
    closes = panel.close[calls.ticker[:, None], inside]
    found = outcomes(panel, calls)
    for call, place in enumerate(places):
        told = []
        for column, horizon in enumerate(HORIZONS):
            status = Status(int(found.status[call, column]))
            counts = status <= Status.DELISTED
            session = panel.first_session + int(at[call, column])
            told.append(
                CallOutcome(
                    horizon=horizon,
                    status=status,
                    excess=float(found.excess[call, column]) if counts else None,
                    day=sessions.date(session) if session < len(sessions) else None,
                    price=float(closes[call, column]) if counts else None,
                )
            )
        bare[place] = replace(
            bare[place], episode=int(number[call]), opens=call in opening, outcomes=tuple(told)
        )


def _episodes(channel_ids: Sequence[str], calls: Calls) -> tuple[Ints, set[int]]:
    """Return each call's episode, and which calls open one; every channel has its own."""
    number, opening = np.zeros(len(calls), dtype=np.int64), set[int]()
    channel = np.array(channel_ids, dtype=object)
    begin = 0
    for one in dict.fromkeys(channel_ids):
        mine = np.flatnonzero(channel == one)
        of_mine = calls.take(mine)
        numbers = episodes(of_mine)
        number[mine] = numbers + begin
        opening.update(mine[openers(of_mine, numbers)].tolist())
        begin += int(numbers.max(initial=-1)) + 1
    return number, opening

"""A channel's score in words: what was counted, how it did, and how much of that may be said. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from components.words import day_words, share_words
from track_record.daily_prices import BENCHMARK
from track_record.entry import NoEntry, Policy
from track_record.method import (
    EPISODE_GAP_SESSIONS,
    FEWEST_MATURED,
    HORIZONS,
)
from track_record.outcomes import Status
from track_record.scoring import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from track_record.confidence import Interval
    from track_record.event_study import EventStudy
    from track_record.judgement import JudgedCall, Judgement
    from track_record.placebo import Placebo
    from track_record.scoring import HorizonScore, Score

POLICIES: Final = {
    Policy.NEXT_OPEN: ("Next open", "Entered at the open of the first session that opens after the video."),
    Policy.SAME_DAY_CLOSE: (
        "Same-day close",
        "Entered at the first close after the video: the same day’s, unless the market had closed by then.",
    ),
    Policy.NEXT_CLOSE: (
        "Next close",
        "Entered at the close of the first session that opens after the video.",
    ),
}
"""What people choose from, and what it means."""
SPANS: Final = dict(zip(HORIZONS, ("month", "quarter", "year"), strict=True))
_REASONS: Final = {
    NoEntry.PENDING: "too new to have one",
    NoEntry.NOT_LISTED: "before its prices begin",
    NoEntry.NOT_TRADED: "not traded in the week after",
    NoEntry.NO_CALENDAR: "beyond the calendar",
}
_MOST_TICKERS: Final = 5
_SMALLEST: Final = 0.001


def told(found: Judgement) -> list[str]:
    """Return what was scored, against what, and until when."""
    calls = [call for call in found.calls if call.direction]
    if not found.calls:
        return [
            "No stock was mentioned in what has been looked through so far, so there is nothing to score."
        ]
    if not calls:
        said = f"{_many(len(found.calls), 'mention')} and none that says up or down: only those are scored."
        return [f"There {'is' if len(found.calls) == 1 else 'are'} {said}"]
    ended = _ended(found, calls)
    if ended:
        return [ended]
    counted = [] if found.score is None else [_counted(len(calls), found.score)]
    return [*counted, _measure(found), *_without_price(calls), f"Outcomes up to {day_words(found.until)}."]


def _counted(calls: int, score: Score) -> str:
    priced = f", {score.calls:,} of them with a price," if score.calls < calls else ""
    again = f"a call repeated within {EPISODE_GAP_SESSIONS} sessions counts once"
    return f"{_many(calls, 'call')} up or down{priced} in {_many(score.episodes, 'episode')}: {again}."


def _measure(found: Judgement) -> str:
    if found.benchmark == BENCHMARK:
        return f"Measured against {BENCHMARK}."
    return f"Measured against {found.benchmark}, which is not the market: there is no {BENCHMARK} here."


def _ended(found: Judgement, calls: Sequence[JudgedCall]) -> str:
    """Return that the sources end before the first call, "" where they do not."""
    first = min(call.mention.published_at for call in calls).date()
    if any(call.had for call in calls) or first <= found.until or found.waiting:
        return ""
    return (
        f"Prices here end on {day_words(found.until)}, and the first call is of {day_words(first)}: there is "
        "nothing to score. For later prices, set up a source that goes on."
    )


def _without_price(calls: Sequence[JudgedCall]) -> list[str]:
    """Return how many calls have no price, and why."""
    why = Counter(call.reason for call in calls if call.reason is not None)
    if not why:
        return []
    said = [
        f"{count:,} {_REASONS[reason]}" if len(why) > 1 else _REASONS[reason]
        for reason, count in why.most_common()
    ]
    return [f"{_many(why.total(), 'call')} without a price: {', '.join(said)}."]


def waiting(found: Judgement, *, is_last: bool) -> str:
    """Return that prices are on their way, or that they did not come; "" where none is missing."""
    if not found.waiting:
        return ""
    count = len(found.waiting)
    who = f"Prices of {_many(count, 'stock')}"
    if BENCHMARK in found.waiting:
        who = f"Prices of {BENCHMARK}, which everything is measured against,"
        who += f" and of {_many(count - 1, 'stock')}" if count > 1 else ""
    if not is_last:
        return f"{who} are still being fetched."
    reason = found.waiting.get(BENCHMARK) or next(iter(found.waiting.values()))
    return f"{who} could not be fetched. {reason} Reload the page to ask again."


def missing(found: Judgement) -> list[str]:
    """Return which stocks have no prices at all, and why; a few of them by name."""
    named = [f"{ticker}: {why}" for ticker, why in sorted(found.missing.items())]
    more = len(named) - _MOST_TICKERS
    return [*named[:_MOST_TICKERS], *([f"{more:,} more stocks have no prices here."] if more > 0 else [])]


def verdict(at: HorizonScore) -> str:
    """Return what may be said."""
    if at.verdict is not Verdict.TOO_FEW:
        return at.verdict.value.capitalize()
    if at.matured < FEWEST_MATURED:
        return f"Too few to say: {at.matured} of {FEWEST_MATURED} matured"
    return "Too few to say: no random entries to compare with"


def interval(found: Interval | None, matured: int) -> str:
    """Return the interval of a mean."""
    if found is None:
        return "no interval: all of one stock, or of one time" if matured else ""
    return f"{share_words(found.low, signed=True)} to {share_words(found.high, signed=True)}"


def hits(at: HorizonScore) -> tuple[str, str]:
    """Return which share of calls beat the benchmark, and between which shares that may lie."""
    if at.hit_rate is None or at.hit_interval is None:
        return "–", ""
    low, high = (f"{100 * edge:.0f}" for edge in at.hit_interval)
    return f"{100 * at.hit_rate:.0f} % of {_many(at.matured, 'call')}", f"{low}–{high} %"


def counts(at: HorizonScore, calls: Sequence[JudgedCall]) -> str:
    """Return what does not count yet, or was delisted on the way."""
    parts = []
    if at.pending:
        due = _next_due(at.horizon, calls)
        parts.append(f"{at.pending:,} pending{due}")
    if at.unpriced:
        parts.append(f"{at.unpriced:,} without a price by then")
    if at.delisted:
        parts.append(f"{at.delisted:,} delisted, counted at the last close")
    return " · ".join(parts) or "none pending"


def _next_due(horizon: int, calls: Sequence[JudgedCall]) -> str:
    days = [
        each.day
        for call in calls
        if call.opens
        for each in call.outcomes
        if each.horizon == horizon and each.status is Status.PENDING and each.day is not None
    ]
    return f", the next matures on {day_words(min(days))}" if days else ""


def luck(found: Placebo) -> str:
    """Return how the channel's mean stands among those of random entries."""
    good, draws = found.share_as_good, len(found.means)
    share = "fewer than 0.1 %" if good < _SMALLEST else share_words(good)
    return f"Of {draws:,} lists with random days {share} did as well or better."


def spread(found: Placebo) -> str:
    """Return in words what the figure of luck shows."""
    low, middle, high = (
        share_words(float(found.means[int(part * (len(found.means) - 1))]), signed=True)
        for part in (0.025, 0.5, 0.975)
    )
    return (
        f"95 % of the lists with random days came to between {low} and {high}, half of them to less than "
        f"{middle}; this channel came to {share_words(found.observed, signed=True)}."
    )


def path(found: EventStudy) -> list[str]:
    """Return the path around calls at a few sessions."""
    said = []
    for offset in (-20, -5, 0, 5, 21, 60):
        at = int(offset - found.offset[0])
        band = ""
        if found.low is not None and found.high is not None:
            low, high = (share_words(float(edge[at]), signed=True) for edge in (found.low, found.high))
            band = f", between {low} and {high}"
        place = (
            "the entry’s close"
            if not offset
            else f"{abs(offset)} sessions {'before' if offset < 0 else 'after'}"
        )
        said.append(f"{place}: {share_words(float(found.mean[at]), signed=True)}{band}")
    return said


def _many(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"

"""The message that puts mentions beside candles: where each one sits, what was said, what became of it.

Pure. Days are exchange dates as "2013-03-01", instants are UTC seconds, excesses are fractions; prices are
split-adjusted as of today. Texts of channels go as they are: the browser shows them as text only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from components.exchange_time import date_of, moment_words
from components.words import weekday_words
from track_record.entry import NoEntry
from track_record.outcomes import Status

if TYPE_CHECKING:
    from datetime import date

    from track_record.judgement import CallOutcome, JudgedCall, Judgement

Message = dict[str, Any]
MOST_CALLS: Final = 1_000
"""Of a message; the newest ones."""
_POINTS = 100
_LONGEST_SHORT = 6
_EVEN = 0.0005
"""An excess that is told as 0.0 points is neither better nor worse."""
_WHY: Final = {
    NoEntry.PENDING: "not to be had yet",
    NoEntry.NOT_LISTED: "the source’s prices of it begin later",
    NoEntry.NOT_TRADED: "the stock did not trade then",
    NoEntry.NO_CALENDAR: "the exchange’s calendar does not reach so far",
}


def message(judged: Judgement, ticker: str, channel_id: str | None = None) -> Message:
    """Return what is shown of a ticker's mentions: of one channel, or of all.

    ``words`` is a sentence for where there is something to say, else "". ``again`` says that asking again
    brings more. ``benchmark`` is what a mark calls it, ``measured`` its whole name.
    """
    shown = judged.calls[-MOST_CALLS:]
    return {
        "benchmark": _short(judged.benchmark),
        "measured": judged.benchmark,
        "calls": [_call(call, judged) for call in shown],
        "words": _words(judged, ticker, channel_id, left_out=len(judged.calls) - len(shown)),
        "again": bool(judged.waiting),
    }


def _short(benchmark: str) -> str:
    """Return what stands on a mark: a ticker, or for what has a longer name what it is."""
    return benchmark if len(benchmark) <= _LONGEST_SHORT else "the benchmark"


def _words(judged: Judgement, ticker: str, channel_id: str | None, *, left_out: int) -> str:
    if not judged.calls:
        return (
            f"No channel mentions {ticker}."
            if channel_id is None
            else f"This channel does not mention {ticker}."
        )
    said = [*judged.waiting.values(), *judged.missing.values()]
    if left_out:
        said.append(f"The newest {MOST_CALLS:,} mentions are shown, {left_out:,} older ones are not.")
    return " ".join(dict.fromkeys(said))


def _call(call: JudgedCall, judged: Judgement) -> Message:
    mention, video, had = call.mention, call.video, call.had
    benchmark = _short(judged.benchmark)
    day = had.day if had else date_of(call.due_s, mention.ticker)
    # A close is made at the very end of its bar, which a candle of minutes no longer holds.
    at = (had.time_s - judged.policy.is_close) if had else call.due_s
    return {
        "id": mention.id,
        "at": at,
        "day": day.isoformat(),
        "price": had.price if had else None,
        "direction": call.direction,
        "kind": mention.sentiment.value,
        "action": mention.action.value,
        "channel": call.channel_name,
        "title": video.title if video else None,
        "url": _link(video.url if video else None),
        "gone": video is None or video.vanished_at is not None,
        "published": moment_words(mention.published_at, mention.ticker),
        "quote": mention.context_snippet or "",
        "said": None if call.said is None else {"price": call.said.price, "day": call.said.day.isoformat()},
        "why": _WHY[call.reason] if call.reason else "",
        "repeats": call.episode is not None and not call.opens,
        "outcomes": [_outcome(outcome, call.direction, benchmark) for outcome in call.outcomes],
        "rebased": list(call.rebased),
    }


def _outcome(outcome: CallOutcome, direction: int, benchmark: str) -> Message:
    state, short, told = _result(outcome, direction, benchmark)
    return {
        "horizon": outcome.horizon,
        "state": state,
        "excess": outcome.excess,
        "day": outcome.day.isoformat() if outcome.day else None,
        "price": outcome.price,
        "short": short,
        "words": f"+{outcome.horizon}: {told}",
    }


def _result(outcome: CallOutcome, direction: int, benchmark: str) -> tuple[str, str, str]:
    """Return one word for the state of an outcome, a figure of it, and words."""
    if outcome.status is Status.PENDING:
        return "pending", "pending", f"pending {_until(outcome.day)}"
    if outcome.excess is None:
        return "unknown", "–", "no price"
    points = abs(outcome.excess) * _POINTS
    amount = f"{points:,.1f} points"
    delisted = ", delisted on the way" if outcome.status is Status.DELISTED else ""
    if abs(outcome.excess) < _EVEN:
        return "even", "0.0", f"as good as {benchmark}{delisted}"
    better = outcome.excess > 0
    state, sign = ("better", "+") if better else ("worse", "−")
    if direction > 0:
        told = f"{amount} {state} than {benchmark}"
    else:  # a sell is right where the stock fell behind
        told = f"{'right' if better else 'wrong'} by {amount} against {benchmark}"
    return state, f"{sign}{points:,.1f}", told + delisted


def _until(day: date | None) -> str:
    return f"until {weekday_words(day)}" if day else "for longer than the calendar reaches"


def _link(url: str | None) -> str | None:
    """Return an address that may be followed; None for any other."""
    return url if url and urlsplit(url).scheme in {"http", "https"} else None

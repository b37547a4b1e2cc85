"""From claims to mentions: the checks that every extractor's claims go through, alike.

A claim holds when its quote is said in the transcript, its ticker is a US stock's, and its time lies in the
video. What holds is told once per ticker and action, with the words of the surest claim, cut from the
transcript itself. What is only said under a condition, of the past or of others is no call: its action
becomes ``mention``, and its marks stay. Where a ticker has a sure call, neither plain mentions of it,
unsure calls, nor a hold that a purchase implies are told beside it.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from adapters.extractors.claims import ACTIONS, Claim, Dropped, Extraction, Mention, nothing_to_ask
from adapters.extractors.speech import Speech
from adapters.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from adapters.extractors.claims import Doubt, Extractor, ExtractorId, Video
    from adapters.extractors.stocks import Stocks

LONGEST_QUOTE = 300
SURE = 0.5
"""Below it a person looks first."""

_BULLISH = frozenset({"buy", "add"})
_HOLDING = frozenset({"buy", "add", "trim"})
_BEARISH = frozenset({"sell", "short", "avoid"})
_CONTRADICTED = 0.5
"""What is left of a confidence where ticker and words, or two calls of one video, do not agree."""
_CLAIM_FIELDS = tuple(field.name for field in fields(Claim))


def settle(claims: Iterable[Claim], video: Video, extractor: ExtractorId, stocks: Stocks) -> Extraction:
    """Check claims against the transcript and the listing; nothing is lost without a reason."""
    speech = Speech(video.transcript)
    dropped: list[Dropped] = []
    found: list[Mention] = []
    for claim in claims:
        settled = _settled(claim, video, extractor, speech, stocks)
        (found if isinstance(settled, Mention) else dropped).append(settled)  # type: ignore[arg-type]
    kept, repeated = _once_each(_contradictions_doubted(found))
    dropped += [Dropped(mention.ticker, "repeated", mention.quote) for mention in repeated]
    ordered = sorted(kept, key=lambda mention: (mention.start_s, mention.ticker, mention.action))
    return Extraction(
        mentions=tuple(mention for mention in ordered if mention.confidence >= SURE),
        review=tuple(mention for mention in ordered if mention.confidence < SURE),
        dropped=tuple(dict.fromkeys(dropped)),
    )


def extract(
    extractor: Extractor, video: Video, stocks: Stocks, go_on: Callable[[], object] = nothing_to_ask
) -> Extraction:
    """Have an extractor look at a video, and settle what it claims; ``go_on`` as in ``Extractor.claims``.

    Raises:
        ProviderError: as the extractor does.
    """
    return settle(extractor.claims(video, go_on), video, extractor.identity, stocks)


def mention_id(video_id: str, quote: str, ticker: str, action: str) -> str:
    """Return the id of a mention: the same words about the same ticker are the same mention."""
    told = f"{video_id}\n{ticker}\n{action}\n{quote}"
    return hashlib.sha256(told.encode("utf-8", errors="replace")).hexdigest()[:32]


def _settled(
    claim: Claim,
    video: Video,
    extractor: ExtractorId,
    speech: Speech,
    stocks: Stocks,
) -> Mention | Dropped:
    said = (claim.company_as_said or claim.ticker or "").lstrip("$")[:80]
    if claim.asset_type not in {"stock", "unknown"}:
        return Dropped(said, claim.asset_type, claim.quote[:LONGEST_QUOTE])  # type: ignore[arg-type]
    ticker = claim.ticker or stocks.names.ticker_of(claim.company_as_said) or ""
    verdict = stocks.listing.judge(ticker)
    if not isinstance(verdict, Symbol):
        return Dropped(said, verdict, claim.quote[:LONGEST_QUOTE])
    place = speech.find(claim.quote, claim.at_s)
    if place is None:
        return Dropped(said, "no_quote", claim.quote[:LONGEST_QUOTE])
    quote = _shortened(speech.text[place[0] : place[1]])
    start_s, end_s = speech.times_of(place[0], place[0] + len(quote))
    if video.duration_s is not None and start_s > video.duration_s:
        return Dropped(said, "outside_video", quote)
    sound = _sound(claim)
    doubts: tuple[Doubt, ...] = ()
    if _is_anothers_name(claim.company_as_said, verdict, stocks):
        doubts = ("other_company",)
        sound = replace(sound, confidence=sound.confidence * _CONTRADICTED)
    return Mention(
        **{name: getattr(sound, name) for name in _CLAIM_FIELDS if name not in {"ticker", "quote"}},
        ticker=verdict.ticker,
        quote=quote,
        video_id=video.video_id,
        mention_id=mention_id(video.video_id, quote, verdict.ticker, sound.action),
        exchange=verdict.exchange,
        start_s=start_s,
        end_s=end_s if video.duration_s is None else min(end_s, max(start_s, video.duration_s)),
        extractor=extractor,
        doubts=doubts,
    )


def _sound(claim: Claim) -> Claim:
    """Return a claim whose numbers are in their ranges and whose action is a call only where it is one."""
    action = "mention" if claim.is_aside or claim.action not in ACTIONS else claim.action
    return replace(
        claim,
        action=action,
        stance=_within(claim.stance, -1.0, 1.0),
        confidence=_within(claim.confidence, 0.0, 1.0),
        target_price=_price(claim.target_price),
        stop_price=_price(claim.stop_price),
        horizon=claim.horizon[:80],
        company_as_said=claim.company_as_said[:80],
    )


def _is_anothers_name(said: str, symbol: Symbol, stocks: Stocks) -> bool:
    """Tell whether the words name another company than the ticker; a second class of shares is the same."""
    other = stocks.listing.judge(stocks.names.ticker_of(said) or "")
    return isinstance(other, Symbol) and other.name.split()[0] != symbol.name.split()[0]


def _within(value: float, least: float, most: float) -> float:
    return min(max(value, least), most) if math.isfinite(value) else max(least, min(0.0, most))


def _price(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value > 0 else None


def _shortened(quote: str) -> str:
    """Return at most 300 characters, ending with a whole word."""
    if len(quote) <= LONGEST_QUOTE:
        return quote
    cut = quote[: LONGEST_QUOTE + 1]
    return cut.rsplit(" ", 1)[0] if " " in cut else cut[:LONGEST_QUOTE]


def _contradictions_doubted(mentions: Sequence[Mention]) -> list[Mention]:
    """Halve the confidence where one video is for and against a ticker: one of the two was misunderstood."""
    calls: dict[str, set[str]] = {}
    for mention in mentions:
        if mention.confidence >= SURE:
            calls.setdefault(mention.ticker, set()).add(mention.action)
    torn = {ticker for ticker, actions in calls.items() if actions & _BULLISH and actions & _BEARISH}
    return [
        replace(
            mention,
            confidence=mention.confidence * _CONTRADICTED,
            doubts=(*mention.doubts, "contradicted"),
        )
        if mention.ticker in torn and mention.action in _BULLISH | _BEARISH
        else mention
        for mention in mentions
    ]


def _once_each(mentions: Sequence[Mention]) -> tuple[list[Mention], list[Mention]]:
    """Return one mention per ticker and action, the surest and of these the first, and those left out.

    A call under a condition, of the past or of others says more than a plain mention and is told before it.
    """
    sure: dict[str, set[str]] = {}
    for mention in mentions:
        if mention.action != "mention" and mention.confidence >= SURE:
            sure.setdefault(mention.ticker, set()).add(mention.action)
    best: dict[tuple[str, str], Mention] = {}
    left_out: list[Mention] = []
    for mention in mentions:
        key = (mention.ticker, mention.action)
        if _says_nothing_more(mention, sure.get(mention.ticker, set())):
            left_out.append(mention)
        elif key not in best:
            best[key] = mention
        elif _worth(mention) > _worth(best[key]):
            left_out.append(best[key])
            best[key] = mention
        else:
            left_out.append(mention)
    return list(best.values()), left_out


def _worth(mention: Mention) -> tuple[bool, bool, float]:
    return mention.confidence >= SURE, mention.is_aside, mention.confidence


def _says_nothing_more(mention: Mention, sure: set[str]) -> bool:
    """Tell whether a mention is implied by the ticker's sure calls: who buys or trims also holds."""
    if not sure:
        return False
    unsure = mention.action == "mention" or mention.confidence < SURE
    return unsure or (mention.action == "hold" and bool(sure & _HOLDING))

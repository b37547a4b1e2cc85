"""What somebody said about a stock: the one shape that every extractor fills, and what becomes of it.

An extractor returns ``Claim`` values: what it believes was said. ``settling.settle`` checks them against the
transcript and the list of US stocks, alike for all extractors, and returns an ``Extraction``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.transcripts.transcript import Transcript

Action = Literal["buy", "add", "hold", "trim", "sell", "short", "avoid", "watch", "mention"]
"""What the speaker does or advises now; ``mention`` is speaking of a stock without a call."""
AssetType = Literal["stock", "etf", "crypto", "foreign", "unknown"]
Conviction = Literal["low", "medium", "high"]
Reason = Literal["etf", "crypto", "foreign", "unknown", "no_quote", "outside_video", "repeated"]
"""Why a claim was dropped: not a US stock, a quote that nobody said, a time beyond the end, said already."""

Doubt = Literal["other_company", "contradicted"]
"""Why a confidence was cut: the words name another company, or the video says both."""

ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class ExtractorId:
    """Which extractor made a claim; ``version`` is that of its prompt or rules."""

    name: str
    model: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an extractor believes was said; nothing of it has been checked.

    Attributes:
        ticker: in any spelling, None where only a name was said.
        company_as_said: the words for it.
        asset_type: what the extractor takes it for.
        action: what the speaker does or advises.
        stance: −1 (bearish) to 1 (bullish).
        conviction: how sure the speaker sounds.
        horizon: in the speaker's words ("three years"), "" where there is none.
        target_price: in ``currency``; None where none is named. Likewise ``stop_price``.
        currency: ISO code; "" where no price is named.
        is_hypothetical: only under a condition ("if it falls to 50 I would buy").
        is_past: of the past, without meaning for now ("I sold it in 2017").
        is_quoted: somebody else's doing or opinion ("Buffett sold").
        sponsor_disclosure: said as, or within, paid promotion.
        quote: the words themselves.
        at_s: about where they are said, seconds from the start; None where unknown.
        confidence: 0 to 1, how sure the extractor is.
    """

    ticker: str | None
    company_as_said: str
    asset_type: AssetType = "stock"
    action: Action = "mention"
    stance: float = 0.0
    conviction: Conviction = "medium"
    horizon: str = ""
    target_price: float | None = None
    stop_price: float | None = None
    currency: str = ""
    is_hypothetical: bool = False
    is_past: bool = False
    is_quoted: bool = False
    sponsor_disclosure: bool = False
    quote: str
    at_s: float | None = None
    confidence: float = 0.5

    @property
    def is_aside(self) -> bool:
        """Whether it is no call of the speaker's for now, whatever the words."""
        return self.is_hypothetical or self.is_past or self.is_quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention(Claim):
    """A claim that held: its ticker is a US stock's, its quote is the transcript's own text.

    Attributes:
        ticker: in the spelling of ``market.ticker.parse_ticker``.
        video_id: of YouTube.
        mention_id: the same for the same video and words, on every machine.
        exchange: "Nasdaq" or "NYSE".
        start_s: when the quote's first caption begins; 0.0 in a transcript without times. Likewise ``end_s``.
        extractor: who found it.
        doubts: why less of its confidence is left than the extractor had.
    """

    ticker: str
    video_id: str
    mention_id: str
    exchange: str
    start_s: float
    end_s: float
    extractor: ExtractorId
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """A claim that did not hold, and why; for the log. ``said`` is a ticker or the words for the company."""

    said: str
    reason: Reason
    quote: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was found in a video.

    Attributes:
        mentions: in the order of the video; one for a ticker and an action.
        review: those that are too uncertain to count before a person has looked.
        dropped: what did not hold.
    """

    mentions: tuple[Mention, ...]
    review: tuple[Mention, ...]
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True)
class Video:
    """What an extractor is given; ``title`` is a hint only, quotes come from the transcript."""

    video_id: str
    title: str
    transcript: Transcript
    duration_s: float | None = None


def nothing_to_ask() -> None:
    """Go on, whatever happens elsewhere."""


class Extractor(Protocol):
    """Finds claims in what is said in a video."""

    @property
    def identity(self) -> ExtractorId:
        """Who it is; goes into every mention."""
        ...

    def claims(self, video: Video, go_on: Callable[[], object] = nothing_to_ask) -> Sequence[Claim]:
        """Return what was said of stocks, in any order, unchecked.

        ``go_on`` is called between two questions to somebody else; an error that it raises is passed on.

        Raises:
            ProviderError: an extractor that asks a service could not be answered; nothing was found or not.
        """
        ...

"""What the page says about an answer: source, tier, age, market, and what was left out."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from components.viewport import sequence
from market.venues import US_CURRENCY, venue_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from components.live import Live
    from components.viewport import Viewport

ADJUSTED = {"raw": "as traded", "split": "split-adjusted", "total": "total return"}
"""What prices are, from the least adjusted to the most."""
AS_IN_FILE = "as in your file"
FILES = "files"
"""The source whose prices are the person's own; a file does not tell for what they are adjusted."""
_SETTING = re.compile(r" [^.]*\([A-Z]+_[A-Z_]+\)[^.]*\.")
"""A sentence that names a setting: for who runs the app, not for who looks at prices."""


class Listed(Protocol):
    """A company and its exchange, as the list of US tickers has them."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def exchange(self) -> str: ...  # noqa: D102 - likewise


@dataclass(frozen=True, slots=True)
class About:
    """What is known about a ticker beside its prices; "" for what is not.

    Attributes:
        name: of the company.
        exchange: as people write it ("NASDAQ", "NYSE", "LSE").
        currency: ISO 4217 code.
    """

    name: str = ""
    exchange: str = ""
    currency: str = ""


def about(ticker: str, listed: Listed | None) -> About:
    """Return the facts about a canonical ticker; ``listed`` is its entry in the list, if it has one."""
    venue = venue_of(ticker)
    if listed is None:
        return About("", venue.exchange, venue.currency)
    # The list has the register's "Nasdaq"; beside NYSE, CBOE and OTC people expect capitals.
    return About(listed.name, listed.exchange.upper() or venue.exchange, venue.currency or US_CURRENCY)


def adjusted(asked: str, given: Iterable[str]) -> str:
    """Say what prices are: as asked ("raw", "split", "total"), or what the source had made of them before."""
    return ADJUSTED[max((asked, *given), key=list(ADJUSTED).index)]


def basis_words(source: str, basis: str) -> str:
    """Say how a source gave its prices, before anything of ours was done to them."""
    return AS_IN_FILE if source == FILES and basis == "raw" else ADJUSTED[basis]


def price_name(ticker: str, source: str, session: date, *, market_open: bool) -> str | None:
    """Return a name for the price at the end of a session, for when it is final; None while it is traded."""
    return None if market_open else f"{ticker} {source} {session}"


def told(  # noqa: PLR0913 - the words of one status line
    viewport: Viewport,
    facts: About,
    *,
    source: str,
    tier: str,
    label: str,
    market_open: bool,
    fetched_at: float | None,
    stale: bool,
    adjustment: str,
    price: float | None,
    price_before: float | None,
    priced: str | None,
    at_end: bool,
    notes: Sequence[str],
    live: Live,
) -> dict[str, Any]:
    """Return the part of the message that is text.

    Args:
        viewport: the question.
        facts: about its ticker.
        source: the provider's name.
        tier: where the slowest part came from ("in-memory", "sqlite", "dynamodb", the source's name,
            "stale").
        label: one sentence about the source's prices.
        market_open: whether the market trades now.
        fetched_at: UTC seconds of the oldest part; None when there is none.
        stale: some part is past its life time.
        adjustment: what the prices are (see ``adjusted``).
        price: the close of the source's present session; None when there is none, or when it is the one that
            the page shows already.
        price_before: the close of the session before that one, on the same basis; None when it is not known,
            and whenever ``price`` is None.
        priced: what a final price is the price of (see ``price_name``); the page gives it back with its next
            question.
        at_end: the window ends with the source's last session.
        notes: sentences about what was changed or left out.
        live: when asking again brings something new.
    """
    state, asked = viewport.state, state_of(viewport)
    return {
        # These come back with the next question: one for another resolution is thus known as such, and
        # panning goes on with the source that is shown.
        "state": asked | {"priced": priced, "drawn": asked["resolution"], "shown": source},
        **asdict(facts),
        "source": source,
        "tier": tier,
        "label": label,
        "market": "market open" if market_open else "market closed",
        "fetched_at": fetched_at,
        "stale": stale,
        "adjusted": adjustment,
        "price": price,
        "price_before": price_before,
        "at_end": at_end,
        "notes": list(dict.fromkeys((*state.notes, *notes))),
        "live": live.as_message(),
    }


def trouble(
    question: Mapping[str, Any],
    viewport: Viewport | None,
    error: Exception,
    name: str = "",
    examples: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the message that says what went wrong.

    Args:
        question: as the browser put it.
        viewport: the question, where it made sense.
        error: its text is a sentence for people; the page asks again when it says so.
        name: of the company, where it is known.
        examples: where there are no prices of the ticker, some of which there are.
    """
    code, words = getattr(error, "code", "bad_request"), str(error)
    wrong: dict[str, Any] = {"code": code, "message": words}
    if examples:
        wrong = {"code": code, "message": _SETTING.sub("", words), "examples": list(examples)}
    retry_after_s: float | None = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        wrong["retry_after_s"] = math.ceil(retry_after_s)
    told: dict[str, Any] = {
        "seq": sequence(question),
        "ticker": str(question.get("ticker", "")),
        "name": name,
        "error": wrong,
    }
    if viewport is not None:
        told |= {"ticker": viewport.state.ticker, "state": state_of(viewport)}
    return told


def state_of(viewport: Viewport) -> dict[str, Any]:
    """Return the question as the browser keeps it, so that the next one changes only a part of it."""
    state = viewport.state
    return {
        "ticker": state.ticker,
        "resolution": state.resolution.value if state.resolution else "auto",
        "range": state.range.value if state.range else None,
        "adjust": state.adjust,
        "source": state.source,
    }

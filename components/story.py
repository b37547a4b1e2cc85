"""What the page says about an answer: source, tier, age, market, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from components.viewport import Viewport


def price_name(ticker: str, source: str, session: date, *, market_open: bool) -> str | None:
    """Return a name for the price at the end of a session; None while it still changes."""
    return None if market_open else f"{ticker} {source} {session}"


def told(  # noqa: PLR0913 - the words of one status line
    viewport: Viewport,
    *,
    source: str,
    tier: str,
    label: str,
    market_open: bool,
    fetched_at: float | None,
    stale: bool,
    price: float | None,
    priced: str | None,
    at_end: bool,
    notes: Sequence[str],
) -> dict[str, Any]:
    """Return the part of the message that is text.

    Args:
        viewport: the question.
        source: the provider's name.
        tier: where the slowest part came from ("in-memory", "sqlite", "dynamodb", the source's name,
            "stale").
        label: one sentence about the source's prices.
        market_open: whether the market trades now.
        fetched_at: UTC seconds of the oldest part; None when there is none.
        stale: some part is past its life time.
        price: the close of the source's present session; None when there is none, or when it is the one that
            the page shows already.
        priced: what that price is the price of (see ``price_name``); the page gives it back with its next
            question.
        at_end: the window ends with the source's last session.
        notes: sentences about what was changed or left out.
    """
    state = viewport.state
    return {
        "state": state_of(viewport) | {"priced": priced},
        "source": source,
        "tier": tier,
        "label": label,
        "market": "market open" if market_open else "market closed",
        "fetched_at": fetched_at,
        "stale": stale,
        "price": price,
        "at_end": at_end,
        "notes": list(dict.fromkeys((*state.notes, *notes))),
    }


def trouble(question: Mapping[str, Any], viewport: Viewport | None, error: Exception) -> dict[str, Any]:
    """Return the message that says what went wrong; ``viewport`` where the question made sense."""
    told: dict[str, Any] = {
        "seq": question.get("seq", 0),
        "ticker": str(question.get("ticker", "")),
        "error": {"code": getattr(error, "code", "bad_request"), "message": str(error)},
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

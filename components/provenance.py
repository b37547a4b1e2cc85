"""Where each part of a chart came from: stretches of the axis with source, tier and age."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from components.story import basis_words
from market.axis import TradingAxis
from market.sessions import DAY_S, day_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from market.resolution import Resolution
    from market.sessions import Sessions


class Origin(Protocol):
    """Consecutive sessions with one origin, as an answer tells them (see cache.query.Span)."""

    @property
    def start(self) -> date: ...  # noqa: D102 - the class says it
    @property
    def end(self) -> date: ...  # noqa: D102 - likewise
    @property
    def source(self) -> str: ...  # noqa: D102 - likewise
    @property
    def tier(self) -> str: ...  # noqa: D102 - likewise
    @property
    def fetched_at(self) -> float: ...  # noqa: D102 - likewise
    @property
    def basis(self) -> str: ...  # noqa: D102 - likewise
    @property
    def stale(self) -> bool: ...  # noqa: D102 - likewise
    @property
    def settled_to(self) -> int: ...  # noqa: D102 - likewise


def stretches(origins: Iterable[Origin], sessions: Sessions, resolution: Resolution) -> list[dict[str, Any]]:
    """Return the origins as the browser paints and tells them, ascending.

    Each has ``x`` [from, to] on the axis, ``source``, ``tier``, ``fetched_at`` (UTC seconds), ``basis`` in
    words, ``stale``, and ``provisional``: the x from which on its bars may still change, null for nowhere.
    """
    return [
        {
            "x": x,
            "source": origin.source,
            "tier": origin.tier,
            "fetched_at": int(origin.fetched_at),
            "basis": basis_words(origin.source, origin.basis),
            "stale": origin.stale,
            "provisional": _provisional(origin.settled_to, x, sessions, resolution),
        }
        for origin in origins
        for x in [[sessions.index(origin.start), sessions.index(origin.end + timedelta(days=1))]]
    ]


def _provisional(settled_to: int, x: list[int], sessions: Sessions, resolution: Resolution) -> float | None:
    """Return where the final bars of a stretch end; daily bars are labelled with midnight of their date."""
    if resolution.is_intraday:
        settled = float(TradingAxis(sessions).x_of_time(np.array([settled_to], dtype=np.int64))[0])
    else:
        settled = float(sessions.index(day_of(settled_to // DAY_S)))
    return max(settled, float(x[0])) if settled < x[1] else None

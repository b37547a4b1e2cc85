"""The counters of one source in the OHLC table, shared by all processes: each change is one conditional call.

::

    PK "BUDGET#tiingo"   SK "day#2026-11-21"     calls, "hour#2026-11-21T15"   requests in the longest window
                                                                               that is counted, and within it
                         SK "symbols#2026-11"    count, "$AAPL", "$MSFT"       tickers of a month
                         SK "closed"             until, words, said            what the source itself has said

A request is counted only where every window has room, so that no two processes take the last place both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.allowance import Window
from store.table import Absent, AllOf, AnyOf, Below

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cache.guarded import GuardedCalls
    from store.table import Item, Table

KEPT_S = 3 * 86_400
"""How long an item stays when its window is over: far more than clocks differ by."""
_CALLS = "calls"
_EVENT = "budget_not_shared"


@dataclass(frozen=True, slots=True)
class Closed:
    """What a source has said: not before ``until_s``, in which words, and when it said it (UTC seconds)."""

    until_s: float
    words: str
    said_s: float = 0.0


class BudgetItems:
    """The items of one source. Every method may raise TableError."""

    def __init__(self, source: str, table: Table, calls: GuardedCalls) -> None:
        """Keep them in ``table`` and make its calls by ``calls``, as the blocks' tier does."""
        self._pk = f"BUDGET#{source}"
        self._table = table
        self._calls = calls

    def take(
        self,
        names: Mapping[Window, str],
        limits: Mapping[Window, int],
        taken: Mapping[str, int],
        now_s: float,
    ) -> dict[str, int] | None:
        """Count requests; None, and nothing is counted, where a window is full.

        Args:
            names: of the windows that are counted, from the shortest to the longest.
            limits: below which each has to be before.
            taken: how many requests, by the window's name.
            now_s: UTC seconds.

        Returns:
            What is used with it, by the window's name.
        """
        longest, attributes = _layout(names)
        steps = {attributes[window]: taken[name] for window, name in names.items()}
        room = tuple(_below(attributes[window], limit) for window, limit in limits.items())
        item: Item | None = self._call(
            lambda: self._table.update(
                (self._pk, names[longest]),
                add=steps,
                put={"ttl": int(longest.end_s(now_s)) + KEPT_S},
                when=AllOf(room),
            )
        )
        return None if item is None else _counts(item, names, attributes)

    def used(self, names: Mapping[Window, str]) -> dict[str, int]:
        """Return what is used, by the window's name."""
        longest, attributes = _layout(names)
        return _counts(self._get(names[longest]), names, attributes)

    def add_symbol(self, month: str, ticker: str, limit: int, now_s: float) -> bool:
        """Count a ticker of a month; False where it is counted already, or there are ``limit``."""
        done = self._call(
            lambda: self._table.update(
                (self._pk, _symbols(month)),
                add={"count": 1},
                put={f"${ticker}": 1, "ttl": int(Window.MONTH.end_s(now_s)) + KEPT_S},
                when=AllOf((Absent(f"${ticker}"), _below("count", limit))),
            )
        )
        return done is not None

    def symbols(self, month: str) -> set[str]:
        """Return the tickers of a month."""
        return {name[1:] for name in self._get(_symbols(month)) if name.startswith("$")}

    def close(self, closed: Closed) -> None:
        """Tell all processes that the source must not be asked."""
        item: Item = {
            "PK": self._pk,
            "SK": "closed",
            "until": int(closed.until_s),
            "words": closed.words,
            "said": int(closed.said_s),
            "ttl": int(closed.until_s) + KEPT_S,
        }
        until = int(closed.until_s)
        # Another process may know of a longer time.
        self._call(lambda: self._table.put(item, when=AnyOf((Absent("until"), Below("until", until)))))

    def reopen(self) -> None:
        """Take back what ``close`` told."""
        self._call(lambda: self._table.delete((self._pk, "closed")))

    def closed(self) -> Closed | None:
        """Return what the source was last heard to say."""
        item = self._get("closed")
        match item:
            case {"until": int(until), "words": str(words), "said": int(said)}:
                return Closed(float(until), words, float(said))
        return None

    def _get(self, sk: str) -> Item:
        item: Item | None = self._call(lambda: self._table.get((self._pk, sk), consistent=True))
        return item or {}

    def _call(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the table gives
        return self._calls.run(call, _EVENT)


def _layout(names: Mapping[Window, str]) -> tuple[Window, dict[Window, str]]:
    """Return the window that has the item, and the attribute of each."""
    longest = [*names][-1]
    return longest, {window: _CALLS if window is longest else name for window, name in names.items()}


def _symbols(month: str) -> str:
    return month.replace(Window.MONTH.value, "symbols", 1)


def _below(attribute: str, limit: int) -> AnyOf:
    return AnyOf((Absent(attribute), Below(attribute, limit)))


def _counts(item: Item, names: Mapping[Window, str], attributes: Mapping[Window, str]) -> dict[str, int]:
    found = {name: item.get(attributes[window]) for window, name in names.items()}
    return {name: value if isinstance(value, int) else 0 for name, value in found.items()}

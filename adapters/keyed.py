"""What sources with a key have in common: they have US shares only, and the key goes in a header.

Where the key is refused and there is another by now, the call is tried once more with that.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from adapters.errors import BadKeyError, NotOfferedError, UnknownTickerError
from adapters.live import LiveSource
from market.calendars import US_CALENDAR, calendar_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.http_client import Call
    from adapters.prices import PriceAnswer, PriceRequest
    from market.resolution import Resolution

_RENEWAL_S = 1.0
"""The most that a question waits for another key, of the time that it has."""


class Key(Protocol):
    """A provider's key, which may change while the app runs. Thread-safe; shows no key in its repr."""

    def current(self) -> str | None:
        """Return the key as it is now, None where there is none; takes no time."""

    def refused(self, key: str | None, wait_s: float) -> str | None:
        """Hear that the provider refused a key, and return another if there is one within so many seconds."""


@dataclass(frozen=True, slots=True)
class FixedKey:
    """A key that stays the same until the next start."""

    value: str | None = field(repr=False)

    def current(self) -> str | None:
        """Return it."""
        return self.value

    def refused(self, key: str | None, wait_s: float) -> str | None:
        """Return None: there is no other."""
        del key, wait_s
        return None


class KeyedSource(LiveSource, ABC):
    """The part of a ``PriceProvider`` that is the same for every source of US shares that wants a key.

    Attributes:
        offered: what can be fetched as it is.
        setting: the setting that holds the key, for sentences.
    """

    offered: ClassVar[frozenset[Resolution]]
    setting: ClassVar[str]

    def __init__(self, key: Key | str | None, base_url: str, clock: Callable[[], float] = time.time) -> None:
        """Ask ``base_url`` with a key that stays, or one that may change; ``clock`` gives UTC seconds."""
        super().__init__(base_url, clock)
        self._key: Key = FixedKey(key) if key is None or isinstance(key, str) else key

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        """Return what can be fetched as it is.

        Raises:
            UnknownTickerError: not a US share.
        """
        self._must_trade_in_new_york(ticker)
        return self.offered

    def candles(self, request: PriceRequest) -> PriceAnswer:
        """Fetch a span; where the key is refused and there is another by now, once more with that.

        Raises:
            ProviderError: see adapters.errors.
        """
        self._must_trade_in_new_york(request.ticker)
        if request.resolution not in self.offered:
            raise NotOfferedError(
                f"{self.title} is not asked for {request.resolution.value}; build it.", provider=self.name
            )
        call = self._http.within(request.deadline_s, spend=request.spend)
        key = self._key.current()
        try:
            return self._fetch(self._with(call, key), request)
        except BadKeyError:
            other = self._key.refused(key, min(_RENEWAL_S, call.until_s - time.monotonic()))
            if other is None:
                raise
        try:
            return self._fetch(self._with(call, other), request)
        except BadKeyError:
            self._key.refused(other, 0)
            raise

    @abstractmethod
    def _header(self, key: str) -> Mapping[str, str]:
        """Return the header that carries a key."""

    @abstractmethod
    def _fetch(self, call: Call, request: PriceRequest) -> PriceAnswer:
        """Ask with one key.

        Raises:
            ProviderError: see adapters.errors.
        """

    def _with(self, call: Call, key: str | None) -> Call:
        """Return the call with a key, if that can stand in a header.

        Raises:
            BadKeyError: there is none, or not a line of plain letters.
        """
        if not key:
            raise BadKeyError(f"{self.title} needs a key: set {self.setting}.", provider=self.name)
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise BadKeyError(f"{self.setting} holds no usable key; copy it anew.", provider=self.name)
        return replace(call, headers=self._header(key))

    def _must_trade_in_new_york(self, ticker: str) -> None:
        """Refuse what this source does not have, without a call.

        Raises:
            UnknownTickerError: an index, a pair, or another market's share.
        """
        if ticker.startswith("^") or calendar_name(ticker) != US_CALENDAR:
            raise UnknownTickerError(
                f"{self.title} is asked for US shares only here, for example AAPL.", provider=self.name
            )

"""What sources with a key have in common: they have US shares only, and the key goes in a header.

Where the key is refused and there is another by now, the call is tried once more with that.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from adapters.errors import BadKeyError, NotOfferedError, UnknownTickerError
from adapters.live import LiveSource
from market.calendars import US_CALENDAR, calendar_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.http_client import Call, HttpClient
    from adapters.prices import PriceAnswer, PriceRequest
    from market.resolution import Resolution

_R = TypeVar("_R")
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


class KeyedCalls:
    """Calls to one provider with a person's key, in a header. Thread-safe."""

    def __init__(
        self,
        http: HttpClient,
        key: Key | str | None,
        setting: str,
        header: Callable[[str], Mapping[str, str]],
    ) -> None:
        """Call ``http`` with a key that stays, or one that may change.

        Args:
            http: the way to the provider.
            key: None where there is none.
            setting: the setting that holds it, for sentences.
            header: returns the header that carries a key.
        """
        self._http = http
        self._key: Key = FixedKey(key) if key is None or isinstance(key, str) else key
        self._setting = setting
        self._header = header

    def run(self, deadline_s: float, spend: Callable[[], None], fetch: Callable[[Call], _R]) -> _R:
        """Return what ``fetch`` makes of a call; where the key is refused, once more with another one.

        Raises:
            BadKeyError: there is no key, it cannot stand in a header, or it was refused.
            ProviderError: what ``fetch`` raises.
        """
        call = self._http.within(deadline_s, spend=spend)
        key = self._key.current()
        try:
            return fetch(self._with(call, key))
        except BadKeyError:
            other = self._key.refused(key, min(_RENEWAL_S, call.until_s - time.monotonic()))
            if other is None:
                raise
        try:
            return fetch(self._with(call, other))
        except BadKeyError:
            self._key.refused(other, 0)
            raise

    def _with(self, call: Call, key: str | None) -> Call:
        """Return the call with a key, if that can stand in a header."""
        source, title = self._http.source, self._http.title
        if not key:
            raise BadKeyError(f"{title} needs a key: set {self._setting}.", provider=source)
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise BadKeyError(f"{self._setting} holds no usable key; copy it anew.", provider=source)
        return replace(call, headers=self._header(key))


def us_shares_only(ticker: str, title: str, provider: str) -> None:
    """Refuse what a source of US shares does not have, without a call.

    Raises:
        UnknownTickerError: an index, a pair, or another market's share.
    """
    if ticker.startswith("^") or calendar_name(ticker) != US_CALENDAR:
        raise UnknownTickerError(
            f"{title} is asked for US shares only here, for example AAPL.", provider=provider
        )


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
        self._calls = KeyedCalls(self._http, key, self.setting, self._header)

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
        return self._calls.run(request.deadline_s, request.spend, lambda call: self._fetch(call, request))

    @abstractmethod
    def _header(self, key: str) -> Mapping[str, str]:
        """Return the header that carries a key."""

    @abstractmethod
    def _fetch(self, call: Call, request: PriceRequest) -> PriceAnswer:
        """Ask with one key.

        Raises:
            ProviderError: see adapters.errors.
        """

    def _must_trade_in_new_york(self, ticker: str) -> None:
        """Refuse what this source does not have, without a call.

        Raises:
            UnknownTickerError: an index, a pair, or another market's share.
        """
        us_shares_only(ticker, self.title, self.name)

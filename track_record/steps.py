"""Between the steps of processing: stop where nobody wants it any more, and try again what may pass.

A step ends in one of four ways: it is done; ``StoppedError``, because the channel was cancelled, deleted or
taken over, or the process ends; ``LaterError``, because somebody must not be asked before a certain time; or
``HopelessError``, because no video of the channel could be done.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

from adapters.errors import ProviderError, RateLimitedError, UnavailableError
from adapters.transcripts import TranscriptUnavailableError
from cache.errors import CandleError, PricesUnavailableError, ProviderBusyError, RefusedError
from track_record.entities import LogLevel

if TYPE_CHECKING:
    from collections.abc import Callable

    from track_record.entities import Channel
    from track_record.records import Records

BACKOFF_S = (2.0, 8.0, 32.0)
"""Before the first, second and third time that something is tried again; jittered."""
LONGEST_PAUSE_S = 90.0
"""Whoever wants a longer pause is left alone, and the channel is gone on with later."""
REST_S = 900.0
"""How long at least who says "too often" again and again is left alone: a day's quota may name half a minute,
and every time a channel is gone on with costs units of YouTube's."""
_SLICE_S = 2.0
_FAILURES = (ProviderError, TranscriptUnavailableError, CandleError)

T = TypeVar("T")


class StoppedError(Exception):
    """Nobody wants it any more, or not from this process.

    ``cancelled``: this process is still the one that processes the channel. Otherwise another may be at it
    already, and nothing of it may be touched.
    """

    def __init__(self, *, cancelled: bool) -> None:
        """Keep which of both it is."""
        super().__init__("cancelled" if cancelled else "left to another")
        self.cancelled = cancelled


class LaterError(Exception):
    """Somebody must not be asked for ``wait_s`` seconds; the message is a sentence for people."""

    def __init__(self, message: str, wait_s: float) -> None:
        """Keep how long."""
        super().__init__(message)
        self.wait_s = wait_s


class HopelessError(Exception):
    """No video can be done before a person has changed something; the message says what."""


class Steps:
    """The processing of one channel by one worker, as every step of it sees it."""

    def __init__(
        self,
        records: Records,
        channel_id: str,
        stopped: Callable[[float], bool],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Go on as long as ``stopped`` allows.

        Args:
            records: where the channel is.
            channel_id: which one; its log is written.
            stopped: waits for some seconds, and tells whether this process must stop.
            jitter: gives a number between 0 and 1.
        """
        self._records = records
        self.channel_id = channel_id
        self._stopped = stopped
        self._jitter = jitter

    def check(self) -> Channel:
        """Return the channel as it is now, if there is a reason to go on.

        Raises:
            StoppedError: there is none.
            UnknownChannelError: the channel is gone.
        """
        if self._stopped(0):
            raise StoppedError(cancelled=False)
        channel = self._records.channels.under_way(self.channel_id)
        if channel is None:
            raise StoppedError(cancelled=True)
        return channel

    def pause(self, seconds: float) -> None:
        """Wait; a cancellation is noticed within two seconds.

        Raises:
            StoppedError: as ``check``.
        """
        while seconds > 0:
            part_s = min(seconds, _SLICE_S)
            if self._stopped(part_s):
                raise StoppedError(cancelled=False)
            self.check()
            seconds -= part_s

    def patiently(self, ask: Callable[[], T]) -> T:
        """Return what ``ask`` gives; what may pass is tried three times more.

        Raises:
            LaterError: it passes in the end, but not before long.
            StoppedError: as ``check``.
            ProviderError: and TranscriptError, CandleError: what does not pass, or did not.
        """
        for backoff_s in BACKOFF_S:
            try:
                return ask()
            except _FAILURES as error:
                wait_s = self._wait_s(error, backoff_s)
                if wait_s is None:
                    raise
                if wait_s > LONGEST_PAUSE_S:
                    raise LaterError(str(error), wait_s) from None
                self.say(LogLevel.WARNING, f"{error} Trying again in {wait_s:.0f} seconds.")
                self.pause(wait_s)
        try:
            return ask()
        except RateLimitedError as error:
            raise LaterError(str(error), max(error.retry_after_s or 0.0, REST_S)) from None

    def say(self, level: LogLevel, sentence: str) -> None:
        """Write a line of the channel's log.

        Raises:
            UnknownChannelError: the channel is gone.
        """
        self._records.log.write(self.channel_id, level, sentence)

    def _wait_s(self, error: Exception, backoff_s: float) -> float | None:
        """Return how long to wait before a failure may have passed, None where it does not pass."""
        if isinstance(error, RefusedError):
            return None
        if not isinstance(
            error,
            RateLimitedError | UnavailableError | TranscriptUnavailableError
            | ProviderBusyError | PricesUnavailableError,
        ):  # fmt: skip
            return None
        least_s: float | None = getattr(error, "retry_after_s", None)
        return max(least_s or 0.0, backoff_s * (0.75 + self._jitter() / 2))

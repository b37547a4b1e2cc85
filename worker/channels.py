"""The track record's part of the worker: who leads processes one channel after the other."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import structlog

from store.table import ItemTooLargeError, TableError, TruncatedQueryError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import datetime
    from typing import Protocol

    from track_record.entities import Channel
    from track_record.processing import Pause
    from worker.leader import Leader

    class Channels(Protocol):
        """Knows the channels (``track_record.channel_records.ChannelRecords``)."""

        def waiting(self) -> list[Channel]:
            """Return those to be processed, longest waiting first."""

    class Processes(Protocol):
        """Processes channels (``track_record.processing.Processing``)."""

        def run(self, channel_id: str, stopped: Callable[[float], bool]) -> Pause | None:
            """Process one; return for how long to leave it alone."""

        def give_up(self, channel_id: str, sentence: str) -> None:
            """End its processing with an error in its log."""


POLL_S = 2.0
"""Between two looks for channels, jittered by a quarter; a look that finds none is half a read unit."""
PAUSE_S = 60.0
"""After a look that broke: what is broken in the program stays so for a while."""
LONGEST_REST_S = 300.0
"""Between two tries of a channel that a table fails; the first rest is a poll, each is twice the one before.
Only one of the tables may be down, and every try asks YouTube and the model anew."""
_OF_ONE_CHANNEL = (ItemTooLargeError, TruncatedQueryError)
"""What waiting does not change, and other channels do not meet."""
_BUG = "Something went wrong here that should not: the app's log has more. Process the channel again."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Rest:
    """A channel that is left alone until a time of the monotonic clock, unless changed since ``since``."""

    until: float
    since: datetime


class ChannelJob:
    """Processes channels as long as this process leads."""

    def __init__(  # noqa: PLR0913 - clocks for tests
        self,
        leader: Leader,
        channels: Channels,
        processing: Callable[[], Processes],
        *,
        poll_s: float = POLL_S,
        pause_s: float = PAUSE_S,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Process what waits.

        Args:
            leader: whether this process leads.
            channels: where they are.
            processing: makes what does the work, when the first channel waits: it is heavy.
            poll_s: between two looks, seconds.
            pause_s: after a look that broke, seconds.
            monotonic: seconds.
            jitter: gives a number between 0 and 1.
        """
        self._leader = leader
        self._channels = channels
        self._processing = cache(processing)
        self._poll_s = poll_s
        self._pause_s = pause_s
        self._monotonic = monotonic
        self._jitter = jitter
        self._resting: dict[str, _Rest] = {}
        self._failed: dict[str, int] = {}
        self._table_answers = True

    def run(self, stop: threading.Event) -> None:
        """Look for channels until told to stop."""
        while not stop.is_set():
            if self._leader.leads:
                try:
                    self.round(stop)
                except Exception:  # noqa: BLE001 - whatever it is, a thread that dies would leave all waiting
                    _log.exception("processing_broken")
                    stop.wait(self._pause_s)
            stop.wait(self._poll_s * (0.75 + self._jitter() / 2))

    def round(self, stop: threading.Event) -> None:
        """Process what waits now, one after the other."""
        try:
            for channel in self._channels.waiting():
                if self._stopped(stop, 0):
                    return
                if self._is_due(channel):
                    self._one(channel, stop)
            self._table_answers = True
        except TableError as error:
            if self._table_answers:
                _log.error("processing_waits_for_table", code=error.code, error=str(error))
            self._table_answers = False

    def _is_due(self, channel: Channel) -> bool:
        """Return whether a channel need not be left alone (any more); a person who asks again is minded."""
        rest = self._resting.get(channel.id)
        return rest is None or self._monotonic() >= rest.until or channel.updated_at != rest.since

    def _one(self, channel: Channel, stop: threading.Event) -> None:
        channel_id = channel.id
        self._resting.pop(channel_id, None)
        failed = self._failed.pop(channel_id, 0)
        try:
            pause = self._processing().run(channel_id, lambda seconds: self._stopped(stop, seconds))
        except Exception as error:  # whatever it is, the next channel has its turn
            if isinstance(error, TableError) and not isinstance(error, _OF_ONE_CHANNEL):
                self._failed[channel_id] = failed + 1
                rest_s = min(self._poll_s * 2.0 ** min(failed, 30), LONGEST_REST_S)
                self._resting[channel_id] = _Rest(self._monotonic() + rest_s, channel.updated_at)
                raise
            _log.exception("processing_failed", channel_id=channel_id)
            self._processing().give_up(channel_id, _BUG)
            return
        if pause is not None:
            self._resting[channel_id] = _Rest(self._monotonic() + pause.wait_s, pause.since)

    def _stopped(self, stop: threading.Event, seconds: float) -> bool:
        """Wait; return whether to go no further."""
        return stop.wait(seconds) or not self._leader.leads

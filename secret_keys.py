"""Providers' keys out of a secret that may be rotated while the app runs (E30).

When a provider refuses a key, a thread reads the secret again, at once and then each minute until it holds
another key, for an hour; the next refusal begins anew. There is one such thread for all prices, and one
for each other use of a key (YouTube, a model); requests never read the secret themselves, and between two
readings of a thread there is always a minute. Keys are never logged.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

import telemetry
from aws_secret import SecretError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.keyed import Key

EVERY_S = 60.0
_READINGS = 60
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _SecretKey:
    """One of them, as a source sees it."""

    keys: SecretKeys
    setting: str

    def current(self) -> str | None:
        return self.keys.current(self.setting)

    def refused(self, key: str | None, wait_s: float) -> str | None:
        return self.keys.refused(self.setting, key, wait_s)


class SecretKeys:
    """The keys that one secret holds. Thread-safe; starts no thread and reads nothing before a refusal."""

    def __init__(
        self,
        values: Mapping[str, str],
        read: Callable[[], Mapping[str, str]],
        changed: Callable[[str], object],
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        """Begin with the keys that the start has read.

        Args:
            values: by the names of their settings, in lower case.
            read: gives what the secret holds now, or raises a ``SecretError``.
            changed: hears the setting whose key is another now.
            clock: monotonic seconds.
            wait: lets so many seconds pass.
        """
        self._values = dict(values)
        self._read = read
        self._changed = changed
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._refused: set[str] = set()
        self._reading: threading.Event | None = None
        self._next_at = clock()

    def key(self, setting: str) -> Key:
        """Return a key for its source."""
        return _SecretKey(self, setting)

    def current(self, setting: str) -> str | None:
        """Return a key as it is now."""
        return self._values.get(setting)

    def refused(self, setting: str, key: str | None, wait_s: float) -> str | None:
        """Have the secret read again, wait so long for it, and return another key where there is one.

        Nobody waits while the last reading is less than a minute ago.
        """
        with self._lock:
            now = self._values.get(setting)
            if now != key:  # it was renewed while the call was under way
                return now
            self._refused.add(setting)
            reading = self._reading or self._begin(setting)
        reading.wait(max(wait_s, 0.0))
        now = self._values.get(setting)
        return now if now != key else None

    def _begin(self, setting: str) -> threading.Event:
        """Start to read; the event is set after the first reading."""
        self._reading = reading = threading.Event()
        if self._clock() < self._next_at:
            reading.set()
        _log.warning("key_refused", setting=setting.upper())
        threading.Thread(target=self._read_on, args=(reading,), name="secret", daemon=True).start()
        return reading

    def _read_on(self, reading: threading.Event) -> None:
        for _ in range(_READINGS):
            pause_s = self._next_at - self._clock()
            if pause_s > 0:
                self._wait(pause_s)
            self._next_at = self._clock() + EVERY_S
            self._renew(self._held())
            reading.set()
            with self._lock:
                if not self._refused:
                    self._reading = None
                    return
        with self._lock:
            self._refused.clear()
            self._reading = None

    def _held(self) -> Mapping[str, str]:
        try:
            return self._read()
        except SecretError as error:
            _log.warning("secret_not_read", error=str(error))
        except Exception as error:  # noqa: BLE001 - the thread must live to try again; the text may hold a key
            _log.warning("secret_not_read", error=type(error).__name__)
        return {}

    def _renew(self, held: Mapping[str, str]) -> None:
        """Use what is new; a key that the secret no longer holds stays as it was."""
        for setting in [s for s, value in self._values.items() if held.get(s, value) != value]:
            telemetry.hide(held[setting])
            with self._lock:
                self._values[setting] = held[setting]
                self._refused.discard(setting)
            self._changed(setting)
            _log.info("key_renewed", setting=setting.upper())

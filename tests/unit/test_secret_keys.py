"""A secret that is rotated while the app runs: who reads it again, how often, and what is said (E30, S1)."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

import telemetry
from aws_secret import SecretError
from secret_keys import SecretKeys
from tests.kit.log_lines import logged

OLD, NEW, NEWER = "canary-old-0123456789", "canary-new-0123456789", "canary-newer-0123456789"
TIINGO, FINNHUB = "tiingo_api_key", "finnhub_api_key"
GUARD_S = 10.0


class Secret:
    """A secret whose readings are counted, with a clock that only waiting moves."""

    def __init__(self, *values: str | Exception) -> None:
        """Hold these one after the other, the last for good."""
        self.values = list(values)
        self.readings: list[float] = []
        self.changed: list[str] = []
        self.now_s = 1_000.0
        self.gate: queue.Queue[None] | None = None
        self.keys = SecretKeys(
            {TIINGO: OLD, FINNHUB: OLD},
            self.read,
            self.changed.append,
            clock=lambda: self.now_s,
            wait=self.wait,
        )

    def read(self) -> Mapping[str, str]:
        self.readings.append(self.now_s)
        value = self.values.pop(0) if len(self.values) > 1 else self.values[0]
        if isinstance(value, Exception):
            raise value
        return {TIINGO: value, "port": "9000"}

    def wait(self, seconds: float) -> None:
        if self.gate is not None:
            self.gate.get(timeout=GUARD_S)
        self.now_s += seconds

    def refused(self, key: str | None, setting: str = TIINGO, wait_s: float = GUARD_S) -> str | None:
        return self.keys.key(setting).refused(key, wait_s)


def ended() -> None:
    """Wait until no thread reads any more."""
    until = time.monotonic() + GUARD_S
    while any(thread.name == "secret" for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.001)


@pytest.fixture(autouse=True)
def nobody_reads_on() -> Any:
    hidden = telemetry._known
    yield
    ended()
    telemetry._known = hidden


def test_nothing_is_read_before_a_key_is_refused() -> None:
    secret = Secret(NEW)
    assert secret.keys.key(TIINGO).current() == OLD
    assert secret.readings == []


def test_a_refused_key_is_looked_for_anew_and_whoever_was_refused_goes_on_with_it() -> None:
    secret = Secret(NEW)
    with capture_logs() as log:
        assert secret.refused(OLD) == NEW
        ended()
    assert secret.keys.key(TIINGO).current() == NEW
    assert secret.keys.key(FINNHUB).current() == OLD, "the secret no longer tells, so it stays"
    assert secret.changed == [TIINGO]
    assert [(event["event"], event["setting"]) for event in log] == [
        ("key_refused", "TIINGO_API_KEY"),
        ("key_renewed", "TIINGO_API_KEY"),
    ]


def test_an_answer_to_a_call_with_the_key_before_costs_no_reading() -> None:
    secret = Secret(NEW)
    secret.refused(OLD)
    ended()
    assert secret.refused(OLD) == NEW
    assert len(secret.readings) == 1


def herd(secret: Secret, number: int = 8) -> list[str | None]:
    """Have many calls refused at the same moment."""
    start, found = threading.Barrier(number), queue.Queue[str | None]()

    def call() -> None:
        start.wait(GUARD_S)
        found.put(secret.refused(OLD))

    threads = [threading.Thread(target=call) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GUARD_S)
    return [found.get_nowait() for _ in range(number)]


def held_up(secret: Secret) -> Callable[[], Mapping[str, str]]:
    """Return a reading that lasts until all of a herd have asked for one."""
    usual = secret.read

    def read() -> Mapping[str, str]:
        time.sleep(0.05)
        return usual()

    return read


def test_of_many_that_are_refused_at_once_one_reads_and_all_go_on() -> None:
    secret = Secret(NEW)
    secret.keys._read = held_up(secret)
    assert herd(secret) == [NEW] * 8
    assert len(secret.readings) == 1


def test_twin_without_the_one_thread_there_are_more_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each refusal begins one of its own, a minute apart or not."""
    secret = Secret(NEW)
    secret.keys._read = held_up(secret)
    begin = secret.keys._begin

    def always(setting: str) -> threading.Event:
        event = begin(setting)
        secret.keys._reading = None
        return event

    monkeypatch.setattr(secret.keys, "_begin", always)
    herd(secret)
    ended()
    assert len(secret.readings) > 1


def test_between_two_readings_there_is_a_minute_and_nobody_waits_for_it() -> None:
    secret = Secret(OLD, OLD, NEW)
    secret.gate = queue.Queue()
    assert secret.refused(OLD) is None
    begun = time.monotonic()
    assert secret.refused(OLD, wait_s=60) is None
    assert time.monotonic() - begun < 5
    assert secret.readings == [1_000.0]
    for _ in range(2):
        secret.gate.put(None)
    ended()
    assert secret.readings == [1_000.0, 1_060.0, 1_120.0]
    assert secret.keys.key(TIINGO).current() == NEW


def test_a_refusal_soon_after_a_renewal_waits_for_its_minute() -> None:
    secret = Secret(NEW, NEWER)
    assert secret.refused(OLD) == NEW
    ended()
    secret.gate = queue.Queue()
    assert secret.refused(NEW, wait_s=60) is None
    assert len(secret.readings) == 1
    secret.gate.put(None)
    ended()
    assert secret.readings == [1_000.0, 1_060.0]
    assert secret.keys.key(TIINGO).current() == NEWER


def test_after_an_hour_without_another_key_it_ends_until_the_next_refusal() -> None:
    secret = Secret(OLD)
    secret.refused(OLD)
    ended()
    assert len(secret.readings) == 60
    secret.values = [NEW]
    secret.refused(OLD, wait_s=0)
    ended()
    assert len(secret.readings) == 61
    assert secret.keys.key(TIINGO).current() == NEW


def test_a_secret_that_cannot_be_read_says_why_and_is_tried_again() -> None:
    """E26: the key before stays; no request fails for it more than it would have."""
    secret = Secret(SecretError('access denied to "a" in region b: the role lacks …'), NEW)
    secret.gate = queue.Queue()
    with capture_logs() as log:
        assert secret.refused(OLD) is None
        assert secret.keys.key(TIINGO).current() == OLD
        secret.gate.put(None)
        ended()
    assert secret.keys.key(TIINGO).current() == NEW
    told = [event["error"] for event in log if event["event"] == "secret_not_read"]
    assert told == ['access denied to "a" in region b: the role lacks …']


def test_a_fault_in_reading_ends_nothing_and_its_text_is_not_said() -> None:
    """S1: a text of others may hold anything."""
    secret = Secret(RuntimeError(f"cannot use {NEW}"), NEW)
    with capture_logs() as log:
        secret.refused(OLD)
        ended()
    assert secret.keys.key(TIINGO).current() == NEW
    assert [event["error"] for event in log if event["event"] == "secret_not_read"] == ["RuntimeError"]
    assert NEW not in str(log)


def test_a_slow_secret_holds_nobody_longer_than_allowed() -> None:
    secret = Secret(NEW)
    go_on = threading.Event()
    usual = secret.read

    def read() -> Mapping[str, str]:
        go_on.wait(GUARD_S)
        return usual()

    secret.keys._read = read
    begun = time.monotonic()
    assert secret.refused(OLD, wait_s=0.05) is None
    assert time.monotonic() - begun < 5
    go_on.set()
    ended()
    assert secret.keys.key(TIINGO).current() == NEW


def test_a_new_key_is_masked_in_the_log_before_anybody_uses_it() -> None:
    """S1: the log was set up when nobody knew it."""
    import structlog

    def work() -> None:
        secret = Secret(NEW)
        secret.refused(OLD)
        ended()
        structlog.get_logger("x").warning("odd", text=f"with {NEW}")

    _, text = logged(work)
    assert "odd" in text
    assert NEW not in text


def test_no_repr_shows_a_key() -> None:
    """S1."""
    secret = Secret(NEW)
    assert OLD not in repr(secret.keys) + repr(secret.keys.key(TIINGO))

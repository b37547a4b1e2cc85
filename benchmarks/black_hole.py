"""p99 of a request while the table is black-holed, memory warm: with the breaker, and without.

One question in twenty is for something that memory does not have, so that the table is asked. The first
alternative has our time limits but no breaker. The second has neither: as boto3 does by itself it waits 60 s
for an answer, so that its request is given up after 10 s and shown as "more than".
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from benchmarks.faults.ground import Ground
from benchmarks.faults.rows_table import warm_requests
from benchmarks.faults.scenes import on_server, week
from benchmarks.measuring import Figure, Size, of_ms, say
from cache.errors import CandleError
from cache.seams import OpenGuard

if TYPE_CHECKING:
    from benchmarks.faults.scenes import Scene

_REQUESTS_A_ROUND = 200


def run(size: Size) -> list[Figure]:
    """Print the times and return the figures."""
    with Ground() as ground:
        requests = size.rounds * _REQUESTS_A_ROUND
        _, ours = warm_requests(ground, _silent, requests)
        _, bare = warm_requests(ground, _silent, requests // 4, OpenGuard())
        given_up_s = 2.5 * size.seconds
        unlimited_s = _unlimited_s(ground.server_port, given_up_s)
    say(f"black hole: p99 {of_ms(ours.p99_ms)}, longest {of_ms(ours.longest_ms)}")
    say(f"black hole: no breaker, p99 {of_ms(bare.p99_ms)}, longest {of_ms(bare.longest_ms)}")
    more = "more than " if unlimited_s >= given_up_s else ""
    unlimited_ms = unlimited_s * 1_000
    return [
        Figure(
            "table black-holed, memory warm: p99 of a request, else without breaker",
            of_ms(ours.p99_ms),
            of_ms(bare.p99_ms),
            bare.p99_ms / ours.p99_ms,
        ),
        Figure(
            "table black-holed: longest request, else without breaker or limits",
            of_ms(ours.longest_ms),
            f"{more}{of_ms(unlimited_ms)}",
            unlimited_ms / ours.longest_ms,
        ),
    ]


def _silent(scene: Scene) -> None:
    assert scene.proxy is not None
    scene.proxy.become("stall")


def _unlimited_s(port: int, most_s: float) -> float:
    """Return how long a request takes whose table has neither breaker nor time limits, ``most_s`` at most."""
    with on_server(port, proxied=True, guard=OpenGuard(), limited=False) as scene:
        scene.week(0)
        _silent(scene)
        began = time.monotonic()
        reader = threading.Thread(target=_read, args=(scene,), daemon=True)
        reader.start()
        reader.join(most_s)
        took_s = min(most_s, time.monotonic() - began)
        assert scene.proxy is not None
        scene.proxy.become("offline")
        scene.proxy.become()
        reader.join(most_s)
    return took_s


def _read(scene: Scene) -> None:
    with suppress(CandleError):  # its time is over before the source is asked
        scene.cache.get(week(1))

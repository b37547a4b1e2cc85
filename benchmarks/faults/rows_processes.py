"""Processes that are killed or stopped while they fetch or write."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

from benchmarks.faults import killed_writer
from benchmarks.faults.registry import Outcome, row
from cache.codec import decode
from tests.kit.herd import HANG_GUARD_S, QUESTION, RUNNING, months, place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.faults.ground import Ground
    from tests.kit.herd import Place

_LEASE_S = 1.0
_SHORT_LEASE_S = 0.5
_PROVIDER_S = 0.3


@row(
    13,
    "lock holder killed (kill -9)",
    "nobody waits more than 3 s for it; the lock is free after lease + 2 s; 0 dead locks in 50 rounds",
)
def killed(ground: Ground) -> Outcome:
    """Two processes ask for what a third was fetching when it was killed."""
    rounds, told, holds = ground.count(25, 1), [], True
    for name, url in ground.places().items():
        with place(ground.folder(), url) as at:
            waits, dead = _killed_rounds(at, ground.within(months(rounds), 1))
        told.append(f"{name}: longest answer {max(waits):.1f} s, {dead} dead locks in {len(waits)} rounds")
        holds &= dead == 0 and max(waits) <= 3 + _PROVIDER_S
    figure = f"lease {_LEASE_S:g} s, provider {_PROVIDER_S:g} s; {'; '.join(told)}"
    return Outcome(figure, holds)


def _killed_rounds(at: Place, questions: Iterable[dict[str, Any]]) -> tuple[list[float], int]:
    """Return how long those who waited were kept in each round (s, at most), and how many locks were left."""
    plan = at.plan.with_(lease_s=_LEASE_S, wait_s=3.0, provider_s=_PROVIDER_S)
    others = at.workers(plan, plan)
    waits, dead = [], 0
    for question in questions:
        (holder,) = at.workers(plan.with_(provider_s=HANG_GUARD_S))
        holder.ask(question)
        holder.next("calling")
        holder.signal(signal.SIGKILL)
        killed_at = time.monotonic()
        for other in others:
            other.ask(question)
        for other in others:
            other.answer()
        waits.append(time.monotonic() - killed_at)
        dead += not _free_by(at, question, killed_at + _LEASE_S + 2)
    return waits, dead


def _free_by(at: Place, question: dict[str, Any], end_s: float) -> bool:
    while at.locks(question) is not None:
        if time.monotonic() > end_s:
            return False
        time.sleep(0.05)
    return True


@row(
    14,
    "lock holder stopped beyond its lease (SIGSTOP, SIGCONT)",
    "0 overwrites of newer data in 50 rounds; negative twin without the condition must fail",
)
def stopped(ground: Ground) -> Outcome:
    """The late one comes back with an older price and writes it."""
    rounds, told, holds = ground.count(5, 1), [], True
    places = ground.places()
    for name, url in places.items():
        overwritten = made = 0
        for _ in ground.within(range(rounds), 1):
            more, of = _stopped_rounds(ground, url, fenced=True)
            overwritten, made = overwritten + more, made + of
        told.append(f"{name} {overwritten} of {made}")
        holds &= overwritten == 0
    twin, of = _stopped_rounds(ground, "", fenced=False)
    figure = f"overwrites: {', '.join(told)}; negative twin without the condition: {twin} of {of}"
    return Outcome(figure, holds and twin > 0)


def _stopped_rounds(ground: Ground, url: str, *, fenced: bool) -> tuple[int, int]:
    """Return how often the newer price was lost, and in how many rounds; each is another block."""
    questions = [
        RUNNING | {"ticker": ticker, "resolution": resolution}
        for ticker in ("AAPL", "MSFT")
        for resolution in ("1", "5")
    ][: 1 if ground.quick else 4]
    questions += (
        [] if ground.quick else [QUESTION | {"resolution": "D", "start": "2025-03-03", "end": "2025-03-07"}]
    )
    with place(ground.folder(), url) as at:
        plan = at.plan.with_(lease_s=_SHORT_LEASE_S, wait_s=10.0, fenced=fenced, provider_s=0.1)
        late, other = at.workers(plan, plan.with_(fenced=True))
        lost = 0
        for question in questions:
            at.price(100.0)
            late.ask(question)
            late.next("calling")
            late.signal(signal.SIGSTOP)
            at.price(200.0)
            other.ask(question)
            newer = other.answer()["closes"]
            late.signal(signal.SIGCONT)
            late.answer()
            lost += _stored_close(at, question) != newer[-1]
    return lost, len(questions)


def _stored_close(at: Place, question: dict[str, Any]) -> float:
    """Return the last close that the table holds for a question."""
    between = (f"{question['resolution']}#", f"{question['resolution']}#~")
    items = at.store.table(at.schema).query(
        f"{question['ticker']}#scripted", between=between, consistent=True
    )
    return float(decode(items[-1]["data"]).close[-1])  # type: ignore[arg-type]


@row(
    15,
    "kill -9 during a write of many blocks",
    "0 partial reads in 200 random kill points, on SQLite and on a DynamoDB-API server",
)
def killed_while_writing(ground: Ground) -> Outcome:
    """A process writes a quarter of sessions again and again, in two versions, until it is killed."""
    points, told, holds = ground.count(200, 6), [], True
    for name, url in ground.places().items():
        with place(ground.folder(), url) as at:
            found = killed_writer.kill_often(at.plan, points)
        told.append(
            f"{name}: {found.partial} partial in {points} kills, {found.between} of them between two blocks, "
            f"{found.changed} with something new in the table"
        )
        holds &= found.partial == 0 and found.changed > 0
    return Outcome("; ".join(told), holds)

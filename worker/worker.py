"""The worker: leads where no other process does, and has APScheduler start what is due."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from cache.warming import Outcome
from store.table import TableError, TableUnavailableError
from worker.schedule import LATE, NEW_YORK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from typing import Protocol

    from cache.warming import Step
    from worker.channels import ChannelJob
    from worker.done_marks import DoneMarks
    from worker.leader import Leader
    from worker.schedule import Daily

    class Warms(Protocol):
        """Takes the steps for some tickers (``cache.warming.Warming``)."""

        def run(self, tickers: Sequence[str], cancelled: Callable[[float], bool]) -> Iterator[Step]:
            """Take one step after the other."""


RETRY_S = 10.0
"""Between two looks at a table that does not say whether the job was done."""
_log = structlog.get_logger(__name__)


class WarmingJob:
    """Warming, once a day, as long as this process leads."""

    def __init__(  # noqa: PLR0913 - the composition gives all parts once
        self,
        leader: Leader,
        marks: DoneMarks,
        warming: Warms,
        tickers: Sequence[str],
        schedule: Daily,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Warm ``tickers`` when ``schedule`` says so; ``now`` is aware."""
        self._leader = leader
        self._marks = marks
        self._warming = warming
        self._tickers = tuple(tickers)
        self.schedule = schedule
        self._now = now

    def run(self, stop: threading.Event) -> bool:
        """Warm if it is due and not done; return whether it has been done now, to its end."""
        while (day := self.schedule.due(self._now())) is not None and self._leader.leads:
            try:
                return not self._marks.done(day) and self._warm(day, stop)
            except TableError:  # logged and counted; it may answer while there is still time
                if self._cancelled(stop, RETRY_S):
                    return False
        return False

    def _warm(self, day: date, stop: threading.Event) -> bool:
        _log.info("warming_begins", day=day.isoformat(), tickers=len(self._tickers))
        taken = list(self._warming.run(self._tickers, partial(self._cancelled, stop)))
        steps, done = len(taken), not self._cancelled(stop, 0)
        if done and any(step.outcome is Outcome.LOST for step in taken):
            raise TableUnavailableError("what was warmed could not be kept")
        _log.info("warming_done" if done else "warming_stopped", day=day.isoformat(), steps=steps)
        return done and self._marks.mark(day)

    def _cancelled(self, stop: threading.Event, seconds: float) -> bool:
        """Wait, but not longer than this process leads; return whether to go no further."""
        while self._leader.leads:
            part_s = min(seconds, self._leader.beat_s)
            if stop.wait(part_s):
                return True
            seconds -= part_s
            if seconds <= 0:
                return not self._leader.leads
        return True


class Worker:
    """Beats, and has warming run at its time and whenever this process comes to lead.

    Channels are processed beside it, in a thread of their own: neither waits for the other.
    """

    def __init__(self, leader: Leader, job: WarmingJob | None, channels: ChannelJob | None = None) -> None:
        """Compete for the lead; without a job there is nothing to do but to lead."""
        self._leader = leader
        self._job = job
        self._channels = channels

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop, then end what is under way between two steps, and resign."""
        wake = threading.Event()
        # A thread of its own: the interpreter's exit waits for APScheduler's, and steps may be far apart.
        works = [threading.Thread(target=self._work, args=(wake, stop), name="worker-job", daemon=True)]
        if self._channels is not None:
            process = self._channels.run
            works.append(threading.Thread(target=process, args=(stop,), name="worker-channels", daemon=True))
        scheduler = BackgroundScheduler(timezone=NEW_YORK)
        if self._job is not None:
            scheduler.add_job(wake.set, _trigger(self._job), misfire_grace_time=int(LATE.total_seconds()))
        scheduler.start()
        for work in works:
            work.start()
        try:
            while not stop.is_set():
                led = self._leader.leads
                if self._leader.beat() and not led:
                    wake.set()  # who led before may have left today's undone
                stop.wait(self._leader.beat_s)
        finally:
            stop.set()
            wake.set()
            scheduler.shutdown()
            for work in works:
                work.join()
            self._leader.resign()

    def _work(self, wake: threading.Event, stop: threading.Event) -> None:
        while True:
            wake.wait()
            wake.clear()
            if stop.is_set():
                return
            if self._job is None:
                continue
            try:
                self._job.run(stop)
            except Exception:  # noqa: BLE001 - whatever it is, the next day has its turn
                _log.exception("worker_job_failed")


def _trigger(job: WarmingJob) -> CronTrigger:
    at = job.schedule.at
    return CronTrigger(hour=at.hour, minute=at.minute, timezone=NEW_YORK)


class BackgroundWorker:
    """A worker in a daemon thread of this process, for a machine where no process works alone."""

    def __init__(self, worker: Worker) -> None:
        """Prepare; nothing runs yet."""
        self._worker = worker
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in the process that serves: a fork ends threads, even those that were not started yet."""
        self._thread = threading.Thread(
            target=self._worker.run, args=(self._stop,), name="worker", daemon=True
        )
        self._thread.start()

    def stop(self, patience_s: float = 5.0) -> bool:
        """End it; return whether it ended, a step that is under way included, within ``patience_s``."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(patience_s)
        return self._thread is None or not self._thread.is_alive()

"""The app as a person starts it, with the demo's channel processed already."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from types import TracebackType

from adapters.demo import DemoProvider
from app import open_cache
from recording import open_records, processing
from settings import Settings, load
from store import schemas
from tests.kit.app_process import AppProcess
from tests.kit.house import NAMES, Clock
from tests.kit.scripted_app import ThreadedApp
from track_record import demo_channel

STEP_GUARD_S = 30


class TrackApp(AppProcess):
    """A running app on demo prices; ``channel_id`` is the demo's channel, 72 videos, all looked through."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        """Prepare a start on a copy of what was processed once for the whole run of tests."""
        folder, self.channel_id = _processed()
        shutil.copytree(folder.name, data_dir, dirs_exist_ok=True)
        super().__init__(data_dir, **settings)

    @property
    def channel_url(self) -> str:
        """The address of the demo's channel."""
        return f"{self.url}/track-record/{self.channel_id}"


class SteppedTrackApp(ThreadedApp):
    """The app in the test's process, beside a worker that takes the steps that the test lets it.

    Attributes:
        records: behind the pages.
    """

    def __init__(self, folder: Path) -> None:
        """Prepare it on demo prices and an empty table in ``folder``; nothing is processed by itself."""
        super().__init__(folder, [DemoProvider()], Clock(time.time()))
        tables = schemas(NAMES)
        self.records = open_records(self._house.store, tables)
        self._processing = processing(Settings(), self._house.store, tables, self._house.cache)
        self._step = threading.Condition()
        self._allowed = 0
        self._rests = self._freed = False
        self._worker: threading.Thread | None = None

    def work(self, channel_id: str) -> None:
        """Begin to process a channel; it waits before its first step."""
        run = self._processing.run
        self._worker = threading.Thread(target=run, args=(channel_id, self._stopped), name="stepped-worker")
        self._worker.start()

    def let(self, steps: int) -> None:
        """Let the worker take some steps, and wait until it has; a video takes several."""
        with self._step:
            self._allowed += steps
            self._step.notify_all()
            assert self._step.wait_for(lambda: self._rests and not self._allowed, STEP_GUARD_S), "too slow"

    def finish(self) -> None:
        """Let the worker go on to its end, and wait for that."""
        with self._step:
            self._freed = True
            self._step.notify_all()
        if self._worker is not None:
            self._worker.join(STEP_GUARD_S)
            assert not self._worker.is_alive(), "the worker does not come to an end"

    def _stopped(self, _seconds: float) -> bool:
        with self._step:
            self._rests = True
            self._step.notify_all()
            ready = self._step.wait_for(lambda: self._freed or self._allowed > 0, STEP_GUARD_S)
            assert ready, "nobody let the worker go on"
            self._rests = False
            self._allowed = max(self._allowed - 1, 0)
        return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, the worker first."""
        self.finish()
        super().__exit__(kind, error, trace)


@cache
def _processed() -> tuple[tempfile.TemporaryDirectory[str], str]:
    """Return a data folder in which the demo's channel was really processed, and the channel's id."""
    folder = tempfile.TemporaryDirectory(prefix="track-app-")
    settings = load(env_file=None, data_dir=Path(folder.name), providers="demo", request_deadline_s=30.0)
    store, schemas, _, candles = open_cache(settings)
    channel = demo_channel.add_again(open_records(store, schemas))
    processing(settings, store, schemas, candles).run(channel.id, lambda _seconds: False)
    store.close()
    return folder, channel.id

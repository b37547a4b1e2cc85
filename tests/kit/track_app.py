"""The app as a person starts it, with the demo's channel processed already."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from app import open_cache
from recording import open_records, processing
from settings import load
from tests.kit.app_process import AppProcess
from track_record import demo_channel


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

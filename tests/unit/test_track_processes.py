"""Several processes add the same channel to one table (record-3): real ones, let go together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from store import SqliteStore, TableNames, schemas
from tests.kit.app_process import ROOT
from track_record.records import Records

PROCESSES, CHANNELS = 3, 20
TABLES = schemas(TableNames("ohlc", "users", "sentiments", "StockTrackRecord"))
WORK = f"""
import sys
from pathlib import Path
from tests.unit.test_track_processes import TABLES, opened
from tests.kit.track import new_channel
from track_record.errors import DuplicateChannelError
records = opened(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range({CHANNELS}):
    try:
        records.channels.add(new_channel(f"UC{{number}}"))
    except DuplicateChannelError:
        continue
    print(number, flush=True)
"""


def opened(path: Path) -> Records:
    """Return the records of a file."""
    store = SqliteStore(path)
    store.create([TABLES.track_record, TABLES.stocks])
    return Records.of(store.table(TABLES.track_record), store.table(TABLES.stocks))


@pytest.mark.slow
def test_each_channel_is_added_by_one_process(tmp_path: Path) -> None:
    path = tmp_path / "tables.sqlite3"
    records = opened(path)
    herd = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for process in herd:
        assert process.stdout is not None
        while process.stdout.readline().strip() != "ready":
            assert process.poll() is None
    added = [process.communicate("go\n", timeout=60)[0].split("\n") for process in herd]
    numbers = [int(line) for lines in added for line in lines if line.isdigit()]
    assert sorted(numbers) == list(range(CHANNELS))
    assert records.channels.page(1, 100).total == CHANNELS

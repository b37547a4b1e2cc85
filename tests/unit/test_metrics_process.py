"""The thread that samples and exports, in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from cache.statistics import NAMES, OUTCOMES, Statistics
from metrics.hub import Metrics
from tests.kit.app_process import ROOT

PROGRAM = """
import os, sys, threading
from metrics.hub import Metrics
counted = {"requests": 0, "table_errors": 0}
metrics = Metrics(counted, (), counted=lambda: counted, cloudwatch="prod")
for _ in range(3):
    metrics.start()
if os.fork() == 0:
    assert [t.name for t in threading.enumerate()] == ["MainThread"]
    metrics.start()
    counted["table_errors"] = 2
    names = [t.name for t in threading.enumerate()]
    assert names.count("metrics") == 1, names
    sys.exit()
os.wait()
counted["table_errors"] = 5
assert [t.name for t in threading.enumerate()].count("metrics") == 1
"""


def test_each_process_has_one_thread_and_says_at_its_end_what_it_has_not_said() -> None:
    """api-8: started after a fork too; the end of a minute is not lost, and a fork does not repeat it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [json.loads(line)["CacheError"] for line in done.stdout.splitlines()] == [2, 5]


def test_the_history_begins_with_start_and_holds_all_counters() -> None:
    statistics = Statistics()
    metrics = Metrics(NAMES, OUTCOMES, counted=statistics.snapshot)
    statistics.tell(metrics)
    assert metrics.history() == []
    statistics.add("misses", 3)
    metrics.tick()
    (sample,) = metrics.history()
    assert sample.totals == statistics.snapshot()
    assert sample.at_s > 1_700_000_000

"""A process gives back what it has freed, and its threads share few arenas."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import process_memory
from tests.kit.app_process import ROOT

pytestmark = pytest.mark.skipif(not hasattr(process_memory._glibc(), "mallopt"), reason="glibc only")

_ARENAS_OF_THREADS = """
import ctypes, sys, threading
import process_memory
if sys.argv[1] == "few":
    process_memory.keep_few_arenas()
all_here, kept = threading.Barrier(12), []
def work():
    all_here.wait()
    kept.append([bytes(2_000) for _ in range(100)])
    all_here.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
c = ctypes.CDLL(None)
c.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(c.fopen(sys.argv[2].encode(), b"w"))
c.malloc_info(0, file)
c.fclose(file)
"""
_FREED_IN_PARTS = """
import json, psutil, sys
import process_memory
mb = lambda: psutil.Process().memory_info().rss / 1024**2
held = [bytes(8_000) for _ in range(8_000)]
kept = held[::100]
del held
before = mb()
if sys.argv[1] == "back":
    process_memory.give_back()
print(json.dumps([before, mb()]))
"""


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize(("how", "few"), [("few", True), ("as it is", False)])
def test_twelve_threads_share_two_arenas(tmp_path: Path, how: str, *, few: bool) -> None:
    """With the negative twin: by itself glibc makes more, eight for each CPU at most."""
    told = tmp_path / "arenas.xml"
    run(_ARENAS_OF_THREADS, how, str(told))
    arenas = told.read_text().count("<heap nr=")
    assert (arenas <= 2) is few


@pytest.mark.parametrize(("how", "given_back"), [("back", True), ("kept", False)])
def test_what_is_freed_between_what_is_kept_goes_back(how: str, *, given_back: bool) -> None:
    """64 MB, of which every hundredth part stays: glibc by itself keeps all of it."""
    before, after = json.loads(run(_FREED_IN_PARTS, how))
    assert (before - after > 30) is given_back


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_memory.ctypes, "CDLL", lambda _: object())
    threads = psutil.Process().num_threads()
    process_memory.keep_few_arenas()
    process_memory.give_back()
    process_memory.give_back_often()
    assert psutil.Process().num_threads() == threads

"""The rules in a process of their own: the same answer, and an end whenever it is wanted (record-4)."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from adapters.errors import BadPayloadError
from adapters.extractors import ReaderHere, RuleExtractor, Stocks, Video
from adapters.extractors.apart import RulesApart
from adapters.transcripts import Snippet, Transcript
from tests.kit.gold_transcripts import load

HANG_GUARD_S = 60.0


class CancelledError(Exception):
    """Somebody cancelled."""


@pytest.fixture
def apart() -> Iterator[RulesApart]:
    reader = RulesApart()
    yield reader
    reader.close()


def children(process_id: int | None = None) -> list[psutil.Process]:
    """Return the processes that read for this one, or for another."""
    found = psutil.Process(process_id).children()
    return [child for child in found if "adapters.extractors.apart" in " ".join(child.cmdline())]


def long_video(hours: float) -> Video:
    said = [snippet.text for gold in load("held_out") for snippet in gold.video.transcript.snippets]
    count = int(hours * 1_200)
    snippets = tuple(Snippet(said[n % len(said)], 3.0 * n, 3.0) for n in range(count))
    return Video("long", "Twelve hours", Transcript(snippets, "en", "automatic"))


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + HANG_GUARD_S
    while not reached():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def test_it_answers_as_it_would_here_and_one_child_reads_all(apart: RulesApart) -> None:
    here = ReaderHere(RuleExtractor(Stocks.load()), Stocks.load())
    assert apart.identity == here.identity
    videos = [gold.video for gold in load("held_out")[:5]]
    for video in videos:
        assert apart.read(video, lambda: None) == here.read(video, lambda: None)
        assert len(children()) == 1
    assert any(here.read(video, lambda: None).mentions for video in videos)
    apart.close()
    assert children() == []


def test_cancelled_in_the_middle_of_twelve_hours_it_ends_within_seconds(apart: RulesApart) -> None:
    """record-4: and the next video is read by another child."""
    began: list[float] = []

    def cancelled() -> None:
        began.append(time.monotonic())
        raise CancelledError

    with pytest.raises(CancelledError):
        apart.read(long_video(12), cancelled)
    assert time.monotonic() - began[0] < 2.0
    assert children() == []
    assert apart.read(long_video(0.1), lambda: None).mentions


def test_a_child_that_dies_fails_the_video_and_no_other(apart: RulesApart) -> None:
    """Out of memory, a bug in an interpreter: a reason for people, without a trace."""

    def kill() -> None:
        for child in children():
            child.kill()

    with pytest.raises(BadPayloadError) as caught:
        apart.read(long_video(12), kill)
    assert "Reading it by rules failed" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert apart.read(long_video(0.1), lambda: None).mentions


def test_what_fails_in_the_child_is_named_and_goes_no_further(apart: RulesApart) -> None:
    broken = Video("broken", "", Transcript((Snippet(None, 0.0, 1.0),), "en", "given"))  # type: ignore[arg-type]
    with pytest.raises(BadPayloadError, match=r"failed \(TypeError\)"):
        apart.read(broken, lambda: None)


def test_a_child_that_never_answers_is_not_waited_for_without_end() -> None:
    now_s = [0.0]
    silent = (sys.executable, "-c", "import sys; sys.stdin.read()")
    reader = RulesApart(silent, monotonic=lambda: now_s[0])

    def hours_pass() -> None:
        now_s[0] += 3_600

    with pytest.raises(BadPayloadError, match="took too long"):
        reader.read(long_video(12), hours_pass)


def test_its_parent_killed_it_ends_in_the_middle_of_its_work() -> None:
    """A kill -9 of the process that serves leaves nothing that goes on computing."""
    program = (
        "from tests.unit.test_extract_apart import long_video\n"
        "from adapters.extractors.apart import RulesApart\n"
        "RulesApart().read(long_video(200), lambda: print('at work', flush=True))\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "at work\n"
        (child,) = children(parent.pid)
        parent.kill()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_this_interpreter_is_free_while_it_reads(apart: RulesApart) -> None:
    """Here nearly all of the time is the rules'; apart, none of this process's."""
    here = ReaderHere(RuleExtractor(Stocks.load()), Stocks.load())
    video = long_video(3)
    apart.read(long_video(0.1), lambda: None)

    def own_seconds(read: Callable[[], object]) -> float:
        began = time.process_time()
        worker = threading.Thread(target=read)
        worker.start()
        worker.join()
        return time.process_time() - began

    ours = own_seconds(lambda: apart.read(video, lambda: None))
    other = own_seconds(lambda: here.read(video, lambda: None))
    assert ours < other / 3

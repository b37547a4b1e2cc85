"""The rules in a process of their own: twelve hours of captions are seconds of work, and people wait beside.

In the process that serves, such work would hold the interpreter whenever a request wants it. The child is
started when the first video comes, works at a low priority, and ends when its parent closes it or dies. What
it is told and what it answers are pickles between two halves of one program, each with its length in front.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from adapters.errors import BadPayloadError
from adapters.extractors.claims import Extraction
from adapters.extractors.rules import RuleExtractor
from adapters.extractors.settling import extract
from adapters.extractors.stocks import Stocks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.extractors.claims import Video

COMMAND = (sys.executable, "-m", "adapters.extractors.apart")
LONGEST_S = 900.0
"""More than any video takes."""
LOOK_EVERY_S = 1.0
_ROOT = Path(__file__).parents[2]
_LENGTH = struct.Struct(">Q")
_PART_BYTES = 1 << 16


class RulesApart:
    """Reads videos by rules in a child process; a ``Reader``. For one thread at a time."""

    identity = RuleExtractor.identity

    def __init__(
        self, command: Sequence[str] = COMMAND, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Start nothing yet; ``command`` is what the child is, ``monotonic`` gives seconds."""
        self._command = command
        self._monotonic = monotonic
        self._child: _Child | None = None

    def read(self, video: Video, go_on: Callable[[], object]) -> Extraction:
        """Return what is said in a video.

        Args:
            video: what to read.
            go_on: is called about every second; an error that it raises ends the child, and is passed on.

        Raises:
            BadPayloadError: the child failed, died, or came to no end; the next video gets another one.
        """
        child = self._child = self._child or _Child(self._command)
        try:
            return self._answered(child, video, go_on)
        except BaseException:
            self.close()
            raise

    def _answered(self, child: _Child, video: Video, go_on: Callable[[], object]) -> Extraction:
        until = self._monotonic() + LONGEST_S
        child.tell(video)
        while (answer := child.answer(LOOK_EVERY_S)) is None:
            go_on()
            if self._monotonic() > until:
                raise _failed("took too long")
        if not isinstance(answer, Extraction):
            raise _failed(f"failed ({answer})")
        return answer

    def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """The child process as its parent sees it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._videos: queue.SimpleQueue[Video | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # A pipe that is full or empty waits without end, and whoever reads a video must be able to go.
        threading.Thread(target=self._talk, name="extraction", daemon=True).start()

    def tell(self, video: Video) -> None:
        """Send a video; the answer comes by ``answer``."""
        self._videos.put(video)

    def answer(self, seconds: float) -> object | None:
        """Return the answer, the name of what failed, or None when there is nothing yet."""
        try:
            told: object = self._answers.get(timeout=seconds)
        except queue.Empty:
            return None
        return told

    def end(self) -> None:
        """Kill it: it holds nothing that could be lost."""
        self._process.kill()
        self._process.wait()
        self._videos.put(None)

    def _talk(self) -> None:
        with self._process as process:
            try:
                while (video := self._videos.get()) is not None:
                    _write(process.stdin, video)
                    self._answers.put(_read(process.stdout))
            except Exception as error:  # noqa: BLE001 - whatever it is, who waits must hear of it
                self._answers.put(type(error).__name__)


def main() -> None:
    """Read what the parent sends, until it sends no more."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a Ctrl-C in a terminal is for the parent, which then ends this
    if hasattr(os, "nice"):
        os.nice(10)
    # Whatever prints something must not do it between the answers.
    told = os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    videos: queue.SimpleQueue[Video] = queue.SimpleQueue()

    def listen() -> None:
        try:
            while True:
                videos.put(_read(told))
        except Exception:  # noqa: BLE001 - the parent is gone; nobody waits for what is under way
            os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    stocks = Stocks.load()
    rules = RuleExtractor(stocks)
    while True:
        video = videos.get()
        answer: Extraction | str
        try:
            answer = extract(rules, video, stocks)
        except Exception as error:  # noqa: BLE001 - the parent tells people, and goes on with the next video
            answer = type(error).__name__
        _write(answers, answer)


def _failed(how: str) -> BadPayloadError:
    return BadPayloadError(f"Reading it by rules {how}. Nothing of it was kept; the app's log may have more.")


def _write(pipe: BinaryIO | Any, what: object) -> None:  # noqa: ANN401 - as Popen types its pipes
    data = pickle.dumps(what)
    left = memoryview(_LENGTH.pack(len(data)) + data)
    while left:
        left = left[pipe.write(left) :]


def _read(pipe: BinaryIO | Any) -> Any:  # noqa: ANN401 - what the other side sent
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return pickle.loads(_exactly(pipe, length))  # noqa: S301 - from this program's other half, through a pipe


def _exactly(pipe: BinaryIO | Any, size: int) -> bytes:  # noqa: ANN401 - as Popen types its pipes
    # Pipes without buffers: those have locks, for which an interpreter that ends would wait.
    data = bytearray()
    while len(data) < size:
        part = pipe.read(min(size - len(data), _PART_BYTES))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


if __name__ == "__main__":
    main()

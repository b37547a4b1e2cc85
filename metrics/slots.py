"""One folder for the numbers of all processes that a server forks, and one place in it for each of them.

A worker that comes takes the place of one that went and counts on in its file: totals never fall, and however
often workers are replaced, there are no more files than workers at one time. The folder is its maker's and
goes with it. Only the standard library is needed here, because the server's own process loads this.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX = "chandlery-metrics-"
_MADE = "made"
"""A file that says by its age since when is counted: that of a folder changes with what is in it."""
_mine: list[int] = []


def own_folder(known: str) -> str:
    """Return this process's folder, made anew unless ``known`` is it; "" where none can be made."""
    prefix = f"{_PREFIX}{os.getpid()}-"
    if Path(known).name.startswith(prefix) and Path(known).is_dir():
        return known
    try:
        folder = tempfile.mkdtemp(prefix=prefix)
        Path(folder, _MADE).touch()
    except OSError:
        return ""
    maker = os.getpid()

    def remove() -> None:
        if os.getpid() == maker:  # forks inherit this, and leave it to the maker
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def made_s(folder: str) -> float | None:
    """Return when (UTC seconds) a folder was made; None where there is none."""
    try:
        return Path(folder, _MADE).stat().st_mtime if folder else None
    except OSError:
        return None


def free(taken: Iterable[int]) -> int:
    """Return the lowest place that is not taken."""
    occupied = set(taken)
    return next(slot for slot in range(len(occupied) + 1) if slot not in occupied)


def take(slot: int) -> None:
    """Let this process have a place from now on."""
    _mine[:] = [slot]


def name() -> str:
    """Return what the files of this process are called after."""
    return str(_mine[0]) if _mine else f"p{os.getpid()}"


def leave(folder: str, slot: int) -> None:
    """Forget what a process that ended held at the moment of its end; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - not before a worker has ended

    if not folder:
        return
    with suppress(OSError):  # the folder is gone, and with it what is to be forgotten
        mark_process_dead(slot, folder)  # type: ignore[no-untyped-call]

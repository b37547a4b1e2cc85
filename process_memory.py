"""What a process keeps of the memory that it has freed, for servers with many threads and short requests.

glibc gives threads arenas of their own, up to eight for each CPU, and keeps what is free in each: a process
grows for minutes though what it uses does not. Two arenas, and giving back every 15 s what is free in them,
keep it level (docs/reliability.md, the soak). Where the C library is another one, nothing is done.
"""

from __future__ import annotations

import ctypes
import threading

_M_ARENA_MAX = -8
_ARENAS = 2
_EVERY_S = 15.0


def keep_few_arenas() -> None:
    """Limit the arenas of this process and of its forks; threads that have begun keep theirs."""
    if (c := _glibc()) is not None:
        c.mallopt(_M_ARENA_MAX, _ARENAS)


def give_back_often() -> None:
    """Begin to give back free memory in this process: every 15 s, a few milliseconds."""
    if _glibc() is not None:
        threading.Thread(target=_run, name="give-back", daemon=True).start()


def give_back() -> None:
    """Give back to the system what is free now; other threads go on meanwhile."""
    if (c := _glibc()) is not None:
        c.malloc_trim(0)


def _run() -> None:
    pause = threading.Event()
    while True:
        pause.wait(_EVERY_S)
        give_back()


def _glibc() -> ctypes.CDLL | None:
    try:
        c = ctypes.CDLL(None)
        c.gnu_get_libc_version, c.mallopt, c.malloc_trim  # noqa: B018 - raises where one is missing
    except (OSError, TypeError, AttributeError):
        return None
    return c

"""Which price files lie in a folder, unread, and when each changed.

Promise: only regular files directly in the folder count, never what a link outside of it points to; what is
gone by the time that it is looked at, and a link that leads nowhere, cost the other files nothing.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.errors import UnavailableError
from adapters.file_names import parse_name

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from adapters.file_names import FileName


@dataclass(frozen=True, slots=True)
class Listed:
    """One file at one time.

    Attributes:
        name: what its name says.
        path: where it is.
        identity: another one whenever its content may have changed.
        changed_s: when that was, UTC seconds.
    """

    name: FileName
    path: Path
    identity: tuple[int, ...]
    changed_s: float


def files_in(folder: Path, now: float) -> list[Listed]:
    """Return the price files in a folder by name; ``now`` is UTC seconds.

    Raises:
        UnavailableError: when the folder cannot be read.
    """
    try:
        inside = folder.resolve(strict=True)
        listed = (_listed(inside, path, now) for path in sorted(inside.iterdir()))
        return [file for file in listed if file is not None]
    except OSError as error:
        message = "The folder of your files (FILES_DIR) cannot be read. Check that it exists."
        raise UnavailableError(message, provider="files") from error


def identity_of(path: Path) -> tuple[int, ...]:
    """Return what is another one when a file's content or a folder's list may be; () where there is none."""
    try:
        return _identity(path.stat())
    except OSError:
        return ()


def change_s(status: os.stat_result, now: float) -> float:
    """Return when a file last changed; a time in the future, from another machine's clock, does not count."""
    return max((t for t in (status.st_mtime, status.st_ctime) if t <= now), default=0.0)


def _listed(inside: Path, path: Path, now: float) -> Listed | None:
    name = parse_name(path.name)
    try:
        if name is None or path.resolve().parent != inside:
            return None
        status = path.stat()
    except (FileNotFoundError, RuntimeError):  # it is gone, its target is, or links lead to each other
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Listed(name, path, _identity(status), change_s(status, now))


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino

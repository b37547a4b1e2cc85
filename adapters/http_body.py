"""The body of an answer: read in pieces up to a bound, unpacked, and whether its end was marked.

Only gzip is unpacked: it says where it ends, so what was cut off on its way and looks whole is found out.
No piece is unpacked beyond the bound, however few bytes it takes to say so much.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_BYTES = 8 * 1024 * 1024
"""The longest answers about prices have less than 2 MB; of 32 MB of brackets JSON would make 1 GB in 10 s."""
ACCEPTED = "gzip"
_GZIP = 31


class BodyError(Exception):
    """The body is of no use; the message completes "Tiingo …" and has no full stop."""


def read(headers: Mapping[str, str], pieces: Iterable[bytes]) -> tuple[bytes, bool]:
    """Return a body as it was meant, and whether its end was marked: by a length, by chunks, or by gzip.

    Args:
        headers: of the answer, by any case of their names.
        pieces: of the body as it came.

    Raises:
        BodyError: too long, packed in another way, or half of what was packed.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", ACCEPTED):
        raise BodyError("sent an answer that is packed in an unknown way")
    unpacking = zlib.decompressobj(_GZIP) if encoding == ACCEPTED else None
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MOST_BYTES:
        raise _too_long()
    body = _joined(pieces, unpacking)
    if unpacking is not None:
        if not unpacking.eof:
            raise BodyError("sent half an answer")
        return body, True
    return body, bool(announced) or "chunked" in headers.get("transfer-encoding", "").lower()


def _joined(pieces: Iterable[bytes], unpacking: zlib._Decompress | None) -> bytes:
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        try:
            opened = piece if unpacking is None else unpacking.decompress(piece, MOST_BYTES + 1 - size)
        except zlib.error:
            raise BodyError("sent what cannot be unpacked") from None
        size += len(opened)
        if size > MOST_BYTES:
            raise _too_long()
        kept.append(opened)
    return b"".join(kept)


def _too_long() -> BodyError:
    return BodyError(f"sent more than {MOST_BYTES // 2**20} MB, which is no answer to what was asked")

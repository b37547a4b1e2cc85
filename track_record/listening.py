"""Who wants to know when mentions come and go; the sentiments table is kept in step with them so.

Promise to a listener: it hears of a mention after that is written, and of its removal before that is removed.
So a mention that it could not be told of is still there to be told of again; what it hears twice is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from track_record.entities import Mention, Video


class MentionListener(Protocol):
    """Hears of mentions; may raise TableError, and then the change is to be made again."""

    def written(self, video: Video, mentions: Sequence[Mention]) -> None:
        """Hear that mentions of a video were written."""

    def removed(self, mentions: Sequence[Mention]) -> None:
        """Hear that mentions are about to be removed; some may never have been heard of."""


class Nobody:
    """Does not mind."""

    def written(self, video: Video, mentions: Sequence[Mention]) -> None:
        """Do nothing."""

    def removed(self, mentions: Sequence[Mention]) -> None:
        """Do nothing."""

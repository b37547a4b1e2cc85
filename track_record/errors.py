"""What can be wrong with a request about the track record.

::

    RecordError
    ├── UnknownChannelError     there is no such channel (any more)
    └── DuplicateChannelError   the channel is here already
"""

from __future__ import annotations


class RecordError(Exception):
    """A request cannot be carried out; the message says what to do."""

    code = "record_error"


class UnknownChannelError(RecordError):
    """The channel does not exist, or is being deleted."""

    code = "channel_not_found"


class DuplicateChannelError(RecordError):
    """Another channel stands for the same one on YouTube; ``channel_id`` is its id."""

    code = "channel_duplicate"

    def __init__(self, message: str, channel_id: str) -> None:
        """Keep which one it is."""
        super().__init__(message)
        self.channel_id = channel_id

"""What can be wrong with a request about the track record.

::

    RecordError
    ├── BadFieldError           a value that was given; ``field`` says which
    ├── UnknownChannelError     there is no such channel (any more)
    ├── UnknownVideoError       there is no such video (any more)
    ├── DuplicateChannelError   the channel is here already
    ├── UnknownReviewError      there is nothing to decide (any more)
    ├── DemoChannelError        the demo's channel is as it was bundled
    └── WrongStatusError        the channel is, or is not, being processed

Every message is a sentence for people. What its table fails with is a ``TableError``, which whoever uses the
track record finds here too.
"""

from __future__ import annotations

from store import TableError

__all__ = [
    "BadFieldError",
    "DemoChannelError",
    "DuplicateChannelError",
    "RecordError",
    "TableError",
    "UnknownChannelError",
    "UnknownReviewError",
    "UnknownVideoError",
    "WrongStatusError",
]


class RecordError(Exception):
    """A request cannot be carried out; the message says what to do."""

    code = "record_error"
    field = ""


class BadFieldError(RecordError):
    """A value is none that can be used; the message has a valid example and never repeats the value."""

    code = "bad_request"

    def __init__(self, message: str, field: str) -> None:
        """Keep which value it is."""
        super().__init__(message)
        self.field = field


class UnknownChannelError(RecordError):
    """The channel does not exist, or is being deleted."""

    code = "channel_not_found"


class UnknownReviewError(RecordError):
    """What was to be decided is not there, or not any more."""

    code = "review_not_found"


class UnknownVideoError(RecordError):
    """The video does not exist, or its channel is being deleted."""

    code = "video_not_found"


class DuplicateChannelError(RecordError):
    """Another channel stands for the same one on YouTube; ``channel_id`` is its id."""

    code = "channel_duplicate"
    field = "url"

    def __init__(self, message: str, channel_id: str) -> None:
        """Keep which one it is."""
        super().__init__(message)
        self.channel_id = channel_id


class DemoChannelError(RecordError):
    """Nothing is added to the demo's channel."""

    code = "demo_channel"


class WrongStatusError(RecordError):
    """What was asked for does not go with the channel's status."""

    def __init__(self, message: str, *, code: str) -> None:
        """Keep the code: "already_processing" or "not_processing"."""
        super().__init__(message)
        self.code = code

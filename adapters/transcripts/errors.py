"""Why there is no transcript, as one tree.

::

    TranscriptError
    ├── BadTranscriptError          a file or a text that cannot be read            → tell who gave it
    ├── NoTranscriptError           the video has none, or none in the language     → skip, with the reason
    ├── VideoGoneError              deleted, private, or not to be seen             → skip, with the reason
    ├── TranscriptsBlockedError     YouTube refuses this machine                    → later, or a file
    ├── TranscriptUnavailableError  no answer, or one that is not understood        → later
    └── FetcherMissingError         the optional package is not installed           → install it, or a file

``status`` is what a video's record says. Only "none" means that nothing was said in writing: a blocked or
unavailable transcript is unknown and never counts as a video without mentions. Messages are sentences for
people, without an address, a path, or words of the other side.
"""

from __future__ import annotations


class TranscriptError(Exception):
    """There is no transcript; ``status`` is stable, ``may_come`` tells whether a later try makes sense."""

    status = "failed"
    may_come = False


class BadTranscriptError(TranscriptError):
    """What was given is no transcript; the message says where and what to do."""

    status = "unreadable"


class NoTranscriptError(TranscriptError):
    """The video has no transcript in the languages asked for."""

    status = "none"


class VideoGoneError(TranscriptError):
    """The video cannot be watched by anybody without an account: deleted, private, restricted."""

    status = "video_gone"


class TranscriptsBlockedError(TranscriptError):
    """YouTube refuses to serve this machine, as it does with most addresses of clouds."""

    status = "blocked"
    may_come = True


class TranscriptUnavailableError(TranscriptError):
    """YouTube did not answer, or not in a form that is understood."""

    status = "unavailable"
    may_come = True


class FetcherMissingError(TranscriptError):
    """Fetching needs a package that is not installed."""

    status = "not_set_up"

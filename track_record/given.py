"""Transcripts that people paste or upload: kept with the video while it is here, and read before all others.

Nothing that was fetched is kept: of that only the quotes stay, with the mentions.
"""

from __future__ import annotations

import json
import lzma
from typing import TYPE_CHECKING

from adapters.transcripts import BadTranscriptError, Snippet, Transcript, read_transcript
from store import ItemTooLargeError
from track_record import keys
from track_record.channel_records import is_alive
from track_record.entities import AnalysisStatus, LogLevel, TranscriptStatus
from track_record.errors import UnknownVideoError

if TYPE_CHECKING:
    from store import Key, Table
    from track_record.entities import Video
    from track_record.records import Records

TRANSCRIPT = "Transcript"
MOST_BYTES = 16 * 1024 * 1024
"""Of a transcript as it is sent; twelve hours of captions have about 1 MB."""
_ATTEMPTS = 10
_TOO_LONG = "This is more text than can be kept for one video. Give the part in which stocks are spoken of."


class GivenTranscripts:
    """The transcripts that people gave. Thread-safe; every method may raise TableError."""

    def __init__(self, table: Table, records: Records) -> None:
        """Keep them in the main table, beside the mentions, so that they go with the channel."""
        self._table = table
        self._records = records

    def attach(self, channel_id: str, video_id: str, content: bytes | str) -> Video:
        """Keep a transcript, and have the channel's worker look through the video, also again.

        Args:
            channel_id: of the video's channel.
            video_id: the video's id here, not YouTube's.
            content: a file's bytes or a pasted text: .srt, .vtt, .json, YouTube's XML, or plain text.

        Raises:
            BadTranscriptError: it cannot be read; the message says what to do.
            UnknownVideoError: there is no such video (any more); nothing is kept.
        """
        transcript = read_transcript(content)
        if self._records.videos.get(channel_id, video_id) is None:
            raise no_such_video()
        self._keep(video_id, transcript)
        video = self._reopened(channel_id, video_id)
        if video is None or not is_alive(self._table, channel_id):
            self._table.delete(_key(video_id))
            raise no_such_video()
        words = "Its transcript was given by a person; it is looked through next."
        self._records.log.write(channel_id, LogLevel.INFO, f"{quoted(video.title)}: {words}")
        self._records.channels.want(channel_id)
        return video

    def of(self, video_id: str) -> Transcript | None:
        """Return what was given for a video."""
        item = self._table.get(_key(video_id), consistent=True)
        if item is None:
            return None
        kept = json.loads(lzma.decompress(item["words"]))
        snippets = tuple(Snippet(text, start_s, duration_s) for text, start_s, duration_s in kept["snippets"])
        return Transcript(snippets, kept["language"], "given", kept["timed"])

    def _keep(self, video_id: str, transcript: Transcript) -> None:
        snippets = [(each.text, each.start_s, each.duration_s) for each in transcript.snippets]
        kept = {"language": transcript.language, "timed": transcript.timed, "snippets": snippets}
        words = lzma.compress(json.dumps(kept, ensure_ascii=False).encode("utf-8", errors="replace"))
        pk, sk = _key(video_id)
        try:
            self._table.put({"PK": pk, "SK": sk, "entity_type": TRANSCRIPT, "words": words})
        except ItemTooLargeError:
            raise BadTranscriptError(_TOO_LONG) from None

    def _reopened(self, channel_id: str, video_id: str) -> Video | None:
        """Have a video looked through, also when somebody is at it; None when it is gone."""
        for _ in range(_ATTEMPTS):
            video = self._records.videos.get(channel_id, video_id)
            if video is None:
                return None
            moved = self._records.videos.move(
                video, transcript=TranscriptStatus.COMPLETED, analysis=AnalysisStatus.PENDING
            )
            if moved is not None:
                return moved
        return None


def quoted(title: str, longest: int = 80) -> str:
    """Return a title for a sentence: on one line, short, and without signs that turn the writing around."""
    plain = on_one_line(title)
    shown = plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
    return f"“{shown or 'without a title'}”"


def _key(video_id: str) -> Key:
    return keys.video_partition(video_id), "TRANSCRIPT#given"


def on_one_line(text: str) -> str:
    """Return a text without line breaks and without signs that nobody sees."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def no_such_video() -> UnknownVideoError:
    """Return the error for a video that is not there (any more)."""
    return UnknownVideoError("There is no such video; its channel may have been deleted.")

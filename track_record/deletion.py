"""Deleting a channel with all that hangs on it (record-8).

The channel's own item is marked first and goes last. From the mark on, whoever writes under the channel finds
out and takes back what it wrote; until the item is gone, an interrupted deletion can be seen and done again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from store import Equals
from track_record import items, keys

if TYPE_CHECKING:
    from store import Key, Table
    from track_record.listening import MentionListener

_log = structlog.get_logger(__name__)


def delete_channel(table: Table, channel_id: str, listener: MentionListener) -> bool:
    """Delete a channel, its aliases, videos, mentions and logs; return False when there is no channel.

    What hangs on a channel that is gone (its writer died at the wrong moment) is deleted either way;
    ``listener`` hears of its mentions before.

    Raises:
        UnprocessedItemsError: some of it could not be deleted; the channel is still there.
    """
    key = keys.channel_key(channel_id)
    marked = table.update(key, put={"deleting": True}, when=Equals("entity_type", items.CHANNEL))
    count = _sweep(table, channel_id, listener)
    if marked is None:
        return False
    for alias in marked.get("aliases", ()):
        table.delete(keys.channel_key(alias), when=Equals("channel_id", channel_id))
    # On its condition, because it may have been deleted and added anew meanwhile.
    table.delete(key, when=Equals("deleting", value=True))
    _log.info("track_channel_deleted", channel_id=channel_id, items=count)
    return True


def _sweep(table: Table, channel_id: str, listener: MentionListener) -> int:
    """Delete what hangs on a channel until nothing does; return how many items that were."""
    count = 0
    while below := _keys_in(table, keys.channel_partition(channel_id)):
        videos = [sk.removeprefix(keys.VIDEOS) for _, sk in below if sk.startswith(keys.VIDEOS)]
        # Mentions first: a video that is left over still leads to them.
        mentions = [key for video in videos for key in _keys_in(table, keys.video_partition(video))]
        for partition in dict.fromkeys(pk for pk, sk in mentions if sk.startswith(keys.MENTIONS)):
            found = table.query(partition, prefix=keys.MENTIONS, consistent=True)
            listener.removed(items.readable(found, items.to_mention))
        table.delete_many(mentions)
        table.delete_many(below)
        count += len(mentions) + len(below)
    return count


def _keys_in(table: Table, partition: str) -> list[Key]:
    found = table.query(partition, attributes=("PK", "SK"), consistent=True)
    return [(item["PK"], item["SK"]) for item in found if item["SK"] != partition]

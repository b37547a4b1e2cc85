"""The channels that are followed: added once each, listed, changed by one step at a time, and deleted whole.

A channel's id follows from its YouTube id (``keys``), so its key is all that makes it unique. A channel whose
handle was resolved later keeps its id, and an alias takes up the key that its YouTube id stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from store import Absent, AllOf, AnyOf, Equals, TableUnavailableError
from track_record import instants, items, keys
from track_record.deletion import delete_channel
from track_record.entities import MAX_MONTHS, MIN_MONTHS, Channel, ChannelStatus, NewChannel
from track_record.errors import DuplicateChannelError, UnknownChannelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from store import Item, Table
    from track_record.listening import MentionListener

ALIVE = AllOf((Equals("entity_type", items.CHANNEL), Absent("deleting")))
"""What must hold of a channel's item for anything to be written under it."""

_ATTEMPTS = 5
_NOT_BEGUN = "not_begun"
"""On a channel that somebody wants processed and no worker has begun with."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """Some channels, newest first. ``total`` counts all there are, also past the end; pages begin at 1."""

    items: tuple[Channel, ...]
    total: int
    page: int
    per_page: int


class ChannelRecords:
    """The channels in the track record's table. Thread-safe; every method may raise TableError."""

    def __init__(self, table: Table, now: Callable[[], datetime], listener: MentionListener) -> None:
        """Use the main table; ``now`` gives the present with its time zone; see ``listening``."""
        self._table = table
        self._now = now
        self._listener = listener

    def add(self, new: NewChannel) -> Channel:
        """Follow a channel; of several who add the same one at once, one does.

        Raises:
            DuplicateChannelError: it is followed already.
            ValueError: the months are none that can be chosen.
        """
        if not MIN_MONTHS <= new.time_range_months <= MAX_MONTHS:
            raise ValueError(f"Choose {MIN_MONTHS} to {MAX_MONTHS} months.")
        channel = self._made(new)
        for _ in range(_ATTEMPTS):
            if self._table.put(items.of_channel(channel), when=Absent("PK")):
                _log.info("track_channel_added", channel_id=channel.id)
                return channel
            self._clear_or_refuse(channel.id)
        raise TableUnavailableError("the channel is being added and deleted again: try again in a moment")

    def resolve(
        self, channel_id: str, youtube_channel_id: str, *, name: str, thumbnail_url: str | None = None
    ) -> Channel:
        """Give a channel that was added by its handle its YouTube id; again is no error.

        Raises:
            DuplicateChannelError: another channel has that YouTube id.
            UnknownChannelError: there is no such channel.
        """
        alias = keys.channel_id_of(youtube_channel_id)
        if alias != channel_id:
            self._take_alias(alias, channel_id)
        put = {
            "youtube_channel_id": youtube_channel_id,
            "GSI2PK": keys.youtube_channel_partition(youtube_channel_id),
            "name": name,
            "thumbnail_url": thumbnail_url,
            "updated_at": instants.text_of(self._now()),
        }
        given = {attribute: value for attribute, value in put.items() if value is not None}
        item = self._table.update(keys.channel_key(channel_id), put=given, when=ALIVE)
        if item is None:
            self._table.delete(keys.channel_key(alias), when=Equals("channel_id", channel_id))
            raise unknown(channel_id)
        return items.to_channel(item)

    def get(self, channel_id: str) -> Channel | None:
        """Return a channel; one whose deletion was interrupted is still there, so that it can be deleted."""
        item = self._item(channel_id)
        return None if item is None or item["entity_type"] != items.CHANNEL else items.to_channel(item)

    def by_youtube_id(self, youtube_channel_id: str) -> Channel | None:
        """Return the channel that stands for a YouTube channel, by its id or its handle."""
        item = self._item(keys.channel_id_of(youtube_channel_id))
        if item is not None and item["entity_type"] == items.ALIAS:
            return self.get(item["channel_id"])
        return None if item is None else items.to_channel(item)

    def page(self, page: int, per_page: int) -> ChannelPage:
        """Return a page of channels; a channel that was just added may be missing for a moment.

        Raises:
            ValueError: one of the numbers is below 1.
        """
        if min(page, per_page) < 1:
            raise ValueError("Pages and their lengths are counted from 1.")
        found = self._table.query(keys.CHANNELS, index=keys.BY_LIST_OR_TICKER)
        channels = items.readable(found, items.to_channel)
        channels.sort(key=lambda channel: (channel.created_at, channel.id), reverse=True)
        shown = channels[(page - 1) * per_page : page * per_page]
        return ChannelPage(tuple(shown), len(channels), page, per_page)

    def waiting(self) -> list[Channel]:
        """Return the channels to be processed, and those that a worker may have left, longest waiting first.

        One that was just set to be processed may be missing for a moment. However many channels there are,
        nothing is read but these.
        """
        found = self._table.query(keys.TO_PROCESS, index=keys.BY_YOUTUBE_VIDEO)
        there = (self._table.get((item["PK"], item["SK"]), consistent=True) for item in found)
        alive = (item for item in there if item is not None and "deleting" not in item)
        channels = items.readable(alive, items.to_channel)
        wanted = [channel for channel in channels if channel.status is ChannelStatus.PROCESSING]
        return sorted(wanted, key=lambda channel: (channel.updated_at, channel.id))

    def move(self, channel_id: str, to: ChannelStatus, *, allowed: Iterable[ChannelStatus]) -> Channel | None:
        """Change the status in one atomic step; None when it was none of the allowed ones.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        was_allowed = AnyOf(tuple(Equals("status", status.value) for status in allowed))
        put: Item = {"status": to.value, "updated_at": instants.text_of(self._now())}
        # Whoever looks for work finds it by these two, which go with the status in the same step.
        wanted: Item = {"GSI3PK": keys.TO_PROCESS, _NOT_BEGUN: True}
        is_wanted = to is ChannelStatus.PROCESSING
        item = self._table.update(
            keys.channel_key(channel_id),
            put=put | wanted if is_wanted else put,
            remove=() if is_wanted else tuple(wanted),
            when=AllOf((ALIVE, was_allowed)),
        )
        if item is None and not is_alive(self._table, channel_id):
            raise unknown(channel_id)
        return None if item is None else items.to_channel(item)

    def want(self, channel_id: str) -> Channel:
        """Have a channel processed; one that is processed already is looked at again, also while it rests.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        idle = [status for status in ChannelStatus if status is not ChannelStatus.PROCESSING]
        for _ in range(_ATTEMPTS):
            moved = self.move(channel_id, ChannelStatus.PROCESSING, allowed=idle)
            touched = moved or self._touched(channel_id)
            if touched is not None:
                return touched
        raise TableUnavailableError("the channel changes all the time: try again in a moment")

    def is_begun(self, channel_id: str) -> bool:
        """Return whether a worker has begun with a channel since somebody wanted it processed."""
        item = self._item(channel_id)
        return item is not None and _NOT_BEGUN not in item

    def under_way(self, channel_id: str) -> Channel | None:
        """Return a channel that is processed; None when it is not any more, or somebody wants it anew.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        item = self._item(channel_id)
        if item is None or item["entity_type"] != items.CHANNEL:
            raise unknown(channel_id)
        channel = items.to_channel(item)
        is_processed = channel.status is ChannelStatus.PROCESSING and _NOT_BEGUN not in item
        return channel if is_processed else None

    def set_begun(self, channel_id: str) -> None:
        """Keep that a worker has begun with a channel."""
        self._table.update(keys.channel_key(channel_id), remove=(_NOT_BEGUN,), when=ALIVE)

    def delete(self, channel_id: str) -> bool:
        """Delete a channel and all that hangs on it; False when there is none. Interrupted, do it again.

        Raises:
            UnprocessedItemsError: some of it could not be deleted; the channel is still there.
        """
        return delete_channel(self._table, channel_id, self._listener)

    def _made(self, new: NewChannel) -> Channel:
        now = instants.of(self._now())
        return Channel(
            id=keys.channel_id_of(new.youtube_channel_id),
            youtube_channel_id=new.youtube_channel_id,
            name=new.name,
            url=new.url,
            thumbnail_url=new.thumbnail_url,
            status=ChannelStatus.PENDING,
            video_count=0,
            processed_video_count=0,
            time_range_months=new.time_range_months,
            created_at=now,
            updated_at=now,
        )

    def _touched(self, channel_id: str) -> Channel | None:
        put = {"updated_at": instants.text_of(self._now())}
        is_wanted = AllOf((ALIVE, Equals("status", ChannelStatus.PROCESSING.value)))
        item = self._table.update(keys.channel_key(channel_id), put=put, when=is_wanted)
        return None if item is None else items.to_channel(item)

    def _item(self, channel_id: str) -> Item | None:
        return self._table.get(keys.channel_key(channel_id), consistent=True)

    def _clear_or_refuse(self, channel_id: str) -> None:
        """Remove what only seems to be in the way; raise DuplicateChannelError when something is."""
        there = self._item(channel_id)
        if there is None:
            return
        if there["entity_type"] == items.ALIAS:
            owner = there["channel_id"]
            if is_alive(self._table, owner):
                raise _duplicate(owner)
            # Left by a resolution and a deletion that crossed each other.
            self._table.delete(keys.channel_key(channel_id), when=Equals("channel_id", owner))
        elif "deleting" in there:
            delete_channel(self._table, channel_id, self._listener)
        else:
            raise _duplicate(channel_id)

    def _take_alias(self, alias: str, channel_id: str) -> None:
        there = self._item(channel_id)
        # The intention is kept first: whoever deletes the channel then knows of the alias.
        known = sorted({alias, *(there or {}).get("aliases", ())})
        if self._table.update(keys.channel_key(channel_id), put={"aliases": known}, when=ALIVE) is None:
            raise unknown(channel_id)
        pk, sk = keys.channel_key(alias)
        item = {"PK": pk, "SK": sk, "entity_type": items.ALIAS, "channel_id": channel_id}
        for _ in range(_ATTEMPTS):
            if self._table.put(item, when=AnyOf((Absent("PK"), Equals("channel_id", channel_id)))):
                return
            self._clear_or_refuse(alias)
        raise TableUnavailableError("the channel is being added and deleted again: try again in a moment")


def is_alive(table: Table, channel_id: str) -> bool:
    """Return whether a channel is there and not being deleted, as of now."""
    there = table.get(keys.channel_key(channel_id), consistent=True)
    return there is not None and there["entity_type"] == items.CHANNEL and "deleting" not in there


def unknown(channel_id: str) -> UnknownChannelError:
    """Return the error for a channel that is not there (any more)."""
    return UnknownChannelError(f"There is no channel {channel_id}; it may have been deleted.")


def _duplicate(channel_id: str) -> DuplicateChannelError:
    return DuplicateChannelError("This channel is in the list already; open it there.", channel_id)

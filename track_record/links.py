"""From what a person types to the channel that is meant (record-3); pure.

Without a key nobody can ask YouTube which channel a name leads to, so a channel goes by its name until it is
resolved: ``@handle``, or ``user/name`` for an address of the oldest kind. Names know no case.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.youtube_links import EXAMPLE, ChannelLink, ChannelLinkError, LinkKind, parse_channel_link
from track_record.entities import DEFAULT_MONTHS, MAX_MONTHS, MIN_MONTHS, NewChannel
from track_record.errors import BadFieldError

if TYPE_CHECKING:
    from adapters.youtube_parsing import ChannelInfo

__all__ = ["EXAMPLE", "ChannelLink", "link_of", "named", "new_channel"]


def link_of(url: object) -> ChannelLink:
    """Understand a channel's address.

    Raises:
        BadFieldError: it is none of a YouTube channel.
    """
    if not isinstance(url, str):
        raise BadFieldError(f"Give the address of a channel as text, for example {EXAMPLE}.", "url")
    try:
        return parse_channel_link(url)
    except ChannelLinkError as error:
        raise BadFieldError(str(error), "url") from None


def new_channel(link: ChannelLink, months: object = DEFAULT_MONTHS) -> NewChannel:
    """Return a channel as it is followed before anybody has asked YouTube about it.

    Raises:
        BadFieldError: the months are none that can be chosen.
    """
    if isinstance(months, bool) or not isinstance(months, int) or not MIN_MONTHS <= months <= MAX_MONTHS:
        raise BadFieldError(
            f"time_range_months is a whole number from {MIN_MONTHS} to {MAX_MONTHS}, "
            f"for example {DEFAULT_MONTHS}.",
            "time_range_months",
        )
    match link.kind:
        case LinkKind.ID:
            youtube_id = name = link.name
        case LinkKind.USER:
            youtube_id, name = f"user/{link.name.lower()}", link.name
        case _:  # nearly every custom address became the handle of the same name
            youtube_id = name = f"@{link.name}"
    return NewChannel(youtube_id, name, link.url, time_range_months=months)


def named(new: NewChannel, info: ChannelInfo | None) -> NewChannel:
    """Return a channel with the name and the picture that YouTube has for it."""
    if info is None:
        return new
    return replace(new, name=info.name or new.name, thumbnail_url=info.thumbnail_url or None)

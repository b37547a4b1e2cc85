"""A channel's address: YouTube's own hosts and four spellings, everything else a sentence with an example."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.youtube_links import (
    ChannelLink,
    ChannelLinkError,
    LinkKind,
    VideoLinkError,
    parse_channel_link,
    parse_video_link,
    video_url,
)

ID = "UC_x5XG1OV2P6uZZ5FSM9Ttw"


@pytest.mark.parametrize(
    ("typed", "kind", "name"),
    [
        ("https://www.youtube.com/@GoogleDevelopers", LinkKind.HANDLE, "GoogleDevelopers"),
        ("youtube.com/@a.b-c_d", LinkKind.HANDLE, "a.b-c_d"),
        ("  http://m.youtube.com/@handle/videos?view=0#top ", LinkKind.HANDLE, "handle"),
        ("https://youtube.com/@%E6%97%A5%E6%9C%AC%E8%AA%9E", LinkKind.HANDLE, "日本語"),
        (f"https://www.youtube.com/channel/{ID}", LinkKind.ID, ID),
        (f"https://www.youtube.com/channel/{ID}/", LinkKind.ID, ID),
        ("https://www.youtube.com/c/OldName", LinkKind.CUSTOM, "OldName"),
        ("https://www.youtube.com/user/OlderName", LinkKind.USER, "OlderName"),
        ("HTTPS://WWW.YOUTUBE.COM/@handle", LinkKind.HANDLE, "handle"),
        ("https://www.youtube.com:443/@handle", LinkKind.HANDLE, "handle"),
    ],
)
def test_an_address_is_understood_as_people_copy_it(typed: str, kind: LinkKind, name: str) -> None:
    """record-3."""
    link = parse_channel_link(typed)
    assert (link.kind, link.name) == (kind, name)
    assert parse_channel_link(link.url) == link


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "@handle",
        "handle",
        "https://www.youtube.com",
        "https://www.youtube.com/",
        "https://www.youtube.com/@",
        "https://www.youtube.com/@ab",
        "https://www.youtube.com/@" + "a" * 31,
        "https://www.youtube.com/@a/../../b",
        "https://www.youtube.com/@<script>",
        "https://www.youtube.com/channel/",
        "https://www.youtube.com/channel/UCshort",
        f"https://www.youtube.com/channel/{ID}x",
        "https://www.youtube.com/user/",
        "https://www.youtube.com/handle",
        "https://youtube.com.evil.example/@handle",
        "https://evil.example/youtube.com/@handle",
        "https://www.youtube.com@evil.example/@handle",
        "https://user:password@www.youtube.com/@handle",
        "https://www.youtube.com:8080/@handle",
        "https://www.youtube.com:port/@handle",
        "ftp://www.youtube.com/@handle",
        "javascript://www.youtube.com/@handle",
        "file:///www.youtube.com/@handle",
        "https://vimeo.com/@handle",
        "https://youtu.be/dQw4w9WgXcQ",
        "https://[::1/@handle",
        "https://www.youtube.com/@" + "a" * 600,
        "https://www.youtube.com/@hand\x00le",
        "https://www.youtube.com/@hand\u202ele",
    ],
)
def test_anything_else_is_refused_with_an_example(typed: str) -> None:
    """record-3."""
    with pytest.raises(ChannelLinkError, match=r"https://www\.youtube\.com/@handle") as refused:
        parse_channel_link(typed)
    assert len(str(refused.value)) < 200  # what was typed is not repeated


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "a video"),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "a video"),
        ("https://www.youtube.com/playlist?list=PL123", "a playlist"),
        ("https://www.youtube.com/results?search_query=x", "a search"),
    ],
)
def test_the_address_of_something_else_is_named(typed: str, what: str) -> None:
    with pytest.raises(ChannelLinkError, match=f"This is the address of {what}"):
        parse_channel_link(typed)


@given(st.text(max_size=60), st.sampled_from(["", "youtube.com/", "https://www.youtube.com/@"]))
def test_whatever_is_typed_ends_in_a_link_or_a_sentence(text: str, before: str) -> None:
    try:
        link = parse_channel_link(before + text)
    except ChannelLinkError:
        return
    assert isinstance(link, ChannelLink)
    assert link.url.isascii()
    assert parse_channel_link(link.url) == link


@pytest.mark.parametrize(
    "typed",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?list=PL1&v=dQw4w9WgXcQ&t=90s#top",
        "  m.youtube.com/watch?v=dQw4w9WgXcQ ",
        "https://youtu.be/dQw4w9WgXcQ?si=abc",
        "youtu.be/dQw4w9WgXcQ",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ",
        "https://youtube.com/live/dQw4w9WgXcQ?feature=share",
    ],
)
def test_a_videos_address_is_understood_as_people_copy_it(typed: str) -> None:
    """record-3."""
    assert parse_video_link(typed) == "dQw4w9WgXcQ"
    assert parse_video_link(video_url("dQw4w9WgXcQ")) == "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "dQw4w9WgXcQ",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/watch?v=",
        "https://www.youtube.com/watch?v=dQw4w9WgXc",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQQ",
        "https://www.youtube.com/watch?v=dQw4w9WgX%00Q",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ%0A",
        "https://www.youtube.com/dQw4w9WgXcQ",
        "https://www.youtube.com/@handle",
        "https://www.youtube.com/playlist?list=PL123",
        "https://youtu.be/",
        "https://youtu.be/watch?v=dQw4w9WgXcQ",
        "https://youtu.be.evil.example/dQw4w9WgXcQ",
        "https://evil.example/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com:8080/watch?v=dQw4w9WgXcQ",
        "javascript://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://[::1/watch?v=dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ" + "?" + "a" * 600,
    ],
)
def test_what_leads_to_no_video_is_refused_with_an_example(typed: str) -> None:
    """record-3."""
    with pytest.raises(VideoLinkError, match=r"https://www\.youtube\.com/watch\?v=") as refused:
        parse_video_link(typed)
    assert len(str(refused.value)) < 200


@given(st.text(max_size=60), st.sampled_from(["", "youtu.be/", "https://www.youtube.com/watch?v="]))
def test_whatever_is_typed_ends_in_a_videos_id_or_a_sentence(text: str, before: str) -> None:
    try:
        found = parse_video_link(before + text)
    except VideoLinkError:
        return
    assert parse_video_link(video_url(found)) == found

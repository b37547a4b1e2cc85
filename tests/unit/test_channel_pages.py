"""The list of channels and a channel's frame, on a real track record (record-3, record-4, record-7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dash import Dash, no_update
from dash.development.base_component import Component
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pages
from adapters.youtube_parsing import ChannelInfo
from components.source_picker import Sources
from pages import calls, channel, channel_live, channel_parts, channels
from pages.add_dialog import add_dialog, added
from pages.callback_bodies import PATH
from tests.kit.failing_table import FailingTable
from tests.kit.record_web import HANDLE, RecordWeb, record_web
from tests.kit.track import filled, new_channel
from track_record import demo_channel
from track_record.entities import ChannelStatus, LogLevel
from track_record.pricing import Refreshed

HOSTILE = "<img src=x onerror=alert(1)>\u202e&amp;</script>"
NOW = datetime(2025, 3, 3, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> RecordWeb:
    return record_web(tmp_path)


@pytest.fixture
def table(tmp_path: Path) -> tuple[RecordWeb, FailingTable]:
    """Return a track record, and its table to take away."""
    kept: list[FailingTable] = []

    def through(real: Any) -> Any:
        kept.append(FailingTable(real))
        return kept[0]

    return record_web(tmp_path, through=through), kept[0]


def tree(page: object) -> str:
    """Return everything that a page says and is, as JSON."""
    return json.dumps(page, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def parts_of(page: object) -> Iterator[Component]:
    if isinstance(page, list | tuple):
        for part in page:
            yield from parts_of(part)
    elif isinstance(page, Component):
        yield page
        yield from parts_of(getattr(page, "children", None))


def text(page: object) -> str:
    if isinstance(page, list | tuple):
        return "".join(map(text, page))
    return text(getattr(page, "children", None)) if isinstance(page, Component) else str(page or "")


def by_class(page: object, name: str) -> list[Component]:
    return [part for part in parts_of(page) if name in str(getattr(part, "className", "")).split()]


def addresses(page: object) -> list[str]:
    return [part.href for part in parts_of(page) if hasattr(part, "href")]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Give the address of a channel, for example https://www.youtube.com/@handle."),
        (None, "Give the address of a channel, for example https://www.youtube.com/@handle."),
        ({"a": 1}, "Give the address of a channel as text, for example https://www.youtube.com/@handle."),
        ("https://www.youtube.com/playlist?list=PL1", "This is the address of a playlist."),
        ("https://www.youtube.com/watch?v=abcdefghijk", "This is the address of a video."),
        ("https://vimeo.com/@handle", "Only channels of youtube.com can be added"),
        ("javascript:alert(1)", "Only channels of youtube.com can be added"),
    ],
)
def test_record_3_a_wrong_address_is_said_beside_the_field(site: RecordWeb, url: object, words: str) -> None:
    """record-3: with an example, and nothing is added."""
    address, months, else_, way = added(site.service, url or "", 12)
    assert str(address).startswith(words)
    assert (months, else_, way) == (None, None, None)
    assert site.records.channels.page(1, 20).total == 0


@pytest.mark.parametrize("months", [0, 37, -1, 1.5, "", "12", None, True, 10**30, [], {}])
def test_record_2_months_that_cannot_be_chosen_are_said_beside_their_field(
    site: RecordWeb, months: object
) -> None:
    """record-2: 1 to 36."""
    assert added(site.service, HANDLE, months) == [None, "Choose 1 to 36 months.", None, None]
    assert site.records.channels.page(1, 20).total == 0


def test_record_4_what_is_added_is_processed_and_led_to(site: RecordWeb) -> None:
    address, wrong_months, else_, way = added(site.service, HANDLE, 6)
    assert (address, wrong_months, else_) == (None, None, None)
    (channel,) = site.records.channels.page(1, 20).items
    assert way == f"/track-record/{channel.id}"
    assert (channel.status, channel.time_range_months) == (ChannelStatus.PROCESSING, 6)


def test_record_3_a_duplicate_is_said_with_the_way_to_it(site: RecordWeb) -> None:
    added(site.service, HANDLE, 6)
    address, *rest = added(site.service, "youtube.com/@CHANDLER/videos", 6)
    (channel,) = site.records.channels.page(1, 20).items
    assert text(address) == "This channel is in the list already. Open it"
    assert addresses(address) == [f"/track-record/{channel.id}"]
    assert rest == [None, None, None]


def test_a_table_that_fails_while_adding_is_said_without_its_words(
    table: tuple[RecordWeb, FailingTable],
) -> None:
    site, main = table
    main.down()
    assert added(site.service, HANDLE, 6) == [None, None, channel_parts.UNREACHABLE, None]
    main.up()
    assert added(site.service, HANDLE, 6)[3]


def test_record_3_without_a_key_the_dialog_says_what_will_not_work(tmp_path: Path) -> None:
    """record-3: and which setting is missing; with one there is nothing to say."""

    class Finder:
        def channel(self, link: object) -> ChannelInfo:
            raise AssertionError(link)

    assert "YOUTUBE_API_KEY" in tree(channels.layout(record_web(tmp_path / "without").service))
    assert "YOUTUBE_API_KEY" not in tree(
        channels.layout(record_web(tmp_path / "with", finder=Finder()).service)
    )
    assert "add videos by hand" in text(add_dialog(asks_youtube=False))


def test_an_empty_list_says_what_to_do(site: RecordWeb) -> None:
    (said,) = channels.channel_list(site.service.page(1, 20))
    assert "Add one by its address on YouTube" in text(said)


def test_500_channels_are_read_page_by_page_the_newest_first(site: RecordWeb) -> None:
    """Bad input: 500 channels."""
    for n in range(500):
        site.records.channels.add(new_channel(f"@channel{n:03d}"))
    first = channels.channel_list(site.service.page(1, channels.PER_PAGE))
    assert len(by_class(first, "channel-row")) == 20
    assert text(by_class(first, "channel-name")[0]) == "channel499"
    assert "1–20 of 500 channels" in text(first)
    assert [way for way in addresses(first) if "?" in way] == ["/track-record?page=2"]
    last = channels.channel_list(site.service.page(25, channels.PER_PAGE))
    assert text(by_class(last, "channel-name")[-1]) == "channel000"
    assert [way for way in addresses(last) if "?" in way] == ["/track-record?page=24"]
    past = channels.channel_list(site.service.page(26, channels.PER_PAGE))
    assert text(past) == "There are no channels on this page. The first page"


def test_the_demos_channel_is_called_synthetic_wherever_it_stands(site: RecordWeb) -> None:
    demo = demo_channel.add(site.records)
    site.records.channels.add(new_channel())
    listed = channels.channel_list(site.service.page(1, 20))
    assert [text(row) for row in by_class(listed, "channel-name")] == [
        "chandler",
        "Synthetic demo channelSynthetic",
    ]
    assert "Made up for this demo" in text(channel.layout(site.service, demo.id))
    assert [a for a in addresses(channel.layout(site.service, demo.id)) if "example.com" in a] == []


def test_names_are_text_and_addresses_lead_to_the_web_alone(site: RecordWeb) -> None:
    """Bad input: hostile titles; a name stands in an element that keeps its direction to itself."""
    kept = site.records.channels.add(replace(new_channel(), name=HOSTILE, url="javascript:alert(1)"))
    for page in (channels.channel_list(site.service.page(1, 20)), channel.layout(site.service, kept.id)):
        names = [part for part in parts_of(page) if getattr(part, "children", None) == HOSTILE]
        assert names
        assert {type(part).__name__ for part in names} == {"Bdi"}
        assert [a for a in addresses(page) if not a.startswith("/")] == []
    good = site.records.channels.add(new_channel("@good"))
    page = channel.layout(site.service, good.id)
    assert [a for a in addresses(page) if a.startswith("http")] == [good.url]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Value Investing Weekly", "VI"), ("@talks", "T"), ("<b>", "B"), ("", "?"), ("\u202e\u202e", "?"),
        ("שלום עולם", "שע"), ("  the  ", "T"), ("3 Stocks", "3S"),
    ],
)  # fmt: skip
def test_initials_stand_in_the_place_of_a_picture(site: RecordWeb, name: str, letters: str) -> None:
    one = replace(site.records.channels.add(new_channel()), name=name)
    assert channel_parts.initials(one).children == letters


@pytest.mark.parametrize(
    ("found", "done", "words", "now"),
    [(0, 0, "No videos yet", None), (1, 0, "0 of 1 video", "0"), (1200, 31, "31 of 1,200 videos", "31")],
)
def test_record_4_progress_is_a_bar_with_words(
    site: RecordWeb, found: int, done: int, words: str, now: str | None
) -> None:
    """record-4: while nobody knows how much there is to do, the bar has no value."""
    one = replace(
        site.records.channels.add(new_channel()),
        status=ChannelStatus.PROCESSING,
        video_count=found,
        processed_video_count=done,
    )
    bar = channel_parts.progress(one).to_plotly_json()["props"]
    assert (text(bar["children"]), bar["role"], bar["aria-valuetext"]) == (words, "progressbar", words)
    assert bar.get("aria-valuenow") == now


def looked(site: RecordWeb, channel_id: str, since: object = None, **state: Any) -> dict[str, Any]:
    """Ask how a channel does, as the browser does."""
    before = {"id": channel_id, "status": "pending", "processed": 0, "revision": 4} | state
    told = channel_live.looked(site.service, {"since": since}, before)
    names = ("name", "status", "progress", "start", "runs", "stands", "news", "state")
    return dict(zip(names, told, strict=True))


def test_record_4_only_lines_that_are_new_are_told(site: RecordWeb) -> None:
    one, _ = filled(site.records, videos=3)
    told = looked(site, one.id)
    assert [line["message"] for line in told["news"]["lines"]] == [f"Video {n}: 2 mentions" for n in range(3)]
    seen = told["news"]["lines"][-1]["id"]
    assert looked(site, one.id, seen)["news"]["lines"] == []
    site.records.log.write(one.id, LogLevel.ERROR, HOSTILE)
    (line,) = looked(site, one.id, seen)["news"]["lines"]
    assert (line["level"], line["message"]) == ("error", HOSTILE)


def test_of_a_long_log_the_newest_lines_are_told_and_that_there_are_more(
    site: RecordWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_live, "MOST_LINES", 3)
    one, _ = filled(site.records, videos=5)
    news = looked(site, one.id)["news"]
    assert (news["left_out"], len(news["lines"])) == (2, 3)


@pytest.mark.parametrize("since", ["x", -1, 1.5, True, None, 2**70, [], {}])
def test_a_since_that_is_none_of_ours_tells_all(site: RecordWeb, since: object) -> None:
    one, _ = filled(site.records, videos=2)
    assert len(looked(site, one.id, since)["news"]["lines"]) == 2


def test_sections_are_told_when_something_is_new_and_left_alone_while_a_worker_runs(site: RecordWeb) -> None:
    """The revision grows when processing begins and ends, not with each video of a run."""
    one, _ = filled(site.records, videos=3)
    assert looked(site, one.id)["state"] is no_update
    site.service.process(one.id)
    begun = looked(site, one.id)
    assert begun["state"] == {"id": one.id, "status": "processing", "processed": 0, "revision": 5}
    assert (begun["runs"], begun["stands"], begun["news"]["live"]) == (True, False, True)
    assert looked(site, one.id, status="processing", processed=1)["state"] is no_update
    site.records.channels.move(one.id, ChannelStatus.COMPLETED, allowed=(ChannelStatus.PROCESSING,))
    ended = looked(site, one.id, status="processing", revision=5)
    assert (ended["state"]["revision"], ended["news"]["live"]) == (6, False)
    assert (
        looked(site, one.id, status="completed", processed=2)["state"]["revision"] == 5
    )  # seen after a while


def test_a_channel_that_is_deleted_meanwhile_is_said_and_not_asked_for_again(site: RecordWeb) -> None:
    one, _ = filled(site.records)
    site.service.delete(one.id)
    told = looked(site, one.id)
    assert text(told["status"]) == "This channel was deleted. All channels"
    assert (told["news"]["live"], told["runs"], told["stands"]) == (False, True, True)


def test_a_table_that_fails_leaves_what_is_shown_and_is_asked_again(
    table: tuple[RecordWeb, FailingTable],
) -> None:
    site, main = table
    one, _ = filled(site.records)
    main.down()
    told = looked(site, one.id)
    assert [told[name] for name in ("name", "status", "progress", "start", "state")] == [no_update] * 5
    assert (told["news"]["trouble"], told["news"]["live"]) == (channel_parts.UNREACHABLE, True)
    assert "This channel cannot be shown" in text(channel.layout(site.service, one.id))
    assert channel.exists(site.service, one.id)  # nobody can say that it is not there
    main.up()
    assert looked(site, one.id)["news"]["trouble"] == ""


def acted(site: RecordWeb, part: str, channel_id: str) -> list[Any]:
    return channel_live.acted(site.service, part, {"id": channel_id}, 1)


def test_record_4_buttons_do_what_they_say_and_refusals_are_words(site: RecordWeb) -> None:
    one, _ = filled(site.records)
    words, done, way = acted(site, "cancel", one.id)
    assert words == "This channel is not being processed, so there is nothing to cancel."
    assert (done["anew"], way) == (False, None)
    assert acted(site, "start", one.id)[0] == ""
    assert site.service.channel(one.id).status is ChannelStatus.PROCESSING
    assert "being processed already" in acted(site, "start", one.id)[0]
    assert acted(site, "cancel", one.id)[0] == ""
    assert site.service.channel(one.id).status is ChannelStatus.CANCELLED
    assert acted(site, "delete", one.id)[2] == "/track-record"
    assert site.records.channels.get(one.id) is None
    for part in ("start", "cancel", "refresh"):
        assert acted(site, part, one.id)[::2] == ["This channel was deleted.", None]
    assert acted(site, "delete", one.id)[2] == "/track-record"  # twice is no error


def test_prices_that_are_looked_up_anew_are_counted_and_sections_told(site: RecordWeb) -> None:
    one, _ = filled(site.records)
    words, done, _ = acted(site, "refresh", one.id)
    assert words.startswith("1 price looked up. F: ")  # the demo has AAPL and no Ford
    assert done["anew"] is True
    told = channel_live.looked(site.service, {"anew": True}, channel_live.state_of(one, 7))
    assert told[-1]["revision"] == 8
    assert "no price to look up" in channel_live.refreshed_words(Refreshed({}, {}, NOW))


def test_an_id_that_is_none_has_its_page_in_words(site: RecordWeb) -> None:
    for strange in ("nobody", HOSTILE, "0" * 36, ""):
        assert "There is no such channel" in text(channel.layout(site.service, strange))


def test_calls_that_cannot_be_shown_say_why(table: tuple[RecordWeb, FailingTable]) -> None:
    """What is no ticker leads back to the channel; a table that is down is no missing channel."""
    site, failing = table
    one, _ = filled(site.records)
    said = calls.layout(site.service, Sources(), one.id, HOSTILE)
    assert "There is no such ticker" in text(said)
    assert f'"href": "/track-record/{one.id}"' in tree(said)
    assert HOSTILE not in tree(said)
    assert "There is no such channel" in text(calls.layout(site.service, Sources(), "nobody", "AAPL"))
    failing.down()
    assert "This channel cannot be shown" in text(calls.layout(site.service, Sources(), one.id, "AAPL"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture
def client(site: RecordWeb) -> FlaskClient:
    app = Dash("chandlery", use_pages=False)
    pages.register(app, site.parts.cache, lambda _ticker: None, track_record=site.service)
    return app.server.test_client()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=JSON, key=st.sampled_from(["id", "status", "processed", "revision"]), value=JSON)
def test_any_value_that_a_browser_sends_is_answered(
    site: RecordWeb, client: FlaskClient, asked: object, key: str, value: object
) -> None:
    """No fault, whatever stands in the Stores of a page."""
    one = site.records.channels.by_youtube_id("@chandler") or site.records.channels.add(new_channel())
    state = channel_live.state_of(one, 1) | {key: value}
    for wanted, data in (("channel-news", state), ("channel-list", None)):
        assert _ask(client, wanted, asked, data).status_code in (200, 204)


def test_a_score_is_waited_for_anew_whenever_something_has_changed(
    site: RecordWeb, client: FlaskClient
) -> None:
    """A page that stays open while videos are looked through for an hour is not told to be loaded anew."""
    one, _ = filled(site.records)
    state = channel_live.state_of(one, 1)
    by_person = _ask(client, "score-again", state, None).get_json()["response"]
    assert by_person['{"page":1,"type":"score-again"}']["n_intervals"] == 0
    by_itself = _ask(client, "score-again", state, None, changed=2).get_json()["response"]
    assert "n_intervals" not in by_itself['{"page":1,"type":"score-again"}']


def _ask(client: FlaskClient, wanted: str, asked: object, state: object, changed: int | None = None) -> Any:
    """Ask a callback by one of its outputs; ``changed`` is the input that changed, by itself all of them."""
    (found,) = [d for d in client.get("/_dash-dependencies").get_json() if f'"{wanted}"' in d["output"]
                and not d["clientside_function"]]  # fmt: skip

    def filled_in(one: dict[str, Any], value: object) -> dict[str, Any]:
        return {"id": json.loads(one["id"]) | {"page": 1}, "property": one["property"], "value": value}

    outputs = [
        {"id": json.loads(part[: part.index("}") + 1]) | {"page": 1}, "property": part[part.index("}") + 2 :]}
        for part in found["output"].strip(".").split("...")
    ]
    return client.post(
        PATH,
        json={
            "output": found["output"],
            "outputs": outputs if found["output"].startswith("..") else outputs[0],
            "inputs": [filled_in(one, asked) for one in found["inputs"]],
            "state": [filled_in(one, state) for one in found["state"]],
            "changedPropIds": [
                f"{json.dumps(filled_in(one, None)['id'])}.{one['property']}"
                for at, one in enumerate(found["inputs"])
                if changed in (None, at)
            ],
        },
    )

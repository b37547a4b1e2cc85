"""The track record on every item table (record-1 to record-3, record-8)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from store import DynamoStore, SqliteStore, Table, TableUnavailableError, UnprocessedItemsError
from tests.contract.conftest import Backend
from tests.kit.failing_table import FailingTable
from tests.kit.tables import Unprocessed, at_once
from tests.kit.track import START, Ticking, filled, new_channel, new_videos
from track_record import keys, video_records
from track_record.entities import (
    Action,
    AnalysisStatus,
    ChannelStatus,
    LogLevel,
    NewMention,
    Stock,
    TranscriptStatus,
)
from track_record.errors import DuplicateChannelError, UnknownChannelError
from track_record.records import Records

pytestmark = pytest.mark.contract
RIVALS = 8


@pytest.fixture
def records(table: Table, stocks: Table) -> Records:
    return Records.of(table, stocks, Ticking())


def added_by(records: Records, name: str) -> bool:
    """Tell whether this one made the channel."""
    try:
        records.channels.add(new_channel(name))
    except DuplicateChannelError:
        return False
    return True


class Unconditional:
    """The same table, to which conditions mean nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, item: dict[str, Any], **_: Any) -> bool:
        return self._table.put(item)

    def update(self, key: Any, *, when: Any = None, **change: Any) -> Any:
        return self._table.update(key, **change)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def test_of_many_who_add_a_channel_at_once_one_does(table: Table, stocks: Table, backend: Backend) -> None:
    """record-3: also from several processes, each with a store of its own."""
    stores = [backend.open() for _ in range(RIVALS)]
    rivals = [Records.of(store.table(table.schema), stocks) for store in stores]
    made = at_once(
        RIVALS, lambda number: added_by(rivals[number], "@Chandler" if number % 2 else "@chandler")
    )
    for store in stores:
        store.close()
    assert sum(made) == 1
    assert rivals[0].channels.page(1, 20).total == 1


def test_without_the_condition_several_would(table: Table, stocks: Table) -> None:
    """The negative twin: the race is real, and it is the condition that decides it."""
    rivals = Records.of(Unconditional(table), stocks)  # type: ignore[arg-type]
    assert sum(at_once(RIVALS, lambda _: added_by(rivals, "@chandler"))) > 1


def test_a_duplicate_is_refused_with_the_one_that_is_there(records: Records) -> None:
    """record-3."""
    channel = records.channels.add(new_channel("UCa"))
    with pytest.raises(DuplicateChannelError) as refused:
        records.channels.add(new_channel("UCa"))
    assert refused.value.channel_id == channel.id
    assert records.channels.add(new_channel("UCA")).id != channel.id
    with pytest.raises(ValueError, match="1 to 36"):
        records.channels.add(replace(new_channel(), time_range_months=37))


def test_pages_are_newest_first_and_know_the_total(records: Records) -> None:
    """record-1: past the end there are no items, and the total is still true."""
    made = [records.channels.add(new_channel(f"@c{n}")) for n in range(7)]
    page = records.channels.page(2, 3)
    assert (list(page.items), page.total) == (made[::-1][3:6], 7)
    assert records.channels.page(9, 3).items == ()
    assert records.channels.page(9, 3).total == 7
    with pytest.raises(ValueError, match="from 1"):
        records.channels.page(0, 20)


def test_a_handle_is_resolved_to_one_channel(records: Records) -> None:
    """record-3: the id stays, and neither the handle nor the YouTube id can be added again."""
    channel = records.channels.add(new_channel("@chandler"))
    other = records.channels.add(new_channel("UCother"))
    for _ in range(2):
        resolved = records.channels.resolve(channel.id, "UCship", name="Chandler")
    assert (resolved.id, resolved.youtube_channel_id, resolved.name) == (channel.id, "UCship", "Chandler")
    assert resolved == records.channels.by_youtube_id("UCship") == records.channels.by_youtube_id("@CHANDLER")
    for taken in ("UCship", "@chandler"):
        with pytest.raises(DuplicateChannelError) as refused:
            records.channels.add(new_channel(taken))
        assert refused.value.channel_id == channel.id
    with pytest.raises(DuplicateChannelError) as refused:
        records.channels.resolve(channel.id, "UCother", name="Chandler")
    assert refused.value.channel_id == other.id
    with pytest.raises(UnknownChannelError):
        records.channels.resolve("nobody", "UCnew", name="Nobody")
    assert added_by(records, "UCnew")


def test_adding_and_resolving_at_once_leave_one(table: Table, stocks: Table) -> None:
    """record-3: the key of the YouTube id is taken by one of them."""
    records = Records.of(table, stocks)
    channel = records.channels.add(new_channel("@chandler"))

    def compete(number: int) -> bool:
        if number:
            return added_by(records, "UCship")
        try:
            records.channels.resolve(channel.id, "UCship", name="Chandler")
        except DuplicateChannelError:
            return False
        return True

    assert sum(at_once(3, compete)) == 1


def test_a_status_changes_only_from_where_it_may(records: Records) -> None:
    """record-1: of several who start the processing one does."""
    channel = records.channels.add(new_channel())
    idle = (ChannelStatus.PENDING, ChannelStatus.COMPLETED)
    started = at_once(4, lambda _: records.channels.move(channel.id, ChannelStatus.PROCESSING, allowed=idle))
    assert sum(each is not None for each in started) == 1
    seen = records.channels.get(channel.id)
    assert seen is not None
    assert (seen.status, seen.updated_at > channel.updated_at) == (ChannelStatus.PROCESSING, True)
    with pytest.raises(UnknownChannelError):
        records.channels.move("nobody", ChannelStatus.CANCELLED, allowed=idle)


def test_only_channels_to_be_processed_are_found_as_such(records: Records) -> None:
    """record-4: by a key that goes with the status, so that a look costs nothing where nothing is to do."""
    made = [records.channels.add(new_channel(f"@c{n}")) for n in range(4)]
    assert records.channels.waiting() == []
    for channel in made[:3]:
        records.channels.want(channel.id)
    first, second, third = (channel.id for channel in made[:3])
    assert [channel.id for channel in records.channels.waiting()] == [first, second, third]
    records.channels.set_begun(first)
    records.channels.want(first)  # already wanted: changed, and not begun anew
    assert records.channels.is_begun(first)
    assert [channel.id for channel in records.channels.waiting()] == [second, third, first]
    records.channels.move(second, ChannelStatus.CANCELLED, allowed=[ChannelStatus.PROCESSING])
    records.channels.delete(third)
    assert [channel.id for channel in records.channels.waiting()] == [first]
    records.channels.move(first, ChannelStatus.COMPLETED, allowed=[ChannelStatus.PROCESSING])
    assert records.channels.waiting() == []
    assert not records.channels.is_begun(records.channels.want(first).id)
    with pytest.raises(UnknownChannelError):
        records.channels.want("nobody")


def test_a_channel_whose_deletion_was_interrupted_is_not_processed(table: Table, records: Records) -> None:
    """It is gone for all but who deletes it: a worker would find it, and turn away, for ever."""
    channel = records.channels.want(records.channels.add(new_channel()).id)
    table.update(keys.channel_key(channel.id), put={"deleting": True})
    assert records.channels.waiting() == []


def test_videos_are_kept_once_and_counted_once(table: Table, stocks: Table) -> None:
    """record-8: two who list the same channel at once count each video once between them."""
    records = Records.of(table, stocks)
    channel = records.channels.add(new_channel())
    kept = at_once(4, lambda number: records.videos.add(channel.id, new_videos(6, first=number)))
    assert sum(map(len, kept)) == 9
    found = records.videos.of_channel(channel.id)
    assert [video.youtube_video_id for video in found] == [f"yt{n}" for n in reversed(range(9))]
    assert records.videos.by_youtube_id("yt4") == found[4]
    assert records.videos.by_youtube_id("other") is None
    seen = records.channels.get(channel.id)
    assert seen is not None
    assert seen.video_count == 9


def test_of_two_workers_with_one_video_one_goes_on(records: Records) -> None:
    channel, (video,) = filled(records, videos=1)
    claimed = at_once(RIVALS, lambda _: records.videos.move(video, analysis=AnalysisStatus.PROCESSING))
    (mine,) = [each for each in claimed if each is not None]
    done = records.videos.move(mine, transcript=TranscriptStatus.COMPLETED, analysis=AnalysisStatus.COMPLETED)
    assert done is not None
    assert records.videos.get(channel.id, video.id) == done
    assert records.videos.move(mine, analysis=AnalysisStatus.FAILED) is None
    seen = records.channels.get(channel.id)
    assert seen is not None
    assert seen.processed_video_count == 1
    assert records.videos.move(done, analysis=AnalysisStatus.PENDING) is not None
    seen = records.channels.get(channel.id)
    assert seen is not None
    assert seen.processed_video_count == 0


def test_without_the_condition_several_workers_would(table: Table, stocks: Table) -> None:
    """The negative twin."""
    _, (video,) = filled(Records.of(table, stocks), videos=1)
    careless = Records.of(Unconditional(table), stocks)  # type: ignore[arg-type]
    claimed = at_once(RIVALS, lambda _: careless.videos.move(video, analysis=AnalysisStatus.PROCESSING))
    assert sum(each is not None for each in claimed) > 1


def test_an_item_that_cannot_be_read_costs_itself_and_is_logged(table: Table, records: Records) -> None:
    """And goes with its channel, like everything else."""
    channel, videos = filled(records)
    table.update(keys.video_key(channel.id, videos[0].id), put={"analysis_status": "dreaming"})
    table.update(keys.video_key(channel.id, videos[1].id), remove=("title",))
    (mention, _) = records.videos.of_video(videos[2].id)
    table.update(keys.mention_key(mention.video_id, mention.id), put={"published_at": "yesterday"})
    other = records.channels.add(new_channel("@other"))
    table.update(keys.channel_key(other.id), put={"video_count": "many"})
    with capture_logs() as lines:
        assert [video.id for video in records.videos.of_channel(channel.id)] == [videos[2].id]
        assert len(records.videos.mentions_of_channel(channel.id)) == 5
        page = records.channels.page(1, 20)
    assert ([each.id for each in page.items], page.total) == ([channel.id], 1)
    assert [line["event"] for line in lines] == ["track_item_unreadable"] * 4
    assert "yesterday" not in str(lines)
    assert records.channels.delete(channel.id)
    assert records.channels.delete(other.id)
    assert list(table.keys()) == []


def test_counts_that_a_crash_left_wrong_are_put_right(table: Table, records: Records) -> None:
    channel, (first, _) = filled(records, videos=2)
    records.videos.move(first, analysis=AnalysisStatus.SKIPPED)
    table.update(keys.channel_key(channel.id), put={"video_count": 99, "processed_video_count": 98})
    records.videos.recount(channel.id)
    seen = records.channels.get(channel.id)
    assert seen is not None
    assert (seen.video_count, seen.processed_video_count) == (2, 1)
    with pytest.raises(UnknownChannelError):
        records.videos.recount("nobody")


def test_a_vanished_video_stays_with_its_mentions(records: Records) -> None:
    """A tombstone: what was said does not disappear with the video."""
    channel, (video,) = filled(records, videos=1)
    gone = records.videos.set_vanished(video, START)
    assert gone is not None
    assert gone.vanished_at == START
    assert records.videos.of_channel(channel.id) == [gone]
    assert len(records.videos.of_video(video.id)) == 2
    assert records.videos.set_vanished(gone, None) == video
    assert records.videos.set_vanished(replace(video, id="nobody"), START) is None


def test_mentions_are_found_by_video_channel_and_ticker(records: Records) -> None:
    """record-8: all of them, also where an answer has several pages."""
    channel, videos = filled(records)
    others, _ = filled(records, "@other", videos=1)
    long = "x" * 100_000
    tickers = [f"T{n}" for n in range(14)]
    many = records.videos.replace_mentions(
        videos[0], [NewMention(ticker, Action.HOLD, context_snippet=long) for ticker in tickers]
    )
    assert sorted(mention.ticker for mention in records.videos.of_video(videos[0].id)) == sorted(tickers)
    assert len(records.videos.mentions_of_channel(channel.id)) == len(many) + 4
    assert len(records.videos.mentions_of_channel(others.id)) == 2
    apple = records.videos.mentions_of_ticker("AAPL")
    assert [mention.published_at for mention in apple] == [START + timedelta(hours=n) for n in (0, 1, 2)]
    assert {mention.channel_id for mention in apple} == {channel.id, others.id}
    within = records.videos.mentions_of_ticker(
        "AAPL", start=START + timedelta(hours=1), end=START + timedelta(hours=1)
    )
    assert within == [apple[1]]
    priced = records.videos.set_price(apple[1], Decimal("12.5"))
    assert priced == replace(apple[1], price_at_mention=Decimal("12.5"))
    assert records.videos.set_price(replace(apple[1], id="nobody"), Decimal(1)) is None


def test_a_video_that_is_analysed_again_keeps_what_was_found_last(records: Records) -> None:
    _, (video,) = filled(records, videos=1)
    twice = [NewMention("AAPL", Action.BUY), NewMention("AAPL", Action.BUY, Decimal("0.5"))]
    kept = records.videos.replace_mentions(video, twice)
    assert [mention.confidence_score for mention in kept] == [Decimal("0.5")]
    assert records.videos.of_video(video.id) == kept


def test_deleting_leaves_nothing_behind_and_others_alone(table: Table, records: Records) -> None:
    """record-1, record-8."""
    other, _ = filled(records, "@other")
    before = sorted(table.keys())
    channel, _ = filled(records, videos=30)
    records.channels.resolve(channel.id, "UCship", name="Chandler")
    assert records.channels.delete(channel.id)
    assert sorted(table.keys()) == before
    assert not records.channels.delete(channel.id)
    assert records.channels.get(channel.id) is None
    assert [each.id for each in records.channels.page(1, 20).items] == [other.id]
    assert added_by(records, "UCship")
    assert added_by(records, "@chandler")


@pytest.mark.parametrize("call", range(1, 11))
def test_an_interrupted_deletion_is_finished_by_the_next(
    table: Table, stocks: Table, records: Records, call: int
) -> None:
    """record-8: at whatever call it stopped, the channel can still be seen, and deleted."""
    channel, _ = filled(records)
    records.channels.resolve(channel.id, "UCship", name="Chandler")
    count = itertools.count(1)
    shaky: Any = FailingTable(table, lambda method, arguments: next(count) == call)
    with pytest.raises(TableUnavailableError, match="made to fail"):
        Records.of(shaky, stocks).channels.delete(channel.id)
    if call % 2:
        assert records.channels.delete(channel.id)
    else:
        # Whoever adds it again finishes first.
        assert added_by(records, "@chandler")
        assert records.channels.delete(channel.id)
    assert list(table.keys()) == []


def test_what_a_batch_leaves_undone_is_tried_five_times_and_then_said(
    store: DynamoStore | SqliteStore, table: Table, records: Records, stocks: Table
) -> None:
    """record-8."""
    if isinstance(store, SqliteStore):
        pytest.skip("SQLite leaves nothing undone")
    channel, _ = filled(records, videos=2)
    own = DynamoStore(store.client._options, store._patience)
    cut = Unprocessed(own, iter([1, 0, 0, 0, 0, 0, None, None]))
    shaky = Records.of(own.table(table.schema), stocks)
    with pytest.raises(UnprocessedItemsError):
        shaky.channels.delete(channel.id)
    assert cut.sizes == [4, 3, 3, 3, 3, 3]
    assert records.channels.get(channel.id) is not None
    assert records.channels.delete(channel.id)
    assert list(table.keys()) == []
    own.close()


WRITES = {
    "videos": lambda records, channel, video: records.videos.add(channel.id, new_videos(3, first=9)),
    "mentions": lambda records, channel, video: records.videos.replace_mentions(
        video, [NewMention("NEW", Action.BUY)]
    ),
    "alias": lambda records, channel, video: records.channels.resolve(channel.id, "UCship", name="x"),
    "log": lambda records, channel, video: records.log.write(channel.id, LogLevel.INFO, "working"),
}


@pytest.mark.parametrize("kind", WRITES)
@pytest.mark.parametrize("moment", range(4))
def test_who_writes_while_the_channel_is_deleted_takes_it_back(
    table: Table, stocks: Table, kind: str, moment: int
) -> None:
    """record-8: the deletion happens between any two calls of the writer, and nothing is left."""
    records = Records.of(table, stocks)
    channel, (video,) = filled(records, videos=1)
    count = itertools.count()

    def delete_then(method: str, arguments: tuple[Any, ...]) -> None:
        if next(count) == moment:
            records.channels.delete(channel.id)

    slow: Any = FailingTable(table, before=delete_then)
    try:
        WRITES[kind](Records.of(slow, stocks), channel, video)
    except UnknownChannelError:
        assert list(table.keys()) == []
    else:
        # It was done before the deletion began.
        assert next(count) <= moment
        records.channels.delete(channel.id)
    assert list(table.keys()) == []


def test_a_writer_that_did_not_look_would_leave_something(
    table: Table, stocks: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative twin."""
    records = Records.of(table, stocks)
    channel, (video,) = filled(records, videos=1)

    def delete_then(method: str, arguments: tuple[Any, ...]) -> None:
        if method == "put_many":
            records.channels.delete(channel.id)

    slow: Any = FailingTable(table, before=delete_then)
    monkeypatch.setattr(video_records, "is_alive", lambda *_: True)
    monkeypatch.setattr(video_records.VideoRecords, "get", lambda *_: video)
    WRITES["mentions"](Records.of(slow, stocks), channel, video)
    assert list(table.keys()) != []


def test_what_a_dead_writer_left_goes_with_the_next_deletion(table: Table, records: Records) -> None:
    channel = records.channels.add(new_channel())
    records.channels.delete(channel.id)
    table.put({"PK": f"CHANNEL#{channel.id}", "SK": "LOG#late", "entity_type": "Log"})
    assert not records.channels.delete(channel.id)
    assert list(table.keys()) == []


def test_an_alias_that_leads_nowhere_is_no_obstacle(table: Table, records: Records) -> None:
    """record-3: left where a resolution and a deletion crossed each other and the writer died."""
    lost = keys.channel_id_of("UCship")
    pk, sk = keys.channel_key(lost)
    table.put({"PK": pk, "SK": sk, "entity_type": "Alias", "channel_id": "gone"})
    assert records.channels.by_youtube_id("UCship") is None
    assert records.channels.get(lost) is None
    assert not records.channels.delete(lost)
    assert added_by(records, "UCship")


def test_what_is_deleted_while_it_is_in_the_way_is_no_obstacle(table: Table, stocks: Table) -> None:
    records = Records.of(table, stocks)
    channel = records.channels.add(new_channel())

    def delete_then(method: str, arguments: tuple[Any, ...]) -> None:
        if method == "get":
            records.channels.delete(channel.id)

    slow: Any = FailingTable(table, before=delete_then)
    assert added_by(Records.of(slow, stocks), "@chandler")


class Refusing(Unconditional):
    """A table in which somebody else is always faster."""

    def put(self, item: dict[str, Any], *, when: Any = None, **_: Any) -> bool:
        return when is None and self._table.put(item)

    def update(self, key: Any, *, when: Any = None, add: Any = None, put: Any = None, **change: Any) -> Any:
        refused = "last_log_id" in (put or {})
        return None if refused else self._table.update(key, when=when, add=add, put=put, **change)


def test_who_is_never_fast_enough_gives_up(table: Table, stocks: Table) -> None:
    """No loop turns for ever, and what was written on the way is gone."""
    channel = Records.of(table, stocks).channels.add(new_channel())
    before = sorted(table.keys())
    records = Records.of(Refusing(table), stocks)  # type: ignore[arg-type]
    with pytest.raises(TableUnavailableError, match="again"):
        records.channels.add(new_channel("UCother"))
    with pytest.raises(TableUnavailableError, match="again"):
        records.channels.resolve(channel.id, "UCship", name="Chandler")
    with pytest.raises(TableUnavailableError, match="busy"):
        records.log.write(channel.id, LogLevel.INFO, "hello")
    assert sorted(table.keys()) == before


@pytest.mark.parametrize("step_ms", [1, 0, -5])
def test_log_ids_only_grow_whatever_the_clock_does(table: Table, stocks: Table, step_ms: int) -> None:
    """record-2: and a reader gets what came after the id it has."""
    records = Records.of(table, stocks, Ticking(step_ms))
    channel = records.channels.add(new_channel())
    assert records.log.read(channel.id) == []
    lines = [records.log.write(channel.id, LogLevel.INFO, f"line {n}") for n in range(6)]
    assert records.log.read(channel.id) == lines
    ids = [line.id for line in lines]
    assert ids == sorted(set(ids))
    assert records.log.read(channel.id, since=lines[3].id) == lines[4:]
    assert records.log.read(channel.id, since=lines[5].id) == []
    assert records.log.read(channel.id, since=-10) == lines
    with pytest.raises(UnknownChannelError):
        records.log.read("nobody")
    with pytest.raises(UnknownChannelError):
        records.log.write("nobody", LogLevel.INFO, "hello")
    assert len(records.log.write(channel.id, LogLevel.ERROR, "x" * 9_999).message) == 2_000


def test_a_reader_misses_no_line_of_writers_at_once(table: Table, stocks: Table) -> None:
    """record-2: on a clock that stands still, so that all want the same id."""
    records = Records.of(table, stocks, Ticking(0))
    channel = records.channels.add(new_channel())
    writers, each = 4, 3
    seen: list[tuple[int, str]] = []

    def work(number: int) -> None:
        for n in range(each):
            if number:
                records.log.write(channel.id, LogLevel.INFO, f"{number}/{n}")
            else:
                seen.extend((line.id, line.message) for line in records.log.read(channel.id, _last(seen)))

    at_once(writers + 1, work)
    seen.extend((line.id, line.message) for line in records.log.read(channel.id, _last(seen)))
    assert {message for _, message in seen} == {
        f"{number}/{n}" for number in range(1, writers + 1) for n in range(each)
    }
    kept = records.log.read(channel.id)
    assert len(kept) == len({line.id for line in kept}) == writers * each


def test_without_the_condition_lines_would_share_an_id(table: Table, stocks: Table) -> None:
    """The negative twin: and a reader who has seen the id would never be shown the others."""
    channel = Records.of(table, stocks).channels.add(new_channel())
    careless = Records.of(Unconditional(table), stocks, Ticking(0))  # type: ignore[arg-type]
    lines = at_once(4, lambda number: careless.log.write(channel.id, LogLevel.INFO, f"{number}"))
    assert len({line.id for line in lines}) == 1
    assert careless.log.read(channel.id, since=lines[0].id) == []


def _last(seen: list[tuple[int, str]]) -> int | None:
    return seen[-1][0] if seen else None


def test_a_stock_keeps_its_newest_price(records: Records) -> None:
    """record-2: it is added once, and an older price never replaces a newer one."""
    assert records.stocks.add(Stock("AAPL", "Apple Inc."))
    assert not records.stocks.add(Stock("AAPL", None))
    assert records.stocks.set_price("AAPL", Decimal("2.5"), START)
    assert not records.stocks.set_price("AAPL", Decimal(1), START - timedelta(milliseconds=1))
    assert not records.stocks.set_price("NONE", Decimal(1), START)
    found = records.stocks.get("AAPL")
    assert found == Stock("AAPL", "Apple Inc.", last_price=Decimal("2.5"), price_updated_at=START)
    assert found.exchange == "NYSE"
    assert records.stocks.get("NONE") is None

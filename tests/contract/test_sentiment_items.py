"""Sentiment on every item table: kept once, read by day, and in step with mentions (user-2, record-8)."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.news import NewsItem
from sentiment.items import KEPT_S, Scored, SentimentItems
from sentiment.mentions import STRENGTHS, MentionSentiments, OlderMentions, scored_mention
from sentiment.scoring import score_news
from store import DynamoStore, SqliteStore, Table, TableUnavailableError
from tests.kit.failing_table import FailingTable
from tests.kit.providers import utc
from tests.kit.tables import Unprocessed, at_once, drop, table_schema
from tests.kit.track import START, Ticking, filled, new_channel, new_videos
from track_record.entities import Action, Mention, NewMention, Video
from track_record.errors import UnknownChannelError
from track_record.records import Records
from track_record.video_records import VideoRecords

pytestmark = pytest.mark.contract

NOW_S = utc("2025-03-07 20:00").timestamp()
HOSTILE = "<script>alert(1)</script> \u202ebuy “Ford”"
ALWAYS = date(1990, 1, 1), date(2099, 1, 1)


@pytest.fixture
def kept(store: DynamoStore | SqliteStore) -> Iterator[Table]:
    """The sentiments table."""
    schema = table_schema("sentiments", indexes=())
    store.create([schema])
    yield store.table(schema)
    if isinstance(store, DynamoStore):
        drop(store, [schema])


@pytest.fixture
def items(kept: Table) -> SentimentItems:
    return SentimentItems(kept, lambda: NOW_S)


@pytest.fixture
def records(table: Table, stocks: Table, items: SentimentItems) -> Records:
    return Records.of(table, stocks, Ticking(), MentionSentiments(items))


def scored(identity: str, at: str = "2025-03-05 15:00", title: str = "Apple beats estimates") -> Scored:
    return score_news(NewsItem(identity, utc(at), title, "", "https://example.com/", "Ex", ()), "tiingo")


def below(table: Table) -> list[Any]:
    """Return the keys of sentiments, without those of what was asked for."""
    return sorted(key for key in table.keys() if not key[1].startswith("ASKED"))  # noqa: SIM118 - a table, no dict


def test_an_item_is_kept_as_agreed(kept: Table, items: SentimentItems) -> None:
    """user-2: `{TICKER}` / `{date}#{source}#{id}`; numbers are exact, instants UTC, dates New York's."""
    items.keep("BRK.B", [scored("81234", "2025-03-06 02:30", HOSTILE)])
    item = kept.get(("BRK.B", "2025-03-05#tiingo#81234"))
    assert item is not None
    assert (item["title"], item["published_at"]) == (HOSTILE, "2025-03-06T02:30:00+00:00")
    assert isinstance(item["score"], int | Decimal)
    assert item["ttl"] == int(NOW_S + KEPT_S)
    (point,) = items.points("BRK.B", date(2025, 3, 5), date(2025, 3, 5)).values()
    assert (point.title, point.day, point.url) == (HOSTILE, date(2025, 3, 5), "https://example.com/")
    assert items.points("BRK.A", *ALWAYS) == {}


def test_what_is_kept_again_is_the_same_item(items: SentimentItems) -> None:
    """Also of one batch, and by several at once."""
    items.keep("AAPL", [scored("1", title="First"), scored("1", title="Second")])
    at_once(4, lambda _: items.keep("AAPL", [scored("1", title="Third"), scored("2")]))
    assert [point.title for point in items.points("AAPL", *ALWAYS).values()] == [
        "Third",
        "Apple beats estimates",
    ]


def test_a_span_has_its_first_and_last_day_whole_and_all_pages(items: SentimentItems) -> None:
    """user-2: 300 items with long titles are two pages of DynamoDB's."""
    days = [date(2025, 3, 1) + timedelta(days=n) for n in range(3)]
    items.keep("AAPL", [scored(f"{n:04}", f"{day} 15:00", "A" * 4_000) for day in days for n in range(100)])
    assert len(items.points("AAPL", days[0], days[2])) == 300
    assert {point.day for point in items.points("AAPL", days[1], days[1]).values()} == {days[1]}
    assert len(items.points("AAPL", days[0], days[1])) == 200


def test_what_was_asked_for_is_kept_by_source_and_day(items: SentimentItems) -> None:
    span = [date(2025, 2, 27) + timedelta(days=n) for n in range(5)]
    items.mark("AAPL", "tiingo", span, NOW_S)
    items.mark("AAPL", "tiingo", span[:1], NOW_S + 60)
    items.mark("AAPL", "finnhub", span[3:], NOW_S)
    told = items.asked("AAPL")
    assert told["tiingo"] == dict.fromkeys(span, NOW_S) | {span[0]: NOW_S + 60}
    assert told["finnhub"] == dict.fromkeys(span[3:], NOW_S)
    assert items.points("AAPL", *ALWAYS) == {}


def test_marks_of_many_at_once_are_all_kept(items: SentimentItems) -> None:
    """At a barrier: each adds its days to the month."""
    at_once(8, lambda n: items.mark("AAPL", "tiingo", [date(2025, 3, n + 1)], NOW_S + n))
    assert items.asked("AAPL")["tiingo"] == {date(2025, 3, n + 1): NOW_S + n for n in range(8)}


def test_who_reads_and_puts_the_month_would_lose_some(kept: Table) -> None:
    """The negative twin: as one item that is read, changed and put."""

    def careless(number: int) -> None:
        item = kept.get(("AAPL", "M"), consistent=True) or {"PK": "AAPL", "SK": "M"}
        all_have_read.wait(timeout=30)
        kept.put(item | {f"{number:02}": 1})

    all_have_read = threading.Barrier(8)
    at_once(8, careless)
    item = kept.get(("AAPL", "M"), consistent=True)
    assert item is not None
    assert len(item) - 2 < 8


def test_what_a_batch_leaves_undone_is_tried_again(
    store: DynamoStore | SqliteStore, kept: Table, items: SentimentItems
) -> None:
    if isinstance(store, SqliteStore):
        pytest.skip("SQLite leaves nothing undone")
    own = DynamoStore(store.client._options, store._patience)
    cut = Unprocessed(own, iter([1, 0, 2, None]))
    SentimentItems(own.table(kept.schema), lambda: NOW_S).keep("AAPL", [scored(str(n)) for n in range(5)])
    own.close()
    assert len(cut.sizes) == 4
    assert len(items.points("AAPL", *ALWAYS)) == 5


def test_a_mention_is_written_and_removed_with_its_sentiment(records: Records, items: SentimentItems) -> None:
    """user-2: source youtube, the mention's id; for good, because a mention has no life time."""
    _, (video,) = filled(records, videos=1)
    (apple,) = items.points("AAPL", *ALWAYS).values()
    assert (apple.source, apple.title, apple.label) == ("youtube", "buy apple", "positive")
    assert apple.url == video.url
    assert (apple.score, apple.confidence) == (pytest.approx(0.8 * 0.95), 0.9)
    (ford,) = items.points("F", *ALWAYS).values()
    assert (ford.label, ford.confidence) == ("negative", 0.5)
    records.videos.replace_mentions(video, [NewMention("AAPL", Action.SELL, Decimal(1), HOSTILE)])
    (apple,) = items.points("AAPL", *ALWAYS).values()
    assert (apple.score, apple.title) == (-0.8, HOSTILE)
    assert items.points("F", *ALWAYS) == {}


def test_one_mention_more_and_one_less(records: Records, kept: Table) -> None:
    """What people decide of doubts goes the same way."""
    channel = records.channels.add(new_channel())
    (video,) = records.videos.add(channel.id, new_videos(1))
    mention = records.videos.add_mention(video, NewMention("AAPL", Action.BUY, Decimal("0.4")))
    assert mention is not None
    assert [key[0] for key in below(kept)] == ["AAPL"]
    assert not records.videos.remove_mention(video.id, mention.id, Decimal("0.9"))
    assert len(below(kept)) == 1
    assert records.videos.remove_mention(video.id, mention.id, Decimal("0.4"))
    assert below(kept) == []


def test_a_mention_whose_sentiment_could_not_be_kept_gets_it_when_it_is_added_again(
    table: Table, stocks: Table, kept: Table, records: Records
) -> None:
    """A person who is told to try again does."""
    channel = records.channels.add(new_channel())
    (video,) = records.videos.add(channel.id, new_videos(1))
    down: Any = FailingTable(kept, lambda method, arguments: True)
    failing = Records.of(table, stocks, Ticking(), MentionSentiments(SentimentItems(down)))
    new = NewMention("AAPL", Action.BUY, Decimal(1))
    with pytest.raises(TableUnavailableError):
        failing.videos.add_mention(video, new)
    assert records.videos.add_mention(video, new) is None
    assert [key[0] for key in below(kept)] == ["AAPL"]


def test_a_deleted_channel_leaves_nothing(records: Records, kept: Table) -> None:
    """record-8: of its own; another channel's mentions of the same stocks stay."""
    channel, _ = filled(records)
    other, _ = filled(records, "@other", videos=1)
    assert len(below(kept)) == 8
    assert records.channels.delete(channel.id)
    assert len(below(kept)) == 2
    assert records.channels.delete(other.id)
    assert below(kept) == []


@pytest.mark.parametrize("call", range(1, 5))
@pytest.mark.parametrize("which", ["main", "sentiments"])
def test_an_interrupted_deletion_is_finished_by_the_next(
    table: Table, stocks: Table, kept: Table, records: Records, which: str, call: int
) -> None:
    """record-8: whichever table fails at whatever call, no sentiment outlives its mention."""
    channel, _ = filled(records, videos=2)
    count = itertools.count(1)

    def shaky(of: Table) -> Any:
        return FailingTable(of, lambda method, arguments: next(count) == call)

    main = shaky(table) if which == "main" else table
    sentiments = shaky(kept) if which == "sentiments" else kept
    failing = Records.of(main, stocks, Ticking(), MentionSentiments(SentimentItems(sentiments)))
    try:
        failing.channels.delete(channel.id)
    except TableUnavailableError:
        assert records.channels.delete(channel.id)
    assert below(kept) == []
    assert list(table.keys()) == []


@pytest.mark.parametrize("moment", range(6))
def test_who_writes_while_the_channel_is_deleted_takes_it_back(
    table: Table, stocks: Table, kept: Table, records: Records, moment: int
) -> None:
    """record-8: the deletion happens between any two calls of the writer, in either table."""
    channel, (video,) = filled(records, videos=1)
    count = itertools.count()

    def delete_then(method: str, arguments: tuple[Any, ...]) -> None:
        if next(count) == moment:
            records.channels.delete(channel.id)

    main: Any = FailingTable(table, before=delete_then)
    sentiments: Any = FailingTable(kept, before=delete_then)
    slow = Records.of(main, stocks, Ticking(), MentionSentiments(SentimentItems(sentiments)))
    try:
        slow.videos.replace_mentions(video, [NewMention("NEW", Action.BUY)])
    except UnknownChannelError:
        pass
    else:
        records.channels.delete(channel.id)
    assert below(kept) == []
    assert list(table.keys()) == []


@pytest.mark.parametrize("moment", range(7))
def test_who_tells_again_while_the_channel_is_deleted_takes_it_back(
    table: Table, stocks: Table, kept: Table, records: Records, moment: int
) -> None:
    """record-8: as above, of a mention that is there already."""
    channel, (video,) = filled(records, videos=1)
    there = records.videos.add_mention(video, NewMention("NEW", Action.BUY))
    assert there is not None
    count = itertools.count()

    def delete_then(method: str, arguments: tuple[Any, ...]) -> None:
        if next(count) == moment:
            records.channels.delete(channel.id)

    main: Any = FailingTable(table, before=delete_then)
    sentiments: Any = FailingTable(kept, before=delete_then)
    slow = Records.of(main, stocks, Ticking(), MentionSentiments(SentimentItems(sentiments)))
    with contextlib.suppress(UnknownChannelError):
        slow.videos.add_mention(video, NewMention("NEW", Action.BUY))
    records.channels.delete(channel.id)
    assert below(kept) == []
    assert list(table.keys()) == []


def test_who_tells_of_a_removal_afterwards_would_leave_something(
    table: Table, stocks: Table, kept: Table, items: SentimentItems, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative twin: the mention first, and the sentiments table fails then."""
    filled(Records.of(table, stocks, Ticking(), MentionSentiments(items)), videos=1)
    broken: Any = FailingTable(kept, lambda method, arguments: method == "delete_many")
    shaky = Records.of(table, stocks, Ticking(), MentionSentiments(SentimentItems(broken)))

    def afterwards(self: VideoRecords, mentions: list[Mention]) -> None:
        self._table.delete_many((f"VIDEO#{one.video_id}", f"MENTION#{one.id}") for one in mentions)
        self._listener.removed(mentions)

    monkeypatch.setattr(VideoRecords, "_remove", afterwards)
    (channel,) = shaky.channels.page(1, 1).items
    (video,) = shaky.videos.of_channel(channel.id)
    with pytest.raises(TableUnavailableError):
        shaky.videos.replace_mentions(video, [])
    monkeypatch.undo()
    Records.of(table, stocks, Ticking(), MentionSentiments(items)).videos.replace_mentions(video, [])
    assert len(below(kept)) == 2


class Known:
    """The track record as ``opinion_sources`` shows it, with something that happens before the last look."""

    def __init__(self, records: Records, meanwhile: Any = lambda: None) -> None:
        self.records, self.meanwhile, self.asked = records, meanwhile, 0

    def of_ticker(self, ticker: str) -> list[Mention]:
        self.asked += 1
        return self.records.videos.mentions_of_ticker(ticker)

    def video_of(self, mention: Any) -> Video | None:
        return self.records.videos.get(mention.channel_id, mention.video_id)

    def is_there(self, mention: Any) -> bool:
        self.meanwhile()
        return any(one.id == mention.id for one in self.records.videos.of_video(mention.video_id))


def test_mentions_of_before_are_written_once(
    table: Table, stocks: Table, items: SentimentItems, kept: Table
) -> None:
    before = Records.of(table, stocks, Ticking())
    filled(before)
    known = Known(before)
    OlderMentions(items, known).write("AAPL", 60)
    assert len(items.points("AAPL", *ALWAYS)) == 3
    again = OlderMentions(items, known)
    again.write("AAPL", 60)
    again.write("AAPL", 60)
    assert known.asked == 1
    assert {key[0] for key in below(kept)} == {"AAPL"}
    OlderMentions(items, known).write("MSFT", 60)
    assert items.points("MSFT", *ALWAYS) == {}


def test_what_is_not_written_in_time_is_written_next_time(
    table: Table, stocks: Table, items: SentimentItems
) -> None:
    before = Records.of(table, stocks, Ticking())
    filled(before)
    moments = itertools.count()
    OlderMentions(items, Known(before), lambda: float(next(moments))).write("AAPL", 2.0)
    assert len(items.points("AAPL", *ALWAYS)) == 1
    OlderMentions(items, Known(before)).write("AAPL", 60)
    assert len(items.points("AAPL", *ALWAYS)) == 3


def test_an_older_mention_that_goes_meanwhile_is_not_left(
    table: Table, stocks: Table, items: SentimentItems, kept: Table, records: Records
) -> None:
    """record-8: its channel is deleted between the writing and the last look."""
    channel, _ = filled(Records.of(table, stocks, Ticking()), videos=1)
    known = Known(records, lambda: records.channels.delete(channel.id))
    OlderMentions(items, known).write("AAPL", 60)
    assert below(kept) == []


@pytest.mark.parametrize("action", Action)
def test_every_action_has_its_strength(action: Action) -> None:
    """docs/sentiment.md: on the side that it takes, and the surer the stronger."""
    video = Video("v", "c", "yt", HOSTILE, "javascript:alert(1)", START, *["pending"] * 2, START)  # type: ignore[arg-type]

    def of(confidence: str | None) -> Scored:
        known = None if confidence is None else Decimal(confidence)
        return scored_mention(Mention("m", "v", "AAPL", action, None, known, None, START, "c", START), video)

    sure, unsure = of("1").score, of("0").score
    assert sure == STRENGTHS[action.value] == 2 * unsure
    if action.direction:
        assert sure * action.direction > 0.33
    else:
        assert abs(sure) < 0.33
    assert (of(None).confidence, of("7").confidence, of("-1").confidence) == (0.5, 1.0, 0.0)
    assert (of(None).title, of(None).url) == (HOSTILE, "")

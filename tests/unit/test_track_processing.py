"""Processing a channel on a real table, YouTube's API over HTTP, the rule extractor (record-4 to 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.errors import RateLimitedError
from adapters.transcripts import BadTranscriptError, TranscriptsBlockedError, TranscriptUnavailableError
from cache.errors import PricesUnavailableError, TickerNotFoundError
from store import Table
from tests.kit.provider_server import ProviderServer
from tests.kit.stand_in_tube import TubeVideo
from tests.kit.track_work import APPLE, ID, Refusing, Waits, Works, on_air, talks, works
from track_record.entities import AnalysisStatus, Channel, ChannelStatus, NewChannel, TranscriptStatus
from track_record.entry import NoEntry
from track_record.errors import UnknownVideoError
from track_record.listing import months_before
from track_record.processing import Pause
from track_record.steps import BACKOFF_S
from track_record.video_work import MOST_REFUSALS

BLOCKED = TranscriptsBlockedError("YouTube refuses transcripts to this machine.")


def statuses(at_work: Works, channel: Channel) -> list[tuple[str, str, str]]:
    """Return title, transcript and analysis of each video, the newest first."""
    videos = at_work.records.videos.of_channel(channel.id)
    return [(v.title, v.transcript_status.value, v.analysis_status.value) for v in videos]


def test_a_channel_is_resolved_listed_and_looked_through(at_work: Works) -> None:
    """record-4: videos, transcripts, mentions and prices, with a log for people and counts."""
    at_work.spoken.said = {"video000000": APPLE, "video000001": "Hello and goodbye, see you tomorrow."}
    channel = at_work.add()
    assert at_work.processing.run(channel.id, Waits()) is None
    now = at_work.now(channel)
    assert (now.status, now.youtube_channel_id, now.name) == (
        ChannelStatus.COMPLETED, ID, "Talks about stocks",
    )  # fmt: skip
    assert (now.video_count, now.processed_video_count) == (3, 3)
    assert statuses(at_work, channel) == [
        ("Talk 0", "completed", "completed"),
        ("Talk 1", "completed", "completed"),
        ("Talk 2", "missing", "skipped"),
    ]
    said = at_work.records.videos.mentions_of_channel(channel.id)
    assert {(m.ticker, m.action.value, m.price_at_mention) for m in said} == {
        ("AAPL", "buy", Decimal("10.5")), ("INTC", "sell", Decimal("10.5")),
    }  # fmt: skip
    assert all(m.context_snippet and m.context_snippet in APPLE for m in said)  # record-5: verbatim
    stock = at_work.records.stocks.get("AAPL")
    assert stock is not None
    assert stock.name == "Apple Inc."
    lines = at_work.lines(channel)
    assert lines[0] == "Processing begins."
    assert "Videos listed: 3 new, 3 in all." in lines
    assert "“Talk 0”: AAPL (buy), INTC (sell)." in lines
    assert "“Talk 1”: no stock is spoken of." in lines
    assert "“Talk 2” is skipped: The video has no transcript in English." in lines
    assert lines[-2:] == ["Videos looked through: 2, with 2 mentions. Skipped: 1. Failed: 0.", "Done."]


def test_only_the_chosen_months_are_listed(at_work: Works, youtube: ProviderServer) -> None:
    on_air(youtube, talks(100))
    channel = at_work.add(months=1)
    at_work.processing.run(channel.id, Waits())
    first = min(v.published_at for v in at_work.records.videos.of_channel(channel.id))
    assert first == datetime(2026, 10, 20, 12, tzinfo=UTC)


def test_the_same_day_of_an_earlier_month_or_its_last() -> None:
    march = datetime(2025, 3, 31, 8, tzinfo=UTC)
    assert months_before(march, 1) == datetime(2025, 2, 28, 8, tzinfo=UTC)
    assert months_before(march, 13) == datetime(2024, 2, 29, 8, tzinfo=UTC)
    assert months_before(march, 36) == datetime(2022, 3, 31, 8, tzinfo=UTC)
    assert months_before(datetime(2025, 12, 1, tzinfo=UTC), 12) == datetime(2024, 12, 1, tzinfo=UTC)


def test_what_is_done_is_not_done_again(at_work: Works, youtube: ProviderServer) -> None:
    """record-4: processed anew, a channel costs what is new."""
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(5)}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    at_work.spoken.asked.clear()
    on_air(youtube, [TubeVideo("video000004", "Talk 4", "2026-11-20T11:00:00Z"), *talks(3)])
    at_work.again(channel)
    assert at_work.spoken.asked == ["video000004"]
    assert at_work.now(channel).processed_video_count == 4


def test_cancelled_between_steps_it_stops_and_keeps_what_is_done(at_work: Works) -> None:
    """record-4: also inside of a video, which is pending again."""
    channel = at_work.add()
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}

    def cancel(video_id: str) -> None:
        if video_id == "video000001":
            at_work.records.channels.move(
                channel.id, ChannelStatus.CANCELLED, allowed=(ChannelStatus.PROCESSING,)
            )

    at_work.spoken.on_ask = cancel
    at_work.processing.run(channel.id, Waits())
    assert at_work.now(channel).status is ChannelStatus.CANCELLED
    assert statuses(at_work, channel) == [
        ("Talk 0", "pending", "pending"),
        ("Talk 1", "pending", "pending"),
        ("Talk 2", "completed", "completed"),
    ]
    assert at_work.records.channels.waiting() == []


def test_deleted_while_it_is_processed_nothing_is_left(
    at_work: Works, track_tables: tuple[Table, Table]
) -> None:
    """record-8: at whatever step the deletion comes."""
    for step in range(3):
        channel = at_work.add()
        at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
        doomed = f"video{step:06d}"
        at_work.spoken.on_ask = lambda asked, doomed=doomed: (
            asked == doomed and at_work.records.channels.delete(channel.id)  # noqa: B023 - called in this turn
        )
        assert at_work.processing.run(channel.id, Waits()) is None
        assert list(track_tables[0].keys()) == []


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
def test_asked_for_anew_in_the_middle_of_a_step_it_begins_anew(
    at_work: Works, youtube: ProviderServer, how: str
) -> None:
    """record-4: cancelled, or deleted and added, and started again before the worker has noticed either."""
    on_air(youtube, talks(2))
    at_work.spoken.said = {"video000001": [TranscriptsBlockedError("YouTube refuses."), APPLE]}
    channel = at_work.add()

    def anew(video_id: str) -> None:
        if video_id == "video000000":
            at_work.spoken.on_ask = lambda _: None
            if how == "deleted":
                at_work.records.channels.delete(channel.id)
                at_work.add()
            else:
                cancelled = ChannelStatus.CANCELLED
                at_work.records.channels.move(channel.id, cancelled, allowed=[ChannelStatus.PROCESSING])
                at_work.records.channels.want(channel.id)

    at_work.spoken.on_ask = anew
    at_work.processing.run(channel.id, Waits())
    assert at_work.now(channel).status is ChannelStatus.PROCESSING
    at_work.processing.run(channel.id, Waits())
    assert at_work.now(channel).status is ChannelStatus.COMPLETED
    assert statuses(at_work, channel)[1] == ("Talk 1", "completed", "completed")


def test_a_worker_that_died_leaves_a_channel_that_is_gone_on_with(at_work: Works) -> None:
    """record-4: survives a restart; what was under way is done again, what is done is not."""
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
    channel = at_work.add()

    def die(video_id: str) -> None:
        if video_id == "video000001":
            raise KeyboardInterrupt

    at_work.spoken.on_ask = die
    with pytest.raises(KeyboardInterrupt):
        at_work.processing.run(channel.id, Waits())
    assert ("Talk 1", "pending", "processing") in statuses(at_work, channel)
    assert [one.id for one in at_work.records.channels.waiting()] == [channel.id]
    at_work.spoken.on_ask = lambda _: None
    at_work.spoken.asked.clear()
    at_work.processing.run(channel.id, Waits())
    assert at_work.spoken.asked == ["video000001", "video000000"]
    assert at_work.now(channel).status is ChannelStatus.COMPLETED
    assert at_work.now(channel).processed_video_count == 3
    assert "Processing goes on where it was left." in at_work.lines(channel)


def test_a_process_that_must_end_leaves_the_rest_to_the_next(at_work: Works) -> None:
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits(stop_after=6))
    assert at_work.now(channel).status is ChannelStatus.PROCESSING
    assert {analysis for _, _, analysis in statuses(at_work, channel)} <= {
        "pending",
        "processing",
        "completed",
    }
    at_work.processing.run(channel.id, Waits())
    assert at_work.now(channel).status is ChannelStatus.COMPLETED


def test_what_passes_is_tried_three_times_more(at_work: Works) -> None:
    """record-4: with growing pauses."""
    passing = TranscriptUnavailableError("YouTube gave no transcript this time.")
    at_work.spoken.said = {"video000002": [passing, passing, passing, APPLE], "video000001": passing}
    channel, waits = at_work.add(), Waits()
    at_work.processing.run(channel.id, waits)
    assert at_work.spoken.asked.count("video000002") == 4
    assert at_work.spoken.asked.count("video000001") == 4
    assert 2 * 0.75 * sum(BACKOFF_S) <= sum(waits.taken_s) <= 2 * 1.25 * sum(BACKOFF_S)
    assert statuses(at_work, channel)[1:] == [
        ("Talk 1", "failed", "skipped"), ("Talk 2", "completed", "completed"),
    ]  # fmt: skip


def test_blocked_is_a_state_of_its_own_and_is_not_asked_for_ever(
    at_work: Works, youtube: ProviderServer
) -> None:
    """record-4: a refusal to this machine says nothing about the videos; they are tried again later."""
    on_air(youtube, talks(6))
    at_work.spoken.said = {f"video{n:06d}": BLOCKED for n in range(6)}
    channel, waits = at_work.add(), Waits()
    at_work.processing.run(channel.id, waits)
    assert len(at_work.spoken.asked) == MOST_REFUSALS
    assert waits.taken_s == []
    assert {(t, a) for _, t, a in statuses(at_work, channel)} == {("blocked", "skipped")}
    assert any("Give them as files" in line for line in at_work.lines(channel))
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(6)}
    at_work.again(channel)
    assert {(t, a) for _, t, a in statuses(at_work, channel)} == {("completed", "completed")}
    assert at_work.now(channel).processed_video_count == 6


def test_a_quota_used_up_in_the_middle_stops_and_goes_on_later(
    at_work: Works, youtube: ProviderServer
) -> None:
    """Bad input: what was listed so far is looked through; the rest waits for midnight Pacific time."""
    on_air(youtube, talks(120))
    youtube.tube.left = 3  # the channel, a page, and its details
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(120)}
    channel = at_work.add()
    pause = at_work.processing.run(channel.id, Waits())
    now = at_work.now(channel)
    assert pause == Pause(20 * 3600, now.updated_at)
    assert (now.status, now.video_count, now.processed_video_count) == (ChannelStatus.PROCESSING, 50, 50)
    assert at_work.lines(channel)[-1] == (
        "YouTube's daily quota is used up. It begins anew at midnight Pacific time. "
        "It goes on by itself in 20 h 0 min."
    )
    youtube.tube.left = None
    assert at_work.processing.run(channel.id, Waits()) is None
    now = at_work.now(channel)
    assert (now.status, now.processed_video_count) == (ChannelStatus.COMPLETED, 120)
    assert len(at_work.spoken.asked) == 120


def test_without_a_key_it_says_what_is_missing(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """record-3."""
    at_work = works(*track_tables, youtube, key=None)
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    assert at_work.now(channel).status is ChannelStatus.FAILED
    assert at_work.lines(channel)[-1] == (
        "YouTube needs a key: set YOUTUBE_API_KEY. "
        "Until then, add videos by hand with their transcripts: in the timeline, “Add a video”."
    )


def test_a_given_transcript_works_without_key_and_fetching(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """record-4: pasted or uploaded; it counts more than what could be fetched, and survives a new look."""
    keyed = works(*track_tables, youtube, fetched=False)
    channel = keyed.add()
    keyed.processing.run(channel.id, Waits())
    assert {t for _, t, _ in statuses(keyed, channel)} == {"failed"}
    assert any("YOUTUBE_TRANSCRIPTS=on" in line for line in keyed.lines(channel))
    video = keyed.records.videos.of_channel(channel.id)[0]
    keyed.given.attach(channel.id, video.id, f"1\n00:00:01,000 --> 00:00:09,000\n{APPLE}\n".encode())
    assert keyed.now(channel).status is ChannelStatus.PROCESSING
    assert keyed.now(channel).processed_video_count == 2
    keyless = works(*track_tables, youtube, key=None)
    keyless.processing.run(channel.id, Waits())
    assert keyless.now(channel).status is ChannelStatus.COMPLETED
    assert {m.ticker for m in keyless.records.videos.of_video(video.id)} == {"AAPL", "INTC"}
    assert keyless.spoken.asked == ["video000002", "video000001"]  # the others are tried again
    # Another transcript replaces what the first one said.
    keyless.given.attach(channel.id, video.id, "I bought Pfizer today.")
    keyless.processing.run(channel.id, Waits())
    assert {m.ticker for m in keyless.records.videos.of_video(video.id)} == {"PFE"}


def test_a_transcript_given_while_its_channel_is_processed_is_not_lost(at_work: Works) -> None:
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
    channel = at_work.add()

    def give(video_id: str) -> None:
        videos = {v.youtube_video_id: v for v in at_work.records.videos.of_channel(channel.id)}
        if video_id == "video000000":  # the last one: this very video, and one that is done
            for chosen in ("video000000", "video000002"):
                at_work.given.attach(channel.id, videos[chosen].id, "I bought Pfizer today.")

    at_work.spoken.on_ask = give
    at_work.processing.run(channel.id, Waits())
    said = {v.title: {m.ticker for m in at_work.records.videos.of_video(v.id)}
            for v in at_work.records.videos.of_channel(channel.id)}  # fmt: skip
    assert said == {"Talk 0": {"PFE"}, "Talk 1": {"AAPL", "INTC"}, "Talk 2": {"PFE"}}
    assert at_work.now(channel).processed_video_count == 3
    assert at_work.now(channel).status is ChannelStatus.COMPLETED


def test_a_transcript_that_is_none_or_of_no_video_is_refused(
    at_work: Works, track_tables: tuple[Table, Table]
) -> None:
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    video = at_work.records.videos.of_channel(channel.id)[0]
    with pytest.raises(BadTranscriptError):
        at_work.given.attach(channel.id, video.id, b"%PDF-1.7 whatever")
    with pytest.raises(UnknownVideoError):
        at_work.given.attach(channel.id, "no-such-video", APPLE)
    at_work.given.attach(channel.id, video.id, APPLE)
    at_work.records.channels.delete(channel.id)
    with pytest.raises(UnknownVideoError):
        at_work.given.attach(channel.id, video.id, APPLE)
    assert list(track_tables[0].keys()) == []


def test_twelve_hours_of_captions_can_be_given(at_work: Works) -> None:
    """Bad input: a 12-hour transcript."""
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    video = at_work.records.videos.of_channel(channel.id)[0]
    words = [f"and so number {n} of what i wanted to say {n * 7919 % 1009}" for n in range(14_400)]
    blocks = (
        f"{n // 1200:02d}:{n // 20 % 60:02d}:{n % 20 * 3:02d}.{n % 997:03d} --> "
        f"{n // 1200:02d}:{n // 20 % 60:02d}:{n % 20 * 3 + 2:02d}.999\n{text}\n"
        for n, text in enumerate(words)
    )
    at_work.given.attach(channel.id, video.id, "WEBVTT\n\n" + "\n".join(blocks))
    kept = at_work.given.of(video.id)
    assert kept is not None
    assert [snippet.text for snippet in kept.snippets] == words


def test_what_has_no_price_is_kept_and_said(at_work: Works) -> None:
    """record-4: skips with a reason; who failed for a ticker is not asked again in the same run."""
    down = PricesUnavailableError("The source does not answer.")
    at_work.entries.by_ticker = {
        "AAPL": NoEntry.PENDING, "INTC": TickerNotFoundError("No prices for INTC."), "PFE": down,
    }  # fmt: skip
    at_work.spoken.said = {f"video{n:06d}": f"{APPLE} I bought Pfizer today." for n in range(3)}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    said = at_work.records.videos.mentions_of_channel(channel.id)
    assert len(said) == 9
    assert {m.price_at_mention for m in said} == {None}
    assert [at_work.entries.asked.count(ticker) for ticker in ("AAPL", "INTC", "PFE")] == [3, 1, 4]
    lines = at_work.lines(channel)
    assert "AAPL is kept without a price: the price is still to be made." in lines
    assert "INTC is kept without a price: No prices for INTC." in lines
    assert at_work.now(channel).status is ChannelStatus.COMPLETED


def test_captions_that_come_later_are_asked_for_when_a_person_asks_again(
    at_work: Works, youtube: ProviderServer
) -> None:
    """Automatic captions come hours after a video: it is not without words for good, an old one is."""
    asked_at = datetime.now(UTC)
    old = talks(1, asked_at - timedelta(days=60))[0]
    on_air(youtube, [*talks(1, asked_at), TubeVideo("old00000000", "Long ago", old.published)])
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    assert {(t, a) for _, t, a in statuses(at_work, channel)} == {("missing", "skipped")}
    at_work.spoken.said = {"video000000": APPLE}
    at_work.spoken.asked.clear()
    at_work.again(channel)
    assert at_work.spoken.asked == ["video000000"]
    assert statuses(at_work, channel)[0] == ("Talk 0", "completed", "completed")


def test_sources_of_prices_that_are_down_are_not_waited_for_with_every_stock(at_work: Works) -> None:
    """Prices never hold a video up: 200 stocks with 42 seconds of patience each would be hours."""
    down = PricesUnavailableError("The source does not answer.")
    names = {"AAPL": "Apple", "INTC": "Intel", "PFE": "Pfizer", "MSFT": "Microsoft", "NVDA": "Nvidia"}
    at_work.entries.by_ticker = dict.fromkeys(names, down)
    at_work.spoken.said = {"video000000": " ".join(f"I bought {name} today." for name in names.values())}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    assert sorted(map(at_work.entries.asked.count, names)) == [1, 1, 4, 4, 4]
    at_work.entries.by_ticker = {}
    at_work.again(channel)
    assert {m.price_at_mention for m in at_work.records.videos.mentions_of_channel(channel.id)} == {
        Decimal("10.5")
    }


def test_a_place_of_transcripts_that_is_down_is_not_waited_for_with_every_video(
    at_work: Works, youtube: ProviderServer
) -> None:
    """1,000 videos with 42 seconds of patience each would be a night without a turn for other channels."""
    on_air(youtube, talks(6))
    down = TranscriptUnavailableError("YouTube gave no transcript this time.")
    at_work.spoken.said = {f"video{n:06d}": down for n in range(6)}
    channel, waits = at_work.add(), Waits()
    at_work.processing.run(channel.id, waits)
    asked = [at_work.spoken.asked.count(f"video{n:06d}") for n in range(6)]
    assert asked == [1, 1, 1, 4, 4, 4]  # the oldest first
    assert {(t, a) for _, t, a in statuses(at_work, channel)} == {("failed", "skipped")}
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(6)}
    at_work.again(channel)
    assert {(t, a) for _, t, a in statuses(at_work, channel)} == {("completed", "completed")}


def test_why_a_stock_has_no_price_is_said_once_in_a_run(at_work: Works) -> None:
    """Of 1,000 videos about one stock the log is not a thousand times the same line."""
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
    at_work.entries.by_ticker = {"AAPL": NoEntry.PENDING}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    assert sum("AAPL is kept without a price" in line for line in at_work.lines(channel)) == 1
    at_work.again(channel)
    assert sum("AAPL is kept without a price" in line for line in at_work.lines(channel)) == 2


def test_processed_again_it_looks_for_the_prices_that_were_missing(at_work: Works) -> None:
    """record-6: a video of Friday night has its price on Monday."""
    at_work.spoken.said = {"video000000": APPLE}
    at_work.entries.by_ticker = {"AAPL": NoEntry.PENDING}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    at_work.entries.by_ticker = {}
    at_work.entries.asked.clear()
    at_work.again(channel)
    assert at_work.entries.asked == ["AAPL"]
    said = at_work.records.videos.mentions_of_channel(channel.id)
    assert [m.price_at_mention for m in said] == [Decimal("10.5"), Decimal("10.5")]


def test_funds_coins_and_strangers_are_left_out_with_a_reason(at_work: Works) -> None:
    """record-4: US stocks only."""
    at_work.spoken.said = {
        "video000000": "I bought $SPY and Bitcoin today. I bought $ZZZZQ too. I bought Apple."
    }
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    assert {m.ticker for m in at_work.records.videos.mentions_of_channel(channel.id)} == {"AAPL"}
    left_out = [line for line in at_work.lines(channel) if line.startswith("Left out")]
    assert any("SPY (funds)" in line for line in left_out)
    assert any("Bitcoin (crypto)" in line for line in left_out)
    assert any("ZZZZQ (no known US stock)" in line for line in left_out)


def test_videos_that_are_not_over_or_gone_are_not_looked_through(
    at_work: Works, youtube: ProviderServer
) -> None:
    """Bad input: a deleted video keeps its mentions (a tombstone)."""
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    gone, *stay = talks(3)
    on_air(youtube, [
        TubeVideo("coming00000", "Soon", "2026-11-19T12:00:00Z", "P0D", "upcoming"),
        TubeVideo(gone.id, "Deleted video", ""),
        *stay,
    ])  # fmt: skip
    at_work.again(channel)
    videos = at_work.records.videos.of_channel(channel.id)
    assert [(v.title, v.vanished_at is not None) for v in videos] == [
        ("Talk 0", True), ("Talk 1", False), ("Talk 2", False),
    ]  # fmt: skip
    assert at_work.records.videos.of_video(videos[0].id)
    assert any("1 not over yet" in line for line in at_work.lines(channel))


def test_hostile_titles_are_text_on_one_line(at_work: Works, youtube: ProviderServer) -> None:
    """Bad input: HTML, right-to-left marks, a title without end."""
    title = "<script>alert(1)</script>\n\u202eBUY\u0000 " + "x" * 500
    on_air(youtube, [TubeVideo("video000000", title, "2026-11-19T12:00:00Z")])
    at_work.spoken.said = {"video000000": APPLE}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    line = next(line for line in at_work.lines(channel) if "script" in line)
    assert line.startswith("“<script>alert(1)</script> BUY xxx")
    assert line.isprintable()
    assert len(line) < 140
    assert at_work.records.videos.of_channel(channel.id)[0].title == title


def test_an_extractor_whose_quota_is_used_up_is_gone_on_with_later(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    refusing = Refusing(RateLimitedError("Gemini's quota is used up.", retry_after_s=3600))
    at_work = works(*track_tables, youtube, extractor=refusing)  # type: ignore[arg-type]
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
    channel = at_work.add()
    pause = at_work.processing.run(channel.id, Waits())
    assert pause == Pause(3600, at_work.now(channel).updated_at)
    assert refusing.asked == 1
    assert at_work.now(channel).status is ChannelStatus.PROCESSING
    assert {a for _, _, a in statuses(at_work, channel)} == {AnalysisStatus.PENDING.value}


@pytest.mark.parametrize("told_s", [None, 37.0])
def test_who_refuses_again_and_again_is_not_asked_all_day(
    track_tables: tuple[Table, Table], youtube: ProviderServer, told_s: float | None
) -> None:
    """A model's daily quota names a minute or nothing: each try lists all videos anew."""
    refusing = Refusing(RateLimitedError("Gemini's quota is used up.", retry_after_s=told_s))
    at_work = works(*track_tables, youtube, extractor=refusing)  # type: ignore[arg-type]
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
    pause = at_work.processing.run(at_work.add().id, Waits())
    assert refusing.asked == 4
    assert pause is not None
    units_of_a_thousand_videos = 41
    assert 86_400 / pause.wait_s * units_of_a_thousand_videos < 5_000


def test_an_extractor_that_refuses_its_key_ends_the_run_with_its_sentence(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    from adapters.errors import BadKeyError, BadPayloadError

    refusing = Refusing(BadKeyError("Gemini refused the key. Check GEMINI_API_KEY."))
    at_work = works(*track_tables, youtube, extractor=refusing)  # type: ignore[arg-type]
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    assert refusing.asked == 1
    assert at_work.now(channel).status is ChannelStatus.FAILED
    assert at_work.lines(channel)[-1] == "Gemini refused the key. Check GEMINI_API_KEY."
    refusing.error = BadPayloadError("Gemini answered with something else.")
    at_work.again(channel)
    assert {(t, a) for _, t, a in statuses(at_work, channel)} == {("completed", "failed")}
    assert TranscriptStatus.COMPLETED.value == "completed"


def test_nothing_runs_before_it_is_asked_for(at_work: Works) -> None:
    """record-1: a channel that was added is pending, and no worker takes it."""
    channel = at_work.records.channels.add(NewChannel("@talks", "talks", "https://www.youtube.com/@talks"))
    assert at_work.records.channels.waiting() == []
    assert at_work.processing.run(channel.id, Waits()) is None
    assert (at_work.now(channel).status, at_work.spoken.asked) == (ChannelStatus.PENDING, [])
    assert at_work.lines(channel) == []


def test_a_transcript_given_while_its_channel_waits_for_a_quota_is_not_waited_with(
    at_work: Works, youtube: ProviderServer
) -> None:
    """The rest ends with whatever is changed after it began, also during the run that ended in it."""
    on_air(youtube, talks(120))
    youtube.tube.left = 3
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(120)}
    channel = at_work.add()
    pause = at_work.processing.run(channel.id, Waits())
    assert pause is not None
    assert at_work.now(channel).updated_at <= pause.since  # so that it rests
    video = at_work.records.videos.of_channel(channel.id)[0]
    at_work.given.attach(channel.id, video.id, "I bought Pfizer today.")
    assert at_work.now(channel).updated_at > pause.since
    (waiting,) = at_work.records.channels.waiting()
    assert waiting.updated_at > pause.since
    at_work.processing.run(channel.id, Waits())
    assert {m.ticker for m in at_work.records.videos.of_video(video.id)} == {"PFE"}

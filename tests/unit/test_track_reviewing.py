"""Deciding what the extractor was unsure of (record-5): in processing, and at the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from adapters.extractors.claims import Claim, ExtractorId
from store import Table, TableUnavailableError
from tests.kit.failing_table import FailingTable
from tests.kit.provider_server import ProviderServer
from tests.kit.track_work import Entries, Waits, Works, on_air, talks, works
from track_record.entities import Action, Channel, ChannelStatus
from track_record.entry import NoEntry
from track_record.errors import BadFieldError, UnknownReviewError
from track_record.pricing import Pricing
from track_record.reviewing import ReviewDesk
from track_record.reviews import Decision, Doubt, Review

TORN = (
    "Good morning. I bought Apple this morning. Later on I sold my Apple shares, all of them. I bought Intel."
)


@pytest.fixture
def channel(at_work: Works) -> Channel:
    """Return a channel that was processed, with one video that says both of a stock."""
    at_work.spoken.said = {"video000000": TORN}
    added = at_work.add()
    at_work.processing.run(added.id, Waits())
    return added


def claim(ticker: str, said: str, quote: str, confidence: float) -> Claim:
    return Claim(ticker=ticker, company_as_said=said, action="buy", quote=quote, confidence=confidence)


class Certain:
    """A model that is wholly sure of one stock, and not at all of another."""

    identity = ExtractorId("gemini", "flash", "1")

    def claims(self, video: object, go_on: object) -> list[Claim]:
        del video, go_on
        return [
            claim("INTC", "Intel", "I bought Intel", 1.0),
            claim("AAPL", "Apple", "I bought Apple this morning", 0.2),
        ]


def torn_on(
    tables: tuple[Table, Table], youtube: ProviderServer, extractor: Any = None
) -> tuple[Works, FailingTable, Channel]:
    """Return a channel that was processed on a table that can be made to fail."""
    main = FailingTable(tables[0])
    given: Any = main
    at_work = works(given, tables[1], youtube, extractor=extractor)
    at_work.spoken.said = {"video000000": TORN}
    on_air(youtube, talks(1))
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    return at_work, main, channel


def desk_of(at_work: Works, prices: Entries | None = None) -> ReviewDesk:
    given: Any = prices or at_work.entries
    return ReviewDesk(at_work.records, Pricing(at_work.records, given))


def said(at_work: Works, channel: Channel) -> set[tuple[str, str]]:
    found = at_work.records.videos.mentions_of_channel(channel.id)
    return {(one.ticker, one.action.value) for one in found}


def looked_through_again(at_work: Works, channel: Channel) -> None:
    """Have the video's transcript given anew, and the channel processed."""
    (video,) = [one for one in at_work.records.videos.of_channel(channel.id) if one.title == "Talk 0"]
    at_work.given.attach(channel.id, video.id, TORN)
    ended = (ChannelStatus.COMPLETED, ChannelStatus.FAILED, ChannelStatus.CANCELLED)
    at_work.records.channels.move(channel.id, ChannelStatus.PENDING, allowed=ended)
    at_work.processing.run(channel.id, Waits())


def test_what_the_extractor_doubts_is_kept_with_its_reason(at_work: Works, channel: Channel) -> None:
    """record-5: not counted, and not lost; the log still names it."""
    entries = desk_of(at_work).of_channel(channel.id)
    assert said(at_work, channel) == {("INTC", "buy")}
    assert {(e.review.ticker, e.review.action.value, e.video.title) for e in entries} == {
        ("AAPL", "buy", "Talk 0"), ("AAPL", "sell", "Talk 0"),
    }  # fmt: skip
    for entry in entries:
        assert entry.review.doubts == (Doubt.CONTRADICTED,)
        assert entry.review.confidence < Decimal("0.5")
        assert entry.review.quote in TORN
    assert sum("Unsure, so not counted: AAPL" in line for line in at_work.lines(channel)) == 2


def test_accepted_and_dismissed_it_stays_so(at_work: Works, channel: Channel) -> None:
    """Also when the video is looked through again, by the same extractor or a surer one."""
    desk = desk_of(at_work)
    by_action = {entry.review.action: entry.review for entry in desk.of_channel(channel.id)}
    buy, sell = by_action[Action.BUY], by_action[Action.SELL]
    for _ in range(2):  # doing it again is well
        desk.accept(channel.id, sell.video_id, sell.id)
        desk.dismiss(channel.id, buy.video_id, buy.id)
    for _ in range(2):
        assert said(at_work, channel) == {("INTC", "buy"), ("AAPL", "sell")}
        (mention,) = [m for m in at_work.records.videos.of_video(sell.video_id) if m.ticker == "AAPL"]
        assert (mention.price_at_mention, mention.confidence_score) == (Decimal("10.5"), Decimal(1))
        assert mention.context_snippet == sell.quote
        decisions = {entry.review.action: entry.review.decision for entry in desk.of_channel(channel.id)}
        assert decisions == {Action.SELL: Decision.ACCEPTED, Action.BUY: Decision.DISMISSED}
        looked_through_again(at_work, channel)


def test_a_person_corrects_what_was_understood(at_work: Works, channel: Channel) -> None:
    """And changes their mind: the mention follows."""
    desk = desk_of(at_work)
    review = desk.of_channel(channel.id)[0].review
    where = (channel.id, review.video_id, review.id)
    desk.accept(*where, ticker=" msft", action="short")
    assert said(at_work, channel) == {("INTC", "buy"), ("MSFT", "short")}
    kept = at_work.records.stocks.get("MSFT")
    assert kept is not None
    assert kept.name == "Microsoft Corporation" or "MICROSOFT" in str(kept.name).upper()
    looked_through_again(at_work, channel)
    assert said(at_work, channel) == {("INTC", "buy"), ("MSFT", "short")}
    desk.accept(*where, ticker="MSFT", action="watch")
    assert said(at_work, channel) == {("INTC", "buy"), ("MSFT", "watch")}
    assert desk.reopen(*where) == review
    assert said(at_work, channel) == {("INTC", "buy")}


def test_what_the_extractor_found_itself_is_not_taken_back(at_work: Works, channel: Channel) -> None:
    desk = desk_of(at_work)
    review = desk.of_channel(channel.id)[0].review
    where = (channel.id, review.video_id, review.id)
    desk.accept(*where, ticker="INTC", action="buy")
    desk.dismiss(*where)
    assert said(at_work, channel) == {("INTC", "buy")}


def test_what_two_were_accepted_as_stays_when_one_of_them_is_dismissed(
    at_work: Works, channel: Channel
) -> None:
    """Both were corrected to the same call: the other one still stands for it, with its own words."""
    desk = desk_of(at_work)
    one, other = (entry.review for entry in desk.of_channel(channel.id))
    for review in (one, other):
        desk.accept(channel.id, review.video_id, review.id, ticker="MSFT", action="buy")
    desk.dismiss(channel.id, one.video_id, one.id)
    (kept,) = [m for m in at_work.records.videos.of_video(one.video_id) if m.ticker == "MSFT"]
    assert (kept.context_snippet, kept.price_at_mention) == (other.quote, Decimal("10.5"))
    desk.dismiss(channel.id, other.video_id, other.id)
    assert said(at_work, channel) == {("INTC", "buy")}


def kept_as_microsoft(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> tuple[Works, FailingTable, Channel, Review]:
    """Accept the first doubt as another stock, on a table that can fail."""
    at_work, main, channel = torn_on(track_tables, youtube)
    desk = desk_of(at_work)
    review = desk.of_channel(channel.id)[0].review
    desk.accept(channel.id, review.video_id, review.id, ticker="MSFT", action="buy")
    return at_work, main, channel, review


def fails_to(method: str) -> Any:
    return lambda called, _: called == method


@pytest.mark.parametrize("to", [Decision.DISMISSED, Decision.OPEN])
def test_a_table_that_goes_down_in_the_middle_leaves_no_mention_behind(
    track_tables: tuple[Table, Table], youtube: ProviderServer, to: Decision
) -> None:
    """A call that was dismissed, or is open again, counts no more, also when the table failed meanwhile."""
    at_work, main, channel, review = kept_as_microsoft(track_tables, youtube)
    desk, where = desk_of(at_work), (channel.id, review.video_id, review.id)
    undo = desk.dismiss if to is Decision.DISMISSED else desk.reopen
    main.fails = fails_to("delete")
    with pytest.raises(TableUnavailableError):
        undo(*where)
    main.up()
    assert undo(*where).decision is to
    assert said(at_work, channel) == {("INTC", "buy")}
    now = at_work.records.reviews.get(review.video_id, review.id)
    assert now is not None
    assert (now.decision, now.as_ticker, now.as_action) == (to, None, None)


def test_a_correction_that_a_table_breaks_off_leaves_no_mention_behind(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    at_work, main, channel, review = kept_as_microsoft(track_tables, youtube)
    desk, where = desk_of(at_work), (channel.id, review.video_id, review.id)
    main.fails = fails_to("delete")
    with pytest.raises(TableUnavailableError):
        desk.accept(*where, ticker="PFE", action="buy")
    main.up()
    desk.accept(*where, ticker="PFE", action="buy")
    assert said(at_work, channel) == {("INTC", "buy"), ("PFE", "buy")}


def test_what_a_model_is_wholly_sure_of_is_not_taken_for_a_persons(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """A model says 1.0 of what it found; to undo a decision about something else takes nothing of it away."""
    at_work, _, channel = torn_on(track_tables, youtube, Certain())
    desk = desk_of(at_work)
    (entry,) = desk.of_channel(channel.id)
    where = (channel.id, entry.review.video_id, entry.review.id)
    desk.accept(*where, ticker="INTC", action="buy")
    desk.reopen(*where)
    assert said(at_work, channel) == {("INTC", "buy")}


def test_without_a_price_it_is_a_mention_all_the_same(at_work: Works, channel: Channel) -> None:
    desk = desk_of(at_work, Entries({"AAPL": NoEntry.PENDING}))
    review = desk.of_channel(channel.id)[0].review
    desk.accept(channel.id, review.video_id, review.id)
    (mention,) = [m for m in at_work.records.videos.of_video(review.video_id) if m.ticker == "AAPL"]
    assert mention.price_at_mention is None


@pytest.mark.parametrize(
    ("ticker", "action", "field"),
    [
        ("ZZZZQ", "buy", "ticker"),
        ("SPY", "buy", "ticker"),
        ("BTC-USD", "buy", "ticker"),
        ("<img src=x onerror=alert(1)>", "buy", "ticker"),
        ("", "buy", "ticker"),
        ("AAPL", "hodl", "action"),
        ("AAPL", "", "action"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    at_work: Works, channel: Channel, ticker: str, action: str, field: str
) -> None:
    desk = desk_of(at_work)
    review = desk.of_channel(channel.id)[0].review
    with pytest.raises(BadFieldError) as refused:
        desk.accept(channel.id, review.video_id, review.id, ticker=ticker, action=action)
    assert refused.value.field == field
    assert "<img" not in str(refused.value)
    assert desk.of_channel(channel.id)[0].review == review


def test_what_is_gone_cannot_be_decided(at_work: Works, channel: Channel) -> None:
    desk = desk_of(at_work)
    review = desk.of_channel(channel.id)[0].review
    for video_id, review_id in ((review.video_id, "nothing"), ("nothing", review.id)):
        for decide in (desk.accept, desk.dismiss, desk.reopen):
            with pytest.raises(UnknownReviewError):
                decide(channel.id, video_id, review_id)

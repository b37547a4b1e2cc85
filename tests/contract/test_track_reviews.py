"""What is to be decided by people, on every item table (record-5, record-8)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from store import Table
from tests.kit.failing_table import FailingTable
from tests.kit.tables import at_once
from tests.kit.track import Ticking, filled
from track_record.entities import Action, NewMention, Video
from track_record.errors import UnknownChannelError
from track_record.records import Records
from track_record.reviewing import keep
from track_record.reviews import Decision, Doubt, NewReview, Review

pytestmark = pytest.mark.contract
UNSURE = NewReview("MSFT", Action.BUY, Decimal("0.42"), "maybe microsoft", "microsoft", (Doubt.CONTRADICTED,))
OTHER = NewReview("IBM", Action.SELL, Decimal("0.3"), "<b>ibm</b> \u202e", "", ())


@pytest.fixture
def records(table: Table, stocks: Table) -> Records:
    return Records.of(table, stocks, Ticking())


def tickers(found: list[Review]) -> list[str]:
    return sorted(one.ticker for one in found)


def test_reviews_are_found_by_video_and_by_channel(records: Records) -> None:
    """One query for a channel, and mentions are another's business."""
    channel, (first, second) = filled(records, videos=2)
    strangers, (third,) = filled(records, "@other", videos=1)
    (kept,) = records.reviews.replace(first, [UNSURE])
    records.reviews.replace(second, [UNSURE, OTHER])
    records.reviews.replace(third, [OTHER])
    assert (kept.ticker, kept.action, kept.confidence, kept.quote, kept.doubts, kept.decision) == (
        "MSFT", Action.BUY, Decimal("0.42"), "maybe microsoft", (Doubt.CONTRADICTED,), Decision.OPEN,
    )  # fmt: skip
    assert records.reviews.of_video(first.id) == [kept] == [records.reviews.get(first.id, kept.id)]
    assert tickers(records.reviews.of_channel(channel.id)) == ["IBM", "MSFT", "MSFT"]
    assert tickers(records.reviews.of_channel(strangers.id)) == ["IBM"]
    assert len(records.videos.mentions_of_channel(channel.id)) == 4
    assert len(records.videos.of_video(first.id)) == 2


def test_what_was_decided_stays_when_the_video_is_looked_through_again(records: Records) -> None:
    """And what is open gives way to what is found now."""
    _, (video,) = filled(records, videos=1)
    msft, ibm = sorted(records.reviews.replace(video, [UNSURE, OTHER]), key=lambda one: one.action)
    dismissed = records.reviews.decide(ibm, Decision.DISMISSED)
    assert dismissed == replace(ibm, decision=Decision.DISMISSED)
    louder = replace(UNSURE, confidence=Decimal("0.45"), quote="microsoft it is")
    again = records.reviews.replace(video, [louder, replace(OTHER, quote="ibm, once more")])
    assert {one.quote for one in again} == {"microsoft it is", OTHER.quote}
    assert {one.decision for one in again} == {Decision.OPEN, Decision.DISMISSED}
    assert records.reviews.replace(video, []) == [dismissed]
    accepted = records.reviews.decide(ibm, Decision.ACCEPTED, "IBM", Action.SHORT)
    assert accepted is not None
    assert accepted.accepted == NewMention("IBM", Action.SHORT, Decimal(1), OTHER.quote)
    reopened = records.reviews.decide(accepted, Decision.OPEN)
    assert reopened == replace(ibm, as_ticker="IBM", as_action=Action.SHORT)  # its mention may be there still
    assert reopened.accepted is None
    assert records.reviews.forget(accepted) is None  # it was decided otherwise meanwhile
    assert records.reviews.forget(reopened) == ibm
    assert records.reviews.decide(msft, Decision.DISMISSED) is None  # it was not found any more


def test_a_decision_and_a_worker_that_cross_each_other(table: Table, stocks: Table) -> None:
    """Between any two calls of the worker a person decides, and the decision counts."""
    for moment in itertools.count():
        records = Records.of(table, stocks)
        channel, (video,) = filled(records, videos=1)
        msft, ibm = sorted(records.reviews.replace(video, [UNSURE, OTHER]), key=lambda one: one.action)
        count = itertools.count()

        def decide_then(method: str, arguments: tuple[Any, ...]) -> None:
            if next(count) == moment:  # noqa: B023 - it runs within this round
                records.reviews.decide(msft, Decision.ACCEPTED, "MSFT", Action.BUY)  # noqa: B023
                records.videos.add_mention(video, NewMention("MSFT", Action.BUY, Decimal(1)))  # noqa: B023
                records.reviews.decide(ibm, Decision.DISMISSED)  # noqa: B023

        slow: Any = FailingTable(table, before=decide_then)
        found = [NewMention("IBM", Action.SELL), NewMention("AAPL", Action.BUY)]
        keep(Records.of(slow, stocks), video, found, [UNSURE, OTHER], lambda _: None)
        happened = next(count) > moment
        said = {(one.ticker, one.action.value) for one in records.videos.of_video(video.id)}
        records.channels.delete(channel.id)
        if not happened:
            break
        assert said == {("AAPL", "buy"), ("MSFT", "buy")}, f"decided before call {moment}"
    assert moment > 5


def test_a_worker_that_did_not_look_again_would_lose_the_decision(table: Table, stocks: Table) -> None:
    """The negative twin."""
    records = Records.of(table, stocks)
    _, (video,) = filled(records, videos=1)
    (msft,) = records.reviews.replace(video, [UNSURE])

    def decide_then(method: str, arguments: tuple[Any, ...]) -> None:
        if method == "put_many":
            records.reviews.decide(msft, Decision.ACCEPTED, "MSFT", Action.BUY)

    slow: Any = FailingTable(table, before=decide_then)
    Records.of(slow, stocks).videos.replace_mentions(video, [NewMention("AAPL", Action.BUY)])
    assert [one.ticker for one in records.videos.of_video(video.id)] == ["AAPL"]


def test_of_several_who_accept_at_once_one_adds_the_mention(records: Records) -> None:
    _, (video,) = filled(records, videos=1)
    new = NewMention("MSFT", Action.BUY, Decimal(1), "maybe microsoft")
    added = at_once(6, lambda _: records.videos.add_mention(video, new))
    assert sum(one is not None for one in added) == 1
    (mention,) = [one for one in added if one is not None]
    assert not records.videos.remove_mention(video.id, mention.id, Decimal("0.9"))
    assert records.videos.remove_mention(video.id, mention.id, Decimal(1))
    assert "MSFT" not in {one.ticker for one in records.videos.of_video(video.id)}


@pytest.mark.parametrize("moment", range(8))
def test_nothing_is_left_of_a_channel_that_is_deleted_meanwhile(
    table: Table, stocks: Table, moment: int
) -> None:
    """record-8: reviews go with the channel, also those that are being written."""
    records = Records.of(table, stocks)
    channel, (video,) = filled(records, videos=1)
    records.reviews.replace(video, [OTHER])
    count = itertools.count()

    def delete_then(method: str, arguments: tuple[Any, ...]) -> None:
        if next(count) == moment:
            records.channels.delete(channel.id)

    slow: Any = FailingTable(table, before=delete_then)

    def write(its: Records, of: Video) -> None:
        its.reviews.replace(of, [UNSURE])
        its.videos.add_mention(of, NewMention("MSFT", Action.BUY, Decimal(1)))

    try:
        write(Records.of(slow, stocks), video)
    except UnknownChannelError:
        assert list(table.keys()) == []
    records.channels.delete(channel.id)
    assert list(table.keys()) == []

"""Channels and stocks judged over real tables and a real cache (ahead-5, ahead-6, record-4)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import BadKeyError, UnavailableError
from market.candles import Candles
from tests.kit.judged import NYSE, Court, at, court, walks
from track_record.daily_prices import DailyPriceReader
from track_record.entities import Action
from track_record.entry import NoEntry, Policy
from track_record.errors import UnknownChannelError
from track_record.judged_calls import Judged, judge
from track_record.judgement import Judgement
from track_record.judging import Judge
from track_record.outcomes import Status
from track_record.stand_in import stand_in_name

PRESENT = "2024-06-28 22:00"
BUY_JANUARY = ("2023-01-10 22:00", "AAPL", Action.BUY)
DOWN = UnavailableError("Scripted does not answer.", provider="scripted")


def usual(folder: Path, present: str = PRESENT, **options: Any) -> Court:
    return court(folder, walks(present, "SPY", "AAPL", "MSFT", **options))


def test_a_call_has_both_prices_and_an_outcome_at_each_horizon(tmp_path: Path) -> None:
    """ahead-5: what was said is the last close, what could be had the price of the policy."""
    held = usual(tmp_path)
    found = held.judge.channel(held.says(BUY_JANUARY).id)
    (call,) = found.calls
    assert call.video is not None
    assert (call.channel_name, call.video.title, call.direction) == ("chandler", "Talk 0", 1)
    assert call.said is not None
    assert call.had is not None
    assert (call.said.day, call.had.day) == (date(2023, 1, 10), date(2023, 1, 11))
    assert call.had.time_s == call.due_s == at("2023-01-11 14:30").timestamp()
    assert (call.episode, call.opens, call.reason, call.rebased) == (0, True, None, ())
    assert [(each.horizon, each.status) for each in call.outcomes] == [
        (21, Status.MATURED),
        (63, Status.MATURED),
        (252, Status.MATURED),
    ]
    assert call.outcomes[0].day == NYSE.date(NYSE.index(date(2023, 1, 11)) + 21)
    assert (found.benchmark, found.until) == ("SPY", date(2024, 6, 28))
    assert found.score is not None
    assert found.score.horizons[0].mean == pytest.approx(call.outcomes[0].excess)


def test_another_policy_is_another_price(tmp_path: Path) -> None:
    """ahead-5: each of the three scores everything anew."""
    held = usual(tmp_path)
    channel = held.says(("2023-01-10 18:00", "AAPL", Action.BUY))
    had = {}
    for policy in (Policy.NEXT_OPEN, Policy.SAME_DAY_CLOSE, Policy.NEXT_CLOSE):
        found = held.judge.channel(channel.id, policy)
        assert found.score is not None
        assert found.calls[0].had is not None
        had[policy] = (found.calls[0].had.day, found.score.horizons[0].mean)
    assert [day for day, _ in had.values()] == [date(2023, 1, 11), date(2023, 1, 10), date(2023, 1, 11)]
    assert len({mean for _, mean in had.values()}) == 3


def test_what_says_neither_stays_and_is_not_scored(tmp_path: Path) -> None:
    held = usual(tmp_path)
    found = held.judge.channel(held.says(("2023-01-10 22:00", "AAPL", Action.HOLD)).id)
    (call,) = found.calls
    assert (call.direction, call.episode, call.outcomes) == (0, None, ())
    assert call.said is not None
    assert call.had is not None
    assert found.score is not None
    assert (found.score.calls, found.score.horizons[0].matured) == (0, 0)


def test_nothing_said_is_no_error(tmp_path: Path) -> None:
    held = usual(tmp_path)
    found = held.judge.channel(held.says().id)
    assert (found.calls, found.score, dict(found.waiting)) == ((), None, {})
    assert not held.provider.requests
    with pytest.raises(UnknownChannelError):
        held.judge.channel("0" * 8)


def test_one_ticker_that_fails_keeps_no_other_from_being_judged(tmp_path: Path) -> None:
    """It is waited for, and found when asked again; what will not come at all is told apart."""
    held = usual(tmp_path, failing={"MSFT": DOWN})
    said = [BUY_JANUARY, ("2023-01-10 22:00", "MSFT", Action.BUY), ("2023-01-10 22:00", "ZZZQ", Action.BUY)]
    channel = held.says(*said, ("2023-01-10 22:00", "SHEL.L", Action.BUY))
    found = held.judge.channel(channel.id)
    assert found.score is not None
    assert (found.score.calls, len(found.calls)) == (1, 4)
    assert dict(found.waiting) == {"MSFT": "Scripted does not answer."}
    assert "ZZZQ" in found.missing["ZZZQ"]
    assert "United States" in found.missing["SHEL.L"]
    assert {call.reason for call in found.calls} == {None}
    held.provider.failing.clear()
    again = held.judge.channel(channel.id)
    assert (again.score and again.score.calls, dict(again.waiting)) == (2, {})


def test_what_is_not_there_in_time_is_asked_for_next_time(tmp_path: Path) -> None:
    """Every question ends within its time, and the next one goes on where it stopped."""
    now_s = [0.0]

    def slow(_request: object) -> None:
        now_s[0] += 3.0

    tickers = ["AAPL", "MSFT", "IBM", "GE", "F", "GM", "KO", "PG"]
    held = court(tmp_path, walks(PRESENT, "SPY", *tickers, before=slow))
    reader = DailyPriceReader(held.parts.cache, lambda: now_s[0])
    judge_ = Judge(held.records, reader, monotonic=lambda: now_s[0])
    channel = held.says(*(("2023-01-10 22:00", ticker, Action.BUY) for ticker in tickers))
    waiting = [len(tickers)]
    while waiting[-1]:
        found = judge_.channel(channel.id, deadline_s=4.0)
        waiting.append(len(found.waiting))
        assert waiting[-1] < waiting[-2]
    assert len(waiting) > 2
    assert found.score is not None
    assert found.score.calls == len(tickers)


def test_without_the_benchmark_nothing_is_scored(tmp_path: Path) -> None:
    """Prices are shown; what they came to beyond the benchmark cannot be known yet, or not with this key."""
    held = usual(tmp_path, failing={"SPY": DOWN})
    channel = held.says(BUY_JANUARY)
    found = held.judge.channel(channel.id)
    assert (found.score, list(found.waiting), found.calls[0].outcomes) == (None, ["SPY"], ())
    assert found.calls[0].had is not None
    held.provider.failing["SPY"] = BadKeyError("Check the key.", provider="scripted")
    refused = held.judge.channel(channel.id)
    assert (refused.score, dict(refused.waiting), dict(refused.missing)) == (
        None,
        {},
        {"SPY": "Check the key."},
    )


def test_where_there_is_no_spy_all_stocks_stand_in(tmp_path: Path) -> None:
    """ahead-6: the demo has none, and a score says what it was measured against."""
    held = court(tmp_path, walks(PRESENT, "AAPL", "MSFT", "IBM"))
    found = held.judge.channel(held.says(BUY_JANUARY).id)
    assert found.benchmark == "AAPL, IBM, MSFT in equal parts"
    assert found.score is not None
    assert found.score.benchmark == found.benchmark
    assert found.score.horizons[0].matured == 1


def test_a_stand_in_of_many_stocks_names_a_few() -> None:
    stocks = {f"T{n:03}": Candles.empty() for n in range(500)}
    assert stand_in_name(stocks).endswith("T007 and 492 more in equal parts")


@pytest.mark.parametrize(
    ("present", "until"),
    [
        pytest.param("2024-06-28 15:00", date(2024, 6, 27), id="in the session"),
        pytest.param("2024-06-28 20:05", date(2024, 6, 27), id="closed, may be corrected"),
        pytest.param("2024-06-28 21:00", date(2024, 6, 28), id="final"),
        pytest.param("2024-06-30 12:00", date(2024, 6, 28), id="on a Sunday"),
    ],
)
def test_only_closes_that_are_final_are_read(tmp_path: Path, present: str, until: date) -> None:
    held = usual(tmp_path, present, correction_s=1800)
    found = held.judge.channel(held.says(BUY_JANUARY).id)
    assert found.until == until


def test_a_call_of_today_is_pending_and_counts_nowhere(tmp_path: Path) -> None:
    held = usual(tmp_path)
    early, late = ("2024-06-20 22:00", "AAPL", Action.BUY), ("2024-06-28 21:30", "MSFT", Action.BUY)
    found = held.judge.channel(held.says(early, late).id)
    first, second = found.calls
    assert [each.status for each in first.outcomes] == [Status.PENDING] * 3
    assert [each.excess for each in first.outcomes] == [None] * 3
    assert (second.reason, second.had, second.outcomes) == (NoEntry.PENDING, None, ())
    assert found.score is not None
    assert [(each.matured, each.pending, each.mean) for each in found.score.horizons] == [(0, 1, None)] * 3


def test_a_source_that_ends_before_the_calls_has_nothing_to_say(tmp_path: Path) -> None:
    """The demo ends in 2013, and channels of today speak of Apple, too."""
    held = usual(tmp_path, "2013-03-01 22:00")
    found = held.judge.channel(held.says(BUY_JANUARY).id)
    assert (found.calls[0].reason, found.calls[0].said) == (NoEntry.PENDING, None)
    assert found.until == date(2013, 3, 1)
    assert found.score is not None
    assert found.score.calls == 0


def test_a_stock_that_trades_no_more_is_unpriced_and_stays(tmp_path: Path) -> None:
    """Nobody said that it was delisted, so what it was last worth is no outcome; it is unpriced."""
    held = usual(tmp_path, gone={"AAPL": date(2023, 3, 1)})
    found = held.judge.channel(held.says(BUY_JANUARY).id)
    statuses = [each.status for each in found.calls[0].outcomes]
    assert statuses == [Status.MATURED, Status.UNPRICED, Status.UNPRICED]
    assert found.score is not None
    assert [each.unpriced for each in found.score.horizons] == [0, 1, 1]


def test_a_video_that_vanished_stays_and_is_scored(tmp_path: Path) -> None:
    """Tombstones: whoever deletes a video does not delete what became of it."""
    held = usual(tmp_path)
    channel = held.says(BUY_JANUARY)
    (video,) = held.records.videos.of_channel(channel.id)
    held.records.videos.set_vanished(video, at("2024-01-01 00:00"))
    found = held.judge.channel(channel.id)
    assert found.calls[0].video is not None
    assert found.calls[0].video.vanished_at == at("2024-01-01 00:00")
    assert found.score is not None
    assert found.score.calls == 1


def test_a_split_since_the_call_changes_no_return(tmp_path: Path) -> None:
    """ahead-5: both prices are re-based, and the call says so; a split before it is none of its business."""
    plain = usual(tmp_path / "plain")
    split = usual(tmp_path / "split", splits=((date(2022, 6, 10), 2.0, 0.0), (date(2023, 6, 12), 10.0, 0.0)))
    said = ("2023-01-10 22:00", "MSFT", Action.BUY)
    found = [each.judge.channel(each.says(said).id).calls[0] for each in (plain, split)]
    assert found[1].rebased == ("re-based 12 Jun 2023 (10:1)",)
    assert found[1].said is not None
    assert found[0].said is not None
    assert found[1].said.price == pytest.approx(found[0].said.price)
    assert [each.excess for each in found[1].outcomes] == pytest.approx(
        [each.excess for each in found[0].outcomes]
    )


def test_a_stock_is_judged_for_all_channels_or_for_one(tmp_path: Path) -> None:
    """ahead-4: what two channels say within a month are two episodes, one of each."""
    held = usual(tmp_path)
    one = held.says(BUY_JANUARY, ("2023-01-11 22:00", "AAPL", Action.ADD))
    other = held.says(
        ("2023-01-12 22:00", "AAPL", Action.BUY), ("2023-01-12 23:00", "MSFT", Action.BUY), name="@b"
    )
    found = held.judge.ticker("AAPL")
    assert found.score is None
    assert [(call.channel_name, call.episode, call.opens) for call in found.calls] == [
        ("chandler", 0, True),
        ("chandler", 0, False),
        ("b", 1, True),
    ]
    assert len(held.judge.ticker("AAPL", channel_id=other.id).calls) == 1
    held.records.channels.delete(one.id)
    assert [call.channel_name for call in held.judge.ticker("AAPL").calls] == ["b"]


class Counted:
    """Works out judgements, and counts how many."""

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.times = 0
        self._before = before

    def __call__(self, *given: Any, **options: Any) -> Judged:
        self.times += 1
        self._before()
        return judge(*given, **options)


def counting(held: Court, counted: Counted, **options: Any) -> Judge:
    return Judge(held.records, DailyPriceReader(held.parts.cache), work_out=counted, **options)


def test_what_it_is_made_of_decides_whether_it_is_worked_out_again(tmp_path: Path) -> None:
    """Nothing has to be thrown away: a mention, a policy, a settled close or a split makes another key."""
    held = usual(tmp_path)
    counted = Counted()
    judge_ = counting(held, counted)
    channel = held.says(BUY_JANUARY, ("2023-02-10 22:00", "MSFT", Action.BUY))
    first = judge_.channel(channel.id)
    assert judge_.channel(channel.id) == first
    assert counted.times == 1
    judge_.channel(channel.id, Policy.NEXT_CLOSE)
    assert counted.times == 2
    (video, *_) = held.records.videos.of_channel(channel.id)
    held.records.videos.set_vanished(video, at("2024-01-01 00:00"))
    changed = judge_.channel(channel.id)
    assert counted.times == 3
    assert changed != first
    held.provider.present = at("2024-07-01 22:00")
    held.parts.clock.now_s = at("2024-07-01 22:00").timestamp()
    assert judge_.channel(channel.id).until == date(2024, 7, 1)
    assert counted.times == 4


def test_a_memory_that_is_too_small_costs_time_and_nothing_else(tmp_path: Path) -> None:
    held = usual(tmp_path)
    counted = Counted()
    judge_ = counting(held, counted, kept_bytes=10)
    channel = held.says(BUY_JANUARY)
    assert _figures(judge_.channel(channel.id)) == _figures(judge_.channel(channel.id))
    assert counted.times == 2


def _figures(found: Judgement) -> list[object]:
    assert found.score is not None
    return [(each.matured, each.mean) for each in found.score.horizons]


def _two_at_once(held: Court, channel_id: str, *, alone: bool) -> tuple[int, list[Judgement]]:
    """Return how often it was worked out for two who ask at once, and what they got."""
    begun = threading.Barrier(2)
    second_is_here = threading.Event()
    counted = Counted(lambda: second_is_here.wait(2))
    judge_ = counting(held, counted)
    if alone:
        judge_._once = lambda key, prices: counted(key.said, prices, key.policy, scored=True)  # type: ignore[method-assign]
    claim = judge_._flights.claim

    def claimed(keys: Any) -> Any:
        found = claim(keys)
        if found.awaited:
            second_is_here.set()
        return found

    judge_._flights.claim = claimed  # type: ignore[method-assign]
    found: list[Judgement] = []

    def ask() -> None:
        begun.wait()
        found.append(judge_.channel(channel_id))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counted.times, found


def test_two_people_who_open_a_page_at_once_have_it_worked_out_once(tmp_path: Path) -> None:
    held = usual(tmp_path)
    channel = held.says(BUY_JANUARY)
    times, found = _two_at_once(held, channel.id, alone=False)
    assert times == 1
    assert found[0] == found[1]


def test_the_test_of_two_at_once_sees_it_worked_out_twice(tmp_path: Path) -> None:
    """Its negative twin: without the shared flight both work."""
    held = usual(tmp_path)
    times, _ = _two_at_once(held, held.says(BUY_JANUARY).id, alone=True)
    assert times == 2


def test_a_source_that_is_a_week_behind_is_waited_for(tmp_path: Path) -> None:
    """Its last close, held up to the horizon, would be no outcome."""
    held = usual(tmp_path, "2024-06-14 22:00")
    channel = held.says(BUY_JANUARY)
    held.judge.channel(channel.id)
    later = walks(PRESENT, "SPY", "AAPL", failing={"AAPL": DOWN})
    found = court(tmp_path, later).judge.channel(channel.id)
    assert list(found.waiting) == ["AAPL"]
    assert found.until == date(2024, 6, 28)
    near = walks("2024-06-18 22:00", "SPY", "AAPL", failing={"AAPL": DOWN})
    found = court(tmp_path, near).judge.channel(channel.id)
    assert (dict(found.waiting), found.until) == ({}, date(2024, 6, 14))


def test_a_year_that_could_not_be_had_makes_no_outcome(tmp_path: Path) -> None:
    """A hole is no halt: the first price after it must not stand in for the one that is missing."""
    early, within = ("2021-06-10 22:00", "AAPL", Action.BUY), ("2022-01-11 22:00", "AAPL", Action.BUY)
    usual(tmp_path, "2021-12-31 22:00").says(early)
    before = usual(tmp_path, "2021-12-31 22:00")
    before.judge.ticker("AAPL")
    after = usual(tmp_path)
    late = after.says(("2024-06-20 22:00", "AAPL", Action.BUY), name="@late")
    after.judge.channel(late.id)
    broken = usual(tmp_path, failing={"AAPL": DOWN})
    broken.says(within, name="@within")
    found = broken.judge.ticker("AAPL")
    assert len(found.calls) == 3
    assert list(found.waiting) == ["AAPL"]
    assert [(call.had, call.reason) for call in found.calls] == [(None, None)] * 3
    broken.provider.failing.clear()
    assert all(call.had for call in broken.judge.ticker("AAPL").calls)


def test_prices_that_may_lack_a_split_are_waited_for(tmp_path: Path) -> None:
    """The candles are held, the splits beside them are lost, and the source is down."""
    first = usual(tmp_path)
    channel = first.says(BUY_JANUARY)
    assert not first.judge.channel(channel.id).waiting
    first.parts.table.delete(("AAPL#scripted", "ACTIONS"))
    held = usual(tmp_path, failing={"AAPL": DOWN})
    found = held.judge.channel(channel.id)
    assert dict(found.waiting) == {
        "AAPL": "Recent splits and dividends could not be checked; prices may lack them."
    }
    held.provider.failing.clear()
    assert not held.judge.channel(channel.id).waiting

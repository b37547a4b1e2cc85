"""The last hour of the system page: what was counted in which minute, and the figures of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.system_plots import by_tier, hit_rate, minutes, provider_calls
from components.system_report import Sample, nothing_known
from components.system_words import Blocks
from tests.kit.system_reports import AT_S, IDLE, WELL, totals

MINUTE = int(AT_S // 60) * 60


def counted(memory: int, misses: int = 0) -> dict[str, int]:
    return {"memory_hits": memory, "misses": misses, "provider_calls": misses}


def test_each_minute_has_what_was_counted_in_it() -> None:
    found = minutes(WELL)
    assert [m.at_s for m in found] == list(range(MINUTE - 49 * 60, MINUTE + 1, 60))
    assert sum(m.blocks.asked for m in found) == sum(
        totals(50)[name] - totals(0)[name] for name in ("memory_hits", "table_hits", "misses")
    )
    assert found[0].blocks == Blocks(61, 3, 5)


def test_samples_within_a_minute_are_one() -> None:
    samples = [
        Sample(MINUTE - 61, counted(10)),
        Sample(MINUTE + 5, counted(14)),
        Sample(MINUTE + 9, counted(20)),
    ]
    report = replace(WELL, started_s=None, history=samples, totals=counted(30))
    assert [(m.at_s, m.blocks.memory) for m in minutes(report)] == [(MINUTE, 20)]


def test_a_counter_that_fell_counts_from_zero() -> None:
    """A process was replaced: fewer than none were never asked."""
    report = replace(WELL, started_s=None, history=[Sample(MINUTE - 30, counted(500))], totals=counted(7))
    assert [m.blocks.memory for m in minutes(report)] == [7]


def test_what_is_older_than_an_hour_is_left_out() -> None:
    report = replace(
        WELL, started_s=None, history=[Sample(AT_S - s, counted(9000 - s)) for s in range(7200, 0, -60)]
    )
    assert all(m.at_s > AT_S - 3600 for m in minutes(report))
    assert len(minutes(report)) == 60


def test_a_minute_without_a_question_has_no_hit_rate() -> None:
    samples = [
        Sample(MINUTE - 150, counted(0)),
        Sample(MINUTE - 90, counted(30, 10)),
        Sample(MINUTE - 30, counted(30, 10)),
    ]
    report = replace(WELL, started_s=None, history=samples, totals=counted(40, 10))
    assert hit_rate(report)["data"][0]["y"] == [75.0, None, 100.0]


def stacked(figure: dict[str, Any]) -> list[int]:
    return [sum(column) for column in zip(*(trace["y"] for trace in figure["data"]), strict=True)]


def test_the_stacks_are_all_blocks_and_all_calls_and_fit_their_axis() -> None:
    past = minutes(WELL)
    for figure, whole in (
        (by_tier(WELL), [m.blocks.asked for m in past]),
        (provider_calls(WELL), [m.calls for m in past]),
    ):
        assert stacked(figure) == whole
        assert figure["layout"]["yaxis"]["range"][1] > max(whole)


def test_the_axis_is_the_last_hour_up_to_the_end_of_this_minute() -> None:
    assert by_tier(WELL)["layout"]["xaxis"]["range"] == ["2025-03-07T15:01:00", "2025-03-07T16:01:00"]
    assert by_tier(WELL)["data"][0]["x"][-1] == "2025-03-07T16:00:30"


def test_an_hour_without_anything_says_so() -> None:
    for figure in (hit_rate(IDLE), by_tier(IDLE), provider_calls(nothing_known())):
        assert [note["text"] for note in figure["layout"]["annotations"]] == ["Nothing in the last hour"]
    assert by_tier(WELL)["layout"]["annotations"] == []


def test_the_first_minute_since_the_start_has_its_counts() -> None:
    report = replace(WELL, started_s=AT_S - 5, history=[], totals=counted(3, 1))
    assert [(m.at_s, m.blocks.memory, m.calls) for m in minutes(report)] == [(MINUTE, 3, 1)]
    sampled = replace(report, history=[Sample(AT_S - 4, counted(0))])
    assert [(m.at_s, m.blocks.memory, m.calls) for m in minutes(sampled)] == [(MINUTE, 3, 1)]
    long_ago = replace(report, started_s=AT_S - 7200, history=[Sample(AT_S - 1, counted(3, 1))])
    assert all(m.blocks.memory == 0 for m in minutes(long_ago))


def test_a_rate_of_zero_is_no_silence() -> None:
    report = replace(WELL, started_s=AT_S - 5, history=[], totals=counted(0, 4))
    figure = hit_rate(report)
    assert figure["data"][0]["y"] == [0.0]
    assert figure["layout"]["annotations"] == []

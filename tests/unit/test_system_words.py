"""The figures of the system page as people read them, and the sentence about everything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.system_report import Alarm, BreakerState, CoolingSource, nothing_known
from components.system_words import as_of, clock, duration, megabytes, share, table_words, verdict
from tests.kit.system_reports import AT_S, FAILING, IDLE, LIVE, WELL


def plain(words: str) -> str:
    """Return words with ordinary spaces."""
    return words.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, "–"),
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (971, 1000, "97.1 %"),
        (241, 10_000, "2.41 %"),
        (999_999, 1_000_000, "99.9 %"),
        (1, 1_000_000, "0.01 %"),
    ],
)
def test_a_share_is_all_or_nothing_only_where_it_is(part: int, whole: int, words: str) -> None:
    assert plain(share(part, whole)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (41.2, "42 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h 0 min"),
        (47 * 3600 + 660, "47 h 11 min"),
        (4 * 86_400, "4 days"),
    ],
)
def test_a_duration_has_the_unit_that_says_enough(seconds: float, words: str) -> None:
    assert plain(duration(seconds)) == words


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    assert [" " in words for words in (duration(42), share(1, 3), megabytes(5))] == [False] * 3


def test_a_time_of_another_day_has_its_date() -> None:
    assert clock(AT_S, AT_S) == "16:00:30"
    assert clock(AT_S - 86_400, AT_S) == "6 Mar, 16:00:30"


def test_it_is_well_and_the_share_of_memory_is_said() -> None:
    said = verdict(WELL)
    assert (said.state, plain(said.sentence), said.more) == (
        "well",
        "Everything works. 95.9 % of blocks came from memory.",
        (),
    )


def test_without_a_question_no_share_is_made_up() -> None:
    assert verdict(IDLE).sentence == "Everything works. Nobody has asked for a chart yet."


def test_nothing_known_is_not_called_well() -> None:
    assert verdict(nothing_known()).state == "unknown"
    assert as_of(nothing_known()) == ""


def test_e7_a_failing_table_comes_first_and_the_rest_follows() -> None:
    """E7: what hurts most, for how long, and what charts are made of meanwhile."""
    said = verdict(FAILING)
    assert said.state == "trouble"
    assert plain(said.sentence) == (
        "The table fails; it is left alone for 42 s more. Charts come from memory and the provider."
    )
    assert said.more == (
        "So says the process that answered; the others judge for themselves.",
        "Provider errors: 10 of 11 provider calls failed in five minutes.",
    )


@pytest.mark.parametrize(
    ("breaker", "words"),
    [
        (None, ""),
        (BreakerState("closed", failures=2), ""),
        (BreakerState("half-open", next_probe_s=9), "The table failed; one call tries it again right now."),
        (BreakerState("open", next_probe_s=0), "The table failed; the next call tries it again."),
    ],
)
def test_each_state_of_the_breaker_has_its_words(breaker: BreakerState | None, words: str) -> None:
    assert table_words(breaker) == words


def test_a_source_that_rests_is_trouble_and_a_ticker_is_not() -> None:
    """Whoever asks for a ticker that does not exist does not break the system."""
    source, ticker = (CoolingSource("demo", name, 300, "it answered 429") for name in ("", "ZZZQ"))
    alone = replace(WELL, processes=1, process=replace(WELL.process, cooling=(source,)))
    assert plain(verdict(alone).sentence) == "Left alone for 5 min more: Demo prices (it answered 429)."
    assert verdict(alone).more == ()
    unknown = replace(WELL, process=replace(WELL.process, cooling=(ticker,)))
    assert verdict(unknown).state == "well"


def test_without_table_and_source_memory_is_all_that_is_left() -> None:
    source = CoolingSource("demo", "", 300, "it answered 429")
    both = replace(FAILING, process=replace(FAILING.process, cooling=(source,)))
    assert verdict(both).sentence.endswith("Charts come from memory alone.")


def test_an_alarm_that_fires_is_trouble_and_a_quiet_one_is_not() -> None:
    fires = Alarm("CacheError", "firing", "12 in the last minute, should be at most 10.")
    sentence = verdict(replace(WELL, alarms=[fires])).sentence
    assert plain(sentence) == "CacheError: 12 in the last minute, should be at most 10."
    assert verdict(replace(WELL, alarms=[replace(fires, state="quiet")])).state == "well"


def test_what_the_figures_are_of_is_said() -> None:
    assert plain(as_of(WELL)) == (
        "16:00:30 UTC · 2 processes · SQLite · counted since the start at 15:10:30 (50 min)"
    )
    assert "1 process ·" in as_of(IDLE)
    assert "counted" not in as_of(replace(WELL, started_s=None))


def test_a_source_that_is_not_asked_is_told_at_the_top() -> None:
    """cache-11: with the time at which it is asked again; who answered judges for itself."""
    said = verdict(LIVE)
    assert said.state == "trouble"
    assert said.sentence == "Tiingo's hourly budget is used up until 12:00 (New York)."
    assert said.more[0] == "Your Finnhub plan does not include this."

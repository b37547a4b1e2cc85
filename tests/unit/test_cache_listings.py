"""Tickers that were taken off the exchange or got another name: their past stays, and nothing is invented."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.files import FilesProvider
from adapters.prices import PriceRequest
from cache.errors import CandleError
from cache.policy import EMPTY_LIFE_S
from cache.query import Adjust, Answer, CandleQuery, Tier
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of
from tests.kit import inside
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

GOLDEN = Path(__file__).parents[1] / "golden/listings"
DELISTED = date(2022, 10, 27)
"""Twitter's last day on the exchange."""
LAST_OLD, FIRST_NEW = date(2022, 6, 8), date(2022, 6, 9)
"""Facebook became Meta."""
REAL_S = utc("2026-03-02 22:00").timestamp()


@pytest.fixture
def files(tmp_path: Path) -> TestHouse:
    """Return a house over the golden files of all three tickers."""
    folder = tmp_path / "prices"
    shutil.copytree(GOLDEN, folder)
    return house(tmp_path, [FilesProvider(folder, clock=lambda: REAL_S)], clock=Clock(REAL_S))


def days(answer: Answer) -> list[date]:
    return [day_of(int(time) // DAY_S) for time in answer.candles.time]


def sessions_between(start: date, end: date) -> list[date]:
    sessions = sessions_for("AAPL")
    return [sessions.date(i) for i in sessions.between(start, end)]


def ask(
    at: TestHouse, ticker: str, start: date, end: date, resolution: Resolution = Resolution.DAY
) -> Answer:
    return at.cache.get(CandleQuery(ticker, resolution, start, end, Adjust.RAW))


def test_g8_a_delisted_ticker_shows_its_last_day_and_nothing_after_it(files: TestHouse) -> None:
    """G8: no candle is made up, nothing is called missing, and the listing says when it ended."""
    answer = ask(files, "TWTR", date(2022, 10, 3), date(2022, 12, 30))
    assert days(answer) == sessions_between(date(2022, 10, 3), DELISTED)
    assert (answer.missing, answer.last_session, answer.market_open) == ((), DELISTED, False)
    assert files.cache.listing("TWTR").last_session == DELISTED
    again = ask(files, "TWTR", date(2022, 10, 3), date(2022, 12, 30))
    assert (again.candles, again.tier) == (answer.candles, Tier.MEMORY)


def test_g8_after_its_end_there_is_a_sentence_instead_of_a_chart(files: TestHouse) -> None:
    """G8: an empty answer says which session was the last."""
    answer = ask(files, "TWTR", date(2022, 11, 1), date(2022, 12, 30))
    assert len(answer.candles) == 0
    assert f"The last session here is {DELISTED}; nothing is later." in answer.notes


def test_g8_its_last_week_and_month_are_whole(files: TestHouse) -> None:
    """G8: built from the days that there are, and closed with the last of them."""
    daily = ask(files, "TWTR", date(2022, 10, 3), DELISTED).candles
    for resolution, count in ((Resolution.WEEK, 4), (Resolution.MONTH, 1)):
        candles = ask(files, "TWTR", date(2022, 10, 3), DELISTED, resolution).candles
        assert len(candles) == count
        assert candles.close[-1] == daily.close[-1]
        assert candles.volume.sum() == daily.volume.sum()


class Ends(ScriptedProvider):
    """A live source whose clock goes on while the prices of everything have ended."""

    def __init__(self, present: str, last: date) -> None:
        super().__init__(utc(present))
        end_s = (day_number(last) + 1) * DAY_S

        def mangle(candles: Candles) -> Candles:
            return candles.between(0, end_s)

        self.mangle = mangle


def test_g8_a_live_source_is_asked_for_the_years_after_once_a_day(tmp_path: Path) -> None:
    """G8: nothing is an answer too: it is held for a day, not for ever, and old years stay."""
    provider = Ends("2024-03-08 22:00", DELISTED)
    at = house(tmp_path, [provider])
    span = (date(2022, 10, 3), date(2024, 3, 8))
    truth = sessions_between(date(2022, 10, 3), DELISTED)
    assert days(ask(at, "AAPL", *span)) == truth
    calls = len(provider.requests)
    for tier in (Tier.MEMORY, Tier.SQLITE):
        answer = ask(at, "AAPL", *span)
        assert (days(answer), answer.tier, len(provider.requests)) == (truth, tier, calls)
        inside.tiers(at.cache).memory.clear()
    at.clock.now_s += EMPTY_LIFE_S + 1
    provider.present += timedelta(days=3)  # a Monday
    answer = ask(at, "AAPL", *span)
    assert (days(answer), answer.missing) == (truth, ())
    asked = [request.start.year for request in provider.requests[calls:]]
    assert asked, "that a year is empty was to be asked again"
    assert 2022 not in asked


def test_g9_the_old_name_stays_readable_after_the_new_one_came(files: TestHouse) -> None:
    """G9: FB ends the day before META begins; each name has its own history."""
    old = ask(files, "FB", date(2022, 5, 2), date(2022, 7, 29))
    new = ask(files, "META", date(2022, 5, 2), date(2022, 7, 29))
    assert days(old) == sessions_between(date(2022, 5, 2), LAST_OLD)
    assert days(new) == sessions_between(FIRST_NEW, date(2022, 7, 29))
    assert (old.last_session, new.first_session) == (LAST_OLD, FIRST_NEW)
    assert (old.missing, new.missing) == ((), ())


def test_g9_the_two_names_share_no_block(files: TestHouse) -> None:
    """G9: throwing away what is held of one name leaves the other's."""
    span = (date(2022, 5, 2), date(2022, 7, 29))
    old = ask(files, "FB", *span)
    ask(files, "META", *span)
    inside.tiers(files.cache).memory.clear()
    keys = [key for key in list(files.table.keys()) if key[0].startswith("META#")]
    assert keys
    files.table.delete_many(keys)
    again = ask(files, "FB", *span)
    assert (again.candles, again.tier) == (old.candles, Tier.SQLITE)
    assert ask(files, "META", *span).tier is Tier.PROVIDER


def test_g9_a_name_that_no_source_has_is_told_and_costs_no_call(tmp_path: Path) -> None:
    """G9: a source that knows the new name alone says so; nobody gets META's prices under the name of FB."""
    provider = ScriptedProvider(utc("2022-07-29 22:00"), known=frozenset({"META"}))
    at = house(tmp_path, [provider])
    with pytest.raises(CandleError, match="FB"):
        ask(at, "FB", date(2022, 5, 2), date(2022, 7, 29))
    assert provider.requests == []
    new = ask(at, "META", date(2022, 7, 25), date(2022, 7, 29))
    assert new.candles == provider._bars(
        PriceRequest("META", Resolution.DAY, date(2022, 7, 25), date(2022, 7, 29))
    )

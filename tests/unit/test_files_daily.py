"""Daily files of the person's own: the ways they are written, and what comes out (api-7, cache-4)."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from adapters.errors import BadPayloadError, NotOfferedError, UnavailableError, UnknownTickerError
from adapters.prices import Basis, Kind, PriceProvider
from market.candles import Candles
from market.sessions import DAY_S, day_number
from tests.kit.files import HEADER, Folder, bar, csv_of, daily_rows

START, END = date(2024, 1, 2), date(2024, 3, 28)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def expected(rows: list[tuple[object, ...]]) -> Candles:
    days, *columns = zip(*rows, strict=True)
    return Candles.of([day_number(d) * DAY_S for d in days], *columns)  # type: ignore[arg-type]


def test_a_plain_file_comes_out_bit_for_bit(folder: Folder) -> None:
    """cache-14, B1, B7, B12."""
    rows: list[tuple[object, ...]] = [
        (date(2024, 1, 2), 187.15000000000001, 188.44, 183.885, 185.64, 82_488_700),
        (date(2024, 1, 3), 184.22, 185.88, 183.43, 184.25, 5_841_450_000_000_000_001),
    ]
    folder.write("AAPL.csv", csv_of(rows))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.candles == expected(rows)
    assert answer.problems == ()
    assert answer.basis is Basis.RAW
    assert answer.actions is not None
    assert len(answer.actions) == 0


ROWS = daily_rows(START, END)


def german(number: object) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


def texts_of_the_same_bars() -> dict[str, str]:
    plain = csv_of(ROWS)
    adjusted = [(*r[:5], 1.5, r[5]) for r in ROWS]
    shuffled = [(r[4], r[0], r[5], r[1], r[3], r[2]) for r in ROWS]
    dollars = [(f"{r[0]:%m/%d/%Y}", f"${r[4]}", r[5], *(f"${x}" for x in r[1:4])) for r in ROWS]
    commas = [(r[0], *(f'"{x:,.2f}"' for x in r[1:5]), f'"{r[5]:,}"') for r in ROWS]
    comma_decimals = [(f"{r[0]:%d.%m.%Y}", *map(german, r[1:5]), f"{r[5]:,}".replace(",", ".")) for r in ROWS]
    epochs = [day_number(r[0]) * DAY_S for r in ROWS]
    in_zone = ["05" if r[0] < date(2024, 3, 10) else "04" for r in ROWS]
    rest = [r[1:] for r in ROWS]
    yahoo = [(r[0], r[4], r[2], r[3], r[1], r[5]) for r in ROWS]
    return {
        "iso": plain,
        "byte order mark": "\ufeff" + plain,
        "windows line ends": plain.replace("\n", "\r\n"),
        "lower case, other order": csv_of(shuffled, "close,date,volume,open,low,high"),
        "adjusted close is left alone": csv_of(adjusted, "Date,Open,High,Low,Close,Adj Close,Volume"),
        "numbered": csv_of(ROWS, "timestamp,1. open,2. high,3. low,4. close,5. volume"),
        "brackets": csv_of(
            [(f"{r[0]:%Y%m%d}", *r[1:]) for r in ROWS], "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"
        ),
        "newest first": csv_of(ROWS[::-1]),
        "nasdaq": csv_of(dollars, "Date,Close/Last,Volume,Open,High,Low"),
        "day first": csv_of([(f"{r[0]:%d/%m/%Y}", *r[1:]) for r in ROWS]),
        "decimal comma": "\n".join([HEADER.replace(",", ";"), *map(";".join, comma_decimals)]),
        "thousands": csv_of(commas),
        "tabs": plain.replace(",", "\t"),
        "epoch seconds": csv_of([(s, *r) for s, r in zip(epochs, rest, strict=True)]),
        "epoch milliseconds": csv_of([(s * 1000, *r) for s, r in zip(epochs, rest, strict=True)]),
        "midnight in New York": csv_of(
            [(f"{r[0]} {h}:00:00+00:00", *r[1:]) for r, h in zip(ROWS, in_zone, strict=True)]
        ),
        "midnight UTC": csv_of([(f"{r[0]}T00:00:00.000Z", *r[1:]) for r in ROWS]),
        "the open as a time": csv_of([(f"{r[0]} 09:30:00", *r[1:]) for r in ROWS]),
        "no header": plain.partition("\n")[2],
        "remarks and blank lines": "# saved by hand\n" + plain + "\n\n",
        "yfinance": csv_of(
            yahoo, "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,"
        ),
    }


WRITTEN = texts_of_the_same_bars()


@pytest.mark.parametrize("how", WRITTEN)
def test_the_ways_that_files_are_written_give_the_same_bars(folder: Folder, how: str) -> None:
    """B11, B12."""
    folder.write("AAPL.csv", WRITTEN[how])
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.candles == expected(ROWS)
    assert answer.problems == ()


def test_gzipped_and_parquet_files_are_read(folder: Folder) -> None:
    folder.write("AAPL.csv.gz", gzip.compress(csv_of(ROWS).encode()))
    frame = pd.DataFrame(ROWS, columns=HEADER.split(","))
    frame.to_parquet(folder.path / "MSFT.parquet")
    frame.assign(Date=pd.to_datetime(frame["Date"])).set_index("Date").to_parquet(folder.path / "ibm_d.PQ")
    for ticker in ("AAPL", "MSFT", "IBM"):
        assert folder.ask(ticker, "D", START, END).candles == expected(ROWS)


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("aapl.csv", "AAPL"),
        ("AAPL.D.csv", "AAPL"),
        ("BRK.B.csv", "BRK.B"),
        ("brk-b_daily.txt", "BRK.B"),
        ("D.csv", "D"),
    ],
)
def test_names_tell_the_ticker(folder: Folder, name: str, ticker: str) -> None:
    """A3, G4, G5, G6, G7."""
    folder.write(name, csv_of(ROWS))
    assert folder.ask(ticker, "D", START, END).candles == expected(ROWS)


def test_one_file_can_hold_many_tickers(folder: Folder) -> None:
    rows = [(r[0], s, *r[1:]) for s in ("aapl", "BRK-B") for r in ROWS]
    folder.write("all my stocks.csv", csv_of(rows, "date,symbol,open,high,low,close,volume"))
    assert folder.ask("AAPL", "D", START, END).candles == expected(ROWS)
    assert folder.ask("BRK.B", "D", START, END).candles == expected(ROWS)
    with pytest.raises(UnknownTickerError, match=r"Your files have AAPL, BRK\.B\."):
        folder.ask("TSLA", "D", START, END)


def test_several_files_of_one_ticker_are_joined_and_the_last_name_counts(folder: Folder) -> None:
    changed = [(ROWS[30][0], 1.0, 2.0, 0.5, 1.5, 7), *ROWS[31:]]
    folder.write("AAPL.csv", csv_of(ROWS[:40]))
    folder.write("aapl_d.csv", csv_of(changed))
    assert folder.ask("AAPL", "D", START, END).candles == expected([*ROWS[:30], *changed])


def test_only_the_asked_span_is_given(folder: Folder) -> None:
    folder.write("AAPL.csv", csv_of(ROWS))
    assert folder.ask("AAPL", "D", date(2024, 2, 1), date(2024, 2, 5)).candles == expected(ROWS[21:24])
    assert len(folder.ask("AAPL", "D", date(2024, 2, 3), date(2024, 2, 4)).candles) == 0


def test_no_volume_becomes_zero_and_is_said(folder: Folder) -> None:
    """B2, cache-14."""
    folder.write("AAPL.csv", csv_of([r[:5] for r in ROWS], "Date,Open,High,Low,Close"))
    folder.write("MSFT.csv", csv_of([*ROWS[:-1], (*ROWS[-1][:5], "")]))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.candles.volume.tolist() == [0] * len(ROWS)
    assert answer.problems == ("AAPL.csv: there is no volume, 0 is shown",)
    answer = folder.ask("MSFT", "D", START, END)
    assert answer.candles.volume[-2:].tolist() == [ROWS[-2][5], 0]
    assert answer.problems == ("MSFT.csv: 1 rows without volume, 0 is shown",)


def test_rows_before_the_calendar_are_left_out_and_said(folder: Folder) -> None:
    """G10: a file may go back further than the calendars do."""
    old = [(date(1980 + i // 12, 1 + i % 12, 15), *bar(i)) for i in range(24)]
    new = daily_rows(date(1990, 1, 1), date(1990, 6, 30))
    folder.write("IBM.csv", csv_of([*old, *new]))
    answer = folder.ask("IBM", "D", date(1980, 1, 1), date(1990, 12, 31))
    assert answer.candles == expected(new)
    assert answer.problems == ("IBM.csv: 24 rows before 1990-01-02 are left out",)


def test_coins_trade_on_utc_days(folder: Folder) -> None:
    """24/7: weekends are sessions, and the present stays inside the last day."""
    days = pd.date_range("2024-01-01", "2024-02-29").date
    rows = [(d, *bar(i)) for i, d in enumerate(days)]
    folder.write("BTC-USD.csv", csv_of(rows))
    assert folder.ask("BTC-USD", "D", date(2024, 1, 1), date(2024, 3, 1)).candles == expected(rows)
    assert folder.provider.now() == datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)


def test_a_coin_under_a_stocks_name_is_refused_with_a_reason(folder: Folder) -> None:
    rows = [(d, *bar(i)) for i, d in enumerate(pd.date_range("2024-01-01", "2024-02-29").date)]
    folder.write("BTCUSD.csv", csv_of(rows))
    with pytest.raises(BadPayloadError, match="no trading session has this date"):
        folder.ask("BTCUSD", "D", START, END)


def test_splits_and_dividends_in_columns_become_actions(folder: Folder) -> None:
    """cache-16: prices as traded jump on the day of the split."""
    rows = [(*r, 0.0, 1.0) for r in ROWS[:20]] + [
        (r[0], *(x / 4 for x in r[1:5]), r[5], 0.0, 1.0) for r in ROWS[20:]
    ]
    rows[20] = (*rows[20][:7], 4.0)
    rows[30] = (*rows[30][:6], 0.24, 1.0)
    folder.write("AAPL.csv", csv_of(rows, HEADER + ",divCash,splitFactor"))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.basis is Basis.RAW
    assert answer.actions is not None
    assert answer.actions.day.tolist() == [day_number(rows[20][0]), day_number(rows[30][0])]
    assert answer.actions.split.tolist() == [4.0, 1.0]
    assert answer.actions.dividend.tolist() == [0.0, 0.24]


def test_prices_that_go_smoothly_through_a_split_are_known_as_adjusted(folder: Folder) -> None:
    """cache-16: a split applied again would divide the past by four. Dividends become those of their day."""
    rows = [(*r[:5], r[4], r[5], 0.0, 0.0) for r in ROWS]
    rows[10] = (*rows[10][:7], 0.06, 0.0)
    rows[20] = (*rows[20][:8], 4.0)
    folder.write("AAPL.csv", csv_of(rows, "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits"))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.basis is Basis.SPLIT
    assert answer.actions is not None
    assert answer.actions.dividend.tolist() == [0.24, 0.0]
    assert any("read as adjusted" in problem for problem in answer.problems)


def test_what_yfinance_saves_by_default_is_adjusted_for_everything(folder: Folder) -> None:
    folder.write("AAPL.csv", csv_of([(*r, 0.0, 0.0) for r in ROWS], HEADER + ",Dividends,Stock Splits"))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.basis is Basis.TOTAL
    assert answer.candles == expected(ROWS)


def test_it_names_itself_and_knows_its_present(folder: Folder) -> None:
    """api-7, G3: the present is the last session's close, here of a half-day."""
    provider: PriceProvider = folder.provider
    folder.write("AAPL.csv", csv_of(ROWS))
    folder.write("IBM.csv", csv_of(daily_rows(date(2024, 11, 1), date(2024, 11, 29))))
    assert (provider.name, provider.kind, provider.label, provider.correction_s) == (
        "files",
        Kind.LOCAL,
        "your files",
        0,
    )
    assert provider.now() == datetime(2024, 11, 29, 18, 0, tzinfo=UTC)
    assert {r.value for r in provider.resolutions("AAPL")} == {"D"}


def test_days_cannot_be_made_minutes(folder: Folder) -> None:
    """api-4, G16."""
    folder.write("AAPL.csv", csv_of(ROWS))
    with pytest.raises(NotOfferedError, match="The finest that your files have of AAPL is D"):
        folder.ask("AAPL", "5", START, END)
    with pytest.raises(NotOfferedError):
        folder.ask("AAPL", "W", START, END)


def test_an_empty_folder_says_what_to_do(folder: Folder) -> None:
    with pytest.raises(UnavailableError, match=r"is empty\. Put files such as AAPL\.csv into it"):
        folder.provider.now()
    with pytest.raises(UnknownTickerError):
        folder.provider.resolutions("AAPL")


def test_a_missing_folder_is_said_without_its_path(tmp_path: Path) -> None:
    """S4."""
    absent = Folder(tmp_path / "nowhere")
    with pytest.raises(UnavailableError, match="FILES_DIR") as caught:
        absent.provider.now()
    assert "nowhere" not in str(caught.value)

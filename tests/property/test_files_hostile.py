"""Whatever lies in the folder: asking ends in possible bars or in a refusal, and spoils nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.errors import BadPayloadError
from market.resolution import Resolution
from tests.kit.files import Folder, csv_of, daily_rows, intraday_rows

GOOD = csv_of(daily_rows(date(2024, 1, 2), date(2024, 3, 1)))
MINUTES = csv_of(intraday_rows(date(2024, 1, 2), date(2024, 1, 3), 15))
PIECES = (
    *(
        "",
        ",",
        ";",
        '"',
        "\n",
        "\r",
        "\0",
        "-",
        "é",
        "\ufeff",
        "K",
        "-5M",
        "5:0",
        "3:2",
        "1.2.3",
        "1,2,3,4,5,6",
    ),
    *("nan", "inf", "1e999", "99999999999999999999", "9223372036854775808", "Date", "Close", "AAPL", "12:00"),
    *("2024-02-30", "0001-01-01", "9999-12-31", "20240102", "1704205800", "2024-01-02T14:30:00+05:00"),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a good file with some cells, lines or stretches replaced by what does not belong there."""
    text = draw(st.sampled_from([GOOD, MINUTES]))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        text = text[:start] + draw(st.sampled_from(PIECES)) * draw(st.integers(1, 3)) + text[end:]
    return text.encode(draw(st.sampled_from(["utf-8", "utf-16", "latin-1"])), errors="replace")


@given(data=st.binary(max_size=300) | mutated(), ending=st.sampled_from(["csv", "txt", "csv.gz", "parquet"]))
@example(GOOD.replace("2024-01-03", "0001-01-01").encode(), "csv")
@example(GOOD.replace("1000\n", "1" + 9 * ",2" + "\n", 1).encode(), "csv")
@settings(max_examples=80)
def test_any_file_gives_possible_bars_or_a_refusal(data: bytes, ending: str) -> None:
    with TemporaryDirectory() as path:
        folder = Folder(Path(path))
        folder.write(f"AAPL.{ending}", data)
        folder.write("IBM.csv", GOOD)
        assert len(folder.ask("IBM", "D", date(2024, 1, 1), date(2024, 3, 1)).candles) == 42
        try:
            offered = folder.provider.resolutions("AAPL")
        except BadPayloadError:
            return
        for resolution in offered:
            bars = folder.ask(
                "AAPL", Resolution(resolution).value, date(1990, 1, 1), date(2027, 1, 1)
            ).candles
            assert (np.diff(bars.time) > 0).all()
            assert (bars.low > 0).all()
            assert (bars.high >= np.maximum(bars.open, bars.close)).all()
            assert (bars.low <= np.minimum(bars.open, bars.close)).all()
            assert (bars.volume >= 0).all()

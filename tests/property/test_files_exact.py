"""Whatever prices a file holds, they come out as the very same numbers (cache-14, B1, B7, B11)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from market.calendars import sessions_for
from market.candles import Candles
from market.sessions import DAY_S
from tests.kit.files import Folder, csv_of

US = sessions_for("AAPL")
FIRST = US.index(date(2012, 1, 3))

price = st.floats(1e-6, 1e9) | st.integers(1, 10**7).map(lambda cents: cents / 100)
row = st.tuples(st.tuples(price, price, price, price).map(sorted), st.booleans(), st.integers(0, 2**63 - 1))


@given(rows=st.lists(row, min_size=1, max_size=30), order=st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_numbers_come_out_bit_for_bit_in_any_order_of_rows(rows: list, order: object) -> None:  # type: ignore[type-arg]
    """B4 too: the rows of the file are shuffled."""
    bars = []
    for i, ((low, a, b, high), rising, volume) in enumerate(rows):
        open_, close = (a, b) if rising else (b, a)
        bars.append((US.date(FIRST + i), open_, high, low, close, volume))
    shuffled = list(bars)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    with TemporaryDirectory() as path:
        folder = Folder(Path(path))
        folder.write("AAPL.csv", csv_of([(r[0], *map(repr, r[1:5]), r[5]) for r in shuffled]))
        candles = folder.ask("AAPL", "D", bars[0][0], bars[-1][0]).candles
    days = [int(US.day[FIRST + i]) * DAY_S for i in range(len(rows))]
    assert candles == Candles.of(days, *zip(*(r[1:] for r in bars), strict=True))

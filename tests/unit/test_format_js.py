"""assets/format.js in Node: numbers and times as people read them (page.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.kit.scripts import needs_node, run

pytestmark = needs_node

NEW_YORK = "America/New_York"
FRIDAY = 1_362_148_200  # 1 March 2013 14:30 UTC, 09:30 in New York

CASES: list[tuple[str, list[Any], str]] = [
    ("price", [430.47], "430.47"),
    ("price", [12_500], "12,500.00"),
    ("price", [1], "1.00"),
    ("price", [0.99996], "1.00"),
    ("price", [0.9999], "0.9999"),
    ("price", [0.05], "0.0500"),
    ("price", [0], "0.0000"),
    ("price", [0.5, 430], "0.50"),
    ("price", [1_234_567.891], "1,234,567.89"),
    ("price", [-1], "–"),
    ("label", [430.468, 0], "430.47"),
    ("label", [430.468, 3], "430.468"),
    ("label", [0.05, 5], "0.05000"),
    ("label", [-12.5, 0], "−12.50"),
    ("label", [-0.00001, 2], "0.0000"),
    ("number", [12_500, 0], "12,500"),
    ("number", [-1_000, 1], "−1,000.0"),
    ("change", [441.4, 430.47], "−10.93 (−2.48 %)"),
    ("change", [400, 450], "+50.00 (+12.5 %)"),
    ("change", [100, 110], "+10.00 (+10.0 %)"),
    ("change", [100_000, 109_996], "+9,996.00 (+10.0 %)"),
    ("change", [100, 100], "0.00 (0.00 %)"),
    ("change", [100, 99.999], "0.00 (0.00 %)"),
    ("change", [0.5, 0.4], "−0.1000 (−20.0 %)"),
    ("change", [1, 101], "+100.00 (+10,000.0 %)"),
    ("change", [0, 1], "–"),
    ("change", [-1, 1], "–"),
    ("change", [1, -1], "–"),
    ("volume", [0], "0"),
    ("volume", [1], "1"),
    ("volume", [999], "999"),
    ("volume", [12.3456], "12.3"),
    ("volume", [0.25], "0.25"),
    ("volume", [1_000], "1.00 K"),
    ("volume", [546_000], "546 K"),
    ("volume", [999_499], "999 K"),
    ("volume", [999_500], "1.00 M"),
    ("volume", [9_994_999], "9.99 M"),
    ("volume", [9_996_000], "10.0 M"),
    ("volume", [19_700_000], "19.7 M"),
    ("volume", [54_600_000], "54.6 M"),
    ("volume", [99_960_000], "100 M"),
    ("volume", [831_000_000], "831 M"),
    ("volume", [1_020_000_000], "1.02 B"),
    ("volume", [4.5e12], "4.50 T"),
    ("volume", [2e15], "2,000 T"),
    ("volume", [-5], "–"),
    ("day", [FRIDAY, NEW_YORK], "Fri 1 Mar 2013"),
    ("day", [FRIDAY, "UTC"], "Fri 1 Mar 2013"),
    ("day", [1_378_000_000, "Asia/Tokyo"], "Sun 1 Sep 2013"),
    ("day", [-86_400, "UTC"], "Wed 31 Dec 1969"),
    ("time", [FRIDAY, NEW_YORK], "09:30"),
    ("time", [FRIDAY, "UTC"], "14:30"),
    ("time", [FRIDAY, "Asia/Kolkata"], "20:00"),
    ("time", [1_362_114_000, NEW_YORK], "00:00"),
    ("bar", [FRIDAY, "5", NEW_YORK], "Fri 1 Mar 2013 09:30"),
    ("bar", [1_362_096_000, "D", NEW_YORK], "Fri 1 Mar 2013"),
    ("date", ["2000-03-01"], "1 Mar 2000"),
    ("date", ["2013-09-30T13:30:00Z"], "30 Sep 2013"),
    ("date", ["2013-02-30"], "–"),
    ("date", ["2013-3-1"], "–"),
    ("date", ["2013-13-01"], "–"),
    ("date", [""], "–"),
    ("date", [None], "–"),
    ("age", [59], "just now"),
    ("age", [60], "1 min ago"),
    ("age", [7_200], "2 h ago"),
    ("age", [86_400], "1 day ago"),
    ("age", [200_000], "2 days ago"),
    ("age", [-1], "–"),
    ("zoneName", [NEW_YORK], "New York"),
    ("iso", [FRIDAY], "2013-03-01T14:30:00Z"),
]


def test_numbers_and_times_read_as_they_should() -> None:
    program = "answer(given.cases.map(([name, args]) => window.chandlery.format[name](...args)));"
    got = run(program, ("format.js",), cases=[case[:2] for case in CASES])
    assert [(*case, text) for case, text in zip(CASES, got, strict=True) if case[2] != text] == []


def test_what_is_no_number_is_a_dash() -> None:
    """NaN and the infinities, which JSON has no words for, and what is missing altogether."""
    shown = run(
        """
        const f = window.chandlery.format;
        const show = [f.price, f.label, f.volume, f.age, f.iso, (v) => f.number(v, 2), (v) => f.change(v, 1),
          (v) => f.change(1, v), (v) => f.day(v, 'UTC'), (v) => f.time(v, 'America/New_York'),
          (v) => f.bar(v, 'D', 'UTC'), (v) => f.bar(v, '5', 'America/New_York')];
        answer(show.map((say) => [NaN, Infinity, -Infinity, undefined].map(say)));
        """,
        ("format.js",),
    )
    assert shown == [["–"] * 4] * 12


@pytest.mark.parametrize("zone", [NEW_YORK, "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_the_offset_of_a_zone_is_right_around_every_change_of_its_clocks(zone: str) -> None:
    """Against zoneinfo, every half hour of a year and a second to either side."""
    moments = [t + d for t in range(1_356_998_400, 1_388_534_400, 1_800) for d in (-1, 0, 1)]
    wanted = [datetime.fromtimestamp(t, UTC).astimezone(ZoneInfo(zone)).utcoffset() for t in moments]
    got = run(
        "answer(given.moments.map((t) => window.chandlery.format.offset(t, given.zone)));",
        ("format.js",), moments=moments, zone=zone,
    )  # fmt: skip
    assert got == [int(offset.total_seconds()) for offset in wanted if offset is not None]

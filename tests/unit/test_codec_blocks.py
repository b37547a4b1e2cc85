"""Blocks as bytes: every damage is noticed, old formats are read, and a session stays small."""

from __future__ import annotations

import json
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from cache import codec
from cache.codec import CorruptBlockError, decode, decode_many, encode
from market.candles import COLUMNS, INTEGER_COLUMNS, Candles

GOLDEN = Path(__file__).parents[1] / "golden" / "format_v1"
PRICES = ("open", "high", "low", "close")
HEADER = struct.Struct("<IBBqqBBqB")


def session(number: int = 0, bars: int = 78, digits: int | None = 2, sigma: float = 0.004) -> Candles:
    """Return a simulated session of 5-minute bars; ``digits`` None leaves prices as no tick gives them."""
    rng = np.random.default_rng(number)
    walk = 190 * np.exp(np.cumsum(rng.normal(0, sigma / 5, bars * 25))).reshape(bars, 25)
    prices = np.array([walk[:, 0], walk.max(axis=1), walk.min(axis=1), walk[:, -1]])
    prices = prices if digits is None else np.round(prices, digits)
    time_s = 1_766_500_200 + number * 86_400 + np.arange(bars) * 300
    return Candles.of(time_s, *prices, rng.integers(20_000, 4_000_000, bars))


def sealed(content: bytes, version: int = codec.FORMAT) -> bytes:
    """Return content with a checksum that is right."""
    return struct.pack("<BI", version, zlib.crc32(content, zlib.crc32(bytes([version])))) + content


def header(**changes: int) -> bytes:
    """Return the header of four bars without a body, changed."""
    fields = {
        "n": 4,
        "packed": 0,
        "gap_width": 0,
        "first": 0,
        "step": 60,
        "kind": 2,
        "price_width": 0,
        "base": 100,
        "volume_width": 0,
    }
    return HEADER.pack(*(fields | changes).values())


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.block")))
def test_a10_blocks_written_by_earlier_versions_are_read_bit_for_bit(name: str) -> None:
    """The files are never written again: a change of format gets a folder of its own beside them."""
    candles = decode((GOLDEN / f"{name}.block").read_bytes())
    expected = json.loads((GOLDEN / f"{name}.json").read_text())
    for column in COLUMNS:
        values = getattr(candles, column)
        if column in INTEGER_COLUMNS:
            assert values.tolist() == expected[column]
        else:
            assert [f"{bits:016x}" for bits in values.view(np.uint64).tolist()] == expected[column]


def test_a10_all_golden_blocks_are_there() -> None:
    assert {path.stem for path in GOLDEN.glob("*.block")} == {
        "empty",
        "odd_values",
        "one_bar",
        "session_cents",
        "session_float32",
        "session_with_gaps",
        "year_float64",
    }


def test_a10_what_is_written_today_is_format_1() -> None:
    """Deflated bodies may differ between builds of zlib; everything else is pinned."""
    for path in GOLDEN.glob("*.block"):
        old, new = path.read_bytes(), encode(decode(path.read_bytes()))
        assert new[0] == old[0] == 1
        assert new[5 : codec._BODY_AT] == old[5 : codec._BODY_AT]


@pytest.mark.parametrize("candles", [Candles.empty(), session(bars=3), session(), session(digits=None)])
def test_every_flipped_bit_is_noticed(candles: Candles) -> None:
    data = encode(candles)
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CorruptBlockError):
            decode(bytes(damaged))


@pytest.mark.parametrize("candles", [Candles.empty(), session(), session(digits=None)])
def test_every_truncation_is_noticed(candles: Candles) -> None:
    data = encode(candles)
    for length in range(len(data)):
        with pytest.raises(CorruptBlockError):
            decode(data[:length])


@pytest.mark.parametrize("more", [b"\0", b"\1", b"\0" * 4096, b"{}"])
def test_appended_bytes_are_noticed(more: bytes) -> None:
    for candles in (Candles.empty(), session()):
        with pytest.raises(CorruptBlockError):
            decode(encode(candles) + more)
        with pytest.raises(CorruptBlockError):
            decode(sealed(encode(candles)[5:] + more))


def test_two_blocks_in_a_row_are_noticed() -> None:
    with pytest.raises(CorruptBlockError):
        decode(encode(session(1)) + encode(session(2)))


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"\x01",
        b"{}",
        b"SQLite format 3\0" * 10,
        zlib.compress(b"candles" * 100),
        bytes(1000),
        b"\x01" * 50,
    ],
)
def test_foreign_bytes_are_noticed(foreign: bytes) -> None:
    with pytest.raises(CorruptBlockError):
        decode(foreign)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_an_unknown_format_is_named(version: int) -> None:
    with pytest.raises(CorruptBlockError, match=f"format {version} is not known"):
        decode(sealed(encode(session())[5:], version))


@pytest.mark.parametrize(
    "changes",
    [
        {"n": codec.MAX_BARS + 1},
        {"n": 2**32 - 1},
        {"kind": 9},
        {"kind": 255},
        {"kind": 32, "price_width": 8},
        {"kind": 64, "price_width": 4},
        {"kind": 64, "price_width": 0},
        {"kind": 0, "price_width": 3},
        {"gap_width": 16},
        {"volume_width": 5},
        {"volume_width": 1},
        {"price_width": 2},
        {"packed": 1},
    ],
)
def test_a_header_that_is_never_written_is_noticed_under_a_right_checksum(changes: dict[str, int]) -> None:
    assert len(decode(sealed(header()))) == 4
    with pytest.raises(CorruptBlockError):
        decode(sealed(header(**changes)))


def test_a_deflated_bomb_is_stopped_at_the_size_the_header_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self, wbits: int) -> None:
            self._inner = real(wbits=wbits)

        def decompress(self, data: bytes, limit: int) -> bytes:
            result = self._inner.decompress(data, limit)
            longest.append(len(result))
            return result

        @property
        def eof(self) -> bool:
            return self._inner.eof

        @property
        def unused_data(self) -> bytes:
            return self._inner.unused_data

    monkeypatch.setattr(codec.zlib, "decompressobj", Watched)
    deflater = zlib.compressobj(wbits=-15)
    bomb = b"".join(deflater.compress(bytes(1 << 20)) for _ in range(64)) + deflater.flush()
    widest = {"packed": 1, "gap_width": 8, "price_width": 8, "volume_width": 8}
    for n in (4, codec.MAX_BARS):
        with pytest.raises(CorruptBlockError):
            decode(sealed(header(n=n, **widest) + bomb))
    assert longest == [4 * 48 + 1, codec.MAX_BARS * 48 + 1]
    assert max(longest) <= codec.MAX_BODY_BYTES + 1


def test_deflated_bytes_after_the_body_are_noticed() -> None:
    data = encode(session(digits=None))
    assert data[9] == 1
    with pytest.raises(CorruptBlockError):
        decode(sealed(data[5:] + b"more"))


def test_random_bytes_are_never_candles_and_never_another_error() -> None:
    rng = random.Random(5)
    for _ in range(3000):
        content = rng.randbytes(rng.randrange(0, 200))
        for data in (content, b"\x01" + content):
            with pytest.raises(CorruptBlockError):
                decode(data)


def test_s5_the_message_quotes_no_data() -> None:
    data = bytearray(encode(session()))
    data[60] ^= 1
    with pytest.raises(CorruptBlockError) as caught:
        decode(bytes(data))
    assert str(caught.value) == "the checksum does not match"
    assert caught.value.code == "corrupt_block"


def test_more_bars_than_a_reader_accepts_are_not_written() -> None:
    n = codec.MAX_BARS + 1
    zeros = np.zeros(n)
    with pytest.raises(ValueError, match="at most"):
        encode(Candles(np.arange(n), zeros, zeros, zeros, zeros, np.zeros(n, dtype=np.int64)))


def test_the_largest_block_comes_back() -> None:
    rng = np.random.default_rng(3)
    n = codec.MAX_BARS
    prices = rng.normal(100, 5, (4, n))
    candles = Candles.of(np.cumsum(rng.integers(1, 1000, n)), *prices, rng.integers(0, 2**62, n))
    assert decode(encode(candles)) == candles


@pytest.mark.parametrize("digits", [2, None])
def test_decoded_columns_are_read_only_and_share_no_memory_with_the_bytes(digits: int | None) -> None:
    source = bytearray(encode(session(digits=digits)))
    expected = session(digits=digits)
    candles = decode(bytes(source))
    view = decode(source)
    source[:] = bytes(len(source))
    assert candles == view == expected
    for column in COLUMNS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(candles, column)[0] = 0


def test_b7_volumes_beyond_32_bits_and_b2_no_volume_at_all() -> None:
    for volume in ([2**31, 2**33 + 1, 0], [0, 0, 0], [2**63 - 1] * 3, [127, 128, 129]):
        candles = Candles.of([0, 60, 120], *[[1.0, 2.0, 3.0]] * 4, volume)
        assert decode(encode(candles)).volume.tolist() == volume


@pytest.mark.parametrize(
    ("digits", "kind", "limit_bytes"),
    [(2, 2, 900), (4, 4, 1200), (None, 64, 2400)],
)
def test_a_year_of_sessions_costs_one_or_two_write_units_each(
    digits: int | None, kind: int, limit_bytes: int
) -> None:
    blocks = [encode(session(number, digits=digits)) for number in range(252)]
    assert max(map(len, blocks)) < limit_bytes
    assert {block[27] for block in blocks} == {kind}


def test_prices_that_came_as_float32_are_kept_as_float32() -> None:
    prices = np.random.default_rng(1).normal(190, 1, (4, 78)).astype(np.float32).astype(np.float64)
    candles = Candles.of(np.arange(78) * 300, *prices, [0] * 78)
    block = encode(candles)
    assert block[27] == 32
    assert decode(block) == candles


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_kept_by_its_own_64_bits(odd: float) -> None:
    """Machines differ in what a conversion to 32 bits makes of it."""
    candles = Candles.of([0], *[[odd]] * 4, [0])
    assert encode(candles)[27] == 64
    assert decode(encode(candles)) == candles


def test_blocks_of_many_shapes_come_back_in_their_order() -> None:
    shapes = [
        session(1),
        session(2, digits=None),
        Candles.empty(),
        session(3, bars=42),
        session(4, digits=4),
        session(5).take(np.arange(78) % 7 > 0),
        session(6),
    ]
    candles = [shapes[i % len(shapes)] for i in range(40)]
    assert decode_many(map(encode, candles)) == candles
    assert decode_many([]) == []


def test_more_blocks_than_are_decoded_at_once_all_come_back() -> None:
    candles = [session(number) for number in range(codec._BARS_AT_ONCE // 78 * 2 + 3)]
    assert decode_many(map(encode, candles)) == candles


def test_a_corrupt_block_among_others_costs_only_itself() -> None:
    candles = [session(number) for number in range(9)]
    datas = [bytearray(encode(one)) for one in candles]
    datas[4][60] ^= 1
    datas[7] = datas[7][:-1]
    results = decode_many(map(bytes, datas))
    broken = {i for i, result in enumerate(results) if isinstance(result, CorruptBlockError)}
    assert broken == {4, 7}
    assert all(results[i] == candles[i] for i in range(9) if i not in broken)


def test_blocks_that_were_decoded_together_share_no_memory() -> None:
    """Else one of them in memory would hold a whole year there, unseen by the byte budget."""
    for candles in decode_many(encode(session(number)) for number in range(50)):
        assert isinstance(candles, Candles)
        owners = {id(owner): owner for owner in map(_owner, (getattr(candles, c) for c in COLUMNS))}
        assert sum(owner.nbytes for owner in owners.values()) == candles.nbytes


def _owner(column: np.ndarray) -> np.ndarray:
    return column if column.base is None else _owner(column.base)

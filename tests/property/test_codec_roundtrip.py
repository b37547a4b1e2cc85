"""Any candles come back bit for bit, also when read by the documented format alone."""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cache.codec import CorruptBlockError, decode, decode_many, encode
from market.candles import Candles

INT64 = st.integers(-(2**63), 2**63 - 1)
EXTREMES = st.sampled_from([-(2**63), 2**63 - 1, 0, -1, 1, 127, 128, -128, -129, 2**31, -(2**31) - 1])
BITS = st.one_of(
    st.integers(0, 2**64 - 1),
    st.sampled_from([0, 1 << 63, 0x7FF0 << 48, 0xFFF0 << 48, 0x7FF8 << 48, 0x7FF4DEADBEEF0001, 1]),
)


@st.composite
def any_candles(draw: st.DrawFn) -> Candles:
    """Draw columns of arbitrary bits."""
    n = draw(st.integers(0, 30))
    whole = st.lists(st.one_of(INT64, EXTREMES), min_size=n, max_size=n)
    prices = [
        np.array(draw(st.lists(BITS, min_size=n, max_size=n)), dtype=np.uint64).view(np.float64)
        for _ in range(4)
    ]
    return Candles.of(draw(whole), *prices, draw(whole))


@st.composite
def likely_candles(draw: st.DrawFn) -> Candles:
    """Draw bars with a tick size, gaps, and here and there a price that is no tick."""
    n, digits = draw(st.integers(1, 40)), draw(st.integers(0, 10))
    ticks = st.lists(st.integers(-10, 10 ** draw(st.integers(1, 12))), min_size=n, max_size=n)
    prices = [[tick / 10**digits for tick in draw(ticks)] for _ in range(4)]
    if draw(st.booleans()):
        prices[draw(st.integers(0, 3))][0] = draw(
            st.sampled_from([-0.0, 0.1 + 0.2, float("nan"), 1e300, 1e-9])
        )
    step = draw(st.sampled_from([1, 60, 300, 86_400]))
    gaps = draw(st.lists(st.integers(1, draw(st.sampled_from([1, 5, 400]))), min_size=n, max_size=n))
    volume = draw(st.lists(st.integers(0, 2 ** draw(st.integers(0, 62))), min_size=n, max_size=n))
    return Candles.of([step * total for total in accumulate(gaps)], *prices, volume)


def wrapped(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def read_by_the_book(data: bytes) -> Candles:
    """Read format 1 from its description in cache/codec.py, in plain Python and without its code."""
    version, checksum = struct.unpack_from("<BI", data)
    assert (version, checksum) == (1, zlib.crc32(data[:1] + data[5:]))
    n, packed, *widths_and_numbers = struct.unpack_from("<IBBqqBBqB", data, 5)
    gap_width, first, step, kind, price_width, base, volume_width = widths_and_numbers
    body = data[5 + struct.calcsize("<IBBqqBBqB") :]
    body = zlib.decompress(body, wbits=-15) if packed else body

    def column(count: int, width: int) -> list[bytes]:
        nonlocal body
        mine, body = body[: count * width], body[count * width :]
        return [mine[i::count] for i in range(count)] if width else [bytes(8)] * count

    def whole(raw: list[bytes]) -> list[int]:
        return [int.from_bytes(value, "little", signed=True) for value in raw]

    gaps = whole(column(n, gap_width))
    raw = column(4 * n, price_width)
    volume = whole(column(n, volume_width))
    assert body == b""
    time = [first + sum(step * (1 + gap) for gap in gaps[1 : i + 1]) for i in range(n)]
    if kind in {32, 64}:
        prices = [struct.unpack("<f" if kind == 32 else "<d", value)[0] for value in raw]
        rows = [prices[i * n : (i + 1) * n] for i in range(4)]
    else:
        steps = whole(raw)
        rows = [
            [tick / 10**kind for tick in accumulate(steps[i * n : (i + 1) * n], initial=base)][1:]
            for i in range(4)
        ]
    return Candles.of([wrapped(second) for second in time], *rows, volume)


@given(any_candles())
@example(Candles.of([-(2**63), 2**63 - 1], *[[float("nan"), -0.0]] * 4, [2**63 - 1, -(2**63)]))
@example(Candles.of([5], *[[float("inf")]] * 4, [0]))
@settings(max_examples=400, deadline=None)
def test_b1_any_bits_come_back(candles: Candles) -> None:
    assert decode(encode(candles)) == candles


@given(likely_candles())
@example(Candles.of([60, 120], *[[-0.0, 0.0]] * 4, [0, 0]))
@settings(max_examples=400, deadline=None)
def test_b1_prices_as_providers_give_them_come_back(candles: Candles) -> None:
    assert decode(encode(candles)) == candles


@given(st.lists(st.one_of(any_candles(), likely_candles()), max_size=8), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_b1_blocks_decoded_together_come_back_as_each_for_itself(parts: list[Candles], copies: int) -> None:
    assert decode_many(map(encode, parts * copies)) == parts * copies


@given(st.one_of(any_candles(), likely_candles()))
@settings(max_examples=200, deadline=None)
def test_a10_the_documented_format_is_the_one_written(candles: Candles) -> None:
    """A reader written later from the description gets the same candles (floats of kind 64 by their bits)."""
    data = encode(candles)
    read = read_by_the_book(data)
    assert read == candles


@given(
    fields=st.tuples(
        st.integers(0, 60),
        st.integers(0, 2),
        st.integers(0, 9),
        INT64,
        INT64,
        st.one_of(st.integers(0, 9), st.sampled_from([32, 64]), st.integers(0, 255)),
        st.integers(0, 9),
        INT64,
        st.integers(0, 9),
    ),
    body=st.binary(max_size=600),
    fitting=st.booleans(),
)
@settings(max_examples=600, deadline=None)
def test_a_made_up_block_under_a_right_checksum_is_candles_or_corrupt(
    fields: tuple[int, ...],
    body: bytes,
    fitting: bool,  # noqa: FBT001 - drawn
) -> None:
    if fitting:
        n, _, gap_width, *_, price_width, _, volume_width = fields
        size = n * (gap_width + 4 * price_width + volume_width)
        body = (body * (size // max(len(body), 1) + 1) + bytes(size))[:size]
    content = struct.pack("<IBBqqBBqB", *fields) + body
    data = struct.pack("<BI", 1, zlib.crc32(b"\x01" + content)) + content
    try:
        candles = decode(data)
    except CorruptBlockError:
        return
    assert len(candles) == fields[0]

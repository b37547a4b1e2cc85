"""Blocks of candles as bytes: small, fast to read, lossless, and never silently wrong.

Promise: ``decode(encode(candles)) == candles`` bit for bit, whatever the columns hold. Bytes that are not
exactly what ``encode`` once returned raise CorruptBlockError and nothing else, and finding out takes no more
than 16 MB.

Format 1, little-endian::

    format u8 = 1 · crc32 u32 of all that follows, begun with the format byte · n u32 · packed u8
    time: width u8, first i64, step i64 · prices: kind u8, width u8, base i64 · volume: width u8
    body: gaps[n] · prices[4, n] · volume[n], each byte-shuffled; deflated as a whole where packed is 1

- Integers are narrowed to the column's width in bytes; width 0: all are zero and none is stored. Sums wrap
  around at 64 bits. Byte-shuffled: all first bytes, then all second bytes, and so on.
- time[0] is ``first``, time[i] is time[i - 1] + step * (1 + gaps[i]): regular bars have no gaps.
- Prices of kind 0 to 8 are ticks of 10**-kind; each row (open, high, low, close) holds differences to the
  bar before, the first one to ``base``. Kinds 32 and 64 are floats of that many bits, for prices that ticks
  do not give back exactly.
- A later format takes another first byte; readers keep reading this one.

Ticks make a session of 5-minute bars fit into one DynamoDB write unit, and inflating them costs little.
Blocks of one shape, as most sessions of a year are, are decoded together: numpy then works on thousands of
bars at a time instead of 78.
"""

from __future__ import annotations

import struct
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from market.candles import Candles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from market.candles import Floats, Ints

    _Rows = Ints | Floats | NDArray[np.float32]

FORMAT = 1
MAX_BODY_BYTES = 8 * 1024 * 1024
"""Half of what is promised: for a moment zlib holds twice what it inflates."""
_BAR_BYTES = 48
MAX_BARS = MAX_BODY_BYTES // _BAR_BYTES

_PRICES = 4
_BARS_AT_ONCE = 16_384
"""How many bars are decoded together at most: numpy gains no more, and what is held meanwhile stays small."""

_WIDTHS = (0, 1, 2, 4, 8)
_KNOWN_WIDTHS = frozenset(_WIDTHS)
_INTEGERS = {width: np.dtype(f"<i{width}") for width in _WIDTHS[1:]}
_FINEST_TICK = 8
_FLOAT32, _FLOAT64 = 32, 64
_CHECKED = struct.Struct("<BI")
_HEADER = struct.Struct("<IBBqqBBqB")
_BODY_AT = _CHECKED.size + _HEADER.size
_SEED = zlib.crc32(bytes([FORMAT]))

_T = TypeVar("_T")
_NO_GAP = np.zeros(1, dtype=np.int64)


class CorruptBlockError(Exception):
    """Bytes are not a block; the message says how that was noticed and quotes none of them."""

    code = "corrupt_block"


def encode(candles: Candles) -> bytes:
    """Return candles as one block of format 1.

    Raises:
        ValueError: there are more than MAX_BARS bars.
    """
    n = len(candles)
    if n > MAX_BARS:
        raise ValueError(f"a block holds at most {MAX_BARS} bars, got {n}")
    first, step, gaps = _gaps(candles.time)
    kind, base, prices = _ticks(np.stack([candles.open, candles.high, candles.low, candles.close]))
    widths, columns = zip(*(_narrow(column) for column in (gaps, prices, candles.volume)), strict=True)
    body = b"".join(columns)
    deflated = _deflate(body)
    packed = len(deflated) < len(body)
    header = _HEADER.pack(n, packed, widths[0], first, step, kind, widths[1], base, widths[2])
    checked = header + (deflated if packed else body)
    return _CHECKED.pack(FORMAT, zlib.crc32(checked, _SEED)) + checked


def decode(data: bytes) -> Candles:
    """Return the candles of a block; the columns are read-only and own their memory.

    Raises:
        CorruptBlockError: the bytes are not a whole, unchanged block of a known format.
    """
    (result,) = decode_many([data])
    if isinstance(result, CorruptBlockError):
        raise result
    return result


def decode_many(datas: Iterable[bytes]) -> list[Candles | CorruptBlockError]:
    """Return, in order, the candles of each block, or the error that ``decode`` would raise for it.

    No block shares memory with another, so that each can be dropped for itself.
    """
    results: dict[int, Candles | CorruptBlockError] = {}
    alike: dict[_Shape, list[tuple[int, _Opened]]] = {}
    for place, data in enumerate(datas):
        try:
            shape, opened = _open(data)
        except CorruptBlockError as error:
            results[place] = error
        else:
            alike.setdefault(shape, []).append((place, opened))
    for shape, members in alike.items():
        for together in _portions(members, _BARS_AT_ONCE // max(shape.n, 1) or 1):
            candles = _candles(shape, [opened for _, opened in together])
            for (place, _), one in zip(together, candles, strict=True):
                results[place] = one
    return [results[place] for place in range(len(results))]


class _Shape(NamedTuple):
    """What blocks have to have in common to be decoded together."""

    n: int
    gap_width: int
    kind: int
    price_width: int
    volume_width: int


class _Opened(NamedTuple):
    """What is of one block alone; the body is inflated and as long as its shape says."""

    first: int
    step: int
    base: int
    body: bytes


def _open(data: bytes) -> tuple[_Shape, _Opened]:
    """Judge the header and the checksum of a block, and inflate its body."""
    if len(data) < _BODY_AT:
        raise CorruptBlockError(f"a block has at least {_BODY_AT} bytes, got {len(data)}")
    version, checksum = _CHECKED.unpack_from(data)
    if version != FORMAT:
        raise CorruptBlockError(f"block format {version} is not known")
    if zlib.crc32(data[_CHECKED.size :], _SEED) != checksum:
        raise CorruptBlockError("the checksum does not match")
    n, packed, gap_width, first, step, kind, price_width, base, volume_width = _HEADER.unpack_from(
        data, _CHECKED.size
    )
    shape = _Shape(n, gap_width, kind, price_width, volume_width)
    return shape, _Opened(first, step, base, _body(data[_BODY_AT:], _ends(shape)[2], packed))


def _portions(members: Sequence[_T], size: int) -> Iterator[list[_T]]:
    rest = iter(members)
    while portion := list(islice(rest, size)):
        yield portion


def _candles(shape: _Shape, blocks: Sequence[_Opened]) -> Iterator[Candles]:
    """Decode blocks of one shape; each gets columns of its own."""
    n, gap_width, kind, price_width, volume_width = shape
    gaps_end, prices_end, end = _ends(shape)
    firsts, steps, bases, bodies = zip(*blocks, strict=True)
    body = np.frombuffer(b"".join(bodies), dtype=np.uint8).reshape(len(blocks), end)
    times = _times(_whole(body[:, :gaps_end], gap_width, n), firsts, steps)
    prices = _prices(body[:, gaps_end:prices_end], n, kind, price_width, bases)
    volumes = _whole(body[:, prices_end:], volume_width, n).astype(np.int64)
    for time, rows, volume in zip(times, prices, volumes, strict=True):
        own = rows.copy()
        yield Candles(time.copy(), own[0], own[1], own[2], own[3], volume.copy())


def _gaps(time: Ints) -> tuple[int, int, Ints]:
    """Return the first time, the step, and how many steps are left out before each time."""
    if len(time) == 0:
        return 0, 0, time
    apart = np.diff(time)
    step = int(np.gcd.reduce(apart)) if len(apart) and apart.min() > 0 else 1
    return int(time[0]), step, np.concatenate([_NO_GAP, apart // step - 1])


def _times(gaps: Ints, firsts: Sequence[int], steps: Sequence[int]) -> Ints:
    """Return the times [blocks, n]."""
    times = np.add.accumulate((gaps + np.int64(1)) * np.array(steps)[:, None], axis=1)
    before = [(first - step + 2**63) % 2**64 - 2**63 for first, step in zip(firsts, steps, strict=True)]
    times += np.array(before)[:, None]
    return times


def _ticks(prices: Floats) -> tuple[int, int, _Rows]:
    """Return kind, base and rows of the coarsest form that gives the prices [4, n] back bit for bit."""
    if prices.size == 0:
        return 0, 0, np.zeros_like(prices, dtype=np.int64)
    with np.errstate(all="ignore"):
        for kind in range(_FINEST_TICK + 1):
            ticks = np.rint(prices * 10.0**kind)
            if not (np.abs(ticks) < 2**31).all():
                break
            whole = ticks.astype(np.int64)
            if _same_bits(whole / 10.0**kind, prices):
                base = int(whole[0, 0])
                return kind, base, np.diff(whole, axis=1, prepend=base)
        short = prices.astype(np.float32)
        if np.isfinite(short).all() and _same_bits(short.astype(np.float64), prices):
            return _FLOAT32, 0, short
    return _FLOAT64, 0, prices


def _prices(data: NDArray[np.uint8], n: int, kind: int, width: int, bases: Sequence[int]) -> Floats:
    """Return the prices [blocks, 4, n]."""
    shape = (len(data), _PRICES, n)
    if kind > _FINEST_TICK:
        with np.errstate(invalid="ignore"):
            return _unshuffled(data, np.dtype(f"<f{width}")).reshape(shape).astype(np.float64)
    ticks = np.add.accumulate(_whole(data, width, _PRICES * n).reshape(shape), axis=2, dtype=np.int64)
    ticks += np.array(bases)[:, None, None]
    prices: Floats = ticks / 10.0**kind
    return prices


def _same_bits(one: Floats, other: Floats) -> bool:
    # Zero and minus zero are equal as numbers, and nan is not.
    return bool((one.view(np.int64) == other.view(np.int64)).all())


def _narrow(column: _Rows) -> tuple[int, bytes]:
    """Return the width of a column in bytes, and the column byte-shuffled."""
    if column.dtype.kind == "i":
        if not column.any():
            return 0, b""
        extremes = int(column.min()), int(column.max())
        bits = max((value if value >= 0 else ~value).bit_length() for value in extremes)
        column = column.astype(next(dtype for width, dtype in _INTEGERS.items() if bits < 8 * width))
    width = column.dtype.itemsize
    return width, np.ascontiguousarray(column).view(np.uint8).reshape(-1, width).T.tobytes()


def _whole(data: NDArray[np.uint8], width: int, count: int) -> Ints:
    """Return a column of integers of each block, [blocks, count], still narrow."""
    if width == 0:
        return np.zeros((len(data), count), dtype=np.int64)
    return _unshuffled(data, _INTEGERS[width])


def _unshuffled(data: NDArray[np.uint8], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Bring the bytes of each value together again: [blocks, count * width] to [blocks, count]."""
    width = dtype.itemsize
    count = data.shape[1] // width
    plain = np.empty((len(data), count, width), dtype=np.uint8)
    for place in range(width):
        plain[:, :, place] = data[:, place * count : (place + 1) * count]
    return plain.reshape(len(data), count * width).view(dtype)


def _ends(shape: _Shape) -> tuple[int, int, int]:
    """Return where the three columns end in the body, after judging what the header says."""
    n, gap_width, kind, price_width, volume_width = shape
    kind_is_known = kind <= _FINEST_TICK or (kind in {_FLOAT32, _FLOAT64} and kind == 8 * price_width)
    widths_are_known = {gap_width, price_width, volume_width} <= _KNOWN_WIDTHS
    if n > MAX_BARS or not kind_is_known or not widths_are_known:
        raise CorruptBlockError("the header is not one that is ever written")
    gaps = n * gap_width
    prices = gaps + _PRICES * n * price_width
    return gaps, prices, prices + n * volume_width


def _deflate(body: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(body) + deflater.flush()


def _body(data: bytes, size: int, packed: int) -> bytes:
    """Return the body of exactly ``size`` bytes, inflated no further than one byte more."""
    if packed:
        inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        try:
            data = inflater.decompress(data, size + 1)
        except zlib.error as error:
            raise CorruptBlockError("the body does not inflate") from error
        if not inflater.eof or inflater.unused_data:
            raise CorruptBlockError("the body ends early or late")
    if len(data) != size:
        raise CorruptBlockError(f"the body has {len(data)} bytes instead of {size}")
    return data

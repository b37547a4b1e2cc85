"""What lies in the table: damaged, too large, expired, or of an older format."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.errors import UnavailableError
from benchmarks.faults.registry import Outcome, row
from benchmarks.faults.scenes import Scene, in_file, on_server, week
from cache.blocks import Block, block_keys, period
from cache.codec import CorruptBlockError, decode, encode
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from store.table import MAX_ITEM_BYTES
from tests.kit.tables import drop, dynamo_store, table_schema

if TYPE_CHECKING:
    from benchmarks.faults.ground import Ground

_GOLDEN = Path(__file__).parents[2] / "tests" / "golden"
_DECODING_BYTES = 16 * 1024 * 1024
"""What decoding may take, by the list; the codec's own bound of a body is another matter."""
_COLUMNS = ("time", "open", "high", "low", "close", "volume")


@row(
    17,
    "corrupt item (every byte flipped; cut; wrong version; zip bomb; foreign schema)",
    "every single-byte flip of a 5 KB item noticed; refetch = 1 call; decoding takes ≤ 16 MB",
)
def corrupt(ground: Ground) -> Outcome:
    """Every bit of every byte, then damaged items under a real key, read through the cache."""
    data = _noisy_block()
    step = 50 if ground.quick else 1
    flips = [(at, 1 << bit) for at in range(0, len(data), step) for bit in range(8)]
    unnoticed = sum(decodes(_flipped(data, at, mask)) for at, mask in flips)
    cuts = sum(decodes(data[:length]) for length in range(0, len(data), step))
    refetched, cases = _read_damaged(ground)
    peak = _bomb_bytes()
    figure = (
        f"{len(data):,} bytes: {unnoticed} of {len(flips):,} bit flips and {cuts} of "
        f"{len(data) // step:,} cuts "
        f"unnoticed; {refetched} of {cases} damaged items refetched with 1 call and counted; a deflated "
        "bomb takes "
        f"{peak / 1024**2:.1f} MB"
    )
    return Outcome(figure, unnoticed == cuts == 0 and refetched == cases and peak <= _DECODING_BYTES)


def decodes(data: bytes) -> bool:
    """Return whether bytes are taken for a block."""
    try:
        decode(data)
    except CorruptBlockError:
        return False
    return True


def _noisy_block(bars: int = 220) -> bytes:
    """Return a block of about 5 KB: prices that ticks do not give back."""
    return encode(_noisy(np.random.default_rng(17), bars))


def _noisy(rng: np.random.Generator, bars: int) -> Candles:
    close = 100 + rng.standard_normal(bars).cumsum() * 0.01
    time = np.arange(bars, dtype=np.int64) * 60 + 1_741_334_400
    prices = (close, close + 1 + rng.random(bars), close - 1 - rng.random(bars), close)
    return Candles(time, *prices, rng.integers(1, 1 << 40, bars))


def _flipped(data: bytes, at: int, mask: int) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def _read_damaged(ground: Ground) -> tuple[int, int]:
    """Damage one item of a week in several ways; return how many were refetched by one call, and how many."""
    damages: list[dict[str, Any]] = [
        {"data": b"\x01 no block"},
        {"data": b""},
        {"data": b"\x63" + b"later format" * 9},
        {"data": "a text"},
        {"data": None},
        {"basis": "guessed"},
        {"fetched_at": "long ago"},
        {"settled_to": None},
    ]
    right = 0
    with in_file(ground.folder()) as scene:
        for number, damage in enumerate(damages):
            truth = scene.week(number).candles
            key = block_keys("AAPL", "scripted", Resolution.M5, sessions_for("AAPL"), *_span(number))[2]
            table = scene.table.table
            table.put((table.get((key.pk, key.sk)) or {}) | damage)
            scene.forget()  # so that the table is read
            calls, seen = len(scene.provider.requests), scene.count("corrupt_blocks")
            again = scene.week(number).candles
            once = len(scene.provider.requests) - calls == 1
            right += once and scene.count("corrupt_blocks") > seen and again == truth
    return right, len(damages)


def _span(number: int) -> tuple[date, date]:
    query = week(number)
    return query.start, query.end


def _bomb_bytes() -> int:
    """Return how much memory is taken to refuse 64 MB of zeros that say they are a small block."""
    whole = _noisy_block()
    bomb = zlib.compress(bytes(64 * 1024 * 1024))
    header = whole[5 : 5 + struct.calcsize("<IBBqqBBqB")]
    content = header[:4] + b"\x01" + header[5:] + bomb
    data = struct.pack("<BI", 1, zlib.crc32(content, zlib.crc32(b"\x01"))) + content
    tracemalloc.start()
    try:
        if decodes(data):
            raise AssertionError("a bomb was taken for a block")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@row(18, "item > 400 KB", "refused before the call or written whole; 0 ValidationException")
def too_large(ground: Ground) -> Outcome:
    """Blocks of many sizes, some beyond DynamoDB's bound, written to a server."""
    rounds, sizes = ground.count(60, 6), (1, 390, 5_000, 12_000, 14_500, 23_000)
    store, schema = dynamo_store(ground.server_url), table_schema()
    store.create([schema])
    statistics = Statistics()
    tier = TableTier(store.table(schema), store.kind, statistics)
    sent: list[int] = []
    store.client.get().meta.events.register(
        "before-send.dynamodb", lambda request, **_: sent.append(len(request.body or b"")) and None
    )
    kept = refused = wrong = 0
    sessions = sessions_for("AAPL")
    keys = block_keys("AAPL", "demo", Resolution.M1, sessions, date(2024, 1, 2), date(2024, 12, 31))
    for number in range(rounds):
        bars = sizes[number % len(sizes)]
        start, end = period(keys[number], sessions)
        noisy = _noisy(np.random.default_rng(number), bars)
        time = start + np.arange(bars, dtype=np.int64) * max(1, (end - start) // bars)
        keep = time < end
        candles = Candles(time[keep], *(getattr(noisy, name)[keep] for name in _COLUMNS[1:]))
        block = Block(keys[number], candles, 1_741_384_800.0, end)
        written = tier.write([block], sessions, "")
        found, _ = tier.read([[block.key]], sessions, "", consistent=True)
        kept, refused = kept + written, refused + (not written)
        wrong += written != (block.key in found) or (written and found[block.key].candles != candles)
    errors = statistics.snapshot()["table_errors"] - refused
    drop(store, [schema])
    store.close()
    figure = (
        f"{rounds} blocks, up to 23,000 bars: {kept} written and read back, {refused} refused before the "
        "call, "
        f"{wrong} wrong, {errors} errors of the server; largest request {max(sent) / 1024:.0f} KB of base64 "
        f"(bound {MAX_ITEM_BYTES // 1024} KB of bytes)"
    )
    return Outcome(figure, wrong == 0 and errors == 0 and kept > 0 and refused > 0)


@row(19, "lazy TTL deletion (expired but present)", "0 expired served as fresh")
def lazily_deleted(ground: Ground) -> Outcome:
    """The server keeps items past their TTL; the source answers, then it is down and they count as stale."""
    weeks, fresh, unmarked = ground.count(40, 4), 0, 0
    with on_server(ground.server_port, proxied=True) as scene:
        scene.table.table = _patient(scene, ground)
        for number in range(weeks):
            scene.week(number)
        past = min(int(item["ttl"]) for item in scene.table.table.query("AAPL#scripted") if "ttl" in item)
        scene.clock.now_s = past + 200 * 86_400.0
        for number in range(weeks):
            scene.forget()  # so that the table is read
            calls = len(scene.provider.requests)
            scene.provider.error = UnavailableError("down", provider="scripted") if number % 2 else None
            answer = scene.week(number)
            fresh += len(scene.provider.requests) == calls
            unmarked += bool(number % 2) and answer.stale_since is None
            scene.clock.now_s += 60  # past the pause that a failed source is given
    figure = (
        f"{weeks} spans past their TTL and still there: {fresh} served as fresh, {unmarked} served "
        "without being "
        "marked as stale while the source was down"
    )
    return Outcome(figure, fresh == unmarked == 0)


def _patient(scene: Scene, ground: Ground) -> Any:  # noqa: ANN401 - a table
    """Return the scene's table without time limits: a slow moment must not look like a miss."""
    return dynamo_store(ground.server_url).table(scene.table.schema)


@row(20, "old format items (every past version)", "100 % of tests/golden/format_v* read bit for bit")
def older_formats(ground: Ground) -> Outcome:
    """Blocks that earlier versions wrote, against what was in them."""
    del ground
    files = sorted(_GOLDEN.glob("format_v*/*.block"))
    right = sum(_as_expected(path) for path in files)
    versions = len({path.parent for path in files})
    return Outcome(f"{right} of {len(files)} blocks of {versions} format", right == len(files) > 0)


def _as_expected(path: Path) -> bool:
    candles = decode(path.read_bytes())
    expected = json.loads(path.with_suffix(".json").read_text())
    for column in _COLUMNS:
        values = getattr(candles, column)
        integers = column in {"time", "volume"}
        found = values.tolist() if integers else [f"{bits:016x}" for bits in values.view(np.uint64).tolist()]
        if found != expected[column]:
            return False
    return True

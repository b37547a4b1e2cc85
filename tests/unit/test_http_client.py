"""One answer within a time, or an error: the HTTP client of the live sources (cache-11, cache-13, S1)."""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from adapters import http_client
from adapters.errors import BadPayloadError, ProviderError, UnavailableError
from adapters.http_client import HttpClient, Reply, retry_after_s
from tests.kit import provider_server as stand_in
from tests.kit.answer_ends import chunked, without_end
from tests.kit.provider_server import ProviderServer

CANARY = "canary-key-0123456789"
NOW_S = datetime(2025, 3, 7, 15, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(now=lambda: NOW_S) as running:
        yield running
    http_client.reset()


def get(server: ProviderServer, seconds: float = 2.0) -> Reply:
    client = HttpClient("tiingo", "Tiingo", server.url)
    return client.within(seconds, {"Authorization": f"Token {CANARY}"}).get("/iex/AAPL/prices", {"a": "b c"})


def packed(body: bytes) -> bytes:
    packing = zlib.compressobj(wbits=31)
    return packing.compress(body) + packing.flush()


def test_an_answer_comes_whole_with_its_status_and_headers(server: ProviderServer) -> None:
    server.fail("/iex/", stand_in.status(418, b"short", {"X-Odd": "1"}))
    reply = get(server)
    assert (reply.status, reply.body, reply.headers["x-odd"]) == (418, b"short", "1")
    assert server.seen[0].params == {"a": "b c"}
    assert server.seen[0].key == CANARY


def test_compressed_answers_are_opened(server: ProviderServer) -> None:
    server.fail("/iex/", stand_in.status(200, packed(b"[]" * 10), {"Content-Encoding": "gzip"}))
    assert get(server).body == b"[]" * 10


@pytest.mark.parametrize("fault", [stand_in.slow(30), stand_in.drip(), stand_in.drip_head()], ids=str)
def test_silence_and_drips_end_at_the_deadline(server: ProviderServer, fault: stand_in.Fault) -> None:
    """cache-11: a byte now and then is no answer; the deadline is that of the whole call."""
    server.fail("/iex/", fault)
    begun_s = time.monotonic()
    with pytest.raises(UnavailableError, match="in time"):
        get(server, 0.4)
    assert time.monotonic() - begun_s < 1.0


def test_without_the_deadline_in_every_wait_a_drip_would_go_on(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative twin: the library's own timeouts are per read, and a drip passes each of them."""
    monkeypatch.setattr(http_client, "_left_s", lambda timeout, error: timeout)
    server.fail("/iex/", stand_in.drip())
    stopper = threading.Timer(1.0, server.stopping.set)
    stopper.start()
    begun_s = time.monotonic()
    with pytest.raises(ProviderError):
        get(server, 0.2)
    assert time.monotonic() - begun_s > 0.8


def test_whoever_finds_all_connections_taken_waits_no_longer_than_it_may(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cache-13."""
    monkeypatch.setattr(http_client, "_CONNECTIONS", 1)
    http_client.reset()
    server.fail("/iex/", stand_in.slow(30))

    def occupy() -> None:
        with pytest.raises(UnavailableError):
            get(server, 1.5)

    taken = threading.Thread(target=occupy)
    taken.start()
    while not server.seen:
        time.sleep(0.01)
    begun_s = time.monotonic()
    with pytest.raises(UnavailableError):
        get(server, 0.3)
    assert time.monotonic() - begun_s < 1.0
    taken.join()
    assert len(server.seen) == 1


def long_and_short_call(server: ProviderServer) -> list[str]:
    """Ask for something slow in one thread and, once that is under way, with little time in another."""
    server.fail("/iex/", stand_in.status(200, b"x" * 300_000))
    server.fail("/tiingo/", stand_in.slow(30))
    start, ended = threading.Barrier(2), []

    def short() -> None:
        start.wait()
        call = HttpClient("tiingo", "Tiingo", server.url).within(0.3)
        with pytest.raises(UnavailableError):
            call.get("/tiingo/daily/AAPL/prices", {})

    def long() -> None:
        call = HttpClient("tiingo", "Tiingo", server.url).within(10)
        start.wait()
        try:
            for _ in range(10):
                call.get("/iex/AAPL/prices", {})
                time.sleep(0.08)
            ended.append("answered")
        except UnavailableError:
            ended.append("out of time")

    threads = [threading.Thread(target=work) for work in (short, long)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def test_one_threads_deadline_is_not_anothers(server: ProviderServer) -> None:
    assert long_and_short_call(server) == ["answered"]


def test_requests_of_one_call_share_its_time(server: ProviderServer) -> None:
    server.fail("/iex/", stand_in.slow(0.25))
    call = HttpClient("tiingo", "Tiingo", server.url).within(0.6)
    begun_s = time.monotonic()

    def ask_nine_times() -> None:
        for _ in range(9):
            call.get("/iex/AAPL/prices", {"startDate": "2025-03-07", "endDate": "2025-03-07"})

    with pytest.raises(UnavailableError):
        ask_nine_times()
    assert time.monotonic() - begun_s < 1.0
    assert 2 <= len(server.seen) <= 3


@pytest.mark.parametrize("fault", [stand_in.huge(), stand_in.huge(announced=False)])
def test_a_body_of_100_mb_is_refused_without_being_held(
    server: ProviderServer, fault: stand_in.Fault
) -> None:
    server.fail("/iex/", fault)
    with pytest.raises(BadPayloadError, match="8 MB"):
        get(server, 20)


def test_a_small_body_that_unpacks_to_much_is_refused(server: ProviderServer) -> None:
    body = packed(bytes(40 * 1024 * 1024))
    assert len(body) < 100_000
    server.fail("/iex/", stand_in.status(200, body, {"Content-Encoding": "gzip"}))
    with pytest.raises(BadPayloadError, match="8 MB"):
        get(server, 20)


@pytest.mark.parametrize("missing", [1, 4, 8, 9, 2_000])
def test_half_of_what_was_packed_is_no_answer_although_it_has_its_announced_length(
    server: ProviderServer, missing: int
) -> None:
    """cache-4: a cache between that kept what came before a connection broke."""
    rows = b"".join(b"2025-03-%02d,%d,2,1,2,3\n" % (i % 28 + 1, i * 7_919) for i in range(2_000))
    body = packed(rows)[:-missing]
    server.fail("/iex/", stand_in.status(200, body, {"Content-Encoding": "gzip"}))
    with pytest.raises(BadPayloadError, match="half"):
        get(server)


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "x"])
def test_only_what_was_asked_for_is_unpacked(server: ProviderServer, encoding: str) -> None:
    server.fail("/iex/", stand_in.status(200, packed(b"[]"), {"Content-Encoding": encoding}))
    with pytest.raises(BadPayloadError, match="packed"):
        get(server)


def test_gzip_is_asked_for(server: ProviderServer) -> None:
    asked = []

    def look(handler: stand_in.Handler) -> bool:
        asked.append(handler.headers.get_all("Accept-Encoding"))
        return False

    server.fail("/iex/", look)
    HttpClient("tiingo", "Tiingo", server.url).within(2).get(
        "/iex/AAPL/prices", {"startDate": "2025-03-07", "endDate": "2025-03-07"}
    )
    assert asked == [["gzip"]]


@pytest.mark.parametrize(
    ("fault", "whole"),
    [
        (stand_in.status(200, b"a,b\n"), True),
        (chunked(b"a,b\n"), True),
        (without_end(b"a,b\n"), False),
    ],
    ids=["length", "chunks", "until it hangs up"],
)
def test_it_is_known_whether_the_end_of_an_answer_was_marked(
    server: ProviderServer, fault: stand_in.Fault, *, whole: bool
) -> None:
    server.fail("/iex/", fault)
    reply = get(server)
    assert (reply.body, reply.whole) == (b"a,b\n", whole)


def test_a_redirect_is_not_followed_and_nobody_else_sees_the_key(server: ProviderServer) -> None:
    """S1: the key goes to the provider only."""
    with ProviderServer(now=lambda: NOW_S) as other:
        server.fail("/iex/", stand_in.redirect(f"{other.url}/iex/AAPL/prices"))
        with pytest.raises(BadPayloadError, match="redirect"):
            get(server)
        assert other.seen == []


@pytest.mark.parametrize("fault", [stand_in.reset, stand_in.half(b"[" * 1000)], ids=["reset", "half a body"])
def test_what_breaks_off_is_unavailable(server: ProviderServer, fault: stand_in.Fault) -> None:
    server.fail("/iex/", fault)
    with pytest.raises(UnavailableError):
        get(server)


def test_nobody_there_is_unavailable() -> None:
    gone = ProviderServer().start()
    gone.close()
    with pytest.raises(UnavailableError, match="could not be reached"):
        get(gone)


def test_what_cannot_be_unpacked_is_a_bad_payload(server: ProviderServer) -> None:
    server.fail("/iex/", stand_in.status(200, b"no gzip", {"Content-Encoding": "gzip"}))
    with pytest.raises(BadPayloadError):
        get(server)


def test_it_never_tries_again(server: ProviderServer) -> None:
    server.fail("/iex/", stand_in.reset)
    with pytest.raises(UnavailableError):
        get(server)
    assert len(server.seen) == 1


def test_connections_are_kept_and_reset_makes_new_ones(server: ProviderServer) -> None:
    """cache-13: one client for all providers of a process."""
    server.fail("", stand_in.status(200, b"[]"))
    get(server)
    made = http_client._pool.client()
    get(server)
    assert http_client._pool.client() is made
    http_client.reset()
    assert get(server).status
    assert http_client._pool.client() is not made


def test_a_child_process_makes_connections_of_its_own(server: ProviderServer) -> None:
    """cache-13: a connection that two processes read from gives each half of an answer."""
    server.fail("", stand_in.status(200, b"[]"))
    get(server)
    made = http_client._pool.client()
    child = os.fork()
    if not child:
        os._exit(0 if http_client._pool._made is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert http_client._pool.client() is made


@pytest.mark.parametrize(
    "fault",
    [
        stand_in.reset,
        stand_in.redirect("http://127.0.0.1:1/?k=" + CANARY),
        stand_in.drip(),
    ],
    ids=["reset", "redirect", "drip"],
)
def test_neither_key_nor_address_are_in_errors_reprs_or_logs(
    server: ProviderServer, fault: stand_in.Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """S1: at DEBUG too."""
    caplog.set_level("DEBUG")
    server.fail("/iex/", fault)
    call = HttpClient("tiingo", "Tiingo", server.url).within(0.3, {"Authorization": f"Token {CANARY}"})
    said = [repr(call), str(vars(call.client))]
    with pytest.raises(ProviderError) as caught:
        call.get("/iex/AAPL/prices", {})
    said.append(repr(caught.value))
    assert server.url not in said[-1]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert CANARY not in "\n".join([*said, caplog.text])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0", 1.0),
        (format_datetime(datetime(2025, 3, 7, 15, 10, tzinfo=UTC), usegmt=True), 600.0),
        (format_datetime(datetime(2025, 3, 7, 14, 0, tzinfo=UTC), usegmt=True), 1.0),
        ("999999999999", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": text}, NOW_S) == seconds


def test_deadlines_that_threads_share_would_cut_the_long_call(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative twin: with one deadline for all threads, the short one ends the long one."""

    class Shared:
        until_s = float("inf")

        def set(self, until_s: float) -> None:
            self.until_s = min(self.until_s, until_s)

        def get(self) -> float:
            return self.until_s

        def reset(self, token: None) -> None:
            """Leave it as it is."""

    monkeypatch.setattr(http_client, "_until_s", Shared())
    assert long_and_short_call(server) == ["out of time"]

"""The worker's look for channels: who leads processes them, and one that fails stops no other (record-4)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from store import ItemTooLargeError, TableUnavailableError
from store.table import TruncatedQueryError
from tests.kit.track import START
from track_record.entities import Channel, ChannelStatus
from track_record.processing import Pause
from worker.channels import LONGEST_REST_S, POLL_S, ChannelJob

ONE = Channel(
    "one", "@one", "One", "https://www.youtube.com/@one", None,
    ChannelStatus.PROCESSING, 0, 0, 12, START, START,
)  # fmt: skip


@dataclass
class Lead:
    """Whether this process leads, as a test says."""

    leads: bool = True


@dataclass
class Work:
    """Notes which channels were run; what a run comes to is up to the test."""

    waits: list[Channel] = field(default_factory=lambda: [ONE, replace(ONE, id="two")])
    results: dict[str, Pause | Exception] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    given_up: list[tuple[str, str]] = field(default_factory=list)
    stopped: list[bool] = field(default_factory=list)
    on_run: Callable[[], object] = lambda: None
    table: Exception | None = None

    def waiting(self) -> list[Channel]:
        if self.table:
            raise self.table
        return self.waits

    def run(self, channel_id: str, stopped: Callable[[float], bool]) -> Pause | None:
        self.ran.append(channel_id)
        self.on_run()
        self.stopped.append(stopped(0))
        result = self.results.get(channel_id)
        if isinstance(result, Exception):
            raise result
        return result

    def give_up(self, channel_id: str, sentence: str) -> None:
        self.given_up.append((channel_id, sentence))


def job(work: Work, lead: Lead | None = None, now_s: list[float] | None = None) -> ChannelJob:
    now_s = now_s or [0.0]
    return ChannelJob(lead or Lead(), work, lambda: work, monotonic=lambda: now_s[0])  # type: ignore[arg-type]


def test_every_channel_has_its_turn() -> None:
    work = Work()
    job(work).round(threading.Event())
    assert work.ran == ["one", "two"]
    assert work.stopped == [False, False]


def test_who_leads_no_more_stops_and_takes_no_other() -> None:
    work, lead = Work(), Lead()
    work.on_run = lambda: setattr(lead, "leads", False)
    job(work, lead).round(threading.Event())
    assert (work.ran, work.stopped) == (["one"], [True])


def test_a_worker_that_must_end_takes_no_other() -> None:
    work, stop = Work(), threading.Event()
    work.on_run = stop.set
    job(work).run(stop)
    assert (work.ran, work.stopped) == (["one"], [True])


def test_a_channel_that_waits_for_a_quota_is_left_alone_until_then() -> None:
    work, now_s = Work(results={"one": Pause(3600, START)}), [100.0]
    looks = job(work, now_s=now_s)
    for now_s[0] in (100.0, 3_699.0, 3_701.0):
        looks.round(threading.Event())
    assert work.ran == ["one", "two", "two", "one", "two"]


@pytest.mark.parametrize("later", [timedelta(minutes=1), timedelta(hours=-1)])
def test_a_person_who_asks_again_need_not_wait_for_the_quota(later: timedelta) -> None:
    """Another key may be set by now; and a clock may have been put back."""
    work = Work(results={"one": Pause(3600, START)}, waits=[ONE])
    looks = job(work, now_s=[100.0])
    looks.round(threading.Event())
    looks.round(threading.Event())
    assert work.ran == ["one"]
    work.waits = [replace(ONE, updated_at=START + later)]
    looks.round(threading.Event())
    assert work.ran == ["one", "one"]


def test_a_channel_that_breaks_the_code_is_given_up_and_the_next_has_its_turn() -> None:
    work = Work(results={"one": RuntimeError("a bug")})
    with capture_logs() as logs:
        job(work).round(threading.Event())
    assert work.ran == ["one", "two"]
    ((channel_id, sentence),) = work.given_up
    assert channel_id == "one"
    assert "a bug" not in sentence
    assert [line["event"] for line in logs] == ["processing_failed"]


def test_what_cannot_be_made_is_tried_again_and_ends_no_worker() -> None:
    """record-4: a thread that dies would leave every channel processing for good."""
    work, stop, tries = Work(), threading.Event(), [0]

    def made() -> Work:
        tries[0] += 1
        if tries[0] <= 2:  # for the run, and for giving it up
            raise ImportError("a package is broken")
        return work

    work.on_run = stop.set
    with capture_logs() as logs:
        ChannelJob(Lead(), work, made, poll_s=0.0, pause_s=0.0).run(stop)  # type: ignore[arg-type]
    assert work.ran == ["one"]
    assert [line["event"] for line in logs] == ["processing_failed", "processing_broken"]


@pytest.mark.parametrize("error", [ItemTooLargeError("over 400 KB"), TruncatedQueryError("too many pages")])
def test_what_no_table_will_ever_take_is_given_up_and_holds_nobody_up(error: Exception) -> None:
    work = Work(results={"one": error})
    job(work).round(threading.Event())
    assert work.ran == ["one", "two"]
    assert [channel_id for channel_id, _ in work.given_up] == ["one"]


@pytest.mark.parametrize("where", ["look", "run"])
def test_a_table_that_fails_is_waited_for_and_said_once(where: str) -> None:
    down = TableUnavailableError("the table does not answer")
    work = Work(table=down) if where == "look" else Work(results={"one": down})
    now_s = [100.0]
    looks = job(work, now_s=now_s)
    with capture_logs() as logs:
        looks.round(threading.Event())
        looks.round(threading.Event())
    assert [line["event"] for line in logs] == ["processing_waits_for_table"]
    assert work.given_up == []
    work.table, work.results = None, {}
    work.ran.clear()
    now_s[0] += POLL_S
    looks.round(threading.Event())
    assert work.ran == ["one", "two"]


def test_a_channel_that_a_table_always_fails_is_tried_less_often_and_holds_nobody_up() -> None:
    """Only one of the tables may be down: every try lists the videos and asks the model anew, which costs."""
    work, now_s = Work(results={"one": TableUnavailableError("the stocks are not to be had")}), [0.0]
    looks = job(work, now_s=now_s)
    for _ in range(1_800):  # an hour
        looks.round(threading.Event())
        now_s[0] += POLL_S
    assert 5 < work.ran.count("one") < 20
    assert work.ran.count("two") > 1_700
    work.results, work.ran = {}, []
    now_s[0] += LONGEST_REST_S
    looks.round(threading.Event())
    assert work.ran == ["one", "two"]
    work.results = {"one": TableUnavailableError("again")}
    looks.round(threading.Event())
    now_s[0] += POLL_S
    looks.round(threading.Event())
    assert work.ran.count("one") == 3  # it went well in between, so it begins with a short rest

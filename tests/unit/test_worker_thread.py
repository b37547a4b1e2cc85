"""Local mode: the serving process works in a thread, begun after the fork and ended with the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import app
from app import compose
from settings import load
from tests.kit.app_process import AppProcess

HANG_GUARD_S = 30.0


def until(reached: Callable[[], bool]) -> None:
    """Wait for something that has to come."""
    end = time.monotonic() + HANG_GUARD_S
    while not reached():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@pytest.mark.slow
def test_one_of_two_apps_on_one_file_leads_and_hands_over(tmp_path: Path) -> None:
    """Worker: in local mode a thread; a lock item makes sure that only one of them works."""
    first = AppProcess(tmp_path / "data", WARM_AT="03:00")
    second = AppProcess(tmp_path / "data2", DATA_DIR=str(tmp_path / "data"), WARM_AT="03:00")
    with first:
        until(lambda: "worker_leads" in first.log)
        with second:
            time.sleep(1)
            assert "worker_leads" not in second.log
        first.stop()
        assert "worker_resigned" in first.log
        assert "Traceback" not in first.log + second.log
        with second:
            until(lambda: "worker_leads" in second.log)


@pytest.mark.slow
def test_off_means_off(tmp_path: Path) -> None:
    """WARM_AT=off: no thread, no lock item."""
    with AppProcess(tmp_path, WARM_AT="off") as one:
        time.sleep(1)
        assert "worker_" not in one.log


@pytest.mark.parametrize(("warm_at", "works"), [("09:00", True), ("off", False)])
def test_composing_prepares_the_thread_and_starts_nothing(
    tmp_path: Path, warm_at: str, *, works: bool
) -> None:
    """Threads do not survive a fork."""
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo", warm_at=warm_at))
    work = app.background(house.server)
    assert (work is not None) == works
    if work is not None:
        assert work._thread is None
        assert work.stop()
    house.store.close()


def test_outside_local_mode_the_worker_is_a_process_of_its_own(tmp_path: Path) -> None:
    """Procfile's ``worker:``."""
    settings = load(
        env_file=None,
        data_dir=tmp_path,
        providers="demo",
        environment="prod",
        store="sqlite",
        dynamodb_region="us-east-1",
        ohlc_cache_table="prod-ohlc",
        users_table="prod-users",
        sentiments_table="prod-sentiments",
    )
    house = compose(settings)
    assert app.background(house.server) is None
    house.store.close()


def test_what_is_no_flask_app_does_nothing_in_the_background() -> None:
    """Gunicorn puts a page of its own in the place of an app that could not be loaded."""
    assert app.background(None) is None

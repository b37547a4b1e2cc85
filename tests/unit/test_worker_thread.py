"""Local mode: the serving process works in a thread, begun after the fork and ended with the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import app
from app import compose
from settings import load
from tests.kit.app_process import ROOT, AppProcess
from track_record.data.make_demo_channel import VIDEOS

HANG_GUARD_S = 30.0


def until(reached: Callable[[], bool]) -> None:
    """Wait for something that has to come."""
    end = time.monotonic() + HANG_GUARD_S
    while not reached():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def channels(running: AppProcess) -> list[dict[str, Any]]:
    """Return what the API lists."""
    with urllib.request.urlopen(f"{running.url}/api/channels", timeout=30) as answer:  # noqa: S310 - our own
        found: list[dict[str, Any]] = json.loads(answer.read())["items"]
    return found


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
def test_off_means_that_nothing_is_warmed_and_channels_are_processed(tmp_path: Path) -> None:
    """WARM_AT=off; record-4: the demo's channel is processed while the app serves."""
    with AppProcess(tmp_path, WARM_AT="off") as one:
        environment = {"PATH": os.defpath, "DATA_DIR": str(tmp_path), "PROVIDERS": "demo"}
        subprocess.run([sys.executable, "app.py", "demo-channel"], cwd=ROOT, env=environment, check=True)
        until(lambda: any(c["processed_video_count"] for c in channels(one)))
        (channel,) = channels(one)
        assert channel["status"] in {"processing", "completed"}
        assert "warming" not in one.log
        one.stop()  # in the middle of it, if need be
        one.start()
        until(lambda: channels(one)[0]["status"] == "completed")
        (channel,) = channels(one)
        assert channel["processed_video_count"] == channel["video_count"] == VIDEOS
        assert "Traceback" not in one.log


@pytest.mark.parametrize("warm_at", ["09:00", "off"])
def test_composing_prepares_the_thread_and_starts_nothing(tmp_path: Path, warm_at: str) -> None:
    """Threads do not survive a fork."""
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo", warm_at=warm_at))
    work = app.background(house.server)
    assert work is not None
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

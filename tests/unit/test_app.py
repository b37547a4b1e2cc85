"""Composition and start: what a person sees when it works, and when it cannot."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app import compose
from settings import load
from tests.kit.app_process import ROOT, free_port

HANG_GUARD_S = 60


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run ``python app.py`` to its end."""
    environment = {"PATH": os.defpath, "PROVIDERS": "demo", **settings}
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_GUARD_S,
        check=False,
    )


def test_the_start_names_address_store_providers_and_tables(tmp_path: Path) -> None:
    """cache-19: one line, all five tables."""
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo", port=8123))
    assert house.line.startswith(
        "Chandlery at http://127.0.0.1:8123 · store sqlite · providers demo · tables "
    )
    for name in ("local-ohlc-cache", "local-users", "local-sentiments", "StockTrackRecord-Stocks"):
        assert name in house.line
    house.store.close()


def test_metrics_are_told_of_all_that_the_cache_counts(tmp_path: Path) -> None:
    """api-6, api-8: whoever asks for candles is counted, and the first request begins the history."""
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo"))
    client = house.server.test_client()
    for _ in range(2):
        assert client.get("/api/v2/tickers/AAPL/ohlc?range=1M&resolution=D").status_code == 200
    assert house.metrics.totals() == house.cache.statistics.snapshot()
    told = client.get("/metrics")
    assert told.content_type.startswith("text/plain")
    assert told.headers["X-Request-Id"]
    assert "chandlery_request_misses_total 1.0" in told.text
    assert "chandlery_request_memory_hits_total 1.0" in told.text
    assert "chandlery_memory_entries 1.0" in told.text
    assert "chandlery_breaker_state 0.0" in told.text
    assert any(thread.name == "metrics" for thread in threading.enumerate())
    house.store.close()


def test_costly_results_have_a_memory_tier_of_their_own(tmp_path: Path) -> None:
    """cache-8: Flask-Caching runs on our memory tier, within its own share, apart from the candles."""
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo", memory_budget_mb=8))
    with house.server.app_context():
        house.results.set("answer", [1, 2])
        assert house.results.get("answer") == [1, 2]
        assert house.results.set("too large", b"x" * (3 * 1024 * 1024)) is False
    assert type(house.results.cache).__name__ == "MemoryTierBackend"
    house.store.close()


def test_tables_are_created_and_named(tmp_path: Path) -> None:
    """cache-18: idempotent."""
    for _ in range(2):
        done = run("tables", DATA_DIR=str(tmp_path))
        assert done.returncode == 0
        assert "local-ohlc-cache" in done.stderr


def test_a_table_that_cannot_be_opened_costs_the_table_and_not_the_chart(tmp_path: Path) -> None:
    """E1, E15: prices come from the provider, and the answer says that the table failed."""
    (tmp_path / "chandlery.sqlite").write_bytes(b"this is not a database" * 500)
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo"))
    answer = house.server.test_client().get("/api/v2/tickers/AAPL/ohlc?range=1M")
    assert answer.status_code == 200
    assert answer.headers["X-Cache-Error"] == "true"
    assert answer.headers["X-Cache-Source"] == "demo"
    assert str(tmp_path) not in answer.text
    house.store.close()


def test_make_tables_says_what_is_wrong_with_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "chandlery.sqlite").write_bytes(b"this is not a database" * 500)
    done = run("tables", DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "not a database" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_ends_the_start_with_another_one_to_try(tmp_path: Path) -> None:
    """Bad input: one line, no traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(DATA_DIR=str(tmp_path), PORT=str(port))
    assert done.returncode == 2
    assert f"PORT: {port} is taken" in done.stderr
    assert "make run PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_not_this_machines_is_named(tmp_path: Path) -> None:
    done = run(DATA_DIR=str(tmp_path), HOST="192.0.2.1", PORT=str(free_port()))
    assert done.returncode == 2
    assert "HOST: cannot listen on 192.0.2.1" in done.stderr


@pytest.mark.parametrize("arguments", [("serve",), ("tables", "now"), ("--help",)])
def test_an_unknown_command_is_answered_with_the_known_ones(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run(*arguments, DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert "python app.py tables" in done.stderr


def test_a_token_is_printed_once_and_opens_the_api(tmp_path: Path) -> None:
    """api-1: bearer tokens where they are configured."""
    assert run("tables", DATA_DIR=str(tmp_path)).returncode == 0
    issued = run("token", "ada", "a script", DATA_DIR=str(tmp_path))
    assert issued.returncode == 0
    token = issued.stdout.strip()
    assert token not in issued.stderr
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo", api_auth="token"))
    client = house.server.test_client()
    path = "/api/v2/tickers/AAPL/ohlc?range=1W"
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.get("/metrics").status_code == 401
    told = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert (told.status_code, "chandlery_requests_total 1.0" in told.text) == (200, True)
    house.store.close()


def test_every_source_can_be_named_and_stands_in_its_order(tmp_path: Path) -> None:
    """api-7: the order is the person's."""
    (tmp_path / "prices").mkdir()
    settings = load(
        env_file=None,
        data_dir=tmp_path,
        providers="yahoo,files,finnhub,tiingo,demo",
        files_dir=tmp_path / "prices",
        tiingo_api_key="canary",
        finnhub_api_key="canary",
    )
    house = compose(settings)
    assert [p.name for p in house.providers] == ["yahoo", "files", "finnhub", "tiingo", "demo"]
    assert "canary" not in repr(house.providers)
    house.store.close()


def test_a_start_on_the_demo_loads_no_http_client() -> None:
    """It would take 0.14 s that nobody needs."""
    program = (
        "import sys; from settings import load; from sources import sources;"
        "sources(load(env_file=None, providers='demo')); print('httpx2' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_importing_the_module_composes_nothing() -> None:
    """Gunicorn asks for ``server``; an import alone reads no setting and opens no table."""
    program = "import sys, app; print(sorted(m for m in ('dash', 'pandas', 'settings') if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

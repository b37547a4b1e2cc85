"""``python app.py worker | warm | invalidate`` as a person runs them."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import commands
from cache.warming import Outcome, Step
from market.resolution import Resolution
from tests.kit.app_process import ROOT

HANG_GUARD_S = 60


def start(*arguments: str, **settings: str) -> subprocess.Popen[str]:
    """Start ``python app.py``."""
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.defpath, "PROVIDERS": "demo", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run ``python app.py`` to its end."""
    process = start(*arguments, **settings)
    out, err = process.communicate(timeout=HANG_GUARD_S)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_warm_fetches_and_says_each_step(tmp_path: Path) -> None:
    """cache-17: a line for each where there is no terminal; the second time all of it is held."""
    first = run("warm", "aapl,MSFT", DATA_DIR=str(tmp_path))
    assert first.returncode == 0
    lines = first.stdout.splitlines()
    assert lines[0] == "1/6 AAPL D: fetched"
    assert lines[-1] == "Warmed: 4 fetched, 2 held."
    again = run("warm", "AAPL", "MSFT", DATA_DIR=str(tmp_path))
    assert again.stdout.splitlines()[-1] == "Warmed: 6 held."


def test_warm_without_names_takes_those_of_the_settings(tmp_path: Path) -> None:
    """Tickers that the sources do not have are skipped and said, each once; that is no failure."""
    done = run("warm", DATA_DIR=str(tmp_path), WARM_TICKERS="AAPL,TSLA")
    assert done.returncode == 0
    assert done.stdout.count("No prices for TSLA") == 1
    assert done.stdout.splitlines()[-1] == "Warmed: 2 fetched, 1 held, 3 skipped."


def test_a_ticker_that_a_person_named_and_nobody_has_is_a_failure(tmp_path: Path) -> None:
    done = run("warm", "NOPE", "AAPL", DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "No prices for NOPE. Check the spelling" in done.stdout
    assert "2 fetched, 1 held" in done.stdout


@pytest.mark.parametrize("command", ["warm", "invalidate"])
@pytest.mark.parametrize("name", ["A$", "Ä", "x" * 21, "\x1b[31mA", ","])
def test_what_is_no_ticker_is_refused_before_anything_is_done(
    tmp_path: Path, command: str, name: str
) -> None:
    """Bad input: one line, exit code 2, nothing fetched, nothing forgotten, no control character."""
    done = run(command, "AAPL", name, DATA_DIR=str(tmp_path)) if name != "," else run(command, name)
    assert done.returncode == 2
    assert "for example AAPL" in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stdout == ""


def test_ctrl_c_ends_warming_between_two_steps(tmp_path: Path) -> None:
    """What was fetched is kept."""
    tickers = ["AAPL", "FB", "GOOG", "IBM", "MSFT"] + [f"X{number}" for number in range(4_000)]
    process = start("warm", *tickers, DATA_DIR=str(tmp_path))
    assert process.stdout is not None
    assert "fetched" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 130
    assert out.splitlines()[-1] == "Stopped; what was fetched is kept."
    assert "Traceback" not in err
    assert run("warm", "AAPL", DATA_DIR=str(tmp_path)).stdout.startswith("1/3 AAPL D: held")


def test_a_terminal_gets_a_bar_and_no_log_lines(tmp_path: Path) -> None:
    """cache-17: a progress bar."""
    shown, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "app.py", "warm", "AAPL", "NOPE"],
        cwd=ROOT,
        env={"PATH": os.defpath, "DATA_DIR": str(tmp_path), "PROVIDERS": "demo", "COLUMNS": "60"},
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    text = b""
    try:
        while part := os.read(shown, 4_096):
            text += part
    except OSError:  # the other end is gone
        pass
    finally:
        os.close(shown)
    said = text.decode()
    assert process.wait(HANG_GUARD_S) == 1
    assert "█" in said
    assert "6/6 NOPE 15: skipped" in said
    assert "NOPE D: skipped (No prices for NOPE." in said
    assert "ohlc_write_through_complete" not in said
    assert "warming_skipped" not in said


def test_a_bar_never_breaks_the_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    progress = commands.Progress(terminal=True)
    progress.show(Step(3, 3, "A" * 20, Resolution.DAY, Outcome.FETCHED))
    bar = capsys.readouterr().out.removeprefix("\r\x1b[K")
    assert len(bar) == 29


def test_invalidate_says_what_was_removed_and_only_of_that_ticker(tmp_path: Path) -> None:
    """cache-12: the next warming fetches the one anew and holds the other."""
    run("warm", "AAPL", "MSFT", DATA_DIR=str(tmp_path))
    done = run("invalidate", "aapl", DATA_DIR=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.startswith("Forgot AAPL: ")
    assert not done.stdout.startswith("Forgot AAPL: 0 ")
    again = run("warm", "AAPL", "MSFT", DATA_DIR=str(tmp_path)).stdout
    assert "AAPL D: fetched" in again
    assert "MSFT D: held" in again


def test_invalidate_all_forgets_everything(tmp_path: Path) -> None:
    run("warm", "AAPL", DATA_DIR=str(tmp_path))
    done = run("invalidate", "all", DATA_DIR=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.startswith("Forgot everything: ")
    assert "AAPL D: fetched" in run("warm", "AAPL", DATA_DIR=str(tmp_path)).stdout


def test_all_in_capitals_is_a_ticker(tmp_path: Path) -> None:
    """Allstate's: nobody loses everything over it."""
    run("warm", "AAPL", DATA_DIR=str(tmp_path))
    assert run("invalidate", "ALL", DATA_DIR=str(tmp_path)).stdout == "Forgot ALL: 0 items removed.\n"
    assert "AAPL D: held" in run("warm", "AAPL", DATA_DIR=str(tmp_path)).stdout


def test_what_cannot_be_forgotten_is_said(tmp_path: Path) -> None:
    (tmp_path / "chandlery.sqlite").write_bytes(b"this is not a database" * 500)
    done = run("invalidate", "AAPL", DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "Not all is forgotten: " in done.stderr
    assert "Traceback" not in done.stderr
    assert str(tmp_path) not in done.stdout


def test_invalidate_wants_to_know_what(tmp_path: Path) -> None:
    done = run("invalidate", DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    for command in ("tables", "token USER LABEL", "worker", "warm [TICKER", "invalidate TICKER"):
        assert f"python app.py {command}" in done.stderr


def test_the_worker_says_that_it_leads_and_ends_when_told(tmp_path: Path) -> None:
    """Exit code 0 after SIGTERM, and the lock is free again."""
    process = start("worker", DATA_DIR=str(tmp_path))
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "Chandlery worker · store sqlite · warming at 09:00\n"
    log = ""
    while "worker_leads" not in log:
        line = process.stderr.readline()
        assert line, log
        log += line
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 0
    assert "worker_resigned" in rest


def test_the_worker_waits_for_a_table_that_does_not_answer(tmp_path: Path) -> None:
    """Bad input: it says what is wrong, keeps trying, and still ends when told."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        process = start("worker", DATA_DIR=str(tmp_path), STORE="dynamodb", DYNAMODB_ENDPOINT=endpoint)
        assert process.stderr is not None
        log = ""
        while "worker_waits_for_table" not in log:
            line = process.stderr.readline()
            assert line, log
            log += line
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 0
    assert "Traceback" not in log + rest

"""What ``python app.py …`` can do beside serving: one function for each command.

Settings are validated before anything heavy is imported, so that a bad one ends every command at once. Exit
codes: 0 done, 1 not all of it, 2 it was asked for in the wrong way, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import logging
import shutil
import signal
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cache.warming import Step
    from settings import Settings

USAGE = """Say one of
  python app.py                       serve
  python app.py tables                create the tables
  python app.py token USER LABEL      issue an API token for USER (API_AUTH=token)
  python app.py worker                work in the background: warming at WARM_AT on session days, channels
  python app.py demo-channel          add the synthetic channel, or have it processed again
  python app.py warm [TICKER …]       fetch ahead what is looked at often: these, or WARM_TICKERS
  python app.py invalidate TICKER …   forget all that is held of these, for every process
  python app.py invalidate all        forget everything (ALL is a ticker)"""
FAILED, WRONG, STOPPED = 1, 2, 130
_BAR = 24


def main(arguments: list[str]) -> int:  # noqa: PLR0911 - one for each command
    """Do what the arguments say; return an exit code."""
    from app import compose, configure_log
    from settings import load_or_exit

    settings = load_or_exit()
    configure_log(settings)
    match arguments:
        case []:
            from serving import serve

            return serve(compose(settings))
        case ["tables"]:
            from tables import create_tables, open_store

            return 0 if create_tables(*open_store(settings)) else FAILED
        case ["token", user, label]:
            return _issue_token(settings, user, label)
        case ["worker"]:
            return _work(settings)
        case ["demo-channel"]:
            return _add_demo_channel(settings)
        case ["warm", *named]:
            return _warm(settings, named)
        case ["invalidate", *named] if named:
            return _invalidate(settings, named)
        case _:
            sys.stderr.write(f"{USAGE}\n")
            return WRONG


def _issue_token(settings: Settings, user: str, label: str) -> int:
    """Print a new API token once; the table keeps its hash only."""
    from accounts.identity import Identity
    from accounts.tokens import Tokens
    from store import TableError
    from tables import open_store

    store, schemas = open_store(settings)
    try:
        token = Tokens(store.table(schemas.users)).issue(Identity(user, user), label)
    except (TableError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    sys.stdout.write(f"{token}\n")
    return 0


def _work(settings: Settings) -> int:
    """Work until SIGTERM or Ctrl-C. A table that does not answer is waited for, and said."""
    from app import background_work, measured, open_cache

    stop = _stop_on(signal.SIGTERM, signal.SIGINT)
    store, schemas, providers, cache = open_cache(settings)
    work = background_work(settings, store, schemas, providers, cache)
    measured(settings, cache).start()
    sys.stdout.write(f"Chandlery worker · store {store.kind} · warming at {settings.warm_at}\n")
    sys.stdout.flush()
    work.run(stop)
    store.close()
    return 0


def _add_demo_channel(settings: Settings) -> int:
    """Have the synthetic channel processed by whoever works in the background."""
    from recording import open_records
    from store import TableError
    from tables import create_tables, open_store
    from track_record import demo_channel

    store, schemas = open_store(settings)
    if settings.environment == "local" and not create_tables(store, schemas):
        return FAILED
    try:
        channel = demo_channel.add_again(open_records(store, schemas))
    except TableError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    finally:
        store.close()
    sys.stdout.write(
        f"{channel.name}: {channel.status.value}. The running app or its worker takes it from there.\n"
    )
    return 0


def _warm(settings: Settings, named: Sequence[str]) -> int:
    """Fetch ahead, with a bar in a terminal and a line for each step elsewhere; Ctrl-C ends it in between."""
    tickers = _tickers(named) if named else settings.warm_tickers
    if not tickers:
        return WRONG
    from app import open_cache
    from cache.warming import Outcome, Warming

    stop = _stop_on(signal.SIGINT, signal.SIGTERM)
    progress = Progress(terminal=sys.stdout.isatty())
    store, _, providers, cache = open_cache(settings)
    for step in Warming(cache, providers).run(tickers, stop.wait):
        progress.show(step)
    progress.end()
    store.close()
    if stop.is_set():
        sys.stdout.write("Stopped; what was fetched is kept.\n")
        return STOPPED
    # A ticker that nobody has is a person's mistake when a person named it, not when the settings did.
    bad = (Outcome.FAILED, Outcome.LOST, *([Outcome.SKIPPED] if named else []))
    return FAILED if any(progress.counts[outcome] for outcome in bad) else 0


def _invalidate(settings: Settings, named: Sequence[str]) -> int:
    """Forget what is held of some tickers, or everything; say what was removed."""
    everything = list(named) == ["all"]
    tickers = ("all",) if everything else _tickers(named)
    if not tickers:
        return WRONG
    if not everything and "all" in " ".join(named).replace(",", " ").split():
        sys.stderr.write("Say `all` alone and in small letters to forget everything.\n")
        return WRONG
    from app import open_cache
    from store import TableError

    store, _, _, cache = open_cache(settings)
    try:
        for ticker in tickers:
            removed = cache.invalidate_all() if everything else cache.invalidate(ticker)
            what = "everything" if everything else ticker
            sys.stdout.write(f"Forgot {what}: {removed} item{'' if removed == 1 else 's'} removed.\n")
    except TableError as error:
        sys.stderr.write(f"Not all is forgotten: {error}\n")
        return FAILED
    finally:
        store.close()
    return 0


def _tickers(named: Sequence[str]) -> tuple[str, ...]:
    """Return the tickers that a person named; (), and a line for each that is wrong, where one is."""
    from market.ticker import InvalidTickerError, parse_ticker

    good: list[str] = []
    wrong = False
    for word in " ".join(named).replace(",", " ").split():
        try:
            good.append(parse_ticker(word))
        except InvalidTickerError as error:
            sys.stderr.write(f"{ascii(word)[1:-1]:.40} is no ticker. {error}\n")
            wrong = True
    if not good and not wrong:
        sys.stderr.write("Name at least one ticker, for example AAPL.\n")
    return () if wrong else tuple(dict.fromkeys(good))


def _stop_on(*signals: signal.Signals) -> threading.Event:
    """Return an event that is set by the first of these signals; a second one ends the process at once."""
    stop = threading.Event()

    def heard(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for one in signals:
        signal.signal(one, heard)
    return stop


class Progress:
    """Tells a person how warming goes: one bar that moves in a terminal, else a line for each step."""

    def __init__(self, *, terminal: bool) -> None:
        """Begin; a terminal's bar would be torn by log lines, so that only errors are logged there."""
        self.counts: Counter[str] = Counter()
        self._terminal = terminal
        self._said: set[str] = set()
        if terminal:
            root = logging.getLogger()
            root.setLevel(max(root.level, logging.ERROR))

    def show(self, step: Step) -> None:
        """Say how a step ended."""
        self.counts[step.outcome] += 1
        what = f"{step.ticker} {step.resolution.value}: {step.outcome.value}"
        why = "" if step.message in self._said else step.message
        self._said.add(why)
        if not self._terminal:
            self._say(f"{step.done}/{step.total} {what}{f' ({why})' if why else ''}\n")
            return
        if why:
            self._say(f"\r\x1b[K{what} ({why})\n")
        full = _BAR * step.done // step.total
        bar = f"{'█' * full}{'░' * (_BAR - full)} {step.done}/{step.total} {what}"
        self._say(f"\r\x1b[K{bar[: shutil.get_terminal_size().columns - 1]}")

    def end(self) -> None:
        """Say how it went altogether."""
        counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self.counts.items()))
        line_end = "\n" if self._terminal else ""
        self._say(f"{line_end}Warmed: {counts or 'nothing'}.\n")

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

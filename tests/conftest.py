"""What holds for every test: the person's own settings stay out, and examples are not hurried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from cache.candle_cache import CandleCache
from cache.invalidations import Invalidations
from settings import Settings
from store import schemas
from tests.kit import house, invariants, pictures
from tests.kit.environment import in_ci, variables
from tests.kit.summary import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

# It has an environment and a run of its own (tools/run_tests.py).
collect_ignore = ["webkitgtk"]

# Two shared cores make an example's time a matter of luck; a seed that failed is printed to be tried again.
# How fast examples are made is as much luck as how fast they run.
# CI judges a commit by examples that stay the same, not by its turn's; at a desk each run searches anew.
hypothesis_settings.register_profile(
    "chandlery",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=in_ci(),
)
hypothesis_settings.load_profile("chandlery")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take whether pictures are made anew."""
    pictures.add_option(parser)


@pytest.fixture(autouse=True)
def environment_is_left_as_found() -> Iterator[None]:
    """What a test sets for itself is gone after it: a folder of metrics once made all later apps one.

    The first by its name, and so the first that is set up: ``monkeypatch`` undoes what it did before the end.
    """
    before = variables()
    yield
    after = variables()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert not changed, f"left in the environment: {', '.join(changed)}"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every setting out of the environment, so that a test sees defaults and never a person's keys."""
    for name in Settings.model_fields:
        # The folder of DynamoDB Local is how a person asks for more tests (tests.kit.environment).
        if name != "ddb_local_dir":
            monkeypatch.delenv(name.upper(), raising=False)
            monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_watcher_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End what apps that a test composed look for: their tables go, and the log is the next test's."""
    watching: WeakSet[Invalidations] = WeakSet()
    watch = Invalidations.watch

    def noted(marks: Invalidations, every_s: float) -> None:
        watching.add(marks)
        watch(marks, every_s)

    monkeypatch.setattr(Invalidations, "watch", noted)
    yield
    for marks in watching:
        marks.close()


def pytest_configure(config: pytest.Config) -> None:
    """Name what a test may say about itself."""
    names = ", ".join(invariants.CHECKS)
    config.addinivalue_line("markers", f"leaves(*what): ends with something left on purpose: {names}")


@pytest.fixture(autouse=True)
def nothing_is_left_behind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the houses of a test, and find nothing in flight, locked or open in any of them."""
    compose, caches = house.candle_cache, list[CandleCache]()

    def kept(*arguments: Any, **named: Any) -> CandleCache:
        caches.append(compose(*arguments, **named))
        return caches[-1]

    monkeypatch.setattr(house, "candle_cache", kept)
    before = invariants.Footprint.now()
    yield
    leaves = {what for marker in request.node.iter_markers("leaves") for what in marker.args}
    tables = [store.table(schemas(house.NAMES).ohlc) for store in house._open]
    wrong = invariants.of_caches(caches, leaves) + invariants.of_tables(tables, caches, leaves)
    house.close_all()
    if caches:
        wrong += invariants.of_process(before, leaves)
    assert not wrong, "; ".join(wrong)

"""What holds for every test: the person's own settings stay out, and examples are not hurried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings as hypothesis_settings

from settings import Settings
from tests.kit import house, pictures
from tests.kit.summary import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

# It has an environment and a run of its own (tools/run_tests.py).
collect_ignore = ["webkitgtk"]

# Two shared cores make an example's time a matter of luck; a seed that failed is printed to be tried again.
hypothesis_settings.register_profile("chandlery", deadline=None, print_blob=True)
hypothesis_settings.load_profile("chandlery")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take whether pictures are made anew."""
    pictures.add_option(parser)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every setting out of the environment, so that a test sees defaults and never a person's keys."""
    for name in Settings.model_fields:
        # The folder of DynamoDB Local is how a person asks for more tests (tests.kit.environment).
        if name != "ddb_local_dir":
            monkeypatch.delenv(name.upper(), raising=False)
            monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_house_left_open() -> Iterator[None]:
    """Close the tables that a test opened."""
    yield
    house.close_all()

"""What the section of a score answers to what a browser, or anybody else, may send (ahead-5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dash.exceptions import PreventUpdate

from adapters.errors import UnavailableError
from pages.score import filled
from store import TableUnavailableError
from tests.kit.judged import Court, court, walks
from track_record.entities import Action, Channel

SAID = ("2023-01-10 22:00", "AAPL", Action.BUY)
HOSTILE = "<script>alert(1)</script>"


def usual(folder: Path, **options: Any) -> tuple[Court, Channel]:
    held = court(folder, walks("2024-06-28 22:00", "SPY", "AAPL", **options))
    return held, held.says(SAID)


def text_of(shown: Any) -> str:
    return str([part.to_plotly_json() for part in shown])


def test_a_channel_is_shown_with_its_score(tmp_path: Path) -> None:
    held, channel = usual(tmp_path)
    shown, is_done = filled(held.service, {"id": channel.id}, "next-close", 0)
    assert is_done is True
    assert "Entered at the close of the first session" in text_of(shown)
    assert "Too few to say: 1 of 20 matured" in text_of(shown)


@pytest.mark.parametrize("state", [None, [], {}, {"id": 7}, {"id": "x"}, {"id": HOSTILE}, "text"])
def test_a_strange_state_changes_nothing(tmp_path: Path, state: object) -> None:
    held, _ = usual(tmp_path)
    with pytest.raises(PreventUpdate):
        filled(held.service, state, "next-open", 0)


def test_while_prices_are_late_it_is_asked_again_until_it_was_often_enough(tmp_path: Path) -> None:
    down = UnavailableError("Scripted does not answer.", provider="scripted")
    held, channel = usual(tmp_path, failing={"AAPL": down})
    shown, is_done = filled(held.service, {"id": channel.id}, "next-open", None)
    assert (is_done, "are still being fetched" in text_of(shown)) == (False, True)
    shown, is_done = filled(held.service, {"id": channel.id}, "next-open", 15)
    assert "could not be fetched. Scripted does not answer. Reload the page" in text_of(shown)


def test_a_table_that_fails_is_said_and_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the table said goes to the log alone."""
    held, channel = usual(tmp_path)
    service = held.service

    def fail(*_: object, **__: object) -> None:
        raise TableUnavailableError("/secret/path is gone")

    monkeypatch.setattr(held.judge, "channel", fail)
    shown, is_done = filled(service, {"id": channel.id}, "next-open", 0)
    assert is_done is False
    assert "cannot be reached at the moment" in text_of(shown if isinstance(shown, list) else [shown])
    assert "secret" not in text_of(shown if isinstance(shown, list) else [shown])


def test_a_stock_without_prices_is_named_as_text(tmp_path: Path) -> None:
    held, _ = usual(tmp_path)
    channel = held.says(("2023-01-10 22:00", "ZZZQ", Action.BUY), name="@b")
    shown, is_done = filled(held.service, {"id": channel.id}, "next-open", 0)
    assert is_done is True
    assert "ZZZQ: No prices for ZZZQ." in text_of(shown)

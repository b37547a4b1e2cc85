"""From settings to what processes channels: extractor, transcripts, the demo channel (record-4, record-5)."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

import recording
from adapters import extras
from adapters.demo import DemoProvider
from adapters.transcripts import FetcherMissingError, VideoGoneError
from settings import Settings, load
from store import Schemas, Store
from tables import create_tables, open_store
from tests.kit.house import close_all, house
from track_record import demo_channel
from track_record.entities import NewChannel


def made(folder: Path, **changes: Any) -> tuple[Settings, Store, Schemas]:
    settings = load(env_file=None, data_dir=folder, **({"providers": "demo"} | changes))
    store, schemas = open_store(settings)
    create_tables(store, schemas)
    return settings, store, schemas


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({}, "rules"),
        ({"openai_api_key": "0123456789abcdef"}, "openai"),
        ({"openai_api_key": "0123456789abcdef", "gemini_api_key": "0123456789abcdef"}, "gemini"),
    ],
)
def test_the_first_model_that_has_a_key_reads_and_else_rules(
    tmp_path: Path, keys: dict[str, str], name: str
) -> None:
    settings, store, _ = made(tmp_path, **keys)
    assert recording._reader(settings)().identity.name == name
    store.close()


def test_a_key_without_its_package_is_warned_of_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "0123456789abcdef"
    settings, store, schemas = made(tmp_path, openai_api_key=key, youtube_transcripts="on")
    assert recording.missing_packages(settings) == []
    monkeypatch.setattr(extras, "version", gone)
    with capture_logs() as logs:
        recording.track_record(settings, store, schemas, house(tmp_path, [DemoProvider()]).cache)
    assert [line["warning"] for line in logs if line["event"] == "package_missing"] == [
        (
            "OPENAI_API_KEY is set, and the package openai is not installed. "
            'Install it: pip install "openai>=3.52,<4"'
        ),
        (
            "YOUTUBE_TRANSCRIPTS is set, and the package youtube-transcript-api is not installed. "
            'Install it: pip install "youtube-transcript-api>=1.2.5,<2"'
        ),
    ]
    assert recording.missing_packages(made(tmp_path)[0]) == []
    store.close()
    close_all()


def gone(package: str) -> str:
    raise PackageNotFoundError(package)


@pytest.mark.parametrize(("said", "answer"), [("off", FetcherMissingError), ("On", VideoGoneError)])
def test_transcripts_are_fetched_only_where_somebody_says_so(
    tmp_path: Path, said: str, answer: type[Exception]
) -> None:
    """The fetcher refuses what is no id of a video, before it asks anybody."""
    settings, store, schemas = made(tmp_path, youtube_transcripts=said)
    channels = recording.open_records(store, schemas)
    feed_of = recording._feeds(settings, house(tmp_path, [DemoProvider()]).cache)
    assert isinstance(feed_of(demo_channel.add(channels)), demo_channel.DemoFeed)
    talks = channels.channels.add(NewChannel("@talks", "talks", "https://www.youtube.com/@talks"))
    with pytest.raises(answer):
        feed_of(talks).transcript("no id")
    store.close()


@pytest.mark.parametrize(("providers", "count"), [("demo", 1), ("yahoo,demo", 0)])
def test_the_demo_welcomes_with_its_channel_and_nothing_else_does(
    tmp_path: Path, providers: str, count: int
) -> None:
    settings, store, schemas = made(tmp_path, providers=providers)
    service = recording.track_record(settings, store, schemas, house(tmp_path, [DemoProvider()]).cache)
    assert service.page(1, 20).total == 0
    service.welcome()
    service.welcome()
    assert service.page(1, 20).total == count
    store.close()
    close_all()

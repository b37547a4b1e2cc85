"""A language model that answers anything: what becomes of videos, log and channel (record-4, record-5).

Real processing on a real table; the model's own package asks a stand-in of its service over HTTP.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from adapters.extractors import Gemini, LlmExtractor, OpenAi, gemini
from store import Table
from tests.kit.llm_server import LlmServer, Reply, gemini_says, llm_server, openai_says
from tests.kit.provider_server import ProviderServer
from tests.kit.track_work import APPLE, Waits, Works, works
from track_record.entities import Channel, ChannelStatus
from track_record.steps import BACKOFF_S, REST_S

VIDEOS = 3
SERVICES = [
    pytest.param(("gemini", Gemini, gemini_says, ""), id="gemini"),
    pytest.param(("openai", OpenAi, openai_says, "/v1"), id="openai"),
]


def entry(**changes: object) -> dict[str, object]:
    sound: dict[str, object] = {
        "ticker": "AAPL", "company_as_said": "Apple", "asset_type": "stock", "action": "buy", "stance": 0.8,
        "conviction": "high", "horizon": "", "target_price": None, "stop_price": None, "currency": "",
        "is_hypothetical": False, "is_past": False, "is_quoted": False, "sponsor_disclosure": False,
        "quote": "I bought Apple this morning", "at_s": None, "confidence": 0.9,
    }  # fmt: skip
    return sound | changes


def answer(*entries: dict[str, object]) -> str:
    return json.dumps({"mentions": list(entries)})


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Any:
    return request.param


class Run:
    """One run over three videos that all say the same."""

    def __init__(
        self,
        service: Any,
        track_tables: tuple[Table, Table],
        youtube: ProviderServer,
        replies: Sequence[Reply],
    ) -> None:
        _, kind, _, path = service
        with llm_server(replies) as self.service:
            model = kind(lambda: "canary-key", base_url=self.service.url + path)
            self.works: Works = works(*track_tables, youtube, extractor=LlmExtractor(model))
            self.works.spoken.said = {f"video{n:06d}": APPLE for n in range(VIDEOS)}
            self.channel: Channel = self.works.add()
            self.waits = Waits()
            self.pause = self.works.processing.run(self.channel.id, self.waits)
        self.lines = self.works.lines(self.channel)
        self.status = self.works.now(self.channel).status

    @property
    def analysis(self) -> list[str]:
        """Statuses of the videos, the oldest first, which is the order of work."""
        found = self.works.records.videos.of_channel(self.channel.id)
        return [video.analysis_status.value for video in reversed(found)]

    @property
    def said(self) -> set[tuple[str, str, str]]:
        found = self.works.records.videos.mentions_of_channel(self.channel.id)
        return {(m.ticker, m.action.value, m.context_snippet or "") for m in found}


BAD = {
    "nonsense": "There are no stocks here, but have a nice day!",
    "another schema": json.dumps({"stocks": ["AAPL"]}),
    "an action that is none": answer(entry(action="yolo")),
    "half an answer": answer(entry())[:40],
    "nothing": "",
    "too much": answer(*[entry()] * 200),
}


@pytest.mark.parametrize("what", BAD)
def test_an_answer_that_cannot_be_used_fails_its_video_and_no_other(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer, what: str
) -> None:
    """Nothing of it is kept, and the log says why, without a word of the model's."""
    says = service[2]
    good = Reply(200, says(answer(entry())))
    run = Run(service, track_tables, youtube, [good, Reply(200, says(BAD[what])), good])
    assert run.analysis == ["completed", "failed", "completed"]
    assert run.status is ChannelStatus.COMPLETED
    assert run.works.now(run.channel).processed_video_count == VIDEOS
    (line,) = [line for line in run.lines if "could not be looked through" in line]
    assert line.startswith("“Talk 1” could not be looked through: ")
    assert line.endswith("Nothing of it was kept; try the video again.")
    assert "nice day" not in line
    assert {ticker for ticker, _, _ in run.said} == {"AAPL"}
    assert len(run.service.asked) == VIDEOS
    # Processed again by a person, the one that failed is read again, and it alone.
    run.works.records.channels.want(run.channel.id)
    with llm_server([good]) as model:
        _asking(service, track_tables, youtube, model).processing.run(run.channel.id, Waits())
        assert len(model.asked) == 1
    assert run.analysis == ["completed"] * VIDEOS
    assert run.works.now(run.channel).processed_video_count == VIDEOS


def test_invented_tickers_and_quotes_are_dropped_with_a_reason(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """record-5: each mention keeps a quote that is found again, of a US stock; the rest is in the log."""
    entries = answer(
        entry(quote="i BOUGHT apple, this morning"),
        entry(ticker="MSFT", company_as_said="Microsoft", quote="Microsoft will double by Friday"),
        entry(ticker="QQQQZ", company_as_said="Q Corp", quote="I bought Apple this morning"),
        entry(
            ticker="ZZZZQ", company_as_said="\u202e<b>Evil\u0000\nInc", quote="I bought Apple this morning"
        ),
        entry(ticker="SPY", company_as_said="SPY", quote="I bought Apple this morning"),
        entry(ticker="INTC", company_as_said="Intel", action="sell", quote="I also sold my Intel shares"),
    )
    run = Run(service, track_tables, youtube, [Reply(200, service[2](entries))] * VIDEOS)
    assert run.said == {
        ("AAPL", "buy", "I bought Apple this morning"), ("INTC", "sell", "I also sold my Intel shares"),
    }  # fmt: skip
    left_out = [line for line in run.lines if line.startswith("Left out: ")]
    assert "Left out: Microsoft (its quote is not in the transcript)." in left_out
    assert any("no known US stock" in line for line in left_out)
    assert any("(funds)" in line for line in left_out)
    assert any("<b>Evil Inc" in line for line in left_out)
    assert all(line.isprintable() for line in run.lines)


def test_a_refusal_of_the_model_fails_its_video(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    name, _, says, _ = service
    refusal = (
        Reply(200, {"promptFeedback": {"blockReason": "SAFETY"}})
        if name == "gemini"
        else Reply(200, says("I will not.", kind="refusal"))
    )
    run = Run(service, track_tables, youtube, [refusal] * VIDEOS)
    assert run.analysis == ["failed"] * VIDEOS
    assert sum("answered with a refusal" in line for line in run.lines) == VIDEOS
    assert run.said == set()


def too_often(name: str, seconds: int | None) -> Reply:
    if name == "openai":
        return Reply(429, {"error": {"message": "slow"}}, {"retry-after": str(seconds)} if seconds else {})
    details = [{"retryDelay": f"{seconds}s"}] if seconds else []
    return Reply(429, {"error": {"code": 429, "details": details}})


def test_too_often_for_a_moment_is_waited_for(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """record-4: as long as the service says."""
    name, _, says, _ = service
    good = Reply(200, says(answer(entry())))
    run = Run(service, track_tables, youtube, [too_often(name, 37), good, good, good])
    assert run.analysis == ["completed"] * VIDEOS
    assert sum(run.waits.taken_s) == pytest.approx(37)
    assert any(line.endswith("Trying again in 37 seconds.") for line in run.lines)


def test_too_often_without_a_time_is_tried_three_times_more_and_then_later(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """What was read before is kept; the rest waits, and goes on by itself."""
    name, _, says, _ = service
    good = Reply(200, says(answer(entry())))
    run = Run(service, track_tables, youtube, [good, *[too_often(name, None)] * 4])
    assert run.analysis == ["completed", "pending", "pending"]
    assert 0.75 * sum(BACKOFF_S) <= sum(run.waits.taken_s) <= 1.25 * sum(BACKOFF_S)
    assert run.pause is not None
    assert run.pause.wait_s == REST_S
    assert run.status is ChannelStatus.PROCESSING
    assert run.lines[-1].endswith("It goes on by itself in 15 minutes.")


def test_a_quota_used_up_in_the_middle_keeps_what_was_read(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    name, _, says, _ = service
    good = Reply(200, says(answer(entry())))
    run = Run(service, track_tables, youtube, [good, too_often(name, 7_200)])
    assert run.analysis == ["completed", "pending", "pending"]
    assert (run.pause and run.pause.wait_s, run.waits.taken_s) == (7_200, [])
    assert run.lines[-1].endswith("It goes on by itself in 2 h 0 min.")
    assert len(run.said) == 1
    # And goes on there: the first is not asked for again.
    with llm_server([good, good]) as model:
        again = _asking(service, track_tables, youtube, model)
        assert again.processing.run(run.channel.id, Waits()) is None
        assert len(model.asked) == 2
    assert again.now(run.channel).status is ChannelStatus.COMPLETED


def test_a_service_that_is_down_is_tried_three_times_more_and_left_alone_after_three_videos(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """One video may be at fault; three in a row are not, and a thousand need not fail one after the other."""
    run = Run(service, track_tables, youtube, [Reply(503, {"error": {"code": 503, "message": "down"}})] * 12)
    assert run.analysis == ["failed", "failed", "pending"]
    assert len(run.service.asked) == 4 * VIDEOS
    assert run.pause is not None
    assert run.lines[-1].endswith("It goes on by itself in 15 minutes.")
    assert sum("has a problem of its own" in line and "Trying again" in line for line in run.lines) == 9


@pytest.fixture
def silent_address() -> Iterator[str]:
    """Return the address of a service that takes calls and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_service_that_never_answers_is_not_waited_for_without_end(
    track_tables: tuple[Table, Table],
    youtube: ProviderServer,
    silent_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gemini, "TIMEOUT_S", 0.2)
    at_work = works(
        *track_tables, youtube, extractor=LlmExtractor(Gemini(lambda: "canary-key", base_url=silent_address))
    )
    at_work.spoken.said = {"video000000": APPLE}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    assert any("Gemini could not be reached" in line for line in at_work.lines(channel))
    (video,) = [v for v in at_work.records.videos.of_channel(channel.id) if v.title == "Talk 0"]
    assert video.analysis_status.value == "failed"


def test_no_key_is_in_any_line(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """The service's own words may have it."""
    refusal = Reply(401, {"error": {"code": 401, "message": "canary-key is wrong"}})
    run = Run(service, track_tables, youtube, [refusal])
    assert run.status is ChannelStatus.FAILED
    assert "refused the key" in run.lines[-1]
    assert not any("canary" in line for line in run.lines)
    assert len(run.service.asked) == 1


def _asking(
    service: Any, track_tables: tuple[Table, Table], youtube: ProviderServer, model: LlmServer
) -> Works:
    _, kind, _, path = service
    made: Callable[..., Any] = kind
    again = works(
        *track_tables, youtube, extractor=LlmExtractor(made(lambda: "canary-key", base_url=model.url + path))
    )
    again.spoken.said = {f"video{n:06d}": APPLE for n in range(VIDEOS)}
    return again

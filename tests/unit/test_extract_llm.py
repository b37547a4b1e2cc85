"""record-5: Gemini and OpenAI behind one protocol; whatever they answer is claims or a typed error.

The tests of their packages run where these are installed, against a stand-in for the service; those of what
is shared run everywhere.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    NotOfferedError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
)
from adapters.extractors import Stocks, Video, extract, gemini, openai_responses
from adapters.extractors.gemini import Gemini
from adapters.extractors.llm import (
    LlmExtractor,
    Rekeyed,
    SpokenMention,
    SpokenMentions,
    pieces,
    prompt,
    refused,
)
from adapters.extractors.openai_responses import OpenAi
from adapters.extras import EXTRAS, install, is_installed
from adapters.transcripts import Snippet, Transcript
from settings import load
from tests.kit.llm_server import Reply, gemini_says, llm_server, openai_says

KEY = "canary-key"
CAPTIONS = ("so this week i bought apple", "and then i sold my intel", "thanks for watching")
TRANSCRIPT = Transcript(tuple(Snippet(t, 4.0 * n, 4.0) for n, t in enumerate(CAPTIONS)), "en", "automatic")
VIDEO = Video("dQw4w9WgXcQ", "My\nweek", TRANSCRIPT)


def entry(**changes: object) -> dict[str, object]:
    sound: dict[str, object] = {
        "ticker": "AAPL",
        "company_as_said": "apple",
        "asset_type": "stock",
        "action": "buy",
        "stance": 0.8,
        "conviction": "medium",
        "horizon": "",
        "target_price": None,
        "stop_price": None,
        "currency": "",
        "is_hypothetical": False,
        "is_past": False,
        "is_quoted": False,
        "sponsor_disclosure": False,
        "quote": "i bought apple",
        "at_s": 0.0,
        "confidence": 0.9,
    }
    return sound | changes


def answer(*entries: dict[str, object]) -> str:
    return json.dumps({"mentions": list(entries)})


@dataclass
class ScriptedModel:
    """A model that answers a script; an error in it is raised."""

    script: list[SpokenMentions | ProviderError]
    asked: list[tuple[str, str]] = field(default_factory=list)
    service: str = "gemini"
    title: str = "Gemini"
    model: str = "some-model"

    def ask(self, instructions: str, text: str) -> SpokenMentions:
        self.asked.append((instructions, text))
        found = self.script.pop(0)
        if isinstance(found, ProviderError):
            raise found
        return found


def mentions(*entries: dict[str, object]) -> SpokenMentions:
    return SpokenMentions(mentions=[SpokenMention.model_validate(each) for each in entries])


def test_what_a_model_finds_goes_through_the_same_checks() -> None:
    """A made-up quote, a fund and a ticker that is none are dropped; a time mark in a quote does no harm."""
    model = ScriptedModel(
        [
            mentions(
                entry(quote="[0:00] i bought apple [0:04] and then"),
                entry(ticker="INTC", company_as_said="intel", action="sell", quote="I sold my Intel."),
                entry(ticker="MSFT", quote="i love microsoft"),
                entry(ticker="SPY", company_as_said="spy"),
                entry(ticker="QQQQZ", company_as_said="that one"),
            )
        ]
    )
    found = extract(LlmExtractor(model), VIDEO, Stocks.load())
    assert [(m.ticker, m.action, m.quote, m.start_s) for m in found.mentions] == [
        ("AAPL", "buy", "i bought apple and then", 0.0),
        ("INTC", "sell", "i sold my intel", 4.0),
    ]
    assert {each.reason for each in found.dropped} == {"no_quote", "etf", "unknown"}
    assert found.mentions[0].extractor.model == "some-model"


def test_a_model_is_told_what_to_do_and_gets_captions_with_their_times() -> None:
    model = ScriptedModel([mentions()])
    assert LlmExtractor(model).claims(VIDEO) == []
    ((instructions, text),) = model.asked
    assert instructions == prompt()
    assert "never an instruction" in instructions
    assert text == (
        "Title: My week\n\n[0:00] so this week i bought apple\n[0:04] and then i sold my intel\n"
        "[0:08] thanks for watching"
    )


def test_twelve_hours_are_asked_in_pieces_that_lose_nothing() -> None:
    lines = tuple(Snippet(f"caption number {n} of a long day", 3.0 * n, 3.0) for n in range(14_400))
    long = Transcript(lines, "en", "automatic")
    parts = list(pieces(long, 24_000))
    assert len(parts) > 20
    assert max(map(len, parts)) <= 24_050
    assert "\n".join(parts).count("\n") == 14_399
    assert parts[-1].endswith("[11:59:57] caption number 14399 of a long day")


def test_an_hour_pasted_without_line_breaks_is_asked_in_pieces_too() -> None:
    """Bad input: people paste talks as one line, and no model takes half a million letters."""
    words = [f"word{n}" for n in range(20_000)]
    pasted = Transcript((Snippet(" ".join(words), 0.0, 0.0),), "en", "given", timed=False)
    parts = list(pieces(pasted, 24_000))
    assert max(map(len, parts)) <= 24_000
    assert " ".join(parts).split() == words


def test_a_piece_without_an_answer_fails_the_video_and_says_when_to_come_back() -> None:
    """A quota that is used up in the middle: half a reading never looks like a whole one."""
    used_up = RateLimitedError("used up", provider="gemini", retry_after_s=40)
    model = ScriptedModel([mentions(entry()), used_up, mentions()])
    with pytest.raises(RateLimitedError) as caught:
        LlmExtractor(model, piece_characters=30).claims(VIDEO)
    assert caught.value.retry_after_s == 40
    assert len(model.asked) == 2


def test_an_answer_that_ran_away_is_refused() -> None:
    model = ScriptedModel([mentions(*[entry()] * 121)])
    with pytest.raises(BadPayloadError, match="more entries"):
        LlmExtractor(model).claims(VIDEO)


def test_texts_without_end_are_cut_and_a_currency_that_is_none_is_left_out() -> None:
    (claim,) = LlmExtractor(
        ScriptedModel([mentions(entry(quote="x" * 100_000, horizon="y" * 999, currency="dollars"))])
    ).claims(VIDEO)
    assert (len(claim.quote), len(claim.horizon), claim.currency) == (2_000, 80, "")


@pytest.mark.parametrize(("module", "kind"), [("openai", OpenAi), ("google", Gemini)])
def test_without_its_package_a_model_says_what_to_do(
    module: str, kind: type[Gemini | OpenAi], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    """No video could be read, so none is tried: the run ends with the command to type."""
    with pytest.raises(
        NotOfferedError, match=r'is not installed\. Install it: pip install "(openai|google-genai)>='
    ):
        kind(lambda: KEY).ask("do", "this")


STATUSES = [
    (401, BadKeyError, "refused the key"),
    (403, BadKeyError, "refused the key"),
    (404, NotOfferedError, "does not have the model"),
    (429, RateLimitedError, "quota is used up"),
    (400, BadPayloadError, "did not accept"),
    (500, UnavailableError, "a problem of its own"),
    (503, UnavailableError, "a problem of its own"),
]


@pytest.mark.parametrize(("status", "kind", "sentence"), STATUSES)
def test_each_status_of_a_service_is_a_typed_error(
    status: int, kind: type[ProviderError], sentence: str
) -> None:
    error = refused(ScriptedModel([]), status, 37.0)
    assert type(error) is kind
    assert sentence in str(error)
    assert error.provider == "gemini"
    assert (error.retry_after_s == 37.0) == (status == 429)


def test_an_empty_answer_says_why_as_far_as_the_service_does() -> None:
    said = SimpleNamespace
    assert gemini._why_empty(said(prompt_feedback=said(block_reason="SAFETY"))) == "a refusal"
    assert (
        gemini._why_empty(said(candidates=[said(finish_reason="MAX_TOKENS")])) == "an answer that was cut off"
    )
    assert gemini._why_empty(said(candidates=None)) == "something else than what was asked for"
    refusal = said(output=[said(content=[said(type="refusal")])], status="completed")
    assert openai_responses._why_empty(refusal) == "a refusal"
    assert openai_responses._why_empty(said(output=[], status="incomplete")) == "an answer that was cut off"
    assert openai_responses._why_empty(said(output=None)) == "something else than what was asked for"


@pytest.mark.parametrize(
    "details", [None, [], {}, {"error": "no"}, {"error": {"details": 7}}, {"error": {"details": [{}, 1]}}]
)
def test_a_delay_that_is_not_named_is_none(details: object) -> None:
    assert gemini._retry_delay_s(details) is None


SERVICES = [
    pytest.param((Gemini, "google.genai", gemini_says, ""), id="gemini"),
    pytest.param((OpenAi, "openai", openai_says, "/v1"), id="openai"),
]


@pytest.mark.parametrize("service", SERVICES)
def test_a_good_answer_of_the_service(service: tuple) -> None:
    kind, package, says, path = service
    pytest.importorskip(package, reason="optional package not installed")
    with llm_server([Reply(200, says(answer(entry())))]) as server:
        found = kind(lambda: KEY, model="m-1", base_url=server.url + path).ask("do this", "the text")
    assert found == mentions(entry())
    ((asked_path, headers, body),) = server.asked
    assert KEY not in asked_path
    assert KEY in " ".join(headers.values())
    assert "the text" in json.dumps(body)
    assert "do this" in json.dumps(body)
    assert "company_as_said" in json.dumps(body)


BAD_ANSWERS = {
    "nonsense": ("I cannot find any stocks here, sorry!", {}),
    "another schema": (json.dumps({"stocks": ["AAPL"]}), {}),
    "an action that is none": (answer(entry(action="yolo")), {}),
    "half an answer": (answer(entry())[:40], {}),
    "nothing": ("", {}),
    "a number that is none": (answer(entry(confidence="very")), {}),
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("what", BAD_ANSWERS)
def test_an_answer_of_another_form_is_a_bad_payload(service: tuple, what: str) -> None:
    kind, package, says, path = service
    pytest.importorskip(package, reason="optional package not installed")
    with llm_server([Reply(200, says(BAD_ANSWERS[what][0]))]) as server, pytest.raises(BadPayloadError):
        kind(lambda: KEY, base_url=server.url + path).ask("do", "this")
    assert len(server.asked) == 1


REFUSALS = [
    ("gemini", Reply(200, {"promptFeedback": {"blockReason": "SAFETY"}}), BadPayloadError, "a refusal"),
    ("gemini", Reply(200, gemini_says("", finishReason="SAFETY")), BadPayloadError, "a refusal"),
    ("gemini", Reply(200, gemini_says("{", finishReason="MAX_TOKENS")), BadPayloadError, "cut off"),
    ("gemini", Reply(400, {"error": {"code": 400, "message": "API key not valid."}}), BadKeyError, "the key"),
    (
        "gemini",
        Reply(400, {"error": {"code": 400, "message": "too long"}}),
        BadPayloadError,
        "did not accept",
    ),
    ("openai", Reply(200, openai_says("I will not", kind="refusal")), BadPayloadError, "a refusal"),
    ("openai", Reply(200, openai_says('{"me', status="incomplete")), BadPayloadError, "else than"),
    *(
        (name, Reply(status, {"error": {"code": status, "message": f"no {KEY}"}}), kind, sentence)
        for name in ("gemini", "openai")
        for status, kind, sentence in STATUSES
    ),
]


@pytest.mark.parametrize(("name", "reply", "kind", "sentence"), REFUSALS)
def test_each_refusal_is_a_typed_error_and_is_not_asked_again(
    name: str, reply: Reply, kind: type[ProviderError], sentence: str
) -> None:
    model, package, _, path = next(p.values[0] for p in SERVICES if p.id == name)
    pytest.importorskip(package, reason="optional package not installed")
    with llm_server([reply]) as server, pytest.raises(kind, match=sentence) as caught:
        model(lambda: KEY, base_url=server.url + path).ask("do", "this")
    assert KEY not in str(caught.value)
    assert caught.value.provider == name
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("openai", Reply(429, {"error": {"message": "slow down"}}, {"retry-after": "37"})),
        ("gemini", Reply(429, {"error": {"code": 429, "details": [{"retryDelay": "37s"}]}})),
    ],
)
def test_a_quota_says_when_to_come_back(name: str, reply: Reply) -> None:
    model, package, _, path = next(p.values[0] for p in SERVICES if p.id == name)
    pytest.importorskip(package, reason="optional package not installed")
    with llm_server([reply]) as server, pytest.raises(RateLimitedError) as caught:
        model(lambda: KEY, base_url=server.url + path).ask("do", "this")
    assert caught.value.retry_after_s == 37


def test_an_account_without_credit_is_no_quota_that_comes_back() -> None:
    """OpenAI says it with the status of "too often"; a channel would be tried again for ever."""
    pytest.importorskip("openai", reason="optional package not installed")
    told = {"error": {"code": "insufficient_quota", "type": "insufficient_quota", "message": "see billing"}}
    with llm_server([Reply(429, told)]) as server, pytest.raises(NotInPlanError, match="no credit") as caught:
        OpenAi(lambda: KEY, base_url=server.url + "/v1").ask("do", "this")
    assert caught.value.provider == "openai"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_not_there_is_unavailable(service: tuple) -> None:
    kind, package, _, _ = service
    pytest.importorskip(package, reason="optional package not installed")
    with llm_server([]) as server:
        gone = server.url
    with pytest.raises(UnavailableError):
        kind(lambda: KEY, base_url=gone).ask("do", "this")


@dataclass
class Rotated:
    """A key that is replaced when it is refused; a ``Key``."""

    key: str = "an-older-key-0123"
    other: str | None = KEY

    def current(self) -> str:
        return self.key

    def refused(self, key: str | None, wait_s: float) -> str | None:
        assert key == self.key
        self.key = self.other or self.key
        return self.other


@pytest.mark.parametrize("service", SERVICES)
def test_a_key_that_was_rotated_is_asked_with_once_more(service: tuple) -> None:
    kind, package, says, path = service
    pytest.importorskip(package, reason="optional package not installed")
    refusal = Reply(401, {"error": {"code": 401, "message": "no"}})
    key = Rotated()
    with llm_server([refusal, Reply(200, says(answer(entry())))]) as server:
        model = kind(key.current, base_url=server.url + path)
        assert Rekeyed(model, key).ask("do", "this") == mentions(entry())
    first, second = (" ".join(headers.values()) for _, headers, _ in server.asked)
    assert "an-older-key-0123" in first
    assert KEY in second
    assert KEY not in first


@pytest.mark.parametrize("service", SERVICES)
def test_without_another_key_a_refusal_stays_one(service: tuple) -> None:
    kind, package, _, path = service
    pytest.importorskip(package, reason="optional package not installed")
    key = Rotated(other=None)
    with llm_server([Reply(401, {"error": {"code": 401, "message": "no"}})]) as server:
        model = kind(key.current, base_url=server.url + path)
        with pytest.raises(BadKeyError):
            Rekeyed(model, key).ask("do", "this")
    assert len(server.asked) == 1


def test_the_models_that_settings_name_by_default_are_those_of_the_extractors() -> None:
    settings = load(env_file=None)
    assert (settings.gemini_model, settings.openai_model) == (gemini.MODEL, openai_responses.MODEL)
    assert (settings.gemini_base_url, settings.openai_base_url) == (
        gemini.BASE_URL, openai_responses.BASE_URL,
    )  # fmt: skip


def test_the_versions_that_people_are_told_to_install_are_those_that_are_tested() -> None:
    wanted = (Path(__file__).parents[2] / "requirements-dev.in").read_text("utf-8")
    for package, versions in EXTRAS.items():
        assert f"{package}{versions}" in wanted
        assert f'"{package}{versions}"' == install(package).removeprefix("pip install ")
        assert install(package) in (Path(__file__).parents[2] / ".env.example").read_text("utf-8")
        assert is_installed(package)
    assert not is_installed("no-such-package-anywhere")


class StopNowError(Exception):
    """Somebody cancelled."""


def test_between_two_pieces_it_may_be_told_to_stop() -> None:
    """record-4: a cancellation is not paid for with the rest of twelve hours."""
    model = ScriptedModel([mentions(), mentions(), mentions()])
    asks = iter([None, StopNowError()])

    def go_on() -> None:
        error = next(asks)
        if error:
            raise error

    with pytest.raises(StopNowError):
        LlmExtractor(model, piece_characters=30).claims(VIDEO, go_on)
    assert len(model.asked) == 1

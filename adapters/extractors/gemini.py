"""Gemini, by the optional package google-genai: answers that follow a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.extractors.llm import (
    TIMEOUT_S,
    SpokenMentions,
    missing_package,
    refused,
    unreachable,
    unusable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

BASE_URL = "https://generativelanguage.googleapis.com"
MODEL = "gemini-flash-latest"

_BAD_KEY_TEXT = "API key"


class Gemini:
    """One of Gemini's models. Thread-safe as its client is; the key is in headers only."""

    service = "gemini"
    title = "Gemini"

    def __init__(self, key: Callable[[], str], model: str = MODEL, base_url: str = BASE_URL) -> None:
        """Take the key as a function, so that a new one is used without a restart."""
        self.model = model
        self._key = key
        self._base_url = base_url

    def ask(self, instructions: str, text: str) -> SpokenMentions:
        """Return the model's answer.

        Raises:
            ProviderError: see ``Model.ask``.
        """
        client, errors = self._connect()
        try:
            response = client.models.generate_content(
                model=self.model,
                contents=text,
                config={
                    "system_instruction": instructions,
                    "response_mime_type": "application/json",
                    "response_schema": SpokenMentions,
                    "temperature": 0.0,
                },
            )
        except errors.APIError as error:
            raise self._refusal(error) from None
        except Exception:  # noqa: BLE001 - transport errors of httpx2 or requests, and answers that are no JSON
            raise unreachable(self) from None
        answer = response.parsed
        if not isinstance(answer, SpokenMentions):
            raise unusable(self, _why_empty(response))
        return answer

    def _refusal(self, error: Any) -> Exception:  # noqa: ANN401 - the package may not be there for its types
        status = int(error.code or 500)
        # A wrong key is a 400 there, told apart from a bad question by its text only.
        if status == 400 and _BAD_KEY_TEXT in str(error.message):  # noqa: PLR2004 - as HTTP has it
            status = 401
        return refused(self, status, _retry_delay_s(error.details))

    def _connect(self) -> tuple[Any, Any]:
        try:
            from google import genai
            from google.genai import errors
        except ImportError:
            raise missing_package(self, "google-genai") from None
        return self._client(genai), errors

    def _client(self, genai: Any) -> Any:  # noqa: ANN401 - the package may not be there for its types
        return genai.Client(
            api_key=self._key(),
            vertexai=False,
            http_options={
                "base_url": self._base_url,
                "api_version": "v1beta",
                "timeout": int(TIMEOUT_S * 1_000),
                "client_args": {"trust_env": False},
                "retry_options": {"attempts": 1},
            },
        )


def _why_empty(response: Any) -> str:  # noqa: ANN401 - the package may not be there for its types
    """Return why an answer has no parsed content, in words that follow "answered with"."""
    feedback = getattr(response, "prompt_feedback", None)
    if feedback is not None and getattr(feedback, "block_reason", None):
        return "a refusal"
    candidates = getattr(response, "candidates", None) or []
    reason = str(getattr(candidates[0], "finish_reason", "")) if candidates else ""
    if "MAX_TOKENS" in reason:
        return "an answer that was cut off"
    if any(word in reason for word in ("SAFETY", "BLOCK", "PROHIBITED", "RECITATION")):
        return "a refusal"
    return "something else than what was asked for"


def _retry_delay_s(details: Any) -> float | None:  # noqa: ANN401 - whatever JSON the service sent
    """Return the delay that Google's RetryInfo names ("37s"), None where it names none."""
    error = details.get("error", details) if isinstance(details, dict) else {}
    entries = error.get("details") if isinstance(error, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        delay = entry.get("retryDelay") if isinstance(entry, dict) else None
        if isinstance(delay, str) and delay.endswith("s") and delay[:-1].replace(".", "", 1).isdigit():
            return float(delay[:-1])
    return None

"""OpenAI's Responses API, by the optional package openai: answers that follow a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.errors import NotInPlanError
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

BASE_URL = "https://api.openai.com/v1"
MODEL = "gpt-5-mini"
_NO_CREDIT = "insufficient_quota"
"""A 429 like "too often", and waiting changes nothing about it."""
_PAY = "OpenAI has no credit left for this key. Add credit at OpenAI, or use another extractor."


class OpenAi:
    """One of OpenAI's models. Thread-safe as its client is; the key is in headers only."""

    service = "openai"
    title = "OpenAI"

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
        openai = self._package()
        client = self._client(openai)
        try:
            with client:
                response = client.responses.parse(
                    model=self.model,
                    instructions=instructions,
                    input=text,
                    text_format=SpokenMentions,
                    store=False,
                )
        except openai.APIStatusError as error:
            if error.code == _NO_CREDIT:
                raise NotInPlanError(_PAY, provider=self.service) from None
            raise refused(self, error.status_code, _retry_after_s(error.response)) from None
        except openai.APIConnectionError:
            raise unreachable(self) from None
        except (openai.OpenAIError, ValueError):
            # A ValidationError of pydantic is a ValueError: the answer was of another form.
            raise unusable(self, "something else than what was asked for") from None
        answer = response.output_parsed
        if not isinstance(answer, SpokenMentions):
            raise unusable(self, _why_empty(response))
        return answer

    def _package(self) -> Any:  # noqa: ANN401 - the package may not be there for its types
        try:
            import openai
        except ImportError:
            raise missing_package(self, "openai") from None
        return openai

    def _client(self, openai: Any) -> Any:  # noqa: ANN401 - the package may not be there for its types
        return openai.OpenAI(
            api_key=self._key(),
            base_url=self._base_url,
            timeout=TIMEOUT_S,
            max_retries=0,
            http_client=openai.DefaultHttpxClient(trust_env=False),
        )


def _why_empty(response: Any) -> str:  # noqa: ANN401 - the package may not be there for its types
    """Return why an answer has no parsed content, in words that follow "answered with"."""
    if getattr(response, "status", "") == "incomplete":
        return "an answer that was cut off"
    contents = (
        content
        for item in getattr(response, "output", None) or []
        for content in getattr(item, "content", None) or []
    )
    if any(getattr(content, "type", "") == "refusal" for content in contents):
        return "a refusal"
    return "something else than what was asked for"


def _retry_after_s(response: Any) -> float | None:  # noqa: ANN401 - of the package
    """Return the seconds of a ``Retry-After`` header."""
    told = response.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else None

"""What all extractors that ask a language model share: the question, the form of the answer, the conversion.

A transcript is asked in pieces, so that one of twelve hours fits any model. Whatever a model answers gives
claims or a ``ProviderError``; a piece that fails fails the video, because half a reading would look like a
whole one. The claims are not believed here: ``settling`` checks them like everybody's.
"""

from __future__ import annotations

import re
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict

from adapters.errors import BadKeyError, BadPayloadError, NotOfferedError, RateLimitedError, UnavailableError
from adapters.extractors.claims import Action, AssetType, Claim, Conviction, ExtractorId, nothing_to_ask
from adapters.extractors.vocabulary import FOLDER
from adapters.extras import install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adapters.errors import ProviderError
    from adapters.extractors.claims import Video
    from adapters.keyed import Key
    from adapters.transcripts.transcript import Transcript

PROMPT_VERSION = "1"
PIECE_CHARACTERS = 24_000
"""About half an hour of speech."""
MOST_ENTRIES = 120
"""In one piece; nobody speaks of more stocks in half an hour, so more is an answer that ran away."""
TIMEOUT_S = 120.0
RENEWAL_S = 1.0
"""The most that a question waits for another key."""

_LONGEST_TEXT = 2_000
_MARK = re.compile(r"\[\d+:\d\d(?::\d\d)?\]")


class SpokenMention(BaseModel):
    """One entry of an answer; every field is required, because strict schemas know no optional ones."""

    model_config = ConfigDict(extra="forbid")

    ticker: str | None
    company_as_said: str
    asset_type: AssetType
    action: Action
    stance: float
    conviction: Conviction
    horizon: str
    target_price: float | None
    stop_price: float | None
    currency: str
    is_hypothetical: bool
    is_past: bool
    is_quoted: bool
    sponsor_disclosure: bool
    quote: str
    at_s: float | None
    confidence: float


class SpokenMentions(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")

    mentions: list[SpokenMention]


class Model(Protocol):
    """A language model behind a service."""

    @property
    def service(self) -> str:
        """The name of the service, as it stands in a mention ("gemini")."""
        ...

    @property
    def title(self) -> str:
        """Its name in sentences ("Gemini")."""
        ...

    @property
    def model(self) -> str:
        """The model's name at the service."""
        ...

    def ask(self, instructions: str, text: str) -> SpokenMentions:
        """Return the answer about a piece of a transcript.

        Raises:
            ProviderError: no answer, a refusal, or one that is not of this form.
        """
        ...


class Rekeyed:
    """A model whose key may be rotated: refused, it is asked once more where there is another key by now."""

    def __init__(self, model: Model, key: Key) -> None:
        """Ask ``model``, which takes its key from ``key``."""
        self._model = model
        self._key = key
        self.service, self.title, self.model = model.service, model.title, model.model

    def ask(self, instructions: str, text: str) -> SpokenMentions:
        """Return the model's answer.

        Raises:
            ProviderError: see ``Model.ask``.
        """
        used = self._key.current()
        try:
            return self._model.ask(instructions, text)
        except BadKeyError:
            if self._key.refused(used, RENEWAL_S) is None:
                raise
        return self._model.ask(instructions, text)


class LlmExtractor:
    """Finds claims by asking a language model."""

    def __init__(self, model: Model, *, piece_characters: int = PIECE_CHARACTERS) -> None:
        self._model = model
        self._piece_characters = piece_characters

    @property
    def identity(self) -> ExtractorId:
        """Service, model and the prompt's version."""
        return ExtractorId(self._model.service, self._model.model, PROMPT_VERSION)

    def claims(self, video: Video, go_on: Callable[[], object] = nothing_to_ask) -> list[Claim]:
        """Return what the model finds in all pieces; ``go_on`` is called between them.

        Raises:
            ProviderError: one piece got no good answer; a later try begins anew.
        """
        claims: list[Claim] = []
        for piece in pieces(video.transcript, self._piece_characters):
            go_on()
            answer = self._model.ask(prompt(), f"Title: {_one_line(video.title)}\n\n{piece}")
            if len(answer.mentions) > MOST_ENTRIES:
                raise unusable(self._model, "more entries than anybody could say")
            claims += [_claim(entry) for entry in answer.mentions]
        return claims


@cache
def prompt() -> str:
    """Return the instructions; a change of them is a new ``PROMPT_VERSION``."""
    return (FOLDER / "prompt.txt").read_text("utf-8")


def pieces(transcript: Transcript, characters: int) -> Iterator[str]:
    """Yield a transcript as texts of about so many characters, one caption a line, with its time."""
    lines: list[str] = []
    size = 0
    for line in _lines(transcript, characters):
        if lines and size + len(line) > characters:
            yield "\n".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    yield "\n".join(lines)


def _lines(transcript: Transcript, longest: int) -> Iterator[str]:
    """Yield captions as lines; what was pasted as one line is several."""
    for snippet in transcript.snippets:
        line = f"[{_clock(snippet.start_s)}] {snippet.text}" if transcript.timed else snippet.text
        yield from wrap(line, longest, break_on_hyphens=False) if len(line) > longest else (line,)


def unusable(model: Model, what: str) -> BadPayloadError:
    """Return the error for an answer that cannot be used: "Gemini answered with …"."""
    return BadPayloadError(
        f"{model.title} answered with {what}. Nothing of it was kept; try the video again.",
        provider=model.service,
    )


def refused(model: Model, status: int, retry_after_s: float | None = None) -> ProviderError:
    """Return the error for an HTTP status of a service."""
    title, name = model.title, model.service
    if status in {401, 403}:
        return BadKeyError(f"{title} refused the key. Check it, or use another extractor.", provider=name)
    if status == 404:  # noqa: PLR2004 - as HTTP has it
        return NotOfferedError(f"{title} does not have the model {model.model}.", provider=name)
    if status == 429:  # noqa: PLR2004 - as HTTP has it
        return RateLimitedError(
            f"{title}'s quota is used up for now. The video is tried again later.",
            provider=name,
            retry_after_s=retry_after_s,
        )
    if 400 <= status < 500:  # noqa: PLR2004 - as HTTP has it
        return BadPayloadError(f"{title} did not accept the question ({status}).", provider=name)
    return UnavailableError(f"{title} has a problem of its own ({status}). Try again later.", provider=name)


def unreachable(model: Model) -> UnavailableError:
    """Return the error for a service that did not answer in time or at all."""
    return UnavailableError(f"{model.title} could not be reached. Try again later.", provider=model.service)


def missing_package(model: Model, package: str) -> NotOfferedError:
    """Return the error for an optional package that is not installed."""
    return NotOfferedError(
        f"{model.title} cannot be asked: the package {package} is not installed. "
        f"Install it: {install(package)}",
        provider=model.service,
    )


def _claim(entry: SpokenMention) -> Claim:
    return Claim(
        **entry.model_dump(exclude={"quote", "horizon", "currency"}),
        quote=_one_line(_MARK.sub(" ", entry.quote))[:_LONGEST_TEXT],
        horizon=_one_line(entry.horizon)[:80],
        currency=entry.currency if re.fullmatch("[A-Z]{3}", entry.currency) else "",
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""Logging for the whole process: structlog and the standard library through one handler.

Events are constant names with key=value; what was bound in structlog's context variables, as the request id,
is on every line (O1). As JSON in production, readable in a terminal. Promises that none of the known secrets,
and nothing that looks like a key in a URL or header, leaves through the log (S1), and that no value can forge
a line: whatever breaks lines is escaped, and in a terminal what follows a traceback's first line is indented.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from structlog.typing import EventDict

MASK = "***"
SHORTEST_SECRET = 6
"""Shorter values are not masked: they would blot out ordinary words and hide nothing."""

PROBLEMS_KEPT = 50
LONGEST_MESSAGE = 500

_CREDENTIAL = re.compile(
    r"(?i)([?&]key=|\b(?:token|api[_-]?key|password|secret|client_secret|access_token)=|"
    r"\b(?:authorization|x-finnhub-token|x-api-key)['\"]?\s*[:=]\s*['\"]?(?:bearer |token |basic )?|"
    r"\bbearer )[^\s&'\",;}]+"
)


_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
"""What a terminal or a reader of lines may take for more than a sign of a text."""

_NOT_FOR_PEOPLE = frozenset(
    {"event", "level", "logger", "timestamp", "request_id", "exc_info", "exception", "stack", "frames"}
    | {"path"}  # of the machine
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A warning or an error of this process.

    Attributes:
        at_s: UTC seconds.
        level: "warning", "error" or "critical".
        event: its constant name, or the text of another library.
        message: its values as ``key=value``, without secrets, tracebacks and line breaks; may be "".
        request_id: of the request that met it, "" for none.
    """

    at_s: float
    level: str
    event: str
    message: str
    request_id: str


_known: tuple[str, ...] = ()
"""What is masked, the longest first; replaced as a whole, because other threads read it."""
_problems: deque[Problem] = deque(maxlen=PROBLEMS_KEPT)


def recent_problems() -> list[Problem]:
    """Return the last warnings and errors of this process, the newest first."""
    return sorted(_problems.copy(), key=lambda problem: problem.at_s, reverse=True)


def configure(
    level: str, *, as_json: bool, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send every log event of this process to one stream; calling it again replaces what was there.

    Args:
        level: DEBUG, INFO, WARNING, ERROR or CRITICAL.
        as_json: one JSON object per line, else aligned text.
        secrets: values that must never appear.
        stream: stderr unless told otherwise.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    global _known  # noqa: PLW0603 - one log for the process, one mask
    _known = _longest_first(secrets)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_MaskingFormatter(_renderers(as_json=as_json), shared))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.addHandler(_Problems())
    root.setLevel(level)
    # Clients that repeat every request and its headers at DEBUG drown our own events and risk a key.
    for noisy in ("apscheduler", "botocore", "boto3", "urllib3", "httpcore2", "httpx2", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.getLevelNamesMapping()[level], logging.WARNING))


def hide(secret: str) -> None:
    """Never let this value appear, either, from now on; those that are known stay hidden."""
    global _known  # noqa: PLW0603 - as above
    _known = _longest_first([*_known, secret])


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without these secrets and without anything that is plainly a credential."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _CREDENTIAL.sub(rf"\g<1>{MASK}", text)


class _MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks the finished line, so that no key, message or traceback gets around it."""

    def __init__(self, renderers: list[Any], shared: list[Any]) -> None:
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
            foreign_pre_chain=shared,
        )

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record), _known)


class _Problems(logging.Handler):
    """Remembers warnings and errors for ``recent_problems``."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            ours = record.msg if isinstance(record.msg, dict) else {}
            bound = structlog.contextvars.get_contextvars() | ours
            values = (f"{key}={value}" for key, value in ours.items() if key not in _NOT_FOR_PEOPLE)
            problem = Problem(
                record.created,
                record.levelname.lower(),
                self._clean(str(ours.get("event") or record.getMessage())),
                self._clean(" ".join(values)),
                str(bound.get("request_id") or ""),
            )
        except Exception:  # noqa: BLE001 - as every handler of the standard library does
            self.handleError(record)
        else:
            _problems.append(problem)

    @staticmethod
    def _clean(text: str) -> str:
        return _escaped(mask(text, _known))[:LONGEST_MESSAGE]


def _longest_first(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return what is to be masked, as it is and as JSON has it; one secret may begin with another."""
    known = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
    return tuple(sorted(known | {json.dumps(secret)[1:-1] for secret in known}, key=len, reverse=True))


def _escaped(text: str) -> str:
    return _BREAKS.sub(lambda found: repr(found[0])[1:-1], text)


def _on_one_line(_: object, __: str, event: EventDict) -> EventDict:
    """Escape what breaks lines, so that a value cannot look like an event of its own.

    A traceback keeps its lines, of which none but the first begins at the edge.
    """
    return {_escaped(str(key)): _one_line(key, value) for key, value in event.items()}


def _one_line(key: str, value: object) -> object:
    if key in ("exception", "stack"):
        return "\n    ".join(_escaped(line) for line in str(value).splitlines())
    text = value if isinstance(value, str) else repr(value)
    return _escaped(text) if _BREAKS.search(text) else value


def _renderers(*, as_json: bool) -> list[Any]:
    if as_json:  # which escapes by itself whatever breaks lines
        return [structlog.processors.JSONRenderer(sort_keys=False)]
    return [_on_one_line, structlog.dev.ConsoleRenderer(colors=False)]

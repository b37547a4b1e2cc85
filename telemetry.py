"""Logging for the whole process: structlog and the standard library through one handler.

Events are constant names with key=value; what was bound in structlog's context variables, as the request id,
is on every line (O1). As JSON in production, readable in a terminal. Promises that none of the known secrets,
and nothing that looks like a key in a URL or header, leaves through the log (S1).
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

MASK = "***"
SHORTEST_SECRET = 6
"""Shorter values are not masked: they would blot out ordinary words and hide nothing."""

_CREDENTIAL = re.compile(
    r"(?i)([?&]key=|\b(?:token|api[_-]?key|password|secret|client_secret|access_token)=|"
    r"\b(?:authorization|x-finnhub-token|x-api-key)['\"]?\s*[:=]\s*['\"]?(?:bearer |token |basic )?|"
    r"\bbearer )[^\s&'\",;}]+"
)


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
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_MaskingFormatter(_renderer(as_json=as_json), shared, secrets))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    # Clients that repeat every request and its headers at DEBUG drown our own events and risk a key.
    for noisy in ("botocore", "boto3", "urllib3", "httpcore", "httpx2", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.getLevelNamesMapping()[level], logging.WARNING))


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without these secrets and without anything that is plainly a credential."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _CREDENTIAL.sub(rf"\g<1>{MASK}", text)


class _MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks the finished line, so that no key, message or traceback gets around it."""

    def __init__(self, renderer: Any, shared: list[Any], secrets: Iterable[str]) -> None:  # noqa: ANN401 - a processor
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
        known = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        escaped = {json.dumps(secret)[1:-1] for secret in known}
        # The longest first: one secret may begin with another.
        self._secrets = sorted(known | escaped, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record), self._secrets)


def _renderer(*, as_json: bool) -> Any:  # noqa: ANN401 - structlog's renderers share no type
    if as_json:
        return structlog.processors.JSONRenderer(sort_keys=False)
    return structlog.dev.ConsoleRenderer(colors=False)

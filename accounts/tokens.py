"""API tokens: shown once, kept as a hash.

A token reads ``ch_<user id>_<64 hex digits>``; the digits are 32 random bytes. The users table holds one item
for each, ``USER#{id}`` / ``TOKEN#{sha256 of the bytes}``, so whoever reads the table can call nothing.

Promise: a token that was revoked is refused from the next request on; no token and no secret is ever logged
or put into an error.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from accounts.identity import Identity, IdentityUnavailableError
from store import Absent, TableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from store import Table

SECRET_BYTES = 32
MAX_LABEL = 100
_USER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@|-]{0,127}")
_TOKEN = re.compile(rf"ch_({_USER_ID.pattern})_([0-9a-f]{{{2 * SECRET_BYTES}}})")
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_PREFIX = "TOKEN#"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What is kept of a token: its hash (hex), what it is for, and when it was made (ISO, UTC)."""

    hash: str
    label: str
    created_at: str


class Tokens:
    """The tokens in one users table."""

    def __init__(
        self,
        table: Table,
        *,
        clock: Callable[[], float] = time.time,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Use ``table``; ``clock`` gives UTC seconds and ``random`` as many secret bytes as asked for."""
        self._table = table
        self._clock = clock
        self._random = random

    def issue(self, owner: Identity, label: str) -> str:
        """Make a token and return its text, which cannot be had again.

        Raises:
            ValueError: the owner's id cannot be part of a token, or the label is empty or too long.
            TableError: it could not be kept.
        """
        if not _USER_ID.fullmatch(owner.user_id):
            raise ValueError("a user id has at most 128 letters, digits and . _ @ | -")
        if not 0 < len(label) <= MAX_LABEL:
            raise ValueError(f"say in up to {MAX_LABEL} characters what the token is for")
        secret = self._random(SECRET_BYTES)
        item = {
            "PK": _partition(owner.user_id),
            "SK": _PREFIX + _hash(secret),
            "name": owner.name,
            "label": label,
            "created_at": datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if not self._table.put(item, when=Absent("PK")):
            raise ValueError("the source of randomness repeats itself")
        _log.info("api_token_issued", user_id=owner.user_id, label=repr(label))
        return f"ch_{owner.user_id}_{secret.hex()}"

    def issued(self, user_id: str) -> list[IssuedToken]:
        """Return what is kept of a person's tokens, the newest first.

        Raises:
            TableError: the table did not answer.
        """
        items = self._table.query(_partition(user_id), prefix=_PREFIX, consistent=True)
        found = [IssuedToken(i["SK"].removeprefix(_PREFIX), i["label"], i["created_at"]) for i in items]
        return sorted(found, key=lambda token: token.created_at, reverse=True)

    def revoke(self, user_id: str, token_hash: str) -> bool:
        """Forget a token for good; return False when the person has no such token.

        Raises:
            TableError: the table did not answer; the token may still work.
        """
        if all(token.hash != token_hash for token in self.issued(user_id)):
            return False
        self._table.delete((_partition(user_id), _PREFIX + token_hash))
        _log.info("api_token_revoked", user_id=user_id)
        return True

    def identify(self, header: str) -> Identity | None:
        """Return whose token an Authorization header carries, None when it carries none that is valid.

        Raises:
            IdentityUnavailableError: the table did not answer.
        """
        bearer = _BEARER.fullmatch(header.strip())
        token = _TOKEN.fullmatch(bearer[1]) if bearer else None
        if token is None:
            return None
        user_id, presented = token[1], _PREFIX + _hash(bytes.fromhex(token[2]))
        try:
            items = self._table.query(
                _partition(user_id), prefix=_PREFIX, attributes=("name",), consistent=True
            )
        except TableError as error:
            _log.error("api_token_lookup_failed", code=error.code, error=str(error))
            raise IdentityUnavailableError(
                "Tokens cannot be checked at the moment, try again in a few seconds."
            ) from error
        # All are compared, each in constant time: how long it takes says nothing about how near a guess was.
        matching = [item for item in items if hmac.compare_digest(item["SK"], presented)]
        return Identity(user_id, str(matching[0]["name"])) if matching else None


def _partition(user_id: str) -> str:
    return f"USER#{user_id}"


def _hash(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()

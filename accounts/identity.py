"""Who asks: the seam between a request and the person behind it.

Promise: in mode "off" everybody is the one local user and no table is read; in mode "token" nobody is anybody
without a valid token. Sign-in for the pages will be one more way to an ``Identity``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Request

    from accounts.tokens import Tokens

Mode = Literal["off", "token"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A person.

    Attributes:
        user_id: stable, part of every key of the person's items.
        name: as shown to the person.
    """

    user_id: str
    name: str


LOCAL_USER = Identity("local", "Local user")
"""The one person of an app without sign-in."""


class IdentityUnavailableError(Exception):
    """Who asks cannot be told at the moment; the message is a sentence for people."""


def identifier(mode: Mode, tokens: Tokens) -> Callable[[Request], Identity | None]:
    """Return what tells who sends a request, None for nobody.

    The function that is returned raises IdentityUnavailableError when tokens cannot be looked up.

    Args:
        mode: "off" lets everybody in as the local user; "token" wants ``Authorization: Bearer <token>``.
        tokens: where tokens are looked up in mode "token".

    Raises:
        ValueError: another mode, because a door must not stand open over a typing error.
    """
    if mode == "off":
        return lambda _: LOCAL_USER
    if mode == "token":
        return lambda request: tokens.identify(request.headers.get("Authorization", ""))
    raise ValueError(f"API_AUTH is off or token, not {mode!r}")

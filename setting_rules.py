"""What makes a setting's value usable: pure checks that return the value in its canonical form.

Each raises ValueError with a sentence that completes ``NAME: …`` and never repeats the value, which may be a
secret pasted into the wrong place (a short plain word, such as a provider's name, is the exception).
"""

from __future__ import annotations

import ipaddress
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from market.ticker import InvalidTickerError, parse_ticker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydantic import SecretStr

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,248}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}")
_SHORT_WORD = re.compile(r"[a-z0-9_-]{1,16}")


def lower(value: object) -> object:
    """Return a text in small letters, and anything else as it is."""
    return value.lower() if isinstance(value, str) else value


def host(value: str) -> str:
    """Return an IP address or a host name."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        labels = value.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        msg = "must be an IP address or a host name, without http:// and without a port"
        raise ValueError(msg)
    return value.lower()


def is_loopback(value: str) -> bool:
    """Return whether only this machine can reach a server that listens there."""
    try:
        return ipaddress.ip_address(value).is_loopback
    except ValueError:
        return value == "localhost"


def model_name(value: str) -> str:
    """Return the name of a language model as its service has it."""
    if not _MODEL_NAME.fullmatch(value):
        msg = "must be a model's name, without blanks"
        raise ValueError(msg)
    return value


def http_url(value: str) -> str:
    """Return an http(s) address without a slash at its end."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", value):
        msg = "must be an http:// or https:// address"
        raise ValueError(msg)
    if parts.username is not None or parts.query or parts.fragment:
        msg = "must be a plain address, without a user name, a password, ? or #"
        raise ValueError(msg)
    return value.rstrip("/")


def region(value: str) -> str:
    """Return an AWS region."""
    if not _REGION.fullmatch(value):
        msg = "must be an AWS region"
        raise ValueError(msg)
    return value


def table_name(value: str) -> str:
    """Return a name that DynamoDB takes, with room for the suffix of a second table."""
    if not _TABLE.fullmatch(value):
        msg = "must have 3 to 248 characters out of letters, digits, - _ and ."
        raise ValueError(msg)
    return value


def folder(value: Path) -> Path:
    """Return a folder that exists and can be read."""
    path = value.expanduser()
    try:
        usable = path.is_dir() and os.access(path, os.R_OK | os.X_OK)
    except OSError:
        usable = False
    if not usable:
        msg = "must be a folder that exists and can be read"
        raise ValueError(msg)
    return path


def dynamodb_local_folder(value: Path) -> Path:
    """Return a folder that holds DynamoDB Local."""
    path = folder(value)
    if not (path / "DynamoDBLocal.jar").is_file():
        msg = "must be a folder with DynamoDBLocal.jar in it"
        raise ValueError(msg)
    return path


def writable_folder(value: Path) -> Path:
    """Return a folder that can be written to, or made."""
    path = value.expanduser()
    try:
        nearest = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
        usable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    except OSError:
        usable = False
    if not usable:
        msg = "must be a folder that can be written to, or that can be made"
        raise ValueError(msg)
    return path


def whole_key(value: SecretStr) -> SecretStr:
    """Return a key that was copied alone."""
    if re.search(r"\s", value.get_secret_value().strip()):
        msg = "contains a space or a line break; copy the key alone"
        raise ValueError(msg)
    return value


def comma_list(value: object) -> tuple[str, ...]:
    """Return the lower-case entries of a comma list (or of a sequence)."""
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, list | tuple) or not all(isinstance(entry, str) for entry in entries):
        msg = "must be names with commas between them"
        raise ValueError(msg)
    return tuple(entry.strip().lower() for entry in entries if entry.strip())


def tickers(value: object) -> tuple[str, ...]:
    """Return the tickers of a comma list, each in its one spelling and once."""
    try:
        found = tuple(dict.fromkeys(parse_ticker(entry) for entry in comma_list(value)))
    except InvalidTickerError:
        found = ()
    if not found:
        msg = "must be tickers with commas between them"
        raise ValueError(msg)
    return found


def time_of_day_or_off(value: str) -> str:
    """Return a time of day as HH:MM, or off."""
    if value != "off" and not _TIME_OF_DAY.fullmatch(value):
        msg = "must be a time of day as HH:MM, or off"
        raise ValueError(msg)
    return value


def known_once(entries: Sequence[str], known: Sequence[str]) -> None:
    """Refuse an empty list, an unknown entry and one that is there twice."""
    names = ", ".join(known)
    if not entries:
        msg = f"must name at least one of {names}"
        raise ValueError(msg)
    for entry in entries:
        if entry not in known:
            shown = f'"{entry}"' if _SHORT_WORD.fullmatch(entry) else "an entry"
            msg = f"{shown} is no provider; there are {names}"
            raise ValueError(msg)
    if twice := [entry for entry in known if entries.count(entry) > 1]:
        msg = f"names {twice[0]} twice"
        raise ValueError(msg)

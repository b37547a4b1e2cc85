"""What a setting must be beside the others: the defaults and the checks that look at more than one.

Each takes a value and pydantic's view of what was validated before it, in the order of the settings; one that
was refused is not in there, its own line says what is wrong with it. Errors are as in ``setting_rules``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import setting_rules as rules

if TYPE_CHECKING:
    from pydantic import ValidationInfo

PROVIDER_NAMES = ("files", "tiingo", "finnhub", "yahoo", "demo")
PROVIDER_KEYS = {"tiingo": "tiingo_api_key", "finnhub": "finnhub_api_key"}
_TABLE_DEFAULTS = {
    "ohlc_cache_table": "local-ohlc-cache",
    "users_table": "local-users",
    "sentiments_table": "local-sentiments",
}
TABLES = tuple(_TABLE_DEFAULTS)
"""The settings that name a table of ours."""
_USUAL_S = {"provider_deadline_s": 4.0, "table_timeout_s": 0.3}
PARTS = tuple(_USUAL_S)
"""The settings that are a part of a request's time."""


def store_by_environment(value: object, info: ValidationInfo) -> object:
    """Return the store, by default SQLite in local and DynamoDB elsewhere."""
    return value or ("sqlite" if _is_local(info) else "dynamodb")


def required_outside_local(value: object, info: ValidationInfo) -> object:
    """Return what has a default in local and none elsewhere."""
    if value:
        return value
    if not _is_local(info):
        msg = f"is required when ENVIRONMENT is {info.data['environment']}"
        raise ValueError(msg)
    return _TABLE_DEFAULTS.get(str(info.field_name), "us-east-1")


def local_endpoint(value: object, info: ValidationInfo) -> object:
    """Return the endpoint, in local mode with DynamoDB by default that of DynamoDB Local."""
    # Without this a local run with STORE=dynamodb makes its tables in whatever AWS account is at hand.
    return value or (
        "http://localhost:8000" if _is_local(info) and info.data.get("store") == "dynamodb" else None
    )


def provider_order(value: object, info: ValidationInfo) -> object:
    """Return the sources in their order, by default the person's files and what has a key, else demo."""
    if value is None:
        found = [
            name for name, field in (("files", "files_dir"), *PROVIDER_KEYS.items()) if info.data.get(field)
        ]
        return tuple(found) or ("demo",)
    return rules.comma_list(value)


def part_of_the_request(value: object, info: ValidationInfo) -> object:
    """Return seconds, by default the usual ones as far as the request has so many."""
    usual_s = _USUAL_S[str(info.field_name)]
    return min(usual_s, info.data.get("request_deadline_s", usual_s)) if value is None else value


def auth_by_host(value: object, info: ValidationInfo) -> object:
    """Return whether tokens are wanted, by default where other machines can reach the app."""
    return value or ("off" if rules.is_loopback(info.data.get("host", "127.0.0.1")) else "token")


def own_table(value: str, info: ValidationInfo) -> str:
    """Refuse a table's name that another one has."""
    for other in TABLES:
        if info.data.get(other) == value:
            msg = f"is the name of {other.upper()} too; every table needs its own"
            raise ValueError(msg)
    return value


def usable_providers(value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Refuse sources that there are not, are named twice, or lack a folder or a key."""
    rules.known_once(value, PROVIDER_NAMES)
    if "files" in value and info.data.get("files_dir", True) is None:
        msg = "files needs a folder: set FILES_DIR or take files out"
        raise ValueError(msg)
    for name in value:
        field = PROVIDER_KEYS.get(name)
        if field and info.data.get(field, True) is None:
            msg = f"{name} needs a key: set {field.upper()} or take {name} out"
            raise ValueError(msg)
    return value


def within_the_request(value: float, info: ValidationInfo) -> float:
    """Refuse a part that is longer than the whole."""
    if value > info.data.get("request_deadline_s", value):
        msg = "must not be longer than REQUEST_DEADLINE_S"
        raise ValueError(msg)
    return value


def no_open_door(value: str, info: ValidationInfo) -> str:
    """Refuse to let other machines in without a token."""
    if value == "off" and not rules.is_loopback(info.data.get("host", "127.0.0.1")):
        msg = "must not be off when HOST can be reached from other machines"
        raise ValueError(msg)
    return value


def sign_in_whole(value: object, info: ValidationInfo) -> object:
    """Refuse a part of sign-in without the others."""
    if info.data.get("oidc_issuer", value) is None and value is not None:
        msg = "needs OIDC_ISSUER beside it"
        raise ValueError(msg)
    if info.data.get("oidc_issuer") is not None and value is None:
        msg = "is required when OIDC_ISSUER is set"
        raise ValueError(msg)
    return value


def _is_local(info: ValidationInfo) -> bool:
    return bool(info.data.get("environment", "local") == "local")

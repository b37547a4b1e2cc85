"""From settings to price providers, in the order in which they are asked; which others could be had.

Each builder imports its own adapter, so that a start on the demo prices does not pay for an HTTP client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setting_relations import PROVIDER_KEYS
from setting_rules import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.keyed import Key
    from adapters.prices import PriceProvider
    from cache.budgets import Counted
    from settings import Settings

    Keys = Callable[[str], Key | str | None]


def sources(
    settings: Settings, key_changed: Callable[[str], object] = lambda _: None
) -> tuple[PriceProvider, ...]:
    """Return the sources that the settings name; nothing is opened or asked yet.

    ``key_changed`` hears which source goes on with another key, because a secret was rotated.
    """
    keys = keys_of(settings, key_changed)
    return tuple(_BUILDERS[name](settings, keys) for name in settings.providers)


def absent(settings: Settings) -> dict[str, str]:
    """Return the sources that could be had and are not set up, each with a sentence that says what to do."""
    return {name: _how_to_have(name, settings) for name in _NEEDS if name not in settings.providers}


def counted(settings: Settings) -> tuple[Counted, ...]:
    """Return what has a budget and gives no prices."""
    if settings.youtube_api_key is None:
        return ()
    from adapters.youtube import YouTubeQuota

    return (YouTubeQuota(),)


def terms_warning(settings: Settings) -> str | None:
    """Return what a provider's terms forbid and these settings may do, a sentence for people; None: nothing.

    Tiingo's prices are for the owner of the key. Keys of people's own come with sign-in.
    """
    reached = _reached_by_others(settings)
    if "tiingo" not in settings.providers or reached is None:
        return None
    return (
        f"Tiingo forbids redistribution, and others may see its prices here ({reached}). Keep the app to "
        "yourself, get a licence from Tiingo, or take tiingo out of PROVIDERS."
    )


def _reached_by_others(settings: Settings) -> str | None:
    """Return why others than the owner of the keys can look at the app, None where nothing speaks for it."""
    if not is_loopback(settings.host):
        return f"HOST is {settings.host}"
    if settings.environment != "local":
        return f"ENVIRONMENT is {settings.environment}"
    return "sign-in is set up" if settings.oidc_issuer else None


def _how_to_have(name: str, settings: Settings) -> str:
    needs, field = _NEEDS[name]
    others = [other for other in settings.providers if other != "demo"]
    to_name = f"name {name} in PROVIDERS, for example PROVIDERS={','.join([*others, name])}."
    if field is None:
        return f"{needs}: {to_name}"
    if getattr(settings, field) is None:
        return f"{needs}: set {field.upper()} and {to_name}"
    return f"{field.upper()} is set: {to_name}"


def keys_of(settings: Settings, key_changed: Callable[[str], object]) -> Keys:
    """Return what gives a source its key."""
    source_of = {name: source for source, name in PROVIDER_KEYS.items()}
    key_of = keys(settings, tuple(source_of), lambda name: key_changed(source_of[name]))
    return lambda source: key_of(PROVIDER_KEYS[source])


def keys(settings: Settings, fields: tuple[str, ...], changed: Callable[[str], object]) -> Keys:
    """Return what gives a setting's key: one that stays, or one of the secret that gave it.

    ``changed`` hears which setting has another key.
    """
    given = {name: getattr(settings, name) for name in fields}
    clear = {name: key.get_secret_value() for name, key in given.items() if key is not None}
    if settings.secret is None or not settings.secret.gave & clear.keys():
        return clear.get

    from secret_keys import SecretKeys

    rotated = {name: key for name, key in clear.items() if name in settings.secret.gave}
    secret = SecretKeys(rotated, settings.secret.read, changed)
    return lambda name: secret.key(name) if name in rotated else clear.get(name)


def _demo(settings: Settings, keys: Keys) -> PriceProvider:
    from adapters.demo import DemoProvider

    del settings, keys
    return DemoProvider()


def _files(settings: Settings, keys: Keys) -> PriceProvider:
    from adapters.files import FilesProvider

    del keys
    if settings.files_dir is None:  # the settings see to it
        msg = "files needs a folder: set FILES_DIR"
        raise ValueError(msg)
    return FilesProvider(settings.files_dir)


def _tiingo(settings: Settings, keys: Keys) -> PriceProvider:
    from adapters.tiingo import TiingoProvider

    return TiingoProvider(keys("tiingo"), settings.tiingo_base_url, plan=settings.tiingo_plan)


def _finnhub(settings: Settings, keys: Keys) -> PriceProvider:
    from adapters.finnhub import FinnhubProvider

    return FinnhubProvider(keys("finnhub"), settings.finnhub_base_url)


def _yahoo(settings: Settings, keys: Keys) -> PriceProvider:
    from adapters.yahoo import YahooProvider

    del keys
    return YahooProvider(settings.yahoo_base_url)


_NEEDS = {
    "files": ("Your own files need a folder", "files_dir"),
    "tiingo": ("Tiingo needs a key", "tiingo_api_key"),
    "finnhub": ("Finnhub needs a key", "finnhub_api_key"),
    "yahoo": ("Yahoo needs no key", None),
}
_BUILDERS = {"files": _files, "tiingo": _tiingo, "finnhub": _finnhub, "yahoo": _yahoo, "demo": _demo}

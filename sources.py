"""From settings to price providers, in the order in which they are asked.

Each builder imports its own adapter, so that a start on the demo prices does not pay for an HTTP client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import SecretStr

    from adapters.prices import PriceProvider
    from settings import Settings


def sources(settings: Settings) -> tuple[PriceProvider, ...]:
    """Return the sources that the settings name; nothing is opened or asked yet."""
    return tuple(_BUILDERS[name](settings) for name in settings.providers)


def _demo(settings: Settings) -> PriceProvider:
    from adapters.demo import DemoProvider

    del settings
    return DemoProvider()


def _files(settings: Settings) -> PriceProvider:
    from adapters.files import FilesProvider

    if settings.files_dir is None:  # the settings see to it
        msg = "files needs a folder: set FILES_DIR"
        raise ValueError(msg)
    return FilesProvider(settings.files_dir)


def _tiingo(settings: Settings) -> PriceProvider:
    from adapters.tiingo import TiingoProvider

    return TiingoProvider(_clear(settings.tiingo_api_key), settings.tiingo_base_url)


def _finnhub(settings: Settings) -> PriceProvider:
    from adapters.finnhub import FinnhubProvider

    return FinnhubProvider(_clear(settings.finnhub_api_key), settings.finnhub_base_url)


def _yahoo(settings: Settings) -> PriceProvider:
    from adapters.yahoo import YahooProvider

    return YahooProvider(settings.yahoo_base_url)


def _clear(key: SecretStr | None) -> str | None:
    return key.get_secret_value() if key else None


_BUILDERS = {"files": _files, "tiingo": _tiingo, "finnhub": _finnhub, "yahoo": _yahoo, "demo": _demo}

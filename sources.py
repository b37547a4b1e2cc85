"""From settings to price providers, in the order in which they are asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from adapters.demo import DemoProvider
from adapters.files import FilesProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.prices import PriceProvider
    from settings import Settings


def sources(settings: Settings) -> tuple[PriceProvider, ...]:
    """Return the sources in order; those that come later are left out and said, none left ends the start."""
    built: dict[str, Callable[[], PriceProvider]] = {"demo": DemoProvider}
    if settings.files_dir is not None:
        folder = Path(settings.files_dir)
        built["files"] = lambda: FilesProvider(folder)
    missing = [name for name in settings.providers if name not in built]
    if len(missing) == len(settings.providers):
        sys.stderr.write(f"PROVIDERS: {', '.join(missing)} comes later. Example: PROVIDERS=demo.\n")
        raise SystemExit(2)
    if missing:
        structlog.get_logger(__name__).warning("providers_left_out", not_built_yet=missing)
    return tuple(built[name]() for name in settings.providers if name in built)

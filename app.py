"""Composition: settings → store → providers → cache → Dash and API. Nothing else lives here.

``python app.py`` serves the app (``commands.py`` has the rest), gunicorn serves ``app:server``. Settings are
validated before anything heavy is imported, so that a bad one ends the start at once.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dash import Dash
    from flask import Flask
    from flask_caching import Cache as Results

    from adapters.prices import PriceProvider
    from cache.budgets import Counted
    from cache.candle_cache import CandleCache
    from components.system_report import SystemReport
    from metrics.hub import Metrics
    from settings import Settings
    from store import Schemas, Store
    from worker.worker import BackgroundWorker, Worker

_BACKGROUND = "background"
_BLOCKS_SHARE = 0.75
_ROWS_SHARE = 0.15
_JUDGED_SHARE = 0.05
"""Of the memory budget: for candles, candles as JSON, judged channels; the rest is Flask-Caching's."""


@dataclass(frozen=True, slots=True)
class House:
    """The parts of a running app; ``results`` is Flask-Caching for what is costly to compute."""

    settings: Settings
    store: Store
    schemas: Schemas
    providers: tuple[PriceProvider, ...]
    cache: CandleCache
    dash: Dash
    results: Results
    metrics: Metrics

    @property
    def server(self) -> Flask:
        """The WSGI application."""
        server: Flask = self.dash.server
        return server

    @property
    def line(self) -> str:
        """What the start says: address, store, providers, tables; and in a second line what terms forbid."""
        from sources import terms_warning

        s = self.settings
        warning = terms_warning(s)
        return (
            f"Chandlery at http://{s.host}:{s.port} · store {self.store.kind} · "
            f"providers {', '.join(p.name for p in self.providers)} · "
            f"tables {', '.join(schema.name for schema in self.schemas)}"
        ) + (f"\n{warning}" if warning else "")


def compose(settings: Settings) -> House:
    """Build the app from validated settings; locally the tables are created on the way."""
    store, schemas, providers, cache = open_cache(settings)
    _warn_of_terms(settings)
    metrics = measured(settings, cache)
    dash = _dash(settings, store, schemas, cache, providers, metrics)
    if settings.environment == "local":
        _add_background(dash.server, background_work(settings, store, schemas, providers, cache))
    return House(settings, store, schemas, providers, cache, dash, _results(settings, dash.server), metrics)


def _warn_of_terms(settings: Settings) -> None:
    """Log what a provider's terms forbid and these settings may do."""
    import structlog

    from sources import terms_warning

    if warning := terms_warning(settings):
        structlog.get_logger(__name__).warning("provider_terms", source="tiingo", warning=warning)


def open_cache(settings: Settings) -> tuple[Store, Schemas, tuple[PriceProvider, ...], CandleCache]:
    """Return a cache without pages, and what it is made of; locally the tables are created on the way."""
    from sources import sources
    from tables import create_tables, open_store

    def key_changed(source: str) -> None:
        cache.key_changed(source)

    providers = sources(settings, key_changed)
    store, schemas = open_store(settings)
    if settings.environment == "local":
        create_tables(store, schemas)
    cache = _cache(settings, store, schemas, providers)
    return store, schemas, providers, cache


def _cache(
    settings: Settings, store: Store, schemas: Schemas, providers: tuple[PriceProvider, ...]
) -> CandleCache:
    from cache.composition import candle_cache
    from sources import counted

    return candle_cache(
        providers,
        store.table(schemas.ohlc),
        store.kind,
        memory_bytes=_share(settings, _BLOCKS_SHARE),
        deadline_s=settings.request_deadline_s,
        provider_deadline_s=settings.provider_deadline_s,
        refresh_ahead=True,
        counted=counted(settings),
    )


def background(server: object) -> BackgroundWorker | None:
    """Return what the process that serves an application does in the background, None where nothing."""
    found: BackgroundWorker | None = getattr(server, "extensions", {}).get(_BACKGROUND)
    return found


def background_work(
    settings: Settings,
    store: Store,
    schemas: Schemas,
    providers: tuple[PriceProvider, ...],
    cache: CandleCache,
) -> Worker:
    """Return what one process of all does beside serving: warming, and the track record's channels."""
    from recording import open_records, processing
    from worker.composition import worker

    return worker(
        cache,
        providers,
        store.table(schemas.ohlc),
        warm_at=settings.warm_at,
        tickers=settings.warm_tickers,
        channels=open_records(store, schemas).channels,
        processing=partial(processing, settings, store, schemas, cache),
    )


def _add_background(server: Flask, work: Worker) -> None:
    """Prepare a worker for the process that will serve; gunicorn.conf.py starts it there."""
    from worker.worker import BackgroundWorker

    server.extensions[_BACKGROUND] = BackgroundWorker(work)


def measured(settings: Settings, cache: CandleCache) -> Metrics:
    """Return the metrics of a cache, which it tells from now on what it counts."""
    from cache.gauges import budget_gauges, gauges
    from cache.statistics import NAMES, OUTCOMES
    from metrics.hub import Metrics
    from settings import metrics_folder

    metrics = Metrics(
        NAMES,
        OUTCOMES,
        counted=cache.statistics.snapshot,
        gauges=lambda: gauges(cache.state()),
        budgets=lambda: budget_gauges(cache.budgets),
        folder=metrics_folder,
        cloudwatch=settings.environment if settings.cloudwatch_metrics == "on" else "",
    )
    cache.statistics.tell(metrics)
    return metrics


def _dash(  # noqa: PLR0913 - all parts meet here
    settings: Settings,
    store: Store,
    schemas: Schemas,
    cache: CandleCache,
    providers: tuple[PriceProvider, ...],
    metrics: Metrics,
) -> Dash:
    import api
    import pages
    from accounts.identity import identifier
    from accounts.tokens import Tokens
    from adapters.catalogue import Catalogue
    from adapters.symbols import SymbolIndex
    from opinion_sources import sentiment_history
    from pages.bundles import compress
    from pages.document import Document
    from pages.vendored import serve_vendored
    from recording import track_record
    from sources import absent, counted

    dash = Document(__name__, use_pages=False, update_title="", compress=False, title="Chandlery")
    compress(dash.server)
    serve_vendored(dash.server)
    record = track_record(settings, store, schemas, cache, judged_bytes=_share(settings, _JUDGED_SHARE))
    sentiment = sentiment_history(settings, store, schemas, cache)
    pages.register(
        dash,
        cache,
        listed=lambda ticker: SymbolIndex.load().name_of(ticker),
        report=_report(store, cache, (*providers, *counted(settings)), metrics),
        absent=absent(settings),
        track_record=record,
        sentiment=sentiment,
    )
    tokens = Tokens(store.table(schemas.users))
    api.register(
        dash.server,
        cache,
        identify=identifier(settings.api_auth, tokens),
        store=store.kind,
        find_symbols=Catalogue(SymbolIndex.load, providers).search,
        track_record=record,
        sentiment=sentiment,
        render_metrics=metrics.render,
        rows_bytes=_share(settings, _ROWS_SHARE),
    )
    dash.server.before_request(metrics.start)
    return dash


def _report(
    store: Store, cache: CandleCache, sources: Sequence[Counted], metrics: Metrics
) -> Callable[[], SystemReport]:
    """Return what makes the system page's figures of now."""
    import telemetry
    from components.system_report import Alarm, Problem, SourceState
    from pages.report import Reporter

    return Reporter(
        cache,
        store.kind,
        [SourceState(source.name, source.label) for source in sources],
        metrics,
        lambda: [Alarm(j.alarm.name, j.state, j.words) for j in metrics.judged()],
        lambda: [Problem(**asdict(problem)) for problem in telemetry.recent_problems()],
    )


def _results(settings: Settings, server: Flask) -> Results:
    """Return Flask-Caching on a memory tier of its own, for what is costly to compute."""
    from flask_caching import Cache

    from cache.memory import SegmentedLRU

    budget = _share(settings, 1 - _BLOCKS_SHARE - _ROWS_SHARE - _JUDGED_SHARE)
    options: dict[str, object] = {"memory": SegmentedLRU(budget)}
    backend = "cache.flask_backend.MemoryTierBackend"
    return Cache(server, config={"CACHE_TYPE": backend, "CACHE_OPTIONS": options})


def _share(settings: Settings, share: float) -> int:
    """Return bytes of the memory budget."""
    return int(settings.memory_budget_mb * 1024 * 1024 * share)


def configure_log(settings: Settings) -> None:
    """Send the log of this process where, and as, the settings say."""
    import telemetry

    telemetry.configure(
        settings.log_level, as_json=settings.environment != "local", secrets=settings.secret_values()
    )


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562's signature
    """Compose when gunicorn asks for ``server``; importing this module alone does nothing."""
    if name != "server":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from settings import load_or_exit

    settings = load_or_exit()
    configure_log(settings)
    globals()["server"] = compose(settings).server
    return globals()["server"]


if __name__ == "__main__":
    from commands import main

    sys.exit(main(sys.argv[1:]))

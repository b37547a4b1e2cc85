"""From settings to tables: which store, what its tables are called, and their creation where that is ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from settings import Settings
    from store import Schemas, Store


def open_store(settings: Settings) -> tuple[Store, Schemas]:
    """Return the store that the settings name, and its tables; nothing is opened yet."""
    from store import DynamoOptions, DynamoStore, SqliteStore, TableNames, schemas

    names = TableNames(
        settings.ohlc_cache_table,
        settings.users_table,
        settings.sentiments_table,
        settings.dynamodb_table_prefix,
    )
    if settings.store == "sqlite":
        path = Path(settings.data_dir) / "chandlery.sqlite"
        return SqliteStore(path, busy_timeout_s=settings.table_timeout_s), schemas(names)
    key, secret = settings.dynamodb_credentials or (None, None)
    options = DynamoOptions(
        settings.dynamodb_region,
        settings.dynamodb_endpoint,
        key,
        secret,
        settings.table_connect_s,
        settings.table_read_s,
    )
    return DynamoStore(options), schemas(names)


def create_tables(store: Store, schemas: Schemas) -> bool:
    """Create the tables; a store that fails is said, and the chart goes on without it."""
    import structlog

    from store import TableError

    log = structlog.get_logger(__name__)
    try:
        store.create(schemas)
    except TableError as error:
        log.error("tables_not_created", code=error.code, error=str(error))  # noqa: TRY400 - the message is the whole story
        return False
    log.info("tables_ready", store=store.kind, tables=[s.name for s in schemas])
    return True

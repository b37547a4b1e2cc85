"""Every call of the table goes through here: the guard is asked, failures are counted and logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import structlog

from store.table import ItemTooLargeError, TableError, TruncatedQueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cache.seams import TableGuard
    from cache.statistics import Statistics

_R = TypeVar("_R")
_log = structlog.get_logger(__name__)
_OF_THE_CALL = (ItemTooLargeError, TruncatedQueryError)
"""What says nothing of the table: it was refused before the call, or asked for too much."""


class TableLeftAloneError(TableError):
    """The call was not made, because the guard says that the table fails."""

    code = "table_left_alone"


class GuardedCalls:
    """Makes calls of one table, those that its guard lets through."""

    def __init__(self, guard: TableGuard, statistics: Statistics) -> None:
        """Share ``guard`` with whoever else calls the same table."""
        self._guard = guard
        self._statistics = statistics

    def run(self, call: Callable[[], _R], event: str, request_id: str = "") -> _R:
        """Make a call and return what it gives.

        Args:
            call: calls the table.
            event: what a failure is called in the log.
            request_id: for the log.

        Raises:
            TableError: it failed, or it was not made.
        """
        if not self._guard.allows():
            self._statistics.add("table_skipped")
            raise TableLeftAloneError("the table fails and is left alone for a while")
        try:
            result = call()
        except TableError as error:
            if not isinstance(error, _OF_THE_CALL):
                self._guard.failed()
            if isinstance(error, TruncatedQueryError):
                self._statistics.add("truncated_queries")
            self._statistics.add("table_errors")
            named = {"request_id": request_id} if request_id else {}  # else the one that is bound, if any
            _log.error(event, code=error.code, error=str(error), **named)
            raise
        except BaseException:
            self._guard.failed()  # whoever was let through says how it ended, whatever happened to it
            raise
        self._guard.succeeded()
        return result

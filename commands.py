"""What ``python app.py …`` can do beside serving: one function for each command.

Settings are validated before anything heavy is imported, so that a bad one ends every command at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from settings import Settings

USAGE = """Say one of
  python app.py                       serve
  python app.py tables                create the tables
  python app.py token USER LABEL      issue an API token for USER (API_AUTH=token)"""


def main(arguments: list[str]) -> int:
    """Do what the arguments say; return an exit code."""
    from app import compose, configure_log, create_tables, open_store
    from settings import load_or_exit

    settings = load_or_exit()
    configure_log(settings)
    match arguments:
        case []:
            from serving import serve

            return serve(compose(settings))
        case ["tables"]:
            return 0 if create_tables(*open_store(settings)) else 1
        case ["token", user, label]:
            return _issue_token(settings, user, label)
        case _:
            sys.stderr.write(f"{USAGE}\n")
            return 2


def _issue_token(settings: Settings, user: str, label: str) -> int:
    """Print a new API token once; the table keeps its hash only."""
    from accounts.identity import Identity
    from accounts.tokens import Tokens
    from app import open_store
    from store import TableError

    store, schemas = open_store(settings)
    try:
        token = Tokens(store.table(schemas.users)).issue(Identity(user, user), label)
    except (TableError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{token}\n")
    return 0

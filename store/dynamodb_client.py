"""The DynamoDB client: one for each process, made on first use, with short timeouts that are always set.

Promise: boto3 is not imported before the first call; a failed call raises one of the table errors and nothing
else; a child process never uses the sockets of its parent.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from store import dynamodb_errors

if TYPE_CHECKING:
    from botocore.config import Config
    from types_boto3_dynamodb import DynamoDBClient

_LOCAL_REGION = "us-east-1"
_LOCAL_KEY = "local"


@dataclass(frozen=True, slots=True)
class DynamoOptions:
    """Where DynamoDB is and how long it may take.

    Attributes:
        region: AWS region; None leaves it to the AWS configuration (us-east-1 with an endpoint).
        endpoint_url: of DynamoDB Local or a stand-in; None is AWS.
        access_key_id, secret_access_key: static credentials; None leaves them to the AWS configuration
            (local/local with an endpoint).
        connect_timeout_s, read_timeout_s: for one attempt; calls on a request's path have only one.
        pool_size: connections kept open; at least as many as threads.
    """

    region: str | None = None
    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    connect_timeout_s: float = 0.1
    read_timeout_s: float = 0.2
    pool_size: int = 32


class Client:
    """Calls DynamoDB."""

    def __init__(self, options: DynamoOptions, *, patient: bool = False) -> None:
        """Make nothing yet.

        Args:
            options: where DynamoDB is.
            patient: take seconds and some retries for a call, as creating and describing tables needs.
        """
        self._options = options
        self._patient = patient
        self._made: tuple[int, DynamoDBClient] | None = None
        self._making: dict[int, threading.Lock] = {}

    def call(self, operation: str, table: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3's
        """Make a call; one attempt, unless patient.

        Args:
            operation: as boto3's client names it: ``get_item``, ``query``.
            table: the table's name, for error messages.
            **request: the arguments of the operation.

        Raises:
            TableError: what went wrong, and what to do.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self.get(), operation)(**request)
        except ClientError as error:
            told = dynamodb_errors.of_answer(error, table)
            if isinstance(told, dynamodb_errors.ExpiredError):
                self.reset()
            raise told from error
        except BotoCoreError as error:
            raise dynamodb_errors.of_library(error) from error
        except Exception as error:  # whatever the library stumbles over must not end a request
            self.reset()
            raise dynamodb_errors.of_crash(error) from error
        return answer

    def get(self) -> DynamoDBClient:
        """Return this process's client."""
        process = os.getpid()
        made = self._made
        if made is not None and made[0] == process:
            return made[1]
        # A lock for each process: one that another thread held at a fork would stay locked in the child.
        with self._making.setdefault(process, threading.Lock()):
            made = self._made
            if made is None or made[0] != process:
                made = self._made = (process, self._new())
            return made[1]

    def reset(self) -> None:
        """Let go of the client; the next call makes a new one, which looks for credentials again."""
        made, self._made = self._made, None
        if made is not None and made[0] == os.getpid():
            made[1].close()

    def _new(self) -> DynamoDBClient:
        from boto3.session import Session  # 140 ms and 38 MB: only when DynamoDB is used

        options = self._options
        local = options.endpoint_url is not None
        session = Session(
            aws_access_key_id=options.access_key_id or (_LOCAL_KEY if local else None),
            aws_secret_access_key=options.secret_access_key or (_LOCAL_KEY if local else None),
            region_name=options.region or (_LOCAL_REGION if local else None),
        )
        return session.client("dynamodb", endpoint_url=options.endpoint_url, config=self._config())

    def _config(self) -> Config:
        from botocore.config import Config

        if self._patient:
            return Config(
                connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"}
            )
        return Config(
            connect_timeout=self._options.connect_timeout_s,
            read_timeout=self._options.read_timeout_s,
            # "legacy" is the mode that compares an answer with its checksum.
            retries={"total_max_attempts": 1, "mode": "legacy"},
            max_pool_connections=self._options.pool_size,
            tcp_keepalive=True,
            # store.items has checked what is sent.
            parameter_validation=False,
        )

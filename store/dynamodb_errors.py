"""What DynamoDB and its client library can say, as table errors that tell what to do.

Promise: no message holds an account number, an address, a key or a path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from store.table import (
    ItemTooLargeError,
    TableDeniedError,
    TableError,
    TableMissingError,
    TableSchemaError,
    TableUnavailableError,
)

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

_THROTTLED = frozenset(
    {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "Throttling", "ThrottlingException"}
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_UNKNOWN_KEY = frozenset(
    {
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_CREDENTIALS = frozenset(
    {
        "CredentialRetrievalError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
_OTHER_KEYS = re.compile(
    r"key element|key schema element|[Mm]issing the key|for key|key condition not supported"
)
_PERMISSION = re.compile(r"to perform:? ([A-Za-z0-9-]+:[A-Za-z]+)")
_SERVER_ERROR = 500


class ConditionFailedError(TableError):
    """A condition did not hold; never leaves this package."""


class ThrottledError(TableUnavailableError):
    """DynamoDB takes no more at the moment."""


class ExpiredError(TableDeniedError):
    """The credentials have expired; a new client may find fresh ones."""


class UnsupportedError(TableError):
    """A stand-in that does not know this operation."""


def of_answer(error: ClientError, table: str) -> TableError:  # noqa: C901, PLR0911 - one line for each kind
    """Return the table error for an answer that is an error."""
    answer: dict[str, Any] = dict(error.response)
    code = answer.get("Error", {}).get("Code", "")
    text = answer.get("Error", {}).get("Message", "")
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "ConditionalCheckFailedException":
        return ConditionFailedError(f"{table}: the condition does not hold")
    if code == "ResourceNotFoundException" or "does not have the specified index" in text:
        return TableMissingError(
            f"table {table} or its index does not exist here: run `make tables`, or check DYNAMODB_REGION"
        )
    if code in _THROTTLED:
        return ThrottledError(f"DynamoDB throttles table {table}: try again later")
    if code == "UnknownOperationException":
        return UnsupportedError(f"what answers at DYNAMODB_ENDPOINT does not know {error.operation_name}")
    if code in _DENIED:
        found = _PERMISSION.search(text)
        permission = found[1] if found else f"dynamodb:{error.operation_name}"
        return TableDeniedError(f"not allowed: grant {permission} on table {table} to these credentials")
    if code in _EXPIRED:
        return ExpiredError("the AWS credentials have expired: sign in again or renew them")
    if code in _UNKNOWN_KEY:
        return TableDeniedError("AWS does not accept the credentials: check key, secret and DYNAMODB_REGION")
    if _OTHER_KEYS.search(text):
        return TableSchemaError(
            f"table {table} has other keys than are needed: name another table in the settings, or delete it"
        )
    if "size" in text.lower() and "exceeded" in text.lower():
        return ItemTooLargeError(f"an item is too large for table {table}: DynamoDB takes 400 KB")
    if isinstance(status, int) and status >= _SERVER_ERROR:
        return TableUnavailableError(
            f"DynamoDB failed with {code or status} on table {table}: try again later"
        )
    return TableError(f"DynamoDB refused a call on table {table}: {code}")


def of_library(error: BotoCoreError) -> TableError:
    """Return the table error for a call that got no answer."""
    kind = type(error).__name__
    if kind in _CREDENTIALS:
        return TableDeniedError(
            "no AWS credentials found: sign in to AWS, or set DYNAMODB_ENDPOINT for a local table"
        )
    if kind == "NoRegionError":
        return TableUnavailableError("no AWS region is set: set DYNAMODB_REGION")
    hint = "check DYNAMODB_REGION, DYNAMODB_ENDPOINT and the network"
    return TableUnavailableError(f"DynamoDB can't be reached ({kind}): {hint}")


def of_crash(error: Exception) -> TableError:
    """Return the table error for a call in which the client library itself broke down."""
    kind = type(error).__name__
    return TableUnavailableError(
        f"the DynamoDB client broke down ({kind}): a new one is made for the next call"
    )

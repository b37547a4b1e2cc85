"""Settings kept in AWS Secrets Manager: one secret, a JSON object of setting names and values.

Promises sentences that say what to do (which permission is missing, which name was not found in which region)
and never any part of the secret. boto3 is imported only when a secret is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_S = 1.0
READ_S = 3.0

_DENIED = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}
_BAD_CREDENTIALS = {
    "ExpiredTokenException",
    "ExpiredToken",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "UnrecognizedClientException",
}


class SecretError(Exception):
    """The secret could not be used; the message completes ``SECRETS_ID: …`` and has no full stop."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Where settings were read from, to read them again; holds none of their values.

    Attributes:
        secret_id: name or ARN.
        region: AWS region, None for AWS's own default.
        gave: the settings that only the secret gave, in lower case.
    """

    secret_id: str
    region: str | None
    gave: frozenset[str]

    def read(self) -> dict[str, str]:
        """Return what it holds now.

        Raises:
            SecretError: as ``read``.
        """
        return read(self.secret_id, region=self.region)


def read(
    secret_id: str, *, region: str | None, make_client: Callable[[str | None], Any] | None = None
) -> dict[str, str]:
    """Return the secret's entries, names in lower case, values without blanks around them, as settings are.

    Args:
        secret_id: name or ARN.
        region: AWS region, None for AWS's own default.
        make_client: gives a Secrets Manager client for a region; boto3's own unless a test brings one.

    Raises:
        SecretError: denied, not found, unreachable, or not a JSON object of plain values.
    """
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    where = f"in region {region}" if region else "in AWS's default region"
    try:
        client = (make_client or _client)(region)
        answer = client.get_secret_value(SecretId=secret_id)
    except NoRegionError:
        raise SecretError("needs a region: set DYNAMODB_REGION") from None
    except NoCredentialsError:
        raise SecretError("no AWS credentials were found to read the secret with") from None
    except ClientError as error:
        raise SecretError(_refusal(error.response["Error"]["Code"], secret_id, where)) from None
    except BotoCoreError as error:
        raise SecretError(f"AWS Secrets Manager {where} did not answer ({type(error).__name__})") from None
    return _entries(answer.get("SecretString"), secret_id)


def _client(region: str | None) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    import boto3  # 140 ms and 38 MB, only where a secret is used
    from botocore.config import Config

    config = Config(connect_timeout=CONNECT_S, read_timeout=READ_S, retries={"total_max_attempts": 2})
    # A session of its own, because the one that boto3 shares must not be used by two threads at once.
    return boto3.session.Session().client("secretsmanager", region_name=region, config=config)


def _refusal(code: str, secret_id: str, where: str) -> str:
    if code in _DENIED:
        return f'access denied to "{secret_id}" {where}: the role lacks secretsmanager:GetSecretValue'
    if code == "ResourceNotFoundException":
        return f'the secret "{secret_id}" was not found {where}'
    if code in _BAD_CREDENTIALS:
        return f"AWS refused the credentials ({code})"
    return f'AWS Secrets Manager refused to give "{secret_id}" {where} ({code})'


def _entries(text: str | None, secret_id: str) -> dict[str, str]:
    try:
        entries = json.loads(text or "")
    except ValueError:
        entries = None
    if not isinstance(entries, dict):
        raise SecretError(f'the secret "{secret_id}" must hold a JSON object of setting names and values')
    for name, value in entries.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise SecretError(f'in the secret "{secret_id}" {name} must be a text or a number')
    values = {str(name).lower(): str(value).strip() for name, value in entries.items()}
    return {name: value for name, value in values.items() if value}

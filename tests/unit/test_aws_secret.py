"""A secret in AWS Secrets Manager fills settings, and its errors say what is missing (cache-15, E26, E30)."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

import aws_secret
import settings
from aws_secret import SecretError

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary7secret7value"
NAME = "chandlery/prod"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing-only")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="eu-central-1")


def refused(code: str) -> SecretError:
    """Return what becomes of an error of AWS; the stub checks the call against the real service's model."""
    client = boto3.client(
        "secretsmanager", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        stub.add_client_error("get_secret_value", code, CANARY, expected_params={"SecretId": NAME})
        with pytest.raises(SecretError) as caught:
            aws_secret.read(NAME, region="eu-central-1", make_client=lambda _: client)
    assert CANARY not in str(caught.value)
    return caught.value


def test_a_secret_fills_what_nothing_else_gave(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment stays stronger; names of other programs in the secret are left alone."""
    entries = {"TIINGO_API_KEY": CANARY, "port": 9000, "LOG_LEVEL": "ERROR", "OTHER": "x"}
    aws.create_secret(Name=NAME, SecretString=json.dumps(entries))
    monkeypatch.setenv("SECRETS_ID", NAME)
    monkeypatch.setenv("DYNAMODB_REGION", "eu-central-1")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    found = settings.load(env_file=None)
    assert found.tiingo_api_key is not None
    assert found.tiingo_api_key.get_secret_value() == CANARY
    assert (found.port, found.log_level, found.providers) == (9000, "DEBUG", ("tiingo",))
    assert CANARY not in repr(found)


def test_what_the_environment_gave_is_not_the_secret_s(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """E30: only what the secret alone gave is read from it again."""
    entries = {"TIINGO_API_KEY": CANARY, "FINNHUB_API_KEY": CANARY, "OTHER": "x"}
    aws.create_secret(Name=NAME, SecretString=json.dumps(entries))
    monkeypatch.setenv("FINNHUB_API_KEY", "of-the-environment")
    found = settings.load(env_file=None, secrets_id=NAME, dynamodb_region="eu-central-1")
    assert found.secret == aws_secret.Secret(NAME, "eu-central-1", frozenset({"tiingo_api_key"}))
    assert found.secret.read()["tiingo_api_key"] == CANARY
    assert CANARY not in repr(found) + repr(found.secret)
    assert settings.load(env_file=None).secret is None


def test_blanks_around_a_key_are_no_part_of_it_when_it_is_read_again_either(aws: Any) -> None:
    """E30: else a key that works would look renewed at the first refusal, by one that no header can hold."""
    aws.create_secret(Name=NAME, SecretString=json.dumps({"TIINGO_API_KEY": f" {CANARY}\n", "OTHER": " "}))
    found = settings.load(env_file=None, secrets_id=NAME, dynamodb_region="eu-central-1")
    assert found.tiingo_api_key is not None
    assert found.secret is not None
    assert found.secret.read() == {"tiingo_api_key": found.tiingo_api_key.get_secret_value()}


def test_a_rotated_secret_is_read_at_the_next_start(aws: Any) -> None:
    """E30."""
    aws.create_secret(Name=NAME, SecretString='{"TIINGO_API_KEY": "old"}')
    assert (
        settings.load(env_file=None, secrets_id=NAME, dynamodb_region="eu-central-1").secret_values()[-1]
        == "old"
    )
    aws.put_secret_value(SecretId=NAME, SecretString='{"TIINGO_API_KEY": "new"}')
    assert (
        settings.load(env_file=None, secrets_id=NAME, dynamodb_region="eu-central-1").secret_values()[-1]
        == "new"
    )


def test_a_bad_value_in_a_secret_is_named_without_it(aws: Any) -> None:
    aws.create_secret(Name=NAME, SecretString=json.dumps({"PORT": CANARY}))
    with pytest.raises(settings.BadSettingsError, match=r"^PORT: .*integer") as caught:
        settings.load(env_file=None, secrets_id=NAME, dynamodb_region="eu-central-1")
    assert CANARY not in str(caught.value)


def test_a_secret_that_is_not_there_is_named_with_its_region(aws: Any) -> None:
    assert aws
    with pytest.raises(settings.BadSettingsError) as caught:
        settings.load(env_file=None, secrets_id=NAME, dynamodb_region="eu-central-1")
    assert str(caught.value) == (
        f'SECRETS_ID: the secret "{NAME}" was not found in region eu-central-1. '
        "Example: SECRETS_ID=chandlery/prod."
    )


def test_access_denied_names_the_missing_permission() -> None:
    assert "lacks secretsmanager:GetSecretValue" in str(refused("AccessDeniedException"))


def test_refused_credentials_are_told_apart_from_a_missing_permission() -> None:
    """E10."""
    assert str(refused("ExpiredTokenException")) == "AWS refused the credentials (ExpiredTokenException)"


def test_any_other_refusal_is_named_by_its_code() -> None:
    assert "(DecryptionFailure)" in str(refused("DecryptionFailure"))


@pytest.mark.parametrize(
    "text", ["", "not json " + CANARY, f'["{CANARY}"]', f'{{"PORT": ["{CANARY}"]}}', '{"PORT": true}']
)
def test_a_secret_of_another_form_is_refused_without_showing_it(aws: Any, text: str) -> None:
    aws.create_secret(Name=NAME, SecretString=text or " ")
    with pytest.raises(SecretError, match=r"must (hold a JSON object|be a text or a number)") as caught:
        aws_secret.read(NAME, region="eu-central-1")
    assert CANARY not in str(caught.value)


def test_without_credentials_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's own places are all closed off, so that no one's real credentials are found."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(SecretError, match="no AWS credentials"):
        aws_secret.read(NAME, region="eu-central-1")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(SecretError, match="set DYNAMODB_REGION"):
        aws_secret.read(NAME, region=None)


def test_a_service_that_does_not_answer_is_named_by_what_happened() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"

    def client(region: str | None) -> Any:
        once = Config(retries={"total_max_attempts": 1})
        return boto3.client(
            "secretsmanager",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=once,
        )

    with pytest.raises(SecretError, match=r"did not answer \(EndpointConnectionError\)"):
        aws_secret.read(NAME, region="eu-central-1", make_client=client)

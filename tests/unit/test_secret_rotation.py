"""A key in AWS Secrets Manager is rotated under a running app: real boto3, moto's server (E30, api-7, S1)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.kit import dynamo_servers
from tests.kit.app_process import AppProcess
from tests.kit.provider_server import ProviderServer

OLD, NEW = "canary-old-0123456789", "canary-new-0123456789"
REGION = "eu-central-1"


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(keys=frozenset({OLD})) as running:
        yield running


@dataclass
class Aws:
    """One secret of this test's own: moto's servers share what they hold."""

    url: str
    client: Any
    name: str = field(default_factory=lambda: f"chandlery/{uuid.uuid4().hex}")

    def make(self, key: str) -> None:
        self.client.create_secret(Name=self.name, SecretString=json.dumps({"TIINGO_API_KEY": key}))

    def rotate(self, key: str) -> None:
        self.client.put_secret_value(SecretId=self.name, SecretString=json.dumps({"TIINGO_API_KEY": key}))

    def delete(self) -> None:
        self.client.delete_secret(SecretId=self.name, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def aws() -> Iterator[Aws]:
    credentials = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    with dynamo_servers.server("moto") as url:
        client = boto3.client("secretsmanager", region_name=REGION, endpoint_url=url, **credentials)
        yield Aws(url, client)
        client.close()


def app(folder: Path, server: ProviderServer, aws: Aws, **given: str) -> AppProcess:
    credentials = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    place = {"SECRETS_ID": aws.name, "DYNAMODB_REGION": REGION, "AWS_ENDPOINT_URL_SECRETS_MANAGER": aws.url}
    live = {"PROVIDERS": "tiingo", "TIINGO_BASE_URL": server.url}
    return AppProcess(folder, **credentials, **place, **live, **given)


def ask(running: AppProcess, ticker: str) -> tuple[int, dict[str, Any]]:
    path = f"/api/v2/tickers/{ticker}/ohlc?range=1M"
    try:
        with urllib.request.urlopen(running.url + path, timeout=20) as answer:  # noqa: S310 - our own
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_rotated_key_is_taken_up_without_a_restart_and_nobody_sees_an_error(
    tmp_path: Path, server: ProviderServer, aws: Aws
) -> None:
    """The person whose call meets the old key's end gets prices all the same."""
    aws.make(OLD)
    with app(tmp_path, server, aws) as running:
        assert ask(running, "AAPL")[0] == 200
        aws.rotate(NEW)
        server.keys = frozenset({NEW})
        status, body = ask(running, "MSFT")
        assert (status, body["source"]) == (200, "tiingo")
        assert {call.key for call in server.seen} == {OLD, NEW}
        server.seen.clear()
        assert ask(running, "GOOG")[0] == 200
        assert {call.key for call in server.seen} == {NEW}
    assert "key_refused" in running.log
    assert "key_renewed" in running.log
    assert OLD not in running.log
    assert NEW not in running.log


def test_a_key_of_the_environment_is_not_replaced_by_the_secret_s(
    tmp_path: Path, server: ProviderServer, aws: Aws
) -> None:
    """The environment is stronger; that holds while the app runs, too."""
    aws.make(NEW)
    server.keys = frozenset({NEW})
    with app(tmp_path, server, aws, TIINGO_API_KEY=OLD) as running:
        status, body = ask(running, "AAPL")
    assert status == 503
    assert "TIINGO_API_KEY" in body["error"]["message"]
    assert {call.key for call in server.seen} == {OLD}
    assert OLD not in running.log + json.dumps(body)


def test_a_secret_that_is_gone_costs_the_app_nothing_but_the_source(
    tmp_path: Path, server: ProviderServer, aws: Aws
) -> None:
    """E26: the log names secret and region."""
    aws.make(OLD)
    with app(tmp_path, server, aws) as running:
        held = ask(running, "AAPL")
        aws.delete()
        server.keys = frozenset({NEW})
        assert ask(running, "MSFT")[0] == 503
        status, body = ask(running, "AAPL")
        assert (status, body["candles"]) == (200, held[1]["candles"])
    assert f'the secret "{aws.name}" was not found in region {REGION}' in running.log
    assert "Traceback" not in running.log

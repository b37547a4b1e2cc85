"""Every setting of the product, read once from the environment and ``.env``, validated before all else.

The only module that reads the environment (cache-15; ruff's TID251 keeps it so). It promises that a bad or
missing value ends the start in under a second with one line per field, ``NAME: what is wrong. Example:
NAME=value.``, and that no secret shows in a repr, an error or a log. So it imports nothing heavy. Where a
value is given more than once, an override wins over the environment, that over ``.env``, and that over the
secret named by SECRETS_ID.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

import aws_secret
import setting_relations as relations
import setting_rules as rules
from setting_problems import BadSettingsError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

EXIT_CODE = 2
_ORIGIN = " origin"
"""Under this name, which no setting can have, the source below tells which secret it has read."""
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

Host = Annotated[str, AfterValidator(rules.host)]
Region = Annotated[str, AfterValidator(rules.region)]
TableName = Annotated[str, AfterValidator(rules.table_name)]
Url = Annotated[str, AfterValidator(rules.http_url)]
Folder = Annotated[Path, AfterValidator(rules.folder)]
JarFolder = Annotated[Path, AfterValidator(rules.dynamodb_local_folder)]
WritableFolder = Annotated[Path, AfterValidator(rules.writable_folder)]
OnOff = Annotated[Literal["off", "on"], BeforeValidator(rules.lower)]
ModelName = Annotated[str, AfterValidator(rules.model_name)]
Key = Annotated[SecretStr, AfterValidator(rules.whole_key)]


def _setting(default: object, about: str, example: str = "", **bounds: Any) -> Any:  # noqa: ANN401 - as pydantic
    return Field(
        default, examples=[example or str(default)], description=about, validate_default=True, **bounds
    )


def _key(about: str) -> Any:  # noqa: ANN401 - as pydantic
    return _setting(None, about, "0123456789abcdef")


class Settings(BaseSettings):
    """The validated settings. Frozen; secrets are ``SecretStr``; times in seconds, as the names say."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    # Validated in this order: a rule may look at what stands above it, and not at what was refused.
    environment: Literal["local", "preprod", "prod"] = _setting("local", "local, preprod or prod.")
    store: Literal["sqlite", "dynamodb"] = _setting(
        None, "Durable tables: sqlite (default in local) or dynamodb (default elsewhere).", "sqlite"
    )
    data_dir: WritableFolder = _setting(".data", "Folder of the embedded tables; made when it is missing.")
    host: Host = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8050, "Port to listen on.", ge=1, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = _setting("INFO", "What is logged.")

    dynamodb_region: Region = _setting(None, "AWS region; required outside local.", "us-east-1")
    secrets_id: str | None = _setting(
        None, "AWS Secrets Manager secret whose JSON fills any setting left open.", "chandlery/prod"
    )
    dynamodb_endpoint: Url | None = _setting(
        None,
        "Another DynamoDB than AWS; in local mode DynamoDB Local's usual address.",
        "http://localhost:8000",
    )
    aws_access_key_id: SecretStr | None = _setting(
        None, "AWS's own setting; an endpoint without it is used as local/local.", "AKIAEXAMPLE"
    )
    ohlc_cache_table: TableName = _setting(None, "Table of the candle cache.", "prod-ohlc-cache")
    users_table: TableName = _setting(None, "Table of users and their layouts.", "prod-users")
    sentiments_table: TableName = _setting(None, "Table of news and mentions.", "prod-sentiments")
    dynamodb_table_prefix: TableName = _setting("StockTrackRecord", "Track record: this, also with -Stocks.")
    ddb_local_dir: JarFolder | None = _setting(None, "Folder with DynamoDBLocal.jar.", "/opt/dynamodb-local")

    tiingo_api_key: Key | None = _key("Tiingo prices and news.")
    tiingo_plan: Literal["free", "power"] = _setting("free", "Tiingo's plan: free or power.", "power")
    finnhub_api_key: Key | None = _key("Finnhub prices and news.")
    youtube_api_key: Key | None = _key("YouTube channels and videos.")
    gemini_api_key: Key | None = _key("Extraction of mentions with Gemini.")
    openai_api_key: Key | None = _key("Extraction of mentions with OpenAI.")
    tiingo_base_url: Url = _setting("https://api.tiingo.com", "Tiingo, or a stand-in.")
    finnhub_base_url: Url = _setting("https://finnhub.io", "Finnhub, or a stand-in.")
    yahoo_base_url: Url = _setting("https://query2.finance.yahoo.com", "Yahoo, or a stand-in.")
    youtube_transcripts: OnOff = _setting("off", "on: fetch transcripts of videos.", "on")
    youtube_base_url: Url = _setting("https://www.googleapis.com", "YouTube's API, or a stand-in.")
    gemini_model: ModelName = _setting("gemini-flash-latest", "Which of Gemini's models is asked.")
    openai_model: ModelName = _setting("gpt-5-mini", "Which of OpenAI's models is asked.")
    gemini_base_url: Url = _setting("https://generativelanguage.googleapis.com", "Gemini, or a stand-in.")
    openai_base_url: Url = _setting("https://api.openai.com/v1", "OpenAI, or a stand-in.")
    files_dir: Folder | None = _setting(None, "Folder with your own CSV or Parquet prices.", "/home/me/csv")
    providers: Annotated[tuple[str, ...], NoDecode] = _setting(
        None, "Price sources in order; by default your files and what has a key, else demo.", "tiingo,yahoo"
    )

    memory_budget_mb: int = _setting(256, "Memory for hot candles, per process.", ge=8, le=1_048_576)
    request_deadline_s: float = _setting(5, "Longest chart request.", gt=0, le=300, allow_inf_nan=False)
    provider_deadline_s: float = _setting(
        None, "Longest provider call in it.", "4", gt=0, allow_inf_nan=False
    )
    table_timeout_s: float = _setting(None, "Longest table call in it.", "0.3", gt=0, allow_inf_nan=False)

    cloudwatch_metrics: OnOff = _setting(
        "off", "on: a line for CloudWatch (EMF) on stdout, every minute and process.", "on"
    )
    warm_at: Annotated[str, AfterValidator(rules.time_of_day_or_off)] = _setting(
        "09:00", "When the tickers below are fetched ahead, New York time; off: never."
    )
    warm_tickers: Annotated[tuple[str, ...], NoDecode, BeforeValidator(rules.tickers)] = _setting(
        "AAPL,MSFT,GOOG,AMZN,TSLA,META,NVDA", "What is fetched ahead.", "AAPL,MSFT"
    )

    api_auth: Literal["off", "token"] = _setting(
        None, "off (default on a loopback HOST, refused elsewhere) or token.", "token"
    )
    oidc_issuer: Url | None = _setting(None, "Sign-in: the OpenID issuer.", "https://login.example.com")
    oidc_client_id: str | None = _setting(None, "Sign-in: this app's name at the issuer.", "chandlery")
    oidc_client_secret: Key | None = _key("Sign-in: the secret with it.")
    smoke_test_api_key: Key | None = _key("What a check after deployment signs in with (comes later).")

    _secret: aws_secret.Secret | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _remember_secret(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 - pydantic's
        secret = data.pop(_ORIGIN, None)
        settings = handler(data)
        settings._secret = secret  # noqa: SLF001 - its own class
        return settings

    @field_validator("*", mode="before")
    @classmethod
    def _trim(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("environment", "store", "api_auth", "warm_at", "tiingo_plan", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return rules.lower(value)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    _store_by_environment = field_validator("store", mode="before")(relations.store_by_environment)
    _required_outside_local = field_validator("dynamodb_region", *relations.TABLES, mode="before")(
        relations.required_outside_local
    )
    _local_endpoint = field_validator("dynamodb_endpoint", mode="before")(relations.local_endpoint)
    _provider_order = field_validator("providers", mode="before")(relations.provider_order)
    _part_of_the_request = field_validator(*relations.PARTS, mode="before")(relations.part_of_the_request)
    _auth_by_host = field_validator("api_auth", mode="before")(relations.auth_by_host)
    _own_table = field_validator(*relations.TABLES, "dynamodb_table_prefix")(relations.own_table)
    _usable_providers = field_validator("providers")(relations.usable_providers)
    _within_the_request = field_validator(*relations.PARTS)(relations.within_the_request)
    _no_open_door = field_validator("api_auth")(relations.no_open_door)
    _sign_in_whole = field_validator("oidc_client_id", "oidc_client_secret")(relations.sign_in_whole)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first."""
        return init_settings, env_settings, dotenv_settings, _SecretSource(settings_cls)

    @property
    def secret(self) -> aws_secret.Secret | None:
        """What SECRETS_ID names, to be read again; None where it is not set."""
        return self._secret

    @property
    def dynamodb_credentials(self) -> tuple[str, str] | None:
        """Access key and secret for a stand-in; None leaves it to AWS's own chain."""
        return ("local", "local") if self.dynamodb_endpoint and self.aws_access_key_id is None else None

    @property
    def table_connect_s(self) -> float:
        """The third of the table's time that connecting may take."""
        return self.table_timeout_s / 3

    @property
    def table_read_s(self) -> float:
        """The two thirds of the table's time that the answer may take."""
        return self.table_timeout_s * 2 / 3

    def secret_values(self) -> tuple[str, ...]:
        """Return every secret in clear text, for the log's mask only."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))


class _SecretSource(PydanticBaseSettingsSource):
    """What SECRETS_ID names, for settings that nothing else gave."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        secret_id = self.current_state.get("secrets_id")
        if not secret_id:
            return {}
        region = self.current_state.get("dynamodb_region")
        try:
            found = aws_secret.read(str(secret_id), region=region)
        except aws_secret.SecretError as error:
            raise BadSettingsError([Problem("SECRETS_ID", str(error), "chandlery/prod")]) from None
        known = found.keys() & self.settings_cls.model_fields.keys()
        secret = aws_secret.Secret(str(secret_id), region, frozenset(known - self.current_state.keys()))
        return {name: found[name] for name in known} | {_ORIGIN: secret}


def load(*, env_file: Path | str | None = ".env", **overrides: Any) -> Settings:  # noqa: ANN401 - validated
    """Read and validate all settings.

    Args:
        env_file: a file of NAME=value lines that need not exist; None reads the environment alone.
        overrides: values by field name, stronger than everything else.

    Raises:
        BadSettingsError: one problem per field.
        TypeError: an override that is no setting.
    """
    if unknown := overrides.keys() - Settings.model_fields.keys():
        msg = f"no such setting: {', '.join(sorted(unknown))}"
        raise TypeError(msg)
    try:
        return Settings(_env_file=env_file, **overrides)
    except ValidationError as error:
        problems = [_problem(e) for e in error.errors(include_url=False, include_input=False)]
    except (OSError, UnicodeDecodeError):
        problems = [Problem(".env", "cannot be read; it must be UTF-8 text with one NAME=value per line")]
    raise BadSettingsError(problems)


def load_or_exit(**overrides: Any) -> Settings:  # noqa: ANN401 - validated
    """Do what ``load`` does; on a bad setting print one line per field to stderr and exit with code 2."""
    try:
        return load(**overrides)
    except BadSettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_CODE)


def metrics_folder() -> str:
    """Return the folder through which the processes of one server share their metrics, "" for none."""
    return os.environ.get(_METRICS_FOLDER, "")


def share_metrics_in(folder: str) -> None:
    """Have prometheus_client, which knows no other way, use a folder in this process and those it forks."""
    os.environ[_METRICS_FOLDER] = folder


def _problem(error: Mapping[str, Any]) -> Problem:
    """Turn pydantic's view of an error into ours, without the value that was given."""
    field = str(error["loc"][0])
    cause = error.get("ctx", {}).get("error")
    wrong = str(cause) if cause else str(error["msg"]).replace("Input should be", "must be", 1)
    example = (Settings.model_fields[field].examples or [""])[0]
    return Problem(field.upper(), wrong, str(example))

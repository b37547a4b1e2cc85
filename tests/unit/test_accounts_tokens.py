"""API tokens and the identity seam (user-1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask, request

from accounts.identity import LOCAL_USER, Identity, IdentityUnavailableError, identifier
from accounts.tokens import Tokens
from store import SqliteStore, Table, TableError, schemas
from tests.kit.house import NAMES, Clock
from tests.kit.web import without_table

ADA = Identity("ada", "Ada Lovelace")
BOB = Identity("bob_2|x@example.com", "Bob")


@pytest.fixture
def table(tmp_path: Path) -> Table:
    store = SqliteStore(tmp_path / "test.sqlite")
    tables = schemas(NAMES)
    store.create(tables)
    return store.table(tables.users)


@pytest.fixture
def clock() -> Clock:
    return Clock(1_741_384_800.0)


@pytest.fixture
def tokens(table: Table, clock: Clock) -> Tokens:
    return Tokens(table, clock=clock)


@pytest.mark.parametrize("owner", [ADA, BOB])
def test_a_token_tells_whose_it_is(tokens: Tokens, owner: Identity) -> None:
    tokens.issue(ADA, "another")
    assert tokens.identify(f"Bearer {tokens.issue(owner, 'laptop')}") == owner


def test_the_secret_is_not_in_the_table_only_its_hash(tokens: Tokens, table: Table) -> None:
    """S5: whoever reads the table can't call anything with what is there."""
    text = tokens.issue(ADA, "laptop")
    secret = text.removeprefix("ch_ada_")
    (item,) = table.query("USER#ada")
    assert item["SK"] == f"TOKEN#{hashlib.sha256(bytes.fromhex(secret)).hexdigest()}"
    assert secret not in repr(item)
    assert (item["label"], item["created_at"]) == ("laptop", "2025-03-07T22:00:00Z")


def test_a_secret_is_32_random_bytes(table: Table) -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return bytes([7]) * count

    assert Tokens(table, random=random).issue(ADA, "x") == "ch_ada_" + "07" * 32
    assert asked == [32]


def test_two_tokens_are_never_the_same_one(table: Table) -> None:
    """A source of randomness that repeats itself is not taken for a new token."""
    tokens = Tokens(table, random=bytes)
    tokens.issue(ADA, "one")
    with pytest.raises(ValueError, match="randomness"):
        tokens.issue(ADA, "two")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   ", "  Bearer "])
def test_the_scheme_is_taken_in_any_capitals(tokens: Tokens, scheme: str) -> None:
    assert tokens.identify(scheme + tokens.issue(ADA, "laptop")) == ADA


def wrong_headers(token: str) -> Iterator[str]:
    secret = token.removeprefix("ch_ada_")
    yield from ("", "Bearer", "Bearer ", token, f"Basic {token}", f"Bearer {token} {token}")
    yield from (f"Bearer {token}0", f"Bearer {token[:-1]}", f"Bearer {token.upper()}", f"Bearer {token}\n.")
    yield from (
        f"Bearer ch_bob_{secret}",
        f"Bearer ch__{secret}",
        f"Bearer {secret}",
        f"Bearer xx{token[2:]}",
    )
    yield f"Bearer ch_ada_{'0' * 64}"
    yield f"Bearer ch_ada_{hashlib.sha256(bytes.fromhex(secret)).hexdigest()}"
    yield f"Bearer ch_{'a' * 10_000}_{secret}"
    yield f"Bearer ch_ada_{secret[:-1]}\u0661"


def test_nothing_but_the_very_token_opens(tokens: Tokens) -> None:
    """Another's id, another secret, the hash in its place, other forms, other digits: nobody."""
    token = tokens.issue(ADA, "laptop")
    tokens.issue(Identity("bob", "Bob"), "laptop")
    assert [header for header in wrong_headers(token) if tokens.identify(header)] == []


def test_a_revoked_token_is_nobodys_at_once(tokens: Tokens, table: Table) -> None:
    """A second process, which knows nothing of it, refuses it too."""
    kept, lost = tokens.issue(ADA, "kept"), tokens.issue(ADA, "lost")
    (record,) = [token for token in tokens.issued("ada") if token.label == "lost"]
    assert tokens.revoke("ada", record.hash)
    for process in (tokens, Tokens(table)):
        assert process.identify(f"Bearer {lost}") is None
        assert process.identify(f"Bearer {kept}") == ADA
    assert not tokens.revoke("ada", record.hash)


def test_nobody_revokes_the_token_of_another(tokens: Tokens) -> None:
    token = tokens.issue(ADA, "laptop")
    (record,) = tokens.issued("ada")
    assert not tokens.revoke("bob", record.hash)
    assert tokens.identify(f"Bearer {token}") == ADA


def test_a_persons_tokens_are_listed_newest_first_and_nobody_elses(tokens: Tokens, clock: Clock) -> None:
    for label in ("old", "new"):
        tokens.issue(ADA, label)
        clock.now_s += 60
    tokens.issue(BOB, "bobs")
    assert [token.label for token in tokens.issued("ada")] == ["new", "old"]


@pytest.mark.parametrize("user_id", ["", "a b", "a#b", "-a", "a\n", "x" * 129])
def test_an_id_that_cannot_be_part_of_a_token_gets_none(tokens: Tokens, user_id: str) -> None:
    with pytest.raises(ValueError, match="user id"):
        tokens.issue(Identity(user_id, "Somebody"), "laptop")


@pytest.mark.parametrize("label", ["", "x" * 101])
def test_a_token_says_what_it_is_for(tokens: Tokens, label: str) -> None:
    with pytest.raises(ValueError, match="what the token is for"):
        tokens.issue(ADA, label)


def test_a_table_that_fails_makes_nobody_of_no_one(tokens: Tokens, tmp_path: Path) -> None:
    """A person with a good token must not be told that it is bad."""
    token = tokens.issue(ADA, "laptop")
    without_table(tmp_path, NAMES.users)
    with pytest.raises(IdentityUnavailableError):
        tokens.identify(f"Bearer {token}")
    with pytest.raises(TableError):
        tokens.issued("ada")
    assert tokens.identify("Bearer nonsense") is None, "what cannot be a token needs no table"


def test_s1_no_log_event_holds_a_token(tokens: Tokens, tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as events:
        token = tokens.issue(ADA, "line\nbreak")
        tokens.identify(f"Bearer {token}")
        tokens.revoke("ada", tokens.issued("ada")[0].hash)
        without_table(tmp_path, NAMES.users)
        with pytest.raises(IdentityUnavailableError):
            tokens.identify(f"Bearer {token}")
    assert [event["event"] for event in events] == [
        "api_token_issued",
        "api_token_revoked",
        "api_token_lookup_failed",
    ]
    text = "".join(str(value) for event in events for value in event.values())
    assert token.removeprefix("ch_ada_") not in text
    assert "\n" not in text


def test_with_sign_in_off_everybody_is_the_local_user_and_no_table_is_read(
    tokens: Tokens, tmp_path: Path
) -> None:
    without_table(tmp_path, NAMES.users)
    identify = identifier("off", tokens)
    with Flask("x").test_request_context("/", headers={"Authorization": "Bearer nonsense"}):
        assert identify(request) == LOCAL_USER


def test_with_tokens_the_header_decides(tokens: Tokens) -> None:
    identify = identifier("token", tokens)
    app, token = Flask("x"), tokens.issue(ADA, "laptop")
    for headers, expected in (({"Authorization": f"Bearer {token}"}, ADA), ({}, None)):
        with app.test_request_context("/", headers=headers):
            assert identify(request) == expected


def test_a_mode_that_does_not_exist_opens_no_door(tokens: Tokens) -> None:
    with pytest.raises(ValueError, match="off or token"):
        identifier("none", tokens)

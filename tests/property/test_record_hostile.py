"""Whatever is sent to the track record's routes: never a 5xx, one shape of an error, nothing hostile back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.record_web import RecordWeb, record_web
from tests.kit.web import problem

HOSTILE = ["\x00", "\r\nX: y", "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "٣"]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(HOSTILE)
links = st.builds(
    "{}{}/{}{}".format,
    st.sampled_from(["", "https://", "http://", "HTTPS://", "ftp://", "//", "javascript:"]),
    st.sampled_from(["youtube.com", "www.youtube.com", "m.youtube.com", "youtube.com:443", "a@youtube.com"]),
    st.sampled_from(["@", "channel/", "c/", "user/", "watch?v=", "playlist?list=", ""]),
    texts,
)
values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
)
bodies = st.recursive(
    values | texts | links,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
members = st.fixed_dictionaries({}, optional={"url": links | bodies, "time_range_months": values | bodies})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWeb]:
    made = record_web(tmp_path_factory.mktemp("hostile"))
    yield made
    made.parts.store.close()


def check(answer: Any) -> None:
    assert answer.status_code in (200, 201, 400, 404, 405, 413), answer.text
    if answer.status_code >= 400:
        message = problem(answer)["message"]
        assert message.isprintable()
        assert not set('<>"\\') & set(message) or "for example {" in message


@given(body=members | bodies)
def test_record_3_any_json_gets_a_channel_or_a_sentence(site: RecordWeb, body: Any) -> None:
    answer = site.client.post("/api/channels", json=body)
    check(answer)
    if answer.status_code == 201:
        channel = answer.get_json()
        assert channel["url"].startswith("https://www.youtube.com/")
        assert channel["url"].isascii() or "·" in channel["url"]
        assert site.get(channel["id"]).get_json() == channel


@given(raw=st.binary(max_size=80))
def test_any_bytes_as_a_body_get_a_sentence(site: RecordWeb, raw: bytes) -> None:
    check(site.client.post("/api/channels", data=raw, content_type="application/json"))


@given(
    first=texts,
    second=texts,
    rest=st.sampled_from(["", "/logs", "/stocks", "/timeline", "/process", "/cancel", "/stocks/"]),
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    query=st.dictionaries(st.sampled_from(["page", "per_page", "since", "x"]), texts, max_size=3),
)
def test_any_text_in_an_address_gets_a_sentence(
    site: RecordWeb, first: str, second: str, rest: str, method: str, query: dict[str, str]
) -> None:
    tail = quote(second, safe="") if rest.endswith("/") else ""
    address = f"/api/channels/{quote(first, safe='')}{rest}{tail}"
    check(site.client.open(address, method=method, query_string=query))
    check(site.client.get("/api/channels", query_string=query))
    check(site.client.get(f"/api/stocks/{quote(first, safe='')}/price"))

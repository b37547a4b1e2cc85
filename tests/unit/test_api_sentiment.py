"""Sentiment over HTTP: shapes, spans, what is refused and what is said (api-5, api-3, api-4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from adapters.demo import DemoProvider
from adapters.errors import UnavailableError
from api.sentiment import HISTORY
from sentiment.history import NEEDS
from store import schemas
from tests.kit.house import NAMES, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.sentiments import ScriptedNews, Sentiments, item, sentiments
from tests.kit.web import problem, web, without_table

ENTRY = {"date", "score", "source", "confidence", "label", "title", "url"}
BODY = {"ticker", "history", "count", "start_date", "end_date", "time_range", "notes"}
HOSTILE = "<script>alert(1)</script> \u202e“Ford” beats estimates"
SUNDAY = utc("2025-03-09 16:00")


class Site:
    """A client, and what is behind it."""

    def __init__(self, folder: Path, provider: Any, *news: ScriptedNews) -> None:
        self.parts = house(folder, [provider])
        self.behind: Sentiments = sentiments(
            self.parts.store.table(schemas(NAMES).sentiments), *news, clock=self.parts.clock
        )
        self.client = web(self.parts, sentiment=self.behind.history)

    def get(self, ticker: str = "AAPL", **parameters: str) -> Any:
        return self.client.get(f"/api/v2/tickers/{ticker}/sentiment/history", query_string=parameters)


@pytest.fixture
def news() -> ScriptedNews:
    return ScriptedNews(
        items=[
            item("1", "2025-03-06 15:00", HOSTILE, "https://example.com/1"),
            item("2", "2025-03-08 15:00", "Apple plunges on profit warning"),
            item("3", "2025-01-15 15:00", "Apple to report"),
        ]
    )


@pytest.fixture
def site(tmp_path: Path, news: ScriptedNews) -> Site:
    return Site(tmp_path, ScriptedProvider(SUNDAY), news)


def test_api_5_every_entry_has_date_score_source_confidence_and_label(site: Site) -> None:
    """Oldest first; what strangers wrote comes as text, in JSON."""
    answer = site.get(range="3M")
    body = answer.get_json()
    assert (answer.status_code, set(body), body["count"]) == (200, BODY, 3)
    assert all(set(entry) == ENTRY for entry in body["history"])
    assert [entry["date"] for entry in body["history"]] == ["2025-01-15", "2025-03-06", "2025-03-08"]
    assert [entry["label"] for entry in body["history"]] == ["neutral", "positive", "negative"]
    assert all(-1 <= entry["score"] <= 1 and 0 <= entry["confidence"] <= 1 for entry in body["history"])
    assert body["history"][1]["title"] == HOSTILE
    Draft202012Validator(HISTORY.answer or {}).validate(body)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/json", "no-store")
    assert answer.headers["X-Request-Id"]


def test_api_5_a_month_is_the_usual_and_the_weekend_is_in_it(site: Site) -> None:
    """On a Sunday prices end on Friday; Saturday's news is there all the same."""
    body = site.get().get_json()
    assert (body["time_range"], body["start_date"], body["end_date"]) == ("1M", "2025-02-07", "2025-03-09")
    assert body["count"] == 2


def test_api_4_a_weekend_alone_answers_with_what_there_is(site: Site) -> None:
    body = site.get(start_date="2025-03-08", end_date="2025-03-09").get_json()
    assert [entry["date"] for entry in body["history"]] == ["2025-03-08"]
    assert (body["time_range"], body["end_date"]) == ("custom", "2025-03-09")
    assert site.get(start_date="2025-03-01", end_date="2025-03-02").get_json()["count"] == 0


def test_days_to_come_are_cut_off(site: Site) -> None:
    body = site.get(start_date="2025-03-06", end_date="2025-04-30").get_json()
    assert (body["end_date"], body["count"]) == ("2025-03-09", 2)
    answer = site.get(start_date="2025-03-10", end_date="2025-04-30")
    assert (answer.status_code, problem(answer)["field"]) == (400, "start_date")


def test_api_5_a_source_can_be_named(site: Site) -> None:
    assert site.get(source="Tiingo").get_json()["count"] == 2
    body = site.get(source="youtube").get_json()
    assert (body["count"], body["notes"]) == (0, [])
    assert site.get(source="finnhub").get_json()["notes"] == [NEEDS]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"source": "cnbc"}, "source"),
        ({"source": ""}, "source"),
        ({"range": "2W"}, "range"),
        ({"range": "1M", "start_date": "2025-03-01", "end_date": "2025-03-02"}, "range"),
        ({"start_date": "2025-03-01"}, "end_date"),
        ({"start_date": "1.3.2025", "end_date": "2025-03-02"}, "start_date"),
        ({"start_date": "2025-03-05", "end_date": "2025-03-02"}, "start_date"),
    ],
)
def test_api_3_what_cannot_be_understood_names_the_field(
    site: Site, news: ScriptedNews, parameters: dict[str, str], field: str
) -> None:
    answer = site.get(**parameters)
    assert (answer.status_code, problem(answer)["field"]) == (400, field)
    assert news.requests == []


def test_api_3_an_unknown_parameter_and_a_bad_ticker_are_400(site: Site) -> None:
    assert site.get(resolution="D").status_code == 400
    answer = site.get("%3Cscript%3E")
    assert (answer.status_code, problem(answer)["field"]) == (400, "ticker")


def test_api_3_a_ticker_that_nobody_has_is_a_404(tmp_path: Path, news: ScriptedNews) -> None:
    """Also one that has to be asked for; one that is there and of which nothing was said is not."""
    demo = Site(tmp_path / "demo", DemoProvider())
    answer = demo.get("ZZZQ")
    assert (answer.status_code, problem(answer)["code"]) == (404, "ticker_not_found")
    assert demo.get("AAPL").status_code == 200
    live = Site(tmp_path / "live", ScriptedProvider(SUNDAY, known={"AAPL", "MSFT"}), ScriptedNews())
    assert live.get("MSFT").get_json()["history"] == []
    assert live.get("ZZZQ").status_code == 404


def test_without_keys_there_are_mentions_alone(tmp_path: Path) -> None:
    """api-5: in the demo ranges end with its prices."""
    body = Site(tmp_path, DemoProvider()).get(range="1Y").get_json()
    assert (body["start_date"], body["end_date"]) == ("2012-03-01", "2013-03-01")
    assert (body["count"], body["notes"]) == (0, [NEEDS])


def test_what_a_source_failed_with_is_said_beside_what_is_held(site: Site, news: ScriptedNews) -> None:
    site.get()
    news.error = UnavailableError("Tiingo did not answer in time. Try again.", provider="tiingo")
    body = site.get(range="3M").get_json()
    assert body["count"] == 2
    assert body["notes"] == ["Tiingo did not answer in time. Try again.", "Showing what is held."]


def test_api_3_a_table_that_fails_is_a_503_with_a_time_to_wait(site: Site, tmp_path: Path) -> None:
    without_table(tmp_path, NAMES.sentiments)
    answer = site.get()
    assert (answer.status_code, problem(answer)["code"]) == (503, "sentiment_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert str(tmp_path) not in answer.get_data(as_text=True)


def test_strangers_are_not_answered(tmp_path: Path) -> None:
    parts = house(tmp_path, [DemoProvider()])
    behind = sentiments(parts.store.table(schemas(NAMES).sentiments))
    client = web(parts, sentiment=behind.history, identify=lambda _: None)
    assert client.get("/api/v2/tickers/AAPL/sentiment/history").status_code == 401

"""What a channel's page says of what was said (record-2, record-5, record-7), over real tables and prices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from plotly.utils import PlotlyJSONEncoder

from components.review_list import review_list
from components.said_words import is_web, moment_words, shortened, status_words
from components.stocks_grid import StockLine, height_of, rows
from pages import said
from pages.said_lines import stock_line
from store import TableUnavailableError
from tests.kit import said_world
from tests.kit.record_web import RecordWeb, record_web
from tests.kit.said_world import IMAGE, LONG, OVERRIDE, SCRIPT, WHEN, Said
from track_record.entities import Action
from track_record.reviews import Decision


@pytest.fixture
def web(tmp_path: Path) -> RecordWeb:
    return record_web(tmp_path)


@pytest.fixture
def hostile(web: RecordWeb) -> Said:
    return said_world.hostile(web.records)


def plain(part: Any) -> Any:
    """Return what is sent to the browser."""
    return json.loads(json.dumps(part, cls=PlotlyJSONEncoder))


def texts(part: Any) -> list[str]:
    """Return all children that are text, in order."""
    if isinstance(part, str):
        return [part]
    if isinstance(part, list):
        return [text for one in part for text in texts(one)]
    return texts(part["props"].get("children", [])) if isinstance(part, dict) and "props" in part else []


def found(part: Any, kind: str) -> list[dict[str, Any]]:
    """Return the properties of all components of a kind."""
    if isinstance(part, list):
        return [one for each in part for one in found(each, kind)]
    if not isinstance(part, dict) or "props" not in part:
        return []
    mine = [part["props"]] if part.get("type") == kind else []
    return mine + found(part["props"].get("children", []), kind)


def timeline(web: RecordWeb, channel_id: str, **question: Any) -> dict[str, Any]:
    told = said.timeline_message(web.service.timeline(channel_id), {"id": channel_id} | question)
    return json.loads(json.dumps(told))  # type: ignore[no-any-return]


def test_hostile_words_are_told_as_they_are_and_only_web_addresses(web: RecordWeb, hostile: Said) -> None:
    """record-7: the browser makes text of them; what would run a script is no address."""
    told = timeline(web, hostile.channel_id)
    videos = {video["title"][:40]: video for video in told["videos"]}
    assert set(videos) == {title[:40] for title in said_world.TITLES}
    assert max(len(video["title"]) for video in told["videos"]) == 300
    assert "url" not in videos[SCRIPT]
    assert sum(video.get("url", "").startswith("https://www.youtube.com/") for video in told["videos"]) == 5
    assert videos["Gone"]["gone"] == "3 Dec 2012"
    assert videos["Blocked"]["status"] == (
        "Blocked: YouTube refuses transcripts to this machine. Paste or upload it."
    )
    assert (videos["Blocked"]["lacks"], videos["Blocked"]["trouble"]) == (True, True)
    assert "status" not in videos[IMAGE]
    assert not any("by_hand" in video for video in told["videos"])
    assert videos[IMAGE]["when"] == "Fri 1 Jun 2012, 14:30"  # in New York
    assert videos[OVERRIDE]["said"][0] == ["AAPL", "buy", "buy", "90 %", OVERRIDE]
    assert told["left"] == 0
    assert [month for month, _ in told["months"]] == ["2012-06", "2012-05", "2012-04"]


def test_a_channel_with_many_videos_comes_in_parts(web: RecordWeb) -> None:
    """record-7: 1,000 videos with 5,000 mentions; each part follows the one before, and none is large."""
    channel_id = said_world.many(web.records)
    entries = web.service.timeline(channel_id)
    ids = [entry.video.id for entry in entries]

    def part(**question: Any) -> tuple[list[str], int]:
        told = said.timeline_message(entries, {"id": channel_id} | question)
        assert len(json.dumps(told)) < 60_000 or "count" in question
        return [video["id"] for video in told["videos"]], told["left"]

    assert part() == (ids[: said.AT_ONCE], 950)
    assert part(before=ids[said.AT_ONCE - 1]) == (ids[said.AT_ONCE : 2 * said.AT_ONCE], 900)
    assert part(before=ids[-2]) == (ids[-1:], 0)
    assert part(count=10**9) == (ids, 0)
    june = timeline(web, channel_id, month="2011-06")
    assert june["videos"][0]["month"] == "June 2011"
    assert len(june["months"]) == 29


@pytest.mark.parametrize(
    "question", [None, [], {"before": "gone"}, {"before": 3}, {"month": "x"}, {"count": "9"}]
)
def test_a_strange_question_is_answered_from_the_beginning(
    web: RecordWeb, hostile: Said, question: Any
) -> None:
    entries = web.service.timeline(hostile.channel_id)
    assert len(said.timeline_message(entries, question)["videos"]) == 6


def test_the_stocks_with_their_prices_and_why_there_is_none(web: RecordWeb, hostile: Said) -> None:
    """record-2, record-6: numbers stay numbers, so that they sort; a missing price has its reason."""
    lines = {
        one["ticker"]: one for one in rows([stock_line(s) for s in web.service.stocks(hostile.channel_id)])
    }
    apple, unknown = lines["AAPL"], lines["ZZZZQ"]
    assert (apple["buy"], apple["total"], apple["first"]) == (4, 4, "2012-05-11")
    assert apple["now"] == 430.47
    assert apple["change"] == pytest.approx((apple["now"] / apple["then"] - 1) * 100)
    assert apple["why"] == {}
    assert len(apple["title"]) <= 300
    assert unknown["now"] is None
    assert set(unknown["why"]) == {"then", "now", "change"}
    assert unknown["link"] == f"/track-record/{hostile.channel_id}/ZZZZQ"


def test_a_grid_grows_with_its_rows_and_then_scrolls() -> None:
    line = StockLine("A", "", "2012-01-01", "", None, None, None, 0, 0, 0, 0, 0, "/")
    assert rows([line])[0]["why"]["then"].startswith("There is no price a viewer could have had")
    assert height_of(0) == {"display": "none"}
    assert height_of(3)["height"] < height_of(9)["height"] < height_of(200)["height"] < 700


def test_what_is_to_be_decided_says_why(web: RecordWeb, hostile: Said) -> None:
    """record-5: quote, video, what was understood, and the doubt; the number stands on the tab."""
    *shown, kept = said._reviews(web.service, hostile.channel_id, None)
    listed, count = plain(shown)
    said_so = " ".join(texts(listed))
    assert count == "2"
    assert kept is said.no_update
    assert "45 % sure: the video speaks for the stock and against it." in said_so
    assert "30 % sure: the words name another company than the ticker; it is about the past." in said_so
    assert f"(“{SCRIPT}”)" in said_so
    assert LONG not in said_so
    assert [one["value"] for one in found(listed, "Input")] == ["AAPL", "MSFT"]
    assert [one["children"][0]["props"]["value"] for one in found(listed, "Select")] == ["sell", "buy"]


def decided(web: RecordWeb, channel_id: str, deed: str, ticker: str = "", action: str = "") -> Any:
    """Decide about the review of AAPL; return the page's answer."""
    (entry,) = [e for e in web.service.reviews.of_channel(channel_id) if e.review.ticker == "AAPL"]
    given = {"review": entry.review.id, "video": entry.video.id, "deed": deed, "at": 7}
    return said._reviews(web.service, channel_id, given | {"ticker": ticker, "action": action})


def test_a_decision_is_kept_and_one_that_cannot_be_says_why(web: RecordWeb, hostile: Said) -> None:
    """record-5: what was typed stays."""
    listed, count, kept = decided(web, hostile.channel_id, "accept", "NOPEQ", "short")
    assert (count, kept) == ("2", said.no_update)
    assert "No US stock has this ticker. Check the spelling, for example AAPL." in texts(plain(listed))
    assert "NOPEQ" in [one["value"] for one in found(plain(listed), "Input")]
    listed, count, kept = decided(web, hostile.channel_id, "accept", "ibm", "short")
    assert (count, kept) == ("1", 7)
    assert any(text.startswith("Kept as IBM short · understood: AAPL sell") for text in texts(plain(listed)))
    video = hostile.videos[IMAGE]
    mentions = {(m.ticker, m.action): m for m in web.records.videos.of_video(video.id)}
    assert mentions["IBM", Action.SHORT].price_at_mention is not None
    for deed, left in (("reopen", "2"), ("dismiss", "1")):
        assert decided(web, hostile.channel_id, deed)[1] == left
    states = {e.review.decision for e in web.service.reviews.of_channel(hostile.channel_id)}
    assert states == {Decision.OPEN, Decision.DISMISSED}
    assert ("IBM", Action.SHORT) not in {(m.ticker, m.action) for m in web.records.videos.of_video(video.id)}


@pytest.mark.parametrize("given", [{"deed": "explode"}, {"deed": ["accept"]}, {"deed": "accept"}])
def test_a_strange_decision_changes_nothing(web: RecordWeb, hostile: Said, given: dict[str, Any]) -> None:
    before = web.service.reviews.of_channel(hostile.channel_id)
    said._reviews(web.service, hostile.channel_id, given)
    assert web.service.reviews.of_channel(hostile.channel_id) == before


def test_what_fails_is_said_without_what_a_table_says(web: RecordWeb, hostile: Said) -> None:
    """S3, S4: in words, with a way to try again."""
    failed = plain(said._failed(TableUnavailableError("disk /secret/path is full"), "timeline"))
    assert texts(failed) == ["The track record cannot be read at the moment.", "Try again"]
    gone = plain(said._reviews(web.service, "nobody", None)[0])
    assert "There is no such channel; it may have been deleted." in texts(gone)


def test_words_of_statuses() -> None:
    """record-4: blocked is not missing, and neither is a video in which nothing is said."""
    assert status_words("completed", "completed", 2) == ""
    assert status_words("completed", "completed", 0) == "No stock is spoken of."
    assert status_words("pending", "pending", 0) == "Not looked through yet."
    assert status_words("completed", "pending", 2) == "Its transcript is here; it is looked through next."
    assert status_words("pending", "processing", 0) == "It is being looked through."
    assert "could not be looked through" in status_words("completed", "failed", 0)
    assert len({status_words(each, "skipped", 0) for each in ("missing", "blocked", "failed")}) == 3
    assert moment_words(WHEN) == "Fri 1 Jun 2012, 14:30"
    assert shortened("a\n b", 9) == "a b"
    assert is_web("https://a.b/c")
    assert is_web("http://a")
    assert not any(map(is_web, ("javascript:alert(1)", "//a", "https://[", "data:x", "")))


def test_nothing_to_decide_is_said() -> None:
    (only,) = review_list([])
    assert "review-empty" in json.dumps(only, cls=PlotlyJSONEncoder)

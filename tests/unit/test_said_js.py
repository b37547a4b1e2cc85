"""assets/said.js, giving.js, by_hand.js and grid.js in Node: addresses, keys, what is sent, what is meant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.scripts import ASSETS, needs_node, run

pytestmark = needs_node


@pytest.mark.parametrize(
    ("search", "view"),
    [
        ("", "stocks"),
        ("?view=timeline", "timeline"),
        ("?entry=next-close&view=review", "review"),
        ("?view=<script>", "stocks"),
    ],
)
def test_which_view_an_address_names(search: str, view: str) -> None:
    assert run("answer(window.chandlery.said.viewOf(given.search))", ("said.js",), search=search) == view


def test_a_choice_changes_its_own_part_of_the_address() -> None:
    """What others have written there stays, and the first view goes without saying."""
    program = """const { withView } = window.chandlery.said;
        answer([withView('?entry=next-close', 'timeline'), withView('?view=review&entry=x', 'stocks'),
            withView('?view=review', 'stocks'), withView('', 'review')])"""
    assert run(program, ("said.js",)) == ["?entry=next-close&view=timeline", "?entry=x", "", "?view=review"]


def test_a_link_carries_the_rule_of_entry_and_nothing_else() -> None:
    program = """const { withEntry } = window.chandlery.said;
        answer([withEntry('/track-record/a/AAPL', '?view=timeline'),
            withEntry('/track-record/a/AAPL', '?view=timeline&entry=next-close'),
            withEntry('/track-record/a/AAPL', '?entry=a%26view%3Db')])"""
    assert run(program, ("said.js",)) == [
        "/track-record/a/AAPL",
        "/track-record/a/AAPL?entry=next-close",
        "/track-record/a/AAPL?entry=a%26view%3Db",
    ]


def test_trying_again_asks_for_what_stood_there() -> None:
    """record-7: the month that is chosen stays chosen, so the videos that come are those from it on."""
    program = """
        const [heard, asked] = [{}, []];
        globalThis.document = {
            addEventListener: (name, does) => (heard[name] = heard[name] || []).push(does),
            querySelector: (css) => (css === '.said-month' ? { selectedIndex: 2, value: '2010-03' } : null),
            querySelectorAll: (css) => (css === '.said-video' ? Array(70).fill({}) : []),
        };
        window.addEventListener = () => {};
        window.location = { search: '?view=timeline' };
        window.dash_clientside = { set_props: (id, { data }) => asked.push(data) };
        require('vm').runInThisContext(fs.readFileSync(given.module, 'utf8'));
        window.dash_clientside.said.arrive({ id: 'c', revision: 3 });
        const button = { dataset: { said: 'again', view: 'timeline' } };
        const target = { closest: (css) => (css === '[data-said]' ? button : css === '.chip' ? {} : null) };
        heard.click.forEach((does) => does({ target }));
        answer(asked.map(({ at, ...rest }) => rest))"""
    asked = run(program, (), module=str(ASSETS / "said.js"))
    assert asked == [{"id": "c", "revision": 3, "count": 70, "month": "2010-03"}]


def test_arrows_go_round_the_tabs() -> None:
    program = """const { step } = window.chandlery.said;
        const keys = ['ArrowRight', 'ArrowLeft', 'Home', 'End', 'a'];
        answer(keys.map((key) => step(key, 'stocks') || null).concat(step('ArrowRight', 'review')))"""
    assert run(program, ("said.js",)) == ["timeline", "review", "stocks", "review", None, "stocks"]


@pytest.mark.parametrize(
    ("size", "text", "said"),
    [
        (None, "  \n", "Paste a transcript, or choose a file first."),
        (None, "words", ["", 5]),
        (7, "words", ["", 7]),  # the file counts
        (16 * 1024 * 1024, "", ["", 16 * 1024 * 1024]),
        (16 * 1024 * 1024 + 1, "", "This is larger than 16 MB. Give the transcript of one video, as text."),
    ],
)
def test_what_is_given_is_sent_or_why_not(size: int | None, text: str, said: Any) -> None:
    program = """const file = given.size === null ? null : { size: given.size };
        const { body, error } = window.chandlery.giving.content(file, given.text);
        answer(error || ['', body.size])"""
    assert run(program, ("giving.js",), size=size, text=text) == said


def test_cells_are_text_with_true_minus_signs() -> None:
    """Whatever stands in the data: React makes elements of it, never markup."""
    program = """window.React = { createElement: (tag, props, ...children) => ({ tag, ...props, children }) };
        const cell = (name, value, field) =>
            window.dashAgGridComponentFunctions[name]({ value, data: given.data, colDef: { field } });
        answer([
            cell('StockLink', '<b>', 'ticker'), cell('StockPrice', 1234.5, 'then'),
            cell('StockChange', -2.484, 'change'), cell('StockChange', 0.001, 'change'),
            cell('StockChange', 12.34, 'change'), cell('StockPrice', null, 'now'),
            cell('StockCount', 0, 'buy'), cell('StockDay', '2013-03-01', 'first'),
        ])"""
    data = {"link": "/track-record/a/B", "title": "<i>", "why": {"now": "There is none."}}
    link, price, fall, nothing, rise, none, zero, day = run(program, ("format.js", "grid.js"), data=data)
    assert (link["tag"], link["href"], link["children"]) == ("a", "/track-record/a/B", ["<b>"])
    assert price["children"] == ["1,234.50"]
    assert (fall["className"], fall["children"]) == ("fall", ["−2.48 %"])
    assert (nothing["className"], nothing["children"]) == ("", ["0.00 %"])
    assert (rise["className"], rise["children"]) == ("rise", ["+12.3 %"])
    assert (none["title"], none["aria-label"], none["children"]) == (
        "There is none.",
        "There is none.",
        ["–"],
    )
    assert zero["children"] == ["–"]
    assert (day["title"], day["children"]) == ("<i>", ["Fri 1 Mar 2013"])


@pytest.mark.parametrize(
    ("day", "time", "instant"),
    [
        ("2024-03-01", "14:30", "2024-03-01T19:30:00.000Z"),
        ("2024-07-01", "14:30:15", "2024-07-01T18:30:00.000Z"),
        ("2024-07-01", "00:00", "2024-07-01T04:00:00.000Z"),
        ("2024-12-31", "23:59", "2025-01-01T04:59:00.000Z"),
        ("2024-11-03", "01:30", "2024-11-03T05:30:00.000Z"),  # twice: the earlier one
        ("2024-03-10", "02:30", "2024-03-10T07:30:00.000Z"),  # left out: an hour later
        ("2024-03-10", "03:00", "2024-03-10T07:00:00.000Z"),
        ("2006-03-20", "12:00", "2006-03-20T17:00:00.000Z"),  # winter then, summer by today's rule
        ("2024-02-30", "12:00", ""),
        ("", "", ""),
        ("2024-03-01", "", ""),
        ("", "14:30", ""),
    ],
)
def test_record_6_a_day_and_a_time_in_new_york_are_one_instant(day: str, time: str, instant: str) -> None:
    """record-6: the price that counts hangs on it; DST, and nothing that is half given."""
    program = "answer(window.chandlery.byHand.instantOf(given.day, given.time))"
    assert run(program, ("by_hand.js",), day=day, time=time) == instant


def test_all_that_is_missing_of_a_video_is_said_at_once() -> None:
    program = """const { missing } = window.chandlery.byHand;
        answer([Object.keys(missing({ url: ' ', title: '', published_at: '' })),
            Object.keys(missing({ url: 'x', title: 'y', published_at: 'z' }))])"""
    assert run(program, ("by_hand.js",)) == [["url", "title", "published_at"], []]

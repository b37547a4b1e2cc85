"""assets/said.js, giving.js and grid.js in Node: what the address says, where keys lead, what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.scripts import needs_node, run

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

"""assets/connection.js in Node: questions that a gateway answers while its server is being restarted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.scripts import ASSETS, needs_node, run

pytestmark = needs_node

_SERVER = """
    let passed_s = 0;
    globalThis.setTimeout = (go, ms) => { passed_s += ms / 1000; Promise.resolve().then(go); };
    globalThis.document = { addEventListener() {} };
    window.addEventListener = () => {};
    window.chandlery = { present: () => [] };
    let asked = 0;
    window.fetch = async () => {
        asked += 1;
        const status = passed_s < given.back_after_s ? given.meanwhile : 200;
        return { status, ok: status === 200 };
    };
    require('vm').runInThisContext(fs.readFileSync(given.module, 'utf8'));
    window.fetch('/_dash-update-component').then(({ status }) => answer([status, asked]))
"""


def asked(back_after_s: float, meanwhile: int = 502) -> Any:
    """Return how a question of a page without charts ends, and how often it was sent."""
    module = str(ASSETS / "connection.js")
    return run(_SERVER, (), module=module, back_after_s=back_after_s, meanwhile=meanwhile)


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("seconds", [1, 25])
def test_h27_a_server_that_is_being_restarted_is_waited_for(seconds: float, status: int) -> None:
    """H27: also a container that takes its time; nobody else would ask again."""
    assert asked(seconds, status)[0] == 200


def test_h27_a_server_that_does_not_come_back_is_not_asked_for_ever() -> None:
    assert asked(3600) == [502, 5]


def test_an_answer_of_the_server_itself_is_not_asked_for_again() -> None:
    assert asked(1, 500) == [500, 1]

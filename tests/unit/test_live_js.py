"""assets/live.js in Node: when a chart asks by itself, on a clock that only the test moves (level-21)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.scripts import needs_node, run

pytestmark = needs_node

# A world of one page and one source: `now` in milliseconds; timers fire in order; a question is answered
# at once with what the source last gave, which is fetched anew when its life is over.
_WORLD = """
let now = 0;
let timers = [];
let number = 0;
const clock = {
  now: () => now,
  after: (act, ms) => { timers.push({ id: (number += 1), at: now + ms, act }); return number; },
  cancel: (id) => { timers = timers.filter((timer) => timer.id !== id); },
};
const world = { open: true, stale: false, closes_s: Infinity, opens_s: null, life_s: 15 };
Object.assign(world, { fetched_s: 0, looked: true, busy: false, ...given.world });
const asked = [];
const answered = () => {
  const s = now / 1000;
  const open = world.open && s < world.closes_s;
  const life = open ? world.life_s : world.closed_life_s ?? 300;
  if (!world.stale && s - world.fetched_s >= life) world.fetched_s = s;
  const fresh_s = world.stale ? 0 : life - (s - world.fetched_s);
  live.heard({ stale: world.stale, live: { open, fresh_s, opens_s: open ? null : world.opens_s } });
};
const ask = () => {
  if (world.busy) return false;
  asked.push(now / 1000);
  if (!world.dumb) answered();
  else live.missed();
  return true;
};
const live = window.chandlery.live.create({ ask, seen: () => world.looked }, clock, () => given.random ?? 0);
function until(seconds) {
  for (;;) {
    timers.sort((a, b) => a.at - b.at);
    if (!timers.length || timers[0].at > seconds * 1000) break;
    const timer = timers.shift();
    now = Math.max(now, timer.at);
    timer.act();
  }
  now = seconds * 1000;
}
answered();
"""


def asked(program: str, random: float = 0.0, **world: object) -> Any:
    """Return what a program says of a world; ``asked`` has the seconds at which the page asked."""
    return run(_WORLD + program, ("live.js",), world=world, random=random)


@pytest.mark.parametrize(("life_s", "questions"), [(15, 40), (60, 10), (300, 2), (1, 120)])
def test_ten_idle_minutes_in_session_cost_one_question_for_each_life(life_s: int, questions: int) -> None:
    """level-21: 4 a minute where a running candle lives for 15 s, and never more than 12."""
    assert len(asked("until(600); answer(asked);", life_s=life_s)) == questions


@pytest.mark.parametrize(("opens_s", "questions"), [(None, 0), (3_600, 0), (599, 1)])
def test_out_of_session_nothing_is_asked_before_the_opening(opens_s: float | None, questions: int) -> None:
    """level-21: ten idle minutes with the market closed; a demo has no session to come."""
    assert len(asked("until(600); answer(asked);", open=False, opens_s=opens_s)) == questions


def test_pages_do_not_ask_in_the_same_second() -> None:
    assert asked("until(20); answer(asked);", random=0.5) == [15.75]


def test_nobody_looks_nothing_is_asked_and_who_comes_back_is_served_at_once() -> None:
    """level-21: a hidden tab costs nothing."""
    told = asked("""
        until(10); world.looked = false; live.wake();
        until(600); const hidden = asked.length;
        world.looked = true; live.wake();
        until(600); answer([hidden, asked]);
    """)
    assert told == [0, [600]]


def test_who_was_away_for_a_moment_waits_for_the_rest_of_the_time() -> None:
    told = asked("""
        until(5); world.looked = false; live.wake();
        until(10); world.looked = true; live.wake();
        until(14); const early = asked.length;
        until(16); answer([early, asked]);
    """)
    assert told == [0, [15]]


def test_after_the_close_one_more_question_brings_the_final_bar() -> None:
    """level-21: the first answer after the close may be of the last seconds before it."""
    told = asked("until(3000); answer(asked);", closes_s=62, closed_life_s=300)
    # 75: the market is closed; what was fetched at 60 lives until 360.
    assert told == [15, 30, 45, 60, 75, 360]


def test_the_final_bar_is_asked_for_although_somebody_pans_after_the_close() -> None:
    told = asked("until(80); answered(); until(3000); answer(asked);", closes_s=62, closed_life_s=300)
    assert told[-2:] == [75, 360]


def test_what_is_final_at_the_close_is_not_asked_for_again() -> None:
    assert asked("until(90000); answer(asked);", closes_s=62, closed_life_s=90 * 86_400) == [
        15,
        30,
        45,
        60,
        75,
    ]


def test_the_next_morning_the_page_wakes_with_the_market() -> None:
    told = asked("until(99); world.open = true; until(130); answer(asked);",
                 open=False, opens_s=100)  # fmt: skip
    assert told == [100, 115, 130]


def test_where_nothing_newer_can_be_had_it_asks_less_and_less_often() -> None:
    """level-21: a budget that is used up for an hour."""
    told = asked("until(3600); answer(asked);", stale=True)
    assert told[:6] == [15, 45, 105, 225, 465, 765]
    assert len(told) <= 15


def test_a_question_without_an_answer_is_asked_again_later() -> None:
    assert asked("until(200); answer(asked);", dumb=True) == [15, 30, 60, 120]


def test_a_hand_on_the_chart_is_waited_for() -> None:
    told = asked("world.busy = true; until(20); world.busy = false; until(22); answer(asked);")
    assert told == [21]


def test_an_error_ends_it() -> None:
    """H27: it is asked again by what tells the person so."""
    assert asked("live.rest(); until(600); answer(asked);") == []

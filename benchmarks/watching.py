"""A chart as the browser has it, without a browser: what it asks the page's server, and when by itself.

It follows ``assets/chart.js``, ``assets/viewport.js`` and ``assets/live.js``: nothing is asked for a window
that the candles at hand do for, and a chart that is left open asks again when what it shows is fresh no more.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.people import Act
from market.axis import TradingAxis
from market.calendars import sessions_for

if TYPE_CHECKING:
    from random import Random

    from benchmarks.people import Moment

Message = dict[str, Any]
_PX = 1_000
_LEAST_S, _POOR_S, _POOREST_S, _CLOSING_S = 5.0, 15.0, 300.0, 3_600.0
_SPREAD, _SPREAD_S = 0.1, 10.0


@cache
def axis_of(ticker: str) -> TradingAxis:
    """Return the axis that the browser builds."""
    return TradingAxis(sessions_for(ticker))


class Chart:
    """One person's chart; ``due_s`` (UTC seconds) is when it asks by itself, None for never."""

    def __init__(self, chance: Random) -> None:
        """Show nothing yet; ``chance`` spreads what charts ask by themselves."""
        self.due_s: float | None = None
        self._chance = chance
        self._state: Message = {"resolution": "auto", "range": "6M"}
        self._message: Message | None = None
        self._window = (0.0, 0.0)
        self._seq = 0
        self._closing = False
        self._poor_s = 0.0

    @property
    def is_live(self) -> bool:
        """Whether the candle that it shows last is still changing."""
        return self._message is not None and bool(self._message["at_end"] and self._message["live"]["open"])

    def act(self, moment: Moment) -> Message | None:
        """Do what a person does; return the question that comes of it, None where nothing has to be asked."""
        if moment.act is Act.LEAVE:
            self.due_s = None
            return None
        if moment.act in (Act.TICKER, Act.RANGE, Act.RESOLUTION) or self._message is None:
            change = {moment.act.value: moment.value}
            return self._question(self._present() | change, pan=False) if self._can_choose(moment) else None
        low, high = self._window
        span = high - low
        if moment.act is Act.PAN:
            low, high = low + float(moment.value) * span, high + float(moment.value) * span
        else:
            low = high - span * float(moment.value)
        return self._look(low, high)

    def again(self) -> Message | None:
        """Ask by itself for what is new."""
        self.due_s = None
        if self._message is None:
            return None
        self._closing = bool(self._message["live"]["open"])
        present = self._present()
        return self._question(present, pan=not present["range"])

    def heard(self, message: Message, now_s: float) -> None:
        """Take in an answer that came at ``now_s``."""
        if "error" in message:
            self.due_s = None
            if message["error"].get("retry_after_s") is not None:
                self.due_s = now_s + float(message["error"]["retry_after_s"])
            return
        self._message, self._state = message, message["state"]
        if message["view"] is not None:
            self._window = (message["view"][0], message["view"][1])
        self._closing = self._closing or message["live"]["open"]
        pause_s = self._pause_s(message)
        spread_s = 0.0 if pause_s is None else self._chance.random() * min(_SPREAD * pause_s, _SPREAD_S)
        self.due_s = None if pause_s is None else now_s + pause_s + spread_s

    def _can_choose(self, moment: Moment) -> bool:
        return moment.act is Act.TICKER or "ticker" in self._state

    def _pause_s(self, message: Message) -> float | None:
        live = message["live"]
        poor = live["open"] and (message["stale"] or live["fresh_s"] <= 0)
        self._poor_s = min(self._poor_s * 2 or _POOR_S, _POOREST_S) if poor else 0.0
        if poor:
            return self._poor_s
        if live["open"] or (self._closing and live["fresh_s"] < _CLOSING_S):
            return float(min(max(live["fresh_s"], _LEAST_S), _POOREST_S))
        return None if live["opens_s"] is None else float(live["opens_s"])

    def _look(self, low: float, high: float) -> Message | None:
        """Move the window, inside the history; ask if what is held does not do for it."""
        if self._message is None:
            return None
        last_x = float(self._message["last_x"])
        shift = max(0.0, (self._message["first_x"] or 0) - low) - max(0.0, high - last_x)
        low, high = max(low + shift, 0.0), high + shift
        self._window = (low, high)
        self._state = self._state | {"range": None}
        least_low, most_high, least, most = self._message["keep"]
        span = high - low
        if low >= least_low and high <= most_high and least * 0.999 <= span <= most * 1.001:
            return None
        return self._question(self._present(), pan=True)

    def _present(self) -> Message:
        """Return what is on the screen, as a question."""
        if self._state.get("range"):
            return dict(self._state)
        low, high = axis_of(self._state["ticker"]).time_of_x(np.array(self._window)).tolist()
        return self._state | {"from": low, "to": high}

    def _question(self, wanted: Message, *, pan: bool) -> Message:
        self._seq += 1
        return wanted | {"seq": self._seq, "px": _PX, "pan": pan}

"""When the page does well to ask again: how long what it shows is fresh, when the market opens. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from market.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Live:
    """What the page is told; in seconds from now, so that its clock does not matter.

    Attributes:
        open: the market trades now.
        fresh_s: until a part of the answer or the price beside it is no longer fresh; 0.0 where one is not.
        opens_s: until the next session begins, or this one goes on after lunch; None where no later one is to
            come by the real clock.
    """

    open: bool
    fresh_s: float
    opens_s: float | None

    def as_message(self) -> dict[str, Any]:
        """Return the part of the answer that assets/live.js reads."""
        return asdict(self)


def live(sessions: Sessions, last: date, now_s: float, expires_at: float, *, market_open: bool) -> Live:
    """Return when asking again brings something new.

    Args:
        sessions: of the ticker.
        last: the source's present session. A source whose present is long past has no session to come.
        now_s: the real present, UTC seconds.
        expires_at: UTC seconds when the first part stops being fresh.
        market_open: whether the market trades now.
    """
    present = sessions.index(last)
    following = [float(sessions.break_end[present]), *sessions.open[present + 1 : present + 2].tolist()]
    opens_at = next((at for at in following if at > now_s), 0.0)
    opens_s = round(opens_at - now_s, 1) if not market_open and opens_at > now_s else None
    return Live(market_open, round(max(expires_at - now_s, 0.0), 1), opens_s)

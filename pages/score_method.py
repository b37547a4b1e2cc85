"""How a score is made, in a few sentences for the page; docs/track-record.md has all of it."""

from __future__ import annotations

from typing import Final

from track_record.method import (
    CONFIDENCE,
    FEWEST_MATURED,
    HORIZONS,
    LONGEST_WAIT_SESSIONS,
    METHOD_VERSION,
    PLACEBO_REACH_SESSIONS,
)

_TAIL: Final = (1 - CONFIDENCE) / 2
_TEXT: Final = f"""
Buy and add say up; sell, trim, short and avoid say down. Hold, watch and a mere mention are not scored.

A call is entered at the first price after the video came out, never at an earlier one. A price that is
missing is waited for, {LONGEST_WAIT_SESSIONS} sessions at most.

The outcome is the stock’s return less that of what it is measured against, both from the entry on, in
the call’s direction, after {", ".join(map(str, HORIZONS[:-1]))} and {HORIZONS[-1]} sessions. A bad call
costs as much as a good one earns. Costs and taxes are not in it.

What is pending counts nowhere. Videos that vanished stay and count. A stock whose prices end is shown
as without a price, unless it is known to be delisted: then its last close counts.

The range beside a mean covers {CONFIDENCE:.0%} and minds that calls on one stock, or of one time, share
their fate. That beside a share is Wilson’s.

Random days: the same stocks in the same directions, each on a day at random at most
{PLACEBO_REACH_SESSIONS} sessions away. Better or worse is said only where at most {_TAIL:.1%} of such
lists reach as far and the range of the mean lies clear of them.

Below {FEWEST_MATURED} matured calls nothing is said. Scores of two versions of the method are not
compared; this is version {METHOD_VERSION}.
"""
SENTENCES: Final = tuple(" ".join(point.split()).replace("%", " %") for point in _TEXT.strip().split("\n\n"))
"""One for each point."""

"""The numbers of the scoring method, and its version: docs/track-record.md says what they mean.

A change to any of them, or to how they are used, is a new version: scores of two versions are not compared.
"""

from __future__ import annotations

METHOD_VERSION = 1

HORIZONS = (21, 63, 252)
"""Sessions after the entry at which an outcome is read: a month, a quarter, a year."""

EPISODE_GAP_SESSIONS = 21
"""A call on the same ticker in the same direction within this many sessions of the last one is no new one."""

LONGEST_WAIT_SESSIONS = 5
"""How long a price may be missing (a halt) before there is none."""

FEWEST_MATURED = 20
"""Below this many matured episodes nothing is said."""

CONFIDENCE = 0.95
"""Of every interval and band."""

PLACEBO_DRAWS = 2_000
PLACEBO_REACH_SESSIONS = 126
"""A random entry is at most this many sessions before or after the one that it is matched to."""

STUDY_BEFORE, STUDY_AFTER = 20, 60
"""Sessions around the entry that the event study shows."""

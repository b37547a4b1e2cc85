"""The resolutions a chart can have, coarse to fine questions about them, and nothing else."""

from __future__ import annotations

from enum import StrEnum


class Resolution(StrEnum):
    """The length of one candle; the values are the names used in keys, routes and the URL."""

    M1 = "1"
    M5 = "5"
    M15 = "15"
    M30 = "30"
    M60 = "60"
    DAY = "D"
    WEEK = "W"
    MONTH = "M"

    @property
    def is_intraday(self) -> bool:
        """True for the minute resolutions."""
        return self.value.isdigit()

    @property
    def minutes(self) -> int:
        """Length of an intraday candle in minutes.

        Raises:
            ValueError: for D, W and M, whose length in minutes depends on the calendar.
        """
        if not self.is_intraday:
            msg = f"resolution {self.value} has no length in minutes"
            raise ValueError(msg)
        return int(self.value)

    @property
    def words(self) -> str:
        """The level in plain words: "1 bar = 1 week"."""
        return _WORDS[self]


_WORDS = {
    Resolution.M1: "1 bar = 1 minute",
    Resolution.M5: "1 bar = 5 minutes",
    Resolution.M15: "1 bar = 15 minutes",
    Resolution.M30: "1 bar = 30 minutes",
    Resolution.M60: "1 bar = 60 minutes",
    Resolution.DAY: "1 bar = 1 day",
    Resolution.WEEK: "1 bar = 1 week",
    Resolution.MONTH: "1 bar = 1 month",
}

FINEST_FIRST: tuple[Resolution, ...] = tuple(Resolution)
"""All resolutions from one minute to one month."""

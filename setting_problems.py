"""Settings that cannot be used, in the words that a person reads at the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that cannot be used; ``wrong`` is a sentence without its full stop and holds no secret."""

    name: str
    wrong: str
    example: str = ""

    def __str__(self) -> str:
        """Return the line that a person reads."""
        line = f"{self.name}: {self.wrong}."
        return f"{line} Example: {self.name}={self.example}." if self.example else line


class BadSettingsError(ValueError):
    """The settings cannot be used; ``problems`` has one entry per field, the message one line per field."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order of the settings."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

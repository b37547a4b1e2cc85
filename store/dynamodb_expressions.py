"""DynamoDB's expressions, put together with a placeholder for every name and value.

Promise: no attribute name is ever part of an expression, so reserved words (``open``, ``date``, ``ttl``),
dots and spaces need no thought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.dynamodb_values import encode
from store.table import Absent, AllOf, Below, Equals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.conditions import Change
    from store.queries import RangeQuery
    from store.table import Condition


class Expression:
    """The expressions of one call, which share their placeholders."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, dict[str, Any]] = {}

    def name(self, attribute: str) -> str:
        """Return the placeholder of an attribute's name."""
        return self._names.setdefault(attribute, f"#n{len(self._names)}")

    def value(self, value: Any) -> str:  # noqa: ANN401 - any kind of value
        """Return the placeholder of a checked value."""
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = encode(value)
        return placeholder

    def condition(self, condition: Condition) -> str:
        """Return a checked condition as text."""
        match condition:
            case Absent(attribute):
                return f"attribute_not_exists({self.name(attribute)})"
            case Equals(attribute, value):
                return f"{self.name(attribute)} = {self.value(value)}"
            case Below(attribute, value):
                return f"{self.name(attribute)} < {self.value(value)}"
            case AllOf(parts):
                return "(" + " AND ".join(map(self.condition, parts)) + ")"
            case _:
                return "(" + " OR ".join(map(self.condition, condition.parts)) + ")"

    def change(self, change: Change) -> str:
        """Return an update as text; "" when nothing changes."""
        clauses = (
            ("SET", [f"{self.name(name)} = {self.value(value)}" for name, value in change.put.items()]),
            ("ADD", [f"{self.name(name)} {self.value(step)}" for name, step in change.add.items()]),
            ("REMOVE", [self.name(name) for name in change.remove]),
        )
        return " ".join(f"{word} {', '.join(steps)}" for word, steps in clauses if steps)

    def keys(self, query: RangeQuery) -> str:
        """Return which keys are asked for, as text."""
        text = f"{self.name(query.hash_key)} = {self.value(query.pk)}"
        if query.between is not None:
            low, high = query.between
            text += f" AND {self.name(query.range_key)} BETWEEN {self.value(low)} AND {self.value(high)}"
        if query.prefix is not None:
            text += f" AND begins_with({self.name(query.range_key)}, {self.value(query.prefix)})"
        return text

    def projection(self, attributes: Iterable[str]) -> str:
        """Return which attributes are wanted, as text."""
        return ", ".join(map(self.name, attributes))

    def arguments(self) -> dict[str, Any]:
        """Return what the placeholders stand for, as arguments of the call."""
        names = {placeholder: attribute for attribute, placeholder in self._names.items()}
        given = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": self._values}
        return {argument: held for argument, held in given.items() if held}

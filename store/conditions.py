"""Conditions and changes of an item: checked for every backend, carried out here for those that can't.

Promise: ``holds`` and ``changed`` give what DynamoDB's expressions give: comparisons know types, strings
compare by their UTF-8 bytes, and an attribute that is not there makes ``Equals`` and ``Below`` false.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from store.items import normalised, number, total
from store.table import Absent, AllOf, AnyOf, Below, Equals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from store.schema import TableSchema
    from store.table import Condition, Item, Value


@dataclass(frozen=True, slots=True)
class Change:
    """What ``Table.update`` does to an item, checked and in normal form."""

    put: Mapping[str, Any]
    add: Mapping[str, int | Decimal]
    remove: tuple[str, ...]


def checked_change(
    put: Mapping[str, Value] | None,
    add: Mapping[str, int | Decimal] | None,
    remove: Iterable[str],
    schema: TableSchema,
) -> Change:
    """Return the change in normal form.

    Raises:
        TypeError: a value is of a kind that tables don't hold, or an increment is no number.
        ValueError: a key attribute is changed, or one attribute is changed in two ways.
    """
    steps = dict(add or {})
    for name, step in steps.items():
        if isinstance(step, bool) or not isinstance(step, int | Decimal):
            raise TypeError(f"{name} can only be added to with an int or a Decimal")
    change = Change(
        put={name: normalised(value, name) for name, value in (put or {}).items()},
        add={name: number(step, name) for name, step in steps.items()},
        remove=tuple(dict.fromkeys(remove)),
    )
    names = [*change.put, *change.add, *change.remove]
    twice = {name for name in names if names.count(name) > 1}
    if twice or not set(names).isdisjoint(schema.key_attributes):
        raise ValueError(
            f"keys can't be changed, others in one way only: {', '.join(sorted(twice or names))}"
        )
    return change


def changed(item: Item, change: Change) -> Item:
    """Return a new item with the change made.

    Raises:
        TableError: an attribute to be added to holds no number.
    """
    sums = {name: total(item.get(name, 0), step, name) for name, step in change.add.items()}
    gone = set(change.remove)
    return {name: value for name, value in item.items() if name not in gone} | dict(change.put) | sums


def checked_condition(condition: Condition | None) -> Condition | None:
    """Return the condition with its values in normal form.

    Raises:
        TypeError: a value is of a kind that tables don't hold, or has no order (``Below``).
        ValueError: ``AllOf`` or ``AnyOf`` has no parts.
    """
    match condition:
        case Equals(attribute, value):
            return Equals(attribute, normalised(value, attribute))
        case Below(attribute, value):
            bound = normalised(value, attribute)
            if isinstance(bound, bool) or not isinstance(bound, str | bytes | int | Decimal):
                raise TypeError(f"{attribute} can only be below a string, a number or bytes")
            return Below(attribute, bound)
        case AllOf(parts) | AnyOf(parts):
            if not parts:
                raise ValueError(f"{type(condition).__name__} needs at least one part")
            return type(condition)(tuple(part for part in map(checked_condition, parts) if part is not None))
        case _:
            return condition


def holds(condition: Condition | None, item: Mapping[str, Any] | None) -> bool:
    """Tell whether a checked condition is true of the item that is there now (None: there is none)."""
    there = item or {}
    match condition:
        case Absent(attribute):
            return attribute not in there
        case Equals(attribute, value):
            return attribute in there and _same(there[attribute], value)
        case Below(attribute, value):
            return attribute in there and _below(there[attribute], value)
        case AllOf(parts):
            return all(holds(part, there) for part in parts)
        case AnyOf(parts):
            return any(holds(part, there) for part in parts)
        case _:
            return True


def _kind(value: object) -> type:
    return Decimal if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _same(left: Any, right: Any) -> bool:  # noqa: ANN401 - any kind of value
    if _kind(left) is not _kind(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[name], right[name]) for name in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)


def _below(left: Any, right: Any) -> bool:  # noqa: ANN401 - any kind of value
    return _kind(left) is _kind(right) and bool(left < right)

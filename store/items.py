"""What an item may hold, how large it counts, and what identifies it: the same for every backend.

Promise: both backends refuse the same items with the same errors, before any call is made, and give the same
values back: lists for any sequence, ``bytes`` for any buffer, ``int`` for integral numbers, else ``Decimal``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any

from store.table import MAX_ITEM_BYTES, ItemTooLargeError, TableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.schema import TableSchema
    from store.table import Item, Key, Value

MAX_HASH_KEY_BYTES = 2048
MAX_RANGE_KEY_BYTES = 1024
_PRECISION = 38
_MAX_EXPONENT = 125
_MIN_EXPONENT = -130
_EXACT = Context(
    prec=_PRECISION, Emin=_MIN_EXPONENT, Emax=_MAX_EXPONENT, traps=[Inexact, Overflow, InvalidOperation]
)


def checked(item: Mapping[str, Value], schema: TableSchema) -> Item:
    """Return the item in normal form, a copy that shares only immutable values.

    Raises:
        TypeError: a value is of a kind that tables don't hold, floats among them.
        ValueError: a key is missing, empty, too long or no string, or a number has more than 38 digits.
        ItemTooLargeError: it counts more than 400 KB.
    """
    normal = {_text(name, schema.name): normalised(value, name) for name, value in item.items()}
    check_key(key_of(normal, schema), schema)
    for name in schema.indexed_attributes:
        if name in normal:
            check_key_part(normal[name], name, MAX_RANGE_KEY_BYTES)
    check_size(normal, schema)
    return normal


def normalised(value: Any, name: str) -> Any:  # noqa: ANN401 - any kind of value goes in, checked here
    """Return a value as tables give it back.

    Raises:
        TypeError: not a kind of value that tables hold; names the attribute.
        ValueError: a number beyond 38 digits or 1E-130 … 9.9E+125, or text that is not Unicode.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return number(value, name)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, Mapping):
        return {_text(key, name): normalised(part, f"{name}.{key}") for key, part in value.items()}
    if isinstance(value, Sequence):
        return [normalised(part, f"{name}[{at}]") for at, part in enumerate(value)]
    hint = "; give a Decimal or an int" if isinstance(value, float) else ""
    raise TypeError(f"{name} is a {type(value).__name__}, which tables do not hold{hint}")


def number(value: int | Decimal, name: str) -> int | Decimal:
    """Return an ``int`` where integral, else a ``Decimal`` without trailing zeros.

    Raises:
        ValueError: not finite, more than 38 digits, or out of range.
    """
    try:
        exact = Decimal(value).normalize(_EXACT)
    except (Inexact, Overflow, InvalidOperation):
        exact = Decimal("NaN")
    if not exact.is_finite() or (exact and exact.adjusted() < _MIN_EXPONENT):
        raise ValueError(
            f"{name} is no number that tables hold: at most 38 digits, between 1E-130 and 9.9E+125"
        )
    # The exponent says it without a conversion: normalize() has moved all trailing zeros there.
    exponent = exact.as_tuple().exponent
    return int(exact) if isinstance(exponent, int) and exponent >= 0 else exact


def total(number_now: object, step: int | Decimal, name: str) -> int | Decimal:
    """Return the sum of an attribute and an increment; an attribute that is not there counts as 0.

    Raises:
        TableError: the attribute holds something else than a number, or the sum has more than 38 digits.
    """
    if isinstance(number_now, bool) or not isinstance(number_now, int | Decimal):
        raise TableError(f"{name} can't be added to: it is not a number")
    try:
        return number(_EXACT.add(Decimal(number_now), Decimal(step)), name)
    except (Inexact, Overflow, ValueError) as error:
        raise TableError(f"{name} can't be added to: the sum has more than 38 digits") from error


def key_of(item: Mapping[str, Any], schema: TableSchema) -> Key:
    """Return the item's key, with "" for a key attribute that is missing or no string."""
    pk = item.get(schema.hash_key)
    sk = item.get(schema.range_key) if schema.range_key else ""
    return (pk if isinstance(pk, str) else "", sk if isinstance(sk, str) else "")


def check_key(key: Key, schema: TableSchema) -> None:
    """Refuse a key that a table can't hold.

    Raises:
        ValueError: a part is empty, too long, or given although the table has no sort key.
    """
    pk, sk = key
    check_key_part(pk, schema.hash_key, MAX_HASH_KEY_BYTES)
    if schema.range_key:
        check_key_part(sk, schema.range_key, MAX_RANGE_KEY_BYTES)
    elif sk:
        raise ValueError(f"{schema.name} has no sort key, but {sk!r} was given for one")


def check_key_part(value: object, attribute: str, limit: int) -> None:
    """Refuse a value that can't be (part of) a key.

    Raises:
        ValueError: empty, no string, or more than ``limit`` bytes.
    """
    if not isinstance(value, str) or not value:
        raise ValueError(f"{attribute} is a key: it must be a non-empty string")
    if _length(value) > limit:
        raise ValueError(f"{attribute} is a key: {_length(value)} bytes are more than {limit}")


def key_item(key: Key, schema: TableSchema) -> dict[str, str]:
    """Return the key as attributes."""
    return dict(zip(schema.key_attributes, key, strict=False))


def check_size(item: Item, schema: TableSchema) -> None:
    """Refuse what DynamoDB would refuse.

    Raises:
        ItemTooLargeError: the item counts more than 400 KB.
    """
    counted = size(item)
    if counted > MAX_ITEM_BYTES:
        key = "/".join(part for part in key_of(item, schema) if part)
        raise ItemTooLargeError(
            f"{key} counts {counted} bytes in {schema.name}; an item may have {MAX_ITEM_BYTES}"
        )


def size(item: Mapping[str, Any]) -> int:
    """Return the bytes an item counts: names and values, as DynamoDB counts them."""
    return sum(_length(name) + _value_size(value) for name, value in item.items())


def last_of_each(items: Iterable[Item], schema: TableSchema) -> list[Item]:
    """Return the items checked, without those that a later item of the same key replaces."""
    latest: dict[Key, Item] = {}
    for item in items:
        normal = checked(item, schema)
        key = key_of(normal, schema)
        latest.pop(key, None)
        latest[key] = normal
    return list(latest.values())


def _value_size(value: Any) -> int:  # noqa: ANN401 - any kind of value
    match value:
        case None | bool():
            return 1
        case str():
            return _length(value)
        case bytes():
            return len(value)
        case dict():
            return 3 + len(value) + size(value)
        case list():
            return 3 + len(value) + sum(map(_value_size, value))
        case _:
            return _number_size(Decimal(value))


def _number_size(value: Decimal) -> int:
    if not value:
        return 1
    plain = value.normalize(_EXACT)
    digits = len(plain.as_tuple().digits)
    # Two digits share a byte, beginning at an even power of ten; a sign takes one more.
    unaligned = digits % 2 == 0 and plain.adjusted() % 2 == 0
    return 1 + -(-digits // 2) + unaligned + (value < 0)


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _text(name: object, attribute: str) -> str:
    if isinstance(name, str) and name:
        return str.__str__(name)
    raise TypeError(f"{attribute} has {name!r} for a name; names are non-empty strings")

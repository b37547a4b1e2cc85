"""Item values in DynamoDB's notation and back: ``{"S": "text"}``, ``{"N": "1.5"}``, ``{"B": b"…"}``.

Promise: lossless for everything ``store.items`` lets through. Sets, which other programs may have written,
come back as lists.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from store.items import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from store.table import Item


def encode_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a checked item in DynamoDB's notation."""
    return {name: encode(value) for name, value in item.items()}


def decode_item(attributes: Mapping[str, Any]) -> Item:
    """Return what DynamoDB gave as an item in normal form."""
    return {name: decode(value) for name, value in attributes.items()}


def encode(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any kind of value
    """Return one checked value in DynamoDB's notation."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        return {kind: value}
    if isinstance(value, dict):
        return {"M": encode_item(value)}
    if isinstance(value, list):
        return {"L": [encode(part) for part in value]}
    return {"NULL": True} if value is None else {"N": str(value)}


def decode(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any kind of value
    """Return one value from DynamoDB's notation."""
    ((kind, held),) = value.items()
    decoder = _DECODERS.get(kind)
    return held if decoder is None else decoder(held)


def _number(digits: str) -> int | Decimal:
    return int(digits) if digits.lstrip("-").isdigit() else number(Decimal(digits), "a stored number")


_KINDS = {str: "S", bool: "BOOL", bytes: "B"}
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "N": _number,
    "M": decode_item,
    "L": lambda parts: [decode(part) for part in parts],
    "NULL": lambda _: None,
    "NS": lambda parts: [_number(part) for part in parts],
}

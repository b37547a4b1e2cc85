"""Batches of a bounded size whose left-overs are sent again.

Promise: what the table gives back is sent again or named in the error, and what is left of one batch never
keeps the others from being tried. A batch that fails as a whole ends the sending with its own error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from store.table import UnprocessedItemsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0

T = TypeVar("T")


def chunks(items: Sequence[T], length: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most ``length``."""
    for start in range(0, len(items), length):
        yield items[start : start + length]


def pause_s(attempt: int, random: Callable[[], float]) -> float:
    """Return how long to wait before retry number ``attempt`` (from 0): exponential, with full jitter.

    Args:
        attempt: how many retries there were before.
        random: returns a number in [0, 1).
    """
    return random() * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * (1 << attempt))


def send_all(  # noqa: PLR0913 - the seams of one loop
    items: Sequence[T],
    send: Callable[[Sequence[T]], Sequence[T]],
    *,
    length: int,
    retries: int,
    sleep: Callable[[float], None],
    random: Callable[[], float],
) -> None:
    """Send items in batches; ``send`` returns those of a batch that were not processed.

    Raises:
        UnprocessedItemsError: some were left after ``retries`` more attempts.
    """
    left: list[T] = []
    for batch in chunks(items, length):
        remaining = send(batch)
        for attempt in range(retries):
            if not remaining:
                break
            sleep(pause_s(attempt, random))
            remaining = send(remaining)
        left.extend(remaining)
    if left:
        raise UnprocessedItemsError(
            f"{len(left)} of {len(items)} were not processed, each batch sent {retries + 1} times", left
        )

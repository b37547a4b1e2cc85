"""Intervals: how far off a mean or a share may be.

Outcomes are not independent: calls on one stock share its fate, calls of one time share the market's. A
mean's interval therefore clusters by both (Cameron, Gelbach and Miller 2011), and takes the widest of the
two-way and the two one-way variances. Few clusters make it wide: Student's t with the fewer of them less one.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from track_record.method import CONFIDENCE

if TYPE_CHECKING:
    from market.candles import Floats, Ints


class Interval(NamedTuple):
    """From low to high, both inclusive."""

    low: float
    high: float


def wilson(hits: float, count: int, confidence: float = CONFIDENCE) -> Interval:
    """Return Wilson's score interval of a share; ``count`` is at least 1, half hits are allowed."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def clustered_half_width(
    values: Floats, first: Ints, second: Ints, confidence: float = CONFIDENCE
) -> Floats | None:
    """Return how far each column's mean may be off, either way.

    Args:
        values: float64[n, k], finite.
        first: int64[n], the cluster of each row in one way.
        second: int64[n], in another way.
        confidence: of the interval.

    Returns:
        float64[k]; None where there are fewer than two clusters in either way, so that nothing can be said.
    """
    one, ones = _numbered(first)
    two, twos = _numbered(second)
    if min(ones, twos) < 2:  # noqa: PLR2004 - one cluster has no spread
        return None
    errors = values - values.mean(axis=0)
    both, pairs = _numbered(one * twos + two)
    by_one, by_two = _variance(errors, one, ones), _variance(errors, two, twos)
    two_way = by_one + by_two - _variance(errors, both, pairs)
    widest = np.maximum(two_way, np.maximum(by_one, by_two))
    half: Floats = student_t((1 + confidence) / 2, min(ones, twos) - 1) * np.sqrt(widest)
    return half


def student_t(probability: float, freedom: int) -> float:
    """Return the value that Student's t stays below with a probability of 0.5 to 0.9999.

    Args:
        probability: of staying below.
        freedom: degrees of freedom, at least 1.
    """
    low, high = 0.0, 1.0
    while _t_cdf(high, freedom) < probability:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_cdf(middle, freedom) < probability else (low, middle)
    return high


def _t_cdf(t: float, freedom: int) -> float:
    """Return the share of Student's t below t >= 0: the finite sums of Abramowitz and Stegun 26.7.3-4."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine2 = math.cos(angle) ** 2
    odd = freedom % 2
    term = total = 0.0
    if freedom > 1:
        term = total = math.cos(angle) if odd else 1.0
    for k in range(2 + odd, freedom - 1, 2):
        term *= cosine2 * (k - 1) / k
        total += term
    inside = 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
    return 0.5 + inside / 2


def _numbered(labels: Ints) -> tuple[Ints, int]:
    """Return clusters numbered from 0, and how many there are."""
    found, number = np.unique(labels, return_inverse=True)
    return number, len(found)


def _variance(errors: Floats, cluster: Ints, count: int) -> Floats:
    sums = np.zeros((count, errors.shape[1]))
    np.add.at(sums, cluster, errors)
    variance: Floats = count / (count - 1) * (sums**2).sum(axis=0) / len(errors) ** 2
    return variance

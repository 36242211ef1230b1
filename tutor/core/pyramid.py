"""Buckets over buckets: what is kept of a series' older readings.

A leaf sums up 128 neighbouring readings, four buckets make one of the next level, and every level
forgets its oldest. Memory grows with the logarithm of a series; least and greatest values are never
averaged away.
"""

import itertools
import math
import operator
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

LEAF = 128
"""Readings in a bucket of the lowest level."""
FAN = 4
"""Buckets that make one of the next level."""
KEPT = 2048
"""Buckets kept of each level, at least."""
WEIGHTS = (0.0, 0.6, 0.9, 0.97)
"""Smoothing weights that are kept running; 0 is the last finite value itself."""
ZEROS = (0.0,) * len(WEIGHTS)
_above_zero = (0.0).__lt__


class Bucket(NamedTuple):
    """What is kept of neighbouring readings."""

    start: int
    """Step of the first reading."""
    least: float
    greatest: float
    positive: float
    """The least value above 0, for logarithmic axes; infinity if there is none."""
    mean: float
    finite: int
    """How many values are finite."""
    bad: int
    """How many are NaN or infinite."""
    seen: int
    """Finite values of the whole series up to the bucket's end."""
    averages: tuple[float, ...]
    """The running averages at its end, one for each of `WEIGHTS`, not yet debiased."""


class Pyramid:
    """The buckets of one series, over its readings numbered from 0."""

    def __init__(self) -> None:
        self._levels: list[list[Bucket]] = [[]]
        self._bases = [0]

    @property
    def end(self) -> int:
        """How many readings stand in whole leaves."""
        return (self._bases[0] + len(self._levels[0])) * LEAF

    @property
    def last(self) -> Bucket | None:
        """The newest leaf."""
        return self._levels[0][-1] if self._levels[0] else None

    def add(self, starts: Sequence[int], values: Sequence[float]) -> None:
        """Add whole leaves.

        Args:
            starts: The step at which each leaf starts.
            values: `LEAF` values for each of them.
        """
        last = self.last
        averages, seen = (last.averages, last.seen) if last else (ZEROS, 0)
        for i, start in enumerate(starts):
            bucket = summary(start, values[i * LEAF : (i + 1) * LEAF], seen, averages)
            averages, seen = bucket.averages, bucket.seen
            self._levels[0].append(bucket)
        self._build_upwards()
        for level, buckets in enumerate(self._levels):
            # In large pieces, so that forgetting costs next to nothing.
            if len(buckets) > KEPT + KEPT // 2:
                surplus = (len(buckets) - KEPT) // FAN * FAN
                del buckets[:surplus]
                self._bases[level] += surplus

    def _build_upwards(self) -> None:
        for level in itertools.count():
            below, base = self._levels[level], self._bases[level]
            if level + 1 == len(self._levels):
                self._levels.append([])
                self._bases.append(0)
            above = self._levels[level + 1]
            done = (self._bases[level + 1] + len(above)) * FAN
            whole = (base + len(below) - done) // FAN
            for i in range(done - base, done - base + whole * FAN, FAN):
                above.append(_merge(below[i : i + FAN]))
            if whole == 0:
                return

    def find(self, step: float) -> int:
        """How many readings lie before a step: a multiple of a bucket, the finest still kept."""
        span = LEAF
        for buckets, base in zip(self._levels, self._bases, strict=True):
            if buckets and (base == 0 or buckets[0].start < step):
                return (base + bisect_left(buckets, step, key=_start_of)) * span
            span *= FAN
        return 0

    def largest(self, position: int, end: int) -> tuple[Bucket, int] | None:
        """The largest bucket that begins at a reading and ends by another, and where it ends."""
        best: tuple[Bucket, int] | None = None
        span = LEAF
        for buckets, base in zip(self._levels, self._bases, strict=True):
            if position % span or position + span > end:
                break
            index = position // span - base
            if 0 <= index < len(buckets):
                best = buckets[index], position + span
            span *= FAN
        return best

    def finest(self, position: int) -> tuple[Bucket, int]:
        """The finest bucket still kept that covers a reading of a whole leaf, and where it ends."""
        span = LEAF
        for buckets, base in zip(self._levels, self._bases, strict=True):
            index = position // span - base
            if 0 <= index < len(buckets):
                return buckets[index], (position // span + 1) * span
            span *= FAN
        raise IndexError(f"reading {position} is in no bucket")


def _start_of(bucket: Bucket) -> int:
    return bucket.start


def finite_of(values: Sequence[float]) -> Sequence[float]:
    """The values that are neither NaN nor infinite."""
    total = sum(values)
    if total - total == 0.0:
        return values
    return [value for value in values if value - value == 0.0]


def run_average(which: int, average: float, values: Sequence[float]) -> float:
    """A running average, not debiased, over some more finite values.

    Args:
        which: Index of its weight in `WEIGHTS`.
        average: Where it stands before them.
        values: The values.
    """
    weight = WEIGHTS[which]
    for value in values:
        average = weight * average + (1.0 - weight) * value
    return average


# This runs for every reading of a run: a whole leaf is one scalar product with the powers of the
# weight, which is much faster than a loop in Python.
_POWERS = [
    (weight**LEAF, [(1.0 - weight) * weight ** (LEAF - 1 - i) for i in range(LEAF)])
    for weight in WEIGHTS[1:]
]


def _run_averages(averages: tuple[float, ...], values: Sequence[float]) -> tuple[float, ...]:
    if len(values) == LEAF:
        pairs = zip(averages[1:], _POWERS, strict=True)
        return (
            values[-1],
            *(
                decay * average + sum(map(operator.mul, powers, values))
                for average, (decay, powers) in pairs
            ),
        )
    return tuple(run_average(which, each, values) for which, each in enumerate(averages))


def summary(
    start: int, values: Sequence[float], seen: int = 0, averages: tuple[float, ...] = ()
) -> Bucket:
    """A bucket over a few readings.

    Args:
        start: Step of the first of them.
        values: Their values; those that are not finite are only counted.
        seen: Finite values of the series before them.
        averages: The running averages before them; none are kept where this is empty.
    """
    finite = finite_of(values)
    number, bad = len(finite), len(values) - len(finite)
    if averages:
        seen, averages = seen + number, _run_averages(averages, finite)
    if not number:
        return Bucket(start, math.inf, -math.inf, math.inf, 0.0, 0, bad, seen, averages)
    least = min(finite)
    mean = sum(finite) / number
    if mean - mean != 0.0:  # the sum ran over
        mean = sum(value / number for value in finite)
    positive = least if least > 0.0 else min(filter(_above_zero, finite), default=math.inf)
    return Bucket(start, least, max(finite), positive, mean, number, bad, seen, averages)


def _merge(parts: list[Bucket]) -> Bucket:
    """One bucket for neighbouring ones."""
    starts, least, greatest, positive, means, numbers, bad, _, _ = zip(*parts, strict=True)
    number = sum(numbers)
    mean = sum(map(operator.mul, means, numbers)) / number if number else 0.0
    if mean - mean != 0.0:  # the sum ran over
        mean = sum(part.mean * (part.finite / number) for part in parts)
    last = parts[-1]
    return Bucket(
        starts[0],
        min(least),
        max(greatest),
        min(positive),
        float(mean),
        number,
        sum(bad),
        last.seen,
        last.averages,
    )

"""Metric series that grow without end in bounded memory.

A series keeps its newest readings exactly and everything else as a pyramid of buckets: 64 readings
make a leaf, four buckets one of the next level, and every level forgets its oldest. So the last
65,536 readings are exact, any older stretch is known with its least and greatest value, and a
spike of one step is never averaged away. Smoothing runs over every reading as it comes, before
anything is thinned out.
"""

import itertools
import math
import operator
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from tutor.core.protocol import Event, Readings

TAIL = 65_536
"""The newest readings that are kept exactly, at least."""
LEAF = 64
"""Readings in a bucket of the lowest level."""
FAN = 4
"""Buckets that make one of the next level."""
KEPT = 2048
"""Buckets kept of each level, at least."""
WEIGHTS = (0.0, 0.6, 0.9, 0.97)
"""Smoothing weights that are kept running; 0 is the last finite value itself."""
_LAST_STEP = 2**62
_KINDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class Bucket(NamedTuple):
    """What is kept of neighbouring readings."""

    start: int
    """Step of the first reading."""
    least: float
    greatest: float
    positive: float
    """The least value above 0, for logarithmic axes; infinity if there is none."""
    mean: float
    count: int
    """Finite values."""
    bad: int
    """Values that are NaN or infinite."""
    seen: int
    """Finite values of the whole series up to the bucket's end."""
    averages: tuple[float, ...]
    """The running averages at its end, one for each of `WEIGHTS`, not yet debiased."""


class Column(NamedTuple):
    """The readings between two edges of the x axis."""

    least: float
    greatest: float
    positive: float
    mean: float
    average: float
    """The debiased running average after the last of them."""
    count: int
    bad: int


class Series:
    """One metric over the steps of a run. Steps never fall; a step that does counts as the last."""

    def __init__(self, steps: Sequence[int] = (), values: Sequence[float] = ()) -> None:
        self.count = 0
        self.bad = 0
        self.nonpositive = 0
        """Finite values at or below 0."""
        self.first: float | None = None
        self.first_bad: tuple[int, float] | None = None
        """Step and value of the first reading that was not finite."""
        self.least: float | None = None
        self.greatest: float | None = None
        self._steps = array("q")
        self._values = array("d")
        self._first_step: int | None = None
        self._start = 0
        self._levels: list[list[Bucket]] = [[]]
        self._bases = [0]
        self._averages: tuple[float, ...] = (0.0,) * len(WEIGHTS)
        self._seen = 0
        self._cache: tuple[tuple[float, float, int, float, bool], list[Column | None], int] = (
            (0.0, 0.0, 0, 0.0, False),
            [],
            0,
        )
        self.extend(steps, values)

    # --- taking in --------------------------------------------------------------------------------

    def append(self, step: int, value: float) -> None:
        """Add a reading."""
        self.extend((step,), (value,))

    def extend(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Add readings; of two sequences of unequal length the shorter one counts."""
        count = min(len(steps), len(values))
        if count == 0:
            return
        steps, values = list(steps[:count]), list(values[:count])
        last = self.last_step
        if (last is not None and steps[0] < last) or sorted(steps) != steps:
            steps = list(itertools.accumulate([last or 0, *steps], max))[1:]
        if steps[-1] > _LAST_STEP or steps[0] < -_LAST_STEP:
            steps = [max(-_LAST_STEP, min(_LAST_STEP, step)) for step in steps]
        self._note(steps, values)
        self._steps.extend(array("q", steps))
        self._values.extend(array("d", values))
        self.count += count
        self._fill_leaves()
        self._trim()

    def _note(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Keep the record values."""
        if self.first is None:
            self.first, self._first_step = values[0], steps[0]
        total = sum(values)
        if total - total != 0.0:
            bad = [i for i, value in enumerate(values) if value - value != 0.0]
            self.bad += len(bad)
            if bad and self.first_bad is None:
                self.first_bad = (steps[bad[0]], values[bad[0]])
            values = [value for value in values if value - value == 0.0]
            if not values:
                return
        low, high = min(values), max(values)
        self.least = low if self.least is None else min(self.least, low)
        self.greatest = high if self.greatest is None else max(self.greatest, high)
        if low <= 0.0:
            self.nonpositive += sum(value <= 0.0 for value in values)

    def _fill_leaves(self) -> None:
        leaves = self._levels[0]
        done = (self._bases[0] + len(leaves)) * LEAF
        whole = (self.count - done) // LEAF
        if whole == 0:
            return
        first = done - self._start
        block = self._values[first : first + whole * LEAF].tolist()
        for offset in range(0, whole * LEAF, LEAF):
            piece = block[offset : offset + LEAF]
            bucket = self._leaf(self._steps[first + offset], piece)
            self._averages, self._seen = bucket.averages, bucket.seen
            leaves.append(bucket)
        self._build_upwards()

    def _leaf(self, start: int, values: list[float]) -> Bucket:
        """A bucket over readings that follow on the last leaf."""
        finite = _finite(values)
        averages = _run_averages(self._averages, finite)
        bad = len(values) - len(finite)
        return _summary(start, finite, bad, self._seen + len(finite), averages)

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

    def _trim(self) -> None:
        """Forget what is older than is kept; in large pieces, so that it costs next to nothing."""
        if len(self._values) > TAIL + TAIL // 2:
            surplus = (len(self._values) - TAIL) // LEAF * LEAF
            del self._values[:surplus]
            del self._steps[:surplus]
            self._start += surplus
        for level, buckets in enumerate(self._levels):
            if len(buckets) > KEPT + KEPT // 2:
                surplus = (len(buckets) - KEPT) // FAN * FAN
                del buckets[:surplus]
                self._bases[level] += surplus

    # --- giving out -------------------------------------------------------------------------------

    @property
    def last(self) -> float | None:
        """The newest value, finite or not."""
        return self._values[-1] if self.count else None

    @property
    def last_step(self) -> int | None:
        """Step of the newest reading."""
        return self._steps[-1] if self.count else None

    @property
    def first_step(self) -> int | None:
        """Step of the oldest reading."""
        return self._first_step

    def ema(self, weight: float) -> float | None:
        """The debiased exponential moving average over every finite reading so far.

        With weight w over n values x it is the sum of (1 - w) w^(n-i) x_i, divided by 1 - w^n, so
        that a constant series stays what it is from its first reading on.

        Args:
            weight: One of `WEIGHTS`.

        Returns:
            None before the first finite reading.
        """
        return self._average_at(self.count, WEIGHTS.index(weight))

    def values(self) -> list[tuple[int, float]]:
        """Every reading as (step, value), NaN and infinities too.

        Readings older than the exact tail are given as the least and the greatest of their bucket,
        and NaN where one of it was not finite, at the step where the bucket starts.
        """
        exact = list(zip(self._steps, self._values, strict=True))
        if self._start == 0:
            return exact
        old: list[tuple[int, float]] = [(self.first_step or 0, self.first or 0.0)]
        position = 0
        while position < self._start:
            bucket, position = self._oldest_from(position)
            if bucket.bad:
                old.append((bucket.start, math.nan))
            if bucket.count:
                old += [(bucket.start, bucket.least), (bucket.start, bucket.greatest)]
        return old + exact

    def at(self, step: float) -> tuple[int, float] | None:
        """The newest reading at or before a step; of old stretches their mean."""
        if self.count == 0 or step < (self.first_step or 0):
            return None
        if step >= self._steps[0]:
            index = bisect_right(self._steps, step) - 1
            return self._steps[index], self._values[index]
        bucket, _ = self._oldest_from(max(0, self._index(step + 1) - 1))
        return bucket.start, bucket.mean if bucket.count else math.nan

    def columns(
        self, x0: float, x1: float, n: int, *, weight: float = 0.0, log: bool = False
    ) -> list[Column | None]:
        """The readings from step x0 to x1, both included, in n columns of equal width.

        Costs O(n log points): nothing here looks at every reading, and columns that no new
        reading can change are kept from call to call.

        Args:
            x0: Left edge.
            x1: Right edge, beyond x0.
            n: How many columns.
            weight: Which running average; one of `WEIGHTS`.
            log: Whether the edges stand at equal ratios instead of equal distances; x0 > 0 then.

        Returns:
            None for a column without readings.
        """
        key = (x0, x1, n, weight, log)
        known, columns, fixed = self._cache
        if known != key:
            columns, fixed = [None] * n, 0
        columns = columns[:]
        which = WEIGHTS.index(weight)
        last = self.last_step
        begin = self._index(edge(x0, x1, n, fixed, log))
        for i in range(fixed, n):
            right = edge(x0, x1, n, i + 1, log)
            end = self._index(right) if i < n - 1 else self._index(math.nextafter(x1, math.inf))
            columns[i] = self._column(begin, end, which) if end > begin else None
            begin = end
            if last is None or right > last:
                fixed = i
                break
        else:
            fixed = n - 1
        self._cache = (key, columns, fixed)
        return columns

    # --- the pyramid ------------------------------------------------------------------------------

    def _index(self, step: float) -> int:
        """How many readings lie before a step, as exactly as is still known."""
        if self._start == 0 or step > self._steps[0]:
            return self._start + bisect_left(self._steps, step)
        span = LEAF
        for buckets, base in zip(self._levels, self._bases, strict=True):
            if buckets and (base == 0 or buckets[0].start < step):
                found = bisect_left(buckets, step, key=_start_of)
                return min((base + found) * span, self._start)
            span *= FAN
        return 0

    def _column(self, begin: int, end: int, which: int) -> Column:
        """All of the readings begin to end, by their places in the series."""
        least, positive, greatest = math.inf, math.inf, -math.inf
        mean, count, bad, position = 0.0, 0, 0, begin
        while position < end:
            part, position = self._largest(position, end)
            if part.count:
                least = min(least, part.least)
                greatest = max(greatest, part.greatest)
                positive = min(positive, part.positive)
                count += part.count
                share = part.count / count
                mean = mean * (1.0 - share) + part.mean * share
            bad += part.bad
        average = self._average_at(end, which)
        if average is None:
            average = math.nan
        return Column(least, greatest, positive, mean, average, count, bad)

    def _largest(self, position: int, end: int) -> tuple[Bucket, int]:
        """The largest bucket that begins at a place and fits, and where it ends."""
        best: tuple[Bucket, int] | None = None
        span = LEAF
        for buckets, base in zip(self._levels, self._bases, strict=True):
            if position % span or position + span > end:
                break
            index = position // span - base
            if 0 <= index < len(buckets):
                best = buckets[index], position + span
            span *= FAN
        if best is not None:
            return best
        if position < self._start:
            return self._oldest_from(position)
        until = min(end, position - position % LEAF + LEAF)
        first = position - self._start
        piece = self._values[first : first + until - position].tolist()
        finite = _finite(piece)
        return _summary(self._steps[first], finite, len(piece) - len(finite)), until

    def _oldest_from(self, position: int) -> tuple[Bucket, int]:
        """The finest bucket still kept that covers a place of long ago, and where it ends."""
        span = LEAF
        for buckets, base in zip(self._levels, self._bases, strict=True):
            index = position // span - base
            if 0 <= index < len(buckets):
                return buckets[index], (position // span + 1) * span
            span *= FAN
        raise AssertionError("the top level of the pyramid reaches back to the first reading")

    def _average_at(self, end: int, which: int) -> float | None:
        """The debiased average after the first `end` readings."""
        weight, averages, seen, done = WEIGHTS[which], (0.0,) * len(WEIGHTS), 0, 0
        if end >= LEAF:
            inside = end // LEAF - self._bases[0]
            if inside > 0:
                leaf, done = self._levels[0][inside - 1], end // LEAF * LEAF
            else:
                leaf, done = self._oldest_from(end - 1)
            averages, seen = leaf.averages, leaf.seen
        value = averages[which]
        for x in (
            _finite(self._values[done - self._start : end - self._start]) if end > done else ()
        ):
            value = weight * value + (1.0 - weight) * x
            seen += 1
        return value / (1.0 - weight**seen) if seen else None


def edge(x0: float, x1: float, n: int, i: int, log: bool = False) -> float:
    """The left edge of column i of n between x0 and x1."""
    if log:
        return x0 * (x1 / x0) ** (i / n)
    return x0 + (x1 - x0) * i / n


def _start_of(bucket: Bucket) -> int:
    return bucket.start


def _finite(values: Sequence[float]) -> Sequence[float]:
    total = sum(values)
    if total - total == 0.0:
        return values
    return [value for value in values if value - value == 0.0]


def _run_averages(averages: tuple[float, ...], values: Sequence[float]) -> tuple[float, ...]:
    """All running averages over some more values; one loop, since it runs for every reading."""
    last, a, b, c = averages
    _, wa, wb, wc = WEIGHTS
    va, vb, vc = 1.0 - wa, 1.0 - wb, 1.0 - wc
    for last in values:
        a = wa * a + va * last
        b = wb * b + vb * last
        c = wc * c + vc * last
    return last, a, b, c


def _summary(
    start: int,
    finite: Sequence[float],
    bad: int,
    seen: int = 0,
    averages: tuple[float, ...] = (),
) -> Bucket:
    """A bucket over a few readings, of which those that are not finite are only counted."""
    count = len(finite)
    if not count:
        return Bucket(start, math.inf, -math.inf, math.inf, 0.0, 0, bad, seen, averages)
    least = min(finite)
    mean = sum(finite) / count
    if mean - mean != 0.0:  # the sum ran over
        mean = sum(value / count for value in finite)
    positive = least if least > 0.0 else min((v for v in finite if v > 0.0), default=math.inf)
    return Bucket(start, least, max(finite), positive, mean, count, bad, seen, averages)


def _merge(parts: list[Bucket]) -> Bucket:
    """One bucket for neighbouring ones."""
    starts, least, greatest, positive, means, counts, bad, _, _ = zip(*parts, strict=True)
    count = sum(counts)
    mean = sum(map(operator.mul, means, counts)) / count if count else 0.0
    if mean - mean != 0.0:  # the sum ran over
        mean = sum(part.mean * (part.count / count) for part in parts)
    return Bucket(
        starts[0],
        min(least),
        max(greatest),
        min(positive),
        mean,
        count,
        sum(bad),
        parts[-1].seen,
        parts[-1].averages,
    )


class Metrics:
    """All series of a run, fed by its events.

    Attributes:
        series: By name, in the order in which they first came.
    """

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}

    def apply(self, event: Event) -> None:
        """Take in an event; anything but readings changes nothing."""
        if not isinstance(event, Readings):
            return
        bad: dict[str, list[tuple[int, float]]] = {}
        for name, index, kind in event.bad:
            bad.setdefault(name, []).append((index, _KINDS[kind]))
        for name, column in event.s.items():
            series = self.series.get(name)
            if series is None:
                series = self.series[name] = Series()
            if name in bad:
                column = column[:]
                for index, value in bad[name]:
                    if 0 <= index < len(column):
                        column[index] = value
            read = [value for value in column if value is not None]
            if len(read) == len(column):
                series.extend(event.step, read)
            else:
                pairs = zip(event.step, column, strict=False)
                series.extend([step for step, value in pairs if value is not None], read)

    def values(self, name: str) -> list[tuple[int, float]]:
        """A series as (step, value); empty where there is none of that name."""
        series = self.series.get(name)
        return series.values() if series else []

    @property
    def bad(self) -> list[tuple[str, int, str]]:
        """Each series that was once not finite: its name, the first such step, nan, inf or -inf."""
        return [
            (name, series.first_bad[0], _kind(series.first_bad[1]))
            for name, series in self.series.items()
            if series.first_bad is not None
        ]


def _kind(value: float) -> str:
    if value != value:
        return "nan"
    return "inf" if value > 0 else "-inf"

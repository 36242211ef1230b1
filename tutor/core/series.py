"""Metric series that grow without end in bounded memory.

The newest readings are kept exactly, everything older as a pyramid of buckets, so that a spike of
one step is never averaged away. Smoothing runs over every reading as it comes, before anything is
thinned out.
"""

import itertools
import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from tutor.core.protocol import Event, Readings
from tutor.core.pyramid import LEAF, WEIGHTS, Bucket, Pyramid, finite_of, run_average, summary

TAIL = 65_536
"""The newest readings that are kept exactly, at least."""
_LAST_STEP = 2**62
_KINDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_above_zero = (0.0).__lt__


class Column(NamedTuple):
    """The readings between two edges of the x axis."""

    least: float
    greatest: float
    positive: float
    mean: float
    average: float
    """The debiased running average after the last of them."""
    finite: int
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
        self.positive: float | None = None
        """The least value above 0."""
        self._steps = array("q")
        self._values = array("d")
        self._first_step: int | None = None
        self._start = 0
        self._pyramid = Pyramid()
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
            before = steps[0] if last is None else last
            steps = list(itertools.accumulate([before, *steps], max))[1:]
        if steps[-1] > _LAST_STEP or steps[0] < -_LAST_STEP:
            steps = [max(-_LAST_STEP, min(_LAST_STEP, step)) for step in steps]
        self._note(steps, values)
        self._steps.fromlist(steps)
        self._values.fromlist(values)
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
        above: float | None = low
        if low <= 0.0:
            self.nonpositive += len(values) - sum(map(_above_zero, values))
            above = min(filter(_above_zero, values), default=None)
        if above is not None:
            self.positive = above if self.positive is None else min(self.positive, above)

    def _fill_leaves(self) -> None:
        done = self._pyramid.end
        whole = (self.count - done) // LEAF * LEAF
        if whole:
            first = done - self._start
            starts = self._steps[first : first + whole : LEAF]
            self._pyramid.add(starts, self._values[first : first + whole].tolist())

    def _trim(self) -> None:
        """Forget what is older than is kept; in large pieces, so that it costs next to nothing."""
        if len(self._values) > TAIL + TAIL // 2:
            surplus = (len(self._values) - TAIL) // LEAF * LEAF
            del self._values[:surplus]
            del self._steps[:surplus]
            self._start += surplus

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
            bucket, position = self._pyramid.finest(position)
            if bucket.bad:
                old.append((bucket.start, math.nan))
            if bucket.finite:
                old += [(bucket.start, bucket.least), (bucket.start, bucket.greatest)]
        return old + exact

    def at(self, step: float) -> tuple[int, float] | None:
        """The newest reading at or before a step; of old stretches their mean."""
        if self.count == 0 or step < (self.first_step or 0):
            return None
        if step >= self._steps[0]:
            index = bisect_right(self._steps, step) - 1
            return self._steps[index], self._values[index]
        bucket, _ = self._pyramid.finest(max(0, self._index(step + 1) - 1))
        return bucket.start, bucket.mean if bucket.finite else math.nan

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

    def _index(self, step: float) -> int:
        """How many readings lie before a step, as exactly as is still known."""
        if self._start == 0 or step > self._steps[0]:
            return self._start + bisect_left(self._steps, step)
        return min(self._pyramid.find(step), self._start)

    def _column(self, begin: int, end: int, which: int) -> Column:
        """All of the readings begin to end, by their places in the series."""
        least, positive, greatest = math.inf, math.inf, -math.inf
        mean, finite, bad, position = 0.0, 0, 0, begin
        while position < end:
            part, position = self._part(position, end)
            if part.finite:
                least = min(least, part.least)
                greatest = max(greatest, part.greatest)
                positive = min(positive, part.positive)
                finite += part.finite
                share = part.finite / finite
                mean = mean * (1.0 - share) + part.mean * share
            bad += part.bad
        average = self._average_at(end, which)
        average = math.nan if average is None else average
        return Column(least, greatest, positive, mean, average, finite, bad)

    def _part(self, position: int, end: int) -> tuple[Bucket, int]:
        """As many readings from a place on as one bucket can sum up, and where they end."""
        found = self._pyramid.largest(position, end)
        if found is not None:
            return found
        if position < self._start:
            return self._pyramid.finest(position)
        until = min(end, position - position % LEAF + LEAF)
        first, last = position - self._start, until - self._start
        return summary(self._steps[first], self._values[first:last].tolist()), until

    def _average_at(self, end: int, which: int) -> float | None:
        """The debiased average after the first `end` readings."""
        average, seen, done = 0.0, 0, 0
        if end >= LEAF:
            bucket, done = self._pyramid.finest(end // LEAF * LEAF - 1)
            average, seen = bucket.averages[which], bucket.seen
        if self._start <= done < end:
            rest = finite_of(self._values[done - self._start : end - self._start])
            average, seen = run_average(which, average, rest), seen + len(rest)
        return average / (1.0 - WEIGHTS[which] ** seen) if seen else None


def edge(x0: float, x1: float, n: int, i: int, log: bool = False) -> float:
    """The left edge of column i of n between x0 and x1."""
    if log:
        return x0 * math.pow(x1 / x0, i / n)
    return x0 + (x1 - x0) * i / n


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

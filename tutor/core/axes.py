"""Axes of a plot: limits that move seldom, ticks at round numbers, numbers of constant width."""

import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

HUGE = 8e307
"""Values beyond this are drawn at the edge: the distance of two limits must stay finite."""
TINY = 1e-300


class Axis(NamedTuple):
    """What a scale shows: from `low` to `high`, at equal distances or at equal ratios."""

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high end, never beyond.

        On a logarithmic axis values at or below 0 lie at the low end; whoever draws leaves them out.
        """
        low, high = self.low, self.high
        if self.log:
            value = math.log10(max(value, TINY))
            low, high = math.log10(low), math.log10(high)
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def value(self, place: float) -> float:
        """The value at a place from 0 to 1."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            return math.pow(10.0, low + (high - low) * place)
        return self.low + (self.high - self.low) * place

    def shows(self, value: float) -> bool:
        """Whether a value lies between the limits."""
        return self.low <= value <= self.high


def _nice(value: float, up: bool) -> float:
    """The nearest of 1, 2, 5 times a power of ten at or above (or at or below) a positive value."""
    power = math.floor(math.log10(value))
    # Digits that float arithmetic smears (0.30000000000000004) must not push to the next number.
    fraction = round(value / math.pow(10.0, power), 9)
    steps = (1.0, 2.0, 5.0, 10.0)
    if up:
        fraction = next((step for step in steps if step >= fraction), 10.0)
    else:
        fraction = next((step for step in reversed(steps) if step <= fraction), 1.0)
    return fraction * math.pow(10.0, power)


def nice_step(span: float, count: int) -> float:
    """A round distance (1, 2 or 5 times a power of ten) that fits about `count` times into span."""
    return _nice(max(span / max(1, count), TINY), up=True)


def around(values: Iterable[float], *, log: bool = False, tight: bool = False) -> Axis | None:
    """An axis with round limits around some values.

    Args:
        values: Those that are not finite, and on a logarithmic axis not above 0, do not count.
        log: Whether it is logarithmic.
        tight: Whether it stays close to the values; otherwise values that are all above 0 bring 0
            with them, and a logarithmic axis goes down to a whole power of ten.

    Returns:
        None where no value counts.
    """
    good = [value for value in values if value - value == 0.0 and (not log or value > 0.0)]
    if not good:
        return None
    low, high = max(min(good), -HUGE), min(max(good), HUGE)
    return _around_log(low, high, tight) if log else _around(low, high, tight)


def _around_log(low: float, high: float, tight: bool) -> Axis:
    low, high = max(low, TINY), max(high, TINY)
    least = _nice(low, up=False) if tight else math.pow(10.0, math.floor(math.log10(low)))
    greatest = _nice(high, up=True)
    if greatest / least < 4.0:
        least, greatest = least / 2.0, greatest * 2.0
    return Axis(least, greatest, log=True)


def _around(low: float, high: float, tight: bool) -> Axis:
    if low >= 0.0 and not tight:
        low = 0.0
    size = max(abs(low), abs(high))
    # Closer together than this, neighbouring labels and float steps could not be told apart.
    if high - low <= max(size * 1e-9, TINY):
        pad = max(size * 0.5, 1e-290) if size else 1.0
        # What was never negative needs no room below 0.
        low, high = 0.0 if low >= 0.0 and not tight else low - pad, high + pad
        low, high = max(low, -HUGE), min(high, HUGE)
    step = nice_step(high - low, 5)
    return Axis(_multiple(low, step, -1), _multiple(high, step, 1))


def _multiple(value: float, step: float, side: int) -> float:
    """The multiple of a step at or beyond a value, below it or above it."""
    ratio = round(value / step, 6)
    whole = math.floor(ratio) if side < 0 else math.ceil(ratio)
    return min(HUGE, max(-HUGE, whole * step))


def grown(axis: Axis | None, values: Iterable[float], *, log: bool) -> Axis | None:
    """An axis that also holds some more values: the same one as long as they fit.

    Where it has to grow it grows by a good piece, so that it does not have to again soon, and it
    never shrinks: a curve is watched against limits that stand still.
    """
    good = [value for value in values if value - value == 0.0 and (not log or value > 0.0)]
    if axis is None or axis.log != log:
        return around(good, log=log)
    outside = [value for value in good if not axis.low <= value <= axis.high]
    if not outside or (axis.low <= -HUGE and axis.high >= HUGE):
        return axis
    low, high = min(outside), max(outside)
    ends = [axis.low, axis.high]
    if log:
        ends += [low, high]
    else:
        room = 0.1 * (min(max(high, axis.high), HUGE) / 2 - max(min(low, axis.low), -HUGE) / 2)
        ends += [low - room if low < axis.low else low, high + room if high > axis.high else high]
    wider = around([min(HUGE, max(-HUGE, end)) for end in ends], log=log, tight=not log)
    if wider is None:
        return axis
    return Axis(min(axis.low, wider.low), max(axis.high, wider.high), log)


def ticks(axis: Axis, count: int) -> list[float]:
    """About `count` round values on an axis, ascending."""
    if axis.log:
        return _log_ticks(axis, count)
    step = nice_step(axis.high / count - axis.low / count, 1)
    first = math.ceil(round(axis.low / step, 6))
    last = math.floor(round(axis.high / step, 6))
    if last - first > 3 * count:  # steps below the float's own distance
        return [axis.low, axis.high]
    return [i * step for i in range(first, last + 1)]


def _log_ticks(axis: Axis, count: int) -> list[float]:
    low, high = math.log10(axis.low), math.log10(axis.high)
    first, last = math.ceil(round(low, 9)), math.floor(round(high, 9))
    if last - first >= 2 or count < 3:
        every = max(1, math.ceil((last - first + 1) / max(1, count)))
        return [math.pow(10.0, power) for power in range(first, last + 1, every)] or [axis.low]
    fine = [
        digit * math.pow(10.0, power)
        for power in range(math.floor(low), math.ceil(high) + 1)
        for digit in (1, 2, 5)
    ]
    return [value for value in fine if axis.low * 0.999999 <= value <= axis.high * 1.000001]


def step_axis(axis: Axis | None, planned: int | None, last: int) -> Axis:
    """The axis of steps: from 0 to the planned number, else to a round number that doubles.

    Args:
        axis: The axis so far.
        planned: Steps planned, where the run said so.
        last: The newest step.
    """
    end = planned if planned and planned > 0 else max(50, int(axis.high) if axis else 0)
    while end < last:
        end *= 2
    return Axis(0.0, float(end))


def part(whole: Axis, low: float, high: float) -> tuple[float, float] | None:
    """Limits moved into an axis of steps, or None where they are all of it."""
    if low < whole.low:
        low, high = whole.low, high if whole.log else whole.low + high - low
    elif high > whole.high:
        low, high = low if whole.log else whole.high - high + low, whole.high
    low, high = max(low, whole.low), min(high, whole.high)
    high = max(high, low + 4.0)
    return (low, high) if low > whole.low or high < whole.high else None


# --- numbers ----------------------------------------------------------------------------------------


def short(value: float | None, width: int = 7) -> str:
    """A number in at most `width` characters, at least 6: as many of four digits as fit."""
    if value is None:
        return "–"
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0.0:
        return "0"
    for digits in (4, 3, 2, 1):
        plain = f"{value:#.{digits}g}".rstrip(".")
        if "e" not in plain and len(plain) <= width:
            return plain
        text = _exponent(value, digits)
        if len(text) <= width:
            return text
    return "-0" if abs(value) < 1 else "-inf"


def _exponent(value: float, digits: int) -> str:
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(power)}"


def labels(values: list[float], width: int = 6) -> list[str]:
    """The numbers at the ticks of one axis, right-aligned in `width` characters.

    They share their number of decimals, so that points stand under points.
    """
    if len(values) > 1 and all(value - value == 0.0 for value in values):
        step = min(abs(b - a) for a, b in itertools.pairwise(values))
        even = abs((values[-1] - values[0]) - step * (len(values) - 1)) < step * 1e-3
        if even and step > 0:
            decimals = max(0, -math.floor(math.log10(step) + 1e-9))
            texts = [f"{value:.{decimals}f}" for value in values] if decimals < width else []
            if texts and max(map(len, texts)) <= width:
                return [text.rjust(width) for text in texts]
    return [_round(value, width).rjust(width) for value in values]


def _round(value: float, width: int) -> str:
    plain = f"{value:.6g}"
    return plain if len(plain) <= width and "e" not in plain else _fit(value, width)


def _fit(value: float, width: int) -> str:
    for digits in (3, 2, 1):
        text = _exponent(value, digits) if value else "0"
        if len(text) <= width:
            return text
    return short(value, width)


def count_of_steps(value: float) -> str:
    """A step as a person reads it: 1200, 15k, 2.5M."""
    step = round(value)
    if abs(step) < 10_000:
        return str(step)
    for unit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if abs(step) >= unit:
            return f"{step / unit:.4g}{letter}" if abs(step) < 10**13 else _exponent(step, 3)
    return str(step)

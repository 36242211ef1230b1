"""Axes: nice limits that only grow, ticks, numbers of constant width."""

import math
from collections.abc import Iterable

LABEL = 7
"""Columns of a number on an axis."""


def nice_limits(low: float, high: float) -> tuple[float, float]:
    """Limits a little wider than the values, on round numbers."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    if low == high:
        pad = abs(low) * 0.5 or 0.5
        low, high = low - pad, high + pad
    step = nice_step((high / 4) - (low / 4))
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    return (bottom, top) if math.isfinite(bottom) and math.isfinite(top) else (low, high)


def nice_step(rough: float) -> float:
    """The round step, 1, 2 or 5 times a power of ten, nearest above a rough one."""
    if not math.isfinite(rough) or rough <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    if power == 0.0:
        return rough
    return next((m * power for m in (1, 2, 5) if m * power >= rough * (1 - 1e-9)), 10 * power)


def log_limits(low: float, high: float) -> tuple[float, float]:
    """Limits of a logarithmic axis, as exponents of ten, on 1, 2 and 5 below and above."""
    if not (0 < low <= high < math.inf):
        return 0.0, 1.0
    bottom, top = _log_floor(low), _log_ceil(high)
    return (bottom, top) if top > bottom else (bottom - 0.5, top + 0.5)


_STEPS = (0.0, math.log10(2), math.log10(5), 1.0)


def _log_floor(value: float) -> float:
    exponent = math.log10(value)
    whole = math.floor(exponent)
    return max(whole + step for step in _STEPS if whole + step <= exponent + 1e-12)


def _log_ceil(value: float) -> float:
    exponent = math.log10(value)
    whole = math.floor(exponent)
    return min(whole + step for step in _STEPS if whole + step >= exponent - 1e-12)


def ticks(low: float, high: float, most: int, log: bool) -> list[float]:
    """Round values between two limits, at most about so many; exponents of ten where `log`."""
    if not high > low:
        return [low]
    if log:
        whole = range(math.floor(low), math.ceil(high) + 1)
        fine = [decade + step for decade in whole for step in _STEPS[:3]]
        inside = [value for value in fine if low - 1e-9 <= value <= high + 1e-9]
        if len(inside) <= most:
            return inside
        decades = [float(each) for each in whole if low - 1e-9 <= each <= high + 1e-9]
        every = math.ceil(len(decades) / most)
        return decades[::every] or [low, high]
    step = nice_step(high / most - low / most)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first
    if not 0 <= count <= 100:
        return [low, high]
    return [
        round((first + i) * step, 12) if abs(step) < 1e10 else (first + i) * step
        for i in range(count + 1)
    ]


def number(value: float, width: int = LABEL) -> str:
    """A number in at most so many columns."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    for digits in (4, 3, 2, 1):
        text = f"{value:.{digits}g}"
        if "e" in text:
            mantissa, _, exponent = text.partition("e")
            text = f"{mantissa}e{int(exponent)}"
        if len(text) <= width:
            return text
    return text[:width]


def count(value: float) -> str:
    """A count of steps, short: 400, 1.2k, 3M."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scaled = value / (1e3 if unit == "k" else limit)
            return f"{scaled:.4g}{unit}"
    return f"{value:.0f}"


class Range:
    """Limits of a y axis: grow with the data, never shrink while live.

    Attributes:
        low, high: In data units, or exponents of ten on a logarithmic axis; None before any data.
    """

    def __init__(self) -> None:
        self.low: float | None = None
        self.high: float | None = None

    def reset(self) -> None:
        """Forget what was there."""
        self.low = self.high = None

    def take(self, values: Iterable[float], log: bool) -> bool:
        """Make room for values; True where the limits changed."""
        seen = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
        if not seen:
            return False
        low, high = min(seen), max(seen)
        if self.low is not None and self.high is not None:
            here = (math.log10(low), math.log10(high)) if log else (low, high)
            if self.low <= here[0] and here[1] <= self.high:
                return False
            known = (10**self.low, 10**self.high) if log else (self.low, self.high)
            low, high = min(low, known[0]), max(high, known[1])
        self.low, self.high = log_limits(low, high) if log else nice_limits(low, high)
        return True

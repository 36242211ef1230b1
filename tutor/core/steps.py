"""Turning a knob by a notch: pleasant values, one after the other."""

import math

from tutor.core.lesson import Knob, Scalar

MANTISSAS = (1.0, 2.0, 3.0, 5.0)
"""Notches in each decade of a logarithmic knob."""


def notch(knob: Knob, value: Scalar, way: int) -> Scalar:
    """The next value of a knob in a direction, inside its range.

    Args:
        knob: The declaration.
        value: Where it stands.
        way: 1 for up, -1 for down.

    Returns:
        For choices and switches the neighbour, going round; for a logarithmic knob the next of
        1, 2, 3, 5 times a power of ten; else a step of a twentieth of the range, rounded.
    """
    if isinstance(value, bool):
        return not value
    if knob.choices:
        index = knob.choices.index(value) if value in knob.choices else 0
        return knob.choices[(index + way) % len(knob.choices)]
    if isinstance(value, str):
        return value
    low, high = knob.range or (-math.inf, math.inf)
    moved = _log_notch(value, way) if knob.scale == "log" else value + way * _step(low, high)
    moved = min(high, max(low, moved))
    if isinstance(knob.default, int) and not isinstance(knob.default, bool):
        whole = round(moved)
        return whole if whole != value else int(min(high, max(low, value + way)))
    return float(f"{moved:.6g}")


def _log_notch(value: float, way: int) -> float:
    """The next notch strictly beyond the value."""
    if value <= 0:
        return value
    decade = math.floor(math.log10(value))
    grid = sorted(m * 10.0**d for d in range(decade - 1, decade + 3) for m in MANTISSAS)
    if way > 0:
        return next(each for each in grid if each > value * (1 + 1e-9))
    return next(each for each in reversed(grid) if each < value * (1 - 1e-9))


def _step(low: float, high: float) -> float:
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return 1.0
    rough = (high - low) / 20
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))


def shown(value: Scalar) -> str:
    """A knob's value as a person writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)

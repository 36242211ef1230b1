"""Declared knobs and what was asked for -> the values a run gets."""

import math
from collections.abc import Mapping

from tutor.core.errors import TutorError
from tutor.core.lesson import Knob, Run, Scalar
from tutor.core.text import visible

_TRUE, _FALSE = ("true", "on", "yes", "1"), ("false", "off", "no", "0")


def validate(run: Run, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Every knob's value: what was given, the rest at their defaults.

    Args:
        run: The exercise.
        given: Values by name; text, as it comes from a command line, is read by the knob's type.

    Raises:
        TutorError: Names the knob, the value and what is allowed.
    """
    for name in given:
        declared(run, name)
    return {
        name: check(name, knob, given[name]) if name in given else knob.default
        for name, knob in run.knobs.items()
    }


def declared(run: Run, name: str) -> Knob:
    """A knob of an exercise by its name. Raises TutorError where it has none of that name."""
    if name not in run.knobs:
        known = ", ".join(run.knobs) or "none"
        raise TutorError(f"`{run.id}` has no knob `{visible(name)}`.", f"Its knobs: {known}.")
    return run.knobs[name]


def check(name: str, knob: Knob, value: Scalar) -> Scalar:
    """One knob's value, in the knob's own type.

    Raises:
        TutorError: If it is not of that type or not allowed.
    """
    read = _read(name, knob, value)
    if knob.choices and read not in knob.choices:
        allowed = ", ".join(str(choice) for choice in knob.choices)
        raise TutorError(f"{name} cannot be {read}.", f"Choose from {allowed}.")
    if knob.range is not None and isinstance(read, int | float) and not isinstance(read, bool):
        low, high = knob.range
        if not low <= read <= high:
            raise TutorError(
                f"{name} = {read:g} is out of range.", f"It goes from {low:g} to {high:g}."
            )
    return read


def _read(name: str, knob: Knob, value: Scalar) -> Scalar:
    default = knob.default
    text = visible(str(value).strip())
    if isinstance(default, bool):
        if text.lower() in (*_TRUE, *_FALSE):
            return text.lower() in _TRUE
        raise TutorError(f"{name} cannot be {text}.", "It is on or off.")
    if isinstance(default, str):
        return text
    if isinstance(value, bool):
        raise TutorError(f"{name} cannot be {text}.", "It is a number.")
    try:
        number = float(text)
    except ValueError as error:
        raise TutorError(f"{name} cannot be `{text}`.", "Give a number, like 0.1.") from error
    if not math.isfinite(number):
        raise TutorError(f"{name} cannot be {text}.", "Give a finite number.")
    if isinstance(default, int):
        if number != int(number):
            raise TutorError(f"{name} cannot be {text}.", "It is a whole number.")
        return int(number)
    return number


def turned_fixed(run: Run, knobs: Mapping[str, Scalar]) -> list[str]:
    """The fixed knobs that stand off their default; where there are any a run is practice."""
    return [
        name
        for name in run.fixed
        if name in knobs and name in run.knobs and knobs[name] != run.knobs[name].default
    ]

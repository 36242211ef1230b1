"""Sweeps: a run for each of several values of some knobs, so that one sees what a knob does."""

import itertools
import math
import random
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.knobs import check, declared, validate
from tutor.core.legend import held_out
from tutor.core.lesson import Knob, Run, Scalar
from tutor.core.steps import MANTISSAS
from tutor.core.text import visible

MOST = 64
"""Runs of one sweep: more of them nobody looks at, and nobody waits for."""
FEW = 5
"""Values of a range for which nobody said how many."""


class Space(Struct, frozen=True):
    """What a knob is tried at."""

    knob: str
    values: tuple[Scalar, ...]
    """One after the other; where trials are drawn by chance, one of these."""
    ends: tuple[float, float] | None = None
    """Where it is a range: a trial drawn by chance lies anywhere in it."""


class Trial(Struct, frozen=True):
    """One run of a sweep: what is swept, and its seed."""

    knobs: dict[str, Scalar]
    seed: int = 0


class Plan(Struct, frozen=True, kw_only=True):
    """All runs of a sweep."""

    exercise: str
    base: dict[str, Scalar]
    """Every knob where it stands in all of the runs, those that are swept left out."""
    knobs: tuple[str, ...]
    """The knobs that are swept."""
    trials: tuple[Trial, ...]
    metric: str
    """The series whose last value is compared."""

    def values(self, trial: int) -> dict[str, Scalar]:
        """Every knob of one trial."""
        return {**self.base, **self.trials[trial].knobs}


# --- what a knob is tried at ------------------------------------------------------------------------


def read_space(run: Run, text: str) -> Space:
    """Read what a knob is tried at: `lr=0.1,0.3`, `lr=1e-4:1:7`, or `lr=1e-4:1`.

    Raises:
        TutorError: If it cannot be read, or a value is not allowed.
    """
    name, equals, values = text.partition("=")
    name = name.strip()
    if not equals or not values.strip():
        raise TutorError(
            f"`{visible(text)}` does not say what is tried.",
            "Write values, like lr=0.01,0.1, or a range and how many, like lr=1e-4:1:5.",
        )
    knob = declared(run, name)
    number = isinstance(knob.default, int | float) and not isinstance(knob.default, bool)
    if ":" in values and number:
        return _ranged(name, knob, values)
    found = (check(name, knob, each) for each in values.split(",") if each.strip())
    return Space(name, tuple(dict.fromkeys(found)))


def _ranged(name: str, knob: Knob, text: str) -> Space:
    parts = text.split(":")
    try:
        low, high = float(parts[0]), float(parts[1])
        count = int(parts[2]) if len(parts) > 2 else FEW
        good = len(parts) < 4 and math.isfinite(low) and math.isfinite(high)
    except ValueError:
        good = False
        low = high = count = 0
    if not good:
        raise TutorError(
            f"{name} cannot go through `{visible(text)}`.",
            "Write its ends and how many values, like 1e-4:1:5.",
        )
    if knob.choices:
        between = [
            each for each in knob.choices if not isinstance(each, str) and low <= each <= high
        ]
        if not between:
            raise TutorError(f"{name} has no value between {low:g} and {high:g}.")
        return Space(name, tuple(between))
    return spread(name, knob, low, high, count)


def spread(name: str, knob: Knob, low: float, high: float, count: int) -> Space:
    """So many values from one end to the other, at equal ratios for a logarithmic knob.

    Ratios above 2 are rounded to values as a person writes them: 0.001, 0.01, not 0.00949. Of whole
    numbers there may be fewer than were asked for.

    Raises:
        TutorError: If the ends are not allowed, or stand the wrong way round.
    """
    if low > high:
        raise TutorError(f"{name} goes from {low:g} down to {high:g}.", "Write the smaller first.")
    if count < 1 or (count < 2 and low < high):
        raise TutorError(f"{name} is tried at {count} values.", "From end to end it takes two.")
    if count > MOST:
        raise TutorError(f"{name} is tried at {count} values.", f"A sweep has {MOST} runs at most.")
    ends = check(name, knob, low), check(name, knob, high)
    if knob.scale == "log" and low <= 0:
        raise TutorError(f"{name} is stepped by factors.", "Begin its range above 0.")
    inner = _log_steps(low, high, count) if knob.scale == "log" else _steps(low, high, count)
    if isinstance(knob.default, int):
        inner = [float(round(value)) for value in inner]
    values = [ends[0], *(check(name, knob, value) for value in inner), ends[1]]
    return Space(name, tuple(dict.fromkeys(values)), (low, high))


def _steps(low: float, high: float, count: int) -> list[float]:
    """What lies between the ends at equal distances."""
    exact = [low + (high - low) * i / (count - 1) for i in range(1, count - 1)]
    return _rounded(exact, low, high, 6)


def _log_steps(low: float, high: float, count: int) -> list[float]:
    """What lies between the ends at equal ratios."""
    if count < 3 or low == high:
        return []
    ratio = (high / low) ** (1 / (count - 1))
    exact = [low * ratio**i for i in range(1, count - 1)]
    # A pleasant value is at most a factor of 1.42 away, so that above 2 no two become the same.
    return [_pleasant(value) for value in exact] if ratio > 2.01 else _rounded(exact, low, high, 3)


def _pleasant(value: float) -> float:
    power = math.floor(math.log10(value))
    near = [m * 10.0**p for p in (power - 1, power, power + 1) for m in MANTISSAS]
    return float(f"{min(near, key=lambda each: abs(math.log(each / value))):.6g}")


def _rounded(values: list[float], low: float, high: float, digits: int) -> list[float]:
    """In so many digits, unless values that differ would become one."""
    short = [float(f"{value:.{digits}g}") for value in values]
    apart = len({low, *short, high}) == len(values) + 2
    inside = all(low <= value <= high for value in short)
    return short if apart and inside else values


def whole(run: Run, name: str, count: int = 0) -> Space | None:
    """All that a knob may be: its choices, or its range in so many values.

    Args:
        run: The exercise.
        name: The knob.
        count: How many values; 0 takes a power of ten each where they are some, else six.

    Returns:
        None for a knob that says neither range nor choices.
    """
    knob = run.knobs[name]
    if isinstance(knob.default, bool):
        return Space(name, (False, True))
    if knob.choices:
        return Space(name, knob.choices)
    if knob.range is None or isinstance(knob.default, str):
        return None
    low, high = knob.range
    if not count and knob.scale == "log" and low > 0:
        count = round(math.log10(high / low)) + 1
        count = count if 4 <= count <= 8 else 6
    return spread(name, knob, low, high, count or 6)


def proposed(run: Run) -> str:
    """The knob to sweep first: a logarithmic one, else one with a range, else one with choices."""
    names = [name for name in run.knobs if name not in run.fixed and whole(run, name)]
    names = names or [name for name in run.knobs if whole(run, name)]
    return min(names, key=lambda name: _rank(run.knobs[name]), default="")


def _rank(knob: Knob) -> int:
    return 0 if knob.scale == "log" else 1 if knob.range is not None else 2


def base(run: Run) -> dict[str, Scalar]:
    """Where the knobs stand that are not swept: at their defaults.

    A knob that every recorded case sets to one value, such as a pause for the eyes to 0, stands
    there, so that the runs can be held against the recorded ones.
    """
    agreed = {
        name: run.case[0].knobs[name]
        for name in (run.case[0].knobs if run.case else ())
        if all(case.knobs.get(name) == run.case[0].knobs[name] for case in run.case)
    }
    # A case that is alone agrees with nobody.
    return validate(run, agreed if len(run.case) > 1 else {})


# --- all of its runs --------------------------------------------------------------------------------


def make_plan(
    run: Run,
    spaces: Sequence[Space],
    *,
    set_to: Mapping[str, Scalar] | None = None,
    seeds: int = 1,
    draws: int | None = None,
    first_seed: int = 0,
    metric: str = "",
) -> Plan:
    """Every run of a sweep: each value with each of the others, or so many drawn by chance.

    Args:
        run: The exercise.
        spaces: What is tried of each knob.
        set_to: Where other knobs stand in all runs, the rest as in `base`.
        seeds: Runs of each setting. Settings share their seeds, so that chance does not part them.
        draws: How many settings are drawn, instead of all.
        first_seed: The first of the seeds; it also says what is drawn.
        metric: The series that is compared; the one that fits where it is empty.

    Raises:
        TutorError: If nothing is swept, or too much, or something is not allowed.
    """
    swept = [space.knob for space in spaces]
    given = validate(run, {**base(run), **(set_to or {})})
    twice = {name for name in swept if swept.count(name) > 1 or name in (set_to or {})}
    if twice:
        raise TutorError(f"{min(twice)} is given twice.", "Sweep it once, and do not set it too.")
    if not spaces or not all(space.values for space in spaces):
        raise TutorError("No knob is swept.", "Choose one, and the values to try it at.")
    _count(math.prod(len(space.values) for space in spaces) if draws is None else draws, seeds)
    settings = _grid(spaces) if draws is None else _drawn(run, spaces, draws, first_seed)
    return Plan(
        exercise=run.id,
        base={name: value for name, value in given.items() if name not in swept},
        knobs=tuple(swept),
        trials=tuple(
            Trial(knobs, seed)
            for knobs in settings
            for seed in range(first_seed, first_seed + seeds)
        ),
        metric=metric_of(run, metric),
    )


def _count(settings: int, seeds: int) -> None:
    """Raise TutorError where there is not one run, or there are too many."""
    if settings < 1 or seeds < 1:
        raise TutorError("That is not a single run.", "Ask for one seed, and one draw, at least.")
    if settings * seeds > MOST:
        raise TutorError(
            f"That is {settings * seeds} runs; a sweep has {MOST} at most.",
            "Try fewer values or seeds, or draw some of them by chance.",
        )


def _grid(spaces: Sequence[Space]) -> list[dict[str, Scalar]]:
    names = [space.knob for space in spaces]
    every = itertools.product(*(space.values for space in spaces))
    return [dict(zip(names, values, strict=True)) for values in every]


def _drawn(run: Run, spaces: Sequence[Space], count: int, seed: int) -> list[dict[str, Scalar]]:
    """Settings by chance, no two the same; fewer where there are no more, in their order."""
    chance = random.Random(seed)
    found: list[dict[str, Scalar]] = []
    for _ in range(count * 20):
        setting = {space.knob: _draw(run.knobs[space.knob], space, chance) for space in spaces}
        if setting not in found:
            found.append(setting)
        if len(found) == count:
            break
    return sorted(found, key=lambda each: [_order(value) for value in each.values()])


def _draw(knob: Knob, space: Space, chance: random.Random) -> Scalar:
    if space.ends is None:
        return space.values[chance.randrange(len(space.values))]
    low, high = space.ends
    if knob.scale == "log":
        value = math.exp(chance.uniform(math.log(low), math.log(high)))
    else:
        value = chance.uniform(low, high)
    value = min(high, max(low, float(f"{value:.3g}")))
    return round(value) if isinstance(knob.default, int) else value


def _order(value: Scalar) -> tuple[bool, float, str]:
    if isinstance(value, str):
        return True, 0.0, value
    return False, float(value), ""


def metric_of(run: Run, asked: str = "") -> str:
    """The series whose last value is compared: of the validation set where there is one.

    To choose by the test set would use it up.

    Raises:
        TutorError: If the exercise draws no series of the name that was asked for.
    """
    names = list(dict.fromkeys(name for plot in run.plot for name in plot.series))
    if asked and asked not in names:
        raise TutorError(
            f"`{run.id}` has no series `{visible(asked)}`.", f"Its series: {', '.join(names)}."
        )
    kept = [name for name in names if held_out(name)]
    valid = [name for name in kept if not _is_test(name)]
    return asked or next(iter([*valid, *kept, *names]))


def _is_test(name: str) -> bool:
    return any(part.startswith("test") for part in name.lower().replace("_", "/").split("/"))


# --- how long it takes ------------------------------------------------------------------------------


class Past(NamedTuple):
    """A run that came to its end: its knobs, and its seconds of training."""

    knobs: dict[str, Scalar]
    seconds: float


def seconds_each(past: Sequence[Past], plan: Plan) -> float | None:
    """Seconds of one run, from earlier ones, the newest first; None where there are none.

    Only those with the plan's own knobs tell: a larger batch, or a pause for the eyes, changes what a
    run takes.
    """
    near = [each.seconds for each in past if {**each.knobs, **plan.base} == each.knobs]
    return statistics.median(near[:10]) if near else None


def seconds_of(runs: int, at_a_time: int, each: float) -> float:
    """How long so many runs take, in rounds of so many at a time."""
    return math.ceil(runs / max(1, at_a_time)) * each


def announced(runs: int, at_a_time: int, each: float | None, most: float) -> str:
    """What a sweep will take, in words.

    Args:
        runs: How many there are.
        at_a_time: How many train together.
        each: Seconds of one, where earlier ones tell.
        most: Seconds after which a run is ended.
    """
    head = f"{runs} {'run' if runs == 1 else 'runs'}, {at_a_time} at a time"
    if each is None:
        longest = duration(seconds_of(runs, at_a_time, most))
        return f"{head}; the first will tell how long it takes, {longest} at most"
    return f"{head}, about {duration(seconds_of(runs, at_a_time, each))}"


def duration(seconds: float) -> str:
    """A time as one says it: 9 s, 3 min, 1 h 05 min."""
    if seconds < 100:
        return f"{max(1, math.ceil(seconds))} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"

"""Runs side by side: finding some of many, what tells them apart, and what made the difference."""

import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct

from tutor.core.axes import short
from tutor.core.bitmap import Drawing
from tutor.core.legend import more_is_better
from tutor.core.lesson import Scalar

Order = Literal["newest", "result", "exercise", "steps"]
ORDERS: tuple[Order, ...] = ("newest", "result", "exercise", "steps")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_CONDITION = re.compile(r"(.+?)(<=|>=|!=|<|>|=)(.*)", re.DOTALL)


class Entry(Struct, frozen=True, kw_only=True):
    """A run in the ledger: what was asked for, what came of it, what the learner wrote of it."""

    run: str
    exercise: str
    title: str = ""
    lesson: str = ""
    created: float = 0.0
    """Seconds since the epoch (UTC)."""
    state: str = "ended"
    outcome: str = ""
    """passed, failed, practice, stopped, broken, or open while it is not over."""
    points: float | None = None
    maximum: float | None = None
    seed: int = 0
    device: str = "cpu"
    torch: str = ""
    code: str = ""
    """Hash of the code that ran, and of the learner's own."""
    knobs: dict[str, Scalar] = {}
    turned: tuple[str, ...] = ()
    """The knobs that stood elsewhere than at their defaults."""
    metrics: dict[str, float | None] = {}
    """The last value of each series; None where it was not finite."""
    result: str = ""
    """The metric that it is graded by."""
    curve: str = ""
    """The series that is drawn first of it."""
    steps: int = 0
    seconds: float = 0.0
    note: str = ""
    tags: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in ("ended", "dead")

    def last(self, metric: str = "") -> float | None:
        """Where a metric ended, by default the one that the run is graded by.

        NaN where that was not finite, None where nothing was read of it.
        """
        name = metric or self.result
        if name not in self.metrics:
            return None
        value = self.metrics[name]
        return math.nan if value is None else value

    def value(self, name: str) -> Scalar | None:
        """A knob, a series' last value, or a figure of the run, by its name."""
        if name in self.knobs:
            return self.knobs[name]
        if name in self.metrics:
            return self.metrics[name]
        if name in ("seed", "steps", "seconds", "points", "device", "code", "torch"):
            found: Scalar | None = getattr(self, name)
            return found
        return None


# --- finding ------------------------------------------------------------------------------------------


def matches(entry: Entry, query: str) -> bool:
    """Whether a run is meant by a query.

    A query is words, all of which must hold: any part of a name, a note, an outcome or a choice;
    `#tag`; `learning_rate>0.01`, `seed=3`, `test/accuracy>=0.9`; and `-word` for what must not.
    """
    return all(_holds(entry, word) for word in query.casefold().split())


def _holds(entry: Entry, word: str) -> bool:
    if len(word) > 1 and word.startswith("-"):
        return not _holds(entry, word[1:])
    if len(word) > 1 and word.startswith("#"):
        return any(tag.casefold().startswith(word[1:]) for tag in entry.tags)
    found = _CONDITION.fullmatch(word)
    if found:
        return _compared(_named(entry, found[1]), found[2], found[3])
    parts = [entry.run, entry.exercise, entry.title, entry.outcome, entry.device, entry.note]
    parts += [*entry.tags, *entry.knobs]
    parts += [value for value in entry.knobs.values() if isinstance(value, str)]
    return any(word in part.casefold() for part in parts)


def _named(entry: Entry, name: str) -> Scalar | None:
    """By the exact name, or by its beginning where only one begins so."""
    names = [*entry.knobs, *entry.metrics, "seed", "steps", "seconds", "points", "device"]
    near = [each for each in names if each.casefold() == name]
    near = near or [each for each in names if each.casefold().startswith(name)]
    return entry.value(near[0]) if len(near) == 1 else None


def _compared(value: Scalar | None, sign: str, text: str) -> bool:
    if value is None:
        return False
    if isinstance(value, str | bool):
        own, asked = str(value).casefold(), text
        return _COMPARISONS[sign](own, asked) if sign in ("=", "!=") else False
    try:
        return bool(_COMPARISONS[sign](value, float(text)))
    except ValueError:
        return False


def ordered(entries: Sequence[Entry], order: Order, metric: str = "") -> list[Entry]:
    """Sorted; by result the best first, as the metric's name says what is better.

    Without a metric that is the best of each exercise first, by what it is graded by. Runs that have
    no such value come last.
    """
    newest = sorted(entries, key=lambda entry: entry.created, reverse=True)
    match order:
        case "newest":
            return newest
        case "exercise":
            return sorted(newest, key=lambda entry: entry.exercise)
        case "steps":
            return sorted(newest, key=lambda entry: -entry.steps)
        case "result":

            def place(entry: Entry) -> tuple[str, float]:
                value, name = entry.last(metric), metric or entry.result
                sign = -1.0 if more_is_better(name) else 1.0
                none = value is None or math.isnan(value)
                return "" if metric else entry.exercise, math.inf if none else sign * (value or 0.0)

            return sorted(newest, key=place)


def ending(run: str, runs: Sequence[str]) -> str:
    """The shortest end of a run's id, of four characters at least, that no other run has."""
    others = [each for each in runs if each != run]
    for length in range(4, len(run)):
        if not any(each.endswith(run[-length:]) for each in others):
            return run[-length:]
    return run


# --- comparing ----------------------------------------------------------------------------------------


def differences(entries: Sequence[Entry]) -> dict[str, Sequence[Scalar | None]]:
    """What the runs do not have in common: knobs first, then seed, device, code and torch."""
    found: dict[str, Sequence[Scalar | None]] = {}
    knobs = dict.fromkeys(name for entry in entries for name in entry.knobs)
    for name in knobs:
        values = [entry.knobs.get(name) for entry in entries]
        if any(value != values[0] for value in values):
            found[name] = values
    for name in ("exercise", "seed", "device", "code", "torch"):
        values = [getattr(entry, name) for entry in entries]
        if any(value != values[0] for value in values):
            found[name] = values
    return found


def labels(entries: Sequence[Entry]) -> list[str]:
    """A short name for each of several runs: what it alone has. No two are the same.

    Two knobs in which the runs of its exercise differ; what else there is only where that is not
    enough.
    """
    names = [""] * len(entries)
    exercises = list(dict.fromkeys(entry.exercise for entry in entries))
    for exercise in exercises:
        places = [i for i, entry in enumerate(entries) if entry.exercise == exercise]
        found = _labels_within([entries[i] for i in places])
        for i, name in zip(places, found, strict=True):
            names[i] = f"{exercise} {name}".strip() if len(exercises) > 1 else name
    for ending in (4, 1000):
        names = [
            f"{name} {entry.run[-ending:]}".strip() if not name or names.count(name) > 1 else name
            for name, entry in zip(names, entries, strict=True)
        ]
    return names


def _labels_within(entries: Sequence[Entry]) -> list[str]:
    """By what runs of one exercise differ in; empty where they do not."""
    ways = [name for name in differences(entries) if name != "code"]
    known = [name for name in ways if name not in ("seed", "device", "torch")][:2] or ways[:1]
    names = [brief(entry, known) for entry in entries]
    for name in [each for each in ways if each not in known]:
        names = [
            f"{label} {brief(entry, [name])}" if names.count(label) > 1 else label
            for label, entry in zip(names, entries, strict=True)
        ]
    return names


def brief(entry: Entry, names: Sequence[str]) -> str:
    """Knobs and figures of a run in few words: `lr 0.1 adam`."""
    words = []
    for name in names:
        value = entry.value(name)
        if isinstance(value, str):
            words += [value] if value else []  # a choice tells what it is a choice of
        elif value is not None:
            words.append(f"{short_name(name)} {plain(value)}")
    return " ".join(words)


def short_name(name: str) -> str:
    """`learning_rate` as `lr`, `hidden` as it is."""
    parts = name.split("_")
    return "".join(part[0] for part in parts if part) if len(parts) > 1 else name


def plain(value: Scalar | None) -> str:
    """A value as one reads it."""
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def varied(entries: Sequence[Entry]) -> list[str]:
    """The knobs that stand differently in some of the runs."""
    found = differences(entries)
    return [name for name in found if any(name in entry.knobs for entry in entries)]


def telling(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """For each exercise the knobs that are worth naming in a list.

    Those in which its runs differ, else those that were turned.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.exercise, []).append(entry)
    return {name: varied(group) or list(group[0].turned) for name, group in groups.items()}


def facts(entry: Entry, begun: str) -> list[tuple[str, str]]:
    """All that is known of a run, what the learner wrote of it first, each thing by its name.

    Args:
        entry: The run.
        begun: When it was begun, in words.
    """
    points = "" if entry.points is None else f", {entry.points:g} of {entry.maximum or 0:g} points"
    knobs = (f"{name} {plain(value)}" for name, value in entry.knobs.items())
    ends = (f"{name} {short(entry.last(name), 10)}" for name in entry.metrics)
    rows = [
        ("note", entry.note),
        ("tags", " ".join(f"#{tag}" for tag in entry.tags)),
        ("exercise", f"{entry.title} ({entry.exercise})"),
        ("outcome", f"{entry.outcome}{points}"),
        ("ended at", ", ".join(ends)),
        ("knobs", ", ".join(knobs)),
        ("seed", str(entry.seed)),
        ("trained", f"{entry.steps} steps in {entry.seconds:.1f} s on {entry.device}, {begun}"),
        ("code", ", ".join(filter(None, (entry.code, entry.torch and f"torch {entry.torch}")))),
        ("run", entry.run),
    ]
    return [(name, value) for name, value in rows if value]


def relation(
    entries: Sequence[Entry],
    knob: str,
    metric: str,
    *,
    log: bool = False,
    recorded: Sequence[tuple[Scalar, float]] = (),
) -> Drawing:
    """A knob against what came of it: a point for each run, or a bar for each of few values.

    Args:
        entries: Runs of one exercise.
        knob: Its name.
        metric: The series whose last values are drawn.
        log: Whether the knob's values stand at equal ratios.
        recorded: Values of the knob, and of the metric, of the course's own runs: points besides.
    """
    pairs = [
        (entry.knobs.get(knob), entry.metrics.get(metric), entry.outcome == "passed")
        for entry in entries
    ]
    known = [(x, y, good) for x, y, good in pairs if x is not None and y is not None]
    if not known:
        words = f"No run here tells {metric} for {knob}." if knob else "No knob was turned yet."
        return Drawing(role="text", caption=words)
    numbers = [x for x, _, _ in known if not isinstance(x, str | bool)]
    if len(numbers) < len(known):
        return _bars([(plain(x), y) for x, y, _ in known], knob, metric)
    # The learner's own come last: where they share a place with others, they are seen.
    log = log and min(numbers) > 0
    points = [(x, y, 2.0) for x, y in recorded if not log or (not isinstance(x, str) and x > 0)]
    points += [(x, y, 0.0 if good else 1.0) for x, y, good in known]
    rows: list[float | None] = []
    for x, y, kind in points:
        assert not isinstance(x, str), "a knob is all numbers or none"
        rows += [float(x), y, kind]
    kinds = ("passed", "not passed", "the course's runs")[: 3 if len(points) > len(known) else 2]
    runs = "1 run" if len(known) == 1 else f"{len(known)} runs"
    caption = f"{metric} (up) by {knob} (across), {runs}"
    return Drawing("scatter", (len(points), 3), rows, caption, kinds, log_x=log)


def _bars(pairs: Sequence[tuple[str, float]], knob: str, metric: str) -> Drawing:
    values: dict[str, list[float]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    means = [sum(each) / len(each) for each in values.values()]
    data: list[float | None] = [part for i, mean in enumerate(means) for part in (float(i), mean)]
    names = tuple(f"{name} ({len(each)})" for name, each in values.items())
    return Drawing("histogram", (len(means), 2), data, f"mean {metric} by {knob}", names)


def table(entries: Sequence[Entry], names: Sequence[str], width: int) -> list[str]:
    """What the runs differ in, and their results: a row each, a column for each run.

    Args:
        entries: The runs.
        names: Their names.
        width: Cells of a row; runs that find no room are left out.
    """
    apart = differences(entries)
    results = dict.fromkeys(name for entry in entries for name in entry.metrics)
    first = min(18, max([10, *map(len, (*apart, *results))]))
    room = max(16, (width - first) // max(1, len(entries)) - 1)
    cell = max(8, min(room, max(map(len, names), default=8)) + 1)
    shown = max(1, (width - first) // cell)

    def row(name: str, values: Sequence[str]) -> str:
        return f"{name[:first]:<{first}}" + "".join(
            f"{value[: cell - 1]:>{cell}}" for value in values[:shown]
        )

    lines = [row("", names)]
    lines += [row(name, list(map(plain, values))) for name, values in apart.items()]
    lines.append("" if apart else "The same knobs, seed, device and code.")
    for name in results:
        found = [entry.metrics.get(name) for entry in entries]
        lines.append(row(name, ["–" if value is None else short(value, 7) for value in found]))
    lines.append(row("steps", [str(entry.steps) for entry in entries]))
    lines.append(row("seconds", [f"{entry.seconds:.1f}" for entry in entries]))
    if shown < len(entries):
        lines.append(f"{len(entries) - shown} more find no room here")
    return lines

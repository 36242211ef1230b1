"""What came of the runs of a sweep: a table, the best setting, a knob against the result."""

import statistics
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from tutor.core.axes import short
from tutor.core.bitmap import Drawing
from tutor.core.ledger import Entry, plain, relation, short_name
from tutor.core.legend import more_is_better
from tutor.core.lesson import Run, Scalar
from tutor.core.sweep import Plan

Outcome = Literal[
    "waiting", "training", "passed", "failed", "ended", "diverged", "broken", "stopped"
]
MARKS: dict[Outcome, str] = {
    "waiting": "·",
    "training": "▸",
    "passed": "✓",
    "failed": "✗",
    "ended": "●",
    "diverged": "!",
    "broken": "!",
    "stopped": "■",
}
WORDS: dict[Outcome, str] = {
    "waiting": "waits",
    "training": "trains",
    "passed": "passed",
    "failed": "not passed",
    "ended": "ended",
    "diverged": "diverged",
    "broken": "broke",
    "stopped": "stopped",
}
OPEN: tuple[Outcome, ...] = ("waiting", "training")


class Recorded(Struct, frozen=True):
    """How a case of the course ended on its seeds: least, middle and greatest last value."""

    knobs: dict[str, Scalar]
    """All of them."""
    low: float
    middle: float
    high: float
    steps: int = 0
    """The step of that value."""


class Result(Struct, frozen=True, kw_only=True):
    """Where one run of a sweep stands, or how it ended."""

    knobs: dict[str, Scalar]
    """Those that are swept."""
    seed: int
    outcome: Outcome = "waiting"
    value: float | None = None
    """The metric's last value; None where there is none, or none that is finite."""
    run: str = ""
    seconds: float = 0.0
    steps: int = 0
    usual: tuple[float, float] | None = None
    """Where the course's own runs with these knobs ended, least and greatest."""
    why: str = ""
    """Why it broke, in a sentence."""

    @property
    def counts(self) -> bool:
        """Whether it came to an end that can be compared."""
        return self.outcome in ("passed", "failed", "ended", "diverged", "broken")

    @property
    def place(self) -> str:
        """Where it stands against the course's own runs: in, below or above them; or nothing."""
        if self.usual is None or self.value is None or not self.counts:
            return ""
        low, high = self.usual
        return "below" if self.value < low else "above" if self.value > high else "in"


class Setting(Struct, frozen=True):
    """All runs of one setting of the knobs."""

    knobs: dict[str, Scalar]
    results: tuple[Result, ...]

    @property
    def ended(self) -> list[Result]:
        """Those that came to an end."""
        return [each for each in self.results if each.counts]

    @property
    def value(self) -> float | None:
        """The mean over its seeds; None where none has ended, or one has no value."""
        values = [each.value for each in self.ended]
        known = [value for value in values if value is not None]
        return statistics.fmean(known) if known and len(known) == len(values) else None

    @property
    def ends(self) -> tuple[float, float] | None:
        """The least and the greatest of its values."""
        known = [each.value for each in self.ended if each.value is not None]
        return (min(known), max(known)) if known else None


def settings(results: Sequence[Result]) -> list[Setting]:
    """The runs by their knobs, in their order."""
    found: list[Setting] = []
    for result in results:
        if found and found[-1].knobs == result.knobs:
            found[-1] = Setting(result.knobs, (*found[-1].results, result))
        else:
            found.append(Setting(result.knobs, (result,)))
    return found


def best(results: Sequence[Result], metric: str) -> Setting | None:
    """The setting with the best mean; what diverged or broke on one of its seeds is not it."""
    known = [(each.value, each) for each in settings(results) if each.value is not None]
    sign = -1.0 if more_is_better(metric) else 1.0
    return min(known, key=lambda pair: sign * pair[0])[1] if known else None


def best_words(results: Sequence[Result], metric: str) -> str:
    """The best setting in few words: `0.1: 0.94 valid/accuracy`; nothing where there is none."""
    found = best(results, metric)
    if found is None:
        return ""
    return f"{' '.join(map(plain, found.knobs.values()))}: {short(found.value)} {metric}"


def named(knobs: dict[str, Scalar]) -> str:
    """`learning_rate 0.1, momentum 0.9`."""
    return ", ".join(f"{name} {plain(value)}" for name, value in knobs.items())


def brief(plan: Plan, trial: int) -> str:
    """A trial in few cells: the values, numbers with their knobs where those are several; the seed."""
    asked = plan.trials[trial]
    words = [
        value
        if isinstance(value, str) or len(asked.knobs) == 1
        else f"{_letters(name)} {plain(value)}"
        for name, value in asked.knobs.items()
    ]
    seeds = {each.seed for each in plan.trials}
    return " ".join([*map(plain, words), *([f"#{asked.seed}"] if len(seeds) > 1 else [])])


def _letters(name: str) -> str:
    """`lr` of `learning_rate`, `mom` of `momentum`."""
    return short_name(name) if "_" in name else name[:3]


def summary(results: Sequence[Result], metric: str) -> list[str]:
    """What the sweep says, in sentences: the best setting, and what went wrong."""
    lines = []
    found = best(results, metric)
    if found is not None:
        words = f"Best: {named(found.knobs)}, with {metric} {short(found.value)}"
        if len(found.ended) > 1:
            words += f" over {len(found.ended)} seeds"
        ranges = {each.usual for each in found.results}
        usual = next(iter(ranges)) if len(ranges) == 1 else None
        if usual is not None:
            words += f" (the course's own runs: {span(usual)})"
        lines.append(f"{words}.")
    for outcome, word in (("diverged", "Diverged"), ("broken", "Broke")):
        bad = [each for each in results if each.outcome == outcome]
        names = dict.fromkeys(named(each.knobs) for each in bad)
        if names:
            shown = list(names)[:4]
            more = f" and {len(names) - 4} more" if len(names) > 4 else ""
            why = f" ({bad[0].why})" if bad[0].why else ""
            lines.append(f"{word}: {'; '.join(shown)}{more}{why}.")
    return lines


def span(ends: tuple[float, float]) -> str:
    """Two ends as one reads them."""
    low, high = f"{ends[0]:.3g}", f"{ends[1]:.3g}"
    return low if low == high else f"{low} – {high}"


def table(results: Sequence[Result], plan: Plan, width: int) -> list[str]:
    """A row for each setting: knobs, the metric at the end, outcome, seconds, the course's runs.

    Args:
        results: The runs.
        plan: The sweep.
        width: Cells of a row; columns that find no room are left out.
    """
    groups = settings(results)
    top = best(results, plan.metric)
    many = any(len(group.results) > 1 for group in groups)
    columns: list[tuple[str, list[str]]] = [
        (name, [plain(group.knobs[name]) for group in groups]) for name in plan.knobs
    ]
    columns.append((plan.metric, [_value(group) for group in groups]))
    if many:
        columns.append(("from, to", [span(group.ends) if group.ends else "" for group in groups]))
    columns.append(("outcome", [_outcome(group) for group in groups]))
    if any(each.usual for each in results):
        columns.append(("course's runs", [_usual(group) for group in groups]))
    columns.append(("seconds", [_seconds(group) for group in groups]))
    wide = [max(map(len, (name, *cells))) for name, cells in columns]
    shown, used = 0, 2
    while shown < len(columns) and used + wide[shown] <= width:
        used += wide[shown] + 2
        shown += 1
    rows = [
        "  ".join(cell.ljust(wide[i]) for i, cell in enumerate(row))
        for row in zip(*([name, *cells] for name, cells in columns[: max(1, shown)]), strict=True)
    ]
    marks = ["  ", *("* " if group == top else "  " for group in groups)]
    return [f"{mark}{row}".rstrip()[:width] for mark, row in zip(marks, rows, strict=True)]


def _value(group: Setting) -> str:
    if group.value is not None:
        return short(group.value)
    newest = group.results[0]
    if newest.outcome == "diverged":
        return "NaN"
    return f"({short(newest.value)})" if newest.value is not None else "–"


def _outcome(group: Setting) -> str:
    kinds = dict.fromkeys(each.outcome for each in group.results)
    if len(kinds) == 1:
        kind = next(iter(kinds))
        return f"{MARKS[kind]} {WORDS[kind]}"
    counts = {kind: sum(each.outcome == kind for each in group.results) for kind in kinds}
    return ", ".join(f"{count} {WORDS[kind]}" for kind, count in counts.items())


def _seconds(group: Setting) -> str:
    known = [each.seconds for each in group.results if each.outcome != "waiting"]
    return f"{statistics.fmean(known):.1f}" if known else "–"


def _usual(group: Setting) -> str:
    usual = group.results[0].usual
    if usual is None:
        return ""
    place = group.results[0].place if len(group.results) == 1 else ""
    return f"{place} {span(usual)}".lstrip()


def against(
    results: Sequence[Result], run: Run, plan: Plan, knob: str, recorded: Sequence[Recorded]
) -> Drawing:
    """A knob against what came of it, the course's own runs among them.

    Args:
        results: The runs; those that came to an end are drawn.
        run: The exercise.
        plan: The sweep.
        knob: One that is swept.
        recorded: Cases of the course; those that differ from the sweep in this knob alone count.
    """
    entries = [
        Entry(
            run=each.run,
            exercise=run.id,
            knobs=each.knobs,
            metrics={plan.metric: each.value},
            outcome="passed" if each.outcome == "ended" else each.outcome,
        )
        for each in results
        if each.counts
    ]
    alike = [
        (case.knobs[knob], case.middle)
        for case in recorded
        if any(
            {**plan.base, **each.knobs, knob: case.knobs[knob]} == case.knobs for each in results
        )
    ]
    log = run.knobs[knob].scale == "log"
    return relation(entries, knob, plan.metric, log=log, recorded=alike)

"""The words around a plot: what each curve is, where it stands, and what could not be drawn."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tutor.core.axes import count_of_steps, short
from tutor.core.canvas import MARKS, Glyphs, narrow
from tutor.core.series import Series

WIDTH = 7
"""Cells of a number in the legend, whatever it is."""

# Roles of cells: what they are, for whoever gives them colours.
BLANK, QUIET, TITLE, TARGET, GHOST, BAND, PREDICTION, BAD, CROSS, TEXT, MARK = range(11)
LINE = 16
"""Plus the slot of a series: its curve, marks and name."""
RAW = 32
"""Plus the slot of a series: its readings, behind the smoothed curve."""
SLOTS = 6

Span = tuple[str, int]
"""Text and its role."""

_HELD_OUT = ("valid", "val", "test", "dev", "eval")
_MORE_IS_BETTER = (
    "acc", "f1", "score", "reward", "return", "auc", "bleu", "precision", "recall", "r2", "iou",
    "gain", "throughput", "steps",
)  # fmt: skip


def held_out(name: str) -> bool:
    """Whether a series is measured on data that is not trained on, going by its name."""
    parts = name.lower().replace("_", "/").split("/")
    return any(part.startswith(_HELD_OUT) for part in parts)


def more_is_better(name: str) -> bool:
    """Whether the greatest value of a series is its best, going by its name."""
    return any(word in name.lower() for word in _MORE_IS_BETTER)


def best(name: str, series: Series) -> float | None:
    """The best value so far: the greatest of an accuracy or a reward, else the least."""
    return series.greatest if more_is_better(name) else series.least


def slots(names: Sequence[str]) -> list[int]:
    """A colour slot for each series: 0 for the first trained on, 1 for the first held out."""
    free = list(range(2, SLOTS))
    taken: set[int] = set()
    found = []
    for i, name in enumerate(names):
        slot = 1 if held_out(name) else 0
        if slot in taken:
            slot = free.pop(0) if free else i % SLOTS
        taken.add(slot)
        found.append(slot)
    return found


class Entry(NamedTuple):
    """One curve in the legend."""

    glyph: str
    role: int
    name: str
    last: str = ""
    best: str = ""


def legend(
    entries: Sequence[Entry], extras: Sequence[Entry], width: int, rows: int
) -> list[list[Span]]:
    """The legend in at most so many rows, as complete as fits.

    Args:
        entries: The series; their values stay as long as there is room, their names always.
        extras: What lies behind them; only as many as fit.
        width: Cells of a row.
        rows: How many rows there are.
    """
    lines: list[list[Span]] = []
    for form in (_with_best, _with_last):
        lines = _flow([form(entry) for entry in entries], width)
        if _fit(lines, width, rows):
            break
    else:
        # `train/loss` and `valid/loss` are told apart by their first words.
        heads = [entry.name.partition("/")[0] for entry in entries]
        if len(set(heads)) == len(heads):
            entries = [
                entry._replace(name=head) for entry, head in zip(entries, heads, strict=True)
            ]
        lines = _flow([_with_last(entry) for entry in entries], width)
        if not _fit(lines, width, rows):
            lines = _flow([_with_name(entry) for entry in entries], width)
    lines = lines[:rows]
    for extra in extras:
        grown = _flow([_with_name(extra)], width, lines)
        if len(grown) <= rows:
            lines = grown
    return lines


def _with_name(entry: Entry) -> list[Span]:
    return [(f"{entry.glyph} {narrow(entry.name)}", entry.role)]


def _with_last(entry: Entry) -> list[Span]:
    return (
        [*_with_name(entry), (f" {entry.last:<{WIDTH}}", TEXT)] if entry.last else _with_name(entry)
    )


def _with_best(entry: Entry) -> list[Span]:
    return (
        [*_with_last(entry), (f" best {entry.best:<{WIDTH}}", QUIET)]
        if entry.best
        else _with_last(entry)
    )


def _flow(
    items: Iterable[list[Span]], width: int, lines: Sequence[list[Span]] = ()
) -> list[list[Span]]:
    flowed = [list(line) for line in lines]
    for item in items:
        used = _length(flowed[-1]) + 3 if flowed and flowed[-1] else 0
        if used and used + _length(item) <= width:
            flowed[-1] += [("   ", BLANK), *item]
        else:
            flowed.append(list(item))
    return flowed


def _fit(lines: Sequence[Sequence[Span]], width: int, rows: int) -> bool:
    return len(lines) <= rows and all(_length(line) <= width for line in lines)


def _length(spans: Sequence[Span]) -> int:
    return sum(len(text) for text, _ in spans)


def sign(slot: int, glyphs: Glyphs) -> str:
    """What stands for a series of that slot: a dash for the first, a mark for each other."""
    return MARKS[glyphs][slot] if slot else "-" if glyphs == "ascii" else "━"


def crosshair(
    names: Sequence[str], slots: Sequence[int], found: Sequence[Series | None], step: float
) -> list[Span]:
    """The values of all series at a step."""
    spans: list[Span] = [(f"step {count_of_steps(step):<6}", TEXT)]
    for name, slot, series in zip(names, slots, found, strict=True):
        at = series.at(step) if series else None
        if at is not None:
            spans += [(f" {narrow(name)} ", LINE + slot), (f"{short(at[1]):<{WIDTH}}", TEXT)]
    return spans


def notes(names: Sequence[str], found: Sequence[Series | None], *, log: bool) -> list[Span]:
    """What is wrong with the curves, or not drawn, in words."""
    spans: list[Span] = []
    for name, series in zip(names, found, strict=True):
        if series is not None and series.first_bad is not None:
            step, value = series.first_bad
            what = "NaN" if math.isnan(value) else "infinite"
            spans.append((f"{narrow(name)} became {what} at step {step}  ", BAD))
    hidden = sum(series.nonpositive for series in found if series is not None) if log else 0
    if hidden:
        points = "point" if hidden == 1 else "points"
        spans.append((f"{hidden} {points} <= 0 not drawn  ", QUIET))
    return spans

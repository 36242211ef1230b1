"""From columns of readings to dots: curves, bands, marks and axes."""

import math
from collections.abc import Callable, Sequence

from tutor.core.axes import Axis, count_of_steps, labels, ticks
from tutor.core.canvas import MARKS, Area, Stroke, Trace, bar, join
from tutor.core.legend import BAD, LINE, QUIET
from tutor.core.series import Column

Columns = Sequence[Column | None]
Liner = Callable[[float], int]
RULES = {"braille": "│┤└─┬", "block": "│┤└─┬", "ascii": "|++-+"}


def liner(area: Area, axis: Axis) -> Liner:
    """From a value to its line of dots: `axis.place` with the logarithms taken once."""
    last = area.lines - 1
    if axis.log:
        low = math.log10(axis.low)
        scale, log10 = last / (math.log10(axis.high) - low), math.log10
        return lambda value: min(last, max(0, last - round((log10(value) - low) * scale)))
    low, span = axis.low, axis.high - axis.low

    def linear(value: float) -> int:
        # A quotient of huge by tiny numbers may be infinite, which has no nearest whole number.
        return last - round(min(1.0, max(0.0, (value - low) / span)) * last)

    return linear


def strokes(
    columns: Columns, line: Liner, *, log: bool, average: bool = False
) -> list[Stroke | None]:
    """What is drawn in each column: its least to greatest reading, or its running average.

    Columns without readings are left out, so that a line spans them; after a reading that was not
    finite the line is broken. Values at or below 0 are left out on a logarithmic axis.
    """
    found: list[Stroke | None] = []
    for i, column in enumerate(columns):
        if column is None:
            continue
        if column.finite and average:
            if not log or column.average > 0:
                at = line(column.average)
                found.append((i, at, at))
        elif column.finite and (not log or column.greatest > 0):
            low = column.positive if log else column.least
            found.append((i, line(column.greatest), line(low)))
        if column.bad:
            found.append(None)
    return found


def curve(area: Area, columns: Columns, line: Liner, *, log: bool, average: bool = False) -> Trace:
    """The strokes of a series, joined."""
    return join(strokes(columns, line, log=log, average=average), area.columns)


def draw_level(area: Area, line: int, role: int) -> None:
    """A dashed line across an area."""
    dots, across = bar(line, line), area.dots.across
    dashes = [dots if i // across % 3 < 2 else 0 for i in range(area.columns)]
    area.paint(dashes, role)


def between(low: Trace, high: Trace) -> Trace:
    """Everything between two curves, where both are."""
    filled = []
    for a, b in zip(low, high, strict=True):
        both = a | b
        top = (both & -both).bit_length() - 1
        filled.append(bar(top, both.bit_length() - 1) if a and b else 0)
    return filled


def draw_marks(area: Area, columns: Columns, line: Liner, slot: int, *, log: bool) -> None:
    """Marks tell series apart without colours; and a single reading is one to be seen."""
    spots = [
        (i, column.greatest)
        for i, column in enumerate(columns)
        if column is not None and column.finite and (not log or column.greatest > 0)
    ]
    if slot == 0 and len(spots) > 1:
        return
    char = MARKS[area.glyphs][slot]
    free = 0
    for i, value in spots:
        cell = i // area.dots.across
        if cell >= free:
            area.mark(i, line(value), char, LINE + slot)
            free = cell + 4


def draw_axes(
    area: Area,
    x: Axis,
    y: Axis,
    below: int,
    drawn: Sequence[Columns],
    *,
    named: str = "",
    number: Callable[[float], str] = count_of_steps,
) -> None:
    """The axes of an area, with as many rows below it as there is room for.

    Args:
        area: Where the curves are.
        x: What its columns are.
        y: What its lines are.
        below: Rows under it: 0 for no axis of x, 1 for one without numbers.
        drawn: The series; where a reading was not finite the axis of x says so.
        named: What the numbers of x count.
        number: How they are written.
    """
    canvas, rules = area.canvas, RULES[area.glyphs]
    if area.x and area.height > 0:
        for row in range(area.height):
            canvas.put(area.x - 1, area.y + row, rules[0], QUIET)
        values = ticks(y, max(2, min(8, area.height // 3)))
        line, used = liner(area, y), -2
        for value, label in zip(values, labels(values), strict=True):
            row = line(value) // area.dots.down
            if abs(row - used) > 1 or area.height < 3:
                canvas.text(0, area.y + row, label[: area.x - 1], QUIET)
                canvas.put(area.x - 1, area.y + row, rules[1], QUIET)
                used = row
    bottom = area.y + area.height
    if below:
        if area.x:
            canvas.put(area.x - 1, bottom, rules[2], QUIET)
        canvas.text(area.x, bottom, rules[3] * area.width, QUIET)
        if below > 1 and area.x:
            canvas.text(0, bottom + 1, named, QUIET)
        _draw_steps(area, x, bottom, number if below > 1 else None)
    for columns in drawn:
        for i, column in enumerate(columns):
            if column is not None and column.bad:
                cell = area.x + i // area.dots.across
                canvas.put(cell, bottom if below else bottom - 1, "x", BAD)


def _draw_steps(area: Area, x: Axis, bottom: int, number: Callable[[float], str] | None) -> None:
    """Ticks of the x axis; the end always has its number."""
    canvas = area.canvas
    values = ticks(x, max(1, area.width // 12))
    free, end = 0, area.width
    spots = [(x.high, True), *((value, False) for value in values if x.shows(value))]
    for value, last in spots:
        cell = min(area.width - 1, int(x.place(value) * area.width))
        text = number(value) if number else ""
        left = min(max(0, cell - len(text) // 2), max(0, area.width - len(text)))
        if not last and (left < free or left + len(text) > end):
            continue
        canvas.put(area.x + cell, bottom, RULES[area.glyphs][4], QUIET)
        if text:
            canvas.text(area.x + left, bottom + 1, text, QUIET)
        if last:
            end = left - 2
        else:
            free = left + len(text) + 2

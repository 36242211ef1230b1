"""Small plots of arrays: curves over an index, points by class, bars lying on their side."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tutor.core.axes import Axis, around, count_of_steps, short
from tutor.core.canvas import Area, Canvas, Glyphs, Stroke, join, narrow
from tutor.core.curves import draw_axes, liner
from tutor.core.legend import LINE, QUIET, SLOTS

Paint = tuple[int, int, int] | int | None
"""A colour by its parts, a role of `core.legend`, or none."""
MARKS = "ox+*#@"
GUTTER = 7
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Cell(NamedTuple):
    """A character with the colours of its front and its back."""

    char: str
    front: Paint
    back: Paint = None


Row = list[Cell]


def words(text: str, width: int, role: int) -> Row:
    """Text in one row, cut at its end."""
    return [Cell(char, role) for char in narrow(text)[:width]]


def _cells(canvas: Canvas) -> list[Row]:
    return [
        [Cell(char, role) for char, role in zip(row, roles, strict=True)]
        for row, roles in zip(canvas.rows, canvas.roles, strict=True)
    ]


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 10_000 else count_of_steps(value)


def _framed(
    x: Axis,
    y: Axis,
    names: Sequence[str],
    marks: Sequence[str],
    size: tuple[int, int],
    glyphs: Glyphs,
) -> tuple[Canvas, Area]:
    """A canvas with a legend and axes, and the area between them."""
    width, height = size
    canvas = Canvas(width, height)
    gutter = GUTTER if width >= 22 else 0
    top = 1 if names and height >= 5 else 0
    below = 2 if height >= 7 else 0
    area = Area(canvas, gutter, top, width - gutter, height - top - below, glyphs)
    draw_axes(area, x, y, below, [], number=_number)
    if top:
        at = gutter
        for i, name in enumerate(names):
            at = canvas.text(at, 0, f"{marks[i % len(marks)]} {name}   ", LINE + i % SLOTS)
    return canvas, area


def lines(
    values: Sequence[float],
    count: int,
    length: int,
    labels: Sequence[str],
    width: int,
    height: int,
    glyphs: Glyphs,
) -> list[Row]:
    """Several curves over one index.

    Args:
        values: `count` times `length` numbers; a curve is broken where they are not finite.
        count: How many curves.
        length: Points of each.
        labels: Their names.
        width: Cells of a row.
        height: How many rows.
        glyphs: What to draw with.
    """
    y = around(values, tight=True) or Axis(0.0, 1.0)
    x = Axis(0.0, float(max(1, length - 1)))
    names = list(labels[:count])
    marks = ("-", "*", "+") if glyphs == "ascii" else ("━", "●", "▲")
    canvas, area = _framed(x, y, names, marks, (width, height), glyphs)
    if not area.lines or not area.columns:
        return _cells(canvas)
    line = liner(area, y)
    for i in range(min(count, SLOTS)):
        curve = values[i * length : (i + 1) * length]
        spots = _thinned(curve, area.columns, length)
        strokes: list[Stroke | None] = [
            (column, line(high), line(low)) if low <= high else None for column, low, high in spots
        ]
        area.paint(join(strokes, area.columns), LINE + i)
        if i:  # marks tell the curves apart without colours
            for column, _, high in spots[:: max(1, len(spots) // 8)]:
                if math.isfinite(high):
                    area.mark(column, line(high), marks[i % len(marks)], LINE + i)
    return _cells(canvas)


def _thinned(curve: Sequence[float], columns: int, length: int) -> list[tuple[int, float, float]]:
    """Column, least and greatest value of the points that share one; (inf, -inf) is a gap."""
    spots: list[tuple[int, float, float]] = []
    for i, value in enumerate(curve):
        column = i * (columns - 1) // max(1, length - 1)
        low, high = (value, value) if math.isfinite(value) else (math.inf, -math.inf)
        if spots and spots[-1][0] == column:
            spots[-1] = (column, min(low, spots[-1][1]), max(high, spots[-1][2]))
        else:
            spots.append((column, low, high))
    return spots


def scatter(
    values: Sequence[float],
    count: int,
    across: int,
    labels: Sequence[str],
    width: int,
    height: int,
    glyphs: Glyphs,
    *,
    log_x: bool = False,
) -> list[Row]:
    """Points, each class with a mark of its own.

    Args:
        values: `count` rows of x, y and, where `across` is at least 3, a class.
        count: How many points.
        across: Numbers of each point.
        labels: Names of the classes; where each point is a class of its own, its name stands
            beside it.
        width: Cells of a row.
        height: How many rows.
        glyphs: What to draw with.
        log_x: Whether x stands at equal ratios.
    """
    points = [values[i * across : (i + 1) * across] for i in range(count)]
    points = [point for point in points if all(map(math.isfinite, point[:3]))]
    x = around((point[0] for point in points), log=log_x, tight=True) or Axis(0.0, 1.0)
    y = around((point[1] for point in points), tight=True) or Axis(0.0, 1.0)
    named = len(labels) == count > SLOTS
    canvas, area = _framed(x, y, () if named else labels, MARKS, (width, height), glyphs)
    if not area.lines or not area.columns:
        return _cells(canvas)
    line = liner(area, y)
    for point in points:
        kind = round(point[2]) if across > 2 else 0
        column = min(area.columns - 1, int(x.place(point[0]) * area.columns))
        slot = 0 if named else kind % SLOTS
        area.mark(column, line(point[1]), MARKS[slot], LINE + slot)
        if named and 0 <= kind < count:
            _name(area, column, line(point[1]), narrow(labels[kind]))
    return _cells(canvas)


def _name(area: Area, column: int, line: int, name: str) -> None:
    """A point's name beside it, at the side that has room; what stands there already stays."""
    x, y = area.x + column // area.dots.across, area.y + line // area.dots.down
    for begin in (x + 1, x - len(name)):
        cells = range(begin, begin + len(name))
        free = all(
            area.x <= at < area.x + area.width and area.canvas.rows[y][at] == " " for at in cells
        )
        if free:
            area.canvas.text(begin, y, name, QUIET)
            return


def histogram(
    values: Sequence[float],
    bins: int,
    labels: Sequence[str],
    width: int,
    height: int,
    glyphs: Glyphs,
) -> list[Row]:
    """Bars lying on their side, named by their labels or their left edges.

    Args:
        values: `bins` pairs of left edge and count; a count below 0 is drawn as another bar.
        bins: How many bars. Where they are more than rows, neighbours are drawn as one.
        labels: Their names, one each, or none.
        width: Cells of a row.
        height: How many rows.
        glyphs: What to draw with.
    """
    edges, counts = values[::2], [v if math.isfinite(v) else 0.0 for v in values[1::2]]
    named = len(labels) == bins
    every = 1 if named else max(1, math.ceil(bins / height))
    names = [narrow(name) for name in labels] if named else [short(edge, 7) for edge in edges]
    bars = [(names[i], sum(counts[i : i + every])) for i in range(0, bins, every)]
    label = min(18, width // 3, max(len(name) for name, _ in bars))
    greatest = max((abs(value) for _, value in bars), default=0.0)
    room = max(1, width - label - 10)
    drawn: list[Row] = []
    for name, value in bars[:height]:
        share = abs(value) / greatest if 0 < greatest < math.inf else 0.0
        role = LINE if value >= 0 else LINE + 1
        row = [Cell(char, QUIET) for char in f"{name[:label]:>{label}} "]
        row += [Cell(char, role) for char in _bar(share * room, value >= 0, glyphs)]
        row += [Cell(char, QUIET) for char in f" {_figure(value)}"]
        drawn.append(row[:width])
    return drawn


def _figure(value: float) -> str:
    """A number in few characters: thousands are written out, as long as they fit."""
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _bar(length: float, positive: bool, glyphs: Glyphs) -> str:
    """A bar of so many cells; one below 0 has another texture, so that colour need not say it."""
    if glyphs == "ascii":
        return ("#" if positive else "-") * round(length)
    if not positive:
        return "▒" * max(1, round(length))
    whole = int(length)
    return "█" * whole + _EIGHTHS[round((length - whole) * 8)].strip()

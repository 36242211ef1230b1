"""A learner's guess at a curve: five anchors over empty axes, and how much of it was right."""

from collections.abc import Sequence
from typing import NamedTuple

from tutor.core.axes import Axis, around
from tutor.core.canvas import Area, Canvas, Glyphs, Stroke, join
from tutor.core.curves import draw_axes
from tutor.core.legend import BAND, CROSS, PREDICTION
from tutor.core.reference import Band

ANCHORS = 5
MIDDLE = (0.5,) * ANCHORS
NOTCH = 0.05
"""What one key moves an anchor, as a share of the y axis."""
WIDEN = 0.1
"""How much the recorded band is widened to each side, as a share of its own range."""
PROBES = 200
GUTTER = 7

Places = tuple[float, ...]
"""The heights of the anchors, from 0 at the bottom of the axes to 1 at the top."""


class Axes(NamedTuple):
    """The empty axes that one draws over.

    They are wide enough for every recorded case, so that they do not tell which it will be.
    """

    x: Axis
    y: Axis


def axes(bands: Sequence[Band], *, log: bool) -> Axes | None:
    """Axes that hold all of these bands; None where there is nothing finite in them."""
    ends = [value for band in bands for value in (*band.lo, *band.hi) if value is not None]
    steps = [step for band in bands for step in band.step]
    y = around(ends, log=log)
    if y is None or not steps or max(steps) <= min(steps):
        return None
    return Axes(Axis(float(min(steps)), float(max(steps))), y)


def moved(places: Places, anchor: int, notches: int) -> Places:
    """The anchors with one of them moved, never beyond the axes."""
    place = min(1.0, max(0.0, places[anchor] + notches * NOTCH))
    return (*places[:anchor], round(place, 6), *places[anchor + 1 :])


def height(places: Places, across: float) -> float:
    """How high the guess runs at a place of the x axis: straight from anchor to anchor."""
    at = min(1.0, max(0.0, across)) * (len(places) - 1)
    left = min(int(at), len(places) - 2)
    share = at - left
    return places[left] * (1.0 - share) + places[left + 1] * share


def curve(places: Places, drawn: Axes) -> list[tuple[int, float]]:
    """The guess as (step, value), for a plot to draw behind the real curve."""
    steps = sorted({round(drawn.x.value(i / 60)) for i in range(61)})
    return [(step, drawn.y.value(height(places, drawn.x.place(step)))) for step in steps]


def share_inside(places: Places, truth: Band, drawn: Axes) -> float:
    """The share of the x axis where the guess runs inside the recorded band, widened a little.

    Heights are compared as drawn, so that on a logarithmic axis a factor counts and not a
    difference. Where the recorded runs were not finite nothing can be inside or outside.
    """
    inside = counted = 0
    for i in range(PROBES):
        across = i / (PROBES - 1)
        ends = allowed(truth, drawn, across)
        if ends is not None:
            counted += 1
            inside += ends[0] - 1e-9 <= height(places, across) <= ends[1] + 1e-9
    return inside / counted if counted else 0.0


def allowed(truth: Band, drawn: Axes, across: float) -> tuple[float, float] | None:
    """The heights that count as right at a place of the x axis; None where none can."""
    ends = _at(truth, drawn.x.value(across))
    if ends is None:
        return None
    tops = [drawn.y.place(value) for value in truth.hi if value is not None]
    bottoms = [drawn.y.place(value) for value in truth.lo if value is not None]
    slack = WIDEN * (max(tops) - min(bottoms))
    return drawn.y.place(ends[0]) - slack, drawn.y.place(ends[1]) + slack


def _at(band: Band, step: float) -> tuple[float, float] | None:
    """The band's ends at a step, straight between the recorded ones."""
    for index in range(len(band.step) - 1):
        a, b = band.step[index], band.step[index + 1]
        if a <= step <= b:
            share = (step - a) / (b - a) if b > a else 0.0
            ends = (band.lo[index], band.lo[index + 1], band.hi[index], band.hi[index + 1])
            if any(end is None for end in ends):
                return None
            low_a, low_b, high_a, high_b = (float(end) for end in ends if end is not None)
            return low_a + (low_b - low_a) * share, high_a + (high_b - high_a) * share
    return None


def draw(
    places: Places,
    drawn: Axes,
    size: tuple[int, int],
    glyphs: Glyphs,
    *,
    cursor: int | None = None,
    truth: Band | None = None,
) -> Canvas:
    """The axes with the guess on them, and the truth once it may be seen.

    Args:
        places: The anchors.
        drawn: The axes.
        size: Cells of a row, and how many rows.
        glyphs: What to draw with.
        cursor: The anchor that the keys move.
        truth: The recorded band; it is drawn as wide as it is judged.
    """
    width, rows = size
    canvas = Canvas(width, rows)
    gutter = GUTTER if width >= 22 else 0
    below = 2 if rows >= 7 else 0
    area = Area(canvas, gutter, 0, width - gutter, rows - below, glyphs)
    draw_axes(area, drawn.x, drawn.y, below, [], named="step")
    if not area.columns or not area.lines:
        return canvas
    last = max(1, area.columns - 1)
    if truth is not None:
        strokes: list[Stroke | None] = []
        for column in range(area.columns):
            ends = allowed(truth, drawn, column / last)
            strokes.append((column, area.line(ends[1]), area.line(ends[0])) if ends else None)
        area.tint(join(strokes, area.columns), BAND, "░" if glyphs != "ascii" else ".")
    heights = [height(places, column / last) for column in range(area.columns)]
    trace: list[Stroke | None] = [
        (column, area.line(place), area.line(place)) for column, place in enumerate(heights)
    ]
    area.paint(join(trace, area.columns), PREDICTION)
    marks = "Oo" if glyphs == "ascii" else "◉●"
    for index, place in enumerate(places):
        here = index == cursor
        column = round(index * last / (len(places) - 1))
        area.mark(column, area.line(place), marks[not here], CROSS if here else PREDICTION)
    return canvas

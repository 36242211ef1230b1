"""Small plots of many runs side by side, in the same axes, so that they compare.

What does not change keeps its cells: a run that goes on changes its own panel and no other, as long
as the limits hold.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tutor.core.axes import Axis, count_of_steps, grown, step_axis
from tutor.core.canvas import MARKS, Area, Canvas, Glyphs, narrow
from tutor.core.curves import Columns, between, curve, draw_axes, draw_level, draw_marks, liner
from tutor.core.legend import (
    BAD,
    BAND,
    BLANK,
    LINE,
    MARK,
    QUIET,
    RAW,
    TARGET,
    TEXT,
    TITLE,
    held_out,
    more_is_better,
    slots,
)
from tutor.core.lesson import Plot
from tutor.core.pyramid import WEIGHTS
from tutor.core.raster import GUTTER, SMOOTH_FROM, Frame
from tutor.core.series import Metrics, Series

LEAST = 20
"""Cells of a panel's curves, at least."""
GAP = 2
"""Cells between panels."""
HEAD = 1
"""Rows above all panels: what is drawn."""
TITLED = 2
"""Rows of a panel besides its curves: title and axis."""
ROOM = 1.5
"""How far above its first reading a loss is followed: a run that leaps flattens no other."""
LOG_ROOM = 10.0


class Panel(NamedTuple):
    """One run: what its plot is named, and what is in it."""

    title: str
    end: str
    """The result so far, and a mark that says how it stands."""
    metrics: Metrics | None
    """None before it has begun."""
    bad: bool = False
    """Whether it went wrong."""
    band: tuple[Series, Series] | None = None
    """The usual range of the plot's first series: its low and its high end."""


class Grid(NamedTuple):
    """Where panels are: so many beside each other, each so large."""

    across: int
    down: int
    width: int
    """Cells of a panel with its gap; the first of each row has the axis' numbers besides."""
    height: int
    """Rows of a panel."""

    @property
    def rows(self) -> int:
        """Rows in all."""
        return HEAD + self.down * self.height

    def spot(self, index: int) -> tuple[int, int]:
        """Column and row of cells where a panel's curves begin at the left, and it at the top."""
        return GUTTER + index % self.across * self.width, HEAD + index // self.across * self.height

    def at(self, x: int, y: int) -> int | None:
        """The panel on a cell, whether or not there are so many."""
        across, down = (x - GUTTER) // max(1, self.width), (y - HEAD) // self.height
        return down * self.across + max(0, across) if y >= HEAD and across < self.across else None


def grid(count: int, width: int, lines: int) -> Grid:
    """As many panels beside each other as fit, of one size.

    Args:
        count: How many panels.
        width: Cells of a row.
        lines: Rows of curves in each.
    """
    room = max(1, width - GUTTER)
    across = max(1, min(count, room // (LEAST + GAP)))
    # Rows as full as each other: four and three, not six and one.
    down = max(1, math.ceil(count / across))
    across = max(1, math.ceil(count / down))
    return Grid(across, down, room // across, lines + TITLED)


class Multiples:
    """Panels and the limits that they share.

    Attributes:
        plot: Which series, which scale.
        glyphs: What is drawn with.
        mono: Whether colours say nothing, so that nothing may lie behind a curve.
    """

    def __init__(self, plot: Plot, glyphs: Glyphs, *, mono: bool = False) -> None:
        self.plot = plot
        self.glyphs: Glyphs = glyphs
        self.mono = mono
        self._slots = slots(plot.series)
        self._x: Axis | None = None
        self._y: Axis | None = None
        self._drawn: dict[int, tuple[object, Canvas]] = {}
        """Each panel as it was drawn last, with all that it stands on."""

    def frame(
        self, panels: Sequence[Panel], chosen: int, width: int, lines: int, planned: int | None
    ) -> Frame:
        """All panels in so many cells across.

        Args:
            panels: The runs.
            chosen: The one that is marked.
            width: Cells of a row.
            lines: Rows of curves in each.
            planned: The most steps that one of them plans, once known.
        """
        where = grid(len(panels), width, lines)
        canvas = Canvas(width, where.rows)
        x, y = self._limits(panels, planned)
        self._head(canvas, x, any(panel.band for panel in panels))
        for i, panel in enumerate(panels):
            first = i % where.across == 0
            counts = [series.count if series else 0 for series in self._series(panel)]
            key = (panel.title, panel.end, panel.band is None, *counts, where, x, y, i == chosen)
            if self._drawn.get(i, (None, canvas))[0] != key:
                small = self._panel(panel, where, x, y, first=first, marked=i == chosen)
                self._drawn[i] = (key, small)
            left, top = where.spot(i)
            _paste(self._drawn[i][1], canvas, left - (GUTTER if first else 1), top)
        area = (GUTTER, HEAD, width - GUTTER, where.rows - HEAD)
        return Frame(canvas.lines(), [bytes(row) for row in canvas.roles], area, x, y)

    # --- limits -------------------------------------------------------------------------------------

    def _series(self, panel: Panel) -> list[Series | None]:
        known = panel.metrics.series if panel.metrics is not None else {}
        return [known.get(name) for name in self.plot.series]

    def _limits(self, panels: Sequence[Panel], planned: int | None) -> tuple[Axis, Axis]:
        """The axes of all of them; they only grow."""
        every = [series for each in panels for series in self._series(each) if series is not None]
        lasts = [series.last_step or 0 for series in every]
        self._x = step_axis(self._x, planned, max(lasts, default=0))
        log = self.plot.y == "log"
        most = self._most(every)
        every += [side for panel in panels if panel.band for side in panel.band]
        ends = [self.plot.target]
        for series in every:
            ends += [series.positive if log else series.least, series.greatest]
        known = [min(value, most) for value in ends if value is not None]
        self._y = grown(self._y, known, log=log)
        return self._x, self._y or (Axis(0.1, 1.0, log=True) if log else Axis(0.0, 1.0))

    def _most(self, every: Sequence[Series]) -> float:
        """The greatest value that is worth its room: beyond it curves go along the edge."""
        if any(map(more_is_better, self.plot.series)):
            return math.inf
        firsts = [series.first for series in every if series.first is not None]
        firsts += [self.plot.target] if self.plot.target is not None else []
        finite = [value for value in firsts if value - value == 0.0]
        most = max(finite, default=0.0)
        return most * (LOG_ROOM if self.plot.y == "log" else ROOM) if most > 0 else math.inf

    # --- drawing ------------------------------------------------------------------------------------

    def _head(self, canvas: Canvas, x: Axis, banded: bool) -> None:
        """What is drawn, above all panels."""
        dash, tint = ("-", ":") if self.glyphs == "ascii" else ("━", "░")
        at = GUTTER
        for name, slot in zip(self.plot.series, self._slots, strict=True):
            glyph = MARKS[self.glyphs][slot] if slot else dash
            at = canvas.text(at, 0, f"{glyph} {name}   ", LINE + slot)
        if self.plot.target is not None:
            dashes = "- " if self.glyphs == "ascii" else "╌╌"
            at = canvas.text(at, 0, f"{dashes} {self.plot.target_label or 'target'}   ", TARGET)
        if banded:
            at = canvas.text(at, 0, f"{tint} usual range   ", BAND)
        scale = "log y, " if self.plot.y == "log" else ""
        words = f"{scale}step 0 to {count_of_steps(x.high)}"
        if at + len(words) <= canvas.width:
            canvas.text(canvas.width - len(words), 0, words, QUIET)

    def _panel(
        self, panel: Panel, where: Grid, x: Axis, y: Axis, *, first: bool, marked: bool
    ) -> Canvas:
        """One panel, with the axis' numbers where it is the first of its row."""
        left = GUTTER if first else 1
        canvas = Canvas(left + where.width - GAP, where.height)
        area = Area(canvas, left, 1, where.width - GAP, where.height - TITLED, self.glyphs)
        drawn = self._curves(area, panel, x, y) if area.lines > 0 and area.columns > 0 else []
        draw_axes(area, x, y, 1, drawn)
        end, title = narrow(panel.end), narrow(panel.title)
        room = max(1, area.width - len(end) - 1)
        if marked:
            canvas.put(left - 1, 0, ">" if self.glyphs == "ascii" else "›", MARK)
        short = title if len(title) <= room else f"{title[: room - 1]}~"
        canvas.text(left, 0, short, TITLE if marked else TEXT)
        canvas.text(left + area.width - len(end), 0, end, BAD if panel.bad else QUIET)
        return canvas

    def _curves(self, area: Area, panel: Panel, x: Axis, y: Axis) -> list[Columns]:
        """The curves of a panel over the usual range; gives what is in their columns."""
        line, log, n = liner(area, y), y.log, area.columns
        if panel.band is not None:
            low, high = (
                curve(area, side.columns(x.low, x.high, n), line, log=log) for side in panel.band
            )
            area.tint(between(low, high), BAND, "░" if self.glyphs == "block" else ":")
        if self.plot.target is not None and y.shows(self.plot.target):
            draw_level(area, line(self.plot.target), TARGET)
        found: list[Columns] = []
        for name, slot, series in zip(
            self.plot.series, self._slots, self._series(panel), strict=True
        ):
            if series is None:
                continue
            smooth = series.count >= SMOOTH_FROM and not held_out(name)
            columns = series.columns(x.low, x.high, n, weight=WEIGHTS[2] if smooth else 0.0)
            found.append(columns)
            if smooth and not self.mono:
                # Without colours what lies behind a curve could not be told from it.
                shade = "░" if self.glyphs == "block" else "." if self.glyphs == "ascii" else ""
                area.paint(curve(area, columns, line, log=log), RAW + slot, shade=shade)
            area.paint(curve(area, columns, line, log=log, average=smooth), LINE + slot)
            draw_marks(area, columns, line, slot, log=log)
        return found


def _paste(small: Canvas, large: Canvas, left: int, top: int) -> None:
    for y in range(small.height):
        for x in range(small.width):
            if small.rows[y][x] != " " or small.roles[y][x] != BLANK:
                large.put(left + x, top + y, small.rows[y][x], small.roles[y][x])

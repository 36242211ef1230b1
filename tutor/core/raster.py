"""Series as rows of characters: braille, block or plain ASCII, with axes and a legend.

Pure: what a terminal program repaints four times a second and what a pipe gets as plain text come
from the same `Chart`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tutor.core import legend as words
from tutor.core.axes import Axis, around, grown, part, short, step_axis
from tutor.core.behind import BandPoints, Behind, Curve
from tutor.core.canvas import Area, Canvas, Glyphs, Trace, narrow
from tutor.core.curves import RULES, Columns, Liner, curve, draw_axes, draw_level, draw_marks, liner
from tutor.core.legend import (
    BAND,
    BLANK,
    CROSS,
    GHOST,
    LINE,
    MARK,
    QUIET,
    RAW,
    TARGET,
    TITLE,
    Entry,
)
from tutor.core.lesson import Plot
from tutor.core.moments import Moment, draw_lines, draw_signs, nearest
from tutor.core.pyramid import WEIGHTS
from tutor.core.series import Metrics, Series

GUTTER = 7
"""Cells left of the curves: six for a number, one for the axis."""
SMOOTH_FROM = 50
"""Readings from which on a curve is smoothed."""
WAITING = "waiting for the first reading"
FEW = 100
"""Series of fewer readings are drawn as they are."""


class Frame(NamedTuple):
    """A plot as it stands on the screen."""

    rows: list[str]
    roles: list[bytes]
    """For each cell what it shows; see `core.legend`."""
    area: tuple[int, int, int, int]
    """Where the curves are: x, y, width, height in cells."""
    x: Axis
    y: Axis


class Overlay(NamedTuple):
    """One metric of several runs over each other: each run is a series, by a name of its own.

    Attributes:
        plot: The runs' names, in the order of the legend, and the axes that they share.
        metrics: Their readings by those names.
        slots: Their colours, in that order.
        measured: The metric.
        top: Which of them is drawn over the others.
        ghosts: Runs that are only looked at.
        band: The recorded range of one of them.
        band_name: What that is.
        planned: Steps of the longest.
        empty: What to say while there is no curve.
    """

    plot: Plot
    metrics: Metrics
    slots: Sequence[int]
    measured: str
    top: int | None = None
    ghosts: Sequence[Curve] = ()
    band: BandPoints | None = None
    band_name: str = ""
    planned: int | None = None
    empty: str = ""


class Chart:
    """One plot of a run: what is shown, how, and the limits that it is shown in.

    Attributes:
        plot: Which series, which scale, which target.
        metrics: The readings.
        glyphs: What is drawn with.
        planned: Steps planned, once known.
        log_x: Whether steps stand at equal ratios.
        log_y: Whether values do.
        weight: Smoothing of the series that are trained on; 0 draws readings as they are, None
            leaves it to how many readings there will be.
        window: Steps shown, or None for all.
        cross: Step of the crosshair, or None.
        moments: What happened after which step.
        hint: Words for the last row while it has nothing else to say.
        empty: Words in place of curves, before there are any.
        slots: The colour slot of each series.
        top: Which series is drawn over the others.
        measured: What the series are, where they are the same metric of several runs and not
            named by it.
        behind: What lies behind the curves.
        bare: Whether only the curves are drawn, without axes, legend and words.
    """

    def __init__(
        self,
        plot: Plot,
        metrics: Metrics,
        glyphs: Glyphs = "braille",
        *,
        slots: Sequence[int] | None = None,
    ) -> None:
        self.plot = plot
        self.metrics = metrics
        self.glyphs: Glyphs = glyphs
        self.planned: int | None = None
        self.log_x = False
        self.log_y = plot.y == "log"
        self.weight: float | None = None
        self.window: tuple[float, float] | None = None
        self.cross: float | None = None
        self.moments: Sequence[Moment] = ()
        self.hint = ""
        self.bare = False
        self.empty = WAITING
        self.slots = list(words.slots(plot.series) if slots is None else slots)
        self.top: int | None = None
        self.measured = ""
        self.behind = Behind()
        self._x: Axis | None = None
        self._y: Axis | None = None
        self._label_spot = (0, 0)

    def zoom(self, factor: float, center: float) -> None:
        """Show fewer steps (a factor below 1) or more around a step, which stays where it is."""
        axis = self.x_axis()
        at = axis.place(center)
        self._look_at(axis, at - at * factor, at + (1.0 - at) * factor)

    def pan(self, share: float) -> None:
        """Move the window by a share of what it shows; without a window nothing moves."""
        if self.window is not None:
            self._look_at(self.x_axis(), share, 1.0 + share)

    def _look_at(self, axis: Axis, left: float, right: float) -> None:
        """Make the part between two places of an axis the window."""
        self.window = None
        self.window = part(self.x_axis(), axis.value(left), axis.value(right))

    def lay(self, over: Overlay) -> None:
        """Show runs over each other; limits are made anew where they are others than before."""
        if (over.plot, over.measured) != (self.plot, self.measured):
            self._x = self._y = None
            if over.measured != self.measured:
                self.log_y = over.plot.y == "log"
        self.plot, self.measured, self.metrics = over.plot, over.measured, over.metrics
        self.slots, self.top, self.planned = list(over.slots), over.top, over.planned
        self.empty = over.empty or WAITING
        self.behind.set_ghosts(over.ghosts)
        self.behind.set_band(over.band, over.band_name)

    # --- limits ---------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Show everything again, in limits made anew."""
        self.window = None
        self.cross = None
        self._x = self._y = None

    def found(self) -> list[Series | None]:
        """The plot's series, in its order; None for one that was not read yet."""
        return [self.metrics.series.get(name) for name in self.plot.series]

    def x_axis(self) -> Axis:
        """The steps that are shown."""
        lasts = [series.last_step or 0 for series in self.found() if series is not None]
        self._x = step_axis(self._x, self.planned, max(lasts, default=0))
        low, high = self.window or (self._x.low, self._x.high)
        if self.log_x:
            low = max(low, 1.0)
            return Axis(low, max(high, low * 2), log=True)
        return Axis(low, high if high > low else low + 1)

    def _y_axis(self, drawn: Sequence[Columns]) -> Axis:
        """The values that are shown: limits that only grow, or those of a window."""
        own: list[float | None] = []
        if self.window is not None:
            shown = [column for columns in drawn for column in columns if column and column.finite]
            own += [column.positive if self.log_y else column.least for column in shown]
            own += [column.greatest for column in shown]
            values = [value for value in own if value is not None]
            return around(values, log=self.log_y, tight=True) or self._empty_y()
        for series in self.found():
            if series is not None:
                own += [series.positive if self.log_y else series.least, series.greatest]
        values = [value for value in own if value is not None]
        size = max(map(abs, values), default=math.inf)
        values += [] if self.plot.target is None else [self.plot.target]
        values += self.behind.ends(size, log=self.log_y)
        self._y = grown(self._y, values, log=self.log_y)
        return self._y or self._empty_y()

    def _empty_y(self) -> Axis:
        return Axis(0.1, 1.0, log=True) if self.log_y else Axis(0.0, 1.0)

    # --- drawing --------------------------------------------------------------------------------------

    def frame(self, width: int, height: int) -> Frame:
        """The whole plot in so many cells."""
        canvas = Canvas(width, height)
        x = self.x_axis()
        entries, extras = self._entries()
        gutter = GUTTER if width >= 22 and not self.bare else 0
        top = 1 if self.plot.title and height >= 10 and not self.bare else 0
        room = 0 if height < 5 or self.bare else 1 if height < 10 else 2 if height < 18 else 3
        rows = words.legend(entries, extras, width - gutter, room)
        below = 0 if height < 4 or self.bare else 1 if height < 6 else 2 if height < 8 else 3
        area = Area(
            canvas,
            gutter,
            top + len(rows),
            width - gutter - (1 if gutter else 0),
            height - top - len(rows) - below,
            self.glyphs,
        )
        n = area.columns
        drawn = [
            series.columns(x.low, x.high, n, weight=self._weight(i), log=x.log)
            if series is not None and n > 0
            else []
            for i, series in enumerate(self.found())
        ]
        y = self._y_axis(drawn)
        if top:
            canvas.text(gutter, 0, self.plot.title[: width - gutter], TITLE)
        for i, spans in enumerate(rows):
            canvas.spans(gutter, top + i, spans)
        if area.lines and n:
            self._draw_curves(area, x, y, drawn)
            self._draw_waiting(area)
        draw_axes(area, x, y, below, drawn, named=" step")
        if below:
            draw_signs(area, x, self.moments)
        if below == 3:
            self._draw_status(canvas, height - 1, gutter)
        place = (area.x, area.y, area.width, area.height)
        return Frame(canvas.lines(), [bytes(row) for row in canvas.roles], place, x, y)

    def _weight(self, i: int) -> float:
        """How much a series is smoothed.

        Held-out series and those of few readings are not, unless asked for: an average over ten
        readings would only come late.
        """
        name = self.plot.series[i]
        if words.held_out(self.measured or name):
            return 0.0
        if self.weight is not None:
            return self.weight
        series = self.metrics.series.get(name)
        if series is None or not series.last_step or self._x is None:
            return WEIGHTS[2]
        expected = series.count * self._x.high / series.last_step
        return WEIGHTS[2] if expected >= FEW else 0.0

    @property
    def smoothing(self) -> float:
        """The smoothing of the first series that may be smoothed."""
        return max((self._weight(i) for i in range(len(self.plot.series))), default=0.0)

    def _entries(self) -> tuple[list[Entry], list[Entry]]:
        entries = []
        for name, slot, series in zip(self.plot.series, self.slots, self.found(), strict=True):
            glyph = words.sign(slot, self.glyphs)
            last = short(series.last) if series else "–"
            best = short(words.best(self.measured or name, series)) if series else "–"
            if self.glyphs == "ascii":
                last, best = last.replace("–", "-"), best.replace("–", "-")
            entries.append(Entry(glyph, LINE + slot, name, last, best))
        return entries, self.behind.entries(self.glyphs)

    def _draw_curves(self, area: Area, x: Axis, y: Axis, drawn: Sequence[Columns]) -> None:
        line, log = liner(area, y), y.log

        def trace(series: Series) -> Trace:
            columns = series.columns(x.low, x.high, area.columns, log=x.log)
            return curve(area, columns, line, log=log)

        self.behind.draw_band(area, trace)
        draw_lines(area, x, self.moments)
        self._draw_cross(area, x)
        self._draw_target(area, y, line)
        self.behind.draw_curves(area, trace)
        raw = [curve(area, columns, line, log=log) for columns in drawn]
        order = sorted(enumerate(self.slots), key=lambda each: each[0] == self.top)
        for i, slot in order:
            if self._weight(i):
                shade = "░" if self.glyphs == "block" else "." if self.glyphs == "ascii" else ""
                area.paint(raw[i], RAW + slot, shade=shade)
        for i, slot in order:
            if self._weight(i):
                area.paint(curve(area, drawn[i], line, log=log, average=True), LINE + slot)
            else:
                area.paint(raw[i], LINE + slot)
            draw_marks(area, drawn[i], line, slot, log=log)
        if not self.bare:
            self._draw_label(area, y, line)

    def _draw_waiting(self, area: Area) -> None:
        """Words in place of curves, before there are any."""
        if any(series is not None for series in self.found()):
            return
        text = self.empty
        if len(text) + 2 <= area.width:
            left = area.x + (area.width - len(text) - 2) // 2
            area.canvas.text(left, area.y + area.height // 2, f" {text} ", QUIET)

    def _draw_cross(self, area: Area, x: Axis) -> None:
        if self.cross is None or not x.shows(self.cross):
            return
        cell = min(int(x.place(self.cross) * area.width), area.width - 1)
        for row in range(area.height):
            area.canvas.put(area.x + cell, area.y + row, RULES[self.glyphs][0], CROSS)

    def _draw_target(self, area: Area, y: Axis, line: Liner) -> None:
        """A dashed line at the value to reach."""
        target = self.plot.target
        if target is not None and y.shows(target):
            draw_level(area, line(target), TARGET)

    def _draw_label(self, area: Area, y: Axis, line: Liner) -> None:
        """What the target is, in words: on its line or beside it, where no curve is in the way.

        The words stay where they were as long as that place is free.
        """
        target = self.plot.target
        if target is None or not y.shows(target):
            return
        text = f" {narrow(self.plot.target_label) or f'target {short(target)}'} "
        row = line(target) // area.dots.down
        right, left = area.width - len(text), 1
        spots = [(right, 0), (right, -1), (right, 1), (left, 0), (left, -1), (left, 1)]
        spots.sort(key=lambda spot: spot != self._label_spot)
        for spot in spots:
            at, off = spot[0], row + spot[1]
            if 0 <= off < area.height and left <= at and at + len(text) <= area.width:
                roles = area.canvas.roles[area.y + off][area.x + at : area.x + at + len(text)]
                if set(roles) <= {BLANK, BAND, GHOST, TARGET}:
                    area.canvas.text(area.x + at, area.y + off, text, TARGET)
                    self._label_spot = spot
                    return

    def _draw_status(self, canvas: Canvas, row: int, left: int) -> None:
        names, found = self.plot.series, self.found()
        if self.cross is not None:
            spans = words.crosshair(names, self.slots, found, self.cross)
        else:
            spans = words.notes(names, found, log=self.log_y)
        if self.moments and self._x is not None:
            reach = (self._x.high - self._x.low) / max(1, canvas.width)
            spans = [*spans, (f" {nearest(self.moments, self.cross, reach)}", MARK)]
        if not spans and self.hint:
            spans = [(self.hint, QUIET)]
        x = canvas.spans(left, row, spans)
        smooth = f"smooth {self.smoothing:g}" if self.smoothing else "raw"
        flags = ("zoomed" if self.window else "", "log x" if self.log_x else "")
        scale = "log y" if self.log_y else "linear y"
        text = "  ".join(filter(None, (*flags, scale, smooth)))
        if x + len(text) + 2 <= canvas.width:
            canvas.text(canvas.width - len(text) - 1, row, text, QUIET)

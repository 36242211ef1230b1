"""Series as rows of characters: braille, block or plain ASCII, with axes and a legend.

Pure: what a terminal program repaints four times a second and what a pipe gets as plain text come
from the same `Chart`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tutor.core import legend as words
from tutor.core.axes import Axis, around, grown, part, short, step_axis
from tutor.core.canvas import MARKS, Area, Canvas, Glyphs, Trace, bar, dotted, narrow
from tutor.core.curves import RULES, Columns, Liner, between, curve, draw_axes, draw_marks, liner
from tutor.core.legend import (
    BAND,
    BLANK,
    CROSS,
    GHOST,
    LINE,
    MARK,
    PREDICTION,
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
Points = Sequence[tuple[int, float]]
Curve = tuple[str, Points]
BandPoints = tuple[Sequence[int], Sequence[float | None], Sequence[float | None]]

_ROOM_FOR_GHOSTS = 4.0
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
        bare: Whether only the curves are drawn, without axes, legend and words.
    """

    def __init__(self, plot: Plot, metrics: Metrics, glyphs: Glyphs = "braille") -> None:
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
        self._slots = words.slots(plot.series)
        self._x: Axis | None = None
        self._y: Axis | None = None
        self._label_spot = (0, 0)
        self._ghosts: list[tuple[str, Series]] = []
        self._prediction: tuple[str, Series] | None = None
        self._band: tuple[Series, Series] | None = None

    # --- what lies behind the curves ----------------------------------------------------------------

    def set_ghosts(self, curves: Sequence[Curve]) -> None:
        """Curves of earlier tries, dotted."""
        self._ghosts = [(label, _series(points)) for label, points in curves]

    def set_prediction(self, curve: Curve | None) -> None:
        """The curve that the learner expects."""
        self._prediction = (curve[0], _series(curve[1])) if curve else None

    def set_band(self, band: BandPoints | None) -> None:
        """Steps, least and greatest value of recorded runs; None where they were not finite."""
        if band is None:
            self._band = None
            return
        steps, low, high = band
        both = [
            (step, math.nan, math.nan) if a is None or b is None else (step, a, b)
            for step, a, b in zip(steps, low, high, strict=False)
        ]
        self._band = (
            _series([(step, a) for step, a, _ in both]),
            _series([(step, b) for step, _, b in both]),
        )

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
        values += self._behind(max(map(abs, values), default=math.inf))
        self._y = grown(self._y, values, log=self.log_y)
        return self._y or self._empty_y()

    def _behind(self, size: float) -> list[float]:
        """Values that the limits should hold besides the readings.

        Of an earlier try only what is not far off the readings, whose size is given: a run that
        blew up must not flatten the one that is watched.
        """
        ends = [self.plot.target]
        series = [*(self._band or ())]
        if self._prediction is not None:
            series.append(self._prediction[1])
        for each in series:
            ends += [each.positive if self.log_y else each.least, each.greatest]
        near = [
            value
            for _, ghost in self._ghosts
            for value in (ghost.positive if self.log_y else ghost.least, ghost.greatest)
            if value is not None and abs(value) <= size * _ROOM_FOR_GHOSTS
        ]
        return [value for value in ends if value is not None] + near

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
        rows = words.legend(entries, extras, width - 1, room)
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
        if words.held_out(name):
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
        dash = "-" if self.glyphs == "ascii" else "━"
        dots, tint = ("..", ":") if self.glyphs == "ascii" else ("┈", "░")
        entries = []
        for name, slot, series in zip(self.plot.series, self._slots, self.found(), strict=True):
            glyph = MARKS[self.glyphs][slot] if slot else dash
            last = short(series.last) if series else "–"
            best = short(words.best(name, series)) if series else "–"
            if self.glyphs == "ascii":
                last, best = last.replace("–", "-"), best.replace("–", "-")
            entries.append(Entry(glyph, LINE + slot, name, last, best))
        extras = []
        if self._prediction is not None:
            extras.append(Entry(dots, PREDICTION, self._prediction[0]))
        if self._ghosts:
            label = self._ghosts[0][0] if len(self._ghosts) == 1 else "last try"
            extras.append(Entry(dots, GHOST, label))
        if self._band is not None:
            extras.append(Entry(tint, BAND, "usual range"))
        return entries, extras

    def _draw_curves(self, area: Area, x: Axis, y: Axis, drawn: Sequence[Columns]) -> None:
        line, log = liner(area, y), y.log

        def trace(series: Series) -> Trace:
            columns = series.columns(x.low, x.high, area.columns, log=x.log)
            return curve(area, columns, line, log=log)

        if self._band is not None:
            fill = between(trace(self._band[0]), trace(self._band[1]))
            area.tint(fill, BAND, "░" if self.glyphs == "block" else ":")
        draw_lines(area, x, self.moments)
        self._draw_cross(area, x)
        self._draw_target(area, y, line)
        for _, ghost in self._ghosts:
            area.paint(dotted(trace(ghost), 1, 1), GHOST)
        if self._prediction is not None:
            area.paint(dotted(trace(self._prediction[1]), 3, 1), PREDICTION)
        raw = [curve(area, columns, line, log=log) for columns in drawn]
        for i, slot in enumerate(self._slots):
            if self._weight(i):
                shade = "░" if self.glyphs == "block" else "." if self.glyphs == "ascii" else ""
                area.paint(raw[i], RAW + slot, shade=shade)
        for i, slot in enumerate(self._slots):
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
        text = "waiting for the first reading"
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
            dots = bar(line(target), line(target))
            across = area.dots.across
            dashes = [dots if i // across % 3 < 2 else 0 for i in range(area.columns)]
            area.paint(dashes, TARGET)

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
            spans = words.crosshair(names, found, self.cross)
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


def _series(points: Points) -> Series:
    return Series([step for step, _ in points], [value for _, value in points])

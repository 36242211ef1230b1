"""The live plot of a run: curves that draw themselves, repainting only what changed."""

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.binding import Binding
from textual.color import Color
from textual.geometry import Region
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip
from textual.widget import Widget

from tutor.core import legend
from tutor.core.behind import BandPoints, Curve
from tutor.core.canvas import Glyphs
from tutor.core.lesson import Plot
from tutor.core.moments import Moment
from tutor.core.pyramid import WEIGHTS
from tutor.core.raster import Chart, Frame
from tutor.core.series import Metrics

_ROLES = {
    legend.BLANK: "foreground",
    legend.QUIET: "quiet",
    legend.TITLE: "foreground",
    legend.TARGET: "target",
    legend.GHOST: "ghost",
    legend.BAND: "ghost",
    legend.PREDICTION: "secondary",
    legend.BAD: "error",
    legend.CROSS: "quiet",
    legend.TEXT: "foreground",
    legend.MARK: "accent",
}
SLOT_COLOURS = ("train", "valid", "secondary", "error", "success", "foreground")
"""By slot of a series: the variable of the theme that it is drawn in."""
_INSTEAD = {
    "train": "primary",
    "valid": "accent",
    "target": "success",
    "ghost": "foreground-muted",
    "quiet": "foreground-muted",
}


class FrameView(Widget):
    """What `core` draws as a frame, on the screen: only cells that changed are sent."""

    def __init__(self) -> None:
        super().__init__()
        self._frame: Frame | None = None
        self._palette: list[Style] = []

    def make_frame(self, width: int, height: int) -> Frame:
        """What is to be seen now, in so many cells."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw what is new."""
        if not self.size or not self.is_mounted:
            return
        old, new = self._frame, self.make_frame(*self.size)
        self._frame = new
        if old is None or len(old.rows) != len(new.rows) or len(old.rows[0]) != len(new.rows[0]):
            self.refresh()
            return
        regions = list(changed(old, new))
        if sum(region.width for region in regions) * 2 > self.size.width * self.size.height:
            self.refresh()
        elif regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row of it."""
        width, height = self.size
        frame = self._frame
        if frame is None or len(frame.rows) != height or len(frame.rows[0]) != width:
            frame = self._frame = self.make_frame(width, height)
        if y >= len(frame.rows):
            return Strip.blank(width, self.rich_style)
        if not self._palette:
            self._palette = role_styles(self)
        palette = self._palette
        segments = [Segment(text, palette[role]) for text, role in runs(frame, y)]
        return Strip(segments, width)

    def notify_style_update(self) -> None:
        """Colours follow the theme."""
        super().notify_style_update()
        self._palette = []


class LossPlot(FrameView, can_focus=True):
    """One plot of a run. Whoever has new readings calls `advance`, a few times a second."""

    DEFAULT_CSS = """
    LossPlot { width: 1fr; height: 1fr; }
    """
    BINDINGS = [
        Binding("y", "log('y')", "Log or linear", id="plot.log-y", show=False),
        Binding("l", "log('x')", "Log steps", id="plot.log-x", show=False),
        Binding("s", "smooth", "Smoothing", id="plot.smooth", show=False),
        Binding("left", "cross(-1)", "Read to the left", id="plot.left", show=False),
        Binding("right", "cross(1)", "Read to the right", id="plot.right", show=False),
        Binding("plus,equals_sign", "zoom(0.5)", "Zoom in", id="plot.zoom-in", show=False),
        Binding("minus", "zoom(2.0)", "Zoom out", id="plot.zoom-out", show=False),
        Binding("0", "reset", "Show all", id="plot.reset", show=False),
    ]
    ghosts: var[list[Curve]] = var(list, init=False)
    """Curves of earlier tries as (label, [(step, value), ...]), drawn dotted."""
    band: var[BandPoints | None] = var(None, init=False)
    """The usual range: steps, least and greatest values of recorded runs."""
    prediction: var[Curve | None] = var(None, init=False)
    """The curve that the learner expects, as (label, [(step, value), ...])."""
    HINT = "y log   s smooth   ←→ read   +- zoom   0 all"

    class Crossed(Message):
        """The crosshair stands at another step, or is gone.

        Attributes:
            step: Where it stands now; None where there is none.
        """

        def __init__(self, step: float | None) -> None:
            super().__init__()
            self.step = step

    def __init__(self, plot: Plot, metrics: Metrics, *, glyphs: Glyphs = "braille") -> None:
        super().__init__()
        self.plot = plot
        self._told: float | None = None
        self._chart = Chart(plot, metrics, glyphs)
        self._pinned = False

    # --- what is shown ------------------------------------------------------------------------------

    def watch_metrics(self, metrics: Metrics) -> None:
        """Show another run, in axes of its own."""
        self._chart.metrics = metrics
        self._chart.reset()
        self.advance()

    def planned(self, total_steps: int | None) -> None:
        """Say how many steps the run will take; the x axis then stands still."""
        if total_steps != self._chart.planned:
            self._chart.planned = total_steps
            self.advance()

    def happened(self, moments: Sequence[Moment]) -> None:
        """Mark what happened after which step; drawn with the next frame."""
        self._chart.moments = moments

    def watch_ghosts(self, curves: list[Curve]) -> None:
        """Earlier tries changed."""
        self._chart.behind.set_ghosts(curves)
        self.advance()

    def watch_band(self, band: BandPoints | None) -> None:
        """The usual range changed."""
        self._chart.behind.set_band(band)
        self.advance()

    def watch_prediction(self, curve: Curve | None) -> None:
        """The learner's bet changed."""
        self._chart.behind.set_prediction(curve)
        self.advance()

    def cross_at(self, step: int | None) -> None:
        """Put the crosshair at a step, without telling of it, or take it away."""
        self._chart.cross = self._told = step
        self._pinned = step is not None
        self.advance()

    # --- drawing ------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Draw what is new; only cells that changed are sent to the terminal."""
        if not self.size or not self.is_mounted:
            return
        if self._chart.cross != self._told:
            self._told = self._chart.cross
            self.post_message(self.Crossed(self._told))
        self.repaint()

    def make_frame(self, width: int, height: int) -> Frame:
        """The chart as it stands."""
        return self._chart.frame(width, height)

    # --- keys and mouse -----------------------------------------------------------------------------

    def action_log(self, axis: Literal["x", "y"]) -> None:
        """Values, or steps, at equal ratios, or at equal distances."""
        if axis == "y":
            self._chart.log_y = not self._chart.log_y
        else:
            self._chart.log_x = not self._chart.log_x
        self.advance()

    def action_smooth(self) -> None:
        """The next strength of smoothing; 0 shows the readings as they are."""
        at = WEIGHTS.index(self._chart.smoothing)
        self._chart.weight = WEIGHTS[(at + 1) % len(WEIGHTS)]
        self.advance()

    def action_cross(self, by: int) -> None:
        """Move the crosshair by a cell; at the edge of a zoomed plot the plot moves."""
        self._pinned = True
        chart, cells = self._chart, self._cells()
        axis = chart.x_axis()
        if chart.cross is None or not axis.shows(chart.cross):
            newest = max((s.last_step or 0 for s in chart.found() if s is not None), default=0)
            chart.cross = min(axis.high, max(axis.low, float(newest)))
        else:
            cell = int(axis.place(chart.cross) * cells) + by
            if not 0 <= cell < cells:
                chart.pan(0.25 * by)
                axis = chart.x_axis()
                cell = int(axis.place(chart.cross) * cells) + by
            self._cross_at(min(cells - 1, max(0, cell)))
        self.advance()

    def action_zoom(self, factor: float) -> None:
        """Show half or twice as many steps around the crosshair, or else the newest."""
        chart = self._chart
        newest = max((s.last_step or 0 for s in chart.found() if s is not None), default=0)
        chart.zoom(factor, float(newest) if chart.cross is None else chart.cross)
        self.advance()

    def action_reset(self) -> None:
        """Everything again: all steps, no crosshair, fresh limits."""
        self._pinned = False
        self._chart.reset()
        self.advance()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The crosshair follows the mouse until a click pins it."""
        cell = self._cell_under(event)
        if not self._pinned:
            before = self._chart.cross
            if cell is None:
                self._chart.cross = None
            else:
                self._cross_at(cell)
            if before != self._chart.cross:
                self.advance()

    def on_click(self, event: events.Click) -> None:
        """Pin the crosshair, or let it go."""
        cell = self._cell_under(event)
        if cell is not None:
            self._pinned = not self._pinned
            self._cross_at(cell)
            self.advance()

    def on_leave(self) -> None:
        """Without the mouse there is no crosshair, unless it was pinned."""
        if not self._pinned and self._chart.cross is not None:
            self._chart.cross = None
            self.advance()

    @on(events.MouseScrollUp)
    @on(events.MouseScrollDown)
    def wheel(self, event: events.MouseScrollUp | events.MouseScrollDown) -> None:
        """Zoom where the mouse is."""
        cell = self._cell_under(event)
        if cell is not None:
            event.stop()
            axis = self._chart.x_axis()
            factor = 0.8 if isinstance(event, events.MouseScrollUp) else 1.25
            self._chart.zoom(factor, axis.value((cell + 0.5) / self._cells()))
            self.advance()

    def on_focus(self) -> None:
        """Say which keys the plot knows."""
        arrows = "<- ->" if self._chart.glyphs == "ascii" else "←→"
        self._chart.hint = self.HINT.replace("←→", arrows)
        self.advance()

    def on_blur(self) -> None:
        """The keys are another's again."""
        self._chart.hint = ""
        self.advance()

    def _cells(self) -> int:
        return max(1, self._frame.area[2]) if self._frame else 1

    def _cross_at(self, cell: int) -> None:
        """Put the crosshair on a cell of the area, at a whole step where cells hold several."""
        axis = self._chart.x_axis()
        step = axis.value((cell + 0.5) / self._cells())
        whole = float(round(step))
        same = int(axis.place(whole) * self._cells()) == cell and axis.shows(whole)
        self._chart.cross = whole if same else step

    def _cell_under(self, event: events.MouseEvent) -> int | None:
        """The column of the area that the mouse is over."""
        offset = event.get_content_offset(self)
        if offset is None or self._frame is None:
            return None
        x, y, width, height = self._frame.area
        inside = x <= offset.x < x + width and y <= offset.y < y + height
        return offset.x - x if inside else None


def role_styles(widget: Widget) -> list[Style]:
    """A style for every role of `core.legend`, on the background that a widget has.

    None is without a style: with `NO_COLOR` Textual cannot do without.
    """
    base = widget.rich_style
    variables = widget.app.theme_variables
    background, foreground = widget.background_colors[1], widget.colors[3]

    def color(name: str, strength: float = 1.0) -> Style:
        text = variables.get(name) or variables.get(_INSTEAD.get(name, name), "")
        found = Color.parse(text) if text.startswith("#") else foreground
        return base + Style(color=background.blend(found, strength).rich_color)

    styles = [base] * (legend.RAW + legend.SLOTS)
    for role, name in _ROLES.items():
        styles[role] = color(name, 0.7 if role == legend.CROSS else 1.0)
    for slot, name in enumerate(SLOT_COLOURS):
        styles[legend.LINE + slot] = color(name)
        styles[legend.RAW + slot] = color(name, 0.4)
    for role in (legend.TITLE, legend.BAD):
        styles[role] += Style(bold=True)
    return styles


class Drawn(Protocol):
    """Rows of text, and for each cell what it shows."""

    @property
    def rows(self) -> list[str]:
        """The text."""

    @property
    def roles(self) -> Sequence[bytes | bytearray]:
        """See `core.legend`."""


def changed(old: Drawn, new: Drawn) -> Iterator[Region]:
    """The stretch of each row in which two frames of one size differ.

    One stretch a row: Textual sends a row from the widget's left edge to the stretch's right end,
    once for each stretch.
    """
    for y, (was, now) in enumerate(zip(old.rows, new.rows, strict=True)):
        before, after = old.roles[y], new.roles[y]
        if was == now and before == after:
            continue
        cells = [
            x
            for x, char in enumerate(now)
            if char != was[x] or (before[x] != after[x] and char != " ")
        ]
        if cells:
            yield Region(cells[0], y, cells[-1] + 1 - cells[0], 1)


def runs(frame: Drawn, y: int) -> Iterator[tuple[str, int]]:
    """A row as stretches of one role; blanks take that of a neighbour, to spare colour changes."""
    text, roles = frame.rows[y], frame.roles[y]
    first = len(text) - len(text.lstrip(" "))
    start, role = 0, roles[first if first < len(text) else 0]
    for x in range(first, len(text)):
        if roles[x] != role and text[x] != " ":
            yield text[start:x], role
            start, role = x, roles[x]
    yield text[start:], role

"""The live plot: our own line-API widget over `core.chart`, repainting only what changed."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tutor.core.chart import SMOOTHING, Band, Curve, View, chart
from tutor.core.lesson import Plot
from tutor.core.raster import Cell, Glyphs
from tutor.core.series import Metrics

GAP = 6
"""Unchanged cells between two changed ones that are cheaper to send than to skip."""


class LossPlot(Widget, can_focus=True):
    """Curves of one set of axes, drawn as the readings come in."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"loss-plot--{name}"
        for name in (
            *("train", "train-dim", "valid", "valid-dim", "third", "third-dim", "fourth"),
            *("fourth-dim", "target", "ghost", "band", "bad", "axis", "cursor", "quiet", "title"),
            "text",
        )
    }
    DEFAULT_CSS = """
    LossPlot { height: 1fr; width: 1fr; background: $background; }
    LossPlot .loss-plot--text { color: $foreground; }
    LossPlot .loss-plot--title { color: $foreground; text-style: bold; }
    LossPlot .loss-plot--train { color: $train; }
    LossPlot .loss-plot--train-dim { color: $train 45%; }
    LossPlot .loss-plot--valid { color: $valid; }
    LossPlot .loss-plot--valid-dim { color: $valid 45%; }
    LossPlot .loss-plot--third { color: $secondary; }
    LossPlot .loss-plot--third-dim { color: $secondary 45%; }
    LossPlot .loss-plot--fourth { color: $success; }
    LossPlot .loss-plot--fourth-dim { color: $success 45%; }
    LossPlot .loss-plot--target { color: $target; }
    LossPlot .loss-plot--ghost { color: $ghost; }
    LossPlot .loss-plot--band { color: $secondary 70%; }
    LossPlot .loss-plot--bad { color: $error; text-style: bold; }
    LossPlot .loss-plot--axis { color: $quiet; }
    LossPlot .loss-plot--cursor { color: $accent; }
    LossPlot .loss-plot--quiet { color: $quiet; }
    """
    BINDINGS: ClassVar = [
        Binding("y", "log('y')", "Log y", id="plot.log-y"),
        Binding("u", "log('x')", "Log x", id="plot.log-x", show=False),
        Binding("s", "smooth", "Smooth", id="plot.smooth"),
        Binding("left,h", "cursor(-1)", "Crosshair left", id="plot.left", show=False),
        Binding("right,l", "cursor(1)", "Crosshair right", id="plot.right", show=False),
        Binding("plus,equals_sign", "zoom(0.5)", "Zoom in", id="plot.in", show=False),
        Binding("minus", "zoom(2.0)", "Zoom out", id="plot.out", show=False),
        Binding("0", "reset", "Whole curve", id="plot.reset", show=False),
    ]

    def __init__(self, plot: Plot, metrics: Metrics, *, glyphs: Glyphs = "braille") -> None:
        super().__init__()
        self.plot = plot
        self._metrics = metrics
        self._glyphs: Glyphs = glyphs
        self._view = View(log_y=plot.y == "log")
        self._cells: list[list[Cell]] = []
        self._strips: dict[int, Strip] = {}

    # --- data ---------------------------------------------------------------------------------------

    def watch_metrics(self, metrics: Metrics) -> None:
        """Show another run from now on."""
        self._metrics = metrics
        self._view = View(
            log_y=self._view.log_y, log_x=self._view.log_x, smoothing=self._view.smoothing
        )
        self.redraw()

    def planned(self, total: int | None) -> None:
        """Fix the x axis to the planned steps."""
        self._view.total = total

    @property
    def ghosts(self) -> list[tuple[str, Curve]]:
        """Earlier curves, drawn dotted behind."""
        return self._view.ghosts

    @ghosts.setter
    def ghosts(self, ghosts: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> None:
        self._view.ghosts = [(name, list(curve)) for name, curve in ghosts]
        self.redraw()

    @property
    def band(self) -> Band | None:
        """Recorded runs, drawn dotted behind."""
        return self._view.band

    @band.setter
    def band(self, band: Band | None) -> None:
        self._view.band = band
        self.redraw()

    def advance(self) -> None:
        """Draw what is new, and send only the cells that changed."""
        before = self._cells
        self._draw()
        if len(before) != len(self._cells):
            self.refresh()
            return
        regions = list(changed_regions(before, self._cells))
        if regions:
            self.refresh(*regions)

    def redraw(self) -> None:
        """Draw everything anew."""
        self._draw()
        self.refresh()

    def _draw(self) -> None:
        self._cells = chart(
            self.plot, self._metrics, self._view, self.size.width, self.size.height, self._glyphs
        )
        self._strips.clear()

    def on_resize(self) -> None:
        """Another size is another picture."""
        self.redraw()

    def notify_style_update(self) -> None:
        """Colours of another theme."""
        super().notify_style_update()
        self._strips.clear()

    # --- rendering ------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """A row; neighbours of one role in one segment, so that colours cost few bytes."""
        width = self.size.width
        if y >= len(self._cells):
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(y)
        if strip is None:
            segments: list[Segment] = []
            text, role = "", ""
            for char, each in self._cells[y]:
                # A blank looks the same in any colour.
                if each != role and char != " ":
                    if text:
                        segments.append(Segment(text, self._style(role)))
                    text, role = "", each
                text += char
            segments.append(Segment(text, self._style(role)))
            strip = self._strips[y] = Strip(segments, len(self._cells[y]))
        return strip

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"loss-plot--{role or 'text'}")

    # --- keys -------------------------------------------------------------------------------------------

    def action_log(self, axis: str) -> None:
        """Linear or logarithmic."""
        if axis == "y":
            self._view.log_y = not self._view.log_y
        else:
            self._view.log_x = not self._view.log_x
        self._view.y.reset()
        self.redraw()

    def action_smooth(self) -> None:
        """The next strength of smoothing."""
        self._view.smoothing = (self._view.smoothing + 1) % len(SMOOTHING)
        self.redraw()

    def action_cursor(self, way: int) -> None:
        """Move the crosshair by a cell."""
        step = way / max(1, self.size.width - 9)
        here = 0.5 if self._view.cursor is None else self._view.cursor
        self._view.cursor = min(1.0, max(0.0, here + step))
        self.redraw()

    def action_zoom(self, factor: float) -> None:
        """Fewer or more steps, around the crosshair."""
        x0, x1 = self._view.zoom or (0.0, self._view.x_max)
        share = 0.5 if self._view.cursor is None else self._view.cursor
        centre = x0 + share * (x1 - x0)
        half = (x1 - x0) * factor / 2
        low, high = max(0.0, centre - half), min(self._view.x_max, centre + half)
        whole = high - low >= self._view.x_max
        self._view.zoom = None if whole or high - low < 2 else (low, high)
        self._view.y.reset()
        self.redraw()

    def action_reset(self) -> None:
        """The whole curve, no crosshair."""
        self._view.zoom = self._view.cursor = None
        self._view.y.reset()
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Put the crosshair under the mouse."""
        inner = self.size.width - 9
        if inner > 0:
            self._view.cursor = min(1.0, max(0.0, (event.x - 9) / inner))
            self.redraw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel zooms."""
        event.stop()
        self.action_zoom(0.5)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel zooms."""
        event.stop()
        self.action_zoom(2.0)


def changed_regions(
    before: Sequence[Sequence[Cell]], after: Sequence[Sequence[Cell]]
) -> list[Region]:
    """The stretches of cells that differ, near ones joined."""
    regions = []
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        start = end = -1
        for x, (a, b) in enumerate(zip(old, new, strict=False)):
            if a == b:
                continue
            if start >= 0 and x - end > GAP:
                regions.append(Region(start, y, end - start + 1, 1))
                start = x
            start = x if start < 0 else start
            end = x
        if start >= 0:
            regions.append(Region(start, y, end - start + 1, 1))
    return regions

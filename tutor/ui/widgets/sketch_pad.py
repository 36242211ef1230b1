"""Empty axes to draw a guess on, with five anchors under the keys."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.strip import Strip
from textual.widget import Widget

from tutor.core import guess, legend
from tutor.core.canvas import Canvas, Glyphs
from tutor.core.reference import Band

_COLOURS = {
    legend.QUIET: "quiet",
    legend.BAND: "success",
    legend.PREDICTION: "secondary",
    legend.CROSS: "accent",
}


class SketchPad(Widget, can_focus=True):
    """Five anchors over empty axes; once revealed, the recorded band lies behind them."""

    DEFAULT_CSS = """
    SketchPad { height: 1fr; width: 1fr; min-height: 8; }
    """
    BINDINGS: ClassVar = [
        Binding("left,h", "anchor(-1)", "Anchor", id="sketch.left", key_display="←→"),
        Binding("right,l", "anchor(1)", "Anchor", id="sketch.right", show=False),
        Binding("up,k", "move(1)", "Move", id="sketch.up", key_display="↑↓"),
        Binding("down,j", "move(-1)", "Move", id="sketch.down", show=False),
        Binding("shift+up", "move(5)", "Far up", id="sketch.far-up", show=False),
        Binding("shift+down", "move(-5)", "Far down", id="sketch.far-down", show=False),
    ]

    def __init__(self, axes: guess.Axes, places: guess.Places, glyphs: Glyphs) -> None:
        super().__init__()
        self._axes = axes
        self.places = places or guess.MIDDLE
        self._glyphs: Glyphs = glyphs
        self._cursor = 0
        self._truth: Band | None = None
        self._revealed = bool(places)
        self._canvas = Canvas(0, 0)

    def reveal(self, truth: Band | None) -> None:
        """Show the recorded band; the anchors stand still from now on."""
        self._revealed, self._truth = True, truth
        self._draw()

    def action_anchor(self, way: int) -> None:
        """To the anchor beside this one."""
        if not self._revealed:
            self._cursor = min(guess.ANCHORS - 1, max(0, self._cursor + way))
            self._draw()

    def action_move(self, notches: int) -> None:
        """Move the anchor."""
        if not self._revealed:
            self.places = guess.moved(self.places, self._cursor, notches)
            self._draw()

    def on_click(self, event: events.Click) -> None:
        """A click takes the nearest anchor to its height."""
        if self._revealed or self.size.width <= guess.GUTTER or self.size.height < 4:
            return
        across = (event.x - guess.GUTTER) / max(1, self.size.width - guess.GUTTER - 1)
        self._cursor = min(guess.ANCHORS - 1, max(0, round(across * (guess.ANCHORS - 1))))
        rows = self.size.height - 2
        place = 1.0 - event.y / max(1, rows - 1)
        notches = round((place - self.places[self._cursor]) / guess.NOTCH)
        self.action_move(notches)

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._draw()

    def on_focus(self) -> None:
        """Show which anchor the keys move."""
        self._draw()

    def on_blur(self) -> None:
        """Hide it."""
        self._draw()

    def _draw(self) -> None:
        cursor = self._cursor if self.has_focus and not self._revealed else None
        self._canvas = guess.draw(
            self.places,
            self._axes,
            (self.size.width, self.size.height),
            self._glyphs,
            cursor=cursor,
            truth=self._truth,
        )
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row of the drawing."""
        canvas = self._canvas
        if y >= canvas.height:
            return Strip.blank(self.size.width, self.rich_style)
        segments = []
        start = 0
        row, roles = canvas.rows[y], canvas.roles[y]
        for x in range(1, canvas.width + 1):
            if x == canvas.width or roles[x] != roles[start]:
                segments.append(Segment("".join(row[start:x]), self._style(roles[start])))
                start = x
        return Strip(segments, canvas.width)

    def _style(self, role: int) -> Style:
        name = _COLOURS.get(role)
        if name is None:
            return self.rich_style
        colour = self.app.theme_variables.get(name, "")
        return self.rich_style + Style(color=colour or None, bold=role == legend.CROSS)

"""A picture of a run: what the network sees, in half blocks, or in shades without colours."""

import itertools
from functools import lru_cache

from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tutor.core.bitmap import Drawing, draw, steady
from tutor.core.canvas import Glyphs
from tutor.core.colours import NUMBERS
from tutor.core.sketches import Paint, Row
from tutor.core.stripes import Stripes
from tutor.ui.flow import STRIPE_SECONDS, Flow, Pace
from tutor.ui.terminal_app import TerminalApp
from tutor.ui.widgets.loss_plot import role_styles


class PictureView(Widget):
    """Shows one picture, as large as fits, with its caption under it.

    What is new of it goes out in stripes, each as long as the link bears.
    """

    DEFAULT_CSS = """
    PictureView { width: 1fr; height: 1fr; padding: 0 1; color: $foreground; }
    """
    EMPTY = Drawing(role="text", caption="no picture yet")

    def __init__(self, *, glyphs: Glyphs = "braille", id: str | None = None) -> None:  # noqa: A002 # as in Widget
        super().__init__(id=id)
        self._glyphs: Glyphs = glyphs
        self._drawing = self.EMPTY
        self._stripes = Stripes()
        self._drawn_at = (-1, -1)
        self._next: Timer | None = None
        """When the next stripe goes out."""
        self._palette: list[Style] = []

    def show(self, drawing: Drawing, *, sparing: bool = False) -> bool:
        """Show a picture; the same one again costs nothing.

        Args:
            drawing: The picture.
            sparing: Whether it comes unasked, while a run trains: what hardly moved in it then stays
                as it is; and it is left out where what went before has not been paid for yet.

        Returns:
            Whether it was taken.
        """
        if drawing == self._drawing:
            return True
        if sparing and (self._stripes.unsent() or not self._flow.affords()):
            return False
        self._drawing = steady(drawing, self._drawing) if sparing else drawing
        if self._drawn_at != self.size:
            # Not seen in this size, all of it is new; out of view, even back in the size before.
            self._drawn_at = (-1, -1)
            self.refresh()
            return True
        self._stripes.rows = self._draw()
        self._send()
        return True

    @property
    def _flow(self) -> Flow:
        app = self.app
        return app.flow if isinstance(app, TerminalApp) else Flow(Pace(pings=False), str)

    def _draw(self) -> list[Row]:
        width, height = self.size
        mono = self.app.no_color
        return draw(self._drawing, width, height, glyphs=self._glyphs, mono=mono)

    def _send(self) -> None:
        """As much as goes out at once, and the rest a little later."""
        if self._flow.room():
            for y in self._stripes.advance(self._flow.stripe):
                self.refresh(Region(0, y, self.size.width, 1))
            self._flow.ask_after(self)
        self._go_on()

    def _go_on(self) -> None:
        if self._next is not None:
            self._next.stop()  # one picture at a time: a newer one takes over
        unsent = self._stripes.unsent()
        self._next = self.set_timer(STRIPE_SECONDS, self._send) if unsent else None

    def notify_style_update(self) -> None:
        """Colours follow the theme."""
        super().notify_style_update()
        self._palette = []

    def on_hide(self) -> None:
        """When it is seen again, all of it is new."""
        self._drawn_at = (-1, -1)

    def render_line(self, y: int) -> Strip:
        """One row of the picture."""
        if self._drawn_at != self.size:
            self._drawn_at = self.size
            self._stripes = Stripes()
            self._stripes.rows = self._draw()
            self._stripes.advance(self._flow.stripe)
            self._go_on()
        if not self._palette:
            self._palette = role_styles(self)
        # Neighbours of one look are one segment.
        segments = [
            Segment("".join(cell.char for cell in cells), self._style(*look))
            for look, cells in itertools.groupby(self._stripes.line(y), key=_look)
        ]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _style(self, front: Paint, back: Paint) -> Style:
        style = self._palette[front] if isinstance(front, int) else self.rich_style
        return style + Style(color=_color(front), bgcolor=_color(back))


@lru_cache(256)
def _color(paint: Paint) -> Color | None:
    if not isinstance(paint, tuple):
        return None
    color, number = Color.from_rgb(*paint), NUMBERS.get(paint)
    # With its parts besides its number, or Textual would have it by its parts again.
    return color if number is None else color._replace(type=ColorType.EIGHT_BIT, number=number)


def _look(cell: tuple[str, Paint, Paint]) -> tuple[Paint, Paint]:
    return cell[1:]

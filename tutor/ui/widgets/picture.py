"""A picture of a run: what the network sees, in half blocks, or in shades without colours."""

import itertools

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tutor.core.bitmap import Drawing, draw
from tutor.core.canvas import Glyphs
from tutor.core.sketches import Paint, Row
from tutor.ui.widgets.loss_plot import role_styles


class PictureView(Widget):
    """Shows one picture, as large as fits, with its caption under it."""

    DEFAULT_CSS = """
    PictureView { width: 1fr; height: 1fr; padding: 0 1; color: $foreground; }
    """
    EMPTY = Drawing(role="text", caption="no picture yet")

    def __init__(self, *, glyphs: Glyphs = "braille") -> None:
        super().__init__()
        self._glyphs: Glyphs = glyphs
        self._drawing = self.EMPTY
        self._rows: list[Row] = []
        self._drawn_at = (-1, -1)
        self._palette: list[Style] = []

    def show(self, drawing: Drawing) -> None:
        """Show a picture; the same one again costs nothing."""
        if drawing != self._drawing:
            self._drawing = drawing
            self._drawn_at = (-1, -1)
            self.refresh()

    def notify_style_update(self) -> None:
        """Colours follow the theme."""
        super().notify_style_update()
        self._palette = []

    def render_line(self, y: int) -> Strip:
        """One row of the picture."""
        width, height = self.size
        if self._drawn_at != (width, height):
            mono = self.app.no_color
            self._rows = draw(self._drawing, width, height, glyphs=self._glyphs, mono=mono)
            self._drawn_at = (width, height)
        if not self._palette:
            self._palette = role_styles(self)
        row = self._rows[y] if y < len(self._rows) else []
        # Neighbours of one look are one segment: colour changes are what costs bytes.
        segments = [
            Segment("".join(cell.char for cell in cells), self._style(*look))
            for look, cells in itertools.groupby(row, key=lambda cell: (cell.front, cell.back))
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _style(self, front: Paint, back: Paint) -> Style:
        style = self._palette[front] if isinstance(front, int) else self.rich_style
        color = Color.from_rgb(*front) if isinstance(front, tuple) else None
        background = Color.from_rgb(*back) if isinstance(back, tuple) else None
        return style + Style(color=color, bgcolor=background)

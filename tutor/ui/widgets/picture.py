"""A picture of a run: what the network sees, in half blocks, or in shades without colours."""

import itertools
import time

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tutor.core.bitmap import Drawing, draw
from tutor.core.canvas import Glyphs
from tutor.core.sketches import Paint, Row
from tutor.ui.widgets.loss_plot import role_styles

STRIPE = 6_000
"""Bytes that may go out at once: what is more of a picture follows in stripes."""
LINK = 20_000
"""Bytes a second of the slowest link that a stripe must have passed before the next one."""
SHARE = 1_500
"""Bytes a second that pictures may cost while a run trains and nobody asked for one."""


class PictureView(Widget):
    """Shows one picture, as large as fits, with its caption under it."""

    DEFAULT_CSS = """
    PictureView { width: 1fr; height: 1fr; padding: 0 1; color: $foreground; }
    """
    EMPTY = Drawing(role="text", caption="no picture yet")

    def __init__(self, *, glyphs: Glyphs = "braille", id: str | None = None) -> None:  # noqa: A002 # as in Widget
        super().__init__(id=id)
        self._glyphs: Glyphs = glyphs
        self._drawing = self.EMPTY
        self._rows: list[Row] = []
        self._shown: list[Row] = []
        """What was sent so far; rows of `_rows` follow in stripes."""
        self._drawn_at = (-1, -1)
        self._due = 0.0
        self._next: Timer | None = None
        """When the next stripe goes out."""
        self._palette: list[Style] = []

    def show(self, drawing: Drawing, *, sparing: bool = False) -> bool:
        """Show a picture; the same one again costs nothing.

        Args:
            drawing: The picture.
            sparing: Whether it comes unasked, while a run trains: it is then left out where the one
                before it has not been paid for yet, by the share of bytes that pictures have.

        Returns:
            Whether it was taken.
        """
        if drawing == self._drawing:
            return True
        now = time.monotonic()
        if sparing and (now < self._due or self._unsent()):
            return False
        self._drawing = drawing
        if self._drawn_at != self.size:
            # Not seen in this size, all of it is new; out of view, even back in the size before.
            self._drawn_at = (-1, -1)
            self.refresh()
            return True
        self._rows = self._draw()
        self._due = now + sum(map(cost, (self._row(self._rows, y) for y in self._unsent()))) / SHARE
        self._send()
        return True

    def _draw(self) -> list[Row]:
        width, height = self.size
        mono = self.app.no_color
        return draw(self._drawing, width, height, glyphs=self._glyphs, mono=mono)

    def _unsent(self) -> list[int]:
        rows = range(max(len(self._rows), len(self._shown)))
        return [y for y in rows if self._row(self._rows, y) != self._row(self._shown, y)]

    @staticmethod
    def _row(rows: list[Row], y: int) -> Row:
        return rows[y] if y < len(rows) else []

    def _send(self) -> None:
        """As many rows as go out at once, and the others a little later."""
        if self._next is not None:
            self._next.stop()  # one picture at a time: a newer one takes over
        bytes_ = 0
        self._shown += [[]] * (len(self._rows) - len(self._shown))
        for y in self._unsent():
            if bytes_ and bytes_ + cost(self._row(self._rows, y)) > STRIPE:
                self._next = self.set_timer(bytes_ / LINK, self._send)
                return
            bytes_ += cost(self._row(self._rows, y))
            self._shown[y] = self._row(self._rows, y)
            self.refresh(Region(0, y, self.size.width, 1))

    def notify_style_update(self) -> None:
        """Colours follow the theme."""
        super().notify_style_update()
        self._palette = []

    def render_line(self, y: int) -> Strip:
        """One row of the picture."""
        if self._drawn_at != self.size:
            self._rows = self._draw()
            self._shown = list(self._rows)
            self._drawn_at = self.size
            self._due = time.monotonic() + sum(map(cost, self._rows)) / SHARE
        if not self._palette:
            self._palette = role_styles(self)
        # Neighbours of one look are one segment: colour changes are what costs bytes.
        segments = [
            Segment("".join(cell.char for cell in cells), self._style(*look))
            for look, cells in itertools.groupby(self._row(self._shown, y), key=_look)
        ]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _style(self, front: Paint, back: Paint) -> Style:
        style = self._palette[front] if isinstance(front, int) else self.rich_style
        color = Color.from_rgb(*front) if isinstance(front, tuple) else None
        background = Color.from_rgb(*back) if isinstance(back, tuple) else None
        return style + Style(color=color, bgcolor=background)


def _look(cell: tuple[str, Paint, Paint]) -> tuple[Paint, Paint]:
    return cell[1:]


def cost(row: Row) -> int:
    """Bytes that a row takes on its way, about: text in UTF-8, and a code for each new colour."""
    front: Paint = None
    back: Paint = None
    total = 10
    for char, ink, paper in row:
        total += len(char.encode())
        if ink != front and char != " ":
            total, front = total + 17, ink
        if paper != back:
            total, back = total + 17, paper
    return total

"""Small plots of many runs on the screen; one of them is chosen."""

from collections.abc import Callable, Sequence

from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message

from tutor.core.canvas import Glyphs
from tutor.core.lesson import Plot
from tutor.core.multiples import Grid, Multiples, Panel, grid
from tutor.core.raster import Frame
from tutor.ui.widgets.loss_plot import FrameView

Panels = Callable[[Plot], Sequence[Panel]]


class SmallMultiples(FrameView, can_focus=True):
    """Panels in the same axes. Arrows choose one, Enter asks for it.

    Whoever has new readings calls `repaint`, once or twice a second.
    """

    DEFAULT_CSS = """
    SmallMultiples { width: 1fr; height: auto; }
    """
    BINDINGS = [
        Binding("left", "move(-1, 0)", "Run", id="multiples.left", key_display="←→↑↓"),
        Binding("right", "move(1, 0)", "Next", id="multiples.right", show=False),
        Binding("up", "move(0, -1)", "Above", id="multiples.up", show=False),
        Binding("down", "move(0, 1)", "Below", id="multiples.down", show=False),
        Binding("enter", "open", "Open it", id="multiples.open", key_display="enter"),
    ]

    class Opened(Message):
        """A run is to be seen at its full size.

        Attributes:
            index: Which panel.
        """

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Chosen(Message):
        """Another panel was chosen.

        Attributes:
            region: Where it is, in cells of the widget.
        """

        def __init__(self, region: Region) -> None:
            super().__init__()
            self.region = region

    def __init__(self, plots: Sequence[Plot], panels: Panels, count: int, glyphs: Glyphs) -> None:
        """Panels of a number that stays.

        Args:
            plots: The sets of axes that there are; the first is shown.
            panels: Gives every panel as it stands, for one of them.
            count: How many there are.
            glyphs: What to draw with.
        """
        super().__init__()
        self._plots, self._panels, self._count = plots, panels, count
        self._glyphs: Glyphs = glyphs
        self._at = 0
        self._drawing: Multiples | None = None
        self.chosen = 0
        self.planned: int | None = None
        """The most steps that one of the runs plans, once known."""

    @property
    def _lines(self) -> int:
        """Rows of curves in a panel: more where the screen is tall."""
        rows = self.screen.size.height
        return 4 if rows < 32 else 5 if rows < 46 else 7

    def _grid(self, width: int) -> Grid:
        return grid(self._count, width, self._lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Rows that all panels take."""
        return self._grid(width).rows

    def make_frame(self, width: int, height: int) -> Frame:
        """All panels."""
        plot = self._plots[self._at]
        if self._drawing is None:
            self._drawing = Multiples(plot, self._glyphs, mono=self.app.no_color)
        panels = self._panels(plot)
        return self._drawing.frame(panels, self.chosen, width, self._lines, self.planned)

    def next_plot(self) -> None:
        """The next set of axes."""
        self._at = (self._at + 1) % len(self._plots)
        self._drawing = None
        self.repaint()

    # --- choosing -----------------------------------------------------------------------------------

    def action_move(self, across: int, down: int) -> None:
        """To the panel beside, above or below."""
        by = across + down * self._grid(self.size.width).across
        if 0 <= self.chosen + by < self._count:
            self._choose(self.chosen + by)
        elif by > 1:
            self._choose(self._count - 1)

    def _choose(self, index: int) -> None:
        self.chosen = index
        self.repaint()
        where = self._grid(self.size.width)
        left, top = where.spot(index)
        self.post_message(self.Chosen(Region(left, top, where.width, where.height)))

    def action_open(self) -> None:
        """Ask for the chosen one."""
        self.post_message(self.Opened(self.chosen))

    def on_click(self, event: events.Click) -> None:
        """A click chooses; one on the chosen panel asks for it."""
        index = self._grid(self.size.width).at(event.x, event.y)
        if index is None or not 0 <= index < self._count:
            return
        if index == self.chosen:
            self.action_open()
        else:
            self._choose(index)

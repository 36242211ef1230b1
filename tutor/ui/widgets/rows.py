"""Rows of text under a head that stays; one of them is chosen. Only what changed is sent."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tutor.core.legend import MARK, Span
from tutor.ui.widgets.loss_plot import role_styles

HERE, OTHER = "▸ ", "  "
"""Before the chosen row, and before the others."""


class RowsHead(Widget):
    """What the columns are; it stays where it is while the rows scroll."""

    DEFAULT_CSS = """
    RowsHead { height: 1; width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._spans: Sequence[Span] = []

    def show(self, spans: Sequence[Span]) -> None:
        """Show other columns."""
        if spans != self._spans:
            self._spans = spans
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The one line."""
        palette = role_styles(self)
        segments = [Segment(text, palette[role]) for text, role in self._spans]
        return Strip([Segment(OTHER, self.rich_style), *segments]).adjust_cell_length(
            self.size.width, self.rich_style
        )


class Rows(ScrollView, can_focus=False):
    """Rows of any number; those in view are drawn."""

    DEFAULT_CSS = """
    Rows { width: 1fr; height: 1fr; scrollbar-gutter: stable; }
    Rows > .rows--chosen { background: $block-cursor-background; }
    """
    COMPONENT_CLASSES = {"rows--chosen"}

    class Chosen(Message):
        """Another row was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen = 0
        """The row."""
        self._count = 0
        self._palette: list[Style] = []

    @property
    def room(self) -> int:
        """Cells that a row has."""
        return max(0, self.scrollable_content_region.width - len(HERE))

    def row(self, index: int) -> Sequence[Span]:
        """A row's text, given by whoever has rows."""
        raise NotImplementedError

    def put(self, count: int) -> None:
        """All rows are others from now on, and so many."""
        self._count = count
        self.chosen = max(0, min(self.chosen, count - 1))
        self.virtual_size = Size(self.scrollable_content_region.width, count)
        self.refresh()

    def choose(self, row: int) -> None:
        """Choose a row, or the last or first where there is no such."""
        row = max(0, min(row, self._count - 1))
        if row != self.chosen:
            for each in (self.chosen, row):
                self.refresh_line(each)
            self.chosen = row
            self.reveal()
            self.post_message(self.Chosen())

    def reveal(self) -> None:
        """Bring the chosen row into view: into its middle, so that the next steps scroll nothing."""
        height, top = self.size.height, self.scroll_offset.y
        if height and not top <= self.chosen < top + height:
            self.scroll_to(y=self.chosen - height // 2, animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        self.choose(event.y + self.scroll_offset.y)

    def notify_style_update(self) -> None:
        """Colours follow the theme."""
        super().notify_style_update()
        self._palette = []

    def render_line(self, y: int) -> Strip:
        """One row."""
        row, width = y + self.scroll_offset.y, self.size.width
        if row >= self._count:
            return Strip.blank(width, self.rich_style)
        if not self._palette:
            self._palette = role_styles(self)
        if row != self.chosen:
            segments = [Segment(text, self._palette[role]) for text, role in self.row(row)]
            return Strip([Segment(OTHER, self.rich_style), *segments]).adjust_cell_length(
                width, self.rich_style
            )
        # The mark says it where there are no colours.
        paper = Style(bgcolor=self.get_component_rich_style("rows--chosen").bgcolor, bold=True)
        segments = [Segment(text, self._palette[role] + paper) for text, role in self.row(row)]
        mark = Segment(HERE, self._palette[MARK] + paper)
        return Strip([mark, *segments]).adjust_cell_length(width, self.rich_style + paper)

"""The layers of a network, one under the other; one of them is chosen."""

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tutor.core.diagram import Diagram
from tutor.core.legend import MARK, Span
from tutor.ui.widgets.loss_plot import role_styles

HERE, OTHER = "▸ ", "  "
"""Before the chosen row, and before the others."""


class LayerHead(Widget):
    """What the columns are; it stays where it is while the rows scroll."""

    DEFAULT_CSS = """
    LayerHead { height: 1; width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[Span] = []

    def show(self, spans: list[Span]) -> None:
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


class LayerMap(ScrollView, can_focus=False):
    """Rows of any number; those in view are drawn. The screen's keys move the choice."""

    DEFAULT_CSS = """
    LayerMap { width: 1fr; height: 1fr; scrollbar-gutter: stable; }
    LayerMap > .layer-map--chosen { background: $block-cursor-background; }
    """
    COMPONENT_CLASSES = {"layer-map--chosen"}

    class Chosen(Message):
        """Another row was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen = 0
        """The row; 0 is the sample that goes in."""
        self._rows: list[list[Span]] = []
        self._make: Callable[[int], Diagram] | None = None
        self._palette: list[Style] = []

    def show(self, make: Callable[[int], Diagram]) -> None:
        """Show a network.

        Args:
            make: Gives the diagram for so many columns.
        """
        self._make = make
        self._draw()

    def on_resize(self) -> None:
        """Draw for another width, the chosen row in view."""
        self._draw()
        self._reveal()

    def _draw(self) -> None:
        width = self.scrollable_content_region.width
        if self._make is None or width < 1:
            return
        found = self._make(max(1, width - len(HERE)))
        self.screen.query_one(LayerHead).show(found.head)
        if found.rows != self._rows:
            self._rows = found.rows
            self.virtual_size = Size(width, len(self._rows))
            self.refresh()

    def choose(self, row: int) -> None:
        """Choose a row, or the last or first where there is no such."""
        row = max(0, min(row, len(self._rows) - 1))
        if row != self.chosen:
            self.chosen = row
            self._reveal()
            self.refresh()
            self.post_message(self.Chosen())

    def _reveal(self) -> None:
        if self.size.height:
            self.scroll_to_region(Region(0, self.chosen, 1, 1), animate=False, force=True)

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
        if row >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        if not self._palette:
            self._palette = role_styles(self)
        if row != self.chosen:
            segments = [Segment(text, self._palette[role]) for text, role in self._rows[row]]
            return Strip([Segment(OTHER, self.rich_style), *segments]).adjust_cell_length(
                width, self.rich_style
            )
        # The mark says it where there are no colours.
        paper = Style(bgcolor=self.get_component_rich_style("layer-map--chosen").bgcolor, bold=True)
        segments = [Segment(text, self._palette[role] + paper) for text, role in self._rows[row]]
        mark = Segment(HERE, self._palette[MARK] + paper)
        return Strip([mark, *segments]).adjust_cell_length(width, self.rich_style + paper)

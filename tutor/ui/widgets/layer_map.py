"""The layers of a network, one under the other; one of them is chosen."""

from collections.abc import Callable, Sequence

from tutor.core.diagram import Diagram
from tutor.core.legend import Span
from tutor.ui.widgets.rows import Rows, RowsHead


class LayerMap(Rows):
    """A layer a row; row 0 is the sample that goes in. The screen's keys move the choice."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[list[Span]] = []
        self._make: Callable[[int], Diagram] | None = None

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
        self.reveal()

    def _draw(self) -> None:
        if self._make is None or not self.room:
            return
        found = self._make(self.room)
        self.screen.query_one(RowsHead).show(found.head)
        if found.rows != self._rows:
            self._rows = found.rows
            self.put(len(found.rows))

    def row(self, index: int) -> Sequence[Span]:
        """A layer."""
        return self._rows[index]

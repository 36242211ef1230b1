"""The one line at the top of every screen: where one is, and how things stand."""

from textual.content import Content
from textual.widgets import Static


class TopLine(Static):
    """Title at the left, a few words at the right, never wrapped."""

    def __init__(self, left: str = "", right: str = "") -> None:
        super().__init__(id="top", markup=False)
        self._left, self._right = left, right

    def put(self, left: str | None = None, right: str | None = None) -> None:
        """Change either side; the line's width stays, so nothing else is laid out anew."""
        self._left = self._left if left is None else left
        self._right = self._right if right is None else right
        self._draw()

    def on_mount(self) -> None:
        """Draw once the width is known."""
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self._draw()

    def _draw(self) -> None:
        width = max(0, self.content_size.width)
        left = Content(self._left)
        # The title keeps its room; a long path at the right loses its beginning.
        most = max(width // 3, width - left.cell_length - 2)
        right = Content(_tail(self._right, most))
        room = max(0, width - right.cell_length - 2)
        left = left.truncate(room, ellipsis=True)
        gap = max(1, width - left.cell_length - right.cell_length)
        self.update(
            Content.assemble(left.stylize("bold $foreground"), " " * gap, right), layout=False
        )


def _tail(text: str, columns: int) -> str:
    return text if len(text) <= columns else f"…{text[len(text) - columns + 1 :]}"

"""A picture of a run: what the network sees, drawn in half blocks, or in shades without colour."""

import os
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tutor.core.bitmap import Drawing, Tile, draw
from tutor.core.raster import Glyphs


class PictureView(Widget):
    """Shows one picture at a time, as large as fits, its caption under it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"picture--{name}"
        for name in ("text", "quiet", "train", "valid", "third", "fourth", "ghost", "caption")
    }
    DEFAULT_CSS = """
    PictureView { height: 1fr; width: 1fr; background: $background; padding: 0 1; }
    PictureView .picture--text { color: $foreground; }
    PictureView .picture--quiet { color: $quiet; }
    PictureView .picture--caption { color: $quiet; text-style: italic; }
    PictureView .picture--train { color: $train; }
    PictureView .picture--valid { color: $valid; }
    PictureView .picture--third { color: $secondary; }
    PictureView .picture--fourth { color: $success; }
    PictureView .picture--ghost { color: $ghost; }
    """

    def __init__(self, *, glyphs: Glyphs = "braille") -> None:
        super().__init__()
        self._glyphs: Glyphs = glyphs
        self._drawing: Drawing | None = None
        self._tiles: list[list[Tile]] = []
        # Half blocks without colour are one solid block and say nothing.
        self._mono = "NO_COLOR" in os.environ

    def show(self, drawing: Drawing) -> None:
        """Show a picture; the same one again costs nothing."""
        if drawing != self._drawing:
            self._drawing = drawing
            self._draw()
            self.refresh()

    def on_resize(self) -> None:
        """Another size is another picture."""
        self._draw()

    def _draw(self) -> None:
        size = self.content_size
        if self._drawing is None:
            self._tiles = []
            return
        room = max(1, size.height - 1)
        self._tiles = draw(self._drawing, size.width, room, self._glyphs)[:room]

    def render_line(self, y: int) -> Strip:
        """A row of the picture, or its caption under the last."""
        width = self.content_size.width
        if y < len(self._tiles):
            segments = self._segments(self._tiles[y])
        elif y == len(self._tiles) and self._drawing is not None:
            caption = self._drawing.caption.split("\n")[0] if self._drawing.role != "text" else ""
            segments = [Segment(caption[:width], self._style("caption"))]
        elif self._drawing is None and y == 0:
            segments = [Segment("no picture yet"[:width], self._style("quiet"))]
        else:
            segments = []
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _segments(self, tiles: list[Tile]) -> list[Segment]:
        """Neighbours that look the same in one segment: colours are what costs bytes."""
        segments: list[Segment] = []
        text, before = "", None
        for tile in tiles:
            char = tile.char
            if self._mono and tile.front is not None:
                char, tile = tile.role or char, Tile("", role="text")
            look = (tile.front, tile.back, tile.role if tile.front is None else "")
            if look != before and text:
                segments.append(Segment(text, self._look(before)))
                text = ""
            text, before = text + char, look
        if text:
            segments.append(Segment(text, self._look(before)))
        return segments

    def _look(self, look: tuple[object, object, str] | None) -> Style:
        if look is None:
            return self._style("text")
        front, back, role = look
        if front is None and back is None:
            return self._style(role)
        style = self._style("text")
        return style + Style(
            color=Color.from_rgb(*front) if isinstance(front, tuple) else None,
            bgcolor=Color.from_rgb(*back) if isinstance(back, tuple) else None,
        )

    def _style(self, role: str) -> Style:
        name = f"picture--{role}"
        return self.get_component_rich_style(
            name if name in self.COMPONENT_CLASSES else "picture--text"
        )

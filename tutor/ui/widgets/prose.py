"""Prose on the screen: one widget a run of it, set anew only when its width changes."""

from collections.abc import Callable, Sequence

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tutor.core.layout import Row, layout
from tutor.core.prose import Figure, ProseBlock

STYLES = {
    "strong": "bold",
    "em": "italic",
    "strong-em": "bold italic",
    "code": "$accent",
    "maths": "$primary",
    "link": "underline $primary",
    "strike": "strike",
    "h1": "bold $accent",
    "h2": "bold $secondary",
    "h3": "bold",
    "dim": "$quiet",
    "rule": "$ghost",
    "bullet": "$accent",
    "quote": "$ghost",
    "callout-note": "bold $primary",
    "callout-tip": "bold $success",
    "callout-important": "bold $secondary",
    "callout-warning": "bold $warning",
    "callout-caution": "bold $error",
    "table-head": "bold",
    "figure": "$foreground",
}


class Prose(Widget):
    """A run of prose. `latex` shows formulas as their source."""

    DEFAULT_CSS = "Prose { height: auto; width: 1fr; }"

    latex = reactive(False, layout=True)

    class LinkClicked(Message):
        """The learner clicked a link; nothing is opened by itself."""

        def __init__(self, href: str) -> None:
            super().__init__()
            self.href = href

    def __init__(
        self,
        blocks: Sequence[ProseBlock],
        *,
        figures: Callable[[Figure], str | None] | None = None,
        id: str | None = None,  # noqa: A002  # Textual's own word
    ) -> None:
        super().__init__(id=id)
        self._blocks = blocks
        self._figures = figures
        self._set: tuple[int, bool, list[Row], Content] | None = None

    def _setting(self, width: int) -> tuple[list[Row], Content]:
        kept = self._set
        if kept is None or kept[:2] != (width, self.latex):
            rows = layout(self._blocks, width, latex=self.latex, figure=self._figures)
            # The blank rows after the last block keep widgets apart.
            lines = [_line(row) for row in [*rows, ()]]
            kept = self._set = (width, self.latex, rows, Content("\n").join(lines))
        return kept[2], kept[3]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the prose takes at this width."""
        return len(self._setting(width)[0]) + 1

    def render(self) -> RenderResult:
        """The rows for the width there is."""
        return self._setting(max(1, self.content_size.width))[1]

    def on_click(self, event: events.Click) -> None:
        """A click on a link says which."""
        rows = self._setting(max(1, self.content_size.width))[0]
        if 0 <= event.y < len(rows):
            column = 0
            for piece in rows[event.y]:
                column += len(piece.text)
                if event.x < column:
                    if piece.href and piece.role == "link":
                        event.stop()
                        self.post_message(self.LinkClicked(piece.href))
                    return


def _line(row: Row) -> Content:
    if len(row) == 2 and row[1].role == "fence":
        return Content.assemble(row[0].text, _code(row[1].text, row[1].href))
    return Content.assemble(*((piece.text, STYLES.get(piece.role, "")) for piece in row))


def _code(text: str, language: str) -> Content:
    """A line of code, coloured by pygments where the language is known."""
    if not language or language == "text":
        return Content.styled(text, "$foreground")
    from textual.highlight import highlight

    return highlight(text, language=language.split()[0]).rstrip("\n")

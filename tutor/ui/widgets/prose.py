"""Prose on the screen: one widget a run of it, set anew only when its width changes."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.highlight import HighlightTheme, highlight
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection
from textual.widget import Widget

from tutor.core.boxes import width as columns_of
from tutor.core.layout import Piece, Row, layout
from tutor.core.prose import Figure, ProseBlock

_PLAIN_ROLES = frozenset(["text", "figure"])
_GROUND = "$foreground on $panel"  # component classes lose their background in `Content`
_PLAIN_LANGUAGES = frozenset(["", "text", "console", "output"])


class CodeColours(HighlightTheme):
    """Few colours: what is code stays quiet beside the text."""

    STYLES = {  # by pygments' token types, which are tuples of their names
        ("Comment",): "italic $foreground 60%",
        ("Keyword",): "$text-secondary",
        ("Keyword", "Constant"): "$text-warning",
        ("Operator", "Word"): "$text-secondary",
        ("Name", "Builtin"): "$text-primary",
        ("Name", "Decorator"): "$text-secondary",
        ("Name", "Function"): "bold",
        ("Name", "Class"): "bold",
        ("Literal", "Number"): "$text-warning",
        ("Literal", "String"): "$text-success",
    }


class Prose(Widget):
    """A run of prose. `latex` shows formulas as their source."""

    DEFAULT_CSS = """
    Prose {
        height: auto;
        width: 1fr;
        text-wrap: nowrap;
        .prose--strong { text-style: bold; }
        .prose--em { text-style: italic; }
        .prose--strong-em { text-style: bold italic; }
        .prose--code { color: $text-accent; }
        .prose--maths { color: $text-primary; }
        .prose--link { color: $text-primary; text-style: underline; }
        .prose--strike { text-style: strike; }
        .prose--h1 { color: $text-accent; text-style: bold; }
        .prose--h2 { color: $text-accent; text-style: bold; }
        .prose--h3 { text-style: bold; }
        .prose--dim { color: $foreground 60%; }
        .prose--rule { color: $foreground 40%; }
        .prose--bullet { color: $text-accent; }
        .prose--quote { color: $foreground 40%; }
        .prose--callout-note { color: $text-primary; text-style: bold; }
        .prose--callout-tip { color: $text-success; text-style: bold; }
        .prose--callout-important { color: $text-secondary; text-style: bold; }
        .prose--callout-warning { color: $text-warning; text-style: bold; }
        .prose--callout-caution { color: $text-error; text-style: bold; }
        .prose--table-head { text-style: bold; }
    }
    """
    COMPONENT_CLASSES = {
        "prose--strong", "prose--em", "prose--strong-em", "prose--code", "prose--maths",
        "prose--link", "prose--strike", "prose--h1", "prose--h2", "prose--h3", "prose--dim",
        "prose--rule", "prose--bullet", "prose--quote", "prose--callout-note",
        "prose--callout-tip", "prose--callout-important", "prose--callout-warning",
        "prose--callout-caution", "prose--table-head",
    }  # fmt: skip

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
        ascii: bool = False,  # noqa: A002  # the word of the interface
        id: str | None = None,  # noqa: A002  # Textual's own word
    ) -> None:
        super().__init__(id=id)
        self._blocks = blocks
        self._figures = figures
        self._ascii = ascii
        self._set_for: tuple[int, bool] | None = None
        self._rows: list[Row] = []
        self._content = Content("")

    def put(self, blocks: Sequence[ProseBlock]) -> None:
        """Show other prose."""
        self._blocks, self._set_for = blocks, None
        self.refresh(layout=True)

    def _set(self, width: int) -> None:
        """Set the rows, unless they stand for this width already."""
        if self._set_for == (width, self.latex):
            return
        self._rows = layout(
            self._blocks, width, ascii=self._ascii, latex=self.latex, figure=self._figures
        )
        self._content = Content("\n").join(_lines(self._rows, width))
        self._set_for = (width, self.latex)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the prose takes at this width, and one that keeps it apart."""
        self._set(max(1, width))
        return len(self._rows) + 1

    def render(self) -> RenderResult:
        """The rows for the width there is."""
        self._set(max(1, self.content_size.width))
        return self._content

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, without the blanks that fill up its rows."""
        selected = selection.extract(self._content.plain)
        return "\n".join(line.rstrip() for line in selected.split("\n")), "\n"

    def on_click(self, event: events.Click) -> None:
        """A click on a link says which."""
        offset = event.get_content_offset(self)
        if offset is None or not 0 <= offset.y < len(self._rows):
            return
        column = 0
        for piece in self._rows[offset.y]:
            column += columns_of(piece.text)
            if offset.x < column:
                if piece.role == "link" and piece.href:
                    event.stop()
                    self.post_message(self.LinkClicked(piece.href))
                return


def _lines(rows: Sequence[Row], width: int) -> Iterator[Content]:
    for language, group in groupby(rows, key=_language):
        if language is None:
            yield from map(_line, group)
        else:
            yield from _code(list(group), language, width)


def _language(row: Row) -> str | None:
    """The language of a row of code, or None for other rows."""
    return next((piece.href for piece in row if piece.role == "fence"), None)


def _line(row: Row) -> Content:
    return Content.assemble(*(_styled(piece) for piece in row))


def _styled(piece: Piece) -> str | tuple[str, str]:
    return piece.text if piece.role in _PLAIN_ROLES else (piece.text, f".prose--{piece.role}")


def _code(rows: Sequence[Row], language: str, width: int) -> Iterator[Content]:
    """Lines of one fence, coloured together, on a ground that reaches across the width."""
    code = "\n".join(row[-1].text for row in rows)
    if language in _PLAIN_LANGUAGES:
        coloured = Content(code)
    else:
        found = highlight(code, language=language.split()[0], theme=CodeColours)
        # What has no colour of its own keeps the fence's, not the white of Textual's `$text`.
        coloured = Content(found.plain, [span for span in found.spans if span.style != "$text"])
    for row, line in zip(rows, coloured.split("\n", allow_blank=True), strict=False):
        outside, indent = row[:-2], row[-2].text
        spare = width - sum(columns_of(piece.text) for piece in row)
        ground = (Content(indent) + line).pad_right(max(0, spare))
        yield _line(outside) + ground.stylize_before(_GROUND)

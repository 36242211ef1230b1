"""A lesson's prose as a small tree of blocks and spans, free of markdown and of screens.

`content` makes the tree from markdown tokens; `tutor.core.layout` sets it in rows of a given width.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Mark = Literal["strong", "em", "code", "maths", "link", "strike"]
Align = Literal["left", "right", "center"]


class Span(Struct, frozen=True):
    """A stretch of text with one set of marks.

    For `maths` the text is LaTeX; for `link` the target stands in `href`. A newline in the text
    is a hard line break.
    """

    text: str
    marks: frozenset[Mark] = frozenset()
    href: str = ""


class Heading(Struct, frozen=True, tag=True):
    """A heading of level 1 to 6."""

    level: int
    spans: tuple[Span, ...]


class Paragraph(Struct, frozen=True, tag=True):
    """Running text."""

    spans: tuple[Span, ...]


class Fence(Struct, frozen=True, tag=True):
    """A block of code, shown and never run, or of plain text where `language` is empty."""

    text: str
    language: str = ""


class Maths(Struct, frozen=True, tag=True):
    """A displayed formula, as LaTeX without its dollar signs."""

    tex: str


class Items(Struct, frozen=True, tag=True):
    """A list; `start` is the first number of an ordered one, None for bullets."""

    items: tuple[tuple["ProseBlock", ...], ...]
    start: int | None = None


class Quote(Struct, frozen=True, tag=True):
    """A quotation, or a callout where `kind` is note, tip, important, warning or caution."""

    blocks: tuple["ProseBlock", ...]
    kind: str = ""


class Table(Struct, frozen=True, tag=True):
    """A table: its head, its rows, an alignment per column."""

    head: tuple[tuple[Span, ...], ...]
    rows: tuple[tuple[tuple[Span, ...], ...], ...]
    aligns: tuple[Align, ...]


class Figure(Struct, frozen=True, tag=True):
    """A picture by its path inside the lesson's folder; `alt` says what it shows."""

    path: str
    alt: str


class Break(Struct, frozen=True, tag=True):
    """A thematic break."""


ProseBlock = Heading | Paragraph | Fence | Maths | Items | Quote | Table | Figure | Break


def plain(spans: tuple[Span, ...]) -> str:
    """The text of spans without their marks."""
    return "".join(span.text for span in spans)


def leaves(block: ProseBlock) -> Iterator[ProseBlock]:
    """A block, or of a list and a quotation the blocks in it."""
    match block:
        case Items(items=items):
            yield from (leaf for item in items for each in item for leaf in leaves(each))
        case Quote(blocks=blocks):
            yield from (leaf for each in blocks for leaf in leaves(each))
        case _:
            yield block


def runs(block: ProseBlock) -> Iterator[tuple[Span, ...]]:
    """The running text of a block: of each heading, paragraph and cell of a table."""
    for leaf in leaves(block):
        match leaf:
            case Heading(spans=spans) | Paragraph(spans=spans):
                yield spans
            case Table(head=head, rows=rows):
                yield from (cell for row in (head, *rows) for cell in row)
            case _:
                pass


def lines(block: ProseBlock) -> Iterator[str]:
    """Everything that a block says, without marks."""
    for leaf in leaves(block):
        match leaf:
            case Fence(text=text) | Maths(tex=text) | Figure(alt=text):
                yield from text.splitlines()
            case _:
                yield from map(plain, runs(leaf))

"""Setting prose in rows of a given width: the same rows for the screen and for a pipe."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tutor.core import maths
from tutor.core.boxes import width as columns_of
from tutor.core.prose import (
    Break,
    Fence,
    Figure,
    Heading,
    Items,
    Maths,
    Paragraph,
    ProseBlock,
    Quote,
    Span,
    Table,
)

INDENT = 2
NARROWEST = 20
HARD_SPACE = "\u00a0"
UNBROKEN = 24
"""A formula in running text is kept on one row up to so many columns."""


class Piece(NamedTuple):
    """A stretch of a row that looks one way.

    Roles: text strong em strong-em code maths link strike, h1 h2 h3, dim rule bullet,
    quote callout-note callout-tip callout-important callout-warning callout-caution, table-head,
    fence (href is the language), figure.
    """

    text: str
    role: str = "text"
    href: str = ""


Row = tuple[Piece, ...]
FigureText = Callable[[Figure], str | None]


def row_width(row: Row) -> int:
    """Columns of a row."""
    return sum(columns_of(piece.text) for piece in row)


def layout(
    blocks: Sequence[ProseBlock],
    width: int,
    *,
    ascii: bool = False,  # noqa: A002  # the word of the interface
    latex: bool = False,
    figure: FigureText | None = None,
) -> list[Row]:
    """Blocks as rows, an empty row between them.

    Args:
        blocks: The prose.
        width: Columns; no row is wider. At least 20.
        ascii: Only ASCII signs of our own.
        latex: Formulas as their LaTeX source.
        figure: Gives the text of a figure that is drawn in text, or None.
    """
    return _Setting(max(NARROWEST, width), ascii, latex, figure).blocks(blocks)


class _Setting:
    """How everything is set; narrower copies set what is nested."""

    def __init__(
        self, width: int, ascii_only: bool, latex: bool, figure: FigureText | None
    ) -> None:
        self._width = width
        self._ascii = ascii_only
        self._latex = latex
        self._figure = figure

    def _narrower(self, by: int) -> "_Setting":
        return _Setting(max(8, self._width - by), self._ascii, self._latex, self._figure)

    def blocks(self, blocks: Sequence[ProseBlock]) -> list[Row]:
        """Every block, an empty row between two."""
        rows: list[Row] = []
        for block in blocks:
            if rows:
                rows.append(())
            rows.extend(self._block(block))
        return rows

    def _block(self, block: ProseBlock) -> list[Row]:
        match block:
            case Heading():
                return self._heading(block)
            case Paragraph(spans=spans):
                return self._wrapped(spans, self._width)
            case Fence(text=text, language=language):
                return self._fence(text, language)
            case Maths(tex=tex):
                return self._maths(tex)
            case Items():
                return self._items(block)
            case Quote():
                return self._quote(block)
            case Table():
                return self._table(block)
            case Figure():
                return self._drawn(block)
            case Break():
                return [(Piece(("-" if self._ascii else "─") * self._width, "rule"),)]

    # --- text -------------------------------------------------------------------------------------

    def _pieces(self, spans: Sequence[Span], role: str = "") -> list[Piece]:
        return [self._piece(span, role) for span in spans]

    def _piece(self, span: Span, role: str) -> Piece:
        if "maths" in span.marks:
            if self._latex:
                return Piece(f"${span.text}$", "maths")
            set_in_row = maths.inline(span.text, ascii=self._ascii)
            if len(set_in_row) <= UNBROKEN:
                set_in_row = set_in_row.replace(" ", HARD_SPACE)
            return Piece(set_in_row, "maths")
        if role:
            return Piece(span.text, role, span.href)
        for mark in ("code", "link", "strike"):
            if mark in span.marks:
                return Piece(span.text, mark, span.href)
        strong, em = "strong" in span.marks, "em" in span.marks
        return Piece(
            span.text,
            "strong-em" if strong and em else "strong" if strong else "em" if em else "text",
        )

    def _wrapped(self, spans: Sequence[Span], width: int, role: str = "") -> list[Row]:
        return wrap(self._pieces(spans, role), width)

    def _heading(self, block: Heading) -> list[Row]:
        role = f"h{min(block.level, 3)}"
        rows = self._wrapped(block.spans, self._width, role)
        if block.level == 1:
            line = ("=" if self._ascii else "━") * min(self._width, max(map(row_width, rows)))
            rows.append((Piece(line, "rule"),))
        return rows

    def _fence(self, text: str, language: str) -> list[Row]:
        room = self._width - INDENT
        pad = Piece(" " * INDENT)
        return [
            (pad, Piece(_cut(line.expandtabs(4), room), "fence", language))
            for line in text.rstrip("\n").split("\n")
        ]

    def _maths(self, tex: str) -> list[Row]:
        if self._latex:
            lines = tex.strip().split("\n")
            return [row for line in lines for row in wrap([Piece(line, "maths")], self._width)]
        box = maths.display(tex, ascii=self._ascii)
        if box.width > self._width:
            return wrap([Piece(maths.inline(tex, ascii=self._ascii), "maths")], self._width)
        left = max(0, min(4, self._width - box.width))
        return [(Piece(" " * left), Piece(row, "maths")) for row in box.rows]

    def _drawn(self, block: Figure) -> list[Row]:
        text = self._figure(block) if self._figure is not None else None
        if text is not None:
            return [
                (Piece(_cut(line.expandtabs(4), self._width), "figure"),)
                for line in text.strip("\n").split("\n")
            ]
        return wrap([Piece(f"[{block.alt or block.path}]", "dim")], self._width)

    # --- nests ------------------------------------------------------------------------------------

    def _items(self, block: Items) -> list[Row]:
        rows: list[Row] = []
        count = len(block.items)
        loose = any(len(item) > 1 and not isinstance(item[1], Items) for item in block.items)
        for index, item in enumerate(block.items):
            if block.start is None:
                mark = "- " if self._ascii else "• "
            else:
                last = f"{block.start + count - 1}."
                mark = f"{block.start + index}.".rjust(len(last)) + " "
            inner = self._narrower(len(mark))
            body: list[Row] = []
            for nested in item:
                if body and loose:
                    body.append(())
                body.extend(inner._block(nested))
            if rows and loose:
                rows.append(())
            for number, row in enumerate(body or [()]):
                head = Piece(mark if number == 0 else " " * len(mark), "bullet")
                rows.append((head, *row) if row or number == 0 else ())
        return rows

    def _quote(self, block: Quote) -> list[Row]:
        role = f"callout-{block.kind}" if block.kind else "quote"
        bar = Piece("| " if self._ascii else "▎ ", role)
        rows: list[Row] = []
        if block.kind:
            rows.append((bar, Piece(block.kind.capitalize(), role)))
        return rows + [(bar, *row) for row in self._narrower(2).blocks(block.blocks)]

    # --- tables -----------------------------------------------------------------------------------

    def _table(self, block: Table) -> list[Row]:
        head = [self._pieces(cell, "table-head") for cell in block.head]
        body = [[self._pieces(cell) for cell in row] for row in block.rows]
        count = len(head)
        lines = [head, *body]
        natural = [
            max((_pieces_width(line[i]) for line in lines if i < len(line)), default=1) or 1
            for i in range(count)
        ]
        widths = _share(natural, self._width - 2 * (count - 1))
        rows = self._line(head, widths, block.aligns)
        bar = "-" if self._ascii else "─"
        rows.append((Piece("  ".join(bar * each for each in widths), "rule"),))
        for line in body:
            rows.extend(self._line(line, widths, block.aligns))
        return [_fit(row, self._width) for row in rows]

    def _line(
        self, cells: Sequence[list[Piece]], widths: Sequence[int], aligns: Sequence[str]
    ) -> list[Row]:
        wrapped = [
            wrap(cells[i] if i < len(cells) else [], width) or [()]
            for i, width in enumerate(widths)
        ]
        rows: list[Row] = []
        for number in range(max(map(len, wrapped))):
            row: list[Piece] = []
            for i, width in enumerate(widths):
                cell = wrapped[i][number] if number < len(wrapped[i]) else ()
                gap = max(0, width - row_width(cell))
                before = gap if aligns[i] == "right" else gap // 2 if aligns[i] == "center" else 0
                row += [Piece(" " * before), *cell, Piece(" " * (gap - before))]
                if i < len(widths) - 1:
                    row.append(Piece("  "))
            rows.append(tuple(piece for piece in row if piece.text))
        return rows


def _share(natural: Sequence[int], room: int) -> list[int]:
    """Column widths that fit: the widest columns give first."""
    widths = list(natural)
    while sum(widths) > room and max(widths) > 3:
        widths[widths.index(max(widths))] -= 1
    return widths


def _pieces_width(pieces: Iterable[Piece]) -> int:
    return sum(columns_of(piece.text) for piece in pieces)


def _cut(line: str, width: int) -> str:
    if columns_of(line) <= width:
        return line
    kept = ""
    for char in line:
        if columns_of(kept + char) > width - 1:
            break
        kept += char
    return kept + "…"


def _fit(row: Row, width: int) -> Row:
    if row_width(row) <= width:
        return row
    fitted: list[Piece] = []
    room = width
    for piece in row:
        used = columns_of(piece.text)
        if used >= room:
            fitted.append(piece._replace(text=_cut(piece.text, room)))
            break
        fitted.append(piece)
        room -= used
    return tuple(fitted)


# --- wrapping -------------------------------------------------------------------------------------

_WORD = re.compile(r"\n|[ \t]+|[^ \t\n]+")


def wrap(pieces: Sequence[Piece], width: int) -> list[Row]:
    """Pieces in rows, broken at spaces; a word wider than a row is broken where the row ends.

    A word may run over several pieces, such as code with a comma behind it, and stays whole.
    """
    rows: list[Row] = []
    line: list[Piece] = []
    used = 0
    gap: Piece | None = None

    def end() -> None:
        nonlocal line, used, gap
        rows.append(_joined(line))
        line, used, gap = [], 0, None

    for word in _words(pieces):
        if word[0].text == "\n":
            end()
            continue
        if word[0].text[0] in " \t":
            gap = word[0]._replace(text=" ") if line else None
            continue
        size = _pieces_width(word)
        between = 1 if gap is not None else 0
        if line and used + between + size > width:
            end()
            between = 0
        elif gap is not None:
            line.append(gap)
            used += 1
        gap = None
        if size <= width:
            line += word
            used += size
            continue
        for part in _broken(word, width):
            if line:
                end()
            line, used = [part], columns_of(part.text)
    if line or not rows:
        end()
    return [row for row in rows if row] if len(rows) == 1 else rows


def _words(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Words, each a list of the pieces it runs over; spaces and line breaks by themselves."""
    words: list[list[Piece]] = []
    open_word = False
    for piece in pieces:
        for found in _WORD.findall(piece.text):
            part = piece._replace(text=found)
            if found[0] in " \t\n":
                words.append([part])
                open_word = False
            elif open_word:
                words[-1].append(part)
            else:
                words.append([part])
                open_word = True
    return words


def _broken(word: Sequence[Piece], width: int) -> list[Piece]:
    parts: list[Piece] = []
    for piece in word:
        rest = piece.text
        while rest:
            kept = ""
            for char in rest:
                if columns_of(kept + char) > width:
                    break
                kept += char
            kept = kept or rest[0]
            parts.append(piece._replace(text=kept))
            rest = rest[len(kept) :]
    return parts


def _joined(line: Sequence[Piece]) -> Row:
    """Neighbours that look the same as one piece."""
    joined: list[Piece] = []
    for piece in line:
        if joined and joined[-1].role == piece.role and joined[-1].href == piece.href:
            joined[-1] = joined[-1]._replace(text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return tuple(joined)

"""Setting prose in rows of a given width: the same rows for the screen and for a pipe."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tutor.core import maths
from tutor.core.boxes import cut
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
from tutor.core.text import visible

NARROWEST = 20
_NARROWEST_NESTED = 4
FENCE_INDENT = 2
TAB = 4
_MATHS_INDENT = 4
COLUMN_GAP = 2
QUOTE_INDENT = 2
_HARD_SPACE = "\u00a0"
_UNBROKEN = 24
"""Code or a formula in running text is kept on one row up to so many characters."""


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


def row_width(row: Iterable[Piece]) -> int:
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
    """Blocks as rows, an empty row between them; control characters are made visible.

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
        self,
        width: int,
        ascii_only: bool,
        latex: bool,
        figure: FigureText | None,
        list_depth: int = 0,
    ) -> None:
        self._width = width
        self._ascii = ascii_only
        self._latex = latex
        self._figure = figure
        self._list_depth = list_depth

    def _sign(self, sign: str, plain: str) -> str:
        return plain if self._ascii else sign

    def blocks(self, blocks: Sequence[ProseBlock], loose: bool = True) -> list[Row]:
        """Every block; `loose` puts an empty row between two."""
        rows: list[Row] = []
        for block in blocks:
            if rows and loose:
                rows.append(())
            rows.extend(self._block(block))
        return rows

    def _block(self, block: ProseBlock) -> list[Row]:
        match block:
            case Heading():
                return self._heading(block)
            case Paragraph(spans=spans):
                return wrap(self._pieces(spans), self._width)
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
                return [(Piece(self._sign("─", "-") * self._width, "rule"),)]

    # --- text -------------------------------------------------------------------------------------

    def _pieces(self, spans: Sequence[Span], role: str = "") -> list[Piece]:
        return [self._piece(span, role) for span in spans]

    def _piece(self, span: Span, role: str) -> Piece:
        if "maths" in span.marks:
            if self._latex:
                return Piece(f"${visible(span.text)}$", "maths")
            return Piece(_unbroken(maths.inline(span.text, ascii=self._ascii)), "maths")
        marks = span.marks
        found = "strong" if "strong" in marks else ""
        if "em" in marks:
            found = "strong-em" if found else "em"
        found = next((mark for mark in ("code", "link", "strike") if mark in marks), found)
        text = visible(span.text)
        if found == "code":
            text = _unbroken(text)
        return Piece(text, role or found or "text", visible(span.href))

    def _heading(self, block: Heading) -> list[Row]:
        role = f"h{min(block.level, 3)}"
        rows = wrap(self._pieces(block.spans, role), self._width)
        if block.level == 1:
            longest = max(map(row_width, rows))
            rows.append((Piece(self._sign("━", "=") * longest, "rule"),))
        return rows

    def _fence(self, text: str, language: str) -> list[Row]:
        room = self._width - FENCE_INDENT
        pad = Piece(" " * FENCE_INDENT)
        return [
            (pad, Piece(self._cut(line, room), "fence", visible(language)))
            for line in visible(text).strip("\n").split("\n")
        ]

    def _cut(self, line: str, columns: int) -> str:
        return cut(line.expandtabs(TAB), columns, self._sign("…", ">"))

    def _drawn(self, block: Figure) -> list[Row]:
        text = self._figure(block) if self._figure is not None else None
        if text is None:
            alt = visible(block.alt or block.path)
            return wrap([Piece(f"[{alt}]", "dim")], self._width)
        lines = visible(text).strip("\n").split("\n")
        return [(Piece(self._cut(line, self._width), "figure"),) for line in lines]

    # --- displayed formulas -----------------------------------------------------------------------

    def _maths(self, tex: str) -> list[Row]:
        if self._latex:
            return self._indented([Piece(visible(tex).strip(), "maths")])
        lines = maths.broken(tex, self._width, ascii=self._ascii)
        if not lines:
            return self._indented([Piece(maths.inline(tex, ascii=self._ascii), "maths")])
        rows: list[Row] = []
        widest = max(line.width for line in lines)
        left = Piece(" " * min(_MATHS_INDENT, self._width - widest))
        for line in lines:
            if rows and line.height > 1:
                rows.append(())
            rows.extend((left, Piece(row, "maths")) for row in line.rows)
        return rows

    def _indented(self, pieces: Sequence[Piece]) -> list[Row]:
        left = Piece(" " * FENCE_INDENT)
        return [(left, *row) for row in wrap(pieces, self._width - FENCE_INDENT)]

    # --- nests ------------------------------------------------------------------------------------

    def _inside(self, margin: int, list_depth: int = 0) -> "_Setting":
        width = max(_NARROWEST_NESTED, self._width - margin)
        return _Setting(width, self._ascii, self._latex, self._figure, list_depth)

    def _items(self, block: Items) -> list[Row]:
        last = f"{(block.start or 0) + len(block.items) - 1}."
        bullet = self._sign("•◦▪"[self._list_depth % 3], "-")
        loose = any(len(item) > 1 and not isinstance(item[1], Items) for item in block.items)
        rows: list[Row] = []
        for index, item in enumerate(block.items):
            mark = bullet if block.start is None else f"{block.start + index}.".rjust(len(last))
            first = Piece(mark + " ", "bullet")
            rest = Piece(" " * len(first.text))
            if rows and loose:
                rows.append(())
            body = self._inside(len(first.text), self._list_depth + 1).blocks(item, loose)
            rows.append((first, *(body[0] if body else ())))
            rows.extend((rest, *row) if row else () for row in body[1:])
        return self._fitted(rows)

    def _quote(self, block: Quote) -> list[Row]:
        role = f"callout-{block.kind}" if block.kind else "quote"
        bar = Piece(self._sign("▌ ", "| "), role)
        rows: list[Row] = [(Piece(block.kind.capitalize(), role),)] if block.kind else []
        rows += self._inside(QUOTE_INDENT).blocks(block.blocks)
        return self._fitted([(bar, *row) for row in rows])

    def _fitted(self, rows: Iterable[Row]) -> list[Row]:
        """Rows cut where deep nesting has left less than the narrowest width."""
        return [self._fit(row) for row in rows]

    def _fit(self, row: Row) -> Row:
        room = self._width
        fitted: list[Piece] = []
        for piece in row:
            fitted.append(piece._replace(text=cut(piece.text, room, self._sign("…", ">"))))
            room -= columns_of(piece.text)
            if room <= 0:
                break
        return tuple(fitted) if room < 0 else row

    # --- tables -----------------------------------------------------------------------------------

    def _table(self, block: Table) -> list[Row]:
        count = len(block.head)
        head = [self._pieces(cell, "table-head") for cell in block.head]
        body = [
            [self._pieces(cell) for cell in (*row, *[()] * count)][:count] for row in block.rows
        ]
        columns = [[line[i] for line in (head, *body)] for i in range(count)]
        natural = [max(1, *map(row_width, column)) for column in columns]
        least = [max(1, *map(_longest_word, column)) for column in columns]
        widths = _share(natural, least, self._width - COLUMN_GAP * (count - 1))
        if widths is None:
            return self._records(head, body)
        rows = _line(head, widths, block.aligns)
        bar = self._sign("─", "-")
        gap = " " * COLUMN_GAP
        rows.append((Piece(gap.join(bar * each for each in widths), "rule"),))
        for line in body:
            rows.extend(_line(line, widths, block.aligns))
        return rows

    def _records(self, head: Sequence[list[Piece]], body: Sequence[list[list[Piece]]]) -> list[Row]:
        """A table too wide for its columns: each row as lines of `head: cell`."""
        rows: list[Row] = []
        for line in body:
            if rows:
                rows.append(())
            for name, cell in zip(head, line, strict=True):
                label = [*name, Piece(": ", "table-head")] if row_width(name) else []
                rows.extend(wrap([*label, *cell], self._width))
        return rows or [row for name in head for row in wrap(name, self._width)]


def _unbroken(text: str) -> str:
    """Short code or a short formula, with spaces at which no row ends."""
    return text.replace(" ", _HARD_SPACE) if len(text) <= _UNBROKEN else text


def _longest_word(pieces: Sequence[Piece]) -> int:
    return max((row_width(word) for word in _words(pieces)), default=0)


def _share(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Column widths that fit and break no word, the widest giving first; None if there are none."""
    if sum(least) > room:
        return None
    widths = list(natural)
    while sum(widths) > room:
        spare = [width if width > least[i] else 0 for i, width in enumerate(widths)]
        widest = spare.index(max(spare))
        widths[widest] -= max(1, min(widths[widest] - least[widest], (sum(widths) - room) // 8))
    return widths


def _line(cells: Sequence[list[Piece]], widths: Sequence[int], aligns: Sequence[str]) -> list[Row]:
    """One row of a table, its cells wrapped and aligned."""
    wrapped = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    rows: list[Row] = []
    for number in range(max(map(len, wrapped))):
        row: list[Piece] = []
        for i, width in enumerate(widths):
            cell = wrapped[i][number] if number < len(wrapped[i]) else ()
            spare = width - row_width(cell)
            align = aligns[i] if i < len(aligns) else "left"
            left = {"right": spare, "center": spare // 2}.get(align, 0)
            after = spare - left + (COLUMN_GAP if i < len(widths) - 1 else 0)
            row += [Piece(" " * left), *cell, Piece(" " * after)]
        rows.append(tuple(piece for piece in row if piece.text))
    return rows


# --- wrapping -------------------------------------------------------------------------------------

_WORD = re.compile(rf"\n|[^\S\n{_HARD_SPACE}]+|(?:[^\s]|{_HARD_SPACE})+")


def wrap(pieces: Sequence[Piece], width: int) -> list[Row]:
    """Pieces in rows, broken at spaces; a word wider than a row is broken where the row ends.

    A word may run over several pieces, such as code with a comma behind it, and stays whole.
    There is always a row, which may be empty.
    """
    rows: list[Row] = []
    line: list[Piece] = []
    used = 0
    gap: Piece | None = None
    for word in _words(pieces):
        first = word[0].text[0]
        if first == "\n":
            rows.append(_joined(line))
            line, used, gap = [], 0, None
            continue
        if first != _HARD_SPACE and first.isspace():
            gap = word[0]._replace(text=" ") if line else None
            continue
        size = row_width(word)
        if line and used + (gap is not None) + size > width:
            rows.append(_joined(line))
            line, used, gap = [], 0, None
        if gap is not None:
            line.append(gap)
            used += 1
            gap = None
        if size > width:
            *full, word = _broken(word, width)
            rows.extend(_joined(part) for part in full)
            line, used, size = [], 0, row_width(word)
        line += word
        used += size
    if line or not rows:
        rows.append(_joined(line))
    return rows


def _words(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Words, each a list of the pieces it runs over; spaces and line breaks by themselves."""
    words: list[list[Piece]] = []
    open_word = False
    for piece in pieces:
        for found in _WORD.findall(piece.text):
            part = piece._replace(text=found)
            is_space = found != _HARD_SPACE and found.isspace() and _HARD_SPACE not in found
            if open_word and not is_space:
                words[-1].append(part)
            else:
                words.append([part])
            open_word = not is_space
    return words


def _broken(word: Iterable[Piece], width: int) -> list[list[Piece]]:
    """A word in parts of at most so many columns."""
    parts: list[list[Piece]] = [[]]
    room = width
    for piece in word:
        rest = piece.text
        while rest:
            fitting = cut(rest, room, "") if room else ""
            if not fitting and parts[-1]:
                parts.append([])
                room = width
                continue
            fitting = fitting or rest[0]
            parts[-1].append(piece._replace(text=fitting))
            room -= columns_of(fitting)
            rest = rest[len(fitting) :]
    return parts


def _joined(line: Iterable[Piece]) -> Row:
    """Neighbours that look the same as one piece, and hard spaces as the spaces they are."""
    joined: list[Piece] = []
    for piece in line:
        text = piece.text.replace(_HARD_SPACE, " ")
        if joined and joined[-1][1:] == piece[1:]:
            joined[-1] = joined[-1]._replace(text=joined[-1].text + text)
        else:
            joined.append(piece._replace(text=text))
    return tuple(joined)

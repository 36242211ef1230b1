"""Boxes of text with a baseline: what two-dimensional formulas are built of."""

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple


def width(text: str) -> int:
    """Columns that a text takes in a terminal: combining marks none, wide characters two."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or char in "\u200b\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Box(NamedTuple):
    """Rows of equal width and the row that stands on the line."""

    rows: tuple[str, ...]
    baseline: int = 0

    @property
    def width(self) -> int:
        """Columns."""
        return width(self.rows[0]) if self.rows else 0

    @property
    def height(self) -> int:
        """Rows."""
        return len(self.rows)


def box(rows: Sequence[str], baseline: int = 0) -> Box:
    """Rows filled up to equal width."""
    widest = max(map(width, rows), default=0)
    return Box(tuple(row + " " * (widest - width(row)) for row in rows), baseline)


def text(content: str) -> Box:
    """One row."""
    return Box((content,), 0)


EMPTY = text("")


def beside(parts: Sequence[Box]) -> Box:
    """Boxes in a line, their baselines on one row."""
    parts = [part for part in parts if part.width]
    if not parts:
        return EMPTY
    above = max(part.baseline for part in parts)
    below = max(part.height - part.baseline for part in parts)
    rows = []
    for row in range(above + below):
        line = ""
        for part in parts:
            index = row - above + part.baseline
            line += part.rows[index] if 0 <= index < part.height else " " * part.width
        rows.append(line)
    return Box(tuple(rows), above)


def centred(part: Box, columns: int) -> list[str]:
    """A box's rows in the middle of so many columns."""
    left = (columns - part.width) // 2
    right = columns - part.width - left
    return [" " * left + row + " " * right for row in part.rows]


def stacked(above: Box | None, middle: Box, below: Box | None) -> Box:
    """Limits over and under a sign."""
    columns = max(part.width for part in (above, middle, below) if part is not None)
    rows = centred(above, columns) if above else []
    baseline = len(rows) + middle.baseline
    rows += centred(middle, columns)
    rows += centred(below, columns) if below else []
    return Box(tuple(rows), baseline)


def fraction(top: Box, bottom: Box, bar: str = "─") -> Box:
    """One box over another."""
    columns = max(top.width, bottom.width) + 2
    rows = [*centred(top, columns), bar * columns, *centred(bottom, columns)]
    return Box(tuple(rows), top.height)


def scripts(base: Box, above: Box | None, below: Box | None) -> Box:
    """A superscript above the right shoulder, a subscript below."""
    columns = max(part.width for part in (above, below) if part is not None)
    rows: list[str] = []
    if above is not None:
        rows += [row + " " * (columns - above.width) for row in above.rows]
    baseline = len(rows) + base.baseline
    rows += [" " * columns] * base.height
    if below is not None:
        rows += [row + " " * (columns - below.width) for row in below.rows]
    return beside([base, Box(tuple(rows), baseline)])


TALL = {
    "(": "⎛⎜⎝",
    ")": "⎞⎟⎠",
    "[": "⎡⎢⎣",
    "]": "⎤⎥⎦",
    "|": "│││",
    "‖": "‖‖‖",
    "⌊": "⎢⎢⎣",
    "⌋": "⎥⎥⎦",
    "⌈": "⎡⎢⎢",
    "⌉": "⎤⎥⎥",
    "⟨": "╱⟨╲",
    "⟩": "╲⟩╱",
}


def fence(sign: str, inside: Box, ascii_only: bool = False) -> Box:
    """A delimiter as tall as what it encloses."""
    if sign in ("", "."):
        return EMPTY
    if inside.height == 1:
        return text(sign)
    rows = inside.height
    if sign in "{}":
        return Box(tuple(_brace(sign, rows, ascii_only)), inside.baseline)
    if ascii_only or sign not in TALL:
        return Box((sign,) * rows, inside.baseline)
    top, middle, bottom = TALL[sign]
    return Box((top, *[middle] * (rows - 2), bottom), inside.baseline)


def _brace(sign: str, rows: int, ascii_only: bool) -> list[str]:
    if ascii_only:
        return [sign] * rows
    top, middle, bottom, bar = ("⎧", "⎨", "⎩", "⎪") if sign == "{" else ("⎫", "⎬", "⎭", "⎪")
    if rows == 2:
        return [top, bottom]
    return [top, *[bar] * ((rows - 3) // 2), middle, *[bar] * (rows - 3 - (rows - 3) // 2), bottom]


def root(inside: Box, ascii_only: bool = False) -> Box:
    """A square root."""
    if ascii_only:
        return beside([text("sqrt("), inside, text(")")])
    if inside.height == 1 and inside.width == 1:
        return text("√" + inside.rows[0])
    rows = [" ┌" + "─" * inside.width]
    rows += [("╲│" if i == inside.height - 1 else " │") + row for i, row in enumerate(inside.rows)]
    return Box(tuple(rows), inside.baseline + 1)


def grid(cells: Sequence[Sequence[Box]], gap: int = 2, left: bool = False) -> Box:
    """Cells in aligned columns; the box stands on its middle row."""
    count = max((len(row) for row in cells), default=0)
    widths = [max((row[i].width for row in cells if i < len(row)), default=0) for i in range(count)]
    rows: list[str] = []
    for row in cells:
        parts = []
        for i in range(count):
            cell = row[i] if i < len(row) else EMPTY
            pad = widths[i] - cell.width
            before = 0 if left else pad // 2
            lines = [" " * before + line + " " * (pad - before) for line in cell.rows]
            parts.append(Box(tuple(lines), cell.baseline))
            if i < count - 1:
                parts.append(text(" " * gap))
        rows += beside(parts).rows
    return box(rows, max(0, (len(rows) - 1) // 2))

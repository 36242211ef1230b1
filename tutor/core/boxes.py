"""Boxes of text with a baseline: what two-dimensional formulas are built of."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_WIDE_FORM = "\ufe0f"
_JOINERS = frozenset("\u200b\u200c\u200d\u2060\ufe0e")
# Newer tables of terminals call these wide; Python's tables do not yet.
_WIDE = ((0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D376))


def width(text: str) -> int:
    """Columns that a text takes in a terminal: combining marks none, wide characters two."""
    if text.isascii():
        return len(text)
    return sum(columns for _, columns in _measured(text))


def _measured(text: str) -> Iterator[tuple[str, int]]:
    """Every character with the columns it adds."""
    last = 1
    for char in text:
        if char == _WIDE_FORM:  # makes the sign before it wide, if it is not
            added, last = int(last == 1), 2
        else:
            added = last = _char_width(char)
        yield char, added


def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    if char in _JOINERS or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    return 2 if any(first <= ord(char) <= last for first, last in _WIDE) else 1


def cut(line: str, columns: int, end: str = "…") -> str:
    """A line of at most so many columns; where something is left out, `end` says so."""
    if width(line) <= columns:
        return line
    kept, used, room = "", 0, columns - width(end)
    for char, columns_of_char in _measured(line):
        used += columns_of_char
        if used > room:
            break
        kept += char
    return kept + end


class Box(NamedTuple):
    """Rows of equal width and the index of the row that stands on the line."""

    rows: tuple[str, ...]
    baseline: int = 0

    @property
    def width(self) -> int:
        """Columns."""
        return width(self.rows[0])

    @property
    def height(self) -> int:
        """Rows."""
        return len(self.rows)


def box(rows: Sequence[str], baseline: int = 0) -> Box:
    """Rows filled up to equal width."""
    widest = max(map(width, rows))
    return Box(tuple(row + " " * (widest - width(row)) for row in rows), baseline)


def text(content: str) -> Box:
    """One row."""
    return Box((content,), 0)


EMPTY = text("")


def beside(*parts: Box) -> Box:
    """Boxes in a line, their baselines on one row."""
    shown = [part for part in parts if part.width]
    if not shown:
        return EMPTY
    above = max(part.baseline for part in shown)
    below = max(part.height - part.baseline for part in shown)
    rows = [""] * (above + below)
    for part in shown:
        blank = " " * part.width
        first = above - part.baseline
        for i in range(above + below):
            rows[i] += part.rows[i - first] if 0 <= i - first < part.height else blank
    return Box(tuple(rows), above)


def centred(part: Box, columns: int) -> list[str]:
    """A box's rows in the middle of so many columns."""
    left = (columns - part.width) // 2
    right = columns - part.width - left
    return [" " * left + row + " " * right for row in part.rows]


def stacked(above: Box | None, middle: Box, below: Box | None) -> Box:
    """One box over another, all centred, standing on the middle one's line."""
    columns = max(part.width for part in (above, middle, below) if part is not None)
    rows = centred(above, columns) if above is not None else []
    baseline = len(rows) + middle.baseline
    rows += centred(middle, columns)
    rows += centred(below, columns) if below is not None else []
    return Box(tuple(rows), baseline)


def fraction(top: Box, bottom: Box, bar: str = "─") -> Box:
    """One box over another with a bar between, which stands on the line."""
    columns = max(top.width, bottom.width) + 2
    rows = [*centred(top, columns), bar * columns, *centred(bottom, columns)]
    return Box(tuple(rows), top.height)


def scripts(base: Box, above: Box | None, below: Box | None, between: str = "") -> Box:
    """A superscript above the right shoulder, a subscript below the right foot.

    `between` is a one-row script that stands on the base's own line.
    """
    rows = list(above.rows if above is not None else ())
    baseline = len(rows) + base.baseline
    rows += [between if i == base.baseline else "" for i in range(base.height)]
    rows += below.rows if below is not None else ()
    return beside(base, box(rows, baseline))


def corners(base: Box, above: str, below: str) -> Box:
    """One-row scripts at the upper and lower right corner of a tall box, within its height."""
    rows = [above, *[""] * (base.height - 2), below]
    return beside(base, box(rows, base.baseline))


_TALL = {
    "(": ("⎛", "⎜", "⎝"),
    ")": ("⎞", "⎟", "⎠"),
    "[": ("⎡", "⎢", "⎣"),
    "]": ("⎤", "⎥", "⎦"),
    "⌊": ("⎢", "⎢", "⎣"),
    "⌋": ("⎥", "⎥", "⎦"),
    "⌈": ("⎡", "⎢", "⎢"),
    "⌉": ("⎤", "⎥", "⎥"),
    "|": ("│", "│", "│"),
}
_BRACES = {"{": ("⎧", "⎪", "⎨", "⎩"), "}": ("⎫", "⎪", "⎬", "⎭")}


def fence(sign: str, inside: Box, ascii_only: bool = False) -> Box:
    """A delimiter as tall as what it encloses."""
    rows = inside.height
    if not sign or rows == 1:
        return text(sign)
    if ascii_only:
        return box([sign] * rows, inside.baseline)
    if sign in _BRACES:
        top, bar, middle, bottom = _BRACES[sign]
        if rows == 2:
            return Box((top, bottom), inside.baseline)
        upper = [bar] * ((rows - 3) // 2)
        lower = [bar] * (rows - 3 - len(upper))
        return Box((top, *upper, middle, *lower, bottom), inside.baseline)
    top, middle, bottom = _TALL.get(sign, (sign,) * 3)
    return Box((top, *[middle] * (rows - 2), bottom), inside.baseline)


def enclosed(left: str, inside: Box, right: str, ascii_only: bool = False) -> Box:
    """A box between delimiters of its height."""
    return beside(fence(left, inside, ascii_only), inside, fence(right, inside, ascii_only))


def root(inside: Box) -> Box:
    """A radical sign with its bar over the box."""
    rows = [" ┌" + "─" * inside.width]
    rows += [" │" + row for row in inside.rows[:-1]] + ["╲│" + inside.rows[-1]]
    return Box(tuple(rows), inside.baseline + 1)


def grid(cells: Sequence[Sequence[Box]], aligns: str, gap: int) -> Box:
    """Cells in columns, standing on the line of the middle row.

    Args:
        cells: Rows of boxes; short rows are filled up.
        aligns: `l`, `c` or `r` of the columns, repeated as often as there are columns.
        gap: Blank columns between two.
    """
    count = max(len(row) for row in cells)
    full = [[*row, *[EMPTY] * (count - len(row))] for row in cells]
    widths = [max(row[i].width for row in full) for i in range(count)]
    rows: list[str] = []
    lines: list[int] = []
    for row in full:
        parts: list[Box] = []
        for i, cell in enumerate(row):
            spare = widths[i] - cell.width
            left = {"l": 0, "c": spare // 2, "r": spare}[aligns[i % len(aligns)]]
            parts += [text(" " * left), cell, text(" " * (spare - left))]
            parts.append(text(" " * gap if i < count - 1 else ""))
        whole = beside(*parts)
        lines.append(len(rows) + whole.baseline)
        rows += whole.rows
    middle = (len(rows) - 1) // 2 if len(lines) % 2 == 0 else lines[len(lines) // 2]
    return box(rows, middle)

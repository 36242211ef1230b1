"""Dots to glyphs: a canvas of braille, blocks or letters, the last stroke winning a cell."""

import math
from collections.abc import Sequence
from typing import Literal

Glyphs = Literal["braille", "block", "ascii"]
Cell = tuple[str, str]
"""A character and the role that colours it."""

_DOTS = {"braille": (2, 4), "block": (2, 2), "ascii": (1, 2)}
_BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLOCKS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_ASCII = " '.:"
BLANK: Cell = (" ", "")


class Canvas:
    """A grid of dots over a grid of cells.

    Each cell has one owner: the role that drew into it last. Dots of several roles in a cell
    would take the last one's colour, so a new owner clears what was there.

    Attributes:
        width, height: In dots.
    """

    def __init__(self, columns: int, rows: int, glyphs: Glyphs = "braille") -> None:
        self.columns, self.rows = max(0, columns), max(0, rows)
        self.glyphs: Glyphs = glyphs
        self._across, self._down = _DOTS[glyphs]
        self.width, self.height = self.columns * self._across, self.rows * self._down
        self._bits = [[0] * self.columns for _ in range(self.rows)]
        self._roles = [[""] * self.columns for _ in range(self.rows)]
        self._marks: dict[tuple[int, int], Cell] = {}

    def dot(self, x: int, y: int, role: str) -> None:
        """Set a dot; outside the canvas nothing happens. y grows downwards."""
        if 0 <= x < self.width and 0 <= y < self.height:
            column, row = x // self._across, y // self._down
            if self._roles[row][column] != role:
                self._roles[row][column] = role
                self._bits[row][column] = 0
            self._bits[row][column] |= self._bit(x % self._across, y % self._down)

    def _bit(self, x: int, y: int) -> int:
        if self.glyphs == "braille":
            return _BRAILLE[y][x]
        return 1 << (y * self._across + x)

    def column(self, x: int, top: int, bottom: int, role: str) -> None:
        """Set the dots of a column between two rows, both included."""
        for y in range(max(0, min(top, bottom)), min(self.height - 1, max(top, bottom)) + 1):
            self.dot(x, y, role)

    def mark(self, x: int, y: int, char: str, role: str) -> None:
        """Put a character into the cell of a dot, over whatever is drawn there."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._marks[x // self._across, y // self._down] = (char, role)

    def cells(self) -> list[list[Cell]]:
        """The canvas as characters and roles."""
        rows: list[list[Cell]] = []
        for y in range(self.rows):
            row = [
                self._marks.get((x, y)) or self._cell(self._bits[y][x], self._roles[y][x])
                for x in range(self.columns)
            ]
            rows.append(row)
        return rows

    def _cell(self, bits: int, role: str) -> Cell:
        if not bits:
            return BLANK
        if self.glyphs == "braille":
            return chr(0x2800 + bits), role
        if self.glyphs == "block":
            return _BLOCKS[bits], role
        return _ASCII[bits], role


class Scale:
    """Data coordinates to dots.

    Attributes:
        x0, x1: Limits in data units.
        y0, y1: Limits in data units, or exponents of ten where `log_y`.
    """

    def __init__(
        self,
        canvas: Canvas,
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        log_x: bool = False,
        log_y: bool = False,
    ) -> None:
        self._width, self._height = canvas.width, canvas.height
        self._log_x, self.log_y = log_x, log_y
        self.x0, self.x1 = (math.log10(max(1.0, x[0])), math.log10(max(1.0, x[1]))) if log_x else x
        self.y0, self.y1 = y

    def column(self, x: float) -> int:
        """The dot column of a step; outside the window also outside the canvas."""
        if self._log_x:
            x = math.log10(x) if x >= 1 else 0.0
        if self.x1 <= self.x0:
            return 0
        return round((x - self.x0) / (self.x1 - self.x0) * (self._width - 1))

    def row(self, y: float) -> int | None:
        """The dot row of a value; None where it cannot be drawn."""
        if not math.isfinite(y) or (self.log_y and y <= 0):
            return None
        value = math.log10(y) if self.log_y else y
        # Halves, since the difference of very large limits may overflow.
        span = self.y1 / 2 - self.y0 / 2
        if span <= 0:
            return self._height - 1
        share = (self.y1 / 2 - value / 2) / span
        return round(min(2.0, max(-1.0, share)) * (self._height - 1))


def stroke(
    canvas: Canvas,
    scale: Scale,
    points: Sequence[tuple[float, float]],
    role: str,
    dotted: bool = False,
) -> int:
    """A line through points, steps ascending; gaps at what cannot be drawn.

    Returns:
        How many points could not be drawn for want of a logarithm.
    """
    dropped = 0
    before: tuple[int, int] | None = None
    for x, y in points:
        row = scale.row(y)
        if row is None:
            dropped += math.isfinite(y)
            before = None
            continue
        here = (scale.column(x), row)
        if before is None:
            _put(canvas, here[0], here[1], role, dotted)
        else:
            _segment(canvas, before, here, role, dotted)
        before = here
    return dropped


def _put(canvas: Canvas, x: int, y: int, role: str, dotted: bool) -> None:
    if not dotted or (x // 2) % 2 == 0:
        canvas.dot(x, y, role)


def _segment(
    canvas: Canvas, a: tuple[int, int], b: tuple[int, int], role: str, dotted: bool
) -> None:
    (x0, y0), (x1, y1) = a, b
    if x1 <= x0:
        if not dotted:
            canvas.column(x1, y0, y1, role)
        return
    first, last = max(x0 + 1, 0), min(x1, canvas.width - 1)
    previous = y0 + (y1 - y0) * (first - 1 - x0) / (x1 - x0)
    for x in range(first, last + 1):
        y = y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        top, bottom = round(previous), round(y)
        if dotted:
            _put(canvas, x, bottom, role, dotted)
        elif top == bottom:
            canvas.dot(x, bottom, role)
        else:
            # Start one dot on from where the last column ended, so that the line stays thin.
            step = 1 if bottom > top else -1
            canvas.column(x, top + step, bottom, role)
        previous = y

"""A drawing surface of character cells, each split into dots where the glyphs allow it.

Curves are drawn as *traces*: for every column of dots a whole number whose bits are the dots of
that column, the lowest bit on top. A vertical stroke of any length is one operation that way.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

Glyphs = Literal["braille", "block", "ascii"]
Trace = list[int]
Stroke = tuple[int, int, int]
"""A column of dots and the top and bottom dot in it."""

_BRAILLE_LEFT = (0x01, 0x02, 0x04, 0x40)
_BRAILLE_RIGHT = (0x08, 0x10, 0x20, 0x80)


def _braille() -> list[list[str]]:
    def bits(weights: tuple[int, ...], mask: int) -> int:
        return sum(weight for i, weight in enumerate(weights) if mask >> i & 1)

    return [
        [chr(0x2800 + bits(_BRAILLE_LEFT, a) + bits(_BRAILLE_RIGHT, b)) for b in range(16)]
        for a in range(16)
    ]


_QUADRANTS = [list(" ▝▗▐"), list("▘▀▚▜"), list("▖▞▄▟"), list("▌▛▙█")]
_STROKES = [[" ", "'", "-", "'", ".", ":", ".", "|"]]


class Dots(NamedTuple):
    """How a cell is split: dots across, dots down, and the glyph of every pattern."""

    across: int
    down: int
    glyph: list[list[str]]
    """By the pattern of the left column and that of the right one; with one column, by [0][it]."""


DOTS: dict[Glyphs, Dots] = {
    "braille": Dots(2, 4, _braille()),
    "block": Dots(2, 2, _QUADRANTS),
    "ascii": Dots(1, 3, _STROKES),
}
MARKS: dict[Glyphs, str] = {"braille": "◆●▲■▼○", "block": "◆●▲■▼○", "ascii": "*o^#%@"}
"""By slot of a series: the mark on its curve."""


class Sheet(NamedTuple):
    """Rows as they stand on the screen, and the role of each cell."""

    rows: list[str]
    roles: list[bytes]


class Canvas:
    """Characters and, for each, the role that says how it is coloured. Nothing falls outside."""

    def __init__(self, width: int, height: int) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        self.rows = [[" "] * self.width for _ in range(self.height)]
        self.roles = [bytearray(self.width) for _ in range(self.height)]

    def put(self, x: int, y: int, char: str, role: int) -> None:
        """Set one cell."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self.rows[y][x] = char
            self.roles[y][x] = role

    def text(self, x: int, y: int, text: str, role: int) -> int:
        """Write text from a cell on; gives the cell behind it."""
        for char in narrow(text):
            self.put(x, y, char, role)
            x += 1
        return x

    def spans(self, x: int, y: int, spans: Iterable[tuple[str, int]]) -> int:
        """Write texts of several roles one after the other; gives the cell behind them."""
        for text, role in spans:
            x = self.text(x, y, text, role)
        return x

    def lines(self) -> list[str]:
        """The rows as text."""
        return ["".join(row) for row in self.rows]

    def sheet(self) -> Sheet:
        """What is drawn so far."""
        return Sheet(self.lines(), [bytes(row) for row in self.roles])


class Area:
    """A part of a canvas to draw curves in."""

    def __init__(
        self, canvas: Canvas, x: int, y: int, width: int, height: int, glyphs: Glyphs
    ) -> None:
        self.canvas = canvas
        self.x, self.y = x, y
        self.width, self.height = max(0, width), max(0, height)
        self.dots = DOTS[glyphs]
        self.glyphs: Glyphs = glyphs

    @property
    def columns(self) -> int:
        """Columns of dots."""
        return self.width * self.dots.across

    @property
    def lines(self) -> int:
        """Lines of dots."""
        return self.height * self.dots.down

    def line(self, place: float) -> int:
        """The line of dots of a place between 0 (bottom) and 1 (top)."""
        return min(self.lines - 1, max(0, round((1.0 - place) * (self.lines - 1))))

    def paint(self, trace: Trace, role: int, *, shade: str = "") -> None:
        """Put a trace on the canvas; it takes over every cell that it touches.

        Args:
            trace: One number for each column of dots.
            role: How it is coloured.
            shade: A glyph for every touched cell instead of the dots themselves.
        """
        across, down, glyph = self.dots
        full = (1 << down) - 1
        limit = (1 << self.lines) - 1
        for x in range(min(self.width, len(trace) // across)):
            left = trace[x * across] & limit
            right = trace[x * across + 1] & limit if across == 2 else 0
            both = left | right
            while both:
                row = ((both & -both).bit_length() - 1) // down
                shift = row * down
                a, b = left >> shift & full, right >> shift & full
                char = shade or (glyph[a][b] if across == 2 else glyph[0][a])
                self.canvas.put(self.x + x, self.y + row, char, role)
                both &= ~(full << shift)

    def tint(self, trace: Trace, role: int, shade: str) -> None:
        """Fill a trace lightly: an eighth of its dots, or a shade where there are no fine dots."""
        if self.glyphs != "braille":
            self.paint(trace, role, shade=shade)
            return
        even = sum(1 << i for i in range(0, self.lines, 4))
        meshes = (even, 0, even << 2, 0)
        self.paint([dots & meshes[i % 4] for i, dots in enumerate(trace)], role)

    def mark(self, column: int, line: int, char: str, role: int) -> None:
        """Put a character on the cell that holds a dot."""
        x, y = column // self.dots.across, line // self.dots.down
        if 0 <= x < self.width and 0 <= y < self.height:
            self.canvas.put(self.x + x, self.y + y, char, role)


def bar(top: int, bottom: int) -> int:
    """The dots of a column from top to bottom, both included."""
    return ((1 << bottom - top + 1) - 1) << top


def join(strokes: Iterable[Stroke | None], columns: int) -> Trace:
    """Join strokes by straight lines into a trace; None is a gap."""
    trace = [0] * columns
    before: Stroke | None = None
    for stroke in strokes:
        if stroke is None:
            before = None
            continue
        column, top, bottom = stroke
        if 0 <= column < columns:
            trace[column] |= bar(top, bottom)
        if before is not None:
            _connect(trace, before, stroke)
        before = stroke
    return trace


def _connect(trace: Trace, a: Stroke, b: Stroke) -> None:
    """A straight line between the nearest ends of two strokes."""
    if a[1] > b[2]:
        start, end = a[1], b[2]
    elif a[2] < b[1]:
        start, end = a[2], b[1]
    else:
        start = end = min(max(a[1], b[1]), a[2])
    steps = b[0] - a[0]
    if steps <= 0:
        return
    previous = start
    for i in range(1, steps + 1):
        line = start + round((end - start) * i / steps)
        column = a[0] + i
        if steps == 1 and abs(line - previous) > 1:
            # Neighbours: half of the way each, so that a steep flank stays one dot wide.
            middle = (line + previous) // 2
            trace[a[0]] |= bar(min(previous, middle), max(previous, middle))
            trace[column] |= bar(min(middle, line), max(middle, line))
        elif line == previous or i == steps:
            trace[column] |= bar(min(previous, line), max(previous, line))
        else:
            inner = previous + (1 if line > previous else -1)
            trace[column] |= bar(min(inner, line), max(inner, line))
        previous = line


def dotted(trace: Sequence[int], on: int, off: int) -> Trace:
    """Only the first `on` of every `on + off` columns of a trace."""
    return [dots if i % (on + off) < on else 0 for i, dots in enumerate(trace)]


def narrow(text: str) -> str:
    """Text in which every character takes exactly one cell; wide ones become a question mark."""
    if text.isascii():
        return text
    return "".join(
        "?" if unicodedata.east_asian_width(char) in "WF" else char
        for char in text
        if unicodedata.category(char) not in ("Mn", "Me", "Cf", "Cc", "Cs", "Zl", "Zp")
    )

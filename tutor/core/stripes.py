"""A picture that changes goes out a stripe at a time, and only where it changed."""

from collections.abc import Iterator, Sequence

from tutor.core.colours import NUMBERS
from tutor.core.sketches import Cell, Paint, Row

MOVE, COLOR, NUMBERED = 10, 17, 9
"""Bytes of a move of the cursor, and of a new colour, in true colour or by its number."""
JUMP = 4
"""Bytes of a move over cells that stay."""


def cost(row: Sequence[Cell], shown: Sequence[Cell] = ()) -> int:
    """Bytes that a row takes on its way, about: text in UTF-8, and a code for each new colour.

    Args:
        row: What is to be shown.
        shown: What stands there; cells that stay cost nothing.
    """
    return MOVE + sum(_prices(row, shown))


def _prices(row: Sequence[Cell], shown: Sequence[Cell]) -> Iterator[int]:
    """What each cell takes; after them, once, what stands beyond the row's end and goes."""
    front: Paint = None
    back: Paint = None
    jumps = False
    for x, cell in enumerate(row):
        if x < len(shown) and shown[x] == cell:
            jumps = True
            yield 0
            continue
        price = len(cell.char.encode()) + (JUMP if jumps else 0)
        jumps = False
        if cell.front != front and cell.char != " ":
            price, front = price + _colour(cell.front), cell.front
        if cell.back != back:
            price, back = price + _colour(cell.back), cell.back
        yield price
    if len(shown) > len(row):
        yield COLOR + len(shown) - len(row)


def _colour(paint: Paint) -> int:
    return NUMBERED if isinstance(paint, tuple) and paint in NUMBERS else COLOR


class Stripes:
    """Rows on their way to a screen: what is to be shown, and what is shown so far."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.shown: list[Row] = []

    def unsent(self) -> list[int]:
        """The rows that are not shown as they are to be."""
        count = max(len(self.rows), len(self.shown))
        return [y for y in range(count) if self._wanted(y) != self.line(y)]

    def line(self, y: int) -> Row:
        """A row as it is shown."""
        return self.shown[y] if y < len(self.shown) else []

    def _wanted(self, y: int) -> Row:
        return self.rows[y] if y < len(self.rows) else []

    def advance(self, limit: int) -> list[int]:
        """Show more, about so many bytes of it and at least a cell; returns the rows that change."""
        self.shown += [[] for _ in range(len(self.rows) - len(self.shown))]
        changed: list[int] = []
        for y in self.unsent():
            wanted, line, spent, begun = self._wanted(y), self.shown[y], MOVE, False
            for x, price in enumerate(_prices(wanted, line)):
                if price and spent + price > limit and (begun or changed):
                    self.shown[y] = [*wanted[:x], *line[x:]]
                    return [*changed, y] if begun else changed
                spent, begun = spent + price, begun or price > 0
            self.shown[y] = wanted
            changed.append(y)
            limit -= spent
        return changed

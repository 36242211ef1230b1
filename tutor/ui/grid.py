"""Only those cells are sent that change: what the terminal shows is kept, and compared.

Textual sends whole rows of a widget, whatever changed in them. What it writes is read here into
cells, and only those go on that the terminal does not show already. Whatever is not understood goes
on as it is, and from then on nothing is known of the terminal: all is sent again.
"""

import re
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from textual.driver import Driver

from tutor.ui.pens import PLAIN, UNKNOWN, Pen, change, for_blanks, marks_blanks, turned
from tutor.ui.thrift import thrifty

_TOKENS = re.compile(
    r"""
      \x1b\[(?P<pen>[0-9;]*)m
    | [\r\n]*\x1b\[(?P<row>[1-9]\d*);(?P<column>[1-9]\d*)H
    | (?P<words>[^\x00-\x1f\x7f-\x9f]+)
    | (?P<apart>                        # what leaves cells, pen and cursor as they are
        \x1b\[\?(?:7|25|10\d\d(?<!47|48|49)|20\d\d)(?:[hl]|\$p)
        | \x1b\[6n | \x1b\[[<>]\d*u | \x07 | \x1b\](?!8;)[^\x07\x1b]*(?:\x07|\x1b\\)
      )
    """,
    re.VERBOSE,
)
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_CUT_OFF = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?)?\Z")
_UPPER, _LOWER = "▀", "▄"


class _Cell(NamedTuple):
    """What stands in a cell. Text that is not one cell a character is one thing over `span` cells."""

    text: str
    pen: Pen
    part: int = 0
    span: int = 0


class Grid:
    """The cells of a terminal as far as they are known, and what must be sent to change them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._tail = ""
        """The beginning of a sequence whose end has not come yet."""
        self._held = ""
        """The mark of a frame's beginning, until there is something in the frame."""
        self._out: list[str] = []
        self._wanted = PLAIN
        self._size: tuple[int, int] | None = None
        """Columns and rows; nothing is known of them until they change."""
        self.sent = 0
        """Bytes that went to the terminal so far."""
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the terminal any longer: it was resized, or something else wrote."""
        with self.lock:
            self._rows: dict[int, list[_Cell | None]] = {}
            self._has = UNKNOWN
            self._at: tuple[int, int] | None = None
            """Where the terminal's cursor is."""
            self._to: tuple[int, int] | None = None
            """Where the next text belongs."""

    def resized(self, width: int, height: int) -> None:
        """What a terminal shows that was resized, nobody knows.

        Frames of the old size may still come. What they draw below the last row or past the last
        column lands in that row or column.
        """
        with self.lock:
            self._size = width, height
            self.forget()

    def needed(self, text: str) -> str:
        """What to send so that a terminal shows what it would show after this text.

        Args:
            text: Anything for a terminal, in pieces of any length.
        """
        with self.lock:
            text, self._out = self._tail + text, []
            cut = _CUT_OFF.search(text)
            self._tail = cut[0] if cut else ""
            end = cut.start() if cut else len(text)
            at = 0
            while at < end and (token := _TOKENS.match(text, at, end)):
                if not self._take(token):
                    break
                at = token.end()
            if at < end:
                self._blindly(text[at:end])
            elif self._to is not None:
                self._move(*self._to)
            made = "".join(self._out)
            self.sent += len(made.encode())
            return made

    # --- reading ----------------------------------------------------------------------------------

    def _take(self, token: re.Match[str]) -> bool:
        """Take in a token; False where it cannot be said what it does."""
        if (codes := token["pen"]) is not None:
            self._wanted = turned(self._wanted, codes)
        elif row := token["row"]:
            self._to = int(row) - 1, int(token["column"]) - 1
        elif words := token["words"]:
            return self._put(words)
        elif token["apart"] == _BEGIN:
            self._held = _BEGIN
        elif token["apart"] == _END and self._held:
            self._held = ""
        else:
            if self._to is not None:
                self._move(*self._to)
            self._say(token["apart"])
        return True

    def _blindly(self, text: str) -> None:
        """Send what cannot be followed."""
        if self._to is not None:
            self._move(*self._to)
        self._say(change(self._has, self._wanted))
        self._say(thrifty(text) if self._wanted == PLAIN else text)
        for found in re.finditer(r"\x1b\[([0-9;]*)m", text):
            self._wanted = turned(self._wanted, found[1])
        self.forget()

    def _put(self, words: str) -> bool:
        """Text at its place; False where nobody knows it, or where it joins what is before it."""
        if self._to is None or not cell_len(words[0]):
            return False
        y, x = self._to
        cells = _cells(words, self._wanted)
        if self._size and (x + len(cells) > self._size[0] or y >= self._size[1]):
            return False
        self._to = y, x + len(cells)
        row = self._rows.setdefault(y, [])
        row += [None] * (x + len(cells) - len(row))
        if row[x : x + len(cells)] == cells:
            return True
        if cells and cells[0].span:
            for column in range(x, x + len(cells)):
                self._part(row, column)
            self._move(y, x)
            self._draw(words, self._wanted)
            self._at = None  # terminals are not of one mind about how wide such text is
            row[x : x + len(cells)] = cells
            return True
        for column, cell in enumerate(cells, x):
            if row[column] != cell:
                self._part(row, column)
                self._move(y, column)
                self._draw(*_drawn(self._has, cell))
                self._at = y, column + 1
                row[column] = cell
        return True

    @staticmethod
    def _part(row: list[_Cell | None], column: int) -> None:
        """Of what stands over several cells nothing is known once one of them is drawn over."""
        cell = row[column]
        if cell is not None and cell.span:
            begin = column - cell.part
            for x in range(max(0, begin), min(len(row), begin + cell.span)):
                other = row[x]
                row[x] = None if other is not None and other.span else other

    # --- writing ----------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        if text:
            self._out += (self._held, text)
            self._held = ""

    def _draw(self, text: str, pen: Pen) -> None:
        self._say(change(self._has, pen) + text)
        self._has = pen

    def _move(self, y: int, x: int) -> None:
        """Put the terminal's cursor there in the fewest bytes."""
        if self._at == (y, x):
            return
        ways = [f"\x1b[{y + 1};{x + 1}H"]
        if self._at is not None and self._at[0] == y and (gap := x - self._at[1]) > 0:
            ways.append(f"\x1b[{gap}C" if gap > 1 else "\x1b[C")
            between = self._rows.get(y, [])[x - gap : x]
            if len(between) == gap < len(ways[0]) and (again := self._again(between)):
                ways.append(again)
        self._say(min(ways, key=lambda way: len(way.encode())))
        self._at = y, x

    def _again(self, cells: Sequence[_Cell | None]) -> str:
        """Cells that stand there already, where the pen at hand draws them."""
        texts = []
        for cell in cells:
            if cell is None or cell.span:
                return ""
            text, pen = _drawn(self._has, cell)
            if pen != self._has:
                return ""
            texts.append(text)
        return "".join(texts)


# --- cells ------------------------------------------------------------------------------------------


def _cells(words: str, pen: Pen) -> list[_Cell]:
    if all(map(_narrow, words)):
        return [_cell(char, pen) for char in words]
    span = cell_len(words)
    return [_Cell(words, pen, i, span) for i in range(span)]


@lru_cache(4096)
def _narrow(char: str) -> bool:
    return cell_len(char) == 1


@lru_cache(32768)
def _cell(char: str, pen: Pen) -> _Cell:
    """A character of one cell. What looks the same is the same cell."""
    if char == _LOWER and _two_coloured(pen):
        char, pen = _UPPER, _swapped(pen)
    if char == _UPPER and _two_coloured(pen) and pen.paper == _swapped(pen).paper:
        char = " "
    if char == " " and not marks_blanks(pen):
        pen = Pen(paper=pen.paper)
    return _Cell(char, pen)


def _two_coloured(pen: Pen) -> bool:
    """Whether a half block shows two colours that could change places."""
    return pen.ink != "" and pen.paper != "" and not pen.rest


def _swapped(pen: Pen) -> Pen:
    """A pen with its ink as paper."""
    ink, paper = pen.ink, pen.paper
    return Pen(
        "38" + paper[2:] if paper.startswith("48") else str(int(paper) - 10),
        "48" + ink[2:] if ink.startswith("38") else str(int(ink) + 10),
    )


@lru_cache(32768)
def _drawn(has: Pen, cell: _Cell) -> tuple[str, Pen]:
    """How a cell of one character is drawn for the least change of pen."""
    if cell.text == " ":
        return " ", for_blanks(has, cell.pen)
    if cell.text == _UPPER and _two_coloured(cell.pen):
        other = _swapped(cell.pen)
        if len(change(has, other)) < len(change(has, cell.pen)):
            return _LOWER, other
    return cell.text, cell.pen


def sparing_driver(driver: type[Driver], grid: Grid) -> type[Driver]:
    """A driver that sends no more than needed, whatever the platform's own is."""

    def write(self: Driver, data: str) -> None:
        with grid.lock:
            if needed := grid.needed(data):
                driver.write(self, needed)

    return type(driver.__name__, (driver,), {"write": write})

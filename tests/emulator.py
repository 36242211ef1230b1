"""A terminal as far as the program needs one: what it is sent becomes cells that can be compared."""

import re

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^\[\]]|[^\x1b]"
)
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?)?\Z")
_SEEN_ON_BLANKS = {"4", "7", "9"}
HALF = {"▀": ("ink", "paper"), "▄": ("paper", "ink")}


class Emulator:
    """Cells of width times height; text does not wrap, as Textual asks for it.

    A cell is (text, pen), or None where the right half of a wide character lies; a pen is
    (ink, paper, the other attributes).
    """

    def __init__(self, width, height):
        self.size = width, height
        self.x = self.y = 0
        self.pen = ("", "", frozenset())
        self.cells = self._blank()
        self.main = None
        self.link = ""
        self.count = 0
        self._rest = ""

    def _blank(self):
        width, height = self.size
        return [[(" ", ("", "", frozenset()))] * width for _ in range(height)]

    def resize(self, width, height):
        """What stands on a terminal that is resized, nobody can say."""
        self.size = width, height
        self.cells = [[("#", ("", "", frozenset()))] * width for _ in range(height)]
        self.main = None
        self.x, self.y = min(self.x, width - 1), min(self.y, height - 1)

    def feed(self, text):
        """Take in text, in pieces of any length."""
        self.count += len(text.encode())
        text = self._rest + text
        begun = _BEGUN.search(text)
        self._rest = begun[0] if begun else ""
        for token in _TOKEN.findall(text[: len(text) - len(self._rest)]):
            self._take(token)

    def _take(self, token):
        if token == "\n":
            self.x = 0  # the line discipline makes it a carriage return and a line feed
            self.y += 1
            if self.y == self.size[1]:
                self.y -= 1
                self.cells = [*self.cells[1:], self._blank()[0]]
        elif token == "\x07":
            pass
        elif token == "\r":
            self.x = 0
        elif token[0] != "\x1b":
            self._put(token)
        elif token.startswith("\x1b]8;"):
            self.link = token[4:-2].partition(";")[2]
        elif token in ("\x1b[?1049h", "\x1b[?1049l"):
            self.main, self.cells = (
                (self.cells, self._blank())
                if token[-1] == "h"
                else (None, self.main or self._blank())
            )
        elif token[:2] == "\x1b[" and token[2:3] not in "?<>":
            numbers = [int(each or "0") for each in re.split("[;:]", token[2:-1] or "0")]
            self._control(token[-1], token[2:-1], numbers)

    def _control(self, final, given, numbers):
        width, height = self.size
        match final:
            case "m":
                self._turn(given)
            case "H":
                y, x = ([*numbers, 1])[:2]
                self.y, self.x = min(max(1, y), height) - 1, min(max(1, x), width) - 1
            case "C":
                self.x = min(width - 1, self.x + max(1, numbers[0]))
            case "K":
                self.cells[self.y][self.x :] = [(" ", self.pen)] * (width - self.x)
            case "J":
                self.cells = self._blank()
            case "n":
                pass
            case _:
                raise AssertionError(f"what is {final}?")

    def _turn(self, given):
        ink, paper, rest = self.pen
        codes = given.split(";")
        while codes:
            code = codes.pop(0) or "0"
            if code == "0":
                ink, paper, rest = "", "", frozenset()
            elif code in ("38", "48"):
                size = 4 if codes[0] == "2" else 2
                color, codes = ";".join(codes[:size]), codes[size:]
                ink, paper = (color, paper) if code == "38" else (ink, color)
            elif code in ("39", "49"):
                ink, paper = ("", paper) if code == "39" else (ink, "")
            elif len(code) == 1:
                rest = rest | {code}
            elif code[0] == "3" or code[0] == "9":
                ink = code[-1] + ("+" if code[0] == "9" else "")
            else:
                paper = code[-1] + ("+" if code[0] == "1" else "")
        self.pen = ink, paper, rest

    def _put(self, char):
        row, wide = self.cells[self.y], cell_len(char)
        if not wide:  # it joins what stands before it
            text, pen = row[max(0, self.x - 1)] or (" ", self.pen)
            row[max(0, self.x - 1)] = (text + char, pen)
            return
        self.x = min(self.x, self.size[0] - 1)  # past the last column the last one is drawn over
        for x in range(self.x, min(self.size[0], self.x + wide)):
            self._halve(row, x)
        row[self.x] = (char + self.link, self.pen)
        if wide == 2 and self.x + 1 < self.size[0]:
            row[self.x + 1] = None
        self.x = min(self.size[0], self.x + wide)

    @staticmethod
    def _halve(row, x):
        """Of a wide character that is drawn over, the other half is blank."""
        blank = (" ", ("", "", frozenset()))
        if row[x] is None:
            row[x - 1] = blank
        if x + 1 < len(row) and row[x + 1] is None:
            row[x + 1] = blank
        row[x] = blank

    def text(self):
        """The characters of the screen, a line a row."""
        return "\n".join("".join(cell[0] for cell in row if cell) for row in self.cells)

    def screen(self):
        """What is seen: the same wherever two ways to draw a cell cannot be told apart."""
        return [[_look(cell) for cell in row] for row in self.cells]


def _look(cell):
    if cell is None:
        return None
    text, (ink, paper, rest) = cell
    if text in HALF and not rest and ink and paper:
        upper, lower = (ink if part == "ink" else paper for part in HALF[text])
        return (" ", upper, frozenset()) if upper == lower else ("half", upper, lower)
    if text == " ":
        return (" ", paper, rest & _SEEN_ON_BLANKS, ink if rest & _SEEN_ON_BLANKS else "")[
            : 3 if not rest & _SEEN_ON_BLANKS else 4
        ]
    return text, ink, paper, rest

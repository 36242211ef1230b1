"""The same screen in fewer bytes: only those colours are sent that change.

Textual sets both colours before each stretch of text and resets them after it, which is two thirds
of all that goes to a terminal. Here a stretch is preceded by what differs from the one before it;
and blanks, which have no ink, by the colour of the paper alone.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from textual.driver import Driver

_STYLE = re.compile(r"\x1b\[([0-9;]*)m")
_MOVES = re.compile(r"(?:[\r\n]|\x1b\[\d+;\d+H)+")
_MARKS_BLANKS = {"4", "7", "9", "21", "51", "52", "53"}
"""Underlined, reversed, struck out, framed: seen on blanks too."""


class _Pen(NamedTuple):
    """How a terminal draws: the codes of its ink, its paper and the rest; none as at a reset."""

    ink: str = ""
    paper: str = ""
    rest: tuple[str, ...] = ()


_PLAIN = _Pen()


def thrifty(text: str) -> str:
    """Text that draws the same and leaves the same pen, for a terminal whose pen is plain.

    Args:
        text: Anything for a terminal; sequences other than for colours are left as they are.
    """
    pieces = _STYLE.split(text)
    if len(pieces) == 1:
        return text
    sent = [pieces[0]]
    has = wanted = _PLAIN
    for codes, words in zip(pieces[1::2], pieces[2::2], strict=True):
        wanted = _turned(wanted, codes)
        if _MOVES.fullmatch(words):
            sent.append(words)
        elif words:
            pen = _for_blanks(has, wanted) if words.isspace() else wanted
            sent += (_change(has, pen), words)
            has = pen
    made = "".join([*sent, _change(has, wanted)])
    return made if len(made) < len(text) else text


@lru_cache(4096)
def _turned(pen: _Pen, codes: str) -> _Pen:
    """The pen after a sequence of codes."""
    ink, paper, rest = pen
    left = codes.split(";") if codes else ["0"]
    while left:
        code = left.pop(0)
        number = int(code or "0")
        if number == 0:
            ink, paper, rest = _PLAIN
        elif number in (38, 48):
            count = 4 if left[:1] == ["2"] else 2
            color, left = ";".join([code, *left[:count]]), left[count:]
            ink, paper = (color, paper) if number == 38 else (ink, color)
        elif 30 <= number < 40 or 90 <= number < 98:
            ink = code if number != 39 else ""
        elif 40 <= number < 50 or 100 <= number < 108:
            paper = code if number != 49 else ""
        elif code not in rest:
            rest = (*rest, code)
    return _Pen(ink, paper, rest)


@lru_cache(4096)
def _for_blanks(has: _Pen, wanted: _Pen) -> _Pen:
    """The pen nearest to one's own that draws blanks as they are wanted."""
    if _MARKS_BLANKS.isdisjoint(has.rest + wanted.rest):
        return has._replace(paper=wanted.paper)
    return wanted


@lru_cache(4096)
def _change(has: _Pen, wanted: _Pen) -> str:
    """The sequence from one pen to another."""
    if has == wanted:
        return ""
    if has.rest == wanted.rest and wanted != _PLAIN:
        parts = [wanted.ink or "39"] if has.ink != wanted.ink else []
        parts += [wanted.paper or "49"] if has.paper != wanted.paper else []
    else:
        # What ends bold also ends dim, and so on: it is simplest to begin anew.
        before = ["0"] if has != _PLAIN else []
        parts = [*before, *wanted.rest, *filter(None, (wanted.ink, wanted.paper))]
    return f"\x1b[{';'.join(parts) if wanted != _PLAIN else ''}m"


def thrifty_driver(driver: type[Driver]) -> type[Driver]:
    """A driver that is sparing with bytes, whatever the platform's own is."""

    def write(self: Driver, data: str) -> None:
        driver.write(self, thrifty(data))

    return type(driver.__name__, (driver,), {"write": write})

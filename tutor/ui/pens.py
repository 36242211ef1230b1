"""What a terminal draws with, and the shortest way from one pen to another."""

from functools import lru_cache
from typing import NamedTuple

_MARKS_BLANKS = {"4", "7", "9", "21", "51", "52", "53"}
"""Underlined, reversed, struck out, framed: seen on blanks too."""


class Pen(NamedTuple):
    """How a terminal draws: the codes of its ink, its paper and the rest; none as at a reset."""

    ink: str = ""
    paper: str = ""
    rest: tuple[str, ...] = ()


PLAIN = Pen()
UNKNOWN = Pen("?", "?", ("4",))
"""A pen that nobody knows: whatever is wanted next begins with a reset."""


@lru_cache(4096)
def turned(pen: Pen, codes: str) -> Pen:
    """The pen after a sequence of codes, parted by semicolons."""
    ink, paper, rest = pen
    left = codes.split(";") if codes else ["0"]
    while left:
        code = left.pop(0)
        number = int(code or "0")
        if number == 0:
            ink, paper, rest = PLAIN
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
    return Pen(ink, paper, rest)


@lru_cache(4096)
def marks_blanks(pen: Pen) -> bool:
    """Whether more than its paper is seen of a pen where there is no ink."""
    return not _MARKS_BLANKS.isdisjoint(pen.rest)


@lru_cache(4096)
def for_blanks(has: Pen, wanted: Pen) -> Pen:
    """The pen nearest to one's own that draws blanks as they are wanted."""
    if marks_blanks(has) or marks_blanks(wanted):
        return wanted
    return has._replace(paper=wanted.paper)


@lru_cache(4096)
def change(has: Pen, wanted: Pen) -> str:
    """The sequence from one pen to another."""
    if has == wanted:
        return ""
    if has.rest == wanted.rest and wanted != PLAIN and has != UNKNOWN:
        parts = [wanted.ink or "39"] if has.ink != wanted.ink else []
        parts += [wanted.paper or "49"] if has.paper != wanted.paper else []
    else:
        # What ends bold also ends dim, and so on: it is simplest to begin anew.
        before = ["0"] if has != PLAIN else []
        parts = [*before, *wanted.rest, *filter(None, (wanted.ink, wanted.paper))]
    return f"\x1b[{';'.join(parts) if wanted != PLAIN else ''}m"

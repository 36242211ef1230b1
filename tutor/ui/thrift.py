"""The same text in fewer bytes: only those colours are sent that change.

Textual sets both colours before each stretch of text and resets them after it, which is two thirds
of all that goes to a terminal. Here a stretch is preceded by what differs from the one before it;
and blanks, which have no ink, by the colour of the paper alone.
"""

import re

from tutor.ui.pens import PLAIN, change, for_blanks, turned

_STYLE = re.compile(r"\x1b\[([0-9;]*)m")
_MOVES = re.compile(r"(?:[\r\n]|\x1b\[\d+;\d+H)+")


def thrifty(text: str) -> str:
    """Text that draws the same and leaves the same pen, for a terminal whose pen is plain.

    Args:
        text: Anything for a terminal; sequences other than for colours are left as they are.
    """
    pieces = _STYLE.split(text)
    if len(pieces) == 1:
        return text
    sent = [pieces[0]]
    has = wanted = PLAIN
    for codes, words in zip(pieces[1::2], pieces[2::2], strict=True):
        wanted = turned(wanted, codes)
        if _MOVES.fullmatch(words):
            sent.append(words)
        elif words:
            pen = for_blanks(has, wanted) if words.isspace() else wanted
            sent += (change(has, pen), words)
            has = pen
    made = "".join([*sent, change(has, wanted)])
    return made if len(made) < len(text) else text

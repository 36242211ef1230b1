"""Our own signs in plain ASCII, for consoles and fonts that have no others.

One table, applied to every line of every widget just before it is sent: no widget need know of it,
and none can forget it. A sign stands for one that takes as many cells. What a lesson writes in
letters of other scripts stays as it is.
"""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_PAIRS = (
    ("✓✗×", "vxx"),
    ("○◐●•·", "o%**-"),
    ("›‹»«→←↑↓", "><>>><^v"),
    ("…–—“”‘’„−", '.--""\'\'"-'),
    # Bars, and rows of bars that rise.
    ("━╌╍┄┅┈┉", "=------"),
    ("▁▂▃▄▅▆▇█", "_.-=+*%#"),
    ("░▒▓▀", ".:%^"),
    # Borders and scroll bars, Textual's own too.
    ("─│┌┐└┘├┤┬┴┼", "-|+++++++++"),
    ("╭╮╰╯═║╔╗╚╝╸╺╴╶┃┏┓┗┛", "++++=|++++----|++++"),
    ("▉▊▋▌▍▎▏▐▔▕▖▗▘▙▚▛▜▝▞▟", "||||||||-|||||||||||"),
    ("▶▼▲◀◆◇■□▸▾", ">v^<**##>v"),
    ("✔✘⭘⏎↵␣", "vxo<<_"),
)
TABLE = str.maketrans("".join(own for own, _ in _PAIRS), "".join(plain for _, plain in _PAIRS))


class Plain(LineFilter):
    """Translates every sign of the table."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII; control segments are left alone."""
        return [
            segment
            if segment.text.isascii() or segment.control
            else segment._replace(text=segment.text.translate(TABLE))
            for segment in segments
        ]

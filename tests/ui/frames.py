"""The screen as text, read in one place off Textual's compositor."""

import unicodedata

from rich.segment import Segment
from textual.app import App
from textual.pilot import Pilot


def segments(app: App[object]) -> list[list[Segment]]:
    """Every row of the screen that is in front, as stretches of text with their styles."""
    # The compositor is private to Textual; this is the one place that knows of it.
    return [list(strip) for strip in app.screen._compositor.render_strips()]


def frame(app: App[object]) -> str:
    """The rows as text, blanks at their ends left out; none may hold a control character."""
    lines = []
    for row in segments(app):
        text = "".join(segment.text for segment in row)
        bad = [char for char in text if unicodedata.category(char) in ("Cc", "Cs")]
        assert not bad, f"control characters on the screen: {bad!r} in {text!r}"
        lines.append(text.rstrip())
    return "\n".join(lines)


async def footer(pilot: Pilot[object], words: str) -> str:
    """The last row once it says so; the footer comes with a refresh of its own."""
    while words not in (row := frame(pilot.app).splitlines()[-1]):
        await pilot.pause(0.05)
    return row

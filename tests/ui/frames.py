"""The screen as text, read in one place off Textual's compositor."""

import unicodedata

from textual.app import App


def frame(app: App[object]) -> str:
    """Every row of the screen that is in front; no segment may hold a control character."""
    lines = []
    # The compositor is private to Textual; this is the one place that knows of it.
    for strip in app.screen._compositor.render_strips():
        text = "".join(segment.text for segment in strip)
        bad = [char for char in text if unicodedata.category(char) in ("Cc", "Cs")]
        assert not bad, f"control characters on the screen: {bad!r} in {text!r}"
        # Formulas in running text hold together by hard spaces.
        lines.append(text.replace("\u00a0", " ").rstrip())
    return "\n".join(lines)

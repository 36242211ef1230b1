"""Small bars and marks in text, legible without colour."""

from textual.content import Content

from tutor.core.standing import Standing


def score_bar(points: float, maximum: float, width: int = 10) -> Content:
    """A bar of points earned, full and empty cells differing in glyph and colour."""
    share = points / maximum if maximum else 0.0
    full = min(width, max(0, round(share * width)))
    if share < 1 and full == width:
        full = width - 1
    return Content.assemble(("━" * full, "$success"), ("╌" * (width - full), "$ghost"))


def number(value: float) -> str:
    """Points without a needless fraction."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def points(value: float) -> str:
    """So many points, in words."""
    return "1 point" if value == 1 else f"{number(value)} points"


def earned(value: float, maximum: float) -> str:
    """`2 of 3 points`, or `no points` where there is nothing to earn."""
    return f"{number(value)} of {points(maximum)}" if maximum else "no points"


def mark(standing: Standing) -> Content:
    """One glyph for a lesson: passed, begun or not begun."""
    return done_mark(standing.passed, bool(standing.done_blocks))


def done_mark(passed: bool, begun: bool) -> Content:
    """One glyph for what can be passed: passed, begun or not begun."""
    if passed:
        return Content.styled("✓", "$success")
    if begun:
        return Content.styled("◐", "$accent")
    return Content.styled("○", "$ghost")

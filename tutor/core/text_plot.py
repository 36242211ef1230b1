"""A plot as plain lines, for pipes, reports and terminals without a screen."""

from tutor.core.bitmap import Drawing, draw
from tutor.core.canvas import Glyphs
from tutor.core.lesson import Plot
from tutor.core.raster import Chart, Overlay
from tutor.core.series import Metrics


def text_plot(
    plot: Plot,
    metrics: Metrics,
    width: int,
    height: int,
    *,
    total_steps: int | None = None,
    glyphs: Glyphs = "braille",
) -> list[str]:
    """One plot as plain rows of text, axes and legend included.

    Args:
        plot: What to draw.
        metrics: The readings.
        width: Cells of a row.
        height: How many rows.
        total_steps: Steps planned, where known.
        glyphs: What to draw with.
    """
    chart = Chart(plot, metrics, glyphs)
    chart.planned = total_steps
    return [row.rstrip() for row in chart.frame(width, height).rows]


def thumbnail(
    plot: Plot,
    metrics: Metrics,
    width: int,
    *,
    total_steps: int | None = None,
    glyphs: Glyphs = "braille",
) -> list[str]:
    """A plot as a small picture of five rows: its curves between two bare axes.

    Args:
        plot: What to draw.
        metrics: The readings.
        width: Cells of a row.
        total_steps: Steps planned, where known.
        glyphs: What to draw with.
    """
    chart = Chart(plot, metrics, glyphs)
    chart.planned, chart.bare = total_steps, True
    rows = [row.rstrip() for row in chart.frame(width - 1, 4).rows]
    side, corner, floor = ("|", "+", "-") if glyphs == "ascii" else ("│", "└", "─")
    return [*(f"{side}{row}" for row in rows), corner + floor * (width - 1)]


def text_overlay(
    over: Overlay, width: int, height: int, *, glyphs: Glyphs = "braille"
) -> list[str]:
    """Runs over each other as plain rows of text."""
    chart = Chart(over.plot, over.metrics, glyphs)
    chart.lay(over)
    return [row.rstrip() for row in chart.frame(width, height).rows]


def text_drawing(
    drawing: Drawing, width: int, height: int, *, glyphs: Glyphs = "braille"
) -> list[str]:
    """A picture as plain rows of text, its caption included."""
    rows = draw(drawing, width, height, glyphs=glyphs, mono=True)
    return ["".join(cell.char for cell in row).rstrip() for row in rows]

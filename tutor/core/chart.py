"""A whole plot as rows of cells: legend, axes, curves, target, what was lost."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct, field

from tutor.core import axes
from tutor.core.lesson import Plot
from tutor.core.raster import BLANK, Canvas, Cell, Glyphs, Scale, stroke
from tutor.core.series import Metrics, Series

SMOOTHING = (0.0, 0.6, 0.9, 0.97)
ROLES = ("train", "valid", "third", "fourth")
MARKERS = {"braille": "•○◆□", "block": "•○◆□", "ascii": "*o#@"}
Curve = list[tuple[float, float]]


class Band(NamedTuple):
    """Recorded runs of the same knobs: least and greatest over seeds, None where not finite."""

    step: Sequence[int]
    low: Sequence[float | None]
    high: Sequence[float | None]


class View(Struct):
    """How a plot is looked at.

    Attributes:
        total: Planned steps; the x axis is fixed to them.
        log_y, log_x: Logarithmic axes.
        smoothing: Index into SMOOTHING.
        zoom: Steps shown, or None for all.
        cursor: Share of the x axis where the crosshair stands, or None.
        ghosts: Earlier curves, by their label.
        band: Recorded runs.
        y: Limits of the y axis; they only grow.
        x_max: Right end of the x axis.
    """

    total: int | None = None
    log_y: bool = False
    log_x: bool = False
    smoothing: int = 1
    zoom: tuple[float, float] | None = None
    cursor: float | None = None
    ghosts: list[tuple[str, Curve]] = field(default_factory=list)
    band: Band | None = None
    y: axes.Range = field(default_factory=axes.Range)
    x_max: float = 1.0


def chart(
    plot: Plot, metrics: Metrics, view: View, width: int, height: int, glyphs: Glyphs = "braille"
) -> list[list[Cell]]:
    """A plot in so many columns and rows; of any size, with any data, it never raises.

    From the top: the legend, the canvas with numbers at its left, the x axis, the steps under it,
    and one row for what is to be said.
    """
    if width <= 0 or height <= 0:
        return []
    left = axes.LABEL + 2 if width >= 30 else 0
    below = 3 if height >= 8 else 1 if height >= 4 else 0
    above = 1 if height >= 5 else 0
    canvas = Canvas(width - left, height - above - below, glyphs)
    drawn = [(name, metrics.series.get(name)) for name in plot.series]
    x0, x1 = _x_limits(drawn, view)
    _grow(plot, drawn, view, (x0, x1))
    scale = Scale(
        canvas,
        (x0, x1),
        (
            view.y.low if view.y.low is not None else 0.0,
            view.y.high if view.y.high is not None else 1.0,
        ),
        log_x=view.log_x,
        log_y=view.log_y,
    )
    dropped = _draw(plot, drawn, metrics, view, canvas, scale)
    rows = [_row(_legend(plot, drawn, width, glyphs), width)] if above else []
    labels = _y_labels(canvas.rows, view, glyphs) if left else [[] for _ in range(canvas.rows)]
    empty = all(series is None or not series.count for _, series in drawn)
    for number, cells in enumerate(canvas.cells()):
        rows.append(_row([*labels[number], *cells], width))
    if empty and canvas.rows:
        _write(rows[above + canvas.rows // 2], "waiting for the first reading", left, "quiet")
    if below:
        rows += _below(plot, drawn, metrics, view, (x0, x1), left, width, below, glyphs, dropped)
    return rows[:height]


def text_plot(
    plot: Plot,
    metrics: Metrics,
    width: int,
    height: int,
    *,
    total_steps: int | None = None,
    glyphs: Glyphs = "braille",
) -> list[str]:
    """A plot as plain rows, for a command line or a log."""
    view = View(total=total_steps, log_y=plot.y == "log")
    cells = chart(plot, metrics, view, width, height, glyphs)
    return ["".join(char for char, _ in row).rstrip() for row in cells]


# --- limits ---------------------------------------------------------------------------------------

Drawn = list[tuple[str, Series | None]]


def _x_limits(drawn: Drawn, view: View) -> tuple[float, float]:
    if view.zoom is not None:
        return view.zoom
    seen = max((series.last_step for _, series in drawn if series is not None), default=0)
    view.x_max = float(max(view.total or 1, 1)) if view.total else max(view.x_max, 10.0)
    while view.x_max < seen:
        # One repaint a doubling where nobody said how long it takes.
        view.x_max *= 2
    return 0.0, view.x_max


def _grow(plot: Plot, drawn: Drawn, view: View, x: tuple[float, float]) -> None:
    if view.zoom is not None:
        view.y.reset()
    values: list[float] = []
    for _, series in drawn:
        if series is None or series.least is None or series.greatest is None:
            continue
        if view.zoom is None and not view.log_y:
            values += [series.least, series.greatest]
            continue
        for bucket in series.buckets(*x):
            values += [bucket.low, bucket.high]
    if values and plot.target is not None:
        values.append(plot.target)
    if values:
        values += [value for _, curve in view.ghosts for _, value in curve]
    if view.y.take(values, view.log_y) and view.log_y and view.y.low is not None:
        # A loss that falls to nothing would flatten everything else.
        assert view.y.high is not None
        view.y.low = max(view.y.low, view.y.high - 8)


# --- drawing --------------------------------------------------------------------------------------


def _draw(
    plot: Plot, drawn: Drawn, metrics: Metrics, view: View, canvas: Canvas, scale: Scale
) -> int:
    if view.band is not None:
        _draw_band(view.band, canvas, scale)
    for _, curve in view.ghosts:
        stroke(canvas, scale, curve, "ghost", dotted=True)
    if plot.target is not None:
        row = scale.row(plot.target)
        if row is not None and any(series is not None for _, series in drawn):
            for x in range(0, canvas.width, 2):
                if (x // 4) % 2 == 0:
                    canvas.dot(x, row, "target")
    dropped = 0
    for index, (_, series) in enumerate(drawn):
        if series is not None:
            dropped += _draw_series(series, index, view, canvas, scale)
    for name, step, _ in metrics.bad:
        if name in plot.series:
            canvas.mark(scale.column(step), 0, "x", "bad")
    if view.cursor is not None:
        x = round(view.cursor * (canvas.width - 1))
        for y in range(0, canvas.height, 2):
            canvas.dot(x, y, "cursor")
    return dropped


def _draw_series(series: Series, index: int, view: View, canvas: Canvas, scale: Scale) -> int:
    role = ROLES[index % len(ROLES)]
    buckets = series.buckets()
    sparse = len(buckets) <= max(8, canvas.columns // 2) and series.count == len(buckets)
    if sparse:
        points = [(bucket.step, bucket.mean) for bucket in buckets]
        dropped = stroke(canvas, scale, points, role)
        marker = MARKERS[canvas.glyphs][index % 4]
        if index or len(buckets) == 1:
            for x, y in points:
                row = scale.row(y)
                if row is not None:
                    canvas.mark(scale.column(x), row, marker, role)
        return dropped
    # The raw spread of each column keeps every spike; the smoothed curve lies bright over it.
    dropped = 0
    for bucket in buckets:
        top, bottom = scale.row(bucket.high), scale.row(bucket.low)
        if top is None or bottom is None:
            dropped += bucket.count - bucket.bad if view.log_y else 0
            top = bottom = top if top is not None else bottom
        if top is not None and bottom is not None:
            canvas.column(scale.column(bucket.step), top, bottom, f"{role}-dim")
    stroke(canvas, scale, series.smoothed(SMOOTHING[view.smoothing]), role)
    return dropped


def _draw_band(band: Band, canvas: Canvas, scale: Scale) -> None:
    edges: tuple[Curve, Curve] = ([], [])
    for step, low, high in zip(band.step, band.low, band.high, strict=False):
        edges[0].append((step, math.nan if low is None else low))
        edges[1].append((step, math.nan if high is None else high))
    for edge in edges:
        stroke(canvas, scale, edge, "band", dotted=True)


# --- words ----------------------------------------------------------------------------------------


def _legend(plot: Plot, drawn: Drawn, width: int, glyphs: Glyphs) -> list[Cell]:
    """Each series with its latest and its best value, at fixed places."""
    cells: list[Cell] = []
    if plot.title and width >= 60:
        cells += [*_cells(plot.title, "title"), *_cells("   ", "")]
    for index, (name, series) in enumerate(drawn):
        role = ROLES[index % len(ROLES)]
        # In mono the sign says which curve: a line, or a line with marks on it.
        sign = MARKERS[glyphs][index % 4] if index else ("-" if glyphs == "ascii" else "━")
        last = axes.number(series.last) if series is not None and series.last is not None else "–"
        cells += _cells(f"{sign} ", role)
        cells += _cells(name, role)
        cells += _cells(f" {last:<{axes.LABEL}}", "")
        if series is not None and series.least is not None and width >= 76:
            best = series.greatest if _rises(name) else series.least
            assert best is not None
            cells += _cells(f" best {axes.number(best):<{axes.LABEL}}", "quiet")
        cells += _cells("  ", "")
    return cells


def _rises(name: str) -> bool:
    """Whether more is better, going by the metric's usual name."""
    return any(word in name for word in ("acc", "score", "auroc", "f1", "iou", "recall", "reward"))


def _y_labels(rows: int, view: View, glyphs: Glyphs) -> list[list[Cell]]:
    bar = "|" if glyphs == "ascii" else "│"
    labels = [[*_cells(" " * (axes.LABEL + 1), ""), (bar, "axis")] for _ in range(rows)]
    if view.y.low is None or view.y.high is None or rows < 2:
        return labels
    tick = "+" if glyphs == "ascii" else "┤"
    for value in axes.ticks(view.y.low, view.y.high, max(2, rows // 3), view.log_y):
        share = (view.y.high - value) / (view.y.high - view.y.low)
        shown = 10**value if view.log_y else value
        labels[round(share * (rows - 1))] = [
            *_cells(f"{axes.number(shown):>{axes.LABEL}} ", "axis"),
            (tick, "axis"),
        ]
    return labels


def _below(
    plot: Plot,
    drawn: Drawn,
    metrics: Metrics,
    view: View,
    x: tuple[float, float],
    left: int,
    width: int,
    rows: int,
    glyphs: Glyphs,
    dropped: int,
) -> list[list[Cell]]:
    axis = [BLANK] * max(0, left - 1) + _cells(
        ("+" if glyphs == "ascii" else "└") if left else "", "axis"
    )
    axis += _cells(("-" if glyphs == "ascii" else "─") * (width - left), "axis")
    if rows == 1:
        return [_row(axis, width)]
    inner = width - left
    middle = 10 ** (math.log10(max(1, x[1])) / 2) if view.log_x else (x[0] + x[1]) / 2
    first, last = axes.count(x[0]), f"{axes.count(x[1])} steps"
    centre = axes.count(middle)
    line = first
    if inner > len(first) + len(centre) + len(last) + 6:
        line = line.ljust(max(len(first) + 1, inner // 2 - len(centre) // 2)) + centre
    line = line.ljust(max(0, inner - len(last))) + last
    steps = [*_cells(" " * left, ""), *_cells(line[-inner:] if inner else "", "axis")]
    said = _said(plot, drawn, metrics, view, x, dropped)
    return [
        _row(axis, width),
        _row(steps, width),
        _row([*_cells(" " * left, ""), *said], width),
    ]


def _said(
    plot: Plot, drawn: Drawn, metrics: Metrics, view: View, x: tuple[float, float], dropped: int
) -> list[Cell]:
    """The row under the steps: the crosshair's values, else what was lost, else the target."""
    if view.cursor is not None:
        step = x[0] + view.cursor * (x[1] - x[0])
        said = _cells(f"step {step:.0f}  ", "cursor")
        for index, (name, series) in enumerate(drawn):
            value = _at(series, step)
            said += _cells(f"{name} {value}  ", ROLES[index % len(ROLES)])
        return said
    bad = next((each for each in metrics.bad if each[0] in plot.series), None)
    if bad is not None:
        name, step, kind = bad
        word = {"nan": "NaN", "inf": "infinite", "-inf": "minus infinite"}.get(kind, kind)
        return _cells(f"x {name} became {word} at step {step}", "bad")
    if dropped:
        return _cells(f"{dropped} values <= 0 are not on a logarithmic axis", "quiet")
    if plot.target is not None:
        words = plot.target_label or axes.number(plot.target)
        return [*_cells("╌╌ ", "target"), *_cells(words, "target")]
    if view.band is not None:
        return _cells("dotted: five recorded runs", "band")
    return []


def _at(series: Series | None, step: float) -> str:
    if series is None:
        return "–"
    before = series.buckets(x1=step)
    return axes.number(before[-1].mean) if before else "–"


def _cells(text: str, role: str) -> list[Cell]:
    return [(char, role) for char in text]


def _row(cells: Sequence[Cell], width: int) -> list[Cell]:
    return [*cells[:width], *[BLANK] * (width - len(cells))]


def _write(row: list[Cell], text: str, left: int, role: str) -> None:
    room = len(row) - left
    if room >= len(text):
        begin = left + (room - len(text)) // 2
        row[begin : begin + len(text)] = _cells(text, role)

"""The pictures of a run as PNG files, with captions, names and axes, drawn with matplotlib."""

import itertools
import math
import warnings
from collections.abc import Iterator
from typing import Any

from tutor.core.bitmap import Drawing
from tutor.core.colours import CLASSES
from tutor.core.pixels import ground, placed
from tutor.session.exporting.charts import INK, MARKERS, STYLE, plain, save
from tutor.session.exporting.extras import extra
from tutor.session.exporting.records import Record

SIZE = (5.0, 4.0)
"""Inches, at most; fields keep their proportions in it."""
LABELLED = 24
"""Classes whose counts are written into a confusion matrix, at most."""


def pictures(record: Record) -> Iterator[tuple[str, bytes]]:
    """File name and bytes of every picture of a run, in the order of the record.

    Words are a text file; a picture whose file is gone or cannot be read is left out.

    Raises:
        TutorError: If matplotlib is not installed.
    """
    extra("plots", "matplotlib", "matplotlib.figure")
    for saved in record.pictures:
        raw = record.live.read_picture(saved)
        if raw is None:
            continue
        drawing = Drawing.from_json(raw)
        # Safe as the worker made it; made again here, since a record is text that may be changed.
        stem = "".join(each if each.isalnum() else "-" for each in saved.name) or "picture"
        name = f"{record.name}-{saved.step:07d}-{stem}"
        if drawing.role == "text":
            yield f"{name}.txt", f"{drawing.caption}\n".encode()
        else:
            yield f"{name}.png", draw(drawing, f"{saved.name}, step {saved.step}")


def draw(drawing: Drawing, title: str) -> bytes:
    """A picture as a PNG file."""
    matplotlib, figures = extra("plots", "matplotlib", "matplotlib.figure")
    style = {**STYLE, "axes.grid": False}
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the font lacks is a box
        figure = figures.Figure(SIZE, layout="constrained")
        axes = figure.subplots()
        words = f"{title}\n{drawing.caption}" if drawing.caption else title
        axes.set_title(plain(words), loc="left", fontsize=9)
        if not _body(axes, drawing):
            axes.text(0.5, 0.5, "nothing to draw", ha="center", transform=axes.transAxes)
        return save(figure, bbox_inches="tight")


def _body(axes: Any, drawing: Drawing) -> bool:
    values = drawing.values()
    match drawing.role, drawing.shape:
        case _, shape if not shape or not all(shape):
            return False
        case "heat_map", (_, columns):
            _heat_map(axes, values, columns)
        case "confusion", (rows, columns):
            _confusion(axes, drawing, values, rows, columns)
        case "image_grid", (_, _, _, _):
            _image_grid(axes, drawing, values)
        case "decision", (_, columns):
            _decision(axes, drawing, values, columns)
        case "histogram", (_, 2):
            _bars(axes, drawing, values)
        case "lines", (count, length):
            for i in range(count):
                curve = values[i * length : (i + 1) * length]
                axes.plot(range(length), curve, color=INK[i % len(INK)], label=_name(drawing, i))
            _legend(axes)
        case "scatter", (_, across) if across >= 2:
            _scatter(axes, drawing, values, across)
        case _:
            return False
    return True


def _name(drawing: Drawing, index: int) -> str | None:
    return plain(drawing.labels[index]) if 0 <= index < len(drawing.labels) else None


def _legend(axes: Any) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best")


def _rows(values: list[Any], columns: int) -> list[list[Any]]:
    return [values[at : at + columns] for at in range(0, len(values), columns)]


def _heat_map(axes: Any, values: list[float], columns: int) -> None:
    image = axes.imshow(_rows(values, columns), cmap="inferno", interpolation="nearest")
    axes.figure.colorbar(image, ax=axes, shrink=0.8)


def _confusion(axes: Any, drawing: Drawing, values: list[float], rows: int, columns: int) -> None:
    """Counts in colours of their share of the true class."""
    counts = _rows(values, columns)
    totals = [
        sum(each for each in row if math.isfinite(each) and each > 0) or 1.0 for row in counts
    ]
    share = [[each / total for each in row] for row, total in zip(counts, totals, strict=True)]
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for axis, size in ((axes.set_xticks, columns), (axes.set_yticks, rows)):
        axis(range(size), [_name(drawing, i) or str(i) for i in range(size)], fontsize=7)
    axes.set_xlabel("answer")
    axes.set_ylabel("true class")
    if max(rows, columns) > LABELLED:
        return
    for y, row in enumerate(counts):
        for x, count in enumerate(row):
            if count:
                ink = "white" if share[y][x] > 0.5 else "black"
                axes.text(x, y, f"{count:g}", ha="center", va="center", fontsize=7, color=ink)


def _image_grid(axes: Any, drawing: Drawing, values: list[float]) -> None:
    """Images side by side, each with its label above it."""
    down, across, rows, columns = drawing.shape
    named = len(drawing.labels) == down * across
    wide, high = columns * 1.05, rows * (1.25 if named else 1.05)
    for i in range(down * across):
        image = _rows(values[i * rows * columns : (i + 1) * rows * columns], columns)
        x, y = i % across * wide, i // across * high
        where = (x, x + columns, y + rows, y)
        axes.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest", extent=where)
        if named:
            axes.text(x, y, plain(drawing.labels[i]), va="bottom", fontsize=6, clip_on=False)
    axes.set_xlim(0, across * wide)
    axes.set_ylim(down * high, rows - high)
    axes.set_axis_off()


def _decision(axes: Any, drawing: Drawing, values: list[float], columns: int) -> None:
    left, right, bottom, top = drawing.extent or (0.0, 1.0, 0.0, 1.0)
    field = _rows(list(ground(values)), columns)
    axes.imshow(field, extent=(left, right, bottom, top), interpolation="nearest", aspect="auto")
    samples = placed(drawing)
    for kind in sorted({sample.kind for sample in samples}):
        own = [sample for sample in samples if sample.kind == kind]
        colour = tuple(part / 255 for part in CLASSES[kind % len(CLASSES)])
        axes.plot(
            [left + sample.x * (right - left) for sample in own],
            [bottom + sample.y * (top - bottom) for sample in own],
            linestyle="none",
            marker=MARKERS[kind % len(MARKERS)],
            markersize=4.5,
            color=colour,
            markeredgecolor="white",
            label=_name(drawing, kind) or f"class {kind}",
        )
    _legend(axes)


def _bars(axes: Any, drawing: Drawing, values: list[float]) -> None:
    """Named bars lie, bins stand."""
    edges, counts = values[::2], values[1::2]
    if len(drawing.labels) == len(counts):
        axes.barh(range(len(counts)), counts, color=INK[0])
        axes.set_yticks(range(len(counts)), map(plain, drawing.labels), fontsize=7)
        axes.invert_yaxis()
        return
    widths = [b - a for a, b in itertools.pairwise(edges)]
    axes.bar(edges, counts, [*widths, widths[-1] if widths else 1.0], align="edge", color=INK[0])
    axes.set_ylabel("count")


def _scatter(axes: Any, drawing: Drawing, values: list[float], across: int) -> None:
    points = [point for point in _rows(values, across) if all(map(math.isfinite, point[:3]))]
    kinds = [round(point[2]) if across > 2 else 0 for point in points]
    for kind in sorted(set(kinds)):
        own = [point for point, each in zip(points, kinds, strict=True) if each == kind]
        x, y = [point[0] for point in own], [point[1] for point in own]
        look = {"marker": MARKERS[kind % len(MARKERS)], "color": INK[kind % len(INK)]}
        axes.plot(x, y, linestyle="none", markersize=4, label=_name(drawing, kind), **look)
    _legend(axes)

"""A network as rows of text: each layer with its shape, a bar as wide as what it makes, its costs."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tutor.core.axes import Axis, around, short
from tutor.core.canvas import Glyphs, narrow
from tutor.core.legend import BAD, BLANK, LINE, MARK, QUIET, TARGET, TEXT, TITLE, Span
from tutor.core.network import (
    Anatomy,
    Cost,
    Gradients,
    Layer,
    amount,
    is_box,
    own_name,
    pace,
    shape,
    size,
    whole,
)
from tutor.core.text import visible

ROOMY, NARROW = 90, 58
"""Columns from which on names need not be short, and below which some figures are left out."""
_PACES = {"small": MARK, "usual": TARGET, "large": BAD, "still": QUIET}


class Diagram(NamedTuple):
    """The rows: the sample that goes in first, then a row for each call."""

    head: list[Span]
    rows: list[list[Span]]


class _Columns(NamedTuple):
    """Cells of each column; 0 where it is left out."""

    name: int
    kind: int
    shape: int
    bar: int
    figures: int


def costs(anatomy: Anatomy, width: int, glyphs: Glyphs = "braille") -> Diagram:
    """What each layer makes, and its parameters, FLOPs and memory, with all that is inside it.

    The bars are centred, so that the network is seen as it narrows and widens; their widths go with
    the logarithm of how many numbers a layer makes.

    Args:
        anatomy: The network.
        width: Cells of a row.
        glyphs: What to draw with.
    """
    figures = 3 if width >= NARROW else 1
    columns = _columns(anatomy, width, 7 * min(figures, 2) + (9 if figures == 3 else 0))
    most = max((math.prod(layer.made) for layer in anatomy.layers if layer.made), default=1)
    given = anatomy.layers[0].given if anatomy.layers else []
    most = max(most, math.prod(given) if given else 1)
    heads = ("param.", "FLOPs", "memory")[:figures]
    head = [*_names("layer", "kind", "makes", columns), (" " * columns.bar, BLANK)]
    head += [(f"{text:>{9 if text == 'memory' else 7}}", QUIET) for text in heads]
    start = _names("in", "the sample", shape(given, anatomy.samples), columns)
    rows = [[*start, *_centred(given, most, columns.bar, QUIET, glyphs)]]
    for i, (layer, cost) in enumerate(zip(anatomy.layers, whole(anatomy.layers), strict=True)):
        rows.append(_row(anatomy, i, columns))
        box = is_box(anatomy.layers, i)
        role = LINE if layer.parameters else QUIET
        rows[-1] += _centred([] if box else layer.made, most, columns.bar, role, glyphs)
        rows[-1] += _figures(layer, cost, figures, box=box)
    return Diagram(head, rows)


def slopes(
    anatomy: Anatomy, gradients: Gradients | None, width: int, glyphs: Glyphs = "braille"
) -> Diagram:
    """How large the gradient is along the depth, and how far the last update moved each layer.

    Args:
        anatomy: The network.
        gradients: The newest, where there are any.
        width: Cells of a row.
        glyphs: What to draw with.
    """
    found = gradients or Gradients(0, [], [])
    norms = dict(zip(found.names, found.norms, strict=False))
    ratios = dict(zip(found.names, found.ratios, strict=False))
    axis = around((norm for norm in norms.values() if norm), log=True) or Axis(0.1, 1.0, log=True)
    paced = 14 if width >= NARROW else 0
    columns = _columns(anatomy, width, 9 + paced)
    head = [*_names("layer", "kind", "makes", columns), (_scale(axis, columns.bar), QUIET)]
    head += [(f"{'norm':>8} ", QUIET), (f"{'update/weight':<{paced}}"[:paced], QUIET)]
    rows = [_names("in", "the sample", shape([]), columns)]
    for i, layer in enumerate(anatomy.layers):
        row = _row(anatomy, i, columns)
        # Called twice it has one gradient, which stands with its first call.
        if layer.name in norms:
            row += _slope(norms[layer.name], ratios.get(layer.name), axis, columns.bar, glyphs)
        rows.append(row if paced else _clipped(row, width))
    return Diagram(head, rows)


def _scale(axis: Axis, room: int) -> str:
    """What the bars of the gradient mean, as fully as there is room for."""
    low, high = f"{axis.low:g}", f"{axis.high:g}"
    for words in (" gradient, log ", " log "):
        left = room - 1 - len(low) - len(words) - len(high)
        if left >= 0:
            return f"{low}{' ' * (left // 2)}{words}{' ' * (left - left // 2)}{high} "
    return f"{'gradient':<{room}}"[:room]


def _columns(anatomy: Anatomy, width: int, figures: int) -> _Columns:
    """As wide as what stands in them, as far as there is room."""
    layers = anatomy.layers
    roomy = width >= ROOMY
    longest = [len(own_name(layers, i)) + _indent(layer) for i, layer in enumerate(layers)]
    name = min(26 if roomy else 16 if width >= NARROW else 12, max([5, *longest]))
    kind = min(18 if roomy else 12, max([10, *(len(layer.kind) for layer in layers)]))
    kind = kind if width >= NARROW else 0
    made = min(16 if roomy else 12, max([5, *(len(shape(each.made, 1)) for each in layers)]))
    used = name + 1 + (kind + 1 if kind else 0) + made + 1 + figures
    return _Columns(name, kind, made, max(0, width - used), figures)


def _indent(layer: Layer) -> int:
    return min(2 * layer.depth, 12)


def _row(anatomy: Anatomy, index: int, columns: _Columns) -> list[Span]:
    layer = anatomy.layers[index]
    name = " " * _indent(layer) + visible(own_name(anatomy.layers, index))
    return _names(
        name,
        visible(layer.kind),
        shape(layer.made, anatomy.samples),
        columns,
        TITLE if is_box(anatomy.layers, index) else TEXT,
    )


def _names(name: str, kind: str, made: str, columns: _Columns, role: int = QUIET) -> list[Span]:
    spans = [(_cell(name, columns.name) + " ", role)]
    if columns.kind:
        spans.append((_cell(kind, columns.kind) + " ", QUIET))
    return [*spans, (_cell(made, columns.shape) + " ", role if role == QUIET else TEXT)]


def _cell(text: str, width: int) -> str:
    """A text in so many cells; of one that is too long the end is told, behind its indent."""
    text = narrow(text)
    if len(text) > width:
        inner = text.lstrip(" ")
        indent = text[: max(0, min(len(text) - len(inner), width - 4))]
        text = f"{indent}…{inner[len(inner) - (width - len(indent) - 1) :]}"
    return f"{text:<{width}}"


def _centred(made: Sequence[int], most: int, room: int, role: int, glyphs: Glyphs) -> list[Span]:
    count = math.prod(made) if made else 0
    if not count or room < 3:
        return [(" " * room, BLANK)]
    share = math.log(count + 1) / math.log(most + 1)
    # Of one parity all of them, so that each stands exactly over the next.
    wide = max(1, round(share * (room - 2)) // 2 * 2 + room % 2)
    left = (room - wide) // 2
    bar = ("#" if glyphs == "ascii" else "█") * wide
    return [(" " * left, BLANK), (bar, role), (" " * (room - left - wide), BLANK)]


def _figures(layer: Layer, cost: Cost, count: int, *, box: bool) -> list[Span]:
    """Of a box in a quiet tone, for they are those of its rows once more."""
    role = QUIET if box else TEXT
    texts = (amount(cost.parameters), amount(cost.flops), size(cost.made_bytes))
    values = (cost.parameters, cost.flops, cost.made_bytes)
    cells = []
    for i, (text, value) in enumerate(zip(texts[:count], values, strict=False)):
        cells.append((f"{text if value else '·':>{9 if i == 2 else 7}}", role if value else QUIET))
    return cells


def _slope(
    norm: float | None, ratio: float | None, axis: Axis, room: int, glyphs: Glyphs
) -> list[Span]:
    """A bar from the low end of a logarithmic axis to the norm, and the figures."""
    if norm is None:
        return [(f"{'not a finite number':<{room}}"[:room], BAD), (f"{'–':>8} ", BAD)]
    cells = max(1, round(axis.place(norm) * (room - 1))) if norm > 0 else 0
    bar = ("#" if glyphs == "ascii" else "█") * min(cells, max(0, room - 1))
    spans = [(bar, LINE), (" " * (room - len(bar)), BLANK), (f"{short(norm):>8} ", TEXT)]
    if ratio is None:
        return [*spans, ("–", QUIET)]
    return [*spans, (f"{ratio:.1e} ", TEXT), (pace(ratio), _PACES[pace(ratio)])]


def _clipped(row: list[Span], width: int) -> list[Span]:
    """As much of a row as there is room for."""
    kept = []
    for text, role in row:
        kept.append((text[:width], role))
        width -= len(text[:width])
    return kept

"""Pictures with words in them: confusion, attention between tokens, how likely each token was."""

import math
from collections.abc import Sequence

from tutor.core.axes import short
from tutor.core.canvas import Glyphs, narrow
from tutor.core.colours import BLUE, ORANGE, SHADES, WHITE, Look, heat, level, mix, shade
from tutor.core.legend import LINE, QUIET, SLOTS, TEXT, TITLE
from tutor.core.sketches import Cell, Row, words

LABEL = 12
"""Most cells of a name at the left."""
UPRIGHT = 5
"""Most rows of names that are written downwards, where they do not fit side by side."""
RIGHT, WRONG, NONE = (36, 128, 72), (176, 52, 64), (38, 44, 56)
BARS = "▁▂▃▄▅▆▇█"
DIGITS = "0123456789"


def confusion(
    values: Sequence[float],
    rows: int,
    columns: int,
    labels: Sequence[str],
    width: int,
    height: int,
    look: Look,
) -> list[Row]:
    """Counts: true classes down, answers across; the stronger the greater their share of the row.

    Where there is room each row ends with its recall: the share of a class that was found.
    """
    names = labels if len(labels) >= max(rows, columns) else ()
    names = tuple(narrow(name) for name in names) or tuple(map(str, range(max(rows, columns))))
    label = min(10, max(map(len, names))) + 1
    cell = max(3, min(7, (width - label) // columns))
    recalls = rows == columns and label + cell * columns + 8 <= width
    drawn: list[Row] = [words(" " * label, width, QUIET)]
    for name in names[:columns]:
        drawn[0] += words(f"{name[: cell - 1]:>{cell}}", width, QUIET)
    drawn[0] += words("  recall" if recalls else "", width, QUIET)
    for i in range(rows):
        counts = values[i * columns : (i + 1) * columns]
        total = sum(value for value in counts if math.isfinite(value))
        row = words(f"{names[i][: label - 1]:>{label - 1}} ", width, QUIET)
        for j, count in enumerate(counts):
            row += _count(count, total, cell, look, right=i == j)
        if recalls:
            found = counts[i] / total if total > 0 and math.isfinite(counts[i]) else math.nan
            none = "-" if look == "ascii" else "–"
            text = none if math.isnan(found) else f"{found:.0%}"
            row += words(f"{text:>8}", width, TEXT)
        drawn.append(row)
    return drawn[:height]


def _count(count: float, total: float, cell: int, look: Look, *, right: bool) -> Row:
    text = "." if look == "ascii" else "·"
    if count != 0:
        whole = math.isfinite(count) and count == int(count)
        text = f"{count:.0f}" if whole else short(count, 6)
    text = f"{text[: cell - 1]:>{cell - 1}} "
    share = max(0.0, count / total) if total > 0 and math.isfinite(count) else 0.0
    if look == "colour" and share > 0:
        back = mix(NONE, RIGHT if right else WRONG, level(share**0.5))
        return [Cell(char, WHITE, back) for char in text]
    role = QUIET if count == 0 else TITLE if right else TEXT
    return [Cell(char, role) for char in text]


# --- attention ----------------------------------------------------------------------------------------


def attention(
    values: Sequence[float],
    heads: int,
    rows: int,
    columns: int,
    labels: Sequence[str],
    width: int,
    height: int,
    look: Look,
) -> list[Row] | None:
    """Who looks at whom: a row for each query, a column for each key, heads side by side.

    Args:
        values: `heads` times `rows` times `columns` weights; the greatest is drawn strongest.
        heads: Maps of one layer. As many are drawn as there is room for, and said so.
        rows: Queries.
        columns: Keys.
        labels: Names of the rows and then of the columns; of both, where there are only so many.
        width: Cells of a row.
        height: How many rows.
        look: What says how great a weight is.

    Returns:
        The rows, or None where there is no room for a row each.
    """
    across, down = _sides([narrow(label) for label in labels], rows, columns)
    label = min(LABEL, max(map(len, across), default=-1)) + 1
    cell = max(1, min(6, (width - label) // columns))
    if label + columns > width or rows > height:
        return None
    cell = min(cell, max(2, max(map(len, down), default=0) + 1))
    shown = min(heads, max(1, (width - label + 2) // (columns * cell + 2)))
    top = max((value for value in values if math.isfinite(value)), default=1.0) or 1.0
    drawn = [
        words(" " * label + (line + "  ") * shown, width, QUIET)
        for line in _heading(down, cell, height - rows)
    ]
    for i in range(rows):
        name = across[i][: label - 1] if across else ""
        row = words(f"{name:>{label - 1}} " if label else "", width, QUIET)
        for head in range(shown):
            begin = (head * rows + i) * columns
            for value in values[begin : begin + columns]:
                row += _weight(value / top, cell, look)
            row += words("  ", width, QUIET)
        drawn.append(row)
    if shown < heads and len(drawn) < height:
        drawn.append(words(f"heads 1 to {shown} of {heads}", width, QUIET))
    return drawn


def _sides(labels: list[str], rows: int, columns: int) -> tuple[list[str], list[str]]:
    if len(labels) == rows + columns:
        return labels[:rows], labels[rows:]
    return (labels if len(labels) == rows else []), (labels if len(labels) == columns else [])


def _heading(names: Sequence[str], cell: int, room: int) -> list[str]:
    """Names over columns of so many cells: side by side, or downwards where they are longer."""
    longest = max(map(len, names), default=0)
    if longest < cell:
        lines = ["".join(f"{name:<{cell}}" for name in names)] if longest else []
    else:
        lines = [
            "".join(f"{name[line : line + 1]:<{cell}}" for name in names)
            for line in range(min(UPRIGHT, longest))
        ]
    return lines[: max(0, room)]


def _weight(share: float, cell: int, look: Look) -> Row:
    if not math.isfinite(share):
        return [Cell(char, QUIET) for char in f"{'?':<{cell}}"]
    if look == "colour":
        return [Cell(" ", TEXT, heat(share))] * cell
    return [Cell(shade(share, look), TEXT)] * cell


# --- tokens -------------------------------------------------------------------------------------------


def tokens(
    values: Sequence[float], pieces: Sequence[str], width: int, height: int, look: Look
) -> list[Row]:
    """A text with how likely each of its pieces was: as its ground, or as bars under it.

    Args:
        values: The probability of each piece; one that is not finite was given, not written.
        pieces: The text in pieces; a line feed in one begins a new line.
        width: Cells of a row.
        height: How many rows.
        look: What says how likely.
    """
    lines: list[list[tuple[str, float]]] = [[]]
    for piece, value in zip(pieces, values, strict=False):
        for char in piece:
            if char == "\n" or len(lines[-1]) == width:
                lines.append([])
            if char != "\n" and (char := narrow(char)):
                lines[-1].append((char, value))
    drawn: list[Row] = []
    for line in lines:
        drawn.append([_token(char, value, look) for char, value in line])
        if look != "colour":
            drawn.append([Cell(_height(value, look), QUIET) for _, value in line])
    return drawn[:height]


def _token(char: str, value: float, look: Look) -> Cell:
    if look != "colour" or not math.isfinite(value):
        return Cell(char, TEXT if math.isfinite(value) else QUIET)
    # Eight steps: a text changes its colour from piece to piece, and changes are what costs bytes.
    return Cell(char, WHITE, mix(ORANGE, BLUE, round(min(1.0, max(0.0, value)) * 7) / 7))


def _height(value: float, look: Look) -> str:
    if not math.isfinite(value):
        return " "
    ramp = DIGITS if look == "ascii" else BARS
    return ramp[min(len(ramp) - 1, max(0, int(min(value, 1.0) * len(ramp))))]


# --- histograms ---------------------------------------------------------------------------------------


def histograms(
    values: Sequence[float],
    layers: int,
    bins: int,
    labels: Sequence[str],
    ends: tuple[float, float] | None,
    width: int,
    height: int,
    glyphs: Glyphs,
) -> list[Row]:
    """A row of bars for each layer, the first on top; tall where there is room.

    Args:
        values: `layers` times `bins` shares of that layer's numbers.
        layers: How many layers; where they are more than rows, some are left out, evenly.
        bins: How many bins.
        labels: Their names.
        ends: What the axis begins and ends with.
        width: Cells of a row.
        height: How many rows.
        glyphs: What to draw with.
    """
    names = [narrow(label) for label in labels[:layers]] or [str(i + 1) for i in range(layers)]
    label = min(LABEL + 6, max(6, width // 3), max(map(len, names))) + 1
    cell = max(1, (width - label) // bins)
    room = max(1, height - 1)
    shown = min(layers, room)
    tall = max(1, min(3, room // shown))
    drawn: list[Row] = []
    for k in range(shown):
        i = k * (layers - 1) // max(1, shown - 1) if shown > 1 else 0
        row = values[i * bins : (i + 1) * bins]
        top = max((value for value in row if math.isfinite(value)), default=0.0)
        name = names[i] if i < len(names) else ""
        name = name if len(name) < label else "…" + name[2 - label :]
        for floor in reversed(range(tall)):
            head = f"{'' if floor else name:>{label - 1}} "
            bars = [
                Cell(char, LINE + i % SLOTS)
                for value in row
                for char in _bar(value, top, floor, tall, glyphs) * cell
            ]
            drawn.append([*words(head, width, QUIET), *bars])
    if len(drawn) < height and ends is not None:
        left, right = f"{ends[0]:g}", f"{ends[1]:g}"
        axis = f"{left}{right:>{max(1, bins * cell - len(left))}}"
        drawn.append(words(" " * label + axis, width, QUIET))
    return drawn


def _bar(value: float, top: float, floor: int, floors: int, glyphs: Glyphs) -> str:
    """The part of a bar that stands on a floor, counted from 0 at the bottom."""
    share = value / top if top > 0 and math.isfinite(value) else 0.0
    part = min(1.0, max(0.0, share * floors - floor))
    if glyphs == "ascii":
        return SHADES["ascii"][round(part * 9)]
    # What is there at all is seen.
    least = 1 if floor == 0 and share > 0 else 0
    return (" " + BARS)[max(least, round(part * 8))]

"""The pictures of a run as rows of coloured characters, by what their numbers are.

Half blocks put two dots into a cell where there are colours; without colours a ramp of shades and
marks say the same.
"""

import math
import textwrap
from bisect import bisect_left
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from tutor.core import sketches, tables
from tutor.core.canvas import Glyphs, narrow
from tutor.core.colours import (
    CLASSES,
    LEVELS,
    RGB,
    SHADES,
    SIDES,
    WHITE,
    Look,
    grey,
    heat,
    level,
    shade,
    side,
)
from tutor.core.legend import QUIET, TEXT, TITLE
from tutor.core.sketches import Cell, Row, words
from tutor.core.text import visible

MARKS = "ox+*#@%&"
STAYS = 0.75
"""Share of a step of colour that a value may move before it is drawn as another one."""


class Drawing(Struct, frozen=True):
    """A picture as the worker wrote it; `models.reading.Picture` says what each role holds."""

    role: str
    shape: tuple[int, ...] = ()
    data: list[float | None] = []
    caption: str = ""
    labels: tuple[str, ...] = ()
    extent: tuple[float, float, float, float] | None = None
    points: list[list[float | None]] | None = None
    log_x: bool = False
    """Of a scatter: whether x stands at equal ratios."""

    @classmethod
    def from_json(cls, raw: bytes) -> "Drawing":
        """Read a picture's file; one that cannot be read says so as its text."""
        try:
            found = _decoder.decode(raw)
        except msgspec.DecodeError:
            return cls(role="text", caption="This picture cannot be read.")
        if found.role != "text" and math.prod(found.shape) != len(found.data):
            return cls(role="text", caption="This picture's numbers do not fit its shape.")
        return msgspec.structs.replace(
            found,
            caption=visible(found.caption),
            labels=tuple(_label(label, found.role) for label in found.labels),
        )

    def values(self) -> list[float]:
        """The flat data, NaN where it was not finite."""
        return [math.nan if value is None else value for value in self.data]


def steady(drawing: Drawing, shown: Drawing) -> Drawing:
    """A picture in which values that hardly moved are those of the one that is shown.

    What lies between two steps of colour would else flicker from one to the other and back.
    """
    if (drawing.role, drawing.shape) != (shown.role, shown.shape):
        return drawing
    if drawing.role == "decision":
        step = 1 / (len(SIDES) - 1)
    elif drawing.role in ("image_grid", "heat_map"):
        known = [value for value in drawing.data if value is not None]
        span = max(known, default=0.0) - min(known, default=0.0)
        step = (1.0 if drawing.role == "image_grid" else span) / LEVELS
    else:
        return drawing
    data = [
        old if new is not None and old is not None and abs(new - old) < STAYS * step else new
        for new, old in zip(drawing.data, shown.data, strict=True)
    ]
    return msgspec.structs.replace(drawing, data=data)


def _label(label: str, role: str) -> str:
    """A name in one line; of a text in pieces, line feeds are part of it."""
    shown = visible(label).replace("\t", " ")
    return shown if role == "tokens" else shown.replace("\n", " ")


_decoder = msgspec.json.Decoder(Drawing)


def draw(
    drawing: Drawing, width: int, height: int, *, glyphs: Glyphs = "braille", mono: bool = False
) -> list[Row]:
    """A picture with its caption in so many cells; it never raises, whatever it holds.

    Args:
        drawing: What to draw.
        width: Cells of a row.
        height: How many rows.
        glyphs: What to draw with.
        mono: Whether colours say nothing here.
    """
    if width < 1 or height < 1:
        return []
    if drawing.role == "text":
        return [words(line, width, TEXT) for line in drawing.caption.split("\n")][:height]
    # A quarter of the rows at most: the picture is what one came for.
    caption = _wrapped(drawing.caption.partition("\n")[0], width)[: max(1, height // 4)]
    room = height - len(caption) if height > 2 and drawing.caption else height
    look: Look = "ascii" if glyphs == "ascii" else "shades" if mono else "colour"
    rows = _body(drawing, width, room, glyphs, look)
    if rows is None:
        rows = [words(f"a picture of {drawing.role}, which has no form here", width, QUIET)]
    rows = [row[:width] for row in rows[:room]]
    if room < height:
        rows += [words(line, width, QUIET) for line in caption]
    return rows


def _wrapped(line: str, width: int) -> list[str]:
    """A line in as many rows as it needs; one that fits stays as it is, with its spaces."""
    return [line] if len(line) <= width else textwrap.wrap(line, width)


def _body(
    drawing: Drawing, width: int, height: int, glyphs: Glyphs, look: Look
) -> list[Row] | None:
    values = drawing.values()
    match drawing.role, drawing.shape:
        case _, shape if not all(shape) or not shape:
            return [words("nothing to draw yet", width, QUIET)]
        case "decision", (rows, columns):
            return _decision(drawing, values, rows, columns, width, height, look)
        case "confusion", (rows, columns):
            return tables.confusion(values, rows, columns, drawing.labels, width, height, look)
        case "attention", (*heads, rows, columns):
            return _attention(
                drawing, values, (math.prod(heads), rows, columns), width, height, look
            )
        case "heat_map", (rows, columns):
            return _heat_map(values, rows, columns, width, height, look)
        case "landscape", (rows, columns):
            return _landscape(drawing, values, rows, columns, width, height, look)
        case "tokens", (_,):
            return tables.tokens(values, drawing.labels, width, height, look)
        case "histograms", (layers, bins):
            ends = drawing.extent[:2] if drawing.extent else None
            return tables.histograms(
                values, layers, bins, drawing.labels, ends, width, height, glyphs
            )
        case "image_grid", (_, _, _, _):
            return _image_grid(drawing, values, width, height, look)
        case "histogram", (bins, 2):
            return sketches.histogram(values, bins, drawing.labels, width, height, glyphs)
        case "lines", (count, length):
            return sketches.lines(values, count, length, drawing.labels, width, height, glyphs)
        case "scatter", (count, across) if across >= 2:
            size, names = (width, height), drawing.labels
            return sketches.scatter(
                values, count, across, names, *size, glyphs, log_x=drawing.log_x
            )
        case _:
            return None


# --- fields -----------------------------------------------------------------------------------------


def _pair(upper: float, lower: float, look: Look, colour: Callable[[float], RGB]) -> Cell:
    """Two values over each other in one cell."""
    if look == "colour":
        return Cell("▀", colour(upper), colour(lower))
    return Cell(shade((level(upper) + level(lower)) / 2, look), TEXT)


def _fitted(rows: int, columns: int, width: int, height: int) -> tuple[int, int]:
    """Dots down and across of a field in so many cells: whole dots for each value if they fit."""
    scale = min(width / columns, 2 * height / rows)
    scale = float(int(scale)) if scale >= 1 else scale
    return max(1, int(rows * scale)), max(1, int(columns * scale))


def _field(
    values: Sequence[float],
    rows: int,
    columns: int,
    size: tuple[int, int],
    look: Look,
    colour: Callable[[float], RGB],
) -> list[Row]:
    """A field of numbers from 0 to 1 in so many dots down and across."""
    down, across = size

    def at(y: int, x: int) -> float:
        return values[min(y, down - 1) * rows // down * columns + x * columns // across]

    return [
        [_pair(at(y, x), at(y + 1, x), look, colour) for x in range(across)]
        for y in range(0, down, 2)
    ]


def _heat_map(
    values: Sequence[float], rows: int, columns: int, width: int, height: int, look: Look
) -> list[Row]:
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    half = high / 2 - low / 2  # the whole span of huge numbers would run over
    shares = [(value / 2 - low / 2) / half if half > 0 else 0.0 for value in values]
    room = height - 1 if height > 3 else height
    drawn = _field(shares, rows, columns, _fitted(rows, columns, width, room), look, heat)
    if room < height and finite:
        ramp = [_pair(i / 9, i / 9, look, heat) for i in range(10)]
        ends = words(f"{low:.3g} ", width, QUIET), words(f" {high:.3g}", width, QUIET)
        drawn.append([*ends[0], *ramp, *ends[1]])
    return drawn


def _attention(
    drawing: Drawing,
    values: Sequence[float],
    shape: tuple[int, int, int],
    width: int,
    height: int,
    look: Look,
) -> list[Row]:
    """With the names of its tokens; where they find no room, the first head as a field."""
    rows = tables.attention(values, *shape, drawing.labels, width, height, look)
    _, down, across = shape
    return rows or _heat_map(values[: down * across], down, across, width, height, look)


def _landscape(
    drawing: Drawing,
    values: Sequence[float],
    rows: int,
    columns: int,
    width: int,
    height: int,
    look: Look,
) -> list[Row]:
    """Heights of a plane in bands of equal area, and the path that was walked over it.

    Bands of equal height would show one peak and a plain: a loss grows by powers of ten.
    """
    order = sorted(value for value in values if math.isfinite(value))
    bands = 12 if look == "colour" else len(SHADES[look])
    # The same heights are one band, however many there are.
    shares = [
        bisect_left(order, value) * bands // len(order) / (bands - 1)
        if math.isfinite(value)
        else 1.0
        for value in values
    ]
    across = max(1, min(width, 2 * height * columns // rows))
    down = max(2, min(2 * height, width * rows // columns))
    drawn = _field(shares, rows, columns, (down - down % 2, across), look, heat)
    _put_samples(drawing, drawn, across, path=True)
    return drawn


def _image_grid(
    drawing: Drawing, values: Sequence[float], width: int, height: int, look: Look
) -> list[Row]:
    """Images side by side, as large as fits, each with its label under it, or with a gap."""
    down, across, rows, columns = drawing.shape
    wide = max(1, (width + 1) // across - 1)
    longest = max(map(len, drawing.labels), default=0)
    named = len(drawing.labels) == down * across and height >= 3 * down and longest <= wide
    parted = named or (height + 1) // down >= 3  # a gap leaves at least two rows of each image
    high = height // down - 1 if named else (height + 1) // down - 1 if parted else height // down
    size = _fitted(rows, columns, wide, max(1, high))
    named = named and longest <= size[1]
    gap = Cell(" ", TEXT)
    drawn: list[Row] = []
    for i in range(down):
        tiles, names = [], []
        for j in range(across):
            begin = (i * across + j) * rows * columns
            image = values[begin : begin + rows * columns]
            tiles.append(_field(image, rows, columns, size, look, grey))
            if named:
                label = narrow(drawing.labels[i * across + j])[: size[1]]
                names.append([Cell(char, QUIET) for char in f"{label:<{size[1]}}"])
        bands = [*zip(*tiles, strict=True), *([tuple(names)] if named else [])]
        if drawn and parted and not named:
            drawn.append([gap])
        drawn += [[cell for part in parts for cell in (*part, gap)][:-1] for parts in bands]
    return drawn


# --- classes ----------------------------------------------------------------------------------------


def _decision(
    drawing: Drawing,
    values: Sequence[float],
    rows: int,
    columns: int,
    width: int,
    height: int,
    look: Look,
) -> list[Row]:
    """The plane as a model sees it, row 0 at the top, with the samples drawn over it.

    Scores lie from 0 (class 0) to 1 (class 1); where they go beyond 1 they are the classes.
    """
    many = max((value for value in values if math.isfinite(value)), default=0.0) > 1.5

    def colour(value: float) -> RGB:
        if not many:
            return side(value)
        return CLASSES[round(value) % len(CLASSES)] if math.isfinite(value) else (60, 60, 60)

    # A plane fills what there is, but is not pulled out of its proportions.
    down = min(2 * height, max(2, width * rows // columns) if 2 * rows >= columns else 2 * height)
    across = max(1, min(width, down * 2 * columns // (2 * rows)))
    down -= down % 2
    if look == "colour":
        drawn = _field(values, rows, columns, (max(2, down), across), look, colour)
    else:
        grounds = " ░▒▓" if look == "shades" else " .:-"
        score = [value if many else value >= 0.5 for value in values]
        drawn = [
            [
                Cell(
                    grounds[_class(score[y * rows // down * columns + x * columns // across])],
                    QUIET,
                )
                for x in range(across)
            ]
            for y in range(0, down, 2)
        ]
    _put_samples(drawing, drawn, across)
    return drawn


def _class(value: float) -> int:
    return round(value) % 4 if math.isfinite(value) else 0


def _put_samples(drawing: Drawing, drawn: list[Row], across: int, *, path: bool = False) -> None:
    """Points over a field: by class, or as steps of a path from o to its newest, @."""
    if drawing.extent is None or not drawing.points:
        return
    left, right, bottom, top = drawing.extent
    if not (right > left and top > bottom and math.isfinite(right - left + top - bottom)):
        return
    last = len(drawing.points) - 1
    for i, point in enumerate(drawing.points):
        known = [value for value in point if value is not None and math.isfinite(value)]
        if len(known) < (2 if path else 3):
            continue
        x = math.floor((known[0] - left) / (right - left) * across)
        y = math.floor((top - known[1]) / (top - bottom) * len(drawn))
        if 0 <= x < across and 0 <= y < len(drawn):
            under = drawn[y][x]
            mark = _step(i, last) if path else MARKS[round(known[2]) % len(MARKS)]
            drawn[y][x] = _over(under, mark)


def _step(index: int, last: int) -> str:
    return "@" if index == last else "o" if index == 0 else "+"


def _over(under: Cell, mark: str) -> Cell:
    """A mark that stands out from what is under it."""
    if not isinstance(under.back, tuple):
        return Cell(mark, TITLE)
    dark = sum(under.back) < 3 * 128
    return Cell(mark, WHITE if dark else (0, 0, 0), under.back)

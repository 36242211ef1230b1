"""Arrays of a run as rows of coloured characters, by what they are."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from tutor.core.raster import Canvas, Cell, Glyphs, Scale, stroke
from tutor.core.text import visible

SHADES = " ░▒▓█"
ASCII_SHADES = " .:-=+*#%@"
Colour = tuple[int, int, int]
Shade = Callable[[float], Colour]


class Tile(NamedTuple):
    """One cell: a character over a background, each with a colour or None for the terminal's."""

    char: str
    front: Colour | None = None
    back: Colour | None = None
    role: str = ""


class Drawing(Struct, frozen=True):
    """A picture as the worker wrote it; see `models.reading.Picture` for what each role holds."""

    role: str
    shape: tuple[int, ...] = ()
    data: list[float | None] = []
    caption: str = ""
    labels: tuple[str, ...] = ()
    extent: tuple[float, float, float, float] | None = None
    points: list[list[float]] = []

    @classmethod
    def from_json(cls, raw: bytes) -> "Drawing":
        """Read a picture's file; one that cannot be read says so as its caption."""
        try:
            found = _decoder.decode(raw)
        except msgspec.DecodeError:
            return cls(role="text", caption="This picture cannot be read.")
        labels = tuple(map(visible, found.labels))
        return msgspec.structs.replace(found, caption=visible(found.caption), labels=labels)

    def values(self) -> list[float]:
        """The flat data, NaN for what was not finite."""
        return [math.nan if value is None else value for value in self.data]


_decoder = msgspec.json.Decoder(Drawing)


def draw(drawing: Drawing, width: int, height: int, glyphs: Glyphs = "braille") -> list[list[Tile]]:
    """A picture in at most so many columns and rows; of any content it never raises."""
    if width <= 0 or height <= 0 or math.prod(drawing.shape) != len(drawing.data):
        return []
    values = drawing.values()
    match drawing.role, drawing.shape:
        case "decision", (rows, columns) if rows and columns:
            return _decision(drawing, values, rows, columns, width, height, glyphs)
        case "confusion", (rows, columns) if rows and columns:
            return _confusion(drawing, values, rows, columns, width, height)
        case "heat_map", (rows, columns) if rows and columns:
            return _field(values, rows, columns, width, height, glyphs, _heat)
        case "image_grid", (down, across, rows, columns) if values:
            flat, total_rows, total_columns = _tiled(values, down, across, rows, columns)
            return _field(
                flat, total_rows, total_columns, width, height, glyphs, _grey, aspect=True
            )
        case "histogram", (bins, 2) if bins:
            return _bars(drawing, values, bins, width, height, glyphs)
        case "lines", (count, length) if count and length:
            return _lines(drawing, values, count, length, width, height, glyphs)
        case "scatter", (count, columns) if count and columns >= 2:
            return _scatter(values, count, columns, width, height, glyphs)
        case _:
            return [[Tile(char) for char in line[:width]] for line in drawing.caption.split("\n")]


# --- fields of colour -----------------------------------------------------------------------------


def _heat(value: float) -> Colour:
    """From night blue over violet to pale yellow; light grows with the value, for every eye."""
    stops = ((20, 24, 48), (88, 44, 110), (190, 70, 90), (248, 150, 70), (252, 244, 170))
    place = min(1.0, max(0.0, value)) * (len(stops) - 1)
    index = min(len(stops) - 2, int(place))
    return _mix(stops[index], stops[index + 1], place - index)


def _grey(value: float) -> Colour:
    level = round(min(1.0, max(0.0, value)) * 255)
    return level, level, level


CLASS_COLOURS: tuple[Colour, ...] = ((58, 96, 168), (196, 128, 44), (70, 140, 90), (140, 80, 150))


def _two_classes(value: float) -> Colour:
    return _mix(CLASS_COLOURS[0], CLASS_COLOURS[1], min(1.0, max(0.0, value)))


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    r, g, b_ = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, b_


def _scaled(values: Sequence[float]) -> list[float]:
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    span = high / 2 - low / 2
    return [
        (value / 2 - low / 2) / span if span > 0 and math.isfinite(value) else 0.0
        for value in values
    ]


def _field(
    values: Sequence[float],
    rows: int,
    columns: int,
    width: int,
    height: int,
    glyphs: Glyphs,
    colour: Shade,
    aspect: bool = False,
) -> list[list[Tile]]:
    """A field of numbers, two dots a cell: half blocks in colour, shades where there are none."""
    level = values if aspect else _scaled(values)
    scale = max(1, min(width // max(1, columns), (2 * height) // max(1, rows)))
    across, down = min(width, columns * scale), min(2 * height, rows * scale)
    if scale == 1 and (columns > width or rows > 2 * height):
        # Too large: keep its proportions and pick the nearest samples.
        shrink = max(columns / width, rows / (2 * height))
        across, down = max(1, int(columns / shrink)), max(2, int(rows / shrink))

    def at(x: int, y: int) -> float:
        return level[
            min(rows - 1, y * rows // down) * columns + min(columns - 1, x * columns // across)
        ]

    tiles = []
    for row in range((down + 1) // 2):
        line = []
        for x in range(across):
            upper = at(x, 2 * row)
            lower = at(x, min(down - 1, 2 * row + 1))
            line.append(_half(upper, lower, glyphs, colour))
        tiles.append(line)
    return tiles


def _half(upper: float, lower: float, glyphs: Glyphs, colour: Shade) -> Tile:
    if glyphs == "ascii":
        return Tile(ASCII_SHADES[min(9, max(0, int((upper + lower) / 2 * 10)))])
    return Tile(
        "▀", colour(upper), colour(lower), SHADES[min(4, max(0, int((upper + lower) / 2 * 5)))]
    )


def _tiled(
    values: Sequence[float], down: int, across: int, rows: int, columns: int
) -> tuple[list[float], int, int]:
    """A grid of images as one image, a dark dot between two."""
    width, height = across * (columns + 1) - 1, down * (rows + 1) - 1
    flat = [0.0] * (max(0, width) * max(0, height))
    for i in range(down * across):
        top, left = (i // across) * (rows + 1), (i % across) * (columns + 1)
        for y in range(rows):
            begin = (top + y) * width + left
            flat[begin : begin + columns] = values[
                (i * rows + y) * columns : (i * rows + y + 1) * columns
            ]
    return flat, height, width


def _decision(
    drawing: Drawing,
    values: Sequence[float],
    rows: int,
    columns: int,
    width: int,
    height: int,
    glyphs: Glyphs,
) -> list[list[Tile]]:
    """The plane as a model sees it, row 0 at the top, with the samples drawn over it."""
    across, down = min(width, max(2, 4 * height)), min(height, max(1, width // 2))
    tiles = []
    for y in range(down):
        line = []
        for x in range(across):
            upper = values[
                min(rows - 1, (2 * y) * rows // (2 * down)) * columns + x * columns // across
            ]
            lower = values[
                min(rows - 1, (2 * y + 1) * rows // (2 * down)) * columns + x * columns // across
            ]
            tile = _half(upper, lower, glyphs, _two_classes)
            # Without colour the two sides differ by texture.
            line.append(tile._replace(role="·" if (upper + lower) / 2 >= 0.5 else " "))
        tiles.append(line)
    if drawing.extent is not None:
        _put_samples(drawing, tiles, across, down)
    return tiles


def _put_samples(drawing: Drawing, tiles: list[list[Tile]], across: int, down: int) -> None:
    assert drawing.extent is not None
    left, right, bottom, top = drawing.extent
    if right <= left or top <= bottom:
        return
    for point in drawing.points:
        if len(point) < 3 or not all(map(math.isfinite, point)):
            continue
        x = int((point[0] - left) / (right - left) * across)
        y = int((top - point[1]) / (top - bottom) * down)
        if 0 <= x < across and 0 <= y < down:
            sign = "x" if point[2] >= 0.5 else "o"
            back = tiles[y][x].back
            tiles[y][x] = Tile(sign, (255, 255, 255), back, sign)


# --- counts and curves ----------------------------------------------------------------------------


def _confusion(
    drawing: Drawing, values: Sequence[float], rows: int, columns: int, width: int, height: int
) -> list[list[Tile]]:
    """Counts, true classes down, predicted across; the darker the more of its row."""
    names = drawing.labels if len(drawing.labels) == rows else tuple(map(str, range(rows)))
    label = min(8, max(map(len, names))) + 1
    cell = max(3, min(6, (width - label) // max(1, columns)))
    head = [*(Tile(" ") for _ in range(label))]
    for name in names[:columns]:
        head += [Tile(char, role="quiet") for char in f"{name[: cell - 1]:>{cell}}"]
    tiles = [head[:width]]
    for row in range(min(rows, height - 1)):
        counts = values[row * columns : (row + 1) * columns]
        total = sum(value for value in counts if math.isfinite(value)) or 1.0
        line = [Tile(char, role="quiet") for char in f"{names[row][: label - 1]:>{label - 1}} "]
        for column, value in enumerate(counts):
            text = "·" if value == 0 else f"{value:.0f}"
            share = value / total if math.isfinite(value) else 0.0
            back = _mix((22, 27, 38), (40, 110, 60) if row == column else (150, 50, 60), share**0.5)
            line += [Tile(char, None, back if value else None) for char in f"{text:>{cell}}"]
        tiles.append(line[:width])
    return tiles


def _bars(
    drawing: Drawing, values: Sequence[float], bins: int, width: int, height: int, glyphs: Glyphs
) -> list[list[Tile]]:
    """A histogram lying on its side, or named bars where there are labels."""
    edges, counts = values[::2], values[1::2]
    names = (
        list(drawing.labels) if len(drawing.labels) == bins else [f"{edge:.3g}" for edge in edges]
    )
    label = min(16, max(map(len, names))) + 1
    greatest = max((abs(value) for value in counts if math.isfinite(value)), default=1.0) or 1.0
    block = "#" if glyphs == "ascii" else "█"
    every = max(1, math.ceil(bins / max(1, height)))
    tiles = []
    for i in range(0, bins, every):
        value = counts[i] if math.isfinite(counts[i]) else 0.0
        room = max(1, width - label - 9)
        bar = block * round(abs(value) / greatest * room)
        role = "valid" if value < 0 else "train"
        line = [Tile(char, role="quiet") for char in f"{names[i][: label - 1]:>{label - 1}} "]
        line += [Tile(char, role=role) for char in bar]
        line += [Tile(char, role="quiet") for char in f" {value:.3g}"]
        tiles.append(line[:width])
    return tiles


def _from_cells(cells: Sequence[Sequence[Cell]]) -> list[list[Tile]]:
    return [[Tile(char, role=role) for char, role in row] for row in cells]


def _lines(
    drawing: Drawing,
    values: Sequence[float],
    count: int,
    length: int,
    width: int,
    height: int,
    glyphs: Glyphs,
) -> list[list[Tile]]:
    """Several curves over one axis, their names under them."""
    canvas = Canvas(width, max(1, height - 1), glyphs)
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return []
    low, high = min(finite), max(finite)
    scale = Scale(canvas, (0, max(1, length - 1)), (low, high if high > low else low + 1))
    roles = ("ghost", "train", "valid", "third")
    for index in range(count):
        curve = [(float(x), values[index * length + x]) for x in range(length)]
        stroke(canvas, scale, curve, roles[index % 4])
    tiles = _from_cells(canvas.cells())
    legend: list[Tile] = []
    for index, name in enumerate(drawing.labels[:count]):
        legend += [Tile(char, role=roles[index % 4]) for char in f"━ {name}   "]
    return [*tiles, legend[:width]] if legend and height > 1 else tiles


def _scatter(
    values: Sequence[float], count: int, columns: int, width: int, height: int, glyphs: Glyphs
) -> list[list[Tile]]:
    """Points by class, each class with a sign of its own."""
    rows = [values[i * columns : (i + 1) * columns] for i in range(count)]
    rows = [row for row in rows if all(map(math.isfinite, row))]
    if not rows:
        return []
    canvas = Canvas(width, height, glyphs)
    xs, ys = [row[0] for row in rows], [row[1] for row in rows]
    scale = Scale(
        canvas,
        (min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1),
        (min(ys), max(ys) if max(ys) > min(ys) else min(ys) + 1),
    )
    roles = ("train", "valid", "third", "fourth")
    for row in rows:
        kind = int(row[2]) if columns > 2 else 0
        y = scale.row(row[1])
        if y is not None:
            sign = "ox+*#@%&$="[kind % 10]
            canvas.mark(scale.column(row[0]), y, sign, roles[kind % 4])
    return _from_cells(canvas.cells())

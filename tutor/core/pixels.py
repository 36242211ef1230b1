"""The pictures of a run as pixels, for whatever takes images: TensorBoard, W&B, a PNG file.

Fields of numbers keep the colours that they have on the screen. There are no words in the pixels: a
tracker shows name and step beside an image. Charts with axes and labels are `session.exporting`'s.
"""

import math
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tutor.core.axes import Axis, around
from tutor.core.bitmap import Drawing
from tutor.core.colours import CLASSES, RGB, grey, heat, mix, side

SIDE = 480
"""Pixels of the longer side, about: fields of few numbers get large squares."""
WHITE, BLACK, EMPTY = (255, 255, 255), (0, 0, 0), (60, 60, 60)
PAPER: RGB = (250, 250, 250)
INKS: tuple[RGB, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (213, 94, 0),
    (86, 180, 233),
    (0, 0, 0),
)
"""Okabe and Ito's colours, which colour-blind eyes tell apart."""
RADIUS = 4


class Pixels:
    """An image, row 0 at the top, three bytes a pixel."""

    def __init__(self, width: int, height: int, ground: RGB = PAPER) -> None:
        self.width = width
        self.height = height
        self.rgb = bytearray(bytes(ground) * (width * height))

    def put(self, x: int, y: int, colour: RGB) -> None:
        """Colour a pixel; one outside the image is left out."""
        if 0 <= x < self.width and 0 <= y < self.height:
            at = 3 * (y * self.width + x)
            self.rgb[at : at + 3] = bytes(colour)

    def block(self, x: int, y: int, size: int, row: Sequence[RGB]) -> None:
        """Squares of `size` pixels side by side from (x, y) on, which must lie inside."""
        line = b"".join(bytes(colour) * size for colour in row)
        for down in range(size):
            at = 3 * ((y + down) * self.width + x)
            self.rgb[at : at + len(line)] = line

    def dot(self, x: int, y: int, colour: RGB, kind: int = 0, ring: RGB | None = None) -> None:
        """A sample; its class has a shape of its own as well as a colour."""
        for dy in range(-RADIUS - 1, RADIUS + 2):
            for dx in range(-RADIUS - 1, RADIUS + 2):
                size = _SHAPES[kind % len(_SHAPES)](dx, dy)
                if size <= RADIUS:
                    self.put(x + dx, y + dy, colour)
                elif ring is not None and size <= RADIUS + 1.2:
                    self.put(x + dx, y + dy, ring)

    def line(self, x0: int, y0: int, x1: int, y1: int, colour: RGB) -> None:
        """A line two pixels wide."""
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for i in range(steps + 1):
            x, y = x0 + (x1 - x0) * i // steps, y0 + (y1 - y0) * i // steps
            self.put(x, y, colour)
            self.put(x, y + 1, colour)

    def png(self) -> bytes:
        """The image as a PNG file: 8 bits a channel, no filter."""
        across = 3 * self.width
        rows = b"".join(
            b"\0" + self.rgb[at : at + across] for at in range(0, len(self.rgb), across)
        )
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


_SHAPES: tuple[Callable[[int, int], float], ...] = (
    math.hypot,
    lambda dx, dy: max(abs(dx), abs(dy)) * 1.2,
    lambda dx, dy: (abs(dx) + abs(dy)) * 0.8,
)


def paint(drawing: Drawing) -> Pixels | None:
    """A picture as pixels; None for one that has no form here: text, bars, or nothing at all."""
    values = drawing.values()
    match drawing.role, drawing.shape:
        case _, shape if not shape or not all(shape):
            return None
        case "heat_map" | "landscape" | "histograms", (rows, columns):
            return _field([heat(share) for share in shares(values)], rows, columns)
        case "attention", (*heads, rows, columns):
            found = [heat(share) for share in shares(values)]
            return _field(found, math.prod(heads) * rows, columns)
        case "confusion", (rows, columns):
            return _field(_confusion(values, rows, columns), rows, columns)
        case "image_grid", (down, across, rows, columns):
            return _image_grid(values, down, across, rows, columns)
        case "decision", (rows, columns):
            return _decision(drawing, values, rows, columns)
        case "lines", (count, length):
            return _lines(values, count, length)
        case "scatter", (count, across) if across >= 2:
            return _scatter([values[i * across :][:across] for i in range(count)])
        case _:
            return None


def shares(values: Sequence[float]) -> list[float]:
    """Where each value lies from the least (0) to the greatest (1); 0 where it is not finite."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    half = high / 2 - low / 2  # the whole span of huge numbers would run over
    return [
        (value / 2 - low / 2) / half if half > 0 and math.isfinite(value) else 0.0
        for value in values
    ]


def _field(colours: Sequence[RGB], rows: int, columns: int) -> Pixels:
    size = max(1, SIDE // max(rows, columns))
    found = Pixels(columns * size, rows * size)
    for row in range(rows):
        found.block(0, row * size, size, colours[row * columns : (row + 1) * columns])
    return found


def _confusion(values: Sequence[float], rows: int, columns: int) -> list[RGB]:
    """Each count by its share of its row; right answers green, wrong ones red, as on the screen."""
    colours: list[RGB] = []
    for i in range(rows):
        counts = [
            value if math.isfinite(value) and value > 0 else 0.0
            for value in values[i * columns : (i + 1) * columns]
        ]
        total = sum(counts) or 1.0
        for j, count in enumerate(counts):
            full = (36, 128, 72) if i == j else (176, 52, 64)
            colours.append(mix((38, 44, 56), full, math.sqrt(count / total)))
    return colours


def _image_grid(values: Sequence[float], down: int, across: int, rows: int, columns: int) -> Pixels:
    """Images side by side with a gap of two pixels."""
    size = max(1, SIDE // max(down * rows, across * columns))
    high, wide = rows * size + 2, columns * size + 2
    found = Pixels(across * wide - 2, down * high - 2)
    for image in range(down * across):
        y, x = image // across * high, image % across * wide
        for row in range(rows):
            at = (image * rows + row) * columns
            colours = [grey(value) for value in values[at : at + columns]]
            found.block(x, y + row * size, size, colours)
    return found


def ground(values: Sequence[float]) -> list[RGB]:
    """The colours of a plane of scores: 0 to 1 between two classes, else the classes themselves."""
    many = max((value for value in values if math.isfinite(value)), default=0.0) > 1.5

    def colour(value: float) -> RGB:
        if not math.isfinite(value):
            return EMPTY
        if many:
            return CLASSES[round(value) % len(CLASSES)]
        return side(value)

    return [colour(value) for value in values]


def _decision(drawing: Drawing, values: Sequence[float], rows: int, columns: int) -> Pixels:
    found = _field(ground(values), rows, columns)
    for x, y, kind in placed(drawing):
        colour = mix(CLASSES[kind % len(CLASSES)], WHITE, 0.6)
        found.dot(int(x * found.width), int((1 - y) * found.height), colour, kind, BLACK)
    return found


class Sample(NamedTuple):
    """A point of a plane: its place from 0 to 1 rightwards and upwards, and its class."""

    x: float
    y: float
    kind: int


def placed(drawing: Drawing) -> list[Sample]:
    """The samples of a `decision` that lie in its extent."""
    if drawing.extent is None or not drawing.points:
        return []
    left, right, bottom, top = drawing.extent
    if not (right > left and top > bottom and math.isfinite(right - left + top - bottom)):
        return []
    samples = []
    for point in drawing.points:
        known = [value for value in point if value is not None and math.isfinite(value)]
        if len(known) < 3:
            continue
        x, y = (known[0] - left) / (right - left), (known[1] - bottom) / (top - bottom)
        if 0 <= x <= 1 and 0 <= y <= 1:
            samples.append(Sample(x, y, round(known[2])))
    return samples


def _frame() -> tuple[Pixels, Callable[[float], int], Callable[[float], int]]:
    """An empty image, and where a place from 0 to 1 lies in it: rightwards, and upwards."""
    found = Pixels(SIDE, SIDE * 2 // 3)
    edge = 2 * RADIUS
    wide, high = found.width - 2 * edge, found.height - 2 * edge
    return found, lambda x: edge + round(x * wide), lambda y: edge + round((1 - y) * high)


def _lines(values: Sequence[float], count: int, length: int) -> Pixels:
    """Curves over one index, broken where they are not finite."""
    found, across, up = _frame()
    axis = around(values, tight=True) or Axis(0.0, 1.0)
    for i in range(count):
        curve = values[i * length : (i + 1) * length]
        spots = [
            (across(k / max(1, length - 1)), up(axis.place(value)))
            if math.isfinite(value)
            else None
            for k, value in enumerate(curve)
        ]
        for a, b in zip(spots, spots[1:] or spots, strict=False):
            if a and b:
                found.line(*a, *b, INKS[i % len(INKS)])
    return found


def _scatter(points: Sequence[Sequence[float]]) -> Pixels:
    """Points of x, y and perhaps a class."""
    found, across, up = _frame()
    points = [point for point in points if all(map(math.isfinite, point[:3]))]
    x = around((point[0] for point in points), tight=True) or Axis(0.0, 1.0)
    y = around((point[1] for point in points), tight=True) or Axis(0.0, 1.0)
    for point in points:
        kind = round(point[2]) if len(point) > 2 else 0
        colour = INKS[kind % len(INKS)]
        found.dot(across(x.place(point[0])), up(y.place(point[1])), colour, kind)
    return found

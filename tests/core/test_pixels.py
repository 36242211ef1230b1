"""Pictures as pixels."""

import io
import math
import struct
import zlib

import pytest

from tutor.core.bitmap import Drawing
from tutor.core.pixels import EMPTY, INKS, PAPER, SIDE, Pixels, paint, placed


def at(pixels: Pixels, x: int, y: int) -> tuple[int, ...]:
    begin = 3 * (y * pixels.width + x)
    return tuple(pixels.rgb[begin : begin + 3])


def read_png(raw: bytes) -> tuple[int, int, bytes]:
    """Width, height and pixels of an unfiltered RGB PNG, every checksum verified."""
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    file, parts = io.BytesIO(raw[8:]), {}
    while head := file.read(8):
        size, kind = struct.unpack(">I4s", head)
        parts[kind] = data = file.read(size)
        assert struct.unpack(">I", file.read(4))[0] == zlib.crc32(kind + data)
    width, height, depth, colours = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert (depth, colours) == (8, 2)
    rows = zlib.decompress(parts[b"IDAT"])
    across = 3 * width + 1
    assert len(rows) == across * height
    assert all(rows[begin] == 0 for begin in range(0, len(rows), across))
    return width, height, b"".join(rows[b + 1 : b + across] for b in range(0, len(rows), across))


def test_a_png_holds_exactly_the_pixels():
    pixels = Pixels(3, 2, (1, 2, 3))
    pixels.put(2, 1, (200, 100, 50))
    pixels.put(3, 1, (9, 9, 9))
    assert read_png(pixels.png()) == (3, 2, bytes([1, 2, 3] * 5 + [200, 100, 50]))


def test_images_lie_side_by_side_in_their_greys_with_a_gap():
    data = [0.0, 1.0, 0.5, 0.0]
    pixels = paint(Drawing("image_grid", (1, 4, 1, 1), data))
    size = SIDE // 4
    assert (pixels.width, pixels.height) == (4 * (size + 2) - 2, size)
    shades = [at(pixels, i * (size + 2), 0) for i in range(4)]
    assert [shade[0] for shade in shades] == [0, 255, pytest.approx(128, abs=6), 0]
    assert at(pixels, size, 0) == PAPER


def test_the_plane_is_coloured_by_score_and_holds_its_samples():
    field = [0.0, 1.0, 0.0, None]
    points = [[-0.5, 0.5, 0.0], [9.0, 0.0, 1.0], [None, 0.0, 1.0]]
    drawing = Drawing("decision", (2, 2), field, extent=(-1, 1, -1, 1), points=points)
    pixels = paint(drawing)
    assert at(pixels, 0, 0) != at(pixels, pixels.width - 1, 0)
    assert at(pixels, pixels.width - 1, pixels.height - 1) == EMPTY
    assert placed(drawing) == [(0.25, 0.75, 0)]
    middle = at(pixels, pixels.width // 4, pixels.height // 4)
    assert middle not in (at(pixels, 0, 0), EMPTY)


def test_curves_and_points_are_drawn_in_their_colours_and_nan_in_none():
    curves = [0.0, 1.0, 2.0, None, None, None]
    found = paint(Drawing("lines", (2, 3), curves))
    assert bytes(INKS[0]) in bytes(found.rgb)
    assert bytes(INKS[1]) not in bytes(found.rgb)
    points = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, math.nan, 0.0, 2.0]
    found = paint(Drawing("scatter", (3, 3), points))
    assert [bytes(ink) in bytes(found.rgb) for ink in INKS[:3]] == [True, True, False]


@pytest.mark.parametrize(
    "drawing",
    [
        Drawing("text", caption="words"),
        Drawing("heat_map", (0, 4)),
        Drawing("histogram", (1, 2), [0.0, 3.0]),
        Drawing("nonsense", (1,), [1.0]),
    ],
)
def test_what_has_no_form_in_pixels_is_none(drawing):
    assert paint(drawing) is None


@pytest.mark.parametrize("role", ["heat_map", "confusion", "decision", "lines", "scatter"])
def test_numbers_of_any_size_are_drawn(role):
    data = [1.7e308, -1.7e308, None, 0.0, 1e-320, 5.0]
    pixels = paint(Drawing(role, (2, 3), data))
    width, height, raw = read_png(pixels.png())
    assert (width, height) == (pixels.width, pixels.height)
    assert len(set(zip(raw[::3], raw[1::3], raw[2::3], strict=True))) > 1

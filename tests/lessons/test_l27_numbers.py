"""Every number that the lesson on the convolution operation states, worked out again."""

import math

import pytest
import torch
from evidence import Lesson
from torch.nn import functional

from models.kernels import KERNELS, SIDE, Config, layer
from tutor.core.instruments.convolution import places

LESSON = Lesson("day2/27-sliding-windows")
PICTURE = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
CROSS = torch.tensor(KERNELS["cross"], dtype=torch.float32)


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float32)[None, None]


def size(n, k, stride, pad):
    """By torch's own layer."""
    return functional.max_pool1d(torch.zeros(1, 1, n + 2 * pad), k, stride).shape[2]


def end(case, series, which="mid"):
    return LESSON.recorded("slide.kernel", case, series)[which][-1]


def test_the_picture_of_the_slide():
    lines = LESSON.figure("picture           kernel        map")
    out = functional.conv2d(tensor(PICTURE), CROSS[None, None])[0, 0].int().tolist()
    assert out == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]
    for row, line in enumerate(lines[1:4]):
        numbers = [int(each) for each in line.replace("[", " ").replace("]", " ").split()]
        assert numbers == [*PICTURE[row], *CROSS[row].int().tolist(), *out[row]]
    for row in (3, 4):
        assert [int(each) for each in lines[row + 1].split()] == PICTURE[row]
    products = [f"{PICTURE[y][x]}·{int(CROSS[y][x])}" for y in range(3) for x in range(3)]
    assert lines[-1].replace("+", " ").split("=")[0].split() == products


def test_the_table_of_sizes():
    tables = LESSON.text.split("| picture | kernel |")
    assert len(tables) == 3
    table = [*LESSON.rows("| picture | kernel |"), *LESSON.rows("4 they do not fit together:\n\n|")]
    assert len(table) == 9
    for row in table:
        n, k, stride, pad, made, unread = map(int, row)
        assert made == size(n, k, stride, pad) == places(n + 2 * pad, k, stride)
        left = n + 2 * pad - k - (made - 1) * stride
        assert unread == max(0, left - pad)


def test_what_does_not_fit():
    assert (8 - 3) / 2 == 2.5
    assert (224 - 11) / 4 + 1 == 54.25
    assert (227 - 11) / 4 + 1 == 55
    assert size(224, 11, 4, 2) == 55


def test_the_counts_of_the_box():
    inner = (SIDE - 2) ** 2
    assert inner == 36
    assert 64 * inner == 2304
    assert sum(weights.numel() for weights in layer("dense").parameters()) == 2304
    assert 9 * inner == 324
    assert LESSON.says("of our 36×64 numbers 324 may differ from 0")
    assert f"{sum(map(sum, KERNELS['cross']))}" == "5"


def test_the_layer_of_the_text():
    conv = torch.nn.Conv2d(3, 64, 3)
    assert sum(weights.numel() for weights in conv.parameters()) == 1792 == 64 * (3 * 3 * 3 + 1)
    assert tuple(conv(torch.zeros(1, 3, 32, 32)).shape) == (1, 64, 30, 30)
    assert tuple(torch.nn.Conv1d(1, 8, 5, stride=2)(torch.zeros(1, 1, 40)).shape) == (1, 8, 18)
    assert LESSON.says("$\\lfloor 35 / 2 \\rfloor + 1 = 18$ places")


@pytest.mark.parametrize("k", [16, 32, 64])
def test_parameters_of_a_colour_layer(k):
    assert sum(weights.numel() for weights in torch.nn.Conv2d(3, k, 3).parameters()) == 28 * k


@pytest.mark.parametrize("n", [8, 10, 32, 64])
def test_rows_of_a_map_at_stride_two(n):
    assert (n - 4) / 2 + 1 == size(n, 3, 2, 0)


@pytest.mark.parametrize("a", [1, 3, 5])
def test_the_first_number(a):
    pixels = torch.tensor([[1.0, 1, 0], [0, 1, 1], [1, 1, a]])
    assert float((pixels * CROSS).sum()) == 3 + a
    assert float(pixels.sum()) == 6 + a


def test_what_stripes_leave():
    even = CROSS.mean(0).expand(3, 3)
    lines = LESSON.figure("what was learnt")[1:]
    for row, line in enumerate(lines):
        cells = line.split()
        assert [int(cell) for cell in cells[:3]] == CROSS[row].int().tolist()
        assert cells[3:6] == [f"{value:.2f}" for value in even[row]]
    assert lines[1].split()[6:] == [str(int(value)) for value in CROSS.sum(0)]
    missed = (CROSS - even).abs().flatten().tolist()
    assert sum(math.isclose(each, 1 / 3, abs_tol=1e-6) for each in missed) == 6
    assert sum(math.isclose(each, 2 / 3, abs_tol=1e-6) for each in missed) == 3
    assert sum(each**2 for each in missed) == pytest.approx(2)


def test_the_run_says_so_too():
    assert end("stripes", "kernel/off") == pytest.approx(2 / 3, abs=0.001)
    assert end("stripes", "train/loss", "hi") < 1e-12
    assert LESSON.says("to the sixth decimal")
    assert f"{end('no-sharing', 'valid/loss'):.1f}" == "4.9"
    assert pytest.approx(4.92, abs=0.005) == 5 * (1 - 1 / 64)
    assert end("one-dot", "valid/loss", "hi") < 1e-6
    assert Config().pairs == 64


def test_the_choices_of_the_bet_are_apart():
    assert end("noise", "valid/loss", "hi") < 0.01
    assert 1.5 < end("stripes", "valid/loss", "lo") <= end("stripes", "valid/loss", "hi") < 2.5
    assert end("no-sharing", "valid/loss", "lo") > 4


def test_winograd_saves_more_than_half():
    # Two by two results: 4 · 9 products when slid, (2 + 3 - 1)² with the trick.
    assert (2 * 2 * 9, (2 + 3 - 1) ** 2) == (36, 16)

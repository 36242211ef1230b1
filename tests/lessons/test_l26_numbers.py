"""Every number that the lesson on why convolution states, worked out again."""

import statistics

import pytest
import torch
from evidence import Lesson

from models.data.digits import splits
from models.shifting import CANVAS, Config, dealt, network

LESSON = Lesson("day2/26-why-convolution")
INK = " ░▒▓█"
STRIPS = [[0, 0, 1, 2, 0, 0, 0, 0], [0, 0, 0, 1, 2, 0, 0, 0], [0, 0, 0, 0, 1, 2, 0, 0]]
MOVES = ("still", "by-1", "by-2", "by-3")


def slide(row, window):
    places = range(len(row) - len(window) + 1)
    return [sum(a * b for a, b in zip(row[i:], window, strict=False)) for i in places]


def pairs(row):
    return [max(row[i : i + 2]) for i in range(0, len(row), 2)]


def ends(run, case, name):
    """Low, middle and high of five seeds at the end of a run."""
    kept = LESSON.recorded(run, case, name)
    return kept["lo"][-1], kept["mid"][-1], kept["hi"][-1]


def words(row):
    return " ".join(map(str, row))


def test_the_seven_and_the_seven_dealt():
    test = splits()[2]
    image = test.images[8:9]
    assert int(test.labels[8]) == 7
    lines = LESSON.figure("a new 7, as it was")[2:]
    for before, after, line in zip(image[0], dealt(image)[0], lines, strict=True):
        left, right = (
            "".join(2 * INK[min(4, int(float(pixel) * 5))] for pixel in row)
            for row in (before, after)
        )
        assert line.rstrip() == f"     {left}        {right}".rstrip()


def test_the_strip_goes_along():
    lines = LESSON.figure("moved by 1")[1:]
    for strip, line in zip(STRIPS, lines, strict=True):
        assert line.split("moved")[0].split() == [
            *words(strip).split(),
            *words(slide(strip, [1, 2, 1])).split(),
        ]


def test_the_strip_in_pairs():
    lines = LESSON.figure("of pairs")[1:]
    tops = []
    for strip, line in zip(STRIPS, lines, strict=True):
        bumps = slide(strip, [1, 2, 1])
        second = slide(pairs(bumps), [1, 1])
        tops.append(max(second))
        numbers = [*strip, *bumps, *pairs(bumps), *second, max(second)]
        assert line.split() == words(numbers).split()
    assert tops == [9, 7, 9]
    assert 'accept = ["9 7 9"' in LESSON.text


def test_parameters_and_places():
    count = sum(weights.numel() for weights in network("conv")[1].parameters())
    assert count == 80
    assert LESSON.says("Ours has 8 windows of 3×3: 80 parameters")
    assert sum(weights.numel() for weights in network("dense")[1].parameters()) == 12_608
    assert LESSON.says("196 pixels to 64 units, has 12,608")
    assert CANVAS**2 == 196
    assert Config().epochs == 24


def test_what_a_stride_of_one_costs():
    # Sums that the two layers after the pooling make, by the size of their maps.
    assert (14 / 1) ** 2 / (14 / 2) ** 2 == 4
    assert LESSON.says("four times as much computing in the layers after it")


@pytest.mark.parametrize(
    ("case", "head"),
    [
        ("as-usual", "`conv`, a dense layer on top"),
        ("greatest", "`global`, the greatest of each map"),
        ("step-of-one", "the same, `stride` 1"),
        ("shown-a-little", "`conv`, moved by up to 1 in training"),
        ("shown-everywhere", "`conv`, moved by up to 3 in training"),
    ],
)
def test_the_table_of_moves(case, head):
    rows = {
        row[0]: row[1:] for row in LESSON.rows("| network                              | still")
    }
    middles = [ends("space.move", case, f"valid/{move}")[1] for move in MOVES]
    assert rows[head] == [f"{middle:.2f}" for middle in middles]


def test_by_two_is_still_to_the_last_digit():
    for name in ("lo", "mid", "hi"):
        kept = {m: LESSON.recorded("space.move", "greatest", f"valid/{m}")[name] for m in MOVES}
        assert kept["by-2"] == pytest.approx(kept["still"], abs=0.0041)
        assert kept["by-3"] == pytest.approx(kept["by-1"], abs=0.0041)


def test_the_choices_of_the_bet_are_apart():
    usual, little, greatest = (
        ends("space.move", case, "valid/by-2")
        for case in ("as-usual", "shown-a-little", "greatest")
    )
    assert 0.05 < usual[0] <= usual[2] < 0.3
    assert 0.6 < little[0] <= little[2] < 0.8
    assert greatest[0] > 0.9
    assert f"{1 / usual[1]:.0f}" == "7"
    assert f"{little[1]:.1f}" == "0.7"


def test_what_the_text_says_of_the_rows():
    assert f"{ends('space.move', 'as-usual', 'valid/still')[1]:.0%}" == "98%"
    assert LESSON.says("It reads 98 % of new digits")
    assert ends("space.move", "as-usual", "valid/by-3")[1] < 0.1
    still, once = (ends("space.move", "greatest", f"valid/{m}")[1] for m in ("still", "by-1"))
    assert f"{1 / (still - once):.0f}" == "5"


def test_the_table_of_dealt_digits():
    rows = {row[0]: row[1:] for row in LESSON.rows("| network  | in place")}
    for name, cases in (
        ("`global`", ("windows-in-place", "windows")),
        ("`dense`", ("dense-in-place", "dense")),
    ):
        middles = [ends("space.deal", case, "valid/still")[1] for case in cases]
        assert rows[name] == [f"{middle:.2f}" for middle in middles]


def test_the_bets_of_mnist_1d():
    assert (94 - 68, 68 - 56) == (26, 12)
    assert LESSON.says("It gains 26 points where neighbours belong together, and loses 12")


def test_dealing_the_weights_makes_the_same_function():
    order = dealt(torch.arange(64.0).reshape(1, 8, 8)).flatten().long()
    images = splits()[1].images[:9]
    weights = torch.randn(5, 64)
    torch.testing.assert_close(
        dealt(images).flatten(1) @ weights[:, order].T, images.flatten(1) @ weights.T
    )


@pytest.mark.parametrize("n", [4, 8, 12])
def test_two_strides_of_two_make_a_fourth_of_a_move(n):
    assert "choose = [4, 8, 12]" in LESSON.text
    row = [statistics.fmean((i, 1)) if 3 < i < 8 else 0 for i in range(32)]
    moved = [0] * n + row[:-n]
    halved = pairs(pairs(row))
    assert pairs(pairs(moved)) == [0] * (n // 4) + halved[: len(halved) - n // 4]


@pytest.mark.parametrize("k", [8, 16, 32, 64])
def test_the_parameters_of_a_first_layer(k):
    layer = torch.nn.Conv2d(1, k, 3)
    assert sum(weights.numel() for weights in layer.parameters()) == 10 * k

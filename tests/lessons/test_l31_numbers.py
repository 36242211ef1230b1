"""Every number that the lesson on what filters look for states, worked out again."""

import copy
from functools import cache
from itertools import pairwise

import pytest
import torch
from evidence import Lesson
from torch.nn import functional

from models import deconvnet, unpooling
from models.data import digits
from models.deconvnet import Config, kept, train
from models.reading import Reading, Start

LESSON = Lesson("day2/31-what-filters-see")
INK = " ░▒▓█"
STRIP, WINDOW = [0, 0, 1, 2, 1, 0], [1, 2, 1]


@cache
def ran(first_weights=1.0, learning_rate=0.004):
    """The first layer of a run at seed 0, at the start and in the end, and its last reading."""
    readings = train(Config(seed=0, start=first_weights, learning_rate=learning_rate))
    start = next(readings)
    assert isinstance(start, Start)
    layer = start.model.convolutions[0]
    before = copy.deepcopy(layer)
    *_, end = readings
    return before, layer, end


def shades(weights):
    """A filter's rows, from its most negative (blank) to its most positive weight."""
    places = (0.5 + 0.5 * weights / weights.abs().max()) * 5
    return ["".join(2 * INK[min(4, int(float(place)))] for place in row) for row in places]


def ends(case, name):
    """Low, middle and high of five seeds at the end of a run."""
    found = LESSON.recorded("filters.look", case, name)
    return found["lo"][-1], found["mid"][-1], found["hi"][-1]


def pay_out(values, window):
    """The transposed convolution of a row, its ends cut to the row's length."""
    canvas = [0] * (len(values) + 2)
    for place, value in enumerate(values):
        for offset, weight in enumerate(window):
            canvas[place + offset] += value * weight
    return canvas[1:-1]


@pytest.mark.slow
def test_the_filter_of_the_first_figure_and_its_start():
    first, last, end = ran()
    before, now = first.weight.detach(), last.weight.detach()
    alike = kept(before, now)
    changed = int(alike.argmin())
    assert f"{float(alike[changed]):.2f}" == "0.87"
    assert f"{float(end.scalars['test/accuracy']):.2f}" == "0.98"
    alone = [line.strip() for line in LESSON.text.split("```text\n", 2)[1].split("\n")[:5]]
    assert alone == [row.strip() for row in shades(now[changed, 0])]
    lines = LESSON.figure("at the start")[1:]
    both = zip(shades(now[changed, 0]), shades(before[changed, 0]), lines, strict=True)
    for after, first, line in both:
        assert line.rstrip() == f"   {after}           {first}".rstrip()


@pytest.mark.slow
def test_the_filters_that_began_small():
    first, last, end = ran(0.1)
    alike = kept(first.weight, last.weight)
    assert [f"{float(each):.2f}" for each in alike] == [*LESSON.figure("mean 0.50")[0].split()[:8]]
    assert f"{float(alike.mean()):.2f}" == "0.50"
    dead = alike > 0.9999
    assert int(dead.sum()) == 3
    assert (first.bias[dead] < 0).all()
    torch.testing.assert_close(last.bias[dead], first.bias[dead])
    assert f"{float(end.scalars['test/accuracy']):.2f}" == "0.97"


@pytest.mark.slow
def test_four_times_the_learning_rate():
    assert Config().learning_rate == 0.004
    first, last, _ = ran(learning_rate=0.016)
    assert f"{float(kept(first.weight, last.weight).mean()):.2f}" == "0.87"
    assert LESSON.says("the cosine still ends at 0.87")


def test_the_cosine_by_hand():
    one, other = torch.tensor([3.0, 4.0]), torch.tensor([4.0, 3.0])
    assert functional.cosine_similarity(one, other, 0) == pytest.approx(0.96)
    assert LESSON.says(r"\frac{12 + 12}{5 \cdot 5} = 0.96")


def test_filters_that_have_nothing_to_do_with_each_other():
    generator = torch.Generator().manual_seed(0)
    one, other = (2 * torch.rand(100_000, 25, generator=generator) - 1 for _ in range(2))
    cosines = functional.cosine_similarity(one, other)
    assert f"{float(cosines.abs().quantile(0.95)):.2f}" == "0.39"
    assert abs(float(cosines.mean())) < 0.01


def test_the_choices_of_the_bet_are_apart():
    bands = [ends(case, "filters/kept") for case in ("small-start", "as-usual", "frozen")]
    assert 0.4 < bands[0][1] < 0.6
    assert [f"{mid:.1f}" for _, mid, _ in bands[1:]] == ["0.9", "1.0"]
    for lower, upper in pairwise(bands):
        assert lower[2] + 0.05 < upper[0]


def test_the_table_of_filters():
    rows = {row[0]: row[1:] for row in LESSON.rows("| first layer                  | like")}
    for name, case in (
        ("as usual", "as-usual"),
        ("not allowed to learn", "frozen"),
        ("begun a tenth as large", "small-start"),
    ):
        assert rows[name] == [
            f"{ends(case, series)[1]:.2f}" for series in ("filters/kept", "valid/accuracy")
        ]


def test_the_table_of_what_comes_down():
    rows = {row[0]: row[1] for row in LESSON.rows("| layer 2                                    |")}
    first = LESSON.recorded("filters.look", "as-usual", "deconv/fit")["mid"][0]
    usual_fit, blind = (ends(case, "deconv/fit")[1] for case in ("as-usual", "blind-switches"))
    assert rows == {
        "before training": f"{first:.2f}",
        "after training": f"{usual_fit:.2f}",
        "after training, without switches": f"{blind:.2f}",
    }
    assert f"{3 * (usual_fit - blind) / usual_fit:.0f}" == "1"
    assert LESSON.says("a third of the likeness")


def test_the_strip_goes_up_and_down():
    padded = [0, *STRIP, 0]
    up = [sum(a * b for a, b in zip(padded[i:], WINDOW, strict=False)) for i in range(6)]
    pairs = [up[i : i + 2] for i in range(0, 6, 2)]
    switches = [pair.index(max(pair)) for pair in pairs]
    alone = [0, 6, 0]
    by_switch, by_corner = [0] * 6, [0] * 6
    for place, value in enumerate(alone):
        by_switch[2 * place + switches[place]] = value
        by_corner[2 * place] = value
    expected = [
        STRIP,
        up,
        [max(pair) for pair in pairs],
        ["6"],
        by_switch,
        pay_out(by_switch, WINDOW),
        pay_out(by_corner, WINDOW),
    ]
    lines = LESSON.figure("only the 6 goes down")
    for numbers, line in zip(expected, lines, strict=True):
        assert line[30:].replace(".", "").split() == [str(number) for number in numbers]
    assert LESSON.says("the strip 0 0 1 2 1 0 came back as 0 0 6 12 6 0")


def test_the_network_of_the_text():
    assert (unpooling.WIDTHS, unpooling.KERNEL, deconvnet.TOP) == ((8, 16), 5, 9)
    assert Config().epochs == 8
    assert digits.TRAIN == 1097


@pytest.mark.parametrize("n", [4, 5, 8, 16])
def test_the_size_of_a_transposed_convolution(n):
    layer = torch.nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1)
    assert layer(torch.zeros(1, 1, n)).shape[-1] == 2 * n - 1


@pytest.mark.parametrize("a", [3, 6])
@pytest.mark.parametrize("b", [4, 8])
def test_the_cosine_of_a_filter_that_grew_sideways(a, b):
    start, now = torch.tensor([[float(a), 0.0]]), torch.tensor([[float(a), float(b)]])
    assert float(functional.cosine_similarity(start, now)) == pytest.approx(
        a / (a**2 + b**2) ** 0.5
    )


def test_what_a_cosine_of_the_mark_leaves():
    assert 1 - 0.8**2 > 1 / 3


def test_a_dead_filter_keeps_its_first_picture():
    """One whose bias is far below 0 gets no gradient; its cosine stays 1."""
    readings = train(Config(seed=0, epochs=1))
    start = next(readings)
    assert isinstance(start, Start)
    first = start.model.convolutions[0]
    with torch.no_grad():
        first.bias[3] = -1000
    before = first.weight.detach().clone()
    assert all(isinstance(item, Reading) for item in readings)
    alike = kept(before, first.weight)
    assert float(alike[3]) == pytest.approx(1, abs=1e-6)
    assert float(alike.detach().sort().values[-2]) < 0.9999

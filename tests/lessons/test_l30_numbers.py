"""Every number that the lesson on Inception states, worked out again."""

import itertools
from functools import cache

import pytest
import torch
from evidence import Lesson

from models import apart
from models.alexnet import AlexNet
from models.apart import Config, least, train, wanted
from models.inception import AUXILIARY, MODULES, GoogLeNet
from models.inception3 import Inception3

LESSON = Lesson("day2/30-inception")
KERNELS = {"upright": ("line", 0.0), "15°": ("line", 15.0), "45°": ("line", 45.0),
           "ring": ("ring", 0.0)}  # fmt: skip


def count(model):
    return sum(weights.numel() for weights in model.parameters())


def on_meta(make):
    with torch.device("meta"):
        return make()


@cache
def missed(seed, figure, angle, way):
    *_, end = train(Config(seed=seed, figure=figure, angle=angle, way=way))
    return float(end.scalars["kernel/missed"])


def digits(kernel):
    """Each row in ninths, a point for nothing."""
    return [
        " ".join(f"{float(9 * value):.0f}" for value in row).replace("0", ".") for row in kernel
    ]


def test_the_branches_of_module_3a():
    assert MODULES["3a"] == (64, 96, 128, 16, 32, 32)
    one, reduced3, three, reduced5, five, pooled = MODULES["3a"]
    assert one + three + five + pooled == 256
    rows = {row[0]: [int(cell) for cell in row[1:]] for row in LESSON.rows("| branch  | with")}
    assert rows == {
        "1×1": [192 * one] * 2,
        "3×3": [192 * reduced3 + reduced3 * three * 9, 192 * three * 9],
        "5×5": [192 * reduced5 + reduced5 * five * 25, 192 * five * 25],
        "maximum": [192 * pooled, 0],
        "sum": [163_328, 387_072],
    }
    for column in range(2):
        *parts, total = (row[column] for row in rows.values())
        assert sum(parts) == total
    assert round(rows["5×5"][1] / rows["5×5"][0]) == 10
    assert LESSON.says("A tenth for the largest window")
    offsets = one + reduced3 + three + reduced5 + five + pooled
    assert rows["sum"][0] + offsets == 163_696
    assert LESSON.says("module 3a has 163,696 parameters")


def test_the_small_products():
    lines = [line.replace("makes", "").split(" weights")[0] for line in LESSON.figure("makes")]
    text = "\n".join(lines)
    for row, column, made in (
        ((0, 1, 0), (1, 2, 1), ((0, 1, 0), (0, 2, 0), (0, 1, 0))),
        ((1, 2, 1), (1, 2, 1), ((1, 2, 1), (2, 4, 2), (1, 2, 1))),
    ):
        assert torch.equal(torch.outer(torch.tensor(column), torch.tensor(row)), torch.tensor(made))
        for each in made:
            assert " ".join(map(str, each)) in text
    assert (2 * 9, 7 + 7) == (18, 14)


def test_the_stroke_and_the_spot():
    kernel = wanted("line", 45.0)
    u, s, v = torch.linalg.svd(kernel)
    spot = s[0] * u[:, :1] @ v[:1]
    assert torch.linalg.matrix_rank(kernel) == 7
    top = kernel.max()
    lines = LESSON.figure("made of a row and a column")[2:]
    for left, right, line in zip(digits(kernel / top), digits(spot / top), lines, strict=True):
        assert line == f"   {left}              {right}"


@pytest.mark.slow
def test_the_table_of_what_is_missed():
    rows = {row[0]: row[1:] for row in LESSON.rows("| made of                | weights")}
    for name, maps in (("row and column", 1), ("the same, 2 maps", 2), ("the same, 4 maps", 4)):
        weights, upright, *others = rows[name]
        assert int(weights) == 14 * maps
        assert upright == "0"
        assert float(least(wanted("line", 0.0), maps)) < 1e-6
        expected = [least(wanted(*KERNELS[head]), maps) for head in ("15°", "45°", "ring")]
        assert others == [f"{float(each):.2f}".lstrip("0") for each in expected]
    assert rows["7×7, whole"] == ["49", "0", "0", "0", "0"]
    small = rows["3×3 thrice, 5 starts"]
    assert small[0] == "27"
    for said, kernel in zip(small[1:], KERNELS.values(), strict=True):
        found = [missed(seed, *kernel, "3x3 thrice") for seed in range(5)]
        assert said == "–".join(f"{each:.2f}".lstrip("0") for each in (min(found), max(found)))


def test_descent_arrives_at_the_fourth_decimal():
    for case, maps, head in (("slanted", 1, "45°"), ("leaning", 1, "15°"), ("more-maps", 4, "45°")):
        kept = LESSON.recorded("inception.apart", case, "kernel/missed")
        for name in ("lo", "mid", "hi"):
            assert kept[name][-1] == pytest.approx(
                float(least(wanted(*KERNELS[head]), maps)), abs=5e-5
            )


def test_the_choices_of_the_bet_are_apart():
    ends = [
        LESSON.recorded("inception.apart", case, "kernel/missed")
        for case in ("upright", "leaning", "slanted")
    ]
    assert ends[0]["hi"][-1] < 0.001
    assert f"{ends[1]['mid'][-1]:.2f}" == "0.31"
    assert f"{ends[2]['mid'][-1]:.2f}" == "0.66"
    for lower, upper in itertools.pairwise(ends):
        assert lower["hi"][-1] + 0.2 < upper["lo"][-1]


def test_the_table_of_heads():
    rows = LESSON.rows("| style         | heads")
    for row, case in zip(rows, ("as-printed", "batch-norm", "no-heads"), strict=True):
        kept = LESSON.recorded("inception.whole", case, "valid/accuracy")
        assert row[2] == f"{kept['mid'][-1]:.2f}"
    assert AUXILIARY == 0.3


def test_the_parameters_of_the_networks():
    without = count(on_meta(lambda: GoogLeNet("2014", heads=False)))
    heads = count(on_meta(lambda: GoogLeNet("2014")))
    third = count(on_meta(lambda: Inception3(head=False)))
    old = count(on_meta(lambda: AlexNet()))
    assert (without, heads) == (6_998_552, 13_378_280)
    assert LESSON.says("6,998,552 without the heads")
    assert LESSON.says("it is 13,378,280")
    assert f"{old / 1e6:.0f}" == "61"
    assert 8.5 < old / without < 9
    assert 4 < old / heads < 5
    assert 60 / 5 == 12
    assert third < 25e6
    assert len(MODULES) == 9


def test_the_layers_that_learn():
    model = on_meta(lambda: GoogLeNet("2014", heads=False))
    # Along the longest way: the stem, two convolutions a module, the dense layer.
    assert 3 + 2 * len(MODULES) + 1 == 22
    assert sum(isinstance(each, torch.nn.Linear) for each in model.modules()) == 1


def test_the_maps_between_v3s_rows_and_columns():
    model = on_meta(lambda: Inception3(head=False))
    between = {
        each.out_channels
        for each in model.modules()
        if isinstance(each, torch.nn.Conv2d) and each.kernel_size == (1, 7)
    }
    assert min(between) == 128
    assert max(between) == 192


@pytest.mark.parametrize(
    ("window", "rank"),
    [
        (((1, 0, -1), (2, 0, -2), (1, 0, -1)), 1),
        (((1, -1, 1), (-1, 1, -1), (1, -1, 1)), 1),
        (((1, 0, 0), (0, 1, 0), (0, 0, 1)), 3),
        (((1, 1, 1), (1, 0, 1), (1, 1, 1)), 2),
    ],
)
def test_the_ranks_of_the_questions(window, rank):
    assert torch.linalg.matrix_rank(torch.tensor(window, dtype=torch.float)) == rank


@pytest.mark.parametrize("c", [64, 128, 160, 192])
def test_the_weights_of_a_row_and_a_column(c):
    pair = on_meta(
        lambda: torch.nn.Sequential(
            torch.nn.Conv2d(c, c, (1, 7), bias=False), torch.nn.Conv2d(c, c, (7, 1), bias=False)
        )
    )
    assert count(pair) == 14 * c * c


@pytest.mark.parametrize("a", [64, 112, 128, 160])
def test_the_maps_that_are_stacked(a):
    assert a + 128 + 32 + 32 == a + 192


@pytest.mark.parametrize("k", [2, 10, 20])
def test_the_smoothed_target(k):
    logits = torch.randn(1, k, requires_grad=True)
    torch.nn.functional.cross_entropy(logits, torch.tensor([0]), label_smoothing=0.1).backward()
    target = (logits.softmax(1) - logits.grad).detach()
    assert float(target[0, 0]) == pytest.approx(0.9 + 0.1 / k, abs=1e-5)


def test_the_text_names_what_the_file_has():
    assert (apart.SIDE, Config().steps, Config().angle) == (7, 400, 45.0)

"""Every number that the lesson on pooling, dropout and the duck states, worked out again."""

import importlib.util
import json
from itertools import pairwise, product

import pytest
import torch
from evidence import COURSE, Lesson
from torch import nn
from torch.nn import functional

from models.anatomy import Config, belie, network, on, train
from models.data import digits
from models.reading import Start
from models.turned import all_by, called, scores, sure
from tutor.core.instruments.convolution import Convolution

LESSON = Lesson("day2/28-pooling-and-a-duck")
MAP = torch.tensor([[1.0, 0, 2, 3], [4, 1, 0, 1], [0, 0, 8, 0], [2, 2, 0, 0]])[None, None]
SHADES = " ░▒▓█"


def end(run, case, series, which="mid"):
    return LESSON.recorded(run, case, series)[which][-1]


def test_the_anatomy():
    table = LESSON.rows("| layer              | one picture |")
    x, field, jump = torch.zeros(1, 1, 8, 8), 1, 1
    shapes, fields, counts = [(1, 8, 8)], [1], [0]
    for layer in network():
        x = layer(x)
        counts[-1] += 0
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.Linear):
            shapes.append(tuple(x.shape[1:]))
            counts.append(sum(each.numel() for each in layer.parameters()))
            if not isinstance(layer, nn.Linear):
                size = 3 if isinstance(layer, nn.Conv2d) else 2
                field += (size - 1) * jump
                jump *= 2 if isinstance(layer, nn.MaxPool2d) else 1
                fields.append(field)
    assert [row[1] for row in table] == [str(shape) for shape in shapes]
    assert [int(row[3]) for row in table] == counts
    assert [row[2] for row in table] == [*map(str, fields), "all", "all"]
    assert fields == [1, 3, 4, 8, 10]


@pytest.mark.parametrize("n", [2, 3, 5])
def test_receptive_fields_of_a_stack(n):
    side = 31
    x = torch.zeros(1, 1, side, side, requires_grad=True)
    y = x
    for _ in range(n):
        y = functional.conv2d(y, torch.ones(1, 1, 3, 3), padding=1)
    y[0, 0, side // 2, side // 2].backward()
    assert int((x.grad[0, 0].abs().sum(0) > 0).sum()) == 2 * n + 1


def test_the_pooled_map():
    lines = LESSON.figure("the greatest      the mean")[1:]
    most = functional.max_pool2d(MAP, 2)[0, 0].tolist()
    mean = functional.avg_pool2d(MAP, 2)[0, 0].tolist()
    rows = [line for line in lines if "──" not in line]
    for row, line in enumerate(rows):
        numbers = line.replace("│", " ").split()
        assert list(map(float, numbers[:4])) == MAP[0, 0, row].tolist()
        if row in (1, 2):
            told = list(map(float, numbers[4:]))
            assert told == [*most[row - 1], *mean[row - 1]]


def test_the_four_thinned_networks():
    units = torch.tensor([2.0, 3.0])
    sums = [float((2 * units * torch.tensor(kept)).sum()) for kept in product((0, 1), repeat=2)]
    assert sorted(sums) == [0, 4, 6, 10]
    assert sum(sums) / 4 == float(units.sum()) == 5
    figure = " ".join(LESSON.figure("mean of the four: 5"))
    assert "4 + 6 = 10" in figure
    assert "2 + 3 =  5" in figure


def test_how_many_lies():
    labels = digits.splits()[0].labels
    _, lies = belie(labels, 0.5, torch.Generator().manual_seed(0))
    assert len(labels) == 1097
    assert int(lies.sum()) == 548
    assert LESSON.says("Of 1,097 labels 548 are wrong")
    assert LESSON.says("549 labels are right, 548 are lies")
    # Half the labels of a digit are lies, of nine kinds.
    assert pytest.approx(1 / 18) == 0.5 / 9
    assert 0.5**5 == 1 / 32
    assert LESSON.says("in one step of 32")


def test_the_choices_of_the_bet_are_apart():
    bands = [
        (
            end("drop.lies", case, "valid/upright", "lo"),
            end("drop.lies", case, "valid/upright", "hi"),
        )
        for case in ("nothing", "half", "no-lies")
    ]
    assert all(a[1] < b[0] for a, b in pairwise(bands))
    assert 0.55 < bands[0][0] <= bands[0][1] < 0.75
    assert bands[1][0] > 0.87
    assert bands[2][0] > 0.97


def test_the_table_of_lies():
    table = LESSON.rows("| dropout | lies told |")
    cases = [("0", "nothing"), ("0.5", "half"), ("0.95", "too-much")]
    for (dropout, case), row in zip(cases, table, strict=False):
        series = ("valid/upright", "lies/repeated", "lies/seen through")
        told = [f"{end('drop.lies', case, each):.2f}" for each in series]
        assert row == [dropout, "half", *told]
    honest = (
        end("drop.lies", "no-lies", "valid/upright"),
        end("drop.turn", "upright", "valid/upright"),
    )
    assert table[3:] == [
        ["0", "none", f"{honest[0]:.2f}", "", ""],
        ["0.2", "none", f"{honest[1]:.2f}", "", ""],
    ]


def test_the_truth_comes_first():
    curve = LESSON.recorded("drop.lies", "nothing", "valid/upright")
    most = max(curve["mid"])
    assert f"{most:.2f}" == "0.91"
    assert curve["step"][curve["mid"].index(most)] == 12 * 35


def test_what_a_move_by_one_pixel_costs():
    row = Lesson("day2/26-why-convolution").row("| `conv`, a dense layer on top")
    still, moved = map(float, row[1:3])
    assert 1 / 3 < (still - moved) / still < 2 / 5
    assert LESSON.says("lost more than a third of its digits to a move by one pixel")


def test_the_table_of_turns():
    table = LESSON.rows("| turned in training |")
    cases = {"not at all": "upright", "up to 60°": "sixty", "up to 180°": "all-round"}
    series = ["valid/upright", "valid/aslant", "valid/sure of lying 6"]
    assert [row[0] for row in table] == list(cases)
    for row in table:
        assert row[1:] == [f"{end('drop.turn', cases[row[0]], each):.2f}" for each in series]


@pytest.fixture(scope="module")
def upright():
    """The network of the duck's section, trained on upright digits."""
    for item in train(Config(dropout=0.2)):
        if isinstance(item, Start):
            model = item.model
    return model


def test_a_lying_six_is_called_a_four(upright):
    valid, test = (on("cpu", part) for part in digits.splits()[1:])
    for way in (90, -90):
        assert called(upright, test, 6, way)[4] >= 0.9
        assert sure(upright, test, 6, way) >= 0.9
    assert called(upright, test, 6, 180)[9] >= 0.6
    six = valid.images[valid.labels == 6][6:7]
    answers = [scores(upright, all_by(six, way)).argmax(1).item() for way in (0, 90, 180)]
    assert answers == [6, 4, 9]


def test_the_six_of_the_figure():
    part = digits.splits()[1]
    six = part.images[part.labels == 6][6:7, None]
    lines = LESSON.figure("on its side         on its head")[2:10]
    starts = (1, 21, 41)
    for turned, start in zip((0, 90, 180), starts, strict=True):
        image = all_by(six, turned)[0, 0]
        for line, row in zip(lines, image.tolist(), strict=True):
            drawn = "".join(2 * SHADES[min(4, int(5 * value + 1e-4))] for value in row)
            assert line.ljust(60)[start : start + 16].rstrip() == drawn.rstrip()


def test_the_desk():
    (lab,) = LESSON.text.split("```toml lab")[1:]
    rows = json.loads(lab.split("picture = ")[1].split(", kernels")[0])
    one = Convolution(
        picture=tuple(map(tuple, rows)),
        kernels={"2x2": ((1, 1), (1, 1)), "3x3": ((1,) * 3,) * 3},
        pooling=True,
    )
    small = one.press("s").figures
    assert (small["stride"], small["unread"], small["rows"]) == (2, 1, 3)
    large = one.press("k").press("s").press("f")
    assert (large.figures["stride"], large.figures["unread"], large.figures["seen"]) == (2, 0, 9)
    assert sum(row.count(7) for row in large.map) == 4


@pytest.mark.parametrize("p", [0.2, 0.75, 0.8])
def test_what_is_kept_counts_for_more(p):
    found = nn.Dropout(p)(torch.ones(1000))
    assert float(found.max()) == pytest.approx(1 / (1 - p))


@pytest.mark.parametrize("a", [-3, 1, 5])
def test_greatest_less_mean(a):
    window = torch.tensor([3.0, -1, a, 5])
    assert float(window.max() - window.mean()) == 5 - (7 + a) / 4


def test_the_shape_of_the_question():
    assert tuple(nn.MaxPool2d(2)(torch.zeros(8, 16, 28, 28)).shape) == (8, 16, 14, 14)


def test_the_snippet_says_so():
    overlapping = functional.max_pool2d(MAP, 3, stride=1)
    assert int((overlapping == 8).sum()) == 4


def test_defaults_of_the_text():
    assert Config().epochs == 40
    assert LESSON.says("256 units")


def test_the_solution_is_what_the_text_says():
    path = COURSE / LESSON.place / "solution/layers.py"
    spec = importlib.util.spec_from_file_location("layers_of_l28", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    x = torch.randn(2, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    for k, stride in ((2, 2), (3, 2), (3, 1), (2, 3)):
        torch.testing.assert_close(
            module.max_pool2d(x, k, stride), functional.max_pool2d(x, k, stride)
        )

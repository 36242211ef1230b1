"""Every number that the lesson on neurons and perceptrons works out by hand, worked out again."""

import math
import re

import pytest
import torch
from evidence import Lesson, curves

from models import xor
from models.perceptron import GATES, Config, Perceptron, mp_neuron, train

LESSON = Lesson("day1/09-neuron-and-perceptron")
POINTS = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)


def mistakes(**knobs):
    return curves(train(Config(**knobs)))["train/mistakes"]


def epoch(unit: Perceptron, task: str) -> int:
    return sum(unit.learn(x, y) for x, y in zip(POINTS, GATES[task], strict=True))


def test_the_table_of_the_two_thresholds():
    table = LESSON.rows("| $x_1$ | $x_2$ | count")
    assert len(table) == 4
    none = torch.zeros(0, dtype=torch.long)
    for x1, x2, count, both, either in table:
        inputs = torch.tensor([int(x1), int(x2)])
        assert int(count) == inputs.sum()
        assert int(both) == mp_neuron(inputs, none, 2)
        assert int(either) == mp_neuron(inputs, none, 1)
        assert mp_neuron(inputs, none, 0), "the slide's unit is on for every input"


def test_not_from_a_constant_and_a_veto():
    constant = torch.tensor([1])
    assert [bool(mp_neuron(constant, torch.tensor([x]), 1)) for x in (0, 1)] == [True, False]


def test_the_epoch_by_hand_row_by_row():
    table = LESSON.rows("| $x_1, x_2$ | target $y$")
    assert len(table) == 4
    unit = Perceptron(2)
    for (inputs, target, total, answer, error, after), x, y in zip(
        table, POINTS, GATES["and"], strict=True
    ):
        assert [float(value) for value in inputs.split(",")] == x.tolist()
        assert int(target) == y
        assert float(total) == float(x @ unit.weights) + unit.bias
        assert int(answer) == int(unit.predict(x))
        assert int(error) == y - int(unit.predict(x))
        unit.learn(x, y)
        assert [float(value) for value in after.split(",")] == [*unit.weights.tolist(), unit.bias]


def test_the_mistakes_of_every_epoch_and_where_it_ends():
    unit = Perceptron(2)
    assert [epoch(unit, "and") for _ in range(6)] == [2, 3, 3, 2, 1, 0]
    assert LESSON.says("**2, 3, 3, 2, 1, 0** mistakes")
    assert (*unit.weights.tolist(), unit.bias) == (2, 1, -3)
    assert LESSON.says("$w = (2, 1)$ and $b = -3$")
    assert LESSON.says("$2 + 1 - 3 = 0$")
    assert mistakes() == [2, 3, 3, 2, 1, 0]


@pytest.mark.parametrize("rate", [0.25, 4.0])
def test_the_learning_rates_of_the_knob_change_nothing(rate):
    assert mistakes(learning_rate=rate) == [2, 3, 3, 2, 1, 0]


def test_a_tenth_is_not_a_tenth():
    assert LESSON.says("epochs of 2, 3, 3, 0 mistakes")
    assert mistakes(learning_rate=0.1) == [2, 3, 3, 0]


def test_the_figure_shows_the_gates_and_lines_that_part_them():
    figure = LESSON.figure("AND                  OR")
    upper = next(row for row in figure if row.startswith("x2=1"))
    lower = next(row for row in figure if row.startswith("x2=0"))
    digits = [re.findall(r"(?<![=x])[01]", row[4:]) for row in (lower, upper)]
    for panel, task in enumerate(("and", "or", "xor")):
        shown = [*digits[0][2 * panel : 2 * panel + 2], *digits[1][2 * panel : 2 * panel + 2]]
        by_point = dict(zip([(0, 0), (1, 0), (0, 1), (1, 1)], map(int, shown), strict=True))
        assert [by_point[int(x), int(y)] for x, y in POINTS] == list(GATES[task])
    assert upper[4:].split() == ["0", "\\", "1", "\\", "1", "1", "1", "0"]
    assert lower[4:].split() == ["0", "0", "\\", "0", "\\", "1", "0", "1"]


def test_xor_ends_with_all_four_wrong_in_a_circle_of_four_lines():
    assert mistakes(task="xor") == [3, 3, *[4] * 18]
    assert LESSON.says("3, 3, 4, 4, 4 …")
    unit = Perceptron(2)
    ends = []
    for _ in range(6):
        epoch(unit, "xor")
        ends.append((*unit.weights.tolist(), unit.bias))
    assert ends[0] != ends[1]
    assert set(ends[1:]) == {(-1, 0, 0)}
    assert LESSON.says("From the second epoch on, each epoch ends at $w = (-1, 0)$, $b = 0$")


def test_the_bet_on_three_of_four_is_the_curve_of_or_without_bias():
    assert mistakes(task="or", bias=False) == [1] * 20


def test_the_bound_for_and():
    # Of all planes (w1, w2, b) the widest street is the one of (2, 2, -3): a fine sweep finds no
    # wider, and R^2 / gamma^2 = 3 * 17.
    constant = torch.cat([POINTS, torch.ones(4, 1)], dim=1)
    signed = constant * (2 * torch.tensor(GATES["and"])[:, None] - 1)
    best = torch.tensor([2.0, 2.0, -3.0], dtype=torch.float64)
    gamma = (signed @ best).min() / best.norm()
    assert float(gamma**2) == pytest.approx(1 / 17)
    sweep = torch.nn.functional.normalize(
        torch.cartesian_prod(*[torch.linspace(-1, 1, 61, dtype=torch.float64)] * 3), dim=1
    )
    assert float((sweep @ signed.T).min(1).values.max()) <= float(gamma) + 1e-9
    assert float((constant**2).sum(1).max() / gamma**2) == pytest.approx(51)
    assert sum(mistakes()) == 11
    assert LESSON.says("at most 51. You saw 11.")


def test_the_numbers_around_the_hidden_layer():
    assert sum(p.numel() for p in xor.network(8, "none").parameters()) == 33
    assert LESSON.says("33 parameters that draw one line")
    assert f"{math.log(2):.3f}" == "0.693"
    assert LESSON.says("0.693")


def test_the_shelves_on_which_a_stuck_network_rests():
    # One point in four right for free; three share a probability of 2/3, right for two of them.
    three_alike = (2 * -math.log(2 / 3) - math.log(1 / 3)) / 4
    assert f"{three_alike:.3f}" == "0.477"
    assert f"{math.log(2) / 2:.3f}" == "0.347"
    assert LESSON.says("At 0.347, half of $\\ln 2$")
    assert LESSON.says("At 0.477 it has one point right")

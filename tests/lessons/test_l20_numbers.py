"""Every number that the hands-on lesson on a line states, worked out again."""

import math

import torch
from evidence import Lesson

from models.line import Config, Line, points

LESSON = Lesson("day1/20-line-in-pytorch")


def left(rate: float, steps: int) -> float:
    """What is left of an error after so many steps."""
    return (1 - 2 * rate) ** steps


def test_the_pocket_calculator():
    assert f"{left(0.001, 100):.3f}" == "0.819"
    assert f"{left(0.001, 100) ** 2:.3f}" == "0.670"
    assert f"{left(0.001, 90) ** 2:.3f}" == "0.697"
    assert f"{11.85 / 17.43:.3f}" == "0.680"
    assert LESSON.says("$0.998^{100} = 0.819$")
    assert LESSON.says("$0.998^{180} = 0.697$")
    assert f"{left(0.01, 100):.3f}" == "0.133"
    assert f"{left(0.01, 100) ** 2:.3f}" == "0.018"
    assert f"{left(0.1, 10):.3f}" == "0.107"


def test_how_many_steps_the_notebook_would_have_needed():
    steps = math.ceil(math.log(0.05 / 3) / math.log(0.998))
    assert f"{steps:,}" == "2,046"
    assert LESSON.says("2,046 steps to get from an error of 3 to one of 0.05")


def test_the_program_is_the_one_in_the_table():
    defaults = Config()
    assert (defaults.learning_rate, defaults.batch_size, defaults.epochs) == (0.001, 10, 10)
    assert sorted(name for name, _ in Line().named_parameters()) == ["a", "b"]
    assert len(points(100, 0.1, torch.Generator())[0]) == 100


def test_the_choices_of_the_bet_are_apart():
    ends = LESSON.bands("line.fit", "valid/loss")
    assert ends["lab"]["lo"][-1] > 1
    assert 0.1 < ends["ten-times"]["lo"][-1] <= ends["ten-times"]["hi"][-1] < 0.6
    assert ends["right"]["hi"][-1] < 0.02


def test_the_figures_of_the_checks():
    assert (4 + 16) / 2 == 10
    # One step from 0, 0 on x = 1, 2 and y = 2, 4: the gradients are -10 and -6.
    assert [-sum(2 * x * y for x, y in ((1, 2), (2, 4))) / 2, -sum(2 * y for y in (2, 4)) / 2] == [
        -10,
        -6,
    ]

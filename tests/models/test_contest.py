"""The open problems: budgets that hold, judges that agree with what is known."""

import math
from importlib import import_module

import pytest
import torch

from models import adversarial, contest
from models.contest import Config, manual, robust, writers
from models.data import digits
from models.reading import Reading, Start

DIGITS = """
from torch import nn
def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
"""
NOTHING = """
import torch
from torch import nn
class Nothing(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(1))
    def forward(self, x):
        return x[:, :1] * self.scale
def build():
    return Nothing()
"""
TEXT = """
import torch
from torch import nn
class Table(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(103, 103))
    def forward(self, tokens):
        return self.table[tokens]
def build():
    return Table()
"""


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "mine.py"
        path.write_text(text)
        return str(path)

    return write


def run(problem, learner, **knobs):
    """The last value of every series."""
    last = {}
    for each in import_module(f"models.contest.{problem}").train(Config(learner=learner, **knobs)):
        if isinstance(each, Reading):
            last |= {name: float(value) for name, value in each.scalars.items()}
        else:
            assert isinstance(each, Start)
    return last


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DIGITS.replace("(64, 10)", "(64, 16), nn.Linear(16, 10)"), "1,210 parameters; the budget"),
        (DIGITS.replace("64, 10", "64, 9"), r"answers \(2, 9\) where \(2, 10\)"),
        (DIGITS.replace("build", "made"), "no function `build`"),
        ("def build():\n    return 3", "returned a int"),
    ],
)
def test_a_network_out_of_bounds_is_refused_in_a_sentence(file, text, words):
    with pytest.raises(ValueError, match=words):
        next(writers.train(Config(learner=file(text))))


def test_without_a_file_it_says_what_to_do():
    with pytest.raises(ValueError, match="write the code of this problem first"):
        next(writers.train(Config()))


def test_frozen_numbers_and_buffers_count_and_shared_ones_once():
    layer = torch.nn.Linear(3, 3)
    layer.register_buffer("ruler", torch.zeros(5))
    layer.weight.requires_grad_(False)
    assert contest.parameters(torch.nn.Sequential(layer, layer)) == 3 * 3 + 3 + 5


def test_digits_learn_and_repeat(file):
    learner = file(DIGITS)
    once, again = (run("writers", learner, steps=60) for _ in range(2))
    assert once == again
    assert once["parameters"] == 650
    assert once["test/accuracy"] > 0.5
    assert run("writers", learner, steps=60, seed=1) != once


def test_prepare_is_asked_for_every_batch(file):
    blank = DIGITS + "def prepare(images, generator):\n    return 0 * images\n"
    assert run("writers", file(blank), steps=30)["test/accuracy"] < 0.5


def test_the_attack_is_that_of_the_lesson(file):
    found = run("robust", file(DIGITS), steps=40)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
    part = digits.splits()[2]
    generator = torch.Generator().manual_seed(3)
    moved = adversarial.pgd(model, part.images[:, None], part.labels, 0.15, 20, generator)
    expected = float((model(moved).argmax(1) == part.labels).float().mean())
    assert float(robust.attacked(model, part, 3)) == pytest.approx(expected)
    assert found["test/attacked"] <= found["test/clean"]


def test_saying_no_change_has_no_skill(file):
    found = run("weather", file(NOTHING), steps=1, learning_rate=1e-12)
    assert found["test/skill"] == pytest.approx(0, abs=1e-4)


def test_knowing_nothing_costs_the_logarithm_of_the_characters(file):
    found = run("manual", file(TEXT), steps=1, learning_rate=1e-12)
    assert found["test/loss"] == pytest.approx(math.log(103), abs=1e-4)
    assert found["parameters"] == 103 * 103


def test_a_network_that_looks_ahead_is_refused(file):
    ahead = TEXT.replace("self.table[tokens]", "self.table[tokens.roll(-1, 1)] + 0 * self.table[0]")
    ahead = ahead.replace("torch.zeros(103, 103)", "torch.randn(103, 103)")
    with pytest.raises(ValueError, match="come later"):
        next(manual.train(Config(learner=file(ahead))))

"""Every number that the lesson on tracking states, worked out again."""

import math
import statistics
from collections import Counter

import pytest
import torch
from evidence import Lesson, curves

from models.lucky import Config, train

LESSON = Lesson("day1/22-tracking")


def deviation(images: int) -> float:
    return math.sqrt(0.87 * 0.13 / images)


@pytest.fixture(scope="module")
def run():
    torch.set_num_threads(1)
    return curves(train(Config(seed=0, alike=True, held_out=20)))


def test_the_spread_of_a_look():
    assert f"{deviation(20):.3f}" == "0.075"
    assert f"{deviation(250):.3f}" == "0.021"
    assert LESSON.says("at 250 the deviation is 0.021")


def test_the_figure_is_the_run_of_seed_0(run):
    counts = Counter(round(20 * right) for right in run["valid/this"])
    figure = LESSON.figure("right of 20")[3:]
    shown = {int(line.split()[0]): line.count("o ") + line.endswith("o") for line in figure[:3]}
    assert shown == dict(counts)
    assert sum(shown.values()) == 24


def test_the_claim_and_the_truth(run):
    assert f"{run['test/claim'][-1]:.2f}" == "0.97"
    assert 0.87 <= run["test/truth"][-1] <= 0.895
    assert LESSON.says("on average the best gets 97 % of them right")


def test_the_greatest_of_24_lies_a_little_under_two_deviations_above():
    draws = torch.randn(20_000, 24, generator=torch.Generator().manual_seed(0)).amax(1)
    assert 1.9 < float(draws.mean()) < 2.0
    assert f"{math.sqrt(2 * math.log(24)):.1f}" == "2.5"


def test_the_two_settings_of_the_question():
    a, b = (0.961, 0.968, 0.960), (0.966, 0.965, 0.967)
    assert (f"{statistics.mean(a):.3f}", f"{statistics.mean(b):.3f}") == ("0.963", "0.966")
    assert 0.2 < statistics.stdev(b) / statistics.stdev(a) < 0.25
    assert max(a) > max(b)  # one of A's is above all of B's


def test_the_curves_of_the_bet():
    ends = LESSON.bands("track.luck", "valid/best")
    assert ends["luck"]["mid"][-1] >= 0.95 - 1e-6
    assert f"{ends['seeds']['mid'][-1]:.2f}" in ("0.92", "0.93")
    assert f"{ends['both']['mid'][-1]:.2f}" == "0.91"
    spread = {name: end["hi"][-1] - end["lo"][-1] for name, end in ends.items()}
    assert spread["both"] < spread["seeds"]

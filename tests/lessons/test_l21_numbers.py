"""Every number that the hands-on lesson on a curve states, worked out again."""

import math
import statistics

import pytest
import torch
from evidence import Lesson, ended

from models.curve import Config, curve, points, train

LESSON = Lesson("day1/21-curve-in-fastai")
DEVIATION = 20 / math.sqrt(12)
"""Of x, which is uniform in [-10, 10]."""


def at(x: float) -> float:
    return float(curve(torch.tensor([[x]], dtype=torch.float64)))


def within(reach: float) -> float:
    """The share of corners -b/w nearer than so much to 0, w and b both uniform in [-1, 1]."""
    return reach / 2 if reach <= 1 else 1 - 1 / (2 * reach)


def test_how_far_the_targets_reach():
    assert (f"{at(-10):,.0f}", f"{-at(10):,.0f}") == ("89,841", "110,239")
    assert LESSON.says("from 89,841 down to −110,239")
    assert f"{(at(8) - at(10)) / 1000:.0f}" == "85"
    middle = [at(x / 100) for x in range(-200, 201)]
    assert max(middle) - min(middle) < 50


def test_the_parameters():
    sizes = [(1, 200), (200, 100), (100, 50), (50, 1)]
    assert sum(a * b + b for a, b in sizes) == 25_601
    assert LESSON.says("= 25{,}601")


def test_where_the_corners_stand():
    table = LESSON.figure("200 corners of the first layer")[3:]
    edges = [0, 2, 4, 6, 8, 10, math.inf]
    for row, low, high in zip(table, edges, edges[1:], strict=False):
        shown = [int(word) for word in row.replace("beyond", "").split() if word.isdigit()]
        bars = [len(word) for word in row.split() if set(word) == {"#"}]
        raw, scaled = (
            200 * ((within(high / unit) if high < math.inf else 1) - within(low / unit))
            for unit in (1, DEVIATION)
        )
        assert abs(shown[0] - raw) <= 0.5 + 1e-9
        assert abs(shown[1] - scaled) <= 0.5 + 1e-9
        assert [max(1, round(each / 5)) for each in shown] == bars
    assert within(1) == 1 / 2
    assert f"{1 - within(5):.1f}" == "0.1"
    assert f"{10 / DEVIATION:.2f}" == "1.73"


def test_what_five_seeds_gave():
    bands = LESSON.bands("curve.fit", "test/mse")
    middles = {case: band["mid"][-1] for case, band in bands.items()}
    rows = {
        "targets not scaled": "raw-targets",
        "no activation": "no-activation",
        "the notebook": "notebook",
        "inputs scaled too": "scaled",
    }
    for words, case in rows.items():
        assert LESSON.row(f"| {words}")[1] == f"{middles[case]:.2f}"
    assert 5.5 < middles["notebook"] / middles["scaled"] < 7.5


def test_the_best_line_leaves_less_than_half():
    x, y = points(100_000, torch.Generator().manual_seed(0))
    both = torch.cat([x, torch.ones_like(x)], 1)
    rest = both @ torch.linalg.lstsq(both, y).solution - y
    assert f"{float(rest.square().mean() / y.var()):.2f}" == "0.45"


def middle(**knobs) -> float:
    """The test error of five seeds, their middle."""
    runs = (train(Config(seed=seed, **knobs)) for seed in range(5))
    return statistics.median(ended(run)[1]["test/mse"] for run in runs)


def test_batches_of_the_notebooks_size():
    assert Config().batch_size == 64
    assert middle(batch_size=32) == pytest.approx(0.06, abs=0.02)
    assert middle(batch_size=32, scale_x=True) == pytest.approx(0.006, abs=0.002)
    assert LESSON.says(
        "In batches of 32 ours comes to about 0.06 too, and with scaled inputs to 0.006."
    )


def test_a_rate_a_hundred_times_as_large_for_targets_that_were_not_scaled():
    assert middle(scale_y=False, learning_rate=0.1) == pytest.approx(0.02, abs=0.01)

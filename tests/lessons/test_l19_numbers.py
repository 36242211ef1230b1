"""Every number that the lesson on GPUs states, worked out again."""

import math
import statistics

import pytest
import torch
from evidence import COURSE, Lesson, ended
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from models import footprint, resnet, tuning
from models.batching import Measured, law
from models.footprint import Step
from models.memory import MIB
from models.throughput import SLIDE

LESSON = Lesson("day1/19-gpus")
CPU, GPU = (2, 20), (6, 0.4)
"""Milliseconds a call and a picture, of the worked example."""


def milliseconds(machine, batch):
    call, picture = machine
    return call + picture * batch


def rate(machine, batch):
    return 1000 * batch / milliseconds(machine, batch)


# --- the law ------------------------------------------------------------------------------------------


def test_the_table_of_two_machines():
    table = LESSON.rows("| batch | CPU, ms")
    assert [int(row[0]) for row in table] == [1, 8, 64, 256]
    for batch, cpu, cpu_rate, gpu, gpu_rate, ratio in table:
        b = int(batch)
        assert float(cpu) == milliseconds(CPU, b)
        assert gpu == f"{milliseconds(GPU, b):.1f}"
        assert cpu_rate == f"{math.floor(rate(CPU, b) + 0.5):.0f}"
        assert gpu_rate == f"{rate(GPU, b):.0f}"
        assert ratio == f"{rate(GPU, b) / rate(CPU, b):.1f}"
    assert LESSON.says("*every* ratio between 3 and 50")
    assert CPU[1] / GPU[1] == 50
    assert 3 < rate(GPU, 1) / rate(CPU, 1) < 4


def test_the_table_of_a_real_card():
    """Measured once, by `bench_gpu.py`; its figures stand in the README of the benches."""
    kept = (COURSE.parent / "tests/bench/README.md").read_text(encoding="utf-8")
    table = {row[0]: row[1:] for row in LESSON.rows("| batch                              |")}
    rates = table["pictures a second on the card"]
    assert (
        f"| GPU, bfloat16, channels last | {' | '.join(f'{int(each):,}' for each in rates)} | 0.9 with one picture, 132 "
        in kept
    )
    assert "| 16 cores, bfloat16; float32 | 41; 38 | 117; 40 |" in kept
    times = [float(each) / 117 for each in rates]
    assert [f"{each:.{1 if each < 10 else 0}f}" for each in times] == table[
        "times the 16 cores, at their best"
    ]
    assert "| 8.2 ms | | | 0.03 ms |" in kept
    assert LESSON.says("takes a batch of about 270")
    assert 265 < 8.2 / 0.03 < 275


def test_the_figure_of_the_ratios():
    figure = LESSON.figure("the slide's 47")
    assert max(map(len, figure)) <= 68  # all of it is seen at 80 columns
    head, bars = figure[2], figure[3:]
    assert len(bars) == 4
    for bar in bars:
        batch = int(bar.split()[0])
        assert bar.count("#") == round(rate(GPU, batch) / rate(CPU, batch))
        assert bar.index("#") == 7
    assert head.index("|") == 7 + SLIDE - 1
    assert head.split()[-2] == "47"


def test_knees():
    assert LESSON.says("its $a / c$ is 0.1")
    assert LESSON.says("half of its best at 15")
    assert CPU[0] / CPU[1] == 0.1
    knee = GPU[0] / GPU[1]
    assert knee == pytest.approx(15)
    assert rate(GPU, knee) == pytest.approx(1000 / GPU[1] / 2)


# --- the run ------------------------------------------------------------------------------------------


def ends(case):
    """Low, middle and high of the gain on one thread at the largest batch."""
    band = LESSON.recorded("gpus.race", case, "gain/one thread")
    assert band["step"] == [1, 2, 4, 8, 16, 32]
    return band["lo"][-1], band["mid"][-1], band["hi"][-1]


def test_the_bet():
    assert ends("side-224")[2] < 2
    low, middle, high = ends("side-96")
    assert low > 2
    assert high < 4.5
    assert middle == pytest.approx(3, abs=1)
    low, middle, _ = ends("side-32")
    assert low > 7
    assert middle == pytest.approx(10, abs=1.5)


def test_the_mark_has_a_margin():
    assert max(ends("side-224")[2], ends("side-96")[2]) < 5 * 0.9
    assert ends("side-32")[0] > 5 * 1.4


def authors(case):
    """What a call and a picture cost on the author's machine, in milliseconds."""
    band = LESSON.recorded("gpus.race", case, "throughput/one thread")
    rates = zip(band["step"], band["mid"], strict=True)
    found = [Measured("one thread", batch, rate, 1.0, 0.0) for batch, rate in rates]
    return [1000 * each for each in law(found)]


def test_what_a_call_and_a_picture_cost_on_the_authors_machine():
    call, picture = authors("side-32")
    assert LESSON.says("at 32 pixels, a call cost about 1.7 ms and a picture 0.14")
    assert call == pytest.approx(1.7, abs=0.5)
    assert picture == pytest.approx(0.14, abs=0.05)
    assert LESSON.says("At 32 pixels the call is worth about a dozen pictures")
    assert call / picture == pytest.approx(12, abs=3)
    call, picture = authors("side-96")
    assert LESSON.says("a call costs about as much as two or three pictures")
    assert 1.5 < call / picture < 4
    call, picture = authors("side-224")
    assert LESSON.says("a picture cost about 4.5, and the call was lost in the noise")
    assert picture == pytest.approx(4.5, abs=1)
    assert call < picture / 3


def test_a_networks_hundred_and_more_operations():
    layers = [
        each
        for each in resnet.network().modules()
        if isinstance(each, nn.Conv2d | nn.BatchNorm2d | nn.ReLU | nn.Linear | nn.MaxPool2d)
    ]
    assert len(layers) > 100
    assert LESSON.says("eight times narrower")


def test_the_data_sheets():
    xeon = 14 * 2.6e9 * 32
    assert f"{xeon / 1e12:.2f}" == "1.16"
    assert f"{5120 * 2 * 1.53e9 / 1e12:.1f}" == "15.7"
    assert f"{15.7e12 / xeon:.1f}" == "13.5"
    assert f"{125e12 / xeon:.0f}" == "107"
    assert LESSON.says("1.16 trillion a second at best")
    assert LESSON.says("15.7 trillion with 32-bit numbers, 13.5 times as many, and 125 trillion")
    assert 13.5 < SLIDE < 107


def test_decimal_digits():
    # The step from 1 to the next number is 2 to the power of 1 - bits.
    digits = {
        name: (1 - math.log2(torch.finfo(getattr(torch, name)).eps)) * math.log10(2)
        for name in ("float32", "bfloat16", "float16")
    }
    assert round(digits["float32"]) == 7
    assert 2 < digits["bfloat16"] < 3
    assert digits["float16"] - digits["bfloat16"] == pytest.approx(1, abs=0.1)
    assert torch.finfo(torch.bfloat16).max > 1e38
    assert torch.finfo(torch.float16).max < 1e5


# --- memory -------------------------------------------------------------------------------------------


def taken(**knobs):
    step = Step(footprint.Config(**knobs))
    return step.footprint(*step.draw(32))


@pytest.mark.slow
def test_the_parts_of_a_step():
    parts = taken()
    assert footprint.Config().side == 96
    found = [f"{getattr(parts, name) / MIB:.1f}" for name in parts._fields]
    assert found == ["1.5", "1.4", "1.4", "63.2", "66.6"]
    assert LESSON.says("1.5 MiB of weights, 1.4 of gradients, 1.4 of momentum, 63.2 of activations")
    assert LESSON.says("that is 66.6 MiB at the most")


@pytest.mark.slow
def test_four_pieces_and_recomputing():
    assert f"{taken(pieces=4).peak / MIB:.1f}" == "22.8"
    assert f"{taken(recompute=True).peak / MIB:.1f}" == "30.3"
    assert f"{taken(precision='bfloat16').peak / MIB:.0f}" == "39"
    assert LESSON.says("Four pieces: 22.8 MiB")
    assert LESSON.says("Recomputing: 30.3 MiB")


def test_the_mark_of_the_memory_has_a_margin():
    for case, passes in (("whole", 0), ("half-numbers", 0), ("four-pieces", 1), ("recomputed", 1)):
        band = LESSON.recorded("gpus.memory", case, "memory/peak")
        # It is counted, not measured, and so the same on every seed.
        assert band["lo"] == band["mid"] == band["hi"]
        peak = band["mid"][-1]
        assert peak < 35 * 0.9 if passes else peak > 35 * 1.1


def operations(**knobs):
    """Multiplications and additions of a step."""
    step = Step(footprint.Config(**knobs))
    batch = step.draw(4)
    with FlopCounterMode(display=False) as counter:
        step(*batch)
    return counter.get_total_flops()


def test_what_it_costs_in_time():
    # A block's last convolution need not be done again, since nobody asks for its output.
    assert 1.25 < operations(recompute=True) / operations() < 4 / 3
    assert LESSON.says("over a quarter more work")
    whole, pieces, again = (
        LESSON.recorded("gpus.memory", case, "ms a picture")["mid"][-1]
        for case in ("whole", "four-pieces", "recomputed")
    )
    assert 1 < pieces / whole < 1.35
    assert again > pieces


# --- the search ---------------------------------------------------------------------------------------


def test_the_plan_of_the_search():
    budget, longest = tuning.plan(tuning.Config())
    assert (budget, longest) == (2835, 945)
    assert math.ceil(budget / longest) == 3
    assert LESSON.says("2,835 steps either way")
    assert LESSON.says("random: 3 whole runs")


def search(name, seed):
    return ended(tuning.train(tuning.Config(search=name, seed=seed)))[1]["test/accuracy"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_table_of_searches():
    for (name, middle, worst), way in zip(
        LESSON.rows("| search "), ("random", "halving"), strict=True
    ):
        assert name.startswith(way)
        found = [search(way, seed) for seed in range(20)]
        assert statistics.median(found) == pytest.approx(float(middle), abs=0.006)
        assert min(found) == pytest.approx(float(worst), abs=0.006)


@pytest.mark.slow
def test_one_search_of_each():
    table = {
        row[0].split(":")[0]: [float(cell) for cell in row[1:]] for row in LESSON.rows("| search ")
    }
    assert search("halving", 0) >= table["halving"][1] - 0.006
    assert search("random", 0) >= table["random"][1] - 0.006


def test_the_mark_of_the_search():
    assert LESSON.recorded("gpus.automl", "halving-27", "test/accuracy")["lo"][-1] > 0.91
    assert LESSON.recorded("gpus.automl", "one-guess", "test/accuracy")["hi"][-1] < 0.8


# --- the answers --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_answers_of_the_questions():
    for b in (10, 30, 90):
        assert 1000 * b / (5 + 0.5 * b) == pytest.approx(rate((5, 0.5), b))
    assert rate((5, 0.5), 1e9) == pytest.approx(2000)
    assert LESSON.says("there are never more than 2,000 a second")
    assert LESSON.says("a batch of 1. In our example it was 3.4 where throughput was 47.3")
    for n in (9, 27, 81):
        rungs = list(tuning.halve(range(n), lambda setting, _: setting, 1))
        assert len(rungs[2][1]) == n / 9
    state = {name: taken(optimiser=name).state for name in ("sgd", "momentum", "adam")}
    weights = sum(each.numel() for each in resnet.network(8, 10).parameters())
    assert state["sgd"] == 0
    assert state["momentum"] == 4 * weights
    # Beside its two numbers a weight Adam counts its steps.
    assert state["adam"] == pytest.approx(8 * weights, rel=0.01)

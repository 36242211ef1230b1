"""Every number that the lesson on memory states, worked out again."""

import math

import pytest
import torch
from evidence import Lesson, ended
from torch import nn

from models import recurrent

LESSON = Lesson("day2/24-memory")


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_fifty_factors():
    assert f"{0.9**50:.3f}" == "0.005"
    assert f"{1.1**50:.0f}" == "117"
    assert LESSON.says("$0.9^{50} = 0.005$; with 1.1 they make 117")


def test_the_cell_of_the_figure():
    cell = recurrent.LSTM(1, 1)
    with torch.no_grad():
        for each in cell.parameters():
            each.zero_()
        cell.seen.bias.copy_(torch.tensor([-2.0, 1.0, 0.5, 0.0]))
        said, kept = cell(torch.zeros(1, 1), (torch.zeros(1, 1), torch.tensor([[0.8]])))
    drawn = "\n".join(LESSON.figure("sigmoid(1)"))
    let_in, new = sigmoid(-2), math.tanh(0.5)
    for number in (0.8, sigmoid(1), let_in, new, let_in * new, float(kept), 0.5, float(said)):
        assert f"{number:.2f}" in drawn
    assert f"tanh {math.tanh(float(kept)):.2f}" in drawn


def test_what_happened():
    rows = LESSON.rows("| letters ")
    assert len(rows) == 3
    for (letters, bias, gate, left, right), case in zip(
        rows, ("ten", "fifty", "five"), strict=True
    ):
        open_ = sigmoid(float(bias))
        share = open_ ** (int(letters) - 1)
        assert gate == f"{open_:.2f}"
        assert left == (f"{share:.7f}" if share < 1e-3 else f"{share:.3f}")
        assert right == f"{LESSON.recorded('mem.recall', case, 'valid/accuracy')['mid'][-1]:.2f}"
    assert f"{sigmoid(1) ** 49 * 1e7:.0f}" == "2"
    assert LESSON.says("after 49 steps two parts in ten million")


def test_ten_letters_take_a_hundred_steps():
    band = LESSON.recorded("mem.recall", "ten", "valid/accuracy")
    assert LESSON.says("100 steps until it is right every time")
    assert all(f"{right:.2f}" == "1.00" for right in band["lo"][-4:])


def test_the_bet_can_be_told_apart():
    ends = {
        case: LESSON.recorded("mem.recall", case, "valid/accuracy")
        for case in ("fifty", "slow", "ten")
    }
    assert ends["fifty"]["hi"][-1] < ends["slow"]["lo"][-1]
    assert ends["slow"]["hi"][-1] < ends["ten"]["lo"][-1]


def faded(cell, bias, length):
    """The gradient at the first letter over that at the last, before learning; five seeds' middle."""
    found = []
    for seed in range(5):
        torch.manual_seed(seed)
        model = recurrent.Rememberer(cell, 32, bias)
        asked = recurrent.sequences(64, length, torch.Generator().manual_seed(seed))
        reach = recurrent.memory(model, *asked)
        found.append(float(reach[0] / reach[-1]))
    return sorted(found)[2]


def test_how_faint_the_gradient_is():
    assert 6000 < 1 / faded("lstm", 1.0, 50) < 8000
    assert faded("lstm", 5.0, 50) > 1
    assert 60 < 1 / faded("lstm", 1.0, 20) < 80
    assert 50_000 < 1 / faded("rnn", 0.0, 20) < 200_000


def test_the_rule_of_the_lag():
    for bias, steps in ((1, "3.7"), (4, "55.6"), (5, "149")):
        assert f"{1 + math.exp(bias):.{len(steps.partition('.')[2])}f}" == steps
        assert 1 / (1 - sigmoid(bias)) == pytest.approx(1 + math.exp(bias))
        assert LESSON.says(f"bias of {bias}: {steps} steps") or LESSON.says(f"For {bias}: {steps}")
    assert f"{sigmoid(3) ** 49:.3f}" == "0.092"
    assert f"{math.log(50):.1f}" == "3.9"
    assert f"{math.log(100):.1f}" == "4.6"
    assert f"{math.log(120):.1f}" == "4.8"
    assert round(1 + math.exp(4.8)) == 123
    assert sigmoid(120) == 1.0
    assert round(1 / sigmoid(4) ** 99) == 6


def test_a_snap_has_two_places_to_rest():
    for start in (0.1, -0.1):
        state = start
        for _ in range(100):
            state = math.tanh(2 * state)
        assert f"{state:.2f}" == f"{math.copysign(0.96, start):.2f}"


def test_the_weights_of_the_cells():
    def count(kind):
        return sum(each.numel() for each in kind(8, 32).parameters())

    assert [count(kind) for kind in recurrent.CELLS.values()] == [1344, 5376, 4032]
    assert LESSON.says("= 1{,}344$")
    assert LESSON.says("5,376")
    assert LESSON.says("4,032")
    said, _ = nn.LSTM(10, 64, batch_first=True)(torch.zeros(8, 20, 10))
    assert tuple(said.shape) == (8, 20, 64)
    for ours, theirs in ((recurrent.LSTM, nn.LSTMCell), (recurrent.RNN, nn.RNNCell)):
        assert count(ours) == sum(each.numel() for each in theirs(8, 32).parameters())


def last(**knobs):
    return ended(recurrent.train(recurrent.Config(**{"steps": 200, **knobs})))[1]["test/accuracy"]


@pytest.mark.slow
def test_five_seeds_of_fifty_letters():
    for seed in range(5):
        assert last(seed=seed, steps=500) < 0.35
        assert last(seed=seed, cell="gru") < 0.35


@pytest.mark.slow
def test_the_plain_cell_with_twenty_letters_is_a_matter_of_luck():
    plain = [last(seed=seed, cell="rnn", length=20, steps=200) for seed in range(9)]
    gated = [last(seed=seed, length=20, steps=200) for seed in range(9)]
    assert sum(right > 0.98 for right in plain) == 5
    assert f"{max(gated):.2f}" == "0.54"
    fifty = sorted(last(seed=seed, cell="rnn", steps=500) for seed in range(5))
    assert fifty[3] < 0.3
    assert f"{fifty[4]:.2f}" == "0.50"


@pytest.mark.slow
def test_a_bias_of_three_is_luck():
    assert f"{last(forget_bias=3.0):.2f}" == "0.77"
    assert last(forget_bias=3.0, seed=3) < 0.3

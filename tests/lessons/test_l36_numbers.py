"""Every number that the lesson on attention states, worked out again."""

import math
from functools import cache

import pytest
import torch
from evidence import Lesson
from torch import Tensor

from models.attention import (
    KEYS,
    PAIRS,
    VALUES,
    Config,
    Lookup,
    MultiHead,
    attention,
    future,
    questions,
    train,
)
from models.reading import Reading, Start

LESSON = Lesson("day2/36-attention")
CARDS = ((9, 4, 2.0), (2, 7, 0.0), (5, 1, 0.5), (6, 0, 0.0))
"""Key, value and score of the four cards in the figure."""


@cache
def trained(heads: int, scale: bool = True) -> tuple[Lookup, dict[str, float]]:
    """The network of seed 0 after its run, and its last reading."""
    readings = list(train(Config(heads=heads, scale=scale)))
    assert isinstance(readings[0], Start)
    assert isinstance(readings[-1], Reading)
    model = readings[0].model
    assert isinstance(model, Lookup)
    return model, {name: float(value) for name, value in readings[-1].scalars.items()}


def taken_apart(heads: int) -> tuple[list[float], list[float], list[float]]:
    """Head by head: looks most at the right card, right alone, right without it."""
    model, _ = trained(heads)
    keys, values, asked, truth, place = questions(2000, torch.Generator().manual_seed(1000))

    def right() -> float:
        return (model(keys, values, asked).argmax(1) == truth).float().mean().item()

    with torch.no_grad():
        right()
        assert model.look.weights is not None
        most = (model.look.weights[:, :, 0].argmax(2) == place[:, None]).float().mean(0).tolist()
        join, long = model.look.join.weight, 32 // heads
        whole, alone, without = join.clone(), [], []
        for head in range(heads):
            mine = slice(head * long, (head + 1) * long)
            join[:, mine] = 0
            without.append(right())
            join.zero_()
            join[:, mine] = whole[:, mine]
            alone.append(right())
            join.copy_(whole)
    return most, alone, without


def on_the_mean(heads: int) -> float:
    """How often the mean of all heads' maps is largest at the right card."""
    model, _ = trained(heads)
    keys, values, asked, _, place = questions(2000, torch.Generator().manual_seed(1000))
    with torch.no_grad():
        model(keys, values, asked)
    assert model.look.weights is not None
    found = model.look.weights[:, :, 0].mean(1).argmax(1)
    return (found == place).float().mean().item()


def span(numbers: list[float]) -> str:
    low, high = (f"{each(numbers):.2f}" for each in (min, max))
    return low if low == high else f"{low} to {high}"


def test_the_figure_of_the_soft_lookup():
    lines = LESSON.figure("e to the score")
    assert lines[2].split()[1:] == [f"{key}:{value}" for key, value, _ in CARDS]
    assert lines[3].split()[1:5] == [f"{score}" for *_, score in CARDS]
    powers = [math.exp(score) for *_, score in CARDS]
    assert lines[4].split()[4:8] == [f"{power:.2f}" for power in powers]
    assert f"{sum(powers):.2f}" == lines[4].split()[-1] == "11.04"
    weights = [power / sum(powers) for power in powers]
    assert lines[5].split()[1:5] == [f"{weight:.2f}" for weight in weights]
    mixed = sum(weight * value for weight, (_, value, _) in zip(weights, CARDS, strict=True))
    assert f"{mixed:.2f}" == "3.46" == lines[8].split()[-1]


def test_the_table_of_the_root():
    generator = torch.Generator().manual_seed(0)
    for row in LESSON.rows("| length"):
        length = int(row[0])
        query = torch.randn(4000, 1, length, generator=generator)
        scores = (query @ torch.randn(4000, 8, length, generator=generator).transpose(1, 2))[:, 0]
        largest = [(scores / by).softmax(1).amax(1).mean().item() for by in (1, math.sqrt(length))]
        assert row[1] == f"{math.sqrt(length):.1f}"
        assert float(scores.std()) == pytest.approx(float(row[1]), rel=0.03)
        assert [float(each) for each in row[2:]] == pytest.approx(largest, abs=0.011)


def test_the_parameters():
    whole = MultiHead(512, 8)
    assert sum(each.numel() for each in whole.parameters()) == 1_050_624 == 4 * (512**2 + 512)
    assert sum(each.numel() for each in MultiHead(512, 1).parameters()) == 1_050_624
    assert f"{sum(each.numel() for each in trained(8)[0].parameters()):,}" == "5,898"
    assert LESSON.says("5,898 parameters in all")
    assert (KEYS, VALUES, PAIRS) == (16, 10, 8)
    assert LESSON.says("sixteen keys and ten values")


@pytest.mark.parametrize("heads", [1, 4, 8])
def test_the_heads_taken_apart(heads):
    (row,) = (row for row in LESSON.rows("| heads |") if row[0] == f"{heads}")
    most, alone, without = taken_apart(heads)
    assert trained(heads)[1]["test/accuracy"] == 1
    assert row[1:3] == [span(most), span(alone)]
    assert heads == 1 or (row[3] == "1.00" and min(without) > 0.995)


def test_what_the_heads_are_together():
    most, _, without = taken_apart(8)
    assert on_the_mean(8) > 0.999
    assert min(without) > 0.9985
    assert LESSON.says("at the price of two answers in 2,000 at most")
    assert [f"{100 * (1 - each(most)):.0f}" for each in (max, min)] == ["7", "33"]
    assert LESSON.says("looks most at a wrong card in 7 of 100 deals, the worst in 33")


def test_the_choices_of_the_bet_are_apart():
    ends = {
        case: LESSON.recorded("att.lookup", case, "train/on the pair")
        for case in ("one", "eight", "cold")
    }
    assert ends["cold"]["hi"][-1] < 0.25
    assert 0.65 < ends["eight"]["lo"][-1] <= ends["eight"]["hi"][-1] < 0.88
    assert ends["one"]["lo"][-1] > 0.9
    right = LESSON.recorded("att.lookup", "eight", "train/accuracy")
    assert right["lo"][-1] == 1


def test_the_causal_mask():
    weights = attention(torch.zeros(4, 1), torch.zeros(4, 1), torch.zeros(4, 1), future(4))[1]
    rows = LESSON.figure("all scores equal")[2:]
    for shown, row in zip(rows, weights.tolist(), strict=True):
        cells = [each for each in shown.split() if each[0] in "01·"]
        assert cells == [f"{weight:.2f}" if weight else "·" for weight in row]


def test_the_order_of_the_cards_does_not_matter():
    model, _ = trained(8)
    keys, values, asked, _, _ = questions(64, torch.Generator().manual_seed(1))
    order = torch.randperm(PAIRS, generator=torch.Generator().manual_seed(2))

    def said(order: Tensor) -> Tensor:
        with torch.no_grad():
            return model(keys[:, order], values[:, order], asked)

    torch.testing.assert_close(said(order), said(torch.arange(PAIRS)))


@pytest.mark.parametrize(("scale", "low", "high"), [(True, 0.995, 1.0), (False, 0.92, 0.96)])
def test_without_the_root_it_begins_later(scale, low, high):
    worst = 1.0
    for seed in range(5):
        *_, last = train(Config(heads=1, scale=scale, seed=seed, steps=100))
        assert isinstance(last, Reading)
        worst = min(worst, float(last.scalars["test/accuracy"]))
    assert low < worst <= high
    assert LESSON.says("right in 94 to 100 of 100 deals, and with the root in all")


def test_without_the_root_the_map_is_sharp():
    found = trained(1, scale=False)[1]["train/on the pair"]
    assert found == pytest.approx(0.998, abs=0.002)
    assert LESSON.says("that map ends at 0.998")

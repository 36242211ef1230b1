"""The neuron of 1943, the perceptron and the hidden layer that learns XOR."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Perceptron as Reference

from models import perceptron, xor
from models.perceptron import GATES, Config, Perceptron, decision, mp_neuron, points
from models.reading import Picture, Reading, Start

SQUARE = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
NONE = torch.zeros(4, 0, dtype=torch.long)


def readings(config):
    train = xor.train if isinstance(config, xor.Config) else perceptron.train
    start, *rest = train(config)
    assert isinstance(start, Start)
    assert all(isinstance(item, Reading) for item in rest)
    return start, rest


def column(rest, name):
    return [float(item.scalars[name]) for item in rest if name in item.scalars]


# --- 1943 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("threshold", "fires"), [(0, [1, 1, 1, 1]), (1, [0, 1, 1, 1]), (2, [0, 0, 0, 1]), (3, [0] * 4)]
)
def test_the_threshold_makes_the_gate(threshold, fires):
    assert mp_neuron(SQUARE, NONE, threshold).long().tolist() == fires


def test_one_inhibitory_input_vetoes_any_number_of_excitatory_ones():
    excitatory = torch.ones(3, 9, dtype=torch.long)
    inhibitory = torch.tensor([[0, 0], [0, 1], [1, 1]])
    assert mp_neuron(excitatory, inhibitory, 1).tolist() == [True, False, False]


def test_two_cells_in_the_middle_and_a_veto_compute_xor():
    either, both = mp_neuron(SQUARE, NONE, 1).long(), mp_neuron(SQUARE, NONE, 2).long()
    answer = mp_neuron(either[:, None], both[:, None], 1)
    assert answer.long().tolist() == list(GATES["xor"])


# --- the perceptron ---------------------------------------------------------------------------


@st.composite
def separable_sets(draw):
    """Points at least 0.1 from a random plane, and that distance: (inputs, targets, margin)."""
    size = draw(st.integers(1, 5))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    normal = torch.randn(size + 1, generator=generator, dtype=torch.float64)
    normal = normal / normal.norm()
    cloud = 4 * torch.rand(200, size, generator=generator, dtype=torch.float64) - 2
    distance = torch.cat([cloud, torch.ones(200, 1)], dim=1) @ normal
    kept = cloud[distance.abs() >= 0.1][: draw(st.integers(1, 30))]
    distance = distance[distance.abs() >= 0.1][: len(kept)]
    return kept, (distance > 0).long(), float(distance.abs().min())


@settings(max_examples=60, deadline=None)
@given(separable_sets(), st.sampled_from([0.125, 1.0, 7.0]))
def test_mistakes_stay_within_novikoffs_bound_and_end(data, learning_rate):
    inputs, targets, margin = data
    radius_squared = float((inputs**2).sum(1).max()) + 1
    bound = math.floor(radius_squared / margin**2)
    unit = Perceptron(inputs.shape[1], learning_rate)
    total = 0
    for _ in range(bound + 1):
        mistakes = sum(unit.learn(x, int(y)) for x, y in zip(inputs, targets, strict=True))
        total += mistakes
        if mistakes == 0:
            break
    assert mistakes == 0
    assert total <= bound
    assert unit.predict(inputs).tolist() == targets.tolist()


@settings(max_examples=30, deadline=None)
@given(st.integers(-6, 6), st.integers(0, 1000))
def test_from_zero_the_learning_rate_changes_no_answer(power, seed):
    # Powers of two scale floating-point numbers exactly, so ties stay ties.
    config = {"task": "blobs", "seed": seed, "epochs": 5}
    _, one = readings(Config(**config))
    _, other = readings(Config(**config, learning_rate=2.0**power))
    assert column(one, "train/mistakes") == column(other, "train/mistakes")
    assert column(one, "train/accuracy") == column(other, "train/accuracy")


@pytest.mark.parametrize("task", ["and", "or", "blobs"])
@pytest.mark.parametrize("seed", range(5))
def test_what_a_line_can_part_is_learnt_in_any_order(task, seed):
    start, rest = readings(Config(task=task, shuffle=True, seed=seed))
    assert column(rest, "train/mistakes")[-1] == 0
    assert column(rest, "train/accuracy")[-1] == 1
    assert rest[-1].step < start.total_steps


@pytest.mark.parametrize(
    ("task", "bias"), [("xor", True), ("xor", False), ("and", False), ("or", False)]
)
def test_what_no_line_parts_is_never_learnt(task, bias):
    for seed in range(3):
        _, rest = readings(Config(task=task, bias=bias, shuffle=True, seed=seed, epochs=60))
        assert min(column(rest, "train/mistakes")) >= 1
        assert column(rest, "train/accuracy")[-1] < 1


def test_no_weights_of_a_fine_grid_solve_xor_and_fourteen_of_sixteen_tables_have_some():
    grid = torch.linspace(-3, 3, 25)
    weights = torch.cartesian_prod(grid, grid, grid)
    corners = torch.cat([SQUARE.float(), torch.ones(4, 1)], dim=1)
    answers = (weights @ corners.T >= 0).long()
    found = {tuple(row) for row in answers.unique(dim=0).tolist()}
    tables = set(itertools.product((0, 1), repeat=4))
    assert tables - found == {(0, 1, 1, 0), (1, 0, 0, 1)}
    best = (answers == torch.tensor(GATES["xor"])).sum(1).max()
    assert best == 3


@pytest.mark.parametrize("seed", range(3))
def test_update_for_update_it_walks_as_sklearns_perceptron_does(seed):
    # Off the line both answer alike; sklearn counts a point on the line as a mistake for either
    # class, so both start from weights that put no point on it.
    inputs, targets = points("blobs", torch.Generator().manual_seed(seed))
    ours = Perceptron(2)
    ours.weights, ours.bias = torch.tensor([-0.3, 0.7], dtype=torch.float64), 0.11
    reference = Reference(shuffle=False, max_iter=3, tol=None, eta0=1.0)
    reference.fit(
        inputs.numpy(), targets.numpy(), coef_init=[ours.weights.tolist()], intercept_init=[0.11]
    )
    for _ in range(3):
        for x, y in zip(inputs, targets, strict=True):
            ours.learn(x, int(y))
    assert ours.weights.tolist() == pytest.approx(reference.coef_[0].tolist())
    assert ours.bias == pytest.approx(float(reference.intercept_[0]))


def test_a_task_of_another_name_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="and, or, xor or blobs"):
        next(perceptron.train(Config(task="nand")))


# --- pictures ---------------------------------------------------------------------------------


def test_the_picture_has_its_first_row_at_the_top():
    inputs, targets = points("or", torch.Generator())
    picture = decision(lambda cells: cells[:, 1], inputs, targets, "", height=4, width=6)
    assert picture.data.shape == (4, 6)
    assert picture.data[:, 0].tolist() == [1.25, 0.75, 0.25, -0.25]
    assert picture.points.tolist() == [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]]


def test_every_mistake_is_drawn_and_a_long_run_draws_a_bounded_number():
    _, rest = readings(Config())
    drawn = [item for item in rest if item.pictures]
    assert len(drawn) == 1 + sum(column(rest, "train/mistakes"))
    last = drawn[-1].pictures["decision"]
    assert isinstance(last, Picture)
    assert last.caption == "2·x₁ +1·x₂ −3 = 0"
    _, long = readings(Config(task="xor", epochs=100))
    count = sum(bool(item.pictures) for item in long)
    assert count <= 1 + perceptron.PICTURES_IN_A_ROW + 100


# --- the hidden layer -------------------------------------------------------------------------


def test_eight_tanh_units_learn_xor_and_the_plane_bends():
    _, rest = readings(xor.Config(hidden=8))
    assert column(rest, "train/accuracy")[-1] == 1
    assert column(rest, "train/loss")[-1] <= 0.05
    picture = rest[-1].pictures["decision"]
    height, width = picture.data.shape
    # The four corners of XOR lie at a quarter and three quarters of the picture.
    upper, lower = picture.data[height // 4], picture.data[3 * height // 4]
    assert upper[width // 4] > 0.5 > upper[3 * width // 4]
    assert lower[3 * width // 4] > 0.5 > lower[width // 4]


@pytest.mark.parametrize("knobs", [{"hidden": 0}, {"hidden": 8, "activation": "none"}])
def test_without_a_bend_the_loss_rests_at_ln_2(knobs):
    _, rest = readings(xor.Config(**knobs))
    assert column(rest, "train/loss")[-1] == pytest.approx(math.log(2), abs=1e-3)
    assert column(rest, "train/accuracy")[-1] < 1


def test_the_learning_rate_can_be_turned_while_it_trains():
    config = xor.Config(hidden=2)
    run = xor.train(config)
    model = next(run).model
    assert next(run).step == 0
    config.learning_rate = 0.0
    before = [parameter.clone() for parameter in model.parameters()]
    assert next(run).step == 1
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    config.learning_rate = 0.1
    assert next(run).step == 2
    assert not any(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize(
    "config",
    [Config(task="blobs", shuffle=True, seed=3), xor.Config(hidden=4, steps=30, seed=3)],
    ids=["perceptron", "xor"],
)
def test_the_same_seed_gives_the_same_run(config):
    def trace():
        return [{k: float(v) for k, v in item.scalars.items()} for item in readings(config)[1]]

    first = trace()
    assert first == trace()
    config.seed = 4
    assert first != trace()

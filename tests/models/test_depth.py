"""Batch norm against torch's, the first weights by their variance, and what depth does without."""

import pytest
import torch
from marks import last
from torch import nn

from models import depth
from models.depth import BatchNorm, Config, network, train
from models.reading import Reading, Start


def pair(units=6):
    torch.manual_seed(0)
    ours, theirs = BatchNorm(units).double(), nn.BatchNorm1d(units).double()
    with torch.no_grad():
        ours.scale.uniform_(0.5, 2)
        ours.shift.normal_()
        theirs.weight.copy_(ours.scale)
        theirs.bias.copy_(ours.shift)
    return ours, theirs


def test_batch_norm_agrees_with_torchs_in_outputs_gradients_and_statistics():
    ours, theirs = pair()
    for _ in range(3):
        x = (3 + 2 * torch.randn(9, 6, dtype=torch.double)).requires_grad_()
        twin = x.detach().clone().requires_grad_()
        weights = torch.randn(9, 6, dtype=torch.double)
        mine, other = ours(x), theirs(twin)
        torch.testing.assert_close(mine, other)
        (mine * weights).sum().backward()
        (other * weights).sum().backward()
        torch.testing.assert_close(x.grad, twin.grad)
    torch.testing.assert_close(ours.scale.grad, theirs.weight.grad)
    torch.testing.assert_close(ours.shift.grad, theirs.bias.grad)
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_variance, theirs.running_var)
    x = torch.randn(1, 6, dtype=torch.double)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))


def test_a_unit_that_never_changes_is_not_divided_by_nothing():
    assert torch.isfinite(BatchNorm(2)(torch.full((4, 2), 7.0))).all()


def variance_of_weights(model):
    weights = [each.weight.detach().flatten() for each in model if isinstance(each, nn.Linear)]
    return torch.cat(weights).var()


@pytest.mark.parametrize(("init", "variance"), [("xavier", 1 / 64), ("he", 2 / 64)])
def test_the_first_weights_have_the_variance_of_their_rule(init, variance):
    torch.manual_seed(0)
    assert variance_of_weights(network(Config(init=init))) == pytest.approx(variance, rel=0.05)


def test_torchs_default_has_the_variance_that_the_docstring_says():
    torch.manual_seed(0)
    assert variance_of_weights(network(Config())) == pytest.approx(1 / (3 * 64), rel=0.05)


def ratio(**knobs):
    running = train(Config(epochs=1, **knobs))
    next(running)
    return float(next(running).scalars["gradient/ratio"])


def test_the_gradient_of_the_first_layer_vanishes_or_does_not():
    assert ratio(activation="sigmoid") < 1e-4
    assert ratio(activation="relu") < 0.05
    assert 0.2 < ratio(activation="relu", init="he") < 5
    assert 0.2 < ratio(activation="tanh", init="xavier") < 5
    assert ratio(activation="sigmoid", batch_norm=True) > 0.2


def test_what_is_read_and_when():
    start, *rest = train(Config(epochs=2, batch_norm=True))
    assert isinstance(start, Start)
    assert (start.total_steps, start.steps_per_epoch) == (68, 34)
    assert all(isinstance(item, Reading) for item in rest)
    assert [item.step for item in rest] == list(range(1, 69))
    assert [item.step for item in rest if item.pictures] == [1, 34, 68]
    assert rest[-1].pictures["gradient"].data.shape == (1, 10)
    assert "test/accuracy" in rest[-1].scalars


@pytest.mark.parametrize(
    ("knobs", "word"),
    [
        ({"activation": "x"}, "sigmoid"),
        ({"init": "x"}, "xavier"),
        ({"optimiser": "x"}, "adam"),
        ({"layers": 0}, "layers"),
        ({"batch_size": 1}, "batch_size"),
    ],
)
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(train(Config(**knobs)))


ADAM = {"optimiser": "adam", "learning_rate": 0.001}
EIGHT = {"activation": "sigmoid", "layers": 8, "epochs": 10}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(20))
def test_ten_layers_learn_from_a_start_that_fits(seed):
    assert last(depth, seed=seed, init="he", **ADAM)["test/accuracy"] >= 0.90


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(20))
def test_eight_layers_of_sigmoids_learn_with_batch_norm_and_not_without(seed):
    assert last(depth, seed=seed, batch_norm=True, **EIGHT)["test/accuracy"] >= 0.92
    assert last(depth, seed=seed, **EIGHT)["test/accuracy"] <= 0.2

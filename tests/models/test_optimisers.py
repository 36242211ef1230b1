"""SGD, momentum and Adam against PyTorch's own, and what each is good for."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models.optimisers import RULES, SGD, Adam, Momentum

TORCH = {
    "sgd": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr),
    "momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9),
    "adam": lambda parameters, lr: torch.optim.Adam(parameters, lr=lr),
}


def walk(make, steps=50):
    """Parameters of a small network after so many steps on one random problem, in float64."""
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    inputs, targets = torch.randn(20, 5).double(), torch.randn(20, 2).double()
    optimizer = make(model.parameters())
    for _ in range(steps):
        optimizer.zero_grad()
        ((model(inputs) - targets) ** 2).mean().backward()
        optimizer.step()
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def moved(optimizer, parameter, gradients):
    """How far each of these gradients in turn moves a parameter of one number."""
    steps = []
    for gradient in gradients:
        before = parameter.item()
        parameter.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        steps.append(parameter.item() - before)
    return steps


def one():
    return nn.Parameter(torch.zeros(1, dtype=torch.float64))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("lr", [0.001, 0.05])
def test_fifty_steps_are_those_of_torch(name, lr):
    ours = walk(lambda parameters: RULES[name](parameters, lr))
    theirs = walk(lambda parameters: TORCH[name](parameters, lr))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
    assert not torch.allclose(ours, walk(lambda parameters: RULES[name](parameters, 0.0)))


@given(gradient=st.floats(1e-4, 1e4), sign=st.sampled_from([-1, 1]))
@settings(deadline=None, max_examples=30)
def test_adams_first_step_is_the_learning_rate_against_the_sign(gradient, sign):
    parameter = one()
    (step,) = moved(Adam([parameter], 0.001), parameter, [sign * gradient])
    assert step == pytest.approx(-sign * 0.001, rel=1e-3)


def test_momentum_multiplies_what_agrees_and_damps_what_does_not():
    parameter = one()
    assert moved(Momentum([parameter], 1.0), parameter, [1.0] * 200)[-1] == pytest.approx(-10)
    parameter = one()
    flips = moved(Momentum([parameter], 1.0), parameter, [1.0, -1.0] * 200)
    assert abs(flips[-1]) == pytest.approx(1 / 1.9)


def test_the_learning_rate_may_change_between_two_steps():
    parameter = one()
    optimizer = SGD([parameter], 1.0)
    (first,) = moved(optimizer, parameter, [1.0])
    optimizer.param_groups[0]["lr"] = 0.25
    (second,) = moved(optimizer, parameter, [1.0])
    assert (first, second) == (-1.0, -0.25)


@pytest.mark.parametrize("name", RULES)
def test_a_parameter_without_a_gradient_stays(name):
    still, moving = one(), one()
    moving.grad = torch.ones(1, dtype=torch.float64)
    RULES[name]([still, moving], 0.1).step()
    assert still.item() == 0
    assert moving.item() < 0

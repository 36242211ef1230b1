"""Checks of the two steps."""

import torch

from tutor.checks import check, close, equal, fail


def valley(weights):
    """The gradient of 0.5 w1^2 + 5 w2^2 + w1 w2, a valley ten times as steep one way."""
    a, b = weights
    return [a + b, 10 * b + a]


@check("SGD moves against the gradient", points=1)
def check_sgd(learner):
    moved = learner.sgd_step([1.0, 2.0], [0.5, -1.0], 0.1)
    close(list(moved), [0.95, 2.1], what="sgd_step([1.0, 2.0], [0.5, -1.0], 0.1)")
    still = learner.sgd_step([3.0, -4.0], [0.0, 0.0], 0.5)
    close(list(still), [3.0, -4.0], what="sgd_step with a gradient of zero")


@check("the running means of the first step", points=1)
def check_means(learner):
    _, m, v = learner.adam_step([1.0, 1.0], [0.3, -2.0], [0.0, 0.0], [0.0, 0.0], 1, 0.001)
    close(list(m), [0.03, -0.2], 1e-9, what="m after a first step with gradients 0.3 and -2")
    close(list(v), [0.00009, 0.004], 1e-9, what="v after a first step with gradients 0.3 and -2")


@check("the first step is the learning rate, whatever the gradient", points=1)
def check_first(learner):
    gradients = [0.3, -2.0, 500.0, -0.0004]
    none = [0.0] * 4
    moved, _, _ = learner.adam_step([1.0] * 4, gradients, none, none, 1, 0.001)
    steps = [1.0 - w for w in moved]
    expected = [0.001, -0.001, 0.001, -0.001]
    close(steps, expected, 1e-6, what=f"the first step down for the gradients {gradients}")


@check("epsilon is added outside the root", points=1)
def check_epsilon(learner):
    # With a gradient as small as epsilon the place of epsilon is what decides the step.
    moved, _, _ = learner.adam_step([0.0], [0.01], [0.0], [0.0], 1, 1.0, eps=0.01)
    close(list(moved), [-0.5], 1e-6, what="one step with gradient 0.01 and eps=0.01")


@check("fifty steps of torch.optim.Adam", points=2)
def check_against_torch(learner):
    reference = torch.tensor([2.0, -1.5], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([reference], lr=0.05)
    weights, m, v = reference.tolist(), [0.0, 0.0], [0.0, 0.0]
    for t in range(1, 51):
        reference.grad = torch.tensor(valley(reference.tolist()), dtype=torch.float64)
        optimizer.step()
        weights, m, v = learner.adam_step(weights, valley(weights), m, v, t, 0.05)
        close(list(weights), reference.tolist(), 1e-6, what=f"the weights after step {t}")


@check("leaves the lists it was given alone", points=1)
def check_copies(learner):
    weights, gradients, m, v = [1.0, 2.0], [0.5, -1.0], [0.1, 0.2], [0.3, 0.4]
    learner.sgd_step(weights, gradients, 0.1)
    learner.adam_step(weights, gradients, m, v, 2, 0.1)
    equal(weights, [1.0, 2.0], what="the caller's list of weights")
    equal(gradients, [0.5, -1.0], what="the caller's list of gradients")
    if (m, v) != ([0.1, 0.2], [0.3, 0.4]):
        fail("The caller's m and v have changed; return new lists instead.")

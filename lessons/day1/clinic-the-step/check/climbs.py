"""Checks of a training step."""

import copy

import torch
from torch import nn, optim
from torch.nn import functional

from tutor.checks import check, close, fail


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def batches(count):
    return [(torch.rand(20, 8, 8), torch.randint(10, (20,))) for _ in range(count)]


def gradient(model, images, labels):
    """The gradient of this batch alone, by a road of its own."""
    loss = functional.cross_entropy(model(images), labels)
    return torch.autograd.grad(loss, list(model.parameters()))


def flat(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


@check("the first step goes downhill", points=1)
def check_first(learner):
    model = network()
    ((images, labels),) = batches(1)
    before = flat(model.parameters())
    expected = before - 0.1 * flat(gradient(model, images, labels))
    learner.training_step(model, optim.SGD(model.parameters(), lr=0.1), images, labels)
    after = flat(model.parameters())
    if torch.Tensor.equal(after, before):
        fail("After one step no weight has moved.")
    error = float((after - expected).norm() / (expected - before).norm())
    close(error, 0.0, 1e-3, what="how far the first step misses, in lengths of the right step")


@check("each step follows the gradient of its own batch", points=2)
def check_alone(learner):
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for number, (images, labels) in enumerate(batches(4), 1):
        before = flat(model.parameters())
        right = -0.1 * flat(gradient(model, images, labels))
        learner.training_step(model, optimizer, images, labels)
        moved = flat(model.parameters()) - before
        error = float((moved - right).norm() / right.norm())
        what = f"how far step {number} misses, in lengths of the right step"
        close(error, 0.0, 1e-3, what=what)


@check("works with any optimiser, and leaves its settings alone", points=1)
def check_adam(learner):
    model = network()
    twin = copy.deepcopy(model)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    other = optim.Adam(twin.parameters(), lr=0.01)
    for images, labels in batches(3):
        for parameter, own in zip(twin.parameters(), gradient(twin, images, labels), strict=True):
            parameter.grad = own
        other.step()
        learner.training_step(model, optimizer, images, labels)
    close(optimizer.param_groups[0]["lr"], 0.01, what="the learning rate after three steps")
    error = float((flat(model.parameters()) - flat(twin.parameters())).abs().max())
    close(error, 0.0, 1e-4, what="the largest error of a weight after three steps of Adam")


@check("returns the loss before the step", points=1)
def check_loss(learner):
    model = network()
    ((images, labels),) = batches(1)
    expected = functional.cross_entropy(model(images), labels).item()
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    loss = learner.training_step(model, optimizer, images, labels)
    close(float(loss), expected, 1e-4, what="the loss that training_step returns")

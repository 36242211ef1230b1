"""Checks of the accuracy."""

import torch
from torch import nn

from tutor.checks import check, close, equal, fail


def network():
    """Dropout and batch normalisation, in training mode."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 40),
        nn.BatchNorm1d(40),
        nn.ReLU(),
        nn.Dropout(0.7),
        nn.Linear(40, 10),
    )


def right(model, images, labels):
    """What accuracy should say, by a road of its own; the network is left at rest."""
    model.eval()
    with torch.no_grad():
        scores = model(images)
    return sum(map(int, scores.argmax(1) == labels)) / len(labels)


@check("measures the network without its dropout", points=2)
def check_right(learner):
    model = network()
    images = torch.rand(300, 8, 8)
    model.eval()
    with torch.no_grad():
        labels = model(images).argmax(1)
    labels[:75] = (labels[:75] + 1) % 10
    expected = right(model, images, labels)
    model.train()
    share = learner.accuracy(model, images, labels)
    close(float(share), expected, 1e-4, what="the accuracy of a network that gets 3 of 4 right")


@check("is the same twice", points=1)
def check_twice(learner):
    model = network()
    images, labels = torch.rand(300, 8, 8), torch.randint(10, (300,))
    first = float(learner.accuracy(model, images, labels))
    second = float(learner.accuracy(model, images, labels))
    close(second, first, 1e-6, what="a second measurement of the same network")


@check("leaves the network in the mode it was in", points=2)
def check_mode(learner):
    model = network()
    images, labels = torch.rand(50, 8, 8), torch.randint(10, (50,))
    for mode in (True, False):
        model.train(mode)
        learner.accuracy(model, images, labels)
        what = f"model.training afterwards, where it was {mode} before,"
        equal(model.training, mode, what=what)
        if any(layer.training != mode for layer in model):
            fail("A layer is not in the mode it was in.")


@check("moves nothing that was learnt", points=1)
def check_still(learner):
    model = network()
    before = {name: each.clone() for name, each in model.state_dict().items()}
    learner.accuracy(model, torch.rand(50, 8, 8), torch.randint(10, (50,)))
    moved = [
        name
        for name, each in model.state_dict().items()
        if not torch.Tensor.equal(each, before[name])
    ]
    if moved:
        fail(f"Measuring has changed {', '.join(moved)}.")

"""Checks of where training starts."""

import torch
from torch import nn
from torch.nn import functional

from models.data.digits import splits
from tutor.checks import check, equal, fail


def network(learner):
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    with torch.no_grad():
        learner.initialise(model)
    return model


@check("hidden units are on for some images and off for others", points=2)
def check_active(learner):
    data, _, _ = splits()
    model = network(learner)
    with torch.no_grad():
        share = float((model[:3](data.images) > 0).float().mean())
    if not 0.15 <= share <= 0.9:
        what = f"Of all answers of the hidden units, {100 * share:.0f} % are above 0."
        fail(what, "between 15 and 90 %")


@check("no two units begin alike", points=1)
def check_different(learner):
    for layer in network(learner):
        if isinstance(layer, nn.Linear):
            rows = {tuple(row) for row in layer.weight.tolist()}
            equal(len(rows), len(layer.weight), what="the number of different rows of weights")


@check("a gradient reaches every layer", points=1)
def check_gradient(learner):
    data, _, _ = splits()
    model = network(learner)
    functional.cross_entropy(model(data.images), data.labels).backward()
    for name, parameter in model.named_parameters():
        if not float(parameter.grad.norm()) > 1e-4:
            fail(f"The gradient of {name} has length {float(parameter.grad.norm()):.2g}.")


@check("ten layers neither fade nor explode", points=2)
def check_scale(learner):
    layers = [each for _ in range(10) for each in (nn.Linear(100, 100), nn.ReLU())]
    model = nn.Sequential(*layers)
    with torch.no_grad():
        learner.initialise(model)
        before = torch.randn(200, 100)
        ratio = float(model(before).pow(2).mean().sqrt() / before.pow(2).mean().sqrt())
    if not 0.01 <= ratio <= 100:
        what = f"Through ten layers of 100 units the signal is multiplied by {ratio:.3g}."
        fail(what, "between 0.01 and 100")

"""Checks of the optimiser."""

import torch
from torch import nn, optim
from torch.nn import functional

from models.data.digits import splits
from tutor.checks import check, fail


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def step(model, optimizer, images, labels):
    optimizer.zero_grad()
    loss = functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@check("it is still Adam", points=1)
def check_adam(learner):
    optimizer = learner.build_optimizer(network())
    if not isinstance(optimizer, optim.Adam):
        kind = type(optimizer).__name__
        fail("Keep the optimiser and mend its setting.", "Adam", kind)


@check("all of the network is its to move", points=1)
def check_all(learner):
    model = network()
    optimizer = learner.build_optimizer(model)
    held = {id(each) for group in optimizer.param_groups for each in group["params"]}
    missing = [name for name, each in model.named_parameters() if id(each) not in held]
    if missing:
        fail(f"These parameters are not the optimiser's: {', '.join(missing)}.")


@check("the first step is shorter than the weights", points=2)
def check_first(learner):
    model = network()
    optimizer = learner.build_optimizer(model)
    before = [each.detach().clone() for each in model.parameters()]
    data, _, _ = splits()
    step(model, optimizer, data.images[:32], data.labels[:32])
    pairs = zip(model.parameters(), before, strict=True)
    longest = max(float((now - then).detach().abs().max()) for now, then in pairs)
    if longest > 0.03:
        words = "the weights begin between -0.125 and 0.125"
        fail(f"The first step moves a weight by {longest:.3g}, and {words}.", "at most 0.03")


@check("a hundred steps get somewhere", points=2)
def check_learns(learner):
    model = network()
    optimizer = learner.build_optimizer(model)
    data, _, _ = splits()
    losses = []
    for _ in range(100):
        rows = torch.randint(len(data.labels), (32,))
        losses.append(step(model, optimizer, data.images[rows], data.labels[rows]))
    late = sum(losses[-10:]) / 10
    if not late < 1.6:
        fail("After a hundred steps the loss is too high.", "below 1.6", f"{late:.3g}")

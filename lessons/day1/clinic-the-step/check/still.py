"""Checks of model and optimiser."""

import torch
from torch.nn import functional

from tutor.checks import check, close, equal, fail

SIZES = (8, 64, 128)


@check("the network is as wide as asked", points=1)
def check_width(learner):
    for hidden in SIZES:
        model, _ = learner.build(hidden, 0.1)
        widths = [each.out_features for each in model.modules() if hasattr(each, "out_features")]
        equal(widths, [hidden, 10], what=f"the widths of the layers of build({hidden}, 0.1)")


@check("a step moves every layer", points=2)
def check_moves(learner):
    for hidden in SIZES:
        model, optimizer = learner.build(hidden, 0.5)
        before = {name: each.detach().clone() for name, each in model.named_parameters()}
        loss = functional.cross_entropy(model(torch.rand(30, 8, 8)), torch.arange(30) % 10)
        loss.backward()
        optimizer.step()
        still = [
            name
            for name, each in model.named_parameters()
            if torch.Tensor.equal(each.detach(), before[name])
        ]
        if still:
            fail(f"With {hidden} hidden units a step leaves these as they were: {', '.join(still)}")


@check("the optimiser holds these parameters and no others", points=1)
def check_holds(learner):
    for hidden in SIZES:
        model, optimizer = learner.build(hidden, 0.1)
        own = {id(each) for each in model.parameters()}
        held = {id(each) for group in optimizer.param_groups for each in group["params"]}
        equal(len(held - own), 0, what=f"parameters of another network, hidden = {hidden},")
        equal(len(own - held), 0, what=f"parameters without an optimiser, hidden = {hidden},")


@check("with the learning rate that was asked for", points=1)
def check_rate(learner):
    for hidden in SIZES:
        _, optimizer = learner.build(hidden, 0.25)
        for group in optimizer.param_groups:
            close(group["lr"], 0.25, what=f"the learning rate of build({hidden}, 0.25)")

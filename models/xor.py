"""XOR, which no single unit can compute, learned with a hidden layer.

No straight line parts XOR's points. A layer of units in between gives each point new coordinates,
in which a line does; but only if the layer bends the plane: without an activation function, two
layers are one layer again and the loss rests at ln 2, the loss of fifty-fifty.

Sources:
    M. Minsky and S. Papert, "Perceptrons: an introduction to computational geometry", MIT Press,
    1969 (XOR is parity of two inputs; parity of n needs a feature that looks at all n)
    D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by back-propagating
    errors", Nature 323:533-536, 1986, https://doi.org/10.1038/323533a0
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.perceptron import decision, points
from models.reading import Reading, Start, run_alone

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "none": nn.Identity,
}

DRAW_EVERY = 10
"""Steps between two pictures of the plane."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs of the network.

    Attributes:
        hidden: Hidden units; 0 leaves a single unit that sees the inputs themselves.
        activation: What bends: `tanh`, `relu`, or `none`.
        learning_rate: Adam's step size. Live.
        steps: Optimiser steps, each on all four points.
        pause: Seconds to wait after each picture, so that an eye can follow. Live.
    """

    hidden: int = 0
    activation: str = "tanh"
    learning_rate: float = 0.1
    steps: int = 500
    pause: float = 0.0


def network(hidden: int, activation: str) -> nn.Sequential:
    """Two inputs, `hidden` units, one logit; or one unit alone where `hidden` is 0."""
    if hidden == 0:
        return nn.Sequential(nn.Linear(2, 1))
    return nn.Sequential(nn.Linear(2, hidden), ACTIVATIONS[activation](), nn.Linear(hidden, 1))


def probability(model: nn.Module, inputs: Float[Tensor, "points 2"]) -> Float[Tensor, " points"]:
    """How sure the network is, from 0 to 1, that each point is of class 1."""
    return model(inputs.float()).squeeze(1).sigmoid()


def train(config: Config) -> Iterator[Start | Reading]:
    """Descend on the four points; draw the plane as it bends.

    Both series are of the network before the step's update. There is no test split: the four
    points are all there are.
    """
    torch.manual_seed(config.seed)
    inputs, targets = (each.to(config.device) for each in points("xor", torch.Generator()))
    model = network(config.hidden, config.activation).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    yield Start(
        total_steps=config.steps,
        samples_per_step=len(inputs),
        steps_per_epoch=1,
        model=model,
        optimizer=optimizer,
        example=inputs.float(),
    )

    def picture(step: int) -> reading.Picture:
        return decision(
            lambda cells: probability(model, cells), inputs, targets, f"after {step} steps"
        )

    yield Reading(0, {}, {"decision": picture(0)})
    for step in range(1, config.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate
        optimizer.zero_grad()
        logits = model(inputs.float()).squeeze(1)
        loss = functional.binary_cross_entropy_with_logits(logits, targets.float())
        loss.backward()
        optimizer.step()

        correct = ((logits.detach() > 0) == targets.bool()).float().mean()
        draw = step % DRAW_EVERY == 0
        yield Reading(
            step,
            {"train/loss": loss.detach(), "train/accuracy": correct},
            {"decision": picture(step)} if draw else {},
        )
        if draw:
            time.sleep(config.pause)


if __name__ == "__main__":
    run_alone(train(Config(hidden=8)))

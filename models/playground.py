"""A playground: points in a plane, a small network, and every knob within reach.

Four clouds that no straight line parts, and a multilayer perceptron of any depth to part them. The
picture is what the network says of every place in the plane, drawn again and again as it bends.

Sources:
    D. Smilkov, S. Carter, D. Sculley, F. B. Viegas and M. Wattenberg, "Direct-manipulation
    visualization of deep networks", 2017, https://arxiv.org/abs/1708.03788 (the idea)
    K. J. Lang and M. J. Witbrock, "Learning to tell two spirals apart", Proceedings of the 1988
    Connectionist Models Summer School, 52-59 (the spirals, as a test for networks)
    Two moons and circles: the shapes of scikit-learn's `make_moons` and `make_circles`.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.perceptron import decision
from models.reading import Reading, Start, run_alone
from models.resuming import set_rate
from models.xor import ACTIVATIONS, probability

TRAIN, VALID, TEST = 750, 250, 1000
"""How many points of each part; all of them are drawn from the seed."""
BATCH = 32
EXTENT = (-2.25, 2.25, -1.5, 1.5)
"""The part of the plane that pictures show; as wide as the picture, so that circles are round."""
DRAW_EVERY = 20
"""Steps between two looks at the plane and at the validation points."""

Places = Float[Tensor, "points 2"]
Along = Float[Tensor, " points"]
Classes = Int[Tensor, " points"]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs of the playground.

    Attributes:
        points: Which cloud: `moons`, `circles`, `xor` or `spirals`.
        noise: Standard deviation of what is added to each coordinate.
        layers: Hidden layers; 0 leaves a single unit that sees the coordinates themselves.
        units: Units of each hidden layer.
        activation: What bends: `relu`, `tanh`, or `none`.
        learning_rate: Adam's step size. Live.
        l2: Weight of a penalty on the weights: each gradient gets l2 times its weight. Live.
        epochs: Passes over the training points.
        pause: Seconds to wait after each picture, so that an eye can follow. Live.
    """

    points: str = "moons"
    noise: float = 0.2
    layers: int = 0
    units: int = 16
    activation: str = "relu"
    learning_rate: float = 0.01
    l2: float = 0.0
    epochs: int = 40
    pause: float = 0.0


class Cloud(NamedTuple):
    """Points of the plane and their classes, 0 or 1."""

    places: Places
    classes: Classes


# --- the clouds -------------------------------------------------------------------------------------


def moons(along: Along, classes: Classes) -> Places:
    """Two half circles of radius 1, each with its end inside the other."""
    side = 1 - 2 * classes
    angle = math.pi * along
    return torch.stack([side * (angle.cos() - 0.5), side * (angle.sin() - 0.25)], dim=1)


def circles(along: Along, classes: Classes) -> Places:
    """A circle of radius 0.4 inside one of radius 1.2."""
    radius, angle = 0.4 + 0.8 * classes, math.tau * along
    return radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)


def xor(along: Along, classes: Classes) -> Places:
    """Four spots around the origin; the opposite ones belong together."""
    # The first half of the way is one spot of the class, the second half the one opposite.
    side = torch.where(along < 0.5, -1.0, 1.0)
    return 0.75 * torch.stack([side, side * (1.0 - 2.0 * classes)], dim=1)


def spirals(along: Along, classes: Classes) -> Places:
    """Two arms of one and a half turns, half a turn apart."""
    # The root spreads the points evenly over the length of an arm.
    way = along.sqrt()
    angle = 1.5 * math.tau * way + math.pi * classes
    return 1.4 * way[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)


CLOUDS: dict[str, Callable[[Along, Classes], Places]] = {
    "moons": moons,
    "circles": circles,
    "xor": xor,
    "spirals": spirals,
}


def cloud(name: str, count: int, noise: float, generator: torch.Generator) -> Cloud:
    """Draw so many points, as many of either class.

    Raises:
        ValueError: There is no cloud of that name.
    """
    if name not in CLOUDS:
        raise ValueError(f"The points are {name!r}; they can be {', '.join(CLOUDS)}.")
    classes = torch.arange(count) % 2
    exact = CLOUDS[name](torch.rand(count, generator=generator), classes)
    return Cloud(exact + noise * torch.randn(count, 2, generator=generator), classes)


# --- the network ------------------------------------------------------------------------------------


def network(layers: int, units: int, activation: str) -> nn.Sequential:
    """Two coordinates in, so many hidden layers, one logit out."""
    widths = [2, *[units] * layers]
    parts: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        parts += [nn.Linear(before, after), ACTIVATIONS[activation]()]
    return nn.Sequential(*parts, nn.Linear(widths[-1], 1))


@torch.no_grad()
def accuracy(model: nn.Module, data: Cloud) -> Tensor:
    """The share of a cloud on its right side, from 0 to 1."""
    return ((model(data.places).squeeze(1) > 0) == data.classes.bool()).float().mean()


def look(model: nn.Module, valid: Cloud, step: int) -> Reading:
    """The plane as it is after a step, with the validation points and how many are right."""
    right = accuracy(model, valid)
    caption = f"{float(right):.0%} of the points shown lie on their side"
    plane = decision(
        lambda cells: probability(model, cells), *valid, caption, extent=EXTENT, width=48
    )
    return Reading(step, {"valid/accuracy": right}, {"decision": plane})


def train(config: Config) -> Iterator[Start | Reading]:
    """Mini-batches of 32 in a new random order each epoch; look at the plane every 20 steps.

    `train/loss` is of the mini-batch before its step, without the penalty. `valid/accuracy` comes
    with each picture, `test/accuracy` once, at the end.

    Raises:
        ValueError: There is no cloud of that name.
    """
    generator = torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    data, valid, test = (
        Cloud(
            *(part.to(config.device) for part in cloud(config.points, n, config.noise, generator))
        )
        for n in (TRAIN, VALID, TEST)
    )
    model = network(config.layers, config.units, config.activation).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    total_steps = config.epochs * (per_epoch := math.ceil(TRAIN / BATCH))
    yield Start(
        total_steps=total_steps,
        samples_per_step=BATCH,
        steps_per_epoch=per_epoch,
        model=model,
        optimizer=optimizer,
        example=data.places[:BATCH],
    )

    yield look(model, valid, 0)
    step = 0
    for _ in range(config.epochs):
        for batch in torch.randperm(TRAIN, generator=generator).to(config.device).split(BATCH):
            step += 1
            set_rate(optimizer, config.learning_rate)
            for group in optimizer.param_groups:
                group["weight_decay"] = config.l2
            optimizer.zero_grad()
            logits = model(data.places[batch]).squeeze(1)
            loss = functional.binary_cross_entropy_with_logits(logits, data.classes[batch].float())
            loss.backward()
            optimizer.step()
            drawn = step % DRAW_EVERY == 0 or step == total_steps
            now = look(model, valid, step) if drawn else Reading(step)
            now.scalars["train/loss"] = loss.detach()
            if step == total_steps:
                now.scalars["test/accuracy"] = accuracy(model, test)
            yield now
            if drawn:
                time.sleep(config.pause)


if __name__ == "__main__":
    run_alone(train(Config(layers=2)), every=200)

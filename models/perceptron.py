"""The neuron of 1943, which is wired, and the perceptron, which learns.

A McCulloch-Pitts neuron counts its active excitatory inputs against a threshold; a single active
inhibitory input silences it. Whatever it computes, somebody has wired. A perceptron gives every
input a weight and changes the weights at each mistake, so the line between its two answers moves
until it has every point on the right side, which ends after finitely many mistakes if there is
such a line, and never if there is none.

The update is the error-correcting form of the early 1960s. Rosenblatt's own machine had a layer
of fixed, randomly wired units before the unit that learns; this is that last unit alone.

Sources:
    W. S. McCulloch and W. Pitts, "A logical calculus of the ideas immanent in nervous activity",
    Bulletin of Mathematical Biophysics 5:115-133, 1943, https://doi.org/10.1007/BF02478259
    F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization
    in the brain", Psychological Review 65(6):386-408, 1958, https://doi.org/10.1037/h0042519
    A. B. J. Novikoff, "On convergence proofs on perceptrons", Symposium on the Mathematical Theory
    of Automata, 615-622, Polytechnic Institute of Brooklyn, 1962
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from models import reading
from models.reading import Picture, Reading, Start, run_alone

GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0)}
"""Targets of each gate for the inputs (0, 0), (0, 1), (1, 0), (1, 1)."""

EXTENT = (-0.5, 1.5, -0.5, 1.5)
"""The part of the plane that pictures show: x from, x to, y from, y to."""

PICTURES_IN_A_ROW = 40
"""Mistakes drawn one by one; later ones are drawn once an epoch, so that no run floods a disk."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs of a perceptron.

    Attributes:
        task: `and`, `or`, `xor` (four points, the whole truth table) or `blobs` (two separable
            clouds of 20 points, drawn from the seed).
        learning_rate: What a mistake adds to the weights, as a multiple of the input.
        bias: Whether there is a weight on a constant input of 1.
        shuffle: Whether each epoch takes the points in a new random order.
        epochs: The most passes over the points; a pass without a mistake ends the run earlier.
        pause: Seconds to wait after each picture, so that an eye can follow. Live.
    """

    task: str = "and"
    learning_rate: float = 1.0
    bias: bool = True
    shuffle: bool = False
    epochs: int = 20
    pause: float = 0.0


def mp_neuron(
    excitatory: Int[Tensor, "*batch excitatory"],
    inhibitory: Int[Tensor, "*batch inhibitory"],
    threshold: int,
) -> Bool[Tensor, "*batch"]:
    """McCulloch and Pitts's neuron: all or none, counted, with an absolute veto.

    Args:
        excitatory: Inputs of 0 or 1 that count towards the threshold.
        inhibitory: Inputs of 0 or 1; a single active one keeps the neuron silent.
        threshold: How many excitatory inputs must be active.

    Returns:
        Whether the neuron fires.
    """
    return (excitatory.sum(-1) >= threshold) & ~inhibitory.bool().any(-1)


class Perceptron:
    """One unit: fires where weights · x + bias >= 0, and learns from its mistakes.

    It starts from zero weights. Then the learning rate only scales weights and bias together, and
    no answer depends on it.
    """

    def __init__(self, inputs: int, learning_rate: float = 1.0, bias: bool = True) -> None:
        self.weights: Float[Tensor, " inputs"] = torch.zeros(inputs, dtype=torch.float64)
        self.bias = 0.0
        self.learning_rate = learning_rate
        self.has_bias = bias

    def predict(self, x: Float[Tensor, "*batch inputs"]) -> Int[Tensor, "*batch"]:
        """The class, 0 or 1, of each point."""
        return (x @ self.weights + self.bias >= 0).long()

    def learn(self, x: Float[Tensor, " inputs"], y: int) -> bool:
        """Look at one point; after a mistake move the weights by ± learning_rate · x.

        Returns:
            Whether it was a mistake.
        """
        error = y - int(self.predict(x))
        self.weights = self.weights + self.learning_rate * error * x
        if self.has_bias:
            self.bias += self.learning_rate * error
        return error != 0


def points(
    task: str, generator: torch.Generator
) -> tuple[Float[Tensor, "points 2"], Int[Tensor, " points"]]:
    """The points of a task and their classes, 0 or 1.

    Raises:
        ValueError: The task has no such name.
    """
    if task in GATES:
        return (
            torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64),
            torch.tensor(GATES[task]),
        )
    if task != "blobs":
        raise ValueError(f"The task is {task!r}; it can be and, or, xor or blobs.")
    # Two discs of radius 0.4 with their centres 1 apart leave a street 0.2 wide: separable always.
    angle, area = torch.rand(2, 40, generator=generator, dtype=torch.float64)
    disc = (
        0.4 * area.sqrt() * torch.stack([torch.cos(math.tau * angle), torch.sin(math.tau * angle)])
    )
    targets = torch.arange(40) % 2
    centres = torch.tensor([[0.1, 0.2], [0.9, 0.8]], dtype=torch.float64)
    return centres[targets] + disc.T, targets


def decision(
    score: Callable[[Float[Tensor, "cells 2"]], Tensor],
    inputs: Float[Tensor, "points 2"],
    targets: Int[Tensor, " points"],
    caption: str,
    height: int = 32,
    width: int = 64,
    extent: tuple[float, float, float, float] = EXTENT,
) -> Picture:
    """The plane as a model sees it, with the points it learns from.

    Args:
        score: Gives each place in the plane a score from 0 (class 0) to 1 (class 1).
        inputs: The points.
        targets: Their classes.
        caption: One line on what is shown.
        height: Rows of the grid; the first one is at the top, where y is greatest.
        width: Columns of the grid.
        extent: The part of the plane to show: x from, x to, y from, y to.
    """
    left, right, bottom, top = extent
    # The middles of the cells, not their edges: a boundary then falls where it belongs.
    across = left + (right - left) * (torch.arange(width, dtype=torch.float64) + 0.5) / width
    down = top - (top - bottom) * (torch.arange(height, dtype=torch.float64) + 0.5) / height
    y, x = torch.meshgrid(down, across, indexing="ij")
    with torch.no_grad():
        cells = torch.stack([x.flatten(), y.flatten()], dim=1).to(inputs.device)
        data = score(cells).reshape(height, width)
    return Picture(
        "decision",
        data.float(),
        caption,
        labels=("0", "1"),
        extent=extent,
        points=torch.cat([inputs, targets[:, None]], dim=1).float(),
    )


def line(unit: Perceptron) -> str:
    """The unit's boundary as a person would write it."""
    first, second = unit.weights.tolist()
    return f"{first:.3g}·x₁ {second:+.3g}·x₂ {unit.bias:+.3g} = 0".replace("-", "−")


def train(config: Config) -> Iterator[Start | Reading]:
    """Show the points one by one, epoch after epoch, until an epoch passes without a mistake.

    A step is one point looked at. `train/accuracy` is over all points after it, `train/mistakes`
    how many points of an epoch were answered wrongly when they came up. There is no test split:
    a gate's four points are all there are.
    """
    generator = torch.Generator().manual_seed(config.seed)
    inputs, targets = (each.to(config.device) for each in points(config.task, generator))
    unit = Perceptron(2, config.learning_rate, config.bias)
    unit.weights = unit.weights.to(config.device)
    count = len(inputs)
    yield Start(total_steps=config.epochs * count, samples_per_step=1, steps_per_epoch=count)

    def reading_at(step: int, draw: bool) -> Reading:
        correct = (unit.predict(inputs) == targets).double().mean()
        first, second = unit.weights.tolist()
        scalars = {
            "train/accuracy": correct.item(),
            "weight/x1": first,
            "weight/x2": second,
            "weight/bias": unit.bias,
        }
        if not draw:
            return Reading(step, scalars)
        return Reading(
            step, scalars, {"decision": decision(unit.predict, inputs, targets, line(unit))}
        )

    yield reading_at(0, draw=True)
    step = drawn = 0
    for _ in range(config.epochs):
        order = torch.randperm(count, generator=generator) if config.shuffle else range(count)
        mistakes = 0
        for place, i in enumerate(order, 1):
            step += 1
            mistake = unit.learn(inputs[i], int(targets[i]))
            mistakes += mistake
            last = place == count
            draw = last if drawn >= PICTURES_IN_A_ROW else mistake
            now = reading_at(step, draw)
            if last:
                now.scalars["train/mistakes"] = mistakes
            yield now
            if draw:
                drawn += 1
                time.sleep(config.pause)
        if mistakes == 0:
            return


if __name__ == "__main__":
    run_alone(train(Config()), every=1)

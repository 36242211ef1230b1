"""Searching for hyperparameters: at random, and with the axe.

Nobody knows the right depth, width and learning rate; a grid wastes most of its runs on what does not
matter. Random search tries another value of everything each time. Successive halving gives many
settings a little training, keeps the better third, gives those three times as much, and so on: most of the time
goes to what looks well. `random` spends the same time on whole runs.

Sources:
    J. Bergstra and Y. Bengio, "Random search for hyper-parameter optimization", JMLR 13:281-305,
    2012, https://www.jmlr.org/papers/v13/bergstra12a.html
    K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
    optimization", AISTATS 2016, https://arxiv.org/abs/1502.07943 (successive halving)
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn
from torch.nn import functional

from models import reading
from models.data.digits import Split, splits
from models.mlp import score
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle

T = TypeVar("T")
FACTOR, FIRST = 3, 35
"""What is kept at each rung is one of three; steps of the first rung."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        search: `halving` or `random`.
        settings: Settings that halving begins with.
    """

    search: str = "halving"
    settings: int = 27

    def check(self) -> None:
        """Raise ValueError unless there is such a search."""
        if self.search not in ("halving", "random"):
            raise ValueError(f"The search is {self.search!r}; it can be halving or random.")
        if self.settings < 1:
            raise ValueError("There has to be at least one setting.")


@dataclass(frozen=True)
class Setting:
    """A network and how it learns."""

    layers: int
    hidden: int
    learning_rate: float

    def __str__(self) -> str:
        return f"{self.layers} x {self.hidden}, lr {self.learning_rate:.1e}"


def draw(generator: torch.Generator) -> Setting:
    """A setting at random: 1 to 4 layers, 8 to 128 units, rates from 0.0001 to 1 on a log scale."""
    one, two, three = torch.rand(3, generator=generator).tolist()
    return Setting(1 + int(4 * one), int(8 * 16**two), 10 ** (-4 + 4 * three))


def halve(
    settings: Sequence[T], train: Callable[[T, int], float], first: int, factor: int = FACTOR
) -> Iterator[tuple[int, list[tuple[float, T]]]]:
    """Successive halving.

    Args:
        settings: What to choose from.
        train: Brings a setting to so many steps in all and returns its score, more is better.
        first: Steps of the first rung.
        factor: One of so many is kept, with so many times the steps.

    Yields:
        For each rung its steps, and the scores of those who were there, best first.
    """
    there, steps = list(settings), first
    while there:
        # Of equals the earlier one is better, so that a run can be repeated.
        scored = sorted(((train(each, steps), each) for each in there), key=lambda pair: -pair[0])
        yield steps, scored
        if len(there) == 1:
            return
        there = [each for _, each in scored[: max(1, len(there) // factor)]]
        steps *= factor


class Runner:
    """Networks that are trained a little, put aside, and trained on."""

    def __init__(self, config: Config, data: Split, valid: Split) -> None:
        self.config, self.data, self.valid = config, data, valid
        self.spent = 0
        self._known: dict[Setting, tuple[nn.Sequential, torch.optim.Optimizer, Shuffle, int]] = {}

    def network(self, setting: Setting) -> nn.Sequential:
        """The network of a setting, as far as it was trained."""
        return self._known[setting][0]

    def train(self, setting: Setting, steps: int) -> float:
        """Bring a setting to so many steps; returns its validation accuracy."""
        if setting not in self._known:
            generator = torch.Generator().manual_seed(self.config.seed)
            wide = [64, *[setting.hidden] * setting.layers]
            layers: list[nn.Module] = [nn.Flatten()]
            for below, above in itertools.pairwise(wide):
                layers += [nn.Linear(below, above), nn.ReLU()]
            model = nn.Sequential(*layers, nn.Linear(wide[-1], 10)).to(self.config.device)
            optimizer = torch.optim.Adam(model.parameters(), setting.learning_rate)
            batches = Shuffle(len(self.data.labels), 32, generator)
            self._known[setting] = model, optimizer, batches, 0
        model, optimizer, batches, done = self._known[setting]
        for _ in range(done, steps):
            batch = batches.draw()
            loss = functional.cross_entropy(model(self.data.images[batch]), self.data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        self.spent += max(0, steps - done)
        self._known[setting] = model, optimizer, batches, max(done, steps)
        return float(score(model, self.valid))


def plan(config: Config) -> tuple[int, int]:
    """The optimiser steps that halving takes in all, and those of its last rung."""
    there, steps, total, before = config.settings, FIRST, 0, 0
    while True:
        total += there * (steps - before)
        if there == 1:
            return total, steps
        there, before, steps = max(1, there // FACTOR), steps, steps * FACTOR


def train(config: Config) -> Iterator[Start | Reading]:
    """A reading after each setting or rung, at the optimiser steps that were spent.

    `valid/best` is the best validation accuracy so far; the same images chose the setting, so it
    flatters: `test/accuracy` of the chosen one, at the end, does not.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    runner = Runner(config, data, valid)
    budget, longest = plan(config)
    whole = max(1, math.ceil(budget / longest))
    halving = config.search == "halving"
    # The last reading, of the test, comes a step after all training.
    yield Start(total_steps=1 + (budget if halving else whole * longest))
    settings = [draw(generator) for _ in range(config.settings)]
    if halving:
        rungs = halve(settings, runner.train, FIRST)
    else:
        rungs = ((longest, [(runner.train(each, longest), each)]) for each in settings[:whole])
    board: list[tuple[float, Setting]] = []
    for steps, scored in rungs:
        board = sorted([*scored, *board], key=lambda pair: -pair[0])
        lines = [f"{accuracy:.3f}  {setting}" for accuracy, setting in board[:12]]
        words = f"best first, after {steps} steps each:\n" + "\n".join(lines)
        points = [[math.log10(each.learning_rate), accuracy, each.layers - 1]
                  for accuracy, each in board]  # fmt: skip
        yield Reading(
            runner.spent,
            {"valid/best": board[0][0], "train/settings left": float(len(scored))},
            {
                "board": Picture("text", [], words),
                "learning rates": Picture(
                    "scatter", points, "validation accuracy by log10 of the learning rate",
                    ("1 layer", "2", "3", "4"),
                ),
            },
        )  # fmt: skip
    chosen = board[0][1]
    yield Reading(runner.spent + 1, {"test/accuracy": score(runner.network(chosen), test)})


if __name__ == "__main__":
    run_alone(train(Config()), every=1)

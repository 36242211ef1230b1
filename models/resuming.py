"""Stopping in the middle of an epoch and going on as if nothing had happened.

A run goes on bit for bit only if everything that decides its next step is kept: the weights, what the
optimiser remembers, the order of the data and the place in it, and the random generator that the next
order is drawn from. Leave one out and the run still trains, only it is another run.
"""

import math
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Int
from torch import Tensor


@runtime_checkable
class Part(Protocol):
    """What can tell its state and take it back: modules, optimisers, `Shuffle`."""

    def state_dict(self) -> dict[str, Any]:
        """The state, in tensors and plain values."""

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Be as that state says."""


class Shuffle:
    """Mini-batches of indices, in a new random order for each epoch.

    Args:
        count: How many samples there are.
        size: Samples in a batch; the last of an epoch is smaller where it does not divide `count`.
        generator: What the orders are drawn with; torch's own where it is None.
    """

    def __init__(self, count: int, size: int, generator: torch.Generator | None = None) -> None:
        self.count = count
        self.size = size
        self.generator = generator or torch.default_generator
        self.per_epoch = math.ceil(count / size)
        self._order = torch.empty(0, dtype=torch.long)
        self._begin = count

    def draw(self) -> Int[Tensor, " batch"]:
        """The indices of the next batch."""
        if self._begin >= self.count:
            self._order = torch.randperm(self.count, generator=self.generator)
            self._begin = 0
        batch = self._order[self._begin : self._begin + self.size]
        self._begin += self.size
        return batch

    def state_dict(self) -> dict[str, Any]:
        """The epoch's order, the place in it, and the generator of the next."""
        return {
            "order": self._order,
            "begin": self._begin,
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where that state was taken."""
        self._order, self._begin = state["order"], state["begin"]
        self.generator.set_state(state["generator"])


def set_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Let the next step be of this size: the knob may have been turned."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate


def snapshot(step: int, parts: Mapping[str, Part]) -> dict[str, Any]:
    """The state of a run after a step, as `Start.state` returns it."""
    return {"step": step, **{name: part.state_dict() for name, part in parts.items()}}


def restore(state: dict[str, Any], parts: Mapping[str, Part]) -> int:
    """Put every part back; returns the step it was after."""
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])

"""Two small games with one face: see, act, be rewarded.

    seen = game.reset()
    seen, reward, ended, over = game.step(action)

`ended` says that the game itself ended there, so that nothing follows; `over` that the episode is
over for whatever reason, time included. Taking the clock for an end of the game is a mistake of its own: the
agent learns that standing upright for ten seconds is worth nothing more.
"""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from models.cartpole import LONGEST, Carts, drawing


@runtime_checkable
class Game(Protocol):
    """What an agent needs of a game.

    Attributes:
        actions: How many there are.
        worst: The reward of the worst episode there can be.
        best: And of the best.
    """

    actions: int
    worst: float
    best: float

    def reset(self) -> Float[Tensor, " seen"]:
        """Begin an episode; returns what is seen first."""

    def step(self, action: int) -> tuple[Float[Tensor, " seen"], float, bool, bool]:
        """What is seen then, the reward, whether the game ended, whether the episode is over."""

    def drawing(self) -> str:
        """The game as it stands, in characters."""


class CartPole:
    """One cart with its pole: four numbers seen, two actions, 1 for each step."""

    actions, worst, best = 2, 0.0, float(LONGEST)

    def __init__(self, generator: torch.Generator) -> None:
        self._carts = Carts(1, generator)

    def reset(self) -> Float[Tensor, "4"]:
        """The cart near the middle."""
        self._carts.reset(torch.ones(1, dtype=torch.bool))
        return self._carts.state[0]

    def step(self, action: int) -> tuple[Float[Tensor, "4"], float, bool, bool]:
        """Push right (1) or left (0)."""
        fell, late = (bool(each) for each in self._carts.step(torch.tensor([action])))
        return self._carts.state[0], 1.0, fell, fell or late

    def drawing(self) -> str:
        """The cart from the side."""
        return drawing(self._carts.state[0])


class Catch:
    """A fruit falls down a field of 8x7 pixels; the plate at the bottom has to be under it.

    56 pixels seen, three actions (left, stay, right), and one reward at the end of each episode: 1
    for a catch, -1 for a miss.
    """

    actions, worst, best = 3, -1.0, 1.0
    ROWS, COLUMNS = 8, 7

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator
        self._row = self._column = self._plate = 0

    def _drawn(self) -> int:
        return int(torch.randint(self.COLUMNS, (1,), generator=self._generator))

    def reset(self) -> Float[Tensor, " seen"]:
        """A fruit at the top, a plate at the bottom, each anywhere."""
        self._row, self._column, self._plate = 0, self._drawn(), self._drawn()
        return self._shown()

    def step(self, action: int) -> tuple[Float[Tensor, " seen"], float, bool, bool]:
        """Move the plate by `action - 1`; the fruit falls by one."""
        self._plate = min(self.COLUMNS - 1, max(0, self._plate + action - 1))
        self._row += 1
        over = self._row == self.ROWS - 1
        reward = 0.0 if not over else 1.0 if self._plate == self._column else -1.0
        return self._shown(), reward, over, over

    def _shown(self) -> Float[Tensor, " seen"]:
        field = torch.zeros(self.ROWS, self.COLUMNS)
        field[self._row, self._column] = 1
        field[-1, self._plate] = 1
        return field.flatten()

    def drawing(self) -> str:
        """The field in characters."""
        rows = [["."] * self.COLUMNS for _ in range(self.ROWS)]
        rows[self._row][self._column] = "o"
        rows[-1][self._plate] = "U"
        return "\n".join(" ".join(row) for row in rows)


class CatchInNumbers(Catch):
    """The same game, seen as two numbers: how far right of the plate the fruit is, and a 1.

    The first is what somebody who knows the game would look at; the 1 lets a weighted sum have an offset.
    """

    def _shown(self) -> Float[Tensor, "2"]:
        return torch.tensor([float(self._column - self._plate), 1.0])


GAMES = {"cartpole": CartPole, "catch": Catch, "catch in numbers": CatchInNumbers}

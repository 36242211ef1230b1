"""Tree search with a guess: look where it went well, where it looks well, where one seldom was.

Monte Carlo tree search: a tree of positions grows by one at each simulation. At a new position a
guess is asked for the chance of every move and for who will win: a network, or a game played at
random to its end.

Sources:
    R. Coulom, "Efficient selectivity and backup operators in Monte-Carlo tree search", Computers and
    Games 2006, https://doi.org/10.1007/978-3-540-75538-8_7 (a tree that grows by simulations)
    C. Rosin, "Multi-armed bandits with episode context", Annals of Mathematics and Artificial
    Intelligence 61:203-230, 2011, https://doi.org/10.1007/s10472-011-9258-6 (PUCT)
    D. Silver et al., "Mastering the game of Go without human knowledge", Nature 550:354-359, 2017,
    https://doi.org/10.1038/nature24270 (with a network's guess)
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from models.boards import Board, Position

Guess = Callable[[Position, int], tuple[list[float], float]]
"""A prior over all moves and the value, for the side to move."""


def rollout(board: Board, rng: random.Random) -> Guess:
    """What one does without a network: every move alike, and a game at random to its end."""

    def guess(position: Position, side: int) -> tuple[list[float], float]:
        turn = side
        while True:
            position, winner, over = board.play(position, rng.choice(board.moves(position)), turn)
            if over:
                return [1 / board.actions] * board.actions, float(winner * side)
            turn = -turn

    return guess


def puct(q: list[float], visits: list[int], prior: list[float], c: float) -> int:
    """The move to look at next; the first of equals.

    One is added under the root, so that the prior decides before anything was visited.
    """
    curiosity = c * math.sqrt(sum(visits) + 1)
    scores = [
        value + curiosity * chance / (1 + count)
        for value, count, chance in zip(q, visits, prior, strict=True)
    ]
    return scores.index(max(scores))


@dataclass
class Node:
    """What is known of a position: its moves, their prior, their visits, and what came of them."""

    moves: list[int]
    prior: list[float]
    visits: list[int] = field(default_factory=list)
    total: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.visits, self.total = [0] * len(self.moves), [0.0] * len(self.moves)

    def q(self) -> list[float]:
        """The mean of what came of each move; 0 for one that was not tried."""
        return [t / max(1, n) for t, n in zip(self.total, self.visits, strict=True)]


class Search:
    """A tree of positions that grows by one a simulation."""

    def __init__(self, board: Board, guess: Guess, c: float) -> None:
        self.board, self.guess, self.c = board, guess, c
        self.nodes: dict[tuple[Position, int], Node] = {}

    def simulate(self, position: Position, side: int) -> float:
        """Go down to a new position or an end; returns what it is worth to the side to move."""
        node = self.nodes.get((position, side))
        if node is None:
            prior, value = self.guess(position, side)
            moves = self.board.moves(position)
            # A policy may be sure and wrong: no move is ruled out.
            share = [prior[move] + 1e-3 for move in moves]
            self.nodes[position, side] = Node(moves, [each / sum(share) for each in share])
            return value
        chosen = puct(node.q(), node.visits, node.prior, self.c)
        after, winner, over = self.board.play(position, node.moves[chosen], side)
        # What is good for the other side is bad for this one.
        value = float(winner * side) if over else -self.simulate(after, -side)
        node.visits[chosen] += 1
        node.total[chosen] += value
        return value

    def think(
        self, position: Position, side: int, simulations: int, noise: float, rng: random.Random
    ) -> tuple[list[int], list[float]]:
        """The moves, and the share of visits that each got."""
        if (position, side) not in self.nodes:
            self.simulate(position, side)
        node = self.nodes[position, side]
        if noise:
            drawn = [
                rng.gammavariate(0.6, 1) for _ in node.moves
            ]  # a Dirichlet sample, once scaled
            node.prior = [
                (1 - noise) * chance + noise * each / sum(drawn)
                for chance, each in zip(node.prior, drawn, strict=True)
            ]
        for _ in range(simulations):
            self.simulate(position, side)
        return node.moves, [count / sum(node.visits) for count in node.visits]

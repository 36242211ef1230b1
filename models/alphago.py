"""AlphaGo in small: a network that guesses, a search that thinks, and each teaches the other.

A network looks at a position once and says two things: how likely each move is to be good (policy)
and who will win (value). The search plays on in its head, 25 times a move, down the branch with the greatest

    Q + c * P * sqrt(all visits) / (1 + visits)          (PUCT)

Q is how well a move has gone so far, P what the policy thinks of it, and the last factor sends the
search where it has seldom been. At a new position the value network is asked, and its answer goes
back up the branch. The visits are better moves than the policy's own, so the policy is trained towards
them; who really won is better than the value's guess, so the value is trained towards that. Then it plays
itself again. Nobody shows it a game: that is AlphaGo Zero; the AlphaGo of 2016 began with human games.

Sources:
    D. Silver et al., "Mastering the game of Go with deep neural networks and tree search", Nature
    529:484-489, 2016, https://doi.org/10.1038/nature16961
    D. Silver et al., "Mastering the game of Go without human knowledge", Nature 550:354-359, 2017,
    https://doi.org/10.1038/nature24270
"""

import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.boards import BOARDS, Board, Player, Position, anyone, book, perfect, tally
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

GAMES, STEPS, BATCH, MEMORY = 8, 24, 64, 6000
"""Games and optimiser steps in a round, samples of a step, positions that are remembered."""

Guess = Callable[[Position, int], tuple[list[float], float]]
"""A prior over all moves and the value, for the side to move."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        board: `tic-tac-toe`, `connect-3` (4x4) or `connect-4` (5x6).
        simulations: Searches down the tree for each move.
        c_puct: How much the prior and curiosity count beside what was found. Live.
        noise: Share of noise in the root's prior, so that self-play does not repeat itself. Live.
        learning_rate: Adam's. Live.
        rounds: Rounds of 8 games and 24 optimiser steps.
    """

    board: str = "tic-tac-toe"
    simulations: int = 25
    c_puct: float = 1.5
    noise: float = 0.25
    learning_rate: float = 3e-3
    rounds: int = 150

    def check(self) -> None:
        """Raise ValueError unless there is such a board and it thinks at all."""
        if self.board not in BOARDS:
            raise ValueError(f"The board is {self.board!r}; it can be {', '.join(BOARDS)}.")
        if self.simulations < 1:
            raise ValueError("There has to be at least one simulation a move.")


class Network(nn.Module):
    """(n, 2 * cells) stones of mine and theirs to (n, actions) logits and (n,) values in [-1, 1]."""

    def __init__(self, board: Board, hidden: int = 64) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Linear(2 * board.cells, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        )
        self.policy = nn.Linear(hidden, board.actions)
        self.value = nn.Linear(hidden, 1)

    def forward(self, seen: Float[Tensor, "n stones"]) -> tuple[Tensor, Tensor]:
        """The policy's logits, and who will win."""
        body = self.body(seen)
        return self.policy(body), self.value(body).tanh()[:, 0]


def stones(position: Position, side: int) -> list[float]:
    """A position as the network sees it: my stones, then theirs."""
    return [float(cell == side) for cell in position] + [float(cell == -side) for cell in position]


def guesser(network: Network) -> Guess:
    """The network as a guess; each position is asked of it once."""
    known: dict[tuple[Position, int], tuple[list[float], float]] = {}

    @torch.no_grad()
    def guess(position: Position, side: int) -> tuple[list[float], float]:
        if (position, side) not in known:
            logits, value = network(torch.tensor([stones(position, side)]))
            known[position, side] = logits[0].softmax(0).tolist(), float(value)
        return known[position, side]

    return guess


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


def opinion(
    board: Board, guess: Guess, config: Config, rng: random.Random
) -> Callable[[Position, int], tuple[int, float]]:
    """Searches a new tree for each position: the move that was visited most, and its mean value."""

    def decide(position: Position, side: int) -> tuple[int, float]:
        search = Search(board, guess, config.c_puct)
        moves, shares = search.think(position, side, config.simulations, 0.0, rng)
        most = shares.index(max(shares))
        return moves[most], search.nodes[position, side].q()[most]

    return decide


def thinker(board: Board, guess: Guess, config: Config, rng: random.Random) -> Player:
    """A player who plays what its search visited most."""
    decide = opinion(board, guess, config, rng)
    return lambda position, side: decide(position, side)[0]


Sample = tuple[list[float], list[float], float]
"""What was seen, the search's shares over all moves, and who won, for the side that moved."""


def self_play(board: Board, guess: Guess, config: Config, rng: random.Random) -> list[Sample]:
    """One game against itself, each move drawn by its visits."""
    search, position, side = Search(board, guess, config.c_puct), board.empty, 1
    played: list[tuple[list[float], list[float], int]] = []
    while True:
        moves, shares = search.think(position, side, config.simulations, config.noise, rng)
        wanted = [0.0] * board.actions
        for move, share in zip(moves, shares, strict=True):
            wanted[move] = share
        played.append((stones(position, side), wanted, side))
        position, winner, over = board.play(position, rng.choices(moves, shares)[0], side)
        if over:
            return [(seen, wanted, float(winner * mover)) for seen, wanted, mover in played]
        side = -side


def losses(network: Network, samples: list[Sample]) -> tuple[Tensor, Tensor]:
    """How far the policy is from the search, and the value from who won."""
    seen, wanted, won = (torch.tensor(column) for column in zip(*samples, strict=True))
    logits, value = network(seen)
    return functional.cross_entropy(logits, wanted), functional.mse_loss(value, won)


def opening(board: Board, guess: Guess, config: Config, rng: random.Random) -> Picture:
    """Where the search would begin."""
    search = Search(board, guess, config.c_puct)
    _, shares = search.think(board.empty, 1, config.simulations, 0.0, rng)
    rows = [shares] if board.falls else [shares[i : i + 3] for i in range(0, 9, 3)]
    return Picture("heat_map", rows, "share of the search's visits to each first move")


def train(config: Config) -> Iterator[Start | Reading]:
    """Round after round of self-play and steps; a reading a step.

    At the end, with the same search: `test/won` and `test/lost` of 100 games against a random
    player, `test/lost to rollouts` and `test/won against rollouts` of 40 against a search without a
    network, and, on tic-tac-toe, `test/drawn with perfect` of 100.
    """
    config.check()
    torch.manual_seed(config.seed)
    rng = random.Random(config.seed)
    board = BOARDS[config.board]
    network = Network(board)
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate, weight_decay=1e-4)
    yield Start(
        total_steps=config.rounds * STEPS, samples_per_step=BATCH, steps_per_epoch=STEPS,
        model=network, optimizer=optimizer, example=torch.zeros(1, 2 * board.cells),
    )  # fmt: skip
    memory: deque[Sample] = deque(maxlen=MEMORY)
    for step in range(1, config.rounds * STEPS + 1):
        if step % STEPS == 1:
            guess = guesser(network)
            for _ in range(GAMES):
                memory.extend(self_play(board, guess, config, rng))
        set_rate(optimizer, config.learning_rate)
        policy, value = losses(network, rng.choices(memory, k=BATCH))
        optimizer.zero_grad()
        (policy + value).backward()
        optimizer.step()
        now = Reading(step, {"train/policy": policy.detach(), "train/value": value.detach()})
        if step % (10 * STEPS) == 0:
            player = thinker(board, guesser(network), config, rng)
            won, _, lost = tally(board, player, anyone(board, rng), 20)
            now.scalars.update({"valid/won": won, "valid/lost": lost})
            now.pictures["opening"] = opening(board, guesser(network), config, rng)
        if step == config.rounds * STEPS:
            now.scalars.update(judge(board, network, config, rng))
            if board.cells <= 9:
                rows = book(board, opinion(board, guesser(network), config, rng))
                words = f"its move in all {len(rows)} positions that it can come to"
                now.pictures["book"] = Picture("text", rows, words)
        yield now


def judge(board: Board, network: Network, config: Config, rng: random.Random) -> dict[str, float]:
    """How it plays against one who does not think, one who only searches, one who knows all."""
    player = thinker(board, guesser(network), config, rng)
    won, _, lost = tally(board, player, anyone(board, rng), 100)
    searcher = thinker(board, rollout(board, rng), config, rng)
    better, _, worse = tally(board, player, searcher, 40)
    found = {
        "test/won": won,
        "test/lost": lost,
        "test/won against rollouts": better,
        "test/lost to rollouts": worse,
    }
    if board.cells <= 9:
        found["test/drawn with perfect"] = tally(board, player, perfect(board, rng), 100)[1]
    return found


if __name__ == "__main__":
    run_alone(train(Config()), every=240)

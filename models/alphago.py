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

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.boards import BOARDS, Board, Player, Position, anyone, book, perfect, tally
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate
from models.tree_search import Guess, Search, rollout

GAMES, STEPS, BATCH, MEMORY = 8, 24, 64, 6000
"""Games and optimiser steps in a round, samples of a step, positions that are remembered."""


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
    at = network.value.weight.device

    @torch.no_grad()
    def guess(position: Position, side: int) -> tuple[list[float], float]:
        if (position, side) not in known:
            logits, value = network(torch.tensor([stones(position, side)], device=at))
            known[position, side] = logits[0].softmax(0).tolist(), float(value)
        return known[position, side]

    return guess


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
    at = network.value.weight.device
    seen, wanted, won = (torch.tensor(column, device=at) for column in zip(*samples, strict=True))
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
    network = Network(board).to(config.device)
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate, weight_decay=1e-4)
    yield Start(
        total_steps=config.rounds * STEPS, samples_per_step=BATCH, steps_per_epoch=STEPS,
        model=network, optimizer=optimizer, example=torch.zeros(1, 2 * board.cells, device=config.device),
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

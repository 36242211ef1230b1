"""Q-learning: what an action is worth, learned from reward alone.

The agent sees in which cell it stands, chooses one of four directions, and is told nothing until it
reaches the goal (reward 1) or a hole (reward 0, and the end). After each move, the worth of what it
did goes a little towards the reward plus the discounted worth of the best that can come next:

    Q[s, a] += alpha * (r + gamma * max Q[s', .] - Q[s, a])

so that the goal's reward seeps back, cell by cell, to the start. On a slippery floor a move goes to
one side or the other now and then, and even the best walker falls.

Sources:
    C. J. C. H. Watkins and P. Dayan, "Q-learning", Machine Learning 8:279-292, 1992,
    https://doi.org/10.1007/BF00992698
    The floor is after Gymnasium's FrozenLake, https://gymnasium.farama.org
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from models import reading
from models.reading import Picture, Reading, Start, run_alone

MAPS = {
    "4x4": ("S...", ".#.#", "...#", "#..G"),
    "8x8": (
        *("S.......", "........", "...#....", ".....#.."),
        *("...#....", ".##...#.", ".#..#.#.", "...#...G"),
    ),
}
"""Start, floor, holes and the goal; the 8x8 map is Gymnasium's."""

MOVES = ((0, 1), (1, 0), (0, -1), (-1, 0))
ARROWS = ("→", "↓", "←", "↑")
EPISODE = 200
"""Moves after which an episode is given up."""


Worth = list[list[float]]
"""What each move is worth in each cell: plain lists, many times faster than a tensor, read by numbers."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        grid: `4x4` or `8x8`.
        slip: The chance that a move goes to one of its sides instead.
        alpha: The learning rate: how far a worth goes towards the new one. Live.
        gamma: The discount: what a reward is worth one move later. Live.
        epsilon: The share of moves made at random at the end of training. Live.
        hope: What a move is thought to be worth before it was ever tried. Hope makes curious.
        episodes: Walks from the start to an end.
    """

    grid: str = "4x4"
    slip: float = 0.0
    alpha: float = 0.1
    gamma: float = 0.99
    epsilon: float = 0.05
    hope: float = 0.0
    episodes: int = 2000

    def check(self) -> None:
        """Raise ValueError unless there is such a map."""
        if self.grid not in MAPS:
            raise ValueError(f"The grid is {self.grid!r}; it can be {', '.join(MAPS)}.")


class Grid:
    """A square floor. Cells count row by row from the top left; so do `MOVES` clockwise from east.

    Args:
        rows: The map.
        slip: The chance that a move goes to one of its sides instead.
        rng: What decides that.
    """

    def __init__(self, rows: tuple[str, ...], slip: float, rng: random.Random) -> None:
        self.rows, self.slip, self.rng = rows, slip, rng
        self.size = len(rows)
        self.start = "".join(rows).index("S")

    def step(self, cell: int, move: int) -> tuple[int, float, bool]:
        """Where a move ends, its reward, and whether the episode is over."""
        if self.rng.random() < self.slip:
            move = (move + self.rng.choice((1, 3))) % 4
        row, column = divmod(cell, self.size)
        down, right = MOVES[move]
        row = min(self.size - 1, max(0, row + down))
        column = min(self.size - 1, max(0, column + right))
        there = self.rows[row][column]
        return row * self.size + column, float(there == "G"), there in "G#"


def update(
    worth: Worth,
    cell: int,
    move: int,
    reward: float,
    after: int,
    over: bool,
    alpha: float,
    gamma: float,
) -> None:
    """One step of Q-learning, in place: only `worth[cell][move]` changes. Nothing follows an end."""
    future = 0.0 if over else gamma * max(worth[after])
    worth[cell][move] += alpha * (reward + future - worth[cell][move])


def greedy(worth: Worth, cell: int, rng: random.Random) -> int:
    """The best move; a random one of equals, or a young agent would always walk east."""
    best = max(worth[cell])
    return rng.choice([move for move, value in enumerate(worth[cell]) if value == best])


def walk(grid: Grid, worth: Worth, rng: random.Random) -> float:
    """The reward of one episode without exploring."""
    cell = grid.start
    for _ in range(EPISODE):
        cell, reward, over = grid.step(cell, greedy(worth, cell, rng))
        if over:
            return reward
    return 0.0


def pictures(grid: Grid, worth: Worth) -> dict[str, Picture]:
    """What a cell is worth, and where its best move goes."""
    best = [max(moves) for moves in worth]
    arrows = [
        floor if floor in "#G" else ARROWS[moves.index(value)] if value else " "
        for floor, value, moves in zip("".join(grid.rows), best, worth, strict=True)
    ]
    lines = [" ".join(arrows[i : i + grid.size]) for i in range(0, len(arrows), grid.size)]
    size = grid.size
    return {
        "worth": Picture(
            "heat_map",
            [best[i : i + size] for i in range(0, size**2, size)],
            "worth of the best move",
        ),
        "policy": Picture("text", [], "\n".join([*lines, "", "# hole   G goal"])),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Episode after episode; a reading after each hundred.

    Exploration falls from all moves to `epsilon` over the first six tenths of the episodes.
    `train/success` is the share of the last 100 that reached the goal, exploring; `test/success`
    comes once, at the end, of 1,000 walks without exploring.
    """
    config.check()
    rng = random.Random(config.seed)
    grid = Grid(MAPS[config.grid], config.slip, rng)
    worth = [[config.hope] * 4 for _ in range(grid.size**2)]
    yield Start(total_steps=config.episodes)
    won = 0.0
    for episode in range(1, config.episodes + 1):
        explore = max(config.epsilon, 1 - episode / (0.6 * config.episodes))
        cell = grid.start
        for _ in range(EPISODE):
            move = rng.randrange(4) if rng.random() < explore else greedy(worth, cell, rng)
            after, reward, over = grid.step(cell, move)
            update(worth, cell, move, reward, after, over, config.alpha, config.gamma)
            won, cell = won + reward, after
            if over:
                break
        if episode % 100 == 0 or episode == config.episodes:
            share = won / (episode % 100 or 100)
            now = Reading(episode, {"train/success": share, "train/exploring": explore})
            now.pictures.update(pictures(grid, worth))
            won = 0.0
            if episode == config.episodes:
                walks = [walk(grid, worth, rng) for _ in range(1000)]
                now.scalars["test/success"] = sum(walks) / len(walks)
            yield now


def optimal(grid: Grid, gamma: float, sweeps: int = 500) -> Worth:
    """The true worth of every move, by value iteration over the known floor.

    What Q-learning has to find out by walking, this computes from the map (Bellman, 1957).
    """
    worth = [[0.0] * 4 for _ in range(grid.size**2)]
    sure = Grid(grid.rows, 0.0, grid.rng)
    turns = ((0, 1 - grid.slip), (1, grid.slip / 2), (3, grid.slip / 2))
    for _ in range(sweeps):
        best = [max(moves) for moves in worth]
        for cell in (i for i, floor in enumerate("".join(grid.rows)) if floor not in "#G"):
            for move in range(4):
                total = 0.0
                for turned, chance in turns:
                    after, reward, over = sure.step(cell, (move + turned) % 4)
                    total += chance * (reward + (0.0 if over else gamma * best[after]))
                worth[cell][move] = total
    return worth


if __name__ == "__main__":
    run_alone(train(Config()), every=500)

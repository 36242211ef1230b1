"""Samuel's learner: weights, a test of how well they play, and a way to change them.

    worth of a position = w . features,    and one plays the move after which it is greatest

Nobody tells the machine how to play. It plays so many games with its weights, changes them a little at
random, plays as many again, and keeps the change if it won more often. That loop, automatic testing
and automatic alteration, is what Arthur Samuel's checkers program had in the 1950s; his altered the
weights more cleverly, towards what looking further ahead would say.

Sources:
    A. L. Samuel, "Some studies in machine learning using the game of checkers", IBM Journal of
    Research and Development 3(3):210-229, 1959, https://doi.org/10.1147/rd.33.0210
    A. L. Samuel, "Artificial intelligence: a frontier of automation", Annals of the American
    Academy of Political and Social Science 340:10-20, 1962
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from models import reading
from models.boards import BOARDS, Board, Player, Position, anyone, perfect, tally
from models.reading import Picture, Reading, Start, run_alone

FEATURES = ("two of mine", "two of theirs", "one of mine", "centre", "corners", "won")
BOARD = BOARDS["tic-tac-toe"]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        games: Games that test a weight assignment.
        opponent: Against whom: `anyone`, who does not think, `perfect`, who has seen every game to
            its end, or `both` in turn.
        step_size: Standard deviation of a change. Live.
        generations: Changes that are tried.
        pause: Seconds to wait after each generation, so that an eye can follow. Live.
    """

    games: int = 200
    opponent: str = "anyone"
    step_size: float = 0.5
    generations: int = 60
    pause: float = 0.0


@cache
def features(board: Board, position: Position, side: int) -> tuple[float, ...]:
    """What is counted on a board, for the side that has just moved.

    Lines that only one side has stones in (two of mine, two of theirs, one of mine), the centre,
    corners, and whether a line is complete.
    """
    mine = [[position[cell] * side for cell in line] for line in board.lines]
    open_to_me = [sum(line) for line in mine if -1 not in line]
    open_to_them = [-sum(line) for line in mine if 1 not in line]
    corners = (0, board.columns - 1, board.cells - board.columns, board.cells - 1)
    return (
        float(open_to_me.count(2)),
        float(open_to_them.count(2)),
        float(open_to_me.count(1)),
        float(position[board.cells // 2] * side),
        float(sum(position[corner] * side for corner in corners)),
        float(open_to_me.count(3)),
    )


def player(board: Board, weights: list[float]) -> Player:
    """Plays the move after which the weighted features are greatest; the first of equals."""

    def worth(position: Position, move: int, side: int) -> float:
        after, _, _ = board.play(position, move, side)
        values = zip(weights, features(board, after, side), strict=True)
        return sum(weight * value for weight, value in values)

    def play(position: Position, side: int) -> int:
        return max(board.moves(position), key=lambda move: worth(position, move, side))

    return play


def shown(weights: list[float], rng: random.Random) -> Picture:
    """A game of the weights, as x, against a player who does not think, position by position."""
    players = {1: player(BOARD, weights), -1: anyone(BOARD, rng)}
    boards, position, side, over, winner = [], BOARD.empty, 1, False, 0
    while not over:
        position, winner, over = BOARD.play(position, players[side](position, side), side)
        boards.append(BOARD.drawing(position).split("\n"))
        side = -side
    ends = {1: "x, the weights, wins", 0: "a draw", -1: "o, who does not think, wins"}
    rows = ["  ".join(row) for row in zip(*boards, strict=True)]
    return Picture("text", [], "\n".join([*rows, "", ends[winner]]))


def improve(
    weights: list[float],
    best: float,
    score: Callable[[list[float]], float],
    step: float,
    rng: random.Random,
) -> tuple[list[float], float]:
    """Try one random change and keep it if it scores higher.

    Returns:
        The weights to go on with, and their score.
    """
    changed = [weight + rng.gauss(0, step) for weight in weights]
    found = score(changed)
    return (changed, found) if found > best else (weights, best)


def tested(learner: Player, known: dict[str, Player]) -> dict[str, float]:
    """What is said of the weights at the end, by games that changed none of them."""
    won, drawn, lost = tally(BOARD, learner, known["anyone"], 500)
    _, _, beaten = tally(BOARD, learner, known["perfect"], 100)
    shares = {"test/won": won, "test/drawn": drawn, "test/not lost": 1 - lost}
    return {"test/score": won + drawn / 2, **shares, "test/perfect": 1 - beaten}


def train(config: Config) -> Iterator[Start | Reading]:
    """Generation after generation, each tested by games.

    A win counts 1, a draw a half. `train/score` is what the kept weights scored in their test: the
    best of several noisy tests, so it flatters. What is tested at the end, over new games: the
    score and the shares won, drawn and not lost of 500 against `anyone`, and the share not lost of
    100 against `perfect`.

    Raises:
        ValueError: There is no opponent of that name.
    """
    rng = random.Random(config.seed)
    known = {"anyone": anyone(BOARD, rng), "perfect": perfect(BOARD, rng)}
    if config.opponent not in (*known, "both"):
        raise ValueError(
            f"The opponent is {config.opponent!r}; it can be {', '.join(known)}, both."
        )
    rivals = [known[config.opponent]] if config.opponent in known else list(known.values())

    def score(weights: list[float]) -> float:
        games = max(1, config.games // len(rivals))
        tallies = [tally(BOARD, player(BOARD, weights), rival, games) for rival in rivals]
        return sum(won + drawn / 2 for won, drawn, _ in tallies) / len(tallies)

    yield Start(total_steps=config.generations, samples_per_step=config.games)
    weights = [0.0] * len(FEATURES)
    best = score(weights)
    for generation in range(1, config.generations + 1):
        weights, best = improve(weights, best, score, config.step_size, rng)
        rows = [[float(i), weight] for i, weight in enumerate(weights)]
        bars = Picture("histogram", rows, "the weight of each feature", FEATURES)
        game = shown(weights, random.Random(generation))
        now = Reading(generation, {"train/score": best}, {"weights": bars, "game": game})
        if generation == config.generations:
            now.scalars.update(tested(player(BOARD, weights), known))
        yield now
        time.sleep(config.pause)


if __name__ == "__main__":
    run_alone(train(Config()), every=10)

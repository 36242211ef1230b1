"""Every number that the lesson on reward states, worked out again."""

import random

import pytest
from evidence import Lesson, ended

from models.gridworld import ARROWS, EPISODE, MAPS, Config, Grid, optimal, train, update

LESSON = Lesson("day1/08-reward")
TURNS = ((0, 0.8), (1, 0.1), (3, 0.1))
"""Where a move goes on this floor: as meant, or to a side."""


def best_policy(gamma: float) -> list[int]:
    grid = Grid(MAPS["4x4"], 0.2, random.Random(0))
    return [moves.index(max(moves)) for moves in optimal(grid, gamma, 4000)]


def outcome(policy: list[int]) -> tuple[float, float]:
    """The exact chance to arrive, and the mean number of moves to an end."""
    sure = Grid(MAPS["4x4"], 0.0, random.Random(0))
    chance, moves = [0.0] * 16, [0.0] * 16
    for _ in range(3000):
        for cell in (i for i, floor in enumerate("".join(sure.rows)) if floor not in "#G"):
            ways = [(*sure.step(cell, (policy[cell] + turn) % 4), p) for turn, p in TURNS]
            chance[cell] = sum(
                p * (r + (0 if over else chance[after])) for after, r, over, p in ways
            )
            moves[cell] = 1 + sum(p * (0 if over else moves[after]) for after, _, over, p in ways)
    return chance[0], moves[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gamma", "column", "arrives", "moves"),
    [(0.9, 0, "73.4%", "6"), (0.99, 1, "85.7%", "19"), (0.9999, 2, "99.7%", "187")],
)
def test_the_three_maps(gamma, column, arrives, moves):
    policy = best_policy(gamma)
    figure = LESSON.figure("patience 0.9999")[2:]
    floor = "".join(MAPS["4x4"])
    for row, line in enumerate(figure[:4]):
        shown = line.split()[4 * column : 4 * column + 4]
        cells = range(4 * row, 4 * row + 4)
        assert shown == [floor[i] if floor[i] in "#G" else ARROWS[policy[i]] for i in cells]
    chance, mean = outcome(policy)
    assert f"{chance:.1%}" == arrives
    assert f"{mean:.0f}" == moves
    assert figure[5].replace(" %", "%").split()[1 + column] == arrives
    assert f"{moves} moves" in figure[6]


def test_the_patient_one_leans_on_the_wall_under_the_start():
    assert (ARROWS[best_policy(0.9)[4]], ARROWS[best_policy(0.99)[4]]) == ("↓", "←")
    assert MAPS["4x4"][1][1] == "#"


def test_the_update_in_words():
    worth = [[0.5, 0.0], [1.0, 0.0]]
    update(worth, 0, 0, 0.0, 1, False, 0.1, 0.9)
    assert worth[0][0] == pytest.approx(0.54)
    assert pytest.approx(0.729) == 0.9**3
    assert LESSON.says("and $Q$ becomes 0.54")


def test_the_walks_are_as_many_and_as_long_as_told():
    assert EPISODE == 200
    assert LESSON.says("until its 200 moves are used up")
    assert "default = 20000" in LESSON.text


def test_the_curves_of_the_bet_are_apart():
    ends = LESSON.bands("rl.lake", "train/success")
    assert 0.3 <= ends["no-hurry"]["mid"][-1] <= 0.5
    assert 0.6 <= ends["patient"]["mid"][-1] <= 0.8
    assert ends["blind"]["hi"][-1] <= 0.05
    assert abs(ends["patient"]["mid"][-1] - ends["hasty"]["mid"][-1]) < 0.05


def test_without_slips_three_hundred_walks_are_plenty():
    for gamma in (0.5, 0.9, 0.99):
        _, end = ended(train(Config(gamma=gamma, episodes=300)))
        assert end["test/success"] == 1

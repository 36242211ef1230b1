"""Every number that the lesson on games states, worked out again."""

import pytest
import torch
from evidence import Lesson, ended
from torch.nn.functional import one_hot

from models import dqn
from models.cartpole import LONGEST, SECONDS, Carts
from models.games import CartPole, Catch, CatchInNumbers
from models.guessing import EPISODES, TESTED, Config, train
from models.reinforce import returns

LESSON = Lesson("day1/18-games")


def caught(weights, pixels: bool):
    """Of players (n, 3, seen), the exact share caught of all 49 beginnings of Catch."""
    count = len(weights)
    fruit = torch.arange(7).repeat_interleave(7).expand(count, -1)
    plate = torch.arange(7).repeat(7).expand(count, -1)
    for row in range(7):
        if pixels:
            seen = torch.zeros(count, 49, 8, 7)
            seen[:, :, row] += one_hot(fruit, 7)
            seen[:, :, 7] += one_hot(plate, 7)
            seen = seen.flatten(2)
        else:
            seen = torch.stack([(fruit - plate).float(), torch.ones(count, 49)], 2)
        action = torch.einsum("nes,nas->nea", seen, weights).argmax(2)
        plate = (plate + action - 1).clamp(0, 6)
    return (plate == fruit).float().mean(1)


def score(**knobs):
    return ended(train(Config(**knobs)))[1]["test/score"]


@pytest.fixture(scope="module")
def held():
    """How long each of 20,000 random players holds the pole."""
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(20_000, 4, generator=generator)
    carts = Carts(len(weights), generator)
    playing, steps = torch.ones(len(weights), dtype=torch.bool), torch.zeros(len(weights))
    for _ in range(LONGEST):
        steps += playing
        fell, late = carts.step(((carts.state * weights).sum(1) > 0).long())
        playing &= ~fell & ~late
    return steps


def test_one_random_player_in_thirty_holds_the_pole(held):
    assert LONGEST * SECONDS == 10
    share = float((held >= LONGEST).float().mean())
    assert 1 / 33 < share < 1 / 27
    assert float(held.median()) * SECONDS < 1 / 3
    assert f"{(29 / 30) ** 100:.3f}" == "0.034"
    assert LESSON.says("$(29/30)^{100} = 0.034$")


def test_six_or_seven_in_a_thousand_play_two_numbers_without_a_fault():
    weights = torch.randn(20_000, 3, 2, generator=torch.Generator().manual_seed(0))
    share = float((caught(weights, False) == 1).float().mean())
    assert 0.006 <= share <= 0.0075
    assert LESSON.says("In a thousand rolls six or seven are without a fault")


def test_a_weighted_sum_of_pixels_can_play_without_a_fault():
    place = torch.arange(7.0).expand(8, 7).clone()
    place[7] = -place[7]  # Where the fruit is, less where the plate is.
    weights = torch.stack([-place, torch.full((8, 7), 0.25), place]).reshape(1, 3, 56)
    assert caught(weights, True).tolist() == [1.0]
    assert LESSON.says("$3 \\cdot 2 = 6$")
    assert LESSON.says("$3 \\cdot 56 = 168$")


def test_no_guess_of_pixels_plays_well():
    generator = torch.Generator().manual_seed(0)
    best = max(
        float(caught(torch.randn(1000, 3, 56, generator=generator), True).max()) for _ in range(5)
    )
    assert best < 0.6


def test_the_figure_is_the_game():
    games = [kind(torch.Generator()) for kind in (Catch, CatchInNumbers)]
    for game in games:
        game._row, game._column, game._plate = 0, 3, 1
    figure = LESSON.figure("numbers: 2")[2:]
    assert [line[9:22].rstrip() for line in figure] == games[0].drawing().splitlines()
    numbers = [line[35] for line in figure if len(line) > 35 and line[35].isdigit()]
    assert [float(each) for each in numbers] == games[1]._shown().tolist()


TABLE = [
    ("the cart", 0, {"game": "cartpole", "guesses": 100}),
    ("the cart", 1, {"game": "cartpole", "player": "network"}),
    ("*Catch*, two", 0, {"game": "catch in numbers"}),
    ("*Catch*, two", 1, {"game": "catch in numbers", "player": "network"}),
    ("*Catch*, 56", 0, {}),
    ("*Catch*, 56", 1, {"player": "network"}),
]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("row", "column", "knobs"), TABLE)
def test_the_table_of_the_runs(row, column, knobs):
    assert float(cell(row, column)) == pytest.approx(score(**knobs), abs=0.05)


def cell(row: str, column: int) -> str:
    return LESSON.row(f"| {row}")[1 + column]


def test_two_numbers_are_guessed():
    assert cell("*Catch*, two", 0) == f"{score(game='catch in numbers'):.2f}" == "1.00"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_how_many_moves_each_made(monkeypatch):
    made = []
    for kind in (Catch, CartPole):
        step = kind.step
        monkeypatch.setattr(
            kind, "step", lambda game, action, step=step: made.append(1) or step(game, action)
        )
    score()
    assert len(made) == pytest.approx(85_435, rel=0.05)
    assert LESSON.says("85,435 moves")
    made.clear()
    score(game="cartpole", guesses=100)
    assert len(made) - TESTED * LONGEST == pytest.approx(28_000, rel=0.1)
    assert LESSON.says("(The guesses took about 28,000.)")


def test_the_players_are_the_ones_described():
    assert Config().steps == 8000
    assert (EPISODES, TESTED) == (20, 100)
    assert (dqn.MEMORY, dqn.BATCH) == (20_000, 64)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_times_as_many_guesses_get_it_to_two_fifths():
    assert score(guesses=10_000) == pytest.approx(0.41, abs=0.05)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_without_an_older_copy_the_loss_on_the_cart_explodes(held):
    _, end = ended(dqn.train(dqn.Config(target=False)))
    assert 300_000 < end["train/loss"] < 1_000_000
    assert end["test/reward"] < 12


def test_praise_and_blame():
    alive = torch.tensor([[True, True], [True, False], [True, False]])
    found = returns(alive, 0.5)[alive.T.flatten().reshape(2, 3).T]
    assert sorted(found.tolist()) == [1.0, 1.0, 1.5, 1.75]
    assert float(found.mean()) == 1.3125
    assert f"{float(found.std(correction=0)):.3f}" == "0.325"
    praised = ((found - found.mean()) / found.std(correction=0)).tolist()
    assert sorted(f"{each:.2f}" for each in praised) == ["-0.96", "-0.96", "0.58", "1.35"]
    assert LESSON.says("| long | 1.75, 1.5, 1 | 0.4375, 0.1875, −0.3125 | 1.35, 0.58, −0.96 |")


@pytest.mark.parametrize("n", [3, 4, 5])
def test_the_key_of_the_first_move(n):
    every = [*range(n, 0, -1), 1]
    assert n - sum(every) / len(every) == pytest.approx(n - (n * (n + 1) / 2 + 1) / (n + 1))
    assert 'answer = "n - (n * (n + 1) / 2 + 1) / (n + 1)"' in LESSON.text


def test_the_curves_of_the_bet_are_apart():
    ends = LESSON.bands("play.guess", "train/score")
    assert ends["ten"]["hi"][-1] < ends["pixels"]["lo"][-1]
    assert ends["pixels"]["hi"][-1] < 0.7 < 0.99 < ends["numbers"]["lo"][-1]
    assert 0.45 <= ends["pixels"]["mid"][-1] <= 0.6

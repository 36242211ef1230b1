"""Learning from reward: the grid, the cart, Catch, and what plays them."""

import math
import random

import pytest
import torch
from torch import nn

from models import dqn, gridworld, guessing, reinforce
from models.cartpole import LONGEST, Carts, drawing
from models.games import GAMES, Catch, CatchInNumbers
from models.gridworld import MAPS, Grid, greedy, optimal, update


def test_the_update_of_the_lesson():
    worth = [[0.5, 0.0], [1.0, 0.2]]
    update(worth, 0, 0, reward=0.0, after=1, over=False, alpha=0.1, gamma=0.9)
    assert worth == [pytest.approx([0.54, 0.0]), [1.0, 0.2]]


def test_nothing_follows_an_end():
    worth = [[0.5], [100.0]]
    update(worth, 0, 0, reward=1.0, after=1, over=True, alpha=0.5, gamma=0.9)
    assert worth == [[0.75], [100.0]]


def test_the_floor_has_walls_holes_and_a_goal():
    grid = Grid(MAPS["4x4"], 0.0, random.Random(0))
    assert grid.step(0, 2) == (0, 0.0, False)
    assert grid.step(4, 0) == (5, 0.0, True)
    assert grid.step(14, 0) == (15, 1.0, True)


def test_a_slip_goes_to_the_sides_and_never_back():
    grid = Grid(MAPS["8x8"], 1.0, random.Random(0))
    ends = {grid.step(9, 0)[0] for _ in range(100)}
    assert ends == {1, 17}


def test_the_best_of_equals_is_drawn():
    rng = random.Random(0)
    drawn = {greedy([[0.0, 1.0, 1.0, 0.0]], 0, rng) for _ in range(50)}
    assert drawn == {1, 2}


def test_q_learning_finds_what_value_iteration_computes():
    config = gridworld.Config(episodes=2000)
    *_, last = gridworld.train(config)
    assert last.scalars["test/success"] == 1.0
    best = optimal(Grid(MAPS["4x4"], 0.0, random.Random(0)), config.gamma)
    # Six moves from the start, the last of which is paid at once.
    assert max(best[0]) == pytest.approx(0.99**5)
    seen = last.pictures["worth"].data
    assert seen[0][0] == pytest.approx(0.99**5, rel=0.02)


def test_without_a_future_nothing_seeps_back():
    *_, last = gridworld.train(gridworld.Config(episodes=500, gamma=0.0))
    worth = last.pictures["worth"].data
    assert worth[0][0] == 0.0
    assert last.scalars["test/success"] < 0.5


# --- the cart -----------------------------------------------------------------------------------


def textbook(state, push):
    """Gymnasium's equations of CartPole-v1, in plain numbers."""
    x, speed, angle, turning = state
    force = 10.0 if push else -10.0
    temp = (force + 0.05 * turning**2 * math.sin(angle)) / 1.1
    bend = (9.8 * math.sin(angle) - math.cos(angle) * temp) / (
        0.5 * (4 / 3 - 0.1 * math.cos(angle) ** 2 / 1.1)
    )
    along = temp - 0.05 * bend * math.cos(angle) / 1.1
    return [x + 0.02 * speed, speed + 0.02 * along, angle + 0.02 * turning, turning + 0.02 * bend]


def test_carts_move_as_the_textbook_says():
    carts = Carts(5, torch.Generator().manual_seed(0))
    for push in (1, 1, 0, 1, 0):
        wanted = [textbook(state, push) for state in carts.state.tolist()]
        carts.step(torch.full((5,), push))
        assert torch.allclose(carts.state, torch.tensor(wanted), atol=1e-6)


def test_a_cart_that_is_only_pushed_right_falls_and_one_that_balances_runs_out_of_time():
    carts = Carts(1, torch.Generator().manual_seed(0))
    fell = late = torch.zeros(1, dtype=torch.bool)
    while not (fell | late):
        fell, late = carts.step(torch.ones(1, dtype=torch.long))
    assert fell.item()
    assert carts.age.item() < 20
    carts.reset(torch.ones(1, dtype=torch.bool))
    for step in range(LONGEST):
        x, speed, angle, turning = carts.state[0].tolist()
        push = angle + 0.3 * turning + 0.05 * x + 0.1 * speed > 0
        fell, late = carts.step(torch.tensor([int(push)]))
        assert late.item() == (step == LONGEST - 1)
        assert not fell.item()
    assert len(drawing(carts.state[0]).split("\n")) == 7


def test_returns_look_ahead():
    alive = torch.tensor([[True, True], [True, False], [True, False]])
    assert reinforce.returns(alive, 0.5)[:, 0].tolist() == [1.75, 1.5, 1.0]
    assert reinforce.returns(alive, 0.5)[:, 1].tolist() == [1.0, 0.0, 0.0]


def test_reinforce_does_more_of_what_went_well():
    """Its gradient is that of the log-probabilities weighted by the returns."""
    torch.manual_seed(0)
    start, first, *_ = reinforce.train(reinforce.Config(updates=1, carts=2))
    assert start.total_steps == 1
    assert 5 < float(first.scalars["train/steps"]) < 200
    assert all(each.grad is not None for each in start.model.parameters())


# --- DQN ----------------------------------------------------------------------------------------


def test_memory_forgets_the_oldest(monkeypatch):
    monkeypatch.setattr(dqn, "MEMORY", 3)
    memory = dqn.Memory(1)
    for i in range(5):
        memory.add(torch.tensor([float(i)]), 0, 0.0, torch.zeros(1), over=False)
    assert sorted(memory.rows[:, 0].tolist()) == [2.0, 3.0, 4.0]
    assert memory.draw(None)[:, 0].tolist() == [3.0, 4.0]
    assert memory.draw(torch.Generator()).shape == (64, 5)


def test_the_target_is_reward_plus_the_best_of_the_older_network():
    model, older = nn.Linear(1, 2, bias=False), nn.Linear(1, 2, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0], [2.0]]))
        older.weight.copy_(torch.tensor([[3.0], [5.0]]))
    moves = torch.tensor([[1.0, 1.0, 0.5, 0.0, 0.1], [1.0, 0.0, 0.5, 1.0, 9.0]])
    # Done 1 at 1: worth 2, wanted 0.5 + 0.9 * 0.5. Done 0 at an end: worth 1, wanted 0.5.
    losses = [0.5 * (2 - 0.95) ** 2 if 2 - 0.95 < 1 else 2 - 0.95 - 0.5, 0.5 * 0.5**2]
    assert dqn.error(model, older, moves, 0.9).item() == pytest.approx(sum(losses) / 2)


def test_catch_pays_at_the_bottom():
    game = Catch(torch.Generator().manual_seed(0))
    field = game.reset().reshape(8, 7)
    fruit = int(field[0].argmax())
    over = False
    while not over:
        plate = int(game.drawing().split("\n")[-1].replace(" ", "").index("U"))
        seen, reward, ended, over = game.step(1 + (fruit > plate) - (fruit < plate))
    assert (reward, ended) == (1.0, True)
    assert seen.sum() == 1


@pytest.mark.parametrize("game", sorted(GAMES))
def test_dqn_reads_and_is_judged_at_its_end(game):
    _, *rest = dqn.train(dqn.Config(game=game, steps=700))
    assert [item.step for item in rest] == list(range(50, 701, 50))
    assert "test/reward" in rest[-1].scalars
    assert "train/loss" in rest[0].scalars


# --- guessing -----------------------------------------------------------------------------------


def test_the_numbers_say_where_the_fruit_is():
    one, other = (kind(torch.Generator().manual_seed(3)) for kind in (Catch, CatchInNumbers))
    field, (right, always) = one.reset().reshape(8, 7), other.reset().tolist()
    assert right == int(field[0].argmax()) - int(field[-1].argmax())
    assert always == 1.0


@pytest.mark.parametrize("name", sorted(GAMES))
def test_an_episode_lies_between_the_worst_and_the_best(name):
    game = GAMES[name](torch.Generator().manual_seed(0))
    for action in range(game.actions):
        game.reset()
        total, over = 0.0, False
        while not over:
            _, reward, _, over = game.step(action)
            total += reward
        assert 0 <= guessing.share(total, game) <= 1


def hand(weights, seen, actions):
    player = nn.Linear(seen, actions, bias=False)
    with torch.no_grad():
        player.weight.copy_(torch.tensor(weights))
    return player


def test_a_player_by_hand_catches_all_and_its_mirror_none_but_by_chance():
    game = CatchInNumbers(torch.Generator().manual_seed(0))
    # Left where the fruit is left, right where it is right, and stay below it.
    assert guessing.judged(hand([[-1.0, 0.0], [0.0, 0.5], [1.0, 0.0]], 2, 3), game, 50, -1.0) == 1
    assert guessing.judged(hand([[1.0, 0.0], [0.0, 0.5], [-1.0, 0.0]], 2, 3), game, 50, -1.0) < 0.5


def test_judging_stops_when_a_score_is_out_of_reach(monkeypatch):
    played = []

    def never(player, game, episodes):
        played.append(episodes)
        return game.worst

    monkeypatch.setattr(dqn, "judge", never)
    game = Catch(torch.Generator())
    assert guessing.judged(nn.Linear(56, 3), game, 20, 0.8) == 0
    assert len(played) == 4  # 16 of 20 would be no better than 0.8.


def test_the_best_guess_is_kept_and_judged_anew():
    _, *rest = guessing.train(guessing.Config(game="catch in numbers", guesses=60, seed=2))
    scores = [float(item.scalars["train/score"]) for item in rest]
    assert scores == sorted(scores)
    assert len(scores) == 60
    assert "test/score" in rest[-1].scalars


def test_dqn_plays_on_the_same_scale():
    _, *rest = guessing.train(guessing.Config(player="network", steps=700))
    _, *same = dqn.train(dqn.Config(game="catch", steps=700))
    wanted = (float(same[-1].scalars["test/reward"]) + 1) / 2
    assert float(rest[-1].scalars["test/score"]) == pytest.approx(wanted)
    assert all(0 <= x.scalars["train/score"] <= 1 for x in rest if "train/score" in x.scalars)
    assert not any(name.startswith("train/reward") for name in rest[-1].scalars)


def test_what_cannot_be_guessed_is_refused():
    for knobs, word in (({"game": "go"}, "go"), ({"player": "me"}, "me"), ({"guesses": 0}, "one")):
        with pytest.raises(ValueError, match=word):
            next(guessing.train(guessing.Config(**knobs)))


def test_unknown_games_and_grids_are_refused():
    with pytest.raises(ValueError, match="chess"):
        next(dqn.train(dqn.Config(game="chess")))
    with pytest.raises(ValueError, match="9x9"):
        next(gridworld.train(gridworld.Config(grid="9x9")))

"""Boards, Samuel's learner, and search with a network."""

import itertools
import math
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models import alphago, samuel
from models.alphago import guesser, self_play, stones, thinker
from models.boards import BOARDS, anyone, book, elo, match, perfect, tally
from models.tree_search import Search, puct, rollout

TICTACTOE, CONNECT = BOARDS["tic-tac-toe"], BOARDS["connect-4"]


def test_a_row_a_column_and_both_diagonals_win():
    assert len(TICTACTOE.lines) == 8
    for line in TICTACTOE.lines:
        position = TICTACTOE.empty
        for cell in line[:-1]:
            position, winner, over = TICTACTOE.play(position, cell, 1)
            assert (winner, over) == (0, False)
        assert TICTACTOE.play(position, line[-1], 1)[1:] == (1, True)


def test_stones_fall_and_full_columns_are_closed():
    position = CONNECT.empty
    for side in (1, -1, 1, -1, 1):
        position, _, _ = CONNECT.play(position, 2, side)
    assert position[4 * 6 + 2] == 1
    assert 2 not in CONNECT.moves(position)
    assert CONNECT.drawing(position).split("\n")[-1] == ". . x . . ."


@given(st.integers(0, 10_000), st.sampled_from(sorted(BOARDS)))
@settings(max_examples=40, deadline=None)
def test_games_end_with_one_winner_or_a_full_board(seed, name):
    board, rng = BOARDS[name], random.Random(seed)
    position, side, over = board.empty, 1, False
    moves = 0
    while not over:
        moves += 1
        position, winner, over = board.play(position, rng.choice(board.moves(position)), side)
        side = -side
    assert sum(map(abs, position)) == moves
    assert winner != 0 or 0 not in position


def test_the_perfect_player_never_loses():
    rng = random.Random(0)
    best = perfect(TICTACTOE, rng)
    won, drawn, lost = tally(TICTACTOE, best, anyone(TICTACTOE, rng), 40)
    assert lost == 0
    assert won > 0.7
    assert match(TICTACTOE, best, best) == 0
    assert won + drawn == pytest.approx(1)


def test_elo_of_scores():
    assert elo(0.5) == 0
    assert elo(10 / 11) == pytest.approx(400)
    assert elo(0.25) == pytest.approx(-elo(0.75))
    assert elo(1) == math.inf
    assert elo(0) == -math.inf


# --- Samuel -------------------------------------------------------------------------------------


def test_features_by_hand():
    # x x .
    # . o .      for x, who has just moved
    # . . .
    position = (1, 1, 0, 0, -1, 0, 0, 0, 0)
    assert samuel.features(TICTACTOE, position, 1) == (1, 0, 1, -1, 1, 0)
    assert samuel.features(TICTACTOE, (1, 1, 1, -1, -1, 0, 0, 0, 0), 1)[-1] == 1


def test_a_change_is_kept_only_if_it_scores_higher():
    rng = random.Random(0)
    weights, best = [1.0], -1.0
    for _ in range(500):
        weights, found = samuel.improve(weights, best, lambda w: -(w[0] ** 2), 0.1, rng)
        assert found >= best
        best = found
    assert best > -0.01


def test_samuel_learns_in_a_few_generations():
    start, *rest = samuel.train(samuel.Config(games=40, generations=8))
    scores = [item.scalars["train/score"] for item in rest]
    assert scores == sorted(scores)
    assert start.total_steps == len(rest) == 8
    ends = rest[-1].scalars
    assert ends["test/not lost"] == pytest.approx(ends["test/won"] + ends["test/drawn"])
    assert all(0 <= ends[name] <= 1 for name in ("test/won", "test/not lost", "test/perfect"))


def test_nobody_beats_the_perfect_opponent():
    *_, end = samuel.train(samuel.Config(games=20, generations=5, opponent="perfect"))
    assert 0 < end.scalars["train/score"] <= 0.5
    *_, end = samuel.train(samuel.Config(games=20, generations=5, opponent="both"))
    assert end.scalars["train/score"] <= 0.75
    with pytest.raises(ValueError, match="perfect"):
        next(samuel.train(samuel.Config(opponent="x")))


def test_a_game_is_shown_from_the_first_stone_to_the_last():
    weights = [1.0, -1.0, 1.0, 1.0, 1.0, 9.0]
    for seed in range(20):
        *rows, _, end = samuel.shown(weights, random.Random(seed)).caption.split("\n")
        boards = list(zip(*(row.split("  ") for row in rows), strict=True))
        stones = ["".join(board).replace(" ", "") for board in boards]
        assert [9 - each.count(".") for each in stones] == list(range(1, len(boards) + 1))
        position = tuple({"x": 1, "o": -1, ".": 0}[char] for char in stones[-1])
        lines = [{position[cell] for cell in line} for line in TICTACTOE.lines]
        assert ({1} in lines) == end.startswith("x")
        assert ({-1} in lines) == end.startswith("o")


# --- search -------------------------------------------------------------------------------------


def test_puct_of_the_lesson():
    assert puct([0.5, 0.6, 0.0], [10, 5, 0], [0.5, 0.3, 0.2], 1.0) == 2


def test_the_prior_decides_before_anything_was_visited_and_the_first_of_equals():
    assert puct([0.0] * 3, [0] * 3, [0.2, 0.5, 0.3], 1.5) == 1
    assert puct([0.0] * 3, [0] * 3, [0.4, 0.4, 0.2], 1.5) == 0


@pytest.mark.parametrize(("side", "winning"), [(1, 2), (-1, 5)])
def test_search_finds_the_win_in_one(side, winning):
    # x x .
    # o o .      whoever moves completes a row
    # . . .
    position = (1, 1, 0, -1, -1, 0, 0, 0, 0)
    rng = random.Random(0)
    search = Search(TICTACTOE, lambda *_: ([1 / 9] * 9, 0.0), 1.5)
    moves, shares = search.think(position, side, 100, 0.0, rng)
    assert moves[shares.index(max(shares))] == winning
    assert sum(shares) == pytest.approx(1)


def test_what_is_good_for_one_is_bad_for_the_other():
    search = Search(TICTACTOE, lambda *_: ([1 / 9] * 9, 0.25), 1.5)
    assert search.simulate(TICTACTOE.empty, 1) == 0.25
    assert search.simulate(TICTACTOE.empty, 1) == -0.25


def test_rollouts_tell_won_positions():
    guess = rollout(TICTACTOE, random.Random(0))
    # x is about to win in two ways, whoever moves at random.
    values = [guess((1, 1, 0, 1, -1, 0, 0, -1, 0), 1)[1] for _ in range(200)]
    assert sum(values) / len(values) > 0.3


def test_the_network_sees_both_sides_alike():
    position = (1, -1, 0, 0, 1, 0, 0, 0, 0)
    swapped = tuple(-stone for stone in position)
    assert stones(position, 1) == stones(swapped, -1)


def test_self_play_tells_who_won():
    torch.manual_seed(0)
    config = alphago.Config(simulations=4)
    network = alphago.Network(TICTACTOE)
    samples = self_play(TICTACTOE, guesser(network), config, random.Random(0))
    won = [each[2] for each in samples]
    assert all(sum(shares) == pytest.approx(1) for _, shares, _ in samples)
    assert won[-1] in (0.0, 1.0)
    assert all(a == -b for a, b in itertools.pairwise(won))


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_a_round_trains_and_is_judged(name, monkeypatch):
    monkeypatch.setattr(alphago, "tally", lambda *_: (1.0, 0.0, 0.0))
    monkeypatch.setattr(alphago, "STEPS", 3)
    monkeypatch.setattr(alphago, "GAMES", 1)
    start, *rest = alphago.train(alphago.Config(board=name, simulations=3, rounds=2))
    assert start.total_steps == len(rest) == 6
    assert rest[-1].scalars["test/won"] == 1.0
    assert ("test/drawn with perfect" in rest[-1].scalars) == (name == "tic-tac-toe")


def test_thinking_beats_not_thinking():
    rng = random.Random(0)
    player = thinker(TICTACTOE, rollout(TICTACTOE, rng), alphago.Config(simulations=40), rng)
    won, _, lost = tally(TICTACTOE, player, anyone(TICTACTOE, rng), 20)
    assert won > 0.7
    assert lost < 0.2


def test_a_book_holds_every_position_that_its_player_can_come_to():
    board = BOARDS["tic-tac-toe"]
    first = book(board, lambda position, side: (board.moves(position)[0], 0.5))
    known = {81 * high + low: int(move) for high, low, move, _ in first}
    rng = random.Random(3)
    for game in range(40):
        position, over, side = board.empty, False, 1 if game % 2 else -1
        while not over:
            if side == 1:
                code = sum((0, 1, 2)[stone] * 3**i for i, stone in enumerate(position))
                move = known[code]
                assert move == board.moves(position)[0]
            else:
                move = rng.choice(board.moves(position))
            position, _, over = board.play(position, move, side)
            side = -side
    assert all(high < 243 and low < 81 for high, low, _, _ in first)

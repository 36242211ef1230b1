"""Instruments: what keys do, what is seen, which figures goals may speak of."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tutor.core.instruments.base import grade_lab
from tutor.core.instruments.board_game import (
    EMPTY,
    BoardGame,
    best,
    code,
    moves,
    played,
    winner,
    worth,
)
from tutor.core.instruments.merge_desk import MergeDesk
from tutor.core.lesson import Goal, Lab
from tutor.core.notebooks import Cell, cells


def text(instrument, width=80):
    return "\n".join("".join(part for part, _ in line) for line in instrument.lines(width))


def pressed(instrument, keys):
    for key in keys:
        instrument = instrument.press(key)
    return instrument


# --- the board ----------------------------------------------------------------------------------------


def test_three_in_a_row_wins():
    assert winner((1, 1, 1, -1, -1, 0, 0, 0, 0)) == 1
    assert winner((-1, 1, 1, 0, -1, 1, 0, 0, -1)) == -1
    assert winner(EMPTY) == 0
    assert moves((1, 1, 1, -1, -1, 0, 0, 0, 0)) == []


def test_the_game_is_a_draw_and_a_fork_wins():
    assert worth(EMPTY, 1) == 0
    assert worth((1, -1, 0, 0, 1, 0, 0, 0, -1), 1) == 1  # two ways to three at once
    assert best((1, 1, 0, -1, -1, 0, 0, 0, 0), 1) == [2]


@given(st.integers(0, 2**32))
def test_nobody_beats_the_perfect_opponent(seed):
    rng = random.Random(seed)
    game = BoardGame(opponents=("perfect",), seed=seed)
    for _ in range(30):
        if game.over:
            game = game.press("enter")
        else:
            game = game.press(str(rng.choice(moves(game.position)) + 1))
    assert game.figures["won"] == 0
    assert game.figures["games"] > 0


def test_playing_as_well_as_one_can_draws_with_it():
    game = BoardGame(opponents=("perfect",))
    while not game.over:
        game = game.press(str(best(game.position, 1)[0] + 1))
    assert game.figures["drawn against perfect"] == 1
    assert "A draw." in text(game)


def test_a_taken_cell_and_a_foreign_key_do_nothing():
    game = BoardGame(opponents=("random",)).press("5")
    assert game.press("5") is game
    assert game.press("x") is game
    assert game.press("0") is game


def test_the_loser_of_the_first_move_begins_the_next_game():
    game = BoardGame(opponents=("random",))
    while not game.over:
        game = game.press(str(moves(game.position)[0] + 1))
    after = game.press("enter")
    assert sum(map(abs, after.position)) == 1
    assert after.last >= 0


def test_the_network_plays_its_book_and_says_what_it_thought():
    book = {code((1, 0, 0, 0, 0, 0, 0, 0, 0), -1): (4, 0.5)}
    game = BoardGame(opponents=("network", "perfect"), book=book).press("1")
    assert game.position == played(played(EMPTY, 0, 1), 4, -1)
    assert "75 % of the points" in text(game)
    assert "[O]" in text(game)  # its last move is seen without colour
    assert game.press("o").against == "perfect"


def test_the_code_of_a_position_is_seen_from_the_side_to_move():
    assert code(EMPTY, -1) == 0
    assert code((1, -1, 0, 0, 0, 0, 0, 0, 0), -1) == 2 + 3 * 1
    assert code((1, -1, 0, 0, 0, 0, 0, 0, 0), 1) == 1 + 3 * 2


# --- the desk -----------------------------------------------------------------------------------------


def cell(name, source, count=None, output=""):
    return Cell(id=name, kind="code", source=source, count=count, output=output)


DESK = MergeDesk(
    base=(cell("load", "import math"), cell("fit", "lr = 0.1", 3, "0.5")),
    ours=(cell("load", "import math\nimport json"), cell("fit", "lr = 0.1", 9, "0.4")),
    theirs=(cell("load", "import math\nimport sys"), cell("fit", "lr = 0.1", 5, "0.6")),
    right={"load": "both"},
)


def test_the_lamp_is_out_until_all_is_decided():
    assert (DESK.figures["conflicts"], DESK.figures["open"], DESK.figures["valid"]) == (2, 2, 0)
    assert "✗ The file is no JSON" in text(DESK)
    done = pressed(DESK, ["b", "t"])
    assert (done.figures["open"], done.figures["valid"], done.figures["right"]) == (0, 1, 2)
    assert "✓ The file is a notebook." in text(done)
    assert cells(done.text)[0].source == "import math\nimport json\nimport sys"


def test_cleaning_leaves_what_is_a_matter_of_meaning():
    clean = DESK.press("c")
    assert [each.id for each in clean.conflicts] == ["load"]
    assert pressed(clean, ["o"]).figures["wrong"] == 1
    assert pressed(clean, ["o", "u"]).figures["open"] == 1
    assert clean.press("c").figures["conflicts"] == 2


def test_what_both_sides_say_stands_beside_each_other_where_there_is_room():
    wide, narrow = text(DESK, 100), text(DESK, 40)
    assert "+ import json" in wide
    assert any("import json" in row and "import sys" in row for row in _rows(wide))
    assert not any("import json" in row and "import sys" in row for row in _rows(narrow))
    assert all(len(row) <= 40 for row in _rows(narrow))


def _rows(shown):
    return shown.splitlines()[4:]


def test_the_words_above_a_cell_say_what_it_is_for():
    words = Cell(id="words", kind="markdown", source="The last one is the newest.")
    versions = [(words, cell("pick", source)) for source in ("a", "a[0]", "a[-1]")]
    desk = MergeDesk(base=versions[0], ours=versions[1], theirs=versions[2], right={})
    assert "The last one is the newest." in text(desk)
    assert "The last one" not in text(DESK)


@given(st.lists(st.sampled_from(["o", "t", "b", "u", "c", "up", "down", "x"]), max_size=12))
def test_whatever_is_pressed_the_lamp_tells_the_truth(keys):
    desk = pressed(DESK, keys)
    figures = desk.figures
    assert (figures["valid"] == 1) == (figures["open"] == 0)
    assert figures["right"] + figures["wrong"] + figures["open"] == figures["conflicts"]
    assert all(sum(len(part) for part, _ in line) <= 80 for line in desk.lines(80))


# --- goals --------------------------------------------------------------------------------------------


def test_each_goal_is_earned_on_its_own():
    lab = Lab(
        id="desk",
        instrument="merge-desk",
        title="Merge",
        goal=(
            Goal(rule='last("valid") == 1', points=1, why="It opens."),
            Goal(rule='last("right") >= 1 and last("open") == 0', points=2, why="It is right."),
            Goal(rule='last("no such figure") > 0', points=4, why="Never."),
        ),
    )
    verdict = grade_lab(lab, pressed(DESK, ["c", "b"]).figures)
    assert [part.passed for part in verdict.parts] == [True, True, False]
    assert (verdict.points, verdict.maximum, verdict.passed) == (3, 7, False)

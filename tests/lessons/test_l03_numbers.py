"""Every number that the lesson on AlphaGo states, worked out again."""

import math

from evidence import Lesson

from models.alphago import GAMES, STEPS, Config, Network
from models.boards import BOARDS
from tutor.core.instruments.board_game import EMPTY, moves, played

LESSON = Lesson("day1/03-alphago")


def terms(q, n, p, c=1.5):
    """Curiosity and sum of each move."""
    root = math.sqrt(sum(n))
    curious = [c * chance * root / (1 + count) for chance, count in zip(p, n, strict=True)]
    return curious, [value + more for value, more in zip(q, curious, strict=True)]


def test_the_table_of_three_moves():
    curious, sums = terms([0.5, 0.6, 0.0], [10, 5, 0], [0.5, 0.3, 0.2])
    table = LESSON.rows("| move |")
    for row, extra, total in zip(table, curious, sums, strict=True):
        assert row[4].endswith(f"= {extra:.3f}$")
        assert row[5] == f"{total:.3f}"
    _, after = terms([0.5, 0.6, -0.4], [10, 5, 1], [0.5, 0.3, 0.2])
    assert [f"{each:.3f}" for each in after] == ["0.773", "0.900", "0.200"]
    assert LESSON.says("Then C has 0.2, A 0.773, B 0.900")


def test_how_large_the_trees_are():
    assert len(str(250**150)) == 360
    seen = {EMPTY}
    waiting = [(EMPTY, 1)]
    while waiting:
        position, side = waiting.pop()
        for cell in moves(position):
            after = played(position, cell, side)
            if after not in seen:
                seen.add(after)
                waiting.append((after, -side))
    assert f"{len(seen):,}" == "5,478"
    assert LESSON.says("it has 5,478 positions")


def test_the_program_is_the_one_described():
    assert f"{Config().rounds * GAMES:,}" == "1,200"
    assert (GAMES, STEPS) == (8, 24)
    assert Config().simulations == 25
    network = Network(BOARDS["tic-tac-toe"])
    assert (network.policy.in_features, network.policy.out_features) == (64, 9)
    assert network.body[0].in_features == 18


def test_the_curves_of_the_bet_are_apart():
    lost = LESSON.bands("go.self-play", "valid/lost")
    assert sum(lost["full"]["mid"][-5:]) / 5 <= 0.05
    assert sum(lost["two"]["mid"][-5:]) / 5 >= 0.15


def test_the_worse_learner_has_the_lower_loss():
    loss, lost = (
        [
            sum(LESSON.recorded("go.self-play", case, name)["mid"][-n:]) / n
            for case in ("two", "full")
        ]
        for name, n in (("train/policy", 30), ("valid/lost", 5))
    )
    assert [f"{each:.1f}" for each in loss] == ["0.6", "0.9"]
    assert LESSON.says("the *lower* loss, 0.6 against 0.9")
    assert 0.25 <= lost[0] <= 0.35
    assert lost[1] == 0
    assert LESSON.says(
        "about three games in ten, to somebody who does not think. With 25 it lost none."
    )


def test_the_value_turns_its_sign_at_each_step():
    signs = [line.split()[-1] for line in LESSON.figure("4 back up") if "0.3" in line]
    assert signs == ["+0.3", "-0.3", "+0.3"]  # the first move's, the last move's, the position's

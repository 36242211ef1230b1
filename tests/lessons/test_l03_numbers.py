"""Every number that the lesson on AlphaGo states, worked out again."""

import json
import math
from pathlib import Path

from models.alphago import GAMES, STEPS, Config, Network
from models.boards import BOARDS
from tutor.core.instruments.board_game import EMPTY, moves, played

FOLDER = Path(__file__).parents[2] / "lessons/day1/03-alphago"
TEXT = (FOLDER / "lesson.md").read_text(encoding="utf-8")


def says(words: str) -> bool:
    """Whether the lesson has these words, wherever its lines break."""
    return " ".join(words.split()) in " ".join(TEXT.split())


def terms(q, n, p, c=1.5):
    """Curiosity and sum of each move."""
    root = math.sqrt(sum(n))
    curious = [c * chance * root / (1 + count) for chance, count in zip(p, n, strict=True)]
    return curious, [value + more for value, more in zip(q, curious, strict=True)]


def test_the_table_of_three_moves():
    curious, sums = terms([0.5, 0.6, 0.0], [10, 5, 0], [0.5, 0.3, 0.2])
    rows = TEXT.split("| sum   |\n", 1)[1].splitlines()[1:4]
    for row, extra, total in zip(rows, curious, sums, strict=True):
        assert f"= {extra:.3f}$" in row
        assert row.split("|")[6].strip() == f"{total:.3f}"
    _, after = terms([0.5, 0.6, -0.4], [10, 5, 1], [0.5, 0.3, 0.2])
    assert [f"{each:.3f}" for each in after] == ["0.773", "0.900", "0.200"]
    assert says("Then C has 0.2, A 0.773, B 0.900")


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
    assert says("it has 5,478 positions")


def test_the_program_is_the_one_described():
    assert f"{Config().rounds * GAMES:,}" == "1,200"
    assert (GAMES, STEPS) == (8, 24)
    assert Config().simulations == 25
    network = Network(BOARDS["tic-tac-toe"])
    assert (network.policy.in_features, network.policy.out_features) == (64, 9)
    assert network.body[0].in_features == 18


def test_the_curves_of_the_bet_are_apart():
    kept = json.loads((FOLDER / "reference/go.self-play.json").read_text(encoding="utf-8"))
    lost = {name: case["series"]["valid/lost"]["mid"] for name, case in kept["cases"].items()}
    assert sum(lost["full"][-5:]) / 5 <= 0.05
    assert sum(lost["two"][-5:]) / 5 >= 0.15


def test_the_worse_learner_has_the_lower_loss():
    kept = json.loads((FOLDER / "reference/go.self-play.json").read_text(encoding="utf-8"))
    end = {
        case: {name: sum(kept["cases"][case]["series"][name]["mid"][-n:]) / n for name, n in ends}
        for ends in [(("valid/lost", 5), ("train/policy", 30))]
        for case in ("two", "full")
    }
    assert [f"{end[case]['train/policy']:.1f}" for case in ("two", "full")] == ["0.6", "0.9"]
    assert says("the *lower* loss, 0.6 against 0.9")
    assert 0.25 <= end["two"]["valid/lost"] <= 0.35
    assert end["full"]["valid/lost"] == 0
    assert says("about three games in ten, to somebody who does not think. With 25 it lost none.")


def test_the_value_turns_its_sign_at_each_step():
    figure = TEXT.split("```text\n", 1)[1].split("```", 1)[0]
    signs = [line.split()[-1] for line in figure.splitlines() if "0.3" in line]
    assert signs == ["+0.3", "-0.3", "+0.3"]  # the first move's, the last move's, the position's

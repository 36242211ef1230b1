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

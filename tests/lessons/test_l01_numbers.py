"""Every number that the lesson on Samuel's learner states, worked out again."""

import itertools
import math
import random
import statistics

import pytest
from evidence import Band, Lesson

from models.boards import BOARDS, anyone, perfect, tally
from models.reading import Reading
from models.samuel import FEATURES, Config, features, player, train

LESSON = Lesson("day1/01-samuel")
BOARD = BOARDS["tic-tac-toe"]
GRADED = {"games": 200, "generations": 100}


def recorded(case: str) -> dict[str, Band]:
    return LESSON.cases("sam.loop")[case]["series"]


def run(seed: int, **knobs) -> tuple[list[float], dict[str, float], list[float]]:
    """The scores it went by, what the new games said, and the weights."""
    readings = [each for each in train(Config(seed=seed, **knobs)) if isinstance(each, Reading)]
    bars = readings[-1].pictures["weights"].data
    scores = [float(each.scalars["train/score"]) for each in readings]
    return scores, readings[-1].scalars, [bar[1] for bar in bars]


def boards() -> list[tuple[int, ...]]:
    """The three boards of the first figure."""
    (_, _, *lines), marks = LESSON.figure("threaten twice"), {"x": 1, "o": -1, ".": 0}
    cells = [[marks[char] for char in line if char in marks] for line in lines]
    return [tuple(cell for line in cells for cell in line[3 * i :][:3]) for i in range(3)]


def test_the_two_moves():
    before, *after = boards()
    table = LESSON.rows("| feature ")
    assert len(table) == len(FEATURES) + 1
    weights = [float(row[1]) for row in table[:-1]]
    for column, board in enumerate(after, 2):
        assert [a - b for a, b in zip(board, before, strict=True)].count(1) == 1
        counted = features(BOARD, board, 1)
        assert [float(row[column]) for row in table[:-1]] == list(counted)
        assert float(table[-1][column]) == sum(w * f for w, f in zip(weights, counted, strict=True))
    assert (table[-1][2], table[-1][3]) == ("5", "4")


def test_one_weight_decides_between_blocking_and_losing():
    before, block, threat = boards()
    weights = [float(row[1]) for row in LESSON.rows("| feature ")[:-1]]
    assert BOARD.play(before, player(BOARD, weights)(before, 1), 1)[0] == block
    weights[1] = 0.0
    assert sum(w * f for w, f in zip(weights, features(BOARD, threat, 1), strict=True)) == 7
    assert BOARD.play(before, player(BOARD, weights)(before, 1), 1)[0] == threat
    after_reply = [BOARD.play(threat, move, -1)[1:] for move in BOARD.moves(threat)]
    assert (-1, True) in after_reply  # it loses at once


@pytest.mark.slow
def test_zeros_already_score():
    rng = random.Random(0)
    won, drawn, _ = tally(BOARD, player(BOARD, [0.0] * 6), anyone(BOARD, rng), 4000)
    assert won + drawn / 2 == pytest.approx(0.64, abs=0.015)
    assert LESSON.says("Six zeros score 0.64 already")


def test_the_bet():
    for case, least in (("games-200", 0.5), ("games-20", 0.6)):
        assert least < recorded(case)["train/score"]["mid"][0] < 0.85
    assert recorded("games-1")["train/score"]["mid"][0] == 1
    assert recorded("games-1")["train/score"]["lo"][9] == 1
    assert recorded("games-20")["train/score"]["mid"][-1] > 0.95
    climbing = recorded("games-200")["train/score"]["mid"]
    assert climbing[-1] > climbing[len(climbing) // 2]


def test_the_mark_has_a_margin():
    mark, margin = 0.75, 0.04
    assert max(recorded("games-1")["test/score"]["hi"]) <= mark - margin
    for case in ("games-20", "games-200"):
        assert min(recorded(case)["test/score"]["lo"]) >= mark + margin


def test_what_chance_does():
    for games, written in ((1, "0.5"), (20, "0.11"), (200, "0.035")):
        assert float(f"{0.5 / math.sqrt(games):.2g}") == float(written)
    rng = random.Random(0)
    shares = [statistics.mean(rng.random() < 0.5 for _ in range(20)) for _ in range(4000)]
    assert statistics.pstdev(shares) == pytest.approx(0.11, abs=0.005)
    assert LESSON.says("0.5 for one game, 0.11 for 20, 0.035 for 200")


@pytest.mark.slow
def test_only_proportions_count():
    knobs = {"games": 20, "generations": 20}
    same, _, small = run(3, **knobs)
    tenfold, _, large = run(3, step_size=5.0, **knobs)
    assert tenfold == same
    assert large == pytest.approx([10 * weight for weight in small])


def test_the_answers_of_the_questions():
    for t in (-1, -4, -5):
        weights = [2, t, 1, 1, 1, 10]
        threat = features(BOARD, boards()[2], 1)
        assert sum(w * f for w, f in zip(weights, threat, strict=True)) == 7 + t


def test_the_timeline():
    (scale, *events), years = LESSON.figure("Samuel begins"), {}
    assert LESSON.says("on the slide")
    for line in events[:-1]:
        label, year = line.split("*")
        years[label.strip()] = int(year)
        decade = scale.index(f"{int(year) // 10 * 10}")
        assert line.index("*") == round(decade + int(year) % 10 * 0.6)
    assert years == {
        "neuron that computes": 1943,
        "Samuel begins": 1949,
        "perceptron": 1958,
        "Samuel's paper": 1959,
        "backpropagation": 1986,
        "AlexNet": 2012,
    }
    for word, decade in (("AI", "1950"), ("ML", "1980"), ("DL", "2010")):
        assert events[-1].index(word) == scale.index(decade)


def test_a_run_goes_where_the_recorded_ones_went():
    scores, ends, weights = run(0, games=20, generations=100)
    kept = recorded("games-20")
    assert (
        kept["train/score"]["lo"][-1] - 0.02 <= scores[-1] <= kept["train/score"]["hi"][-1] + 0.02
    )
    assert kept["test/score"]["lo"][-1] <= ends["test/score"] <= kept["test/score"]["hi"][-1]
    assert weights[FEATURES.index("two of theirs")] < 0


# --- what is said of twenty runs --------------------------------------------------------------------


@pytest.fixture(scope="module")
def twenty():
    return [run(seed, **GRADED) for seed in range(20)]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_two_hundred_games(twenty):
    own = [scores[-1] for scores, _, _ in twenty]
    new = [ends["test/score"] for _, ends, _ in twenty]
    assert f"{statistics.mean(own):.2f}" == "0.96"
    assert f"{statistics.mean(new):.2f}" == "0.94"
    assert sum(a > b for a, b in zip(own, new, strict=True)) == 19
    assert min(new) >= 0.75
    signs = [[w[FEATURES.index(name)] > 0 for *_, w in twenty] for name in ("won", "two of theirs")]
    assert [sum(each) for each in signs] == [19, 0]
    kept = [sum(a != b for a, b in itertools.pairwise(s)) for s, _, _ in twenty]
    assert statistics.mean(kept) < 10  # nine in ten are thrown away


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_one_game_and_twenty():
    one = [run(seed, games=1, generations=100) for seed in range(20)]
    assert {scores[-1] for scores, _, _ in one} == {1.0}
    assert f"{statistics.mean(ends['test/score'] for _, ends, _ in one):.2f}" == "0.60"
    assert sum(not any(weights) for *_, weights in one) == 16
    assert max(ends["test/score"] for _, ends, _ in one) < 0.70
    twenty_games = [run(seed, games=20, generations=100) for seed in range(20)]
    assert min(ends["test/score"] for _, ends, _ in twenty_games) > 0.79


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("opponent", ["anyone", "perfect", "both in turn"])
def test_what_a_teacher_cannot_teach(opponent, twenty):
    name = opponent.split()[0]
    found = [
        run(seed, opponent=name, **GRADED) if name != "anyone" else twenty[seed]
        for seed in range(20)
    ]
    (written,) = [row[1:] for row in LESSON.rows("| tested against") if row[0] == opponent]
    for cell, series in zip(written, ("test/won", "test/perfect"), strict=True):
        middle = statistics.median(ends[series] for _, ends, _ in found)
        assert float(cell) == pytest.approx(middle, abs=0.01)
    if name == "anyone":
        assert sum(ends["test/perfect"] <= 0.12 for _, ends, _ in found) == 3
        assert min(ends["test/score"] for _, ends, _ in found) > 0.75


def test_the_perfect_player_never_loses_to_the_weights_by_hand():
    weights = [float(row[1]) for row in LESSON.rows("| feature ")[:-1]]
    rng = random.Random(1)
    won, _, _ = tally(BOARD, player(BOARD, weights), perfect(BOARD, rng), 20)
    assert won == 0

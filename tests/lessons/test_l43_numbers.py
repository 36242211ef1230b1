"""Every number that the lesson on attacks states, worked out again."""

from functools import cache
from math import sqrt

import pytest
from evidence import Lesson

from models import adversarial, faceswap
from models.data.digits import splits
from models.reading import Reading

LESSON = Lesson("day2/43-stop-signs")
ATTACK = {"epochs": 10}
"""As the lesson fixes them."""


@cache
def attacked(**knobs: float) -> dict[str, float]:
    *_, last = adversarial.train(adversarial.Config(**ATTACK, **knobs))
    assert isinstance(last, Reading)
    return {name: 100 * float(value) for name, value in last.scalars.items()}


def test_pushes_that_add_up():
    lines = LESSON.figure("by the sign")
    push = 0.2 * 0.15
    assert f"{push:.2f}" == "0.03"
    assert f"{64 * push:.2f}" in lines[3]
    assert f"{sqrt(64) * push:.2f}" in lines[4]
    assert 64 / sqrt(64) == 8
    assert 1_000_000 / sqrt(1_000_000) == 1000
    assert LESSON.says(
        "eight times as much. In a photograph with a million numbers it is a thousand"
    )


@pytest.mark.timeout(300)
def test_the_table_of_attacks():
    columns = ("test/clean", "test/random 0.2", "test/FGSM 0.15", "test/PGD 0.15", "test/PGD 0.2")
    for row, knobs in zip(LESSON.rows("| trained on"), ({}, {"defend": 0.15}), strict=True):
        found = attacked(**knobs)
        wanted = [found[each] for each in columns]
        assert [float(cell) for cell in row[1:]] == pytest.approx(wanted, abs=2.5)


def test_the_table_of_notes():
    assert len(splits()[1].images) == 250
    assert LESSON.says("the middle of five seeds, on 250 digits")
    rows = LESSON.rows("| wrong words in training")
    for row, case in zip(rows, ("reads", "warned"), strict=True):
        for cell, series in zip(row[1:], ("valid/zero-shot", "valid/flipped"), strict=True):
            ended = LESSON.recorded("signs.notes", case, series)["mid"][-1]
            assert float(cell) == pytest.approx(100 * ended, abs=0.51)


def test_the_choices_of_the_bet_are_apart():
    ends = {
        case: LESSON.recorded("signs.attack", case, "valid/FGSM 0.15")
        for case in ("open", "defended", "flat")
    }
    assert ends["flat"]["hi"][-1] < ends["open"]["lo"][-1]
    assert ends["open"]["hi"][-1] < ends["defended"]["lo"][-1]
    assert 0.2 <= ends["open"]["mid"][-1] <= 0.4
    assert 0.58 <= ends["defended"]["mid"][-1] <= 0.74


ENCODERS = {"one for each": "apart", "shared": "shared", "shared, slow": "slow"}
"""The rows of the table of swaps, and their cases."""


def test_the_table_of_swaps():
    names = ("train/mse", "test/digit kept", "test/hand changed", "test/fakes found")
    for row in LESSON.rows("| encoder"):
        middles = [
            LESSON.recorded("signs.swap", ENCODERS[row[0]], name)["mid"][-1] for name in names
        ]
        forms = zip(middles, (4, 2, 2, 2), strict=True)
        assert row[1:] == [f"{middle:.{digits}f}" for middle, digits in forms]
    assert len(splits()[2].labels) == 450


def test_the_loss_does_not_know_the_difference():
    lost, kept, changed = (
        {case: LESSON.recorded("signs.swap", case, name) for case in ENCODERS.values()}
        for name in ("train/mse", "test/digit kept", "test/hand changed")
    )
    assert lost["apart"]["lo"][-1] < lost["shared"]["hi"][-1]
    assert lost["shared"]["lo"][-1] < lost["apart"]["hi"][-1]
    assert kept["apart"]["mid"][-1] == pytest.approx(0.1, abs=0.03)
    assert max(kept["apart"]["hi"][-1], kept["slow"]["hi"][-1]) < 0.6
    assert kept["shared"]["lo"][-1] > 0.72
    assert changed["shared"]["lo"][-1] > 0.75
    assert changed["slow"]["lo"][-1] > changed["shared"]["hi"][-1]
    sizes = [
        sum(weights.numel() for weights in faceswap.Swapper(shared).parameters())
        for shared in (False, True)
    ]
    assert sizes[0] > sizes[1]
    assert LESSON.says("there are more weights to train")
    assert (faceswap.SIDE, faceswap.CODE) == (16, 24)

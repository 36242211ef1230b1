"""Every number that the lesson on attacks states, worked out again."""

from functools import cache
from math import sqrt
from pathlib import Path

import pytest
from evidence import Lesson

from models import adversarial
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


def test_what_the_face_swap_reaches_is_measured_elsewhere():
    marks = (Path(__file__).parents[1] / "models/test_marks.py").read_text(encoding="utf-8")
    assert '("faceswap", {}, "test/digit kept", ">= 0.78", 5)' in marks
    assert '("faceswap", {"shared": False}, "test/digit kept", "< 0.3", 3)' in marks

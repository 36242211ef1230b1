"""Rules held against a run that ended, or did not."""

import math

import msgspec
import pytest

from tutor.core.expect import RunOutcome, grade_run
from tutor.core.lesson import Expect, Plot, Run

RULES = (
    Expect(rule='last("test/mae") <= 2.2', points=3, why="Tomorrow as today gets 2.24."),
    Expect(rule='finite("train/loss")', points=1, why="NaN teaches nothing."),
)
RUN = Run(
    id="r",
    entry="models.x:train",
    title="t",
    goal="g",
    retry="again",
    plot=(Plot(series=("train/loss",)),),
    expect=RULES,
)


class View(dict):
    def values(self, name):
        return [(step, value) for step, value in enumerate(self.get(name, []), 1)]


def test_a_run_with_nothing_to_earn_can_still_be_missed():
    free = msgspec.structs.replace(RUN, expect=(msgspec.structs.replace(RULES[0], points=0),))
    for mae, passed in ((3.0, False), (2.0, True)):
        view = View({"test/mae": [mae], "train/loss": [1.0]})
        verdict = grade_run(free, RunOutcome(True, True, "done", 1, view))
        assert (verdict.points, verdict.maximum, verdict.passed) == (0, 0, passed)


def graded(mae=(3.0, 2.0), loss=(1.0, 0.5), ended=True, nonce=True, reason="done", steps=2):
    view = View({"test/mae": mae, "train/loss": loss})
    return grade_run(RUN, RunOutcome(ended, nonce, reason, steps, view))


def test_a_run_that_meets_its_rules_passes_and_says_with_what():
    verdict = graded()
    assert (verdict.points, verdict.maximum, verdict.passed) == (4, 4, True)
    assert [part.why for part in verdict.parts] == [
        "test/mae ended at 2",
        "train/loss stayed finite",
    ]


def test_what_was_found_stands_against_what_was_needed():
    verdict = graded(mae=(3.0, 2.31))
    assert (verdict.points, verdict.passed) == (1, False)
    assert verdict.parts[0].why == (
        "test/mae ended at 2.31; needs <= 2.2. Tomorrow as today gets 2.24."
    )
    assert verdict.parts[1].passed, "the other rule earns its points all the same"


def test_nan_is_said_with_its_step():
    verdict = graded(mae=(3.0, math.nan, math.nan), loss=(1.0, math.inf, 0.5))
    assert verdict.points == 0
    assert verdict.parts[0].why.startswith("test/mae became NaN at step 2; needs <= 2.2.")
    assert verdict.parts[1].why.startswith("train/loss became infinite at step 2; needs")


def test_nan_that_was_got_over_is_not_blamed():
    verdict = graded(mae=(math.nan, 2.31))
    assert verdict.parts[0].why.startswith("test/mae ended at 2.31")


def test_a_series_that_was_never_read():
    assert graded(mae=()).parts[0].why.startswith("test/mae was never read; needs <= 2.2.")


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"ended": False, "reason": "stopped"}, "stopped"),
        ({"ended": False, "reason": "time"}, "time limit"),
        ({"ended": False, "reason": "broken"}, "broke"),
        ({"ended": False, "reason": "?"}, "did not come to its end"),
        ({"nonce": False}, "not genuine"),
        ({"steps": 0}, "Nothing was read"),
    ],
)
def test_nothing_is_passed_without_a_genuine_end(end, words):
    verdict = graded(**end)
    assert (verdict.points, verdict.maximum, verdict.passed) == (0, 4, False)
    assert words in verdict.why[0]
    assert not any(part.passed for part in verdict.parts)

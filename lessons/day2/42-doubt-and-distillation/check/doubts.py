"""Checks of calibration and of distillation: by hand, by symmetries, and against slopes."""

import math

from tutor.checks import check, close, fail, for_any

TABLE = [0.95] * 10 + [0.75] * 6 + [0.5] * 4
RIGHT = [1] * 7 + [0] * 3 + [1] * 5 + [0] + [1] * 2 + [0] * 2


def shares(sums, temperature):
    raised = [math.exp(x / temperature) for x in sums]
    return [x / sum(raised) for x in raised]


@check("the table of the text", points=1)
def table(learner):
    close(learner.ece(TABLE, RIGHT, 10), 0.15, 1e-6, what="the ECE of the twenty answers")


@check("too sure here, too modest there", points=1)
def signs(learner):
    found = learner.ece([0.9, 0.9, 0.6, 0.6], [1, 0, 1, 1], 10)
    close(found, 0.4, 1e-6, what="0.4 too sure in one bin, 0.4 too modest in another")


@check("a bin's upper edge belongs to it", points=1)
def edges(learner):
    close(learner.ece([0.5, 0.4], [1, 0], 2), 0.05, 1e-6, what="0.5 and 0.4, two bins")
    close(learner.ece([1.0, 1.0], [1, 0], 5), 0.5, 1e-6, what="certain, and right once of two")


@check("teacher and student are not alike", points=1)
def sides(learner):
    # Shares of 3/4 and 1/4 against 1/2 and 1/2.
    sure, even = [math.log(3), 0.0], [0.0, 0.0]
    wanted = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    close(
        learner.distill_loss(even, sure, 1.0), wanted, 1e-9, what="an even student, a surer teacher"
    )
    wanted = 0.5 * math.log(2 / 3) + 0.5 * math.log(2)
    close(
        learner.distill_loss(sure, even, 1.0), wanted, 1e-9, what="a surer student, an even teacher"
    )
    close(learner.distill_loss(sure, [x + 7 for x in sure], 3.0), 0.0, 1e-9, what="the same shares")


@check("the gradient does not shrink with the temperature", points=1)
def slopes(learner):
    student, teacher, nudge = [0.5, -0.2, 0.1], [1.0, 0.0, -1.0], 1e-4

    def slope(temperature):
        there, here = (
            learner.distill_loss([student[0] + side, *student[1:]], teacher, temperature)
            for side in (nudge, -nudge)
        )
        return (there - here) / (2 * nudge)

    warm, warmer = slope(10.0), slope(100.0)
    if warm == 0 or not 0.8 < warmer / warm < 1.25:
        fail("slopes at T = 10 and T = 100 nearly alike", f"{warm:.4f}", f"{warmer:.4f}")


@check("any doubts", points=2, hidden=True)
def any_doubts(learner):
    def body(case):
        student, teacher, temperature = case
        p, q = shares(teacher, temperature), shares(student, temperature)
        apart = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
        found = learner.distill_loss(student, teacher, temperature)
        close(found, temperature**2 * apart, 1e-6, what="the loss")
        # All answers in one bin: the ECE is the gap of all.
        sure = [max(p), max(q)]
        wanted = abs(sum(sure) / 2 - 0.5)
        close(learner.ece(sure, [1, 0], 1), wanted, 1e-9, what=f"the ECE of {sure} in one bin")

    def draw(rng, size):
        count = rng.randint(2, 3 + size)
        student, teacher = ([rng.uniform(-3, 3) for _ in range(count)] for _ in range(2))
        return student, teacher, rng.uniform(0.5, 8)

    def whole(case):
        if len(case) != 3:
            return
        student, teacher, temperature = case
        if len(student) == len(teacher) > 1 and temperature > 0.2:
            body(case)

    for_any(draw, whole)

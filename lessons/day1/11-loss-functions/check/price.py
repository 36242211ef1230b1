"""Checks of the loss and its slope."""

import math

from tutor.checks import check, close, equal, fail


@check("the example from the text", points=1)
def check_example(learner):
    close(learner.cross_entropy([2.0, 1.0, 0.0], 0), 0.407606, 1e-4, what="the loss of the label 0")
    close(learner.cross_entropy([2.0, 1.0, 0.0], 2), 2.407606, 1e-4, what="the loss of the label 2")
    even = learner.cross_entropy([0.0] * 10, 7)
    close(even, math.log(10), 1e-6, what="the loss of ten equal logits")


@check("logits of a thousand", points=2)
def check_large(learner):
    try:
        found = learner.cross_entropy([1000.0, 999.0, 998.0], 0)
    except OverflowError:
        fail("e to the 1000 is more than a float holds: take the greatest logit off all first.")
    close(found, 0.407606, 1e-4, what="the loss of [1000, 999, 998], label 0")


@check("wrong and very sure", points=1)
def check_sure(learner):
    try:
        found = learner.cross_entropy([1000.0, 0.0], 1)
    except ValueError:
        fail("p is so small that it became 0, which has no logarithm: never form p on the way.")
    close(found, 1000.0, 1e-6, what="the loss of [1000, 0], label 1")


@check("the slope by hand", points=1)
def check_slope(learner):
    found = learner.slope([2.0, 1.0, 0.0], 0)
    close(list(found), [-0.334759, 0.244728, 0.090031], 1e-4, what="slope([2, 1, 0], 0)")


@check("the slope is that of the loss", points=1)
def check_difference(learner):
    logits, label, small = [0.3, -1.2, 2.5, 0.0], 3, 1e-4
    found = list(learner.slope(list(logits), label))
    for place in range(len(logits)):
        up, down = list(logits), list(logits)
        up[place] += small
        down[place] -= small
        rise = learner.cross_entropy(up, label) - learner.cross_entropy(down, label)
        what = f"the slope by logit {place}, against the loss on both sides of it"
        close(found[place], rise / (2 * small), 1e-5, what=what)


@check("leaves the list it was given alone", points=1)
def check_copies(learner):
    logits = [2.0, 1.0, 0.0]
    learner.cross_entropy(logits, 0)
    learner.slope(logits, 0)
    equal(logits, [2.0, 1.0, 0.0], what="the caller's list of logits")

"""Checks of the split."""

import torch

from tutor.checks import check, equal, fail, for_sizes


def scans(*counts):
    """The form of each row, for so many scans of form 0, form 1 and so on."""
    return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))


def rows(learner, form):
    return [[int(each) for each in part] for part in learner.split(form)]


@check("no form is on both sides", points=2)
def check_apart(learner):
    def body(count):
        form = scans(*([4] * count))
        train, valid = rows(learner, form)
        both = {int(form[each]) for each in train} & {int(form[each]) for each in valid}
        equal(len(both), 0, what="the number of forms with scans on both sides")

    for_sizes((2, 3, 10, 100), body)


@check("every row is used once", points=1)
def check_all(learner):
    for form in (scans(4, 4, 4, 4), scans(2, 3, 1, 5, 2, 4)):
        train, valid = rows(learner, form)
        equal(sorted(train + valid), list(range(len(form))), what="all rows of both, sorted,")


@check("about half on each side", points=1)
def check_half(learner):
    train, _ = rows(learner, scans(*([4] * 100)))
    if not 140 <= len(train) <= 260:
        fail("Of 400 rows about half are for training.", "200", f"{len(train)}")


@check("which forms are where is drawn at random", points=1)
def check_random(learner):
    form = scans(*([3] * 30))
    drawn = [sorted(rows(learner, form)[0]) for _ in "abc"]
    if drawn[0] == drawn[1] == drawn[2]:
        fail("Three calls choose the same forms for training.")

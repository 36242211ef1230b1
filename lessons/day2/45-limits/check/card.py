"""Checks of the table of a model card, against published values and by counting again."""

from math import sqrt

from tutor.checks import check, close, equal, for_any, raises

RUN = {1: (400, 400), 3: (398, 400), 4: (0, 400)}


@check("nought of four hundred", points=2)
def intervals(learner):
    close(learner.interval(0, 400), (0.0, 0.00951), 2e-5, what="the interval of 0 of 400")
    close(learner.interval(400, 400), (0.99049, 1.0), 2e-5, what="the interval of 400 of 400")
    close(learner.interval(8, 10), (0.49016, 0.94332), 2e-5, what="the interval of 8 of 10")


@check("the worst first", points=1)
def order(learner):
    rows = learner.card(RUN, {1, 2, 3})
    equal([row["group"] for row in rows], [4, 3, 1], what="the groups, by their share")
    equal([row["seen"] for row in rows], [False, True, True], what="which were trained on")
    equal([row["asked"] for row in rows], [400, 400, 400], what="how many were asked")
    close([row["share"] for row in rows], [0.0, 0.995, 1.0], 1e-9, what="the shares")
    close([rows[1]["least"], rows[1]["most"]], learner.interval(398, 400), 1e-9, what="its ends")
    tied = learner.card({"b": (1, 2), "a": (2, 4), "c": (1, 4)}, {"a"})
    equal([row["group"] for row in tied], ["c", "b", "a"], what="groups of the same share")


@check("a card without limits is refused", points=1)
def refused(learner):
    seen_all = {1: (9, 10), 2: (8, 10)}
    raises(ValueError, lambda: learner.card(seen_all, {1, 2, 3}), "a card of seen groups")
    raises(ValueError, lambda: learner.card({}, {1}), "an empty card")


@check("a group of nobody is refused", points=1)
def nobody(learner):
    results = {1: (9, 10), 4: (0, 0)}
    raises(ValueError, lambda: learner.card(results, {1}), "a card with nobody in a group")


@check("what may be said", points=1)
def said(learner):
    rows = learner.card({1: (10, 10), 3: (398, 400), 4: (0, 400)}, {1, 3})
    equal(sorted(learner.reach(rows, 0.98)), [3], what="the groups of at least 0.98")
    equal(sorted(learner.reach(rows, 0.7)), [1, 3], what="the groups of at least 0.7")
    equal(sorted(learner.reach(rows, 0.999)), [], what="the groups of at least 0.999")


@check("whatever was counted", points=1, hidden=True)
def solves(learner):
    def body(pair):
        right, asked = pair
        least, most = learner.interval(right, asked)
        for end in (least, most):
            # Wilson's ends are the shares from which the count lies just 1.96 deviations off.
            close(
                abs(right / asked - end), 1.96 * sqrt(max(0.0, end * (1 - end)) / asked), 1e-6,
                what=f"the distance of {right} of {asked} from an end",
            )  # fmt: skip
        close(learner.interval(asked - right, asked), (1 - most, 1 - least), 1e-9, what="mirrored")

    def draw(rng, size):
        asked = rng.randint(1, 5 + 10 * size)
        return rng.randint(0, asked), asked

    for_any(draw, lambda pair: body(pair) if pair[1] > 0 and 0 <= pair[0] <= pair[1] else None)

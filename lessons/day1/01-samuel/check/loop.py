"""Checks of the worth of a board and of one turn of the loop."""

import math
import random
import statistics

from tutor.checks import check, close, equal, fail, for_any

WEIGHTS = [2, -3, 1, 1, 1, 10]


@check("the two boards of the text", points=1)
def check_worth(learner):
    close(learner.worth(WEIGHTS, [1, 0, 2, -1, 2, 0]), 5, what="the worth of the block")
    close(learner.worth(WEIGHTS, [2, 1, 1, -1, 3, 0]), 4, what="the worth of the double threat")


@check("keeps a change only if it scores higher", points=1)
def check_keeps(learner):
    old = [1.0, -2.0, 0.5]
    for name, better in (("higher", 1), ("lower", -1), ("the same", 0)):
        found = learner.improve(
            list(old), lambda w, better=better: better * (w != old), 0.5, random.Random(1)
        )
        if better > 0 and list(found) == old:
            fail("The changed weights scored higher, and the old ones came back.")
        if better <= 0:
            close(list(found), old, what=f"the weights after a change that scored {name}")


@check("a change has the size of the step", points=1)
def check_size(learner):
    rng = random.Random(3)
    for step in (0.1, 2.0):
        changes = [
            learner.improve([5.0, -5.0], lambda w: w != [5.0, -5.0], step, rng) for _ in range(400)
        ]
        for place, old in enumerate((5.0, -5.0)):
            moves = [list(each)[place] - old for each in changes]
            spread, mean = statistics.pstdev(moves), statistics.mean(moves)
            what = f"the standard deviation of 400 changes of weight {place}, step {step},"
            close(spread / step, 1.0, 0.15, what=f"{what} over the step")
            if abs(mean) > 0.2 * step:
                fail(f"Changes of weight {place} are {mean:.2f} on average; they go both ways.")


@check("draws from the generator it was given", points=1)
def check_generator(learner):
    def change():
        return list(learner.improve([0.0, 0.0], lambda w: w != [0.0, 0.0], 1.0, random.Random(7)))

    random.seed(1)
    before, first = random.getstate(), change()
    untouched = random.getstate() == before
    random.seed(2)
    close(change(), first, 1e-12, what="the change drawn with the same seed again")
    if not untouched:
        fail("Python's own generator was used; draw from `rng`, so that a run can be repeated.")


@check("tests each set of weights once", points=1)
def check_frugal(learner):
    asked = []

    def score(weights):
        asked.append(list(weights))
        return -sum(weight**2 for weight in weights)

    learner.improve([1.0, 2.0], score, 0.5, random.Random(0))
    if len(asked) > 2:
        fail(f"score was called {len(asked)} times; the old and the new weights are two.")


@check("climbs, and never goes down", points=1)
def check_climbs(learner):
    def body(top):
        def score(weights):
            return -sum((weight - high) ** 2 for weight, high in zip(weights, top, strict=True))

        rng, weights = random.Random(11), [0.0] * len(top)
        best = start = score(weights)
        for _ in range(60):
            weights = list(learner.improve(weights, score, 0.3, rng))
            if score(weights) < best:
                fail("The weights came out with a lower score than they went in with.")
            best = score(weights)
        if math.dist(top, [0.0] * len(top)) > 1 and best <= start:
            fail("After 60 turns the score is what it was at the start.")

    for_any(lambda rng, size: [rng.uniform(-size, size) for _ in range(1 + size % 3)], body)


@check("leaves the list it was given alone", points=1)
def check_copies(learner):
    weights, counts = [1.0, 2.0], [1, 0]
    learner.worth(weights, counts)
    learner.improve(weights, lambda w: w != [1.0, 2.0], 0.5, random.Random(0))
    learner.improve(weights, lambda w: 0, 0.5, random.Random(0))
    equal(weights, [1.0, 2.0], what="the caller's list of weights")
    equal(counts, [1, 0], what="the caller's list of features")

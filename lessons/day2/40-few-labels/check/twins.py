"""Checks of the contrastive loss: by hand, by its symmetries, and written out another way."""

import math

from tutor.checks import check, close, fail, for_any

EAST, NORTH, WEST = [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]


def written_out(first, second, temperature):
    """The same, from cosines as quotients and shares as quotients."""
    views = [*first, *second]
    n = len(first)

    def share(i, k):
        a, b = views[i], views[k]
        lengths = math.hypot(*a) * math.hypot(*b)
        return math.exp(sum(x * y for x, y in zip(a, b, strict=True)) / lengths / temperature)

    losses = []
    for i in range(2 * n):
        others = [share(i, k) for k in range(2 * n) if k != i]
        losses.append(-math.log(share(i, (i + n) % (2 * n)) / sum(others)))
    return sum(losses) / len(losses)


def rows(rng, count, size):
    return [[rng.choice([-1, 1]) * rng.uniform(0.5, 1 + size) for _ in "abc"] for _ in range(count)]


@check("the worked example", points=2)
def worked(learner):
    # A view has cosine 1 with its twin and 0 with the two strangers.
    wanted = math.log(1 + 2 * math.exp(-1))
    close(learner.nt_xent([EAST, NORTH], [EAST, NORTH], 1.0), wanted, what="two drawings, t = 1")
    wanted = math.log(1 + 2 * math.exp(-4))
    close(
        learner.nt_xent([EAST, NORTH], [EAST, NORTH], 0.25), wanted, what="two drawings, t = 0.25"
    )
    # Twins have nothing in common, and each view is like one stranger.
    found = learner.nt_xent([EAST, NORTH], [NORTH, EAST], 1.0)
    close(found, math.log(2 + math.e), what="twins mixed up, t = 1")


@check("twins that agree cost little", points=1)
def agree(learner):
    loss = learner.nt_xent([EAST, WEST], [EAST, WEST], 0.05)
    if not 0 <= loss < 1e-6:
        fail("twins alike and strangers opposite, t = 0.05", "almost 0", loss)


@check("lengths do not matter", points=1)
def lengths(learner):
    plain = learner.nt_xent([EAST, NORTH], [NORTH, NORTH], 0.5)
    longer = learner.nt_xent([[7.0, 0.0], NORTH], [NORTH, [0.0, 0.2]], 0.5)
    close(longer, plain, what="the same directions, other lengths")


@check("any views", points=2, hidden=True)
def any_views(learner):
    def body(case):
        first, second, temperature = case
        found = learner.nt_xent(first, second, temperature)
        close(found, written_out(first, second, temperature), 1e-6, what="the loss")
        swapped = learner.nt_xent(second, first, temperature)
        close(swapped, found, 1e-6, what="the loss with first and second exchanged")

    def draw(rng, size):
        count = rng.randint(2, 3 + size)
        return rows(rng, count, size), rows(rng, count, size), rng.uniform(0.2, 2)

    def whole(case):
        if len(case) != 3:
            return
        first, second, temperature = case
        right = len(first) == len(second) > 1 and temperature > 0.1
        if right and all(len(row) == 3 and any(row) for row in [*first, *second]):
            body(case)

    for_any(draw, whole)

import math

from tutor.checks import check, close, equal, for_any


@check("the example from the text", points=1)
def example(learner):
    found = learner.puct([0.5, 0.6, 0.0], [10, 5, 0], [0.5, 0.3, 0.2], 1.5)
    equal(found, 2, what="puct([0.5, 0.6, 0.0], [10, 5, 0], [0.5, 0.3, 0.2], 1.5)")


@check("after a bad answer", points=1)
def after(learner):
    found = learner.puct([0.5, 0.6, -0.4], [10, 5, 1], [0.5, 0.3, 0.2], 1.5)
    equal(found, 1, what="puct([0.5, 0.6, -0.4], [10, 5, 1], [0.5, 0.3, 0.2], 1.5)")


@check("the prior is heard", points=1)
def prior(learner):
    found = learner.puct([0.0, 0.0], [4, 4], [0.1, 0.9], 1.0)
    equal(found, 1, what="two moves alike but for their prior, 0.1 and 0.9")


@check("a root, and no more", points=1)
def root(learner):
    # With the square root the good move is looked at again; with the sum curiosity would win.
    found = learner.puct([0.9, 0.0], [60, 4], [0.5, 0.5], 1.0)
    equal(found, 0, what="puct([0.9, 0.0], [60, 4], [0.5, 0.5], 1.0)")


@check("before the first visit", points=1)
def new(learner):
    equal(learner.puct([0, 0, 0], [0, 0, 0], [0.2, 0.5, 0.3], 1.0), 1, what="nothing visited yet")


@check("the first of equals", points=1)
def equals(learner):
    equal(learner.puct([0.0, 0.0], [1, 1], [0.5, 0.5], 1.0), 0, what="two moves alike in all")


@check("whose value it is", points=2)
def sides(learner):
    path = [[3, 1.0], [2, -0.5], [0, 0.0]]
    learner.backup(path, 0.8)
    equal([move[0] for move in path], [4, 3, 1], what="the visits")
    for found, wanted, name in zip(
        path, (0.2, 0.3, -0.8), ("first", "second", "third"), strict=True
    ):
        close(
            found[1], wanted, what=f"the total of the {name} move, after 0.8 for the side to move"
        )


@check("any position", points=1, hidden=True)
def any_position(learner):
    def body(case):
        q, visits, prior, c = case
        if not sum(visits):
            return
        wanted = [
            value + c * chance * math.sqrt(sum(visits)) / (1 + count)
            for value, count, chance in zip(q, visits, prior, strict=True)
        ]
        best = sorted(wanted)[-2:]
        if best[-1] - best[0] > 1e-9:
            equal(
                learner.puct(q, visits, prior, c),
                wanted.index(max(wanted)),
                what=f"puct{tuple(case)}",
            )

    def draw(rng, size):
        count = rng.randint(2, 2 + size // 4)
        q = [rng.randint(-4, 4) / 4 for _ in range(count)]
        visits = [rng.randint(0, size) for _ in range(count)]
        return [q, visits, [1 / count] * count, rng.choice([0.5, 1.0, 2.0])]

    for_any(draw, body)


@check("a way of any length", points=1, hidden=True)
def any_way(learner):
    def body(length):
        path = [[0, 0.0] for _ in range(length)]
        learner.backup(path, 1.0)
        wanted = [-1.0 if (length - i) % 2 else 1.0 for i in range(length)]
        equal(
            [move[1] for move in path],
            wanted,
            what=f"totals on a way of {length} moves, after a win",
        )

    for_any(lambda rng, size: rng.randint(0, size), body)

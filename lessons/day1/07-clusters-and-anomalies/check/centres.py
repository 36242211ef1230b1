from tutor.checks import check, close, equal, fail, for_any

LINE = [(0.0,), (2.0,), (10.0,), (12.0,)]


def inertia(points, centres):
    return sum(
        min(sum((a - b) ** 2 for a, b in zip(p, c, strict=False)) for c in centres) for p in points
    )


def flat(centres):
    return [float(number) for centre in centres for number in centre]


@check("the example from the text", points=1)
def example(learner):
    close(flat(learner.turn(LINE, [(0.0,), (10.0,)])), [1.0, 11.0], what="turn, from 0 and 10")


@check("two dimensions", points=1)
def plane(learner):
    corners = [(0.0, 0.0), (0.0, 2.0), (10.0, 0.0), (10.0, 2.0)]
    stuck = [(5.0, 0.0), (5.0, 2.0)]
    close(flat(learner.turn(corners, stuck)), flat(stuck), what="the start that is stuck")
    good = flat(learner.turn(corners, [(0.0, 0.0), (10.0, 2.0)]))
    close(good, [0.0, 1.0, 10.0, 1.0], what="turn, from two opposite corners")


@check("a centre that owns nothing stays", points=1)
def idle(learner):
    found = flat(learner.turn([(1.0, 1.0), (3.0, 1.0)], [(2.0, 2.0), (90.0, 50.0)]))
    close(found, [2.0, 1.0, 90.0, 50.0], what="the second centre is far from all points")


@check("owners are settled before a centre moves", points=1)
def settled(learner):
    found = flat(learner.turn([(0.0,), (7.0,), (9.0,)], [(6.0,), (13.0,)]))
    close(found, [16.0 / 3.0, 13.0], what="0, 7 and 9 from the centres 6 and 13")


@check("nothing is changed in place", points=1)
def untouched(learner):
    points, centres = list(LINE), [(0.0,), (10.0,)]
    learner.turn(points, centres)
    equal((points, centres), (LINE, [(0.0,), (10.0,)]), what="points and centres after a turn")


@check("the point that nobody has seen", points=1)
def middle(learner):
    close(learner.oddness((6.0,), [(6.0,)]), 0.0, what="6, where the one centre is the mean")
    close(learner.oddness((6.0,), [(1.0,), (11.0,)]), 25.0, what="6, beside the centres 1 and 11")
    close(learner.oddness((4.0,), [(1.0,), (11.0,)]), 9.0, what="4, beside the centres 1 and 11")
    close(learner.oddness((3.0, 4.0), [(0.0, 0.0)]), 25.0, what="(3, 4) beside (0, 0)")


@check("no turn raises the inertia", points=2, hidden=True)
def never_up(learner):
    def body(case):
        points, centres = case
        for _ in range(4):
            before = inertia(points, centres)
            moved = [tuple(centre) for centre in learner.turn(points, centres)]
            if len(moved) != len(centres):
                fail(f"{len(centres)} centres went in and {len(moved)} came out.")
            if inertia(points, moved) > before + 1e-9:
                fail(f"The inertia rose from {before:.3f} to {inertia(points, moved):.3f}.")
            told = sum(learner.oddness(point, moved) for point in points)
            close(told, inertia(points, moved), 1e-9, what="the sum of oddness over all points")
            if moved == centres:
                break
            centres = moved
        owned = [min(range(len(centres)), key=lambda k: inertia([p], [centres[k]])) for p in points]
        settled = flat(learner.turn(points, centres))
        means = [
            [p for p, mine in zip(points, owned, strict=True) if mine == k] or [centres[k]]
            for k in range(len(centres))
        ]
        wanted = [sum(axis) / len(mine) for mine in means for axis in zip(*mine, strict=True)]
        close(settled, wanted, 1e-9, what="the means of what each centre owns")

    def draw(rng, size):
        def some():
            return (float(rng.randint(-9, 9)), float(rng.randint(-9, 9)))

        return [some() for _ in range(2 + size)], [some() for _ in range(1 + size % 4)]

    for_any(draw, body)

from tutor.checks import check, close, equal, fail, for_any

UPRIGHT = [[0, 0, 1, 1]] * 4
"""Dark on the left, light on the right."""
LYING = [list(row) for row in zip(*UPRIGHT, strict=True)]


def turned(image):
    """A quarter of a turn."""
    return [list(row) for row in zip(*image[::-1], strict=True)]


@check("the gradients of a ramp", points=1)
def ramp(learner):
    image = [[2 * x + 5 * y for x in range(4)] for y in range(3)]
    equal(
        [[tuple(pair) for pair in row] for row in learner.gradients(image)],
        [[(4, 10), (4, 10)]],
        what="brighter by 2 to the right and by 5 downwards",
    )


@check("an upright edge", points=1)
def upright(learner):
    close(learner.hog(UPRIGHT, 2, 4), [[1.0, 0.0, 0.0, 0.0]], what="an upright edge, 4 bins")
    close(learner.hog(LYING, 2, 4), [[0.0, 0.0, 1.0, 0.0]], what="a lying edge, 4 bins")


@check("an edge and its negative", points=1)
def negative(learner):
    for image in (UPRIGHT, LYING):
        dark = [[1 - pixel for pixel in row] for row in image]
        close(
            learner.hog(dark, 2, 4),
            learner.hog(image, 2, 4),
            what="light to dark, as dark to light",
        )


@check("a strong edge outvotes a weak one", points=1)
def votes(learner):
    # Across: 3 and 1. Down: 1. The fourth pixel has no gradient.
    image = [[0, 0, 0, 0], [0, 0, 3, 0], [0, 0, 1, 0], [0, 0, 3, 0]]
    close(learner.hog(image, 2, 2), [[0.8, 0.2]], what="gradients 3 and 1 across, 1 down")


@check("a cell without any edge", points=1)
def blank(learner):
    close(learner.hog([[7] * 4] * 4, 2, 3), [[0.0, 0.0, 0.0]], what="an even grey")


@check("cells keep to themselves", points=1)
def cells(learner):
    both = learner.hog([[0, 0, 0, 1, 1, 1]] * 4, 2, 2)
    close(both, [[1.0, 0.0], [1.0, 0.0]], what="an upright edge between two cells")
    left = learner.hog([[0, 0, 1, 1, 1, 1]] * 4, 2, 2)
    close(left, [[1.0, 0.0], [0.0, 0.0]], what="an upright edge in the left one of two cells")


@check("twice the contrast, the same shares", points=1, hidden=True)
def light(learner):
    def body(case):
        image, factor, offset = case
        brighter = [[factor * pixel + offset for pixel in row] for row in image]
        close(
            learner.hog(brighter, 2, 4),
            learner.hog(image, 2, 4),
            what=f"pixels times {factor}, plus {offset}",
        )
        for shares in learner.hog(image, 2, 4):
            total = sum(shares)
            if abs(total - 1) > 1e-6 and total != 0:
                fail("the shares of a cell sum to 1, or are all 0", "1 or 0", total)

    def draw(rng, size):
        image = [[rng.randint(0, size) for _ in range(6)] for _ in range(4)]
        return image, rng.randint(1, 5), rng.randint(-9, 9)

    for_any(draw, body)


@check("a quarter of a turn moves the mass by half the bins", points=1, hidden=True)
def quarter(learner):
    def body(image):
        before, after = learner.hog(image, 4, 4)[0], learner.hog(turned(image), 4, 4)[0]
        close(after, before[2:] + before[:2], what="the bins of the picture, turned by a quarter")

    # Whole numbers: no gradient lies on the border of two of four bins.
    def draw(rng, size):
        return [[rng.randint(0, size) for _ in range(6)] for _ in range(6)]

    for_any(draw, body)

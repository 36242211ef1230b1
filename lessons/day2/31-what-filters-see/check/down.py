from tutor.checks import check, close, equal, fail, for_any


def up(picture, kernel, stride, padding):
    """The convolution whose transpose is asked for: zeros around, a sum at each place."""
    k, wide = len(kernel), len(picture[0]) + 2 * padding
    rows = [[0] * padding + row + [0] * padding for row in picture]
    rows = [[0] * wide] * padding + rows + [[0] * wide] * padding
    return [
        [
            sum(kernel[a][b] * rows[i + a][j + b] for a in range(k) for b in range(k))
            for j in range(0, wide - k + 1, stride)
        ]
        for i in range(0, len(rows) - k + 1, stride)
    ]


def product(one, other):
    """Multiplied place by place, and added up."""
    return sum(
        a * b for row, line in zip(one, other, strict=True) for a, b in zip(row, line, strict=True)
    )


def numbers(rng, rows, columns):
    return [[rng.randint(-9, 9) for _ in range(columns)] for _ in range(rows)]


@check("each value where its switch says", points=2)
def unpooled(learner):
    equal(
        learner.unpool([[5, 7]], [[(0, 1), (1, 0)]]),
        [[0, 5, 0, 0], [0, 0, 7, 0]],
        what="5, upper right of its 2x2, and 7, lower left",
    )


@check("a dot pays out the window as it is", points=1)
def dot(learner):
    kernel = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    equal(learner.pay_out([[2]], kernel, 1, 0), [[2, 4, 6], [8, 10, 12], [14, 16, 18]], what="a 2")


@check("windows that overlap are added", points=1)
def added(learner):
    equal(
        learner.pay_out([[1, 10]], [[1, 2], [3, 4]], 1, 0),
        [[1, 12, 20], [3, 34, 40]],
        what="1 and 10, side by side",
    )


@check("the size", points=1)
def size(learner):
    for n, k, stride, padding in ((4, 3, 2, 1), (3, 2, 2, 0), (5, 5, 1, 2), (1, 3, 1, 0)):
        found = learner.pay_out([[1] * n] * n, [[1] * k] * k, stride, padding)
        side = (n - 1) * stride - 2 * padding + k
        what = f"rows and columns for n = {n}, k = {k}, stride {stride}, padding {padding}"
        equal((len(found), len(found[0])), (side, side), what=what)


@check("pooled again, it is what it was", points=1, hidden=True)
def pooled(learner):
    def draw(rng, size):
        rows, columns = rng.randint(1, 1 + size), rng.randint(1, 1 + size)
        values = [[rng.randint(1, 9) for _ in range(columns)] for _ in range(rows)]
        places = [[(rng.randint(0, 1), rng.randint(0, 1)) for _ in row] for row in values]
        return values, places

    def body(case):
        values, switches = case
        found = learner.unpool(values, switches)
        again = [
            [
                max(found[i][j], found[i][j + 1], found[i + 1][j], found[i + 1][j + 1])
                for j in range(0, len(found[0]), 2)
            ]
            for i in range(0, len(found), 2)
        ]
        equal(again, values, what="the greatest of each 2x2")
        equal(sum(map(sum, found)), sum(map(sum, values)), what="the sum of all")

    for_any(draw, body)


@check("it is the transpose", points=2, hidden=True)
def transpose(learner):
    def draw(rng, size):
        k, stride = rng.randint(1, 3), rng.randint(1, 2)
        padding = rng.randint(0, (k - 1) // 2)
        rows, columns = rng.randint(1, 1 + size), rng.randint(1, 1 + size)
        high, wide = ((n - 1) * stride - 2 * padding + k for n in (rows, columns))
        return (
            numbers(rng, high, wide),
            numbers(rng, rows, columns),
            numbers(rng, k, k),
            stride,
            padding,
        )

    def body(case):
        picture, values, kernel, stride, padding = case
        down = learner.pay_out(values, kernel, stride, padding)
        if (len(down), len(down[0])) != (len(picture), len(picture[0])):
            fail("the size", (len(picture), len(picture[0])), (len(down), len(down[0])))
        close(
            product(picture, down),
            product(up(picture, kernel, stride, padding), values),
            what="<x, down(y)>, which should be <up(x), y>,",
        )

    for_any(draw, body)

import torch

from tutor.checks import check, close, equal, fail, for_any

SLIDE = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
CROSS = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]

# Kept before the learner's file is imported: what it does with torch changes nothing here.
REFERENCE = torch.conv2d


class Counted(int):
    """A whole number that knows how often any of its kind was multiplied."""

    products = 0

    def __mul__(self, other):
        Counted.products += 1
        return int(self) * int(other)

    __rmul__ = __mul__


@check("the table of the text", points=1)
def table(learner):
    rows = [
        *[(9, 3, 1, 0, 1, 7), (9, 3, 2, 0, 1, 4), (9, 3, 3, 0, 1, 3), (8, 3, 2, 0, 1, 3)],
        *[(8, 3, 2, 1, 1, 4), (8, 3, 1, 1, 1, 8), (224, 11, 4, 0, 1, 54), (227, 11, 4, 0, 1, 55)],
        *[(9, 3, 1, 0, 2, 5), (28, 5, 3, 2, 3, 7)],
    ]
    for n, k, s, p, d, size in rows:
        equal(learner.out_size(n, k, s, p, d), size, what=f"out_size({n}, {k}, {s}, {p}, {d})")


@check("the picture of the text", points=1)
def slide(learner):
    close(
        learner.conv2d([SLIDE], [[CROSS]]),
        [[[4, 3, 4], [2, 4, 3], [2, 3, 4]]],
        what="the cross on the picture of the text",
    )


@check("a kernel that is not symmetric", points=1)
def turned(learner):
    close(
        learner.conv2d([[[0, 0, 0], [0, 1, 0], [0, 0, 0]]], [[[[1, 2], [3, 4]]]]),
        [[[4, 3], [2, 1]]],
        what="a dot under the kernel 1 2 / 3 4",
    )


@check("padding on all four sides", points=1)
def padding(learner):
    close(
        learner.conv2d([[[5, 7]]], [[[[0, 1, 0], [1, 0, 2], [0, 3, 0]]]], 1, 1),
        [[[14, 5]]],
        what="the picture 5 7, padded by 1",
    )


@check("channels in are added up", points=1)
def channels(learner):
    close(
        learner.conv2d([[[1, 2]], [[10, 20]]], [[[[3]], [[1]]]]),
        [[[13, 26]]],
        what="two channels, weights 3 and 1",
    )


@check("a channel out for each kernel", points=1)
def kernels(learner):
    close(
        learner.conv2d([[[1, 2]]], [[[[1]]], [[[5]]], [[[-1]]]]),
        [[[1, 2]], [[5, 10]], [[-1, -2]]],
        what="three kernels of one weight",
    )


@check("made of loops", points=1)
def loops(learner):
    Counted.products = 0
    picture = [[[Counted(x * y % 5) for x in range(6)] for y in range(5)]]
    learner.conv2d(picture, [[CROSS]])
    # 3 x 4 places; a loop may skip weights of 0, of which the cross has four.
    if Counted.products < 12 * 5:
        fail(
            "a place of the map is a sum of products, made one by one",
            "60 to 108 products",
            f"{Counted.products} products",
        )


@check("any picture, as torch does it", points=1, hidden=True)
def anything(learner):
    def body(case):
        picture, kernels, stride, pad = case
        inputs = [torch.tensor(each, dtype=torch.float64) for each in (picture, kernels)]
        expected = REFERENCE(inputs[0][None], inputs[1], None, stride, pad)[0].tolist()
        found = learner.conv2d(picture, kernels, stride, pad)
        close(found, expected, what=f"stride {stride}, padding {pad}")

    def draw(rng, size):
        k, channels = rng.randint(1, 3), rng.randint(1, 1 + size // 8)
        high, wide = (rng.randint(k, k + 1 + size // 3) for _ in range(2))

        def block(rows, columns):
            return [[rng.randint(-size, size) for _ in range(columns)] for _ in range(rows)]

        picture = [block(high, wide) for _ in range(channels)]
        kernels = [[block(k, k) for _ in range(channels)] for _ in range(rng.randint(1, 2))]
        return picture, kernels, rng.randint(1, 3), rng.randint(0, 2)

    for_any(draw, body)

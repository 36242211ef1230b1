"""Checks of the translation: counts, shapes, what comes out, and weights from the other library."""

import torch
from torch.nn import functional

from tutor.checks import check, close, equal, fail, for_any, for_sizes

LAB = [
    ("Conv2D", {"filters": 64, "kernel_size": 3, "activation": "relu"}),
    ("Conv2D", {"filters": 32, "kernel_size": 3, "activation": "relu"}),
    ("Flatten", {}),
    ("Dense", {"units": 10, "activation": "softmax"}),
]


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def count(network):
    return sum(weights.numel() for weights in network.parameters())


@check("the lab's network", points=2)
def lab(learner):
    network, pictures = learner.translate(LAB, (32, 32, 3)), drawn(0, 2, 3, 32, 32)
    equal(count(network), 271_146, what="the parameters of the lab's network")
    given = network(pictures)
    equal(list(given.shape), [2, 10], what="the shape of two answers")
    # By what comes out: one ReLU may stand twice in a network, or in a network within.
    first, offset, second, other, last, tenth = network.parameters()
    maps = functional.conv2d(pictures, first, offset).relu()
    maps = functional.conv2d(maps, second, other).relu()
    wanted = functional.linear(maps.flatten(1), last, tenth)
    if not torch.allclose(given.softmax(1), wanted.softmax(1), atol=1e-3) and not torch.allclose(
        given, wanted.softmax(1), atol=1e-3
    ):
        fail("the answers are not those of two convolutions with a ReLU each", wanted[0], given[0])


@check("logits, and one softmax only", points=1)
def logits(learner):
    answers = learner.translate(LAB, (8, 8, 3))(10 * drawn(0, 4, 3, 8, 8))
    if torch.allclose(answers.sum(1), torch.ones(4), atol=1e-3):
        fail("the answers of a picture add up to 1: the softmax is still in", "logits", answers[0])


@check("padding and pooling", points=1)
def padding(learner):
    def body(case):
        pad, side, wanted = case
        conv = ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": pad})
        maps = learner.translate([conv, ("MaxPooling2D", {})], (side, side, 1))
        equal(
            list(maps(drawn(0, 1, 1, side, side)).shape),
            [1, 4, wanted, wanted],
            what=f"the maps after Conv2D with padding {pad!r} and MaxPooling2D",
        )

    for_sizes([("same", 6, 3), ("valid", 6, 2), ("same", 7, 3), ("valid", 7, 2)], body)


@check("what is flattened is counted", points=1)
def flattened(learner):
    layers = [
        ("Conv2D", {"filters": 5, "kernel_size": 3, "padding": "same", "activation": "relu"}),
        ("MaxPooling2D", {"pool_size": 3}),
        ("Flatten", {}),
        ("Dense", {"units": 7, "activation": "relu"}),
        ("Dense", {"units": 2}),
    ]
    network = learner.translate(layers, (9, 7, 2))
    equal(list(network(drawn(1, 3, 2, 9, 7)).shape), [3, 2], what="the shape of three answers")
    # 5 maps of 3 rows and 2 columns.
    equal(count(network), 5 * 19 + 7 * 31 + 2 * 8, what="the parameters")


@check("a convolution's weights", points=1)
def kernels(learner):
    kernel = drawn(2, 2, 3, 4, 5)
    given = learner.kernel_from_keras(kernel)
    equal(list(given.shape), [5, 4, 2, 3], what="the shape for 2 rows, 3 columns, 4 in, 5 out")
    close(given[4, 3, 1, 2], kernel[1, 2, 3, 4], what="the weight of row 1, column 2, from 3 to 4")
    close(given[0, 1, 0, 2], kernel[0, 2, 1, 0], what="the weight of row 0, column 2, from 1 to 0")


@check("maps that Keras had flattened", points=1)
def dense(learner):
    kernel = torch.arange(8.0)[:, None]
    close(
        learner.dense_from_keras(kernel, (2, 2, 2)).tolist(),
        [[0, 2, 4, 6, 1, 3, 5, 7]],
        what="the weights 0 to 7 of 2 rows, 2 columns, 2 channels",
    )


@check("any network, the same answers", points=1, hidden=True)
def any_network(learner):
    def body(case):
        rows, columns, channels, filters, seed = case
        picture = drawn(seed, 1, rows, columns, channels)
        kernel = drawn(seed + 1, 3, 3, channels, filters)
        shape = (rows - 2, columns - 2, filters)
        last = drawn(seed + 2, shape[0] * shape[1] * filters, 3)
        # As Keras does it: each window of a channels-last picture, and channels flattened last.
        places = picture.unfold(1, 3, 1).unfold(2, 3, 1)
        maps = torch.einsum("nyxckl,klco->nyxo", places, kernel).relu()
        wanted = maps.reshape(1, -1) @ last
        given = functional.conv2d(picture.permute(0, 3, 1, 2), learner.kernel_from_keras(kernel))
        answers = given.relu().flatten(1) @ learner.dense_from_keras(last, shape).T
        close(answers.tolist(), wanted.tolist(), 1e-3, what="the answers with weights from Keras")

    def draw(rng, size):
        most = 3 + min(size, 4)
        rows, columns = rng.randint(3, most), rng.randint(3, most)
        return rows, columns, rng.randint(1, 3), rng.randint(1, 3), rng.randint(0, 99)

    for_any(draw, body)

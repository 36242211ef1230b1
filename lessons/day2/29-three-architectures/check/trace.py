"""Checks of the trace: three networks as published, and any list as torch builds it."""

import torch
from torch import nn

from tutor.checks import check, equal, for_any


def conv(maps, k, stride=1, pad=0, groups=1):
    return ("conv", maps, k, stride, pad, groups)


LENET = [conv(6, 5), ("pool", 2, 2), conv(16, 5), ("pool", 2, 2), ("flatten",),
         ("dense", 120), ("dense", 84), ("dense", 10)]  # fmt: skip
HEAD = [("flatten",), ("dense", 4096), ("dense", 4096), ("dense", 1000)]
ALEXNET = [conv(96, 11, 4, 2), ("pool", 3, 2), conv(256, 5, 1, 2, 2), ("pool", 3, 2),
           conv(384, 3, 1, 1), conv(384, 3, 1, 1, 2), conv(256, 3, 1, 1, 2), ("pool", 3, 2),
           *HEAD]  # fmt: skip
VGG = []
for block in ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3):
    VGG += [*(conv(maps, 3, 1, 1) for maps in block), ("pool", 2, 2)]
VGG += HEAD


def total(learner, layers, shape, column):
    return sum(row[column] for row in learner.trace(layers, shape))


@check("LeNet-5", points=1)
def lenet(learner):
    rows = learner.trace(LENET, (1, 32, 32))
    shapes = [tuple(row[0]) for row in rows]
    wanted = [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]
    equal(shapes, wanted, what="the shapes of LeNet-5")
    parameters = [row[1] for row in rows]
    equal(parameters, [156, 0, 2416, 0, 0, 48_120, 10_164, 850], what="its parameters")
    equal(sum(parameters), 61_706, what="all parameters of LeNet-5")


@check("AlexNet, in two groups", points=1)
def alexnet(learner):
    rows = learner.trace(ALEXNET, (3, 224, 224))
    sides = [row[0][1] for row in rows[:8]]
    equal(sides, [55, 27, 27, 13, 13, 13, 13, 6], what="the sides of AlexNet's maps")
    equal(rows[2][1], 307_456, what="the parameters of its second convolution")
    equal(sum(row[1] for row in rows), 60_965_224, what="all parameters of AlexNet")


@check("work in VGG-16", points=1)
def vgg(learner):
    rows = learner.trace(VGG, (3, 224, 224))
    equal(sum(row[1] for row in rows), 138_357_544, what="all parameters of VGG-16")
    equal(rows[1][2], 1_849_688_064, what="the multiplications of its second convolution")
    equal(sum(row[2] for row in rows), 15_470_264_320, what="all multiplications of VGG-16")


@check("what does not fit", points=1)
def misfit(learner):
    rows = learner.trace([conv(2, 3, 2), ("pool", 2, 2)], (1, 8, 12))
    equal([tuple(row[0]) for row in rows], [(2, 3, 5), (2, 1, 2)], what="the shapes from 8×12")


@check("any list, as torch builds it", points=2, hidden=True)
def anything(learner):
    def build(layers, maps):
        for kind, *rest in layers:
            if kind == "conv":
                out, k, stride, pad, groups = rest
                yield nn.Conv2d(maps, out, k, stride, pad, groups=groups)
                maps = out
            elif kind == "pool":
                yield nn.MaxPool2d(*rest)
            elif kind == "flatten":
                yield nn.Flatten()
            else:
                yield nn.LazyLinear(rest[0])

    def body(case):
        layers, shape = case
        rows = learner.trace(layers, shape)
        x = torch.zeros(1, *shape)
        for row, layer in zip(rows, build(layers, shape[0]), strict=True):
            x = layer(x)
            weights = sum(each.numel() for each in layer.parameters())
            equal(tuple(row[0]), tuple(x.shape[1:]), what=f"the shape after {layer}")
            equal(row[1], weights, what=f"the parameters of {layer}")
            bare = layer.weight.numel() if weights else 0
            places = x[0, 0].numel() if x.dim() == 4 else 1
            equal(row[2], bare * places, what=f"the multiplications of {layer}")

    def draw(random, size):
        shape = (2 * random.randint(1, 2), random.randint(7, 8 + size), random.randint(7, 8 + size))
        layers = [conv(2 * random.randint(1, 1 + size // 4), random.randint(1, 3),
                       random.randint(1, 2), random.randint(0, 2), random.randint(1, 2))
                  for _ in range(1 + size // 12)]  # fmt: skip
        layers.append(("pool", 2, random.randint(1, 2)))
        return [*layers, ("flatten",), ("dense", random.randint(1, 1 + size))], shape

    # A list made simpler may be no network any more: then there is nothing to compare.
    for_any(draw, lambda case: body(case) if sound(case) else None)


def sound(case):
    """Whether a network can be built of it."""
    layers, shape = case
    return (
        len(shape) == 3
        and min(shape) > 0
        and shape[0] % 2 == 0
        and min(shape[1:]) >= 7
        and [each[0] for each in layers[-3:]] == ["pool", "flatten", "dense"]
        and all(len(each) == 6 and min(each[1:4]) > 0 for each in layers[:-3])
        and all(each[1] % 2 == 0 and each[5] in (1, 2) and each[2] <= 3 for each in layers[:-3])
        and all(each[3] <= 2 and 0 <= each[4] <= 2 for each in layers[:-3])
        and len(layers) <= 5
        and layers[-3][1:] in ((2, 1), (2, 2))
        and layers[-1][1] > 0
    )

"""Checks of max pooling and dropout, against torch's own and by counting."""

import torch
from torch.nn import functional

from tutor.checks import check, close, equal, fail, for_any, for_sizes

POOL = torch.max_pool2d
TEXT = torch.tensor([[[[1.0, 0, 2, 3], [4, 1, 0, 1], [0, 0, 8, 0], [2, 2, 0, 0]]]])
BORROWED = (
    "max_pool2d", "max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool1d", "unfold",
    "dropout", "alpha_dropout", "feature_dropout", "fractional_max_pool2d",
)  # fmt: skip


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def drawn(*shape):
    return torch.randn(*shape, generator=rng(sum(shape)))


@check("the map of the text", points=1)
def text(learner):
    close(learner.max_pool2d(TEXT, 2, 2), [[[[4, 3], [2, 8]]]], what="2×2, on by 2")


@check("windows that overlap", points=1)
def overlap(learner):
    close(learner.max_pool2d(TEXT, 3, 1), [[[[8, 8], [8, 8]]]], what="3×3, on by 1")
    map_ = torch.arange(49.0).reshape(1, 1, 7, 7)
    wanted = [[[[16, 18, 20], [30, 32, 34], [44, 46, 48]]]]
    close(learner.max_pool2d(map_, 3, 2), wanted, what="3×3, on by 2, on 7×7")


@check("below zero", points=1)
def below(learner):
    map_ = torch.tensor([[[[-5.0, -2], [-3, -4]]]])
    close(learner.max_pool2d(map_, 2, 2), [[[[-2]]]], what="a window of −5, −2, −3 and −4")


@check("each map by itself", points=1)
def apart(learner):
    def body(shape):
        x = drawn(*shape)
        found = learner.max_pool2d(x, 2, 2)
        wanted = POOL(x, 2, 2)
        equal(list(found.shape), list(wanted.shape), what=f"the shape from {shape}")
        close(found.tolist(), wanted.tolist(), what=f"maps of shape {shape}")

    for_sizes([(1, 1, 2, 2), (1, 3, 4, 4), (2, 3, 5, 4), (3, 2, 7, 6)], body)


@check("any window, as torch does it", points=1, hidden=True)
def anything(learner):
    def draw(random, size):
        k = random.randint(1, 3)
        sides = [k + random.randint(0, 1 + size // 3) for _ in range(2)]
        rows = [[random.randint(-size, size) for _ in range(sides[1])] for _ in range(sides[0])]
        return rows, k, random.randint(1, 4)

    def body(case):
        rows, k, stride = case
        x = torch.tensor([[rows]], dtype=torch.float32)
        found, wanted = learner.max_pool2d(x, k, stride), POOL(x, k, stride)
        close(found.tolist(), wanted.tolist(), what=f"a window of {k}, on by {stride}")

    for_any(draw, body)


@check("off in use", points=1)
def rest(learner):
    x = drawn(4, 50)
    close(learner.dropout(x, 0.5, False, rng()).tolist(), x.tolist(), what="what goes through")


@check("the mean stays", points=1)
def mean(learner):
    for p in (0.2, 0.5, 0.8):
        found = learner.dropout(torch.ones(200, 500), p, True, rng(3))
        close(float(found.mean()), 1.0, 0.02, what=f"the mean of 100,000 ones at p = {p}")
        close(float((found == 0).float().mean()), p, 0.02, what=f"the share left out at p = {p}")
        close(float(found.max()), 1 / (1 - p), 1e-4, what=f"what stays of a one at p = {p}")


@check("each number has its own lot", points=1)
def own(learner):
    found = learner.dropout(torch.ones(400, 40), 0.5, True, rng(5)) > 0
    for axis, name in ((0, "column"), (1, "row")):
        share = found.float().mean(axis)
        if bool(((share == 0) | (share == 1)).any()):
            fail(f"within a {name} some stay and some go", "about half", "all or none")
    again = learner.dropout(torch.ones(400, 40), 0.5, True, rng(6)) > 0
    close(float((found == again).float().mean()), 0.5, 0.03, what="lots that agree in two draws")
    same = learner.dropout(torch.ones(400, 40), 0.5, True, rng(5)) > 0
    equal(bool((found == same).all()), True, what="whether the generator decides")


@check("your own arithmetic", points=1)
def arithmetic(learner):
    kept = {(place, name): getattr(place, name) for place in (torch, functional)
            for name in BORROWED if hasattr(place, name)}  # fmt: skip
    layers = {"MaxPool2d": torch.nn.MaxPool2d.forward, "Dropout": torch.nn.Dropout.forward}

    def refuse(*_, **__):
        fail("pooling and dropout are made of slices, lots and arithmetic here", "yours", "torch's")

    try:
        for place, name in kept:
            setattr(place, name, refuse)
        for name in layers:
            getattr(torch.nn, name).forward = refuse
        learner.max_pool2d(TEXT, 2, 2)
        learner.dropout(TEXT, 0.5, True, rng())
    finally:
        for (place, name), was in kept.items():
            setattr(place, name, was)
        for name, was in layers.items():
            getattr(torch.nn, name).forward = was

"""Checks of a GAN's losses: by hand, against PyTorch's, and by who is paid for what."""

import math

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from tutor.checks import check, close, fail, for_any


def entropy(logits, label):
    """PyTorch's loss for logits that all have one label, in double precision."""
    given = torch.tensor(logits, dtype=torch.double)
    return float(binary_cross_entropy_with_logits(given, torch.full_like(given, label)))


@check("the end of the game", points=1)
def ends(learner):
    close(learner.softplus(0.0), math.log(2), what="softplus(0)")
    close(learner.d_loss([0.0, 0.0], [0.0]), 2 * math.log(2), what="the detective's loss at D = ½")
    close(learner.g_loss([0.0, 0.0]), math.log(2), what="the forger's loss at D = ½")


@check("the table of the text", points=1)
def table(learner):
    for share, wanted in ((0.9, [5 / 14, 5 / 6]), (0.0, [1.0, 1 / 3]), (0.5, [0.5, 0.5])):
        close(
            learner.best_detective([0.5, 0.5], [share, 1 - share]),
            wanted,
            what=f"3s and 7s half and half, a share of {share} drawn as 3s",
        )
    close(
        learner.best_detective([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
        [1.0, 0.0, 0.5],
        what="real only, drawn only, and never met",
    )


@check("the detective is paid for being right", points=1)
def right(learner):
    good, bad = learner.d_loss([3.0], [-3.0]), learner.d_loss([-3.0], [3.0])
    if not good < bad:
        fail("real 3 and drawn -3 should cost less than the reverse", f"below {bad}", good)
    close(good, 2 * math.log1p(math.exp(-3)), what="the loss of real 3, drawn -3")


@check("a forger who is found out still learns", points=1)
def found_out(learner):
    slope = (learner.g_loss([-9.9]) - learner.g_loss([-10.1])) / 0.2
    close(slope, -1.0, 1e-3, what="the slope of g_loss at a logit of -10")
    close(learner.g_loss([-4.0]), 4 + math.log1p(math.exp(-4)), what="g_loss([-4])")


@check("a mean for each crowd", points=1)
def crowds(learner):
    close(
        learner.d_loss([0.0, 0.0, 0.0], [2.0]),
        math.log(2) + 2 + math.log1p(math.exp(-2)),
        what="three real ones at 0, one drawn at 2",
    )
    close(learner.g_loss([0.0, 2.0]), (math.log(2) + math.log1p(math.exp(-2))) / 2, what="g_loss")


@check("a logit of a thousand", points=1)
def far(learner):
    close(learner.softplus(1000.0), 1000.0, what="softplus(1000)")
    close(learner.softplus(-1000.0), 0.0, what="softplus(-1000)")
    close(learner.g_loss([-1000.0]), 1000.0, what="g_loss([-1000])")
    close(learner.d_loss([-1000.0], [1000.0]), 2000.0, what="d_loss([-1000], [1000])")


@check("any logits, against PyTorch's", points=1, hidden=True)
def any_logits(learner):
    def body(case):
        real, made = case
        wanted = entropy(real, 1.0) + entropy(made, 0.0)
        close(learner.d_loss(real, made), wanted, what="the detective's loss")
        close(learner.g_loss(made), entropy(made, 1.0), what="the forger's loss")

    def draw(rng, size):
        return tuple(
            [rng.uniform(-3 * size, 3 * size) for _ in range(rng.randint(1, 1 + size))]
            for _ in range(2)
        )

    for_any(draw, body)


@check("no detective does better", points=1, hidden=True)
def best(learner):
    def cost(answers, real, made):
        pairs = zip(answers, real, made, strict=True)
        return -sum(a * math.log(d) + b * math.log(1 - d) for d, a, b in pairs)

    def body(case):
        real, made, other = case
        real, made = ([x / sum(part) for x in part] for part in (real, made))
        said = learner.best_detective(real, made)
        if any(not 0 < d < 1 for d in said):
            fail("D lies between 0 and 1 where a picture is both real and drawn", "", said)
        if cost(said, real, made) > cost(other, real, made) + 1e-9:
            fail("another detective pays less", cost(other, real, made), cost(said, real, made))

    def draw(rng, size):
        parts = [[rng.uniform(0.1, 1 + size) for _ in range(3)] for _ in range(2)]
        return *parts, [rng.uniform(0.05, 0.95) for _ in range(3)]

    for_any(draw, body)

"""The losses of a forger and of a detective, from logits."""

import math


def softplus(x):
    """log(1 + e to the x), for any float x, however large."""
    return math.log(1 + math.exp(x))


def d_loss(real, made):
    """What the detective pays."""
    of_real = sum(softplus(-x) for x in real) / len(real)
    of_made = sum(softplus(x) for x in made) / len(made)
    return of_real + of_made


def g_loss(made):
    """What the forger pays: the mean of -log D over its pictures."""
    return sum(softplus(-x) for x in made) / len(made)


def best_detective(real, made):
    """What the best detective says of each picture."""
    return [a / (a + b) if a + b else 0.5 for a, b in zip(real, made, strict=True)]

"""The losses of a forger and of a detective, from logits."""

import math


def softplus(x):
    """log(1 + e to the x), for any float x, however large."""
    return 0.0


def d_loss(real, made):
    """What the detective pays.

    Args:
        real: Its logits for real pictures, a list of floats.
        made: Its logits for drawn ones; there may be more or fewer.

    Returns:
        The mean of -log D over the real ones plus the mean of
        -log(1 - D) over the made ones, where D = sigmoid(logit).
    """
    return 0.0


def g_loss(made):
    """What the forger pays: the mean of -log D over its pictures."""
    return 0.0


def best_detective(real, made):
    """What the best detective says of each picture.

    Args:
        real: How often each picture is among the real ones, a share.
        made: How often it is among the drawn ones; as long as `real`.

    Returns:
        D for each; 0.5 for a picture that is never met.
    """
    return []

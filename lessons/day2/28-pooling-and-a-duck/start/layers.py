"""Max pooling and dropout: two layers without weights."""

import torch


def max_pool2d(x, k, stride):
    """The greatest number of each window, map by map.

    Args:
        x: Maps, (pictures, maps, height, width).
        k: Height and width of the window.
        stride: How far it goes on, down and across.

    Returns:
        (pictures, maps, rows, columns), as many as there are places
        where the whole window fits.
    """
    return x


def dropout(x, p, training, rng):
    """Leave numbers out, each by its own lot.

    Args:
        x: Any tensor.
        p: The chance that a number is set to 0, from 0 to below 1.
        training: In use, False, nothing is left out.
        rng: A `torch.Generator` to draw the lots with.

    Returns:
        A tensor of the same shape, in the mean over many draws x.
    """
    return x

"""Max pooling and dropout: two layers without weights."""

import torch


def max_pool2d(x, k, stride):
    """The greatest number of each window, map by map."""
    return torch.nn.functional.max_pool2d(x, k, stride)


def dropout(x, p, training, rng):
    """Leave numbers out, each by its own lot."""
    if not training:
        return x
    kept = torch.rand(x.shape, generator=rng) >= p
    return x * kept / (1 - p)

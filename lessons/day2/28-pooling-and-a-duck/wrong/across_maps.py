"""Max pooling and dropout: two layers without weights."""

import torch


def max_pool2d(x, k, stride):
    """The greatest number of each window, map by map."""
    rows, columns = ((side - k) // stride + 1 for side in x.shape[-2:])
    found = None
    for down in range(k):
        for right in range(k):
            bottom, end = down + stride * (rows - 1) + 1, right + stride * (columns - 1) + 1
            corner = x[..., down:bottom:stride, right:end:stride]
            found = corner if found is None else torch.maximum(found, corner)
    return found.amax(1, keepdim=True).expand_as(found)


def dropout(x, p, training, rng):
    """Leave numbers out, each by its own lot."""
    if not training:
        return x
    kept = torch.rand(x.shape, generator=rng) >= p
    return x * kept / (1 - p)

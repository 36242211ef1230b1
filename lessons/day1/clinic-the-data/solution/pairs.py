"""The shuffle: one order, used twice."""

import torch


def shuffled(images, labels):
    """Return (images, labels) in a new random order, which is another one at each call.

    images: (n, 8, 8)
    labels: (n,), the digit on each image
    """
    order = torch.randperm(len(images))
    return images[order], labels[order]

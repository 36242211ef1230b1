"""Draws row by row: some come twice, some never."""

import torch


def shuffled(images, labels):
    """Return (images, labels) in a new random order, which is another one at each call.

    images: (n, 8, 8)
    labels: (n,), the digit on each image
    """
    order = torch.randint(len(images), (len(images),))
    return images[order], labels[order]

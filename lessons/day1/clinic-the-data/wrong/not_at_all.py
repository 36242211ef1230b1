"""Leaves everything where it was: the pairs are right, the order is the old one."""


def shuffled(images, labels):
    """Return (images, labels) in a new random order, which is another one at each call.

    images: (n, 8, 8)
    labels: (n,), the digit on each image
    """
    return images, labels

"""Two attacks on images.

`loss` is a function: it takes images, a tensor of values from 0 to 1, and
gives their loss, one number. The attacker wants it larger.
"""

import torch


def slope(loss, images):
    """The gradient of the loss by the pixels, in the shape of the images."""
    return torch.zeros_like(images)


def fgsm(loss, images, size):
    """One step of `size` in every pixel, uphill, by the gradient's sign.

    What comes back lies within [0, 1] and keeps no gradient.
    """
    return images


def pgd(loss, images, size, steps, step):
    """Many steps of `step`, each by the sign of the gradient where it is.

    It begins at the images. After each step no pixel may be farther than
    `size` from where it was at first, nor outside [0, 1].
    """
    return images

"""Handwritten digits of 28x28 pixels: MNIST where you have it, else digits of its shape made here.

Real MNIST is 70,000 images; it is read where the environment variable `DLWALK_DATA` names a folder
that holds it as torchvision lays it out (`MNIST/raw/...`). Nothing is ever downloaded.

Without it, 16,000 images are *made* from 1,797 real ones of 8x8 pixels (`models/data/digits.py`):
each is enlarged to about 22x22 pixels, bilinearly, and turned, scaled and shifted a little at
random, always in the same way. They have MNIST's shape, not its content: smooth, since 64 pixels
hold no more, and alike, since every image trained on is one of eleven takes of the same original.
The test asks for hands that were not trained on, so it is not easy; but an accuracy on these
images says nothing about MNIST's, and the two are never to be compared.

Sources:
    Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49
"""

import functools
import math
import os
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from models.data import digits

FOLDER = "DLWALK_DATA"
"""The environment variable that names the folder of real MNIST."""

MADE = (12_000, 2_000, 2_000)
"""Images to train on, to validate and to test, where they are made."""
REAL_VALID = 5_000
"""Images at the end of MNIST's 60,000 that validate."""

DEGREES, SCALE, SHIFT, SIDE = 12.0, 0.12, 2.0, 22.0
"""The most that an image is turned (degrees), scaled (a share) and shifted (pixels); its side."""


@dataclass(frozen=True)
class Split:
    """Images and what they show.

    Attributes:
        images: (images, 1, 28, 28), pixels from 0 (paper) to 1 (ink).
        labels: (images,), the digits 0 to 9.
    """

    images: Float[Tensor, "images 1 side side"]
    labels: Int[Tensor, " images"]


def splits(device: str = "cpu") -> tuple[Split, Split, Split]:
    """The training, validation and test images, on a device, the same at every call.

    They are kept in memory for the life of the process, and nowhere else.

    Raises:
        FileNotFoundError: `DLWALK_DATA` names a folder without MNIST in it.
    """
    return _splits(device, os.environ.get(FOLDER, ""))


@functools.cache
def _splits(device: str, folder: str) -> tuple[Split, Split, Split]:
    parts = _real(folder) if folder else _made()
    train, valid, test = (Split(each.images.to(device), each.labels.to(device)) for each in parts)
    return train, valid, test


def _real(folder: str) -> tuple[Split, Split, Split]:
    """MNIST itself: 55,000, 5,000 and 10,000 images."""
    # Here and not above: it takes a second, and whoever has no MNIST need not wait for it.
    from torchvision.datasets import MNIST

    def read(train: bool) -> Split:
        try:
            data = MNIST(folder, train=train, download=False)
        except RuntimeError:
            message = f"{FOLDER} is {folder}, and there is no MNIST in it (MNIST/raw/...)."
            raise FileNotFoundError(message) from None
        return Split(data.data[:, None] / 255, data.targets.long())

    whole, test = read(train=True), read(train=False)
    cut = len(whole.labels) - REAL_VALID
    train = Split(whole.images[:cut], whole.labels[:cut])
    return train, Split(whole.images[cut:], whole.labels[cut:]), test


def _made() -> tuple[Split, Split, Split]:
    """Made from the digits, each split from people who wrote nothing in the others."""
    generator = torch.Generator().manual_seed(1998)
    parts = zip(digits.splits(writers=True), MADE, strict=True)
    train, valid, test = (enlarge(part, count, generator) for part, count in parts)
    return train, valid, test


def enlarge(part: digits.Split, count: int, generator: torch.Generator) -> Split:
    """Make 28x28 images from 8x8 ones: each original in turn, as often as it takes.

    Args:
        part: The originals.
        count: How many images to make.
        generator: Where turns, scales and shifts are drawn from.
    """
    rows = torch.arange(count) % len(part.labels)
    turn, size, right, down = 2 * torch.rand(4, count, generator=generator) - 1
    turn = turn * math.radians(DEGREES)
    size = 28 / SIDE / (1 + SCALE * size)
    # The map from a place on the new image to one on the old, both running from -1 to 1.
    cosine, sine = size * turn.cos(), size * turn.sin()
    right, down = (2 * SHIFT / 28 * each for each in (right, down))
    across = torch.stack([cosine, -sine, sine * down - cosine * right], 1)
    along = torch.stack([sine, cosine, -sine * right - cosine * down], 1)
    grid = functional.affine_grid(
        torch.stack([across, along], 1), [count, 1, 28, 28], align_corners=False
    )
    images = functional.grid_sample(part.images[rows, None], grid, align_corners=False)
    # In 256 greys, as MNIST is.
    return Split((images * 255).round() / 255, part.labels[rows])

"""1,797 handwritten digits of 8x8 pixels, from 13 writers.

Each image began as a 32x32 bitmap on a form; a pixel counts the inked dots of a 4x4 block, so it is
an integer from 0 to 16. These are the rows of the file `optdigits.tes` in its own order, the same
that scikit-learn ships. `LICENCES.md` beside this file says whose they are.

Source:
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

FILE = Path(__file__).with_name("digits.u8.gz")
"""65 bytes an image: 64 pixels, row by row from the top left, then the digit."""

TRAIN, VALID, TEST = 1097, 250, 450
"""Images in each split."""


@dataclass(frozen=True)
class Split:
    """Images and what they show.

    Attributes:
        images: (images, 8, 8), pixels from 0 (paper) to 1 (ink).
        labels: (images,), the digits 0 to 9.
    """

    images: Float[Tensor, "images 8 8"]
    labels: Int[Tensor, " images"]

    def to(self, device: str) -> "Split":
        """The same split on another device."""
        return Split(self.images.to(device), self.labels.to(device))


def load() -> tuple[Int[Tensor, "images 8 8"], Int[Tensor, " images"]]:
    """Every image, as integers from 0 to 16, and its digit, in the order of the original file."""
    data = bytearray(gzip.decompress(FILE.read_bytes()))
    rows = torch.frombuffer(data, dtype=torch.uint8).reshape(-1, 65).long()
    return rows[:, :64].reshape(-1, 8, 8), rows[:, 64]


def splits(writers: bool = False) -> tuple[Split, Split, Split]:
    """The training, validation and test images: 1,097, 250 and 450, the same at every call.

    Args:
        writers: The rows stand writer by writer. False shuffles them first, so that every split
            has all hands in it. True cuts the file in its own order: the
            images tested come from people who wrote none of the images trained on (but for the
            one who may stand at a cut), which is the harder and more honest question.
    """
    images, labels = load()
    order = list(range(len(labels)))
    if not writers:
        # A shuffle that no version of any library can change: by the hash of the row number.
        order.sort(key=lambda row: hashlib.sha256(str(row).encode()).digest())
    parts = torch.tensor(order).split([TRAIN, VALID, TEST])
    train, valid, test = (Split(images[part] / 16, labels[part]) for part in parts)
    return train, valid, test

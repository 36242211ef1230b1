"""The published image sets at full size: MNIST, FashionMNIST, CIFAR-10.

They are not in this package. They are read from the folder that `DLWALK_DATA` names, else from
`~/.cache/dlwalk-tutor`, laid out as torchvision does; where they are not there and downloading is
allowed, torchvision fetches them, with a progress bar, and checks what came against its MD5 sums.
Where neither is possible, one sentence says so, and what the course uses instead.

Sources:
    Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits", 1998
    H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms", 2017, https://arxiv.org/abs/1708.07747 (MIT licence)
    A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009,
    https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf
"""

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

NAMES = {"mnist": "MNIST", "fashion": "FashionMNIST", "cifar10": "CIFAR10"}
FOLDER = "DLWALK_DATA"
KEPT = "~/.cache/dlwalk-tutor"
"""Where what is fetched goes unless `DLWALK_DATA` names another folder."""
INSTEAD = {
    "mnist": "digits of MNIST's shape, made from the 1,797 that are here",
    "fashion": "the 1,797 handwritten digits",
    "cifar10": "the 1,797 handwritten digits",
}


class Missing(LookupError):
    """The set is not here; the message says what is used instead."""


@dataclass(frozen=True)
class Split:
    """Images and what they show.

    Attributes:
        images: (n, channels, side, side), pixels from 0 to 1.
        labels: (n,) classes, 0 to 9.
    """

    images: Float[Tensor, "n channels side side"]
    labels: Int[Tensor, " n"]


def load(
    name: str, *, folder: Path | str | None = None, download: bool = False, device: str = "cpu"
) -> tuple[Split, Split]:
    """The training and the test images, on a device.

    Args:
        name: `mnist`, `fashion` or `cifar10`.
        folder: Where they are; what `DLWALK_DATA` names, or `KEPT`, where it is None.
        download: Whether they may be fetched into that folder.
        device: Where the tensors are to be.

    Raises:
        ValueError: There is no such set.
        Missing: It is not in the folder, and could not be fetched.
    """
    if name not in NAMES:
        raise ValueError(f"The set is {name!r}; it can be {', '.join(NAMES)}.")
    found = Path(folder or os.environ.get(FOLDER) or KEPT).expanduser()
    # Here and not above: it takes a second, and only whoever has the files needs it.
    from torchvision import datasets

    kind = getattr(datasets, NAMES[name])
    try:
        parts = [kind(found, train=train, download=download) for train in (True, False)]
    # What is missing or damaged is a RuntimeError there; no network is one of the others.
    except (RuntimeError, OSError) as error:
        raise Missing(_words(name, f"it is not whole in {found}")) from error
    train, test = (_tensors(part.data, part.targets, device) for part in parts)
    return train, test


def _tensors(data: object, targets: object, device: str) -> Split:
    images = torch.as_tensor(data)
    # MNIST's have no channel, CIFAR's have it last.
    images = images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2)
    return Split(images.float().div(255).to(device), torch.as_tensor(targets).long().to(device))


def _words(name: str, why: str) -> str:
    return f"{NAMES[name]} is not here ({why}); the course uses {INSTEAD[name]}."

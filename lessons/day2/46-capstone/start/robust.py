from torch import nn
from torch.nn import functional


def build():
    """The network: (n, 1, 8, 8) images to (n, 10) logits."""
    return nn.Sequential(
        nn.Conv2d(1, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 10),
    )  # fmt: skip


def loss(model, images, labels, generator):
    """The loss of a batch: what the network is taught.

    images: (32, 1, 8, 8), from 0 to 1. Whatever is drawn at random
    is drawn with `generator`.
    """
    return functional.cross_entropy(model(images), labels)

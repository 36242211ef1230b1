"""Ten kinds of coloured things on 16x16 pixels, drawn by a formula: CIFAR-10's part in this course.

A disc, a square, a triangle, a cross, a ring, a star, a car, a boat, a tree and a house, anywhere, of any
size, in dark colours on light paper, with noise over all. What a thing is lies in its shape alone; the
colours are drawn without regard to it. Each split has as many of each kind.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import avg_pool2d

KINDS = ("disc", "square", "triangle", "cross", "ring", "star", "car", "boat", "tree", "house")
SIDE, TRAIN, VALID, TEST = 16, 1500, 500, 500
"""Pixels of a side; pictures in each split."""

_FINE, _NOISE = 2, 0.07
"""Points a pixel, each way; deviation of the noise."""


@dataclass(frozen=True)
class Split:
    """Pictures and what they show.

    Attributes:
        images: (n, 3, 16, 16), red, green and blue from 0 to 1.
        labels: (n,), the places in `KINDS`.
    """

    images: Float[Tensor, "n 3 16 16"]
    labels: Int[Tensor, " n"]

    def to(self, device: str) -> "Split":
        """The same split on another device."""
        return Split(self.images.to(device), self.labels.to(device))


def shapes(
    u: Float[Tensor, "n s s"], v: Float[Tensor, "n s s"]
) -> tuple[list[Bool[Tensor, "n s s"]], list[Bool[Tensor, "n s s"]]]:
    """For each kind where its first colour is, and its second.

    Args:
        u: How far right of the middle a point is, in halves of the thing's size.
        v: How far below.
    """
    far, angle = u.square() + v.square(), torch.atan2(u, -v)
    nothing = torch.zeros_like(u, dtype=torch.bool)
    wheels = (u.abs() - 0.5).square() + (v - 0.55).square() < 0.08
    body = ((u.abs() < 1) & (v > -0.1) & (v < 0.5)) | ((u.abs() < 0.5) & (v > -0.6) & (v <= 0))
    hull = (v > 0.3) & (v < 0.9) & (u.abs() < 1 - 0.6 * (v - 0.3))
    sail = (v < 0.2) & (u > 0) & (v > 1.5 * u - 1)
    trunk = (u.abs() < 0.18) & (v > 0) & (v < 1)
    first = [
        far < 1,
        (u.abs() < 0.85) & (v.abs() < 0.85),
        (v.abs() < 1) & (u.abs() < (v + 1) / 2),
        ((u.abs() < 1) & (v.abs() < 0.3)) | ((u.abs() < 0.3) & (v.abs() < 1)),
        (far < 1) & (far > 0.35),
        far.sqrt() < 0.4 + 0.6 * (2.5 * angle).cos().abs() ** 2,
        body & ~wheels,
        hull,
        u.square() / 0.64 + (v + 0.3).square() / 0.49 < 1,
        (u.abs() < 0.7) & (v > -0.1) & (v < 1),
    ]
    second = [nothing] * 6 + [wheels, sail, trunk & ~first[8], (v <= -0.1) & (u.abs() < v + 1)]
    return first, second


def draw(count: int, seed: int) -> Split:
    """So many pictures, the kinds in turn; other seeds draw others."""
    dice = torch.Generator().manual_seed(seed)

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=dice)

    labels = torch.arange(count) % len(KINDS)
    half = (0.24 + 0.16 * rand(count)) * SIDE
    middle = half + (SIDE - 2 * half) * rand(2, count)
    at = (torch.arange(SIDE * _FINE) + 0.5) / _FINE
    u = ((at - middle[0, :, None]) / half[:, None])[:, None, :].expand(-1, len(at), -1)
    v = ((at - middle[1, :, None]) / half[:, None])[:, :, None].expand(-1, -1, len(at))
    paper = 0.6 + 0.4 * rand(count, 3)
    colours = [0.5 * rand(count, 3) for _ in range(2)]
    images = paper[:, :, None, None].expand(-1, -1, len(at), len(at))
    for masks, colour in zip(shapes(u, v), colours, strict=True):
        mask = torch.stack(masks)[labels, torch.arange(count)][:, None]
        images = torch.where(mask, colour[:, :, None, None], images)
    images = avg_pool2d(images, _FINE)
    noisy = images + _NOISE * torch.randn(images.shape, generator=dice)
    return Split(noisy.clamp(0, 1), labels)


def splits() -> tuple[Split, Split, Split]:
    """The training, validation and test pictures: 1,500, 500 and 500, the same at every call."""
    return draw(TRAIN, 0), draw(VALID, 1), draw(TEST, 2)

"""Scenes of 32x32 pixels with a few handwritten digits in them: which, and exactly where.

Digits of 8x8 pixels are enlarged to 9 to 14 and put down at random, none over another's square, in
noise. So every pixel's class and every digit's box is known. The scenes of a split are made of that
split's digits alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from models.data import digits

SIDE = 32
"""Height and width of a scene, in pixels."""

SIZES = range(9, 15)
"""Sides that a digit may have, in pixels."""

INK = 0.35
"""A pixel belongs to a digit if the digit leaves at least that much ink on it."""

TRIES = 20
"""Places tried for a digit before the scene goes without it."""

COUNTS = (1500, 100, 200)
"""Scenes to train on, to validate and to test."""


@dataclass(frozen=True)
class Scenes:
    """Images, what each pixel is, and what is where.

    Attributes:
        images: (n, 1, 32, 32); ink is about 1, paper 0, with noise.
        classes: (n, 32, 32): 0 for background, 1 to 10 for the digits 0 to 9.
        boxes: (n, most, 4) of left, top, right, bottom in pixels, 0 where there is no digit.
        labels: (n, most): the digit in each box, -1 where there is none.
    """

    images: Float[Tensor, "n 1 32 32"]
    classes: Int[Tensor, "n 32 32"]
    boxes: Float[Tensor, "n most 4"]
    labels: Int[Tensor, "n most"]

    def to(self, device: str) -> "Scenes":
        """The same scenes on another device."""
        parts = (self.images, self.classes, self.boxes, self.labels)
        return Scenes(*(part.to(device) for part in parts))


def splits(
    seed: int = 0, most: int = 3, counts: tuple[int, int, int] = COUNTS
) -> tuple[Scenes, Scenes, Scenes]:
    """Scenes to train on, to validate and to test.

    Args:
        seed: Of the scenes to train on; the others are the same at every call.
        most: The most digits in a scene; at least one is there.
        counts: How many scenes of each.
    """
    train, valid, test = digits.splits()
    return (
        make(train, counts[0], torch.Generator().manual_seed(seed), most),
        make(valid, counts[1], torch.Generator().manual_seed(1_000_001), most),
        make(test, counts[2], torch.Generator().manual_seed(1_000_002), most),
    )


def make(part: digits.Split, count: int, generator: torch.Generator, most: int = 3) -> Scenes:
    """Compose scenes of a split's digits."""
    sized = {
        size: functional.interpolate(part.images[:, None], size=(size, size), mode="bilinear")[:, 0]
        for size in SIZES
    }
    images = torch.zeros(count, SIDE, SIDE)
    classes = torch.zeros(count, SIDE, SIDE, dtype=torch.long)
    boxes = torch.zeros(count, most, 4)
    labels = torch.full((count, most), -1)

    def draw(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=generator))

    for scene in range(count):
        placed: list[tuple[int, int, int]] = []
        for _ in range(draw(1, most + 1)):
            place = _place(placed, draw)
            if place is None:
                continue
            left, top, size = place
            row = draw(0, len(part.labels))
            ink, label = sized[size][row], int(part.labels[row])
            square = slice(top, top + size), slice(left, left + size)
            images[scene][square] = ink
            classes[scene][square][ink > INK] = label + 1
            boxes[scene, len(placed)] = torch.tensor([left, top, left + size, top + size])
            labels[scene, len(placed)] = label
            placed.append(place)
    images += 0.1 * torch.randn(images.shape, generator=generator)
    return Scenes(images[:, None], classes, boxes, labels)


def _place(
    placed: list[tuple[int, int, int]], draw: Callable[[int, int], int]
) -> tuple[int, int, int] | None:
    """Left, top and size of a square that touches none of those placed, if one is found."""
    for _ in range(TRIES):
        size = draw(SIZES.start, SIZES.stop)
        left, top = draw(0, SIDE - size + 1), draw(0, SIDE - size + 1)
        if all(
            left + size <= x or x + other <= left or top + size <= y or y + other <= top
            for x, y, other in placed
        ):
            return left, top, size
    return None

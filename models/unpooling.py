"""Unpooling: a convolutional network that remembers where its maxima came from, and can go back.

Take one feature at one place, set everything else of its layer to zero, and go back down to pixels:

    unpool    put each value where its maximum came from; that is what the `switches` remember
    rectify   as on the way up: a map holds nothing below zero
    filter    the transposed convolution, with the very weights of the way up

What arrives is no image that was ever there. It is the part of *this* image that the feature
answered to, as far as the network can say. "Deconvolution" is the paper's word and undoes nothing: it
is the transpose of a convolution, and not its inverse.

Sources:
    M. D. Zeiler, G. W. Taylor, R. Fergus, "Adaptive deconvolutional networks for mid and high level
    feature learning", ICCV 2011, https://doi.org/10.1109/ICCV.2011.6126474
    M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901 (its network)
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models.classifying import SIDE

WIDTHS = (8, 16)
"""Features of the two layers."""

KERNEL = 5
"""Side of the convolutions' kernels, in pixels."""


@dataclass(frozen=True)
class Level:
    """What a layer made of some images.

    Attributes:
        maps: (n, features, h, w), after ReLU and pooling.
        switches: Of each, the place in the map before pooling that it came from, row by row.
    """

    maps: Float[Tensor, "n features h w"]
    switches: Int[Tensor, "n features h w"]


def unpool(
    maps: Float[Tensor, "n features h w"], switches: Int[Tensor, "n features h w"]
) -> Float[Tensor, "n features 2*h 2*w"]:
    """Each value where its switch says, zero elsewhere."""
    count, features, height, width = maps.shape
    flat = maps.new_zeros(count, features, 4 * height * width)
    flat.scatter_(2, switches.flatten(2), maps.flatten(2))
    return flat.reshape(count, features, 2 * height, 2 * width)


def corners(switches: Int[Tensor, "n features h w"]) -> Int[Tensor, "n features h w"]:
    """Switches that know nothing: the upper left of each 2x2."""
    *_, height, width = switches.shape
    down = torch.arange(height, device=switches.device)[:, None]
    across = torch.arange(width, device=switches.device)
    return (2 * width * 2 * down + 2 * across).expand_as(switches)


class ConvNet(nn.Module):
    """Two layers of convolution, ReLU and pooling: (n, 1, 32, 32) in, (n, 10) logits out."""

    def __init__(self) -> None:
        super().__init__()
        pairs = zip((1, *WIDTHS), WIDTHS, strict=False)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(maps_in, maps, KERNEL, padding=KERNEL // 2) for maps_in, maps in pairs
        )
        self.fc = nn.Linear(WIDTHS[-1] * (SIDE // 4) ** 2, 10)

    def up(self, x: Float[Tensor, "n 1 32 32"]) -> list[Level]:
        """From pixels to features."""
        levels = []
        for convolution in self.convolutions:
            x, switches = functional.max_pool2d(convolution(x).relu(), 2, return_indices=True)
            levels.append(Level(x, switches))
        return levels

    def forward(self, x: Float[Tensor, "n 1 32 32"]) -> Float[Tensor, "n 10"]:
        """Logits."""
        return self.fc(self.up(x)[-1].maps.flatten(1))

    def down(
        self, maps: Float[Tensor, "n features h w"], levels: list[Level]
    ) -> Float[Tensor, "n 1 32 32"]:
        """From features of the last of some levels to pixels.

        Args:
            maps: As much of that level's maps as is to be explained.
            levels: What `up` returned for the same images, as far as that level.
        """
        for convolution, level in reversed(list(zip(self.convolutions, levels, strict=False))):
            x = unpool(maps, level.switches).relu()
            maps = functional.conv_transpose2d(x, convolution.weight, padding=KERNEL // 2)
        return maps


def field(layer: int, place: int) -> slice:
    """The pixels along one side that a place of a pooled layer sees: 6, or 16 for layer 2."""
    first = last = place
    for _ in range(layer):
        first, last = 2 * first - KERNEL // 2, 2 * last + 1 + KERNEL // 2
    return slice(max(first, 0), min(last + 1, SIDE))

"""An inception module: four branches side by side."""

import torch
from torch import nn


class Inception(nn.Module):
    """Branches that look at the same maps, and stack what they find.

    In this order: 1x1; 1x1 and 3x3; 1x1 and 5x5; the greatest of 3x3
    and 1x1. Behind each convolution stands a ReLU. Height and width
    stay what they were.

    Args:
        maps_in: Maps that come in.
        one: Maps of the first branch.
        reduced3: Maps that the 3x3 convolution sees.
        three: Maps that it makes.
        reduced5: Maps that the 5x5 convolution sees.
        five: Maps that it makes.
        pooled: Maps of the last branch.
    """

    def __init__(
        self, maps_in, one, reduced3, three, reduced5, five, pooled
    ):
        super().__init__()

    def forward(self, x):
        """(n, maps_in, h, w) in, (n, maps, h, w) out."""
        return x

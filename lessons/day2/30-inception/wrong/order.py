"""An inception module: four branches side by side."""

import torch
from torch import nn


def convolution(maps_in, maps, size):
    """A convolution that keeps height and width, and a ReLU."""
    return nn.Sequential(nn.Conv2d(maps_in, maps, size, padding=size // 2), nn.ReLU())


class Inception(nn.Module):
    """Branches that look at the same maps, and stack what they find."""

    def __init__(self, maps_in, one, reduced3, three, reduced5, five, pooled):
        super().__init__()
        self.one = convolution(maps_in, one, 1)
        self.three = nn.Sequential(
            convolution(maps_in, reduced3, 1), convolution(reduced3, three, 3)
        )
        self.five = nn.Sequential(convolution(maps_in, reduced5, 1), convolution(reduced5, five, 5))
        self.pooled = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), convolution(maps_in, pooled, 1)
        )

    def forward(self, x):
        """(n, maps_in, h, w) in, (n, maps, h, w) out."""
        return torch.cat([self.pooled(x), self.five(x), self.three(x), self.one(x)], 1)

"""Colours: how much of a kernel is colour, and how far apart two halves of a network are by it.

A kernel over red, green and blue is the sum of a grey one, alike in all three, and a coloured one, which
adds up to nothing over the three. Halves that are drawn by lot differ in colour, too: what counts is how
much farther apart the real ones are.

Source:
    A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012, https://papers.nips.cc/paper/4824 (who saw two halves divide colour and grey)
"""

import torch
from jaxtyping import Float
from torch import Tensor

LOTS = 100
"""Halves drawn by lot whose mean is told."""


def squares(
    weights: Float[Tensor, "*maps 3 h w"],
) -> tuple[Float[Tensor, "*maps"], Float[Tensor, "*maps"]]:
    """The squares of each kernel's weights, added up: those of its colour, and all.

    Its grey is the mean of its three channels, in each of them; its colour is what is left. The two stand
    at right angles, so their squares add up to all.
    """
    colour = weights - weights.mean(-3, keepdim=True)
    return colour.square().sum((-3, -2, -1)), weights.square().sum((-3, -2, -1))


def shares(colour: Float[Tensor, "*nets maps"], whole: Float[Tensor, "*nets maps"]) -> Tensor:
    """The share of colour in the first half of each row and in the second: (*nets, 2).

    0 for kernels that only look at brightness; 2/3 for kernels drawn at random, in the mean; 1 for
    kernels that no grey image moves.
    """
    halves = (2, colour.shape[-1] // 2)
    return colour.unflatten(-1, halves).sum(-1) / whole.unflatten(-1, halves).sum(-1)


def apart(colour: Float[Tensor, "*nets maps"], whole: Float[Tensor, "*nets maps"]) -> Tensor:
    """How far the shares of colour of the two halves are apart, in the mean over all rows."""
    first, second = shares(colour, whole).unbind(-1)
    return (first - second).abs().mean()


def by_lot(
    colour: Float[Tensor, "nets maps"],
    whole: Float[Tensor, "nets maps"],
    generator: torch.Generator,
) -> Float[Tensor, ""]:
    """How far apart two halves are that were drawn by lot, in the mean over networks and lots."""
    lots = torch.rand(LOTS, *whole.shape, generator=generator).argsort(-1)
    drawn = [each.expand(LOTS, -1, -1).gather(-1, lots) for each in (colour, whole)]
    return apart(*drawn)

"""Alphabets that nobody has seen: a glyph is three random strokes, drawn by twenty shaky hands.

A stroke is a quadratic curve through random control points; each drawing moves those points a
little, turns and shifts the whole, and inks 16x16 pixels. As many classes as one likes, few drawings
of each: what handwritten alphabets (Omniglot) are used for, at the price of a generator.
"""

import torch
from jaxtyping import Float
from torch import Tensor

SIDE = 16
_CENTRE = (SIDE - 1) / 2


def glyphs(classes: int, drawings: int, seed: int) -> Float[Tensor, "classes drawings 16 16"]:
    """Drawings of made-up glyphs, ink from 0 to 1; other seeds have other glyphs."""
    generator = torch.Generator().manual_seed(seed)

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    time = torch.linspace(0, 1, 24)[:, None]
    rows, columns = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    found = []
    for _ in range(classes):
        drawn = 3.5 + 9 * rand(3, 3, 2)
        shaken = drawn + 0.7 * torch.randn(drawings, 3, 3, 2, generator=generator)
        angle = 0.6 * (rand(drawings) - 0.5)
        turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1)
        flat = (shaken - _CENTRE).reshape(drawings, 9, 2) @ turn.reshape(drawings, 2, 2)
        points = flat.reshape(drawings, 3, 3, 1, 2) + _CENTRE
        points = points + 4 * (rand(drawings, 1, 1, 1, 2) - 0.5)
        begin, bend, end = points.unbind(2)
        curve = (1 - time) ** 2 * begin + 2 * time * (1 - time) * bend + time**2 * end
        spots = curve.reshape(drawings, -1, 2)
        across = (columns - spots[:, :, 0, None, None]) ** 2
        down = (rows - spots[:, :, 1, None, None]) ** 2
        found.append((-(across + down).amin(1) / 1.2).exp())
    return torch.stack(found)

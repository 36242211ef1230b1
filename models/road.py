"""A closed road and a car on it: what it sees ahead, and an expert who knows where the middle is.

The expert is a proportional controller of where the car is and of where it points; ALVINN learned from
a person (D. A. Pomerleau, "ALVINN: an autonomous land vehicle in a neural network", NIPS 1, 1988; the
source of the 12x16 view's idea, not of its size).
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

POINTS, HALF_WIDTH, SPEED, TURN = 400, 2.2, 0.8, 0.35
"""Points of a track's middle line; half the road's width; how far a car goes and turns in a step."""
VIEW = (12, 16)
"""Rows ahead and columns across that a car sees."""


def track(seed: int) -> Float[Tensor, "points 2"]:
    """The middle line of a closed road: a circle with four waves of random size and place."""
    generator = torch.Generator().manual_seed(seed)
    angle = torch.arange(POINTS) / POINTS * math.tau
    size = 2.2 * torch.randn(4, generator=generator)
    place = math.tau * torch.rand(4, generator=generator)
    waves = size * torch.cos(angle[:, None] * torch.arange(2.0, 6.0) + place)
    radius = 30 + waves.sum(1)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1)


class Car:
    """A car on a track.

    Attributes:
        position: (2,) in road widths of 4.4.
        heading: Where it points, in radians.
    """

    def __init__(self, middle: Float[Tensor, "points 2"]) -> None:
        self.middle = middle
        self.position, self.heading = middle[0], 0.0
        self.reset()

    def reset(self, aside: float = 0.0, askew: float = 0.0) -> None:
        """Put it at the start, so far left of the middle and turned by so much."""
        along = self.middle[1] - self.middle[0]
        self.heading = math.atan2(along[1], along[0]) + askew
        normal = torch.stack([-along[1], along[0]]) / along.norm()
        self.position = self.middle[0] + aside * normal

    def error(self) -> tuple[float, float]:
        """How far it is left of the middle, and how far the road turns left of where it points."""
        nearest = int((self.middle - self.position).square().sum(1).argmin())
        along = self.middle[(nearest + 4) % POINTS] - self.middle[nearest]
        normal = torch.stack([-along[1], along[0]]) / along.norm()
        aside = float((self.position - self.middle[nearest]) @ normal)
        turn = math.atan2(along[1], along[0]) - self.heading
        return aside, (turn + math.pi) % math.tau - math.pi

    def expert(self) -> float:
        """What she does, who sees where the middle is: a proportional controller of both errors."""
        aside, turn = self.error()
        return max(-1.0, min(1.0, 1.6 * turn - 0.55 * aside))

    def view(self) -> Float[Tensor, "12 16"]:
        """1 where there is road: 12 rows ahead, 16 columns from right to left."""
        ahead = torch.arange(1, VIEW[0] + 1)[:, None] * 0.6
        left = (torch.arange(VIEW[1]) - (VIEW[1] - 1) / 2) * 0.5
        cosine, sine = math.cos(self.heading), math.sin(self.heading)
        x = self.position[0] + ahead * cosine - left * sine
        y = self.position[1] + ahead * sine + left * cosine
        cells = torch.stack([x, y], 2).reshape(-1, 2)
        return (
            (torch.cdist(cells, self.middle[::2]).min(1).values < HALF_WIDTH).float().reshape(VIEW)
        )

    def step(self, steer: float) -> bool:
        """Turn, go on, and say whether it is still on the road."""
        self.heading += TURN * steer
        self.position = self.position + SPEED * torch.tensor(
            [math.cos(self.heading), math.sin(self.heading)]
        )
        return abs(self.error()[0]) < HALF_WIDTH

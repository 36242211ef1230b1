"""The cart and the pole: push a cart left or right so that the pole on it stays up.

Many carts at once, as rows of a tensor. A push is 10 N; an episode ends when the pole leans more
than 12 degrees, the cart is 2.4 m from the middle, or 500 steps of 0.02 s are over. Each step that
is survived is a reward of 1.

Source:
    A. G. Barto, R. S. Sutton and C. W. Anderson, "Neuronlike adaptive elements that can solve
    difficult learning control problems", IEEE Transactions on Systems, Man, and Cybernetics
    13(5):834-846, 1983, https://doi.org/10.1109/TSMC.1983.6313077
    with the constants of Gymnasium's CartPole-v1, https://gymnasium.farama.org
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

GRAVITY, CART, POLE, HALF_LENGTH, PUSH, SECONDS = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
FARTHEST, STEEPEST, LONGEST = 2.4, 12 * math.pi / 180, 500


class Carts:
    """So many carts, each with a pole.

    Attributes:
        state: (carts, 4): position in m, velocity, the pole's angle in radians, its velocity.
        age: (carts,), steps since the last reset.
    """

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self.count, self._generator = count, generator
        self.state = torch.empty(count, 4)
        self.age = torch.zeros(count, dtype=torch.long)
        self.reset(torch.ones(count, dtype=torch.bool))

    def reset(self, which: Bool[Tensor, " carts"]) -> None:
        """Put some carts back near the middle, each value within 0.05 of 0."""
        fresh = torch.rand(self.count, 4, generator=self._generator) * 0.1 - 0.05
        self.state = torch.where(which[:, None], fresh, self.state)
        self.age = torch.where(which, 0, self.age)

    def step(
        self, right: Int[Tensor, " carts"]
    ) -> tuple[Bool[Tensor, " carts"], Bool[Tensor, " carts"]]:
        """Push each cart, right where it is 1 and left where 0.

        Returns:
            Which carts fell, and which were stopped because their time was over.
        """
        _, speed, angle, turning = self.state.unbind(1)
        force = PUSH * (2.0 * right - 1)
        sine, cosine = angle.sin(), angle.cos()
        whole = CART + POLE
        pull = (force + POLE * HALF_LENGTH * turning.square() * sine) / whole
        inertia = HALF_LENGTH * (4 / 3 - POLE * cosine.square() / whole)
        bend = (GRAVITY * sine - cosine * pull) / inertia
        push = pull - POLE * HALF_LENGTH * bend * cosine / whole
        change = torch.stack([speed, push, turning, bend], 1)
        self.state = self.state + SECONDS * change
        self.age = self.age + 1
        fell = (self.state[:, 0].abs() > FARTHEST) | (self.state[:, 2].abs() > STEEPEST)
        return fell, ~fell & (self.age >= LONGEST)


def drawing(state: Float[Tensor, "4"], width: int = 49) -> str:
    """A cart and its pole in characters, seen from the side."""
    x, _, angle, _ = state.tolist()
    middle = round((x / FARTHEST + 1) / 2 * (width - 1))
    rows = [[" "] * width for _ in range(6)]
    for height in range(1, 6):
        # Four times as oblique as it is: 12 degrees are hardly seen in so few rows.
        column = middle + round(height * math.tan(max(-1.2, min(1.2, 4 * angle))))
        if 0 <= column < width:
            rows[5 - height][column] = "|" if abs(angle) < 0.03 else "/" if angle > 0 else "\\"
    for column in range(middle - 3, middle + 4):
        if 0 <= column < width:
            rows[5][column] = "="
    return "\n".join("".join(row) for row in rows) + "\n" + "-" * width

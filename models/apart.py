"""Taken apart: what a large kernel loses when it is made of smaller ones.

A window of 7x7 has 49 weights. Inception v3 makes it of a row and a column, 14 weights, or of small
windows in a row; three of 3x3 reach as far with 27. What comes out is one large kernel again, and
here it is to be a given one, a line or a ring. As every window is linear, a single bright dot as the
picture shows the whole kernel, and the loss is the share of it that is missed, by squares.

    whole        49 weights: whatever one likes
    1x7, 7x1     14 for each map between them: a sum of so many products of a column and a row
    3x3 thrice   27 with one map: hills and valleys that gradient descent may get stuck in

A product of a column and a row is a matrix of rank 1. The best sum of m of them is known without any
training, from the singular values: it misses the squares of all but the first m. So an upright line
costs nothing, and a slanted one nearly everything.

Sources:
    C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna, "Rethinking the Inception architecture
    for computer vision", CVPR 2016, https://arxiv.org/abs/1512.00567
    C. Eckart and G. Young, "The approximation of one matrix by another of lower rank",
    Psychometrika 1, 1936, https://doi.org/10.1007/BF02288367
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from models import reading
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

SIDE = 7
"""Height and width of the kernel."""

WIDTH = 0.5
"""Standard deviation of a line, across it, in pixels."""

RADIUS = 2.2
"""Of the ring, in pixels."""

FIGURES = ("line", "ring")
WAYS = ("whole", "1x7, 7x1", "3x3 thrice")

Kernel = Float[Tensor, "7 7"]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        figure: What the kernel shows: `line` or `ring`.
        angle: How far the line is from upright, in degrees.
        way: `whole`, `1x7, 7x1` or `3x3 thrice`.
        maps: Maps between one small window and the next.
        learning_rate: Adam's at the start; it falls evenly to 0. Live.
        steps: Steps of gradient descent, each along the exact gradient.
    """

    figure: str = "line"
    angle: float = 45.0
    way: str = "1x7, 7x1"
    maps: int = 1
    learning_rate: float = 0.03
    steps: int = 400

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        for name, known in {"figure": FIGURES, "way": WAYS}.items():
            if (given := getattr(self, name)) not in known:
                raise ValueError(f"{name} is {given!r}; it can be {'; '.join(known)}.")
        for name, most in {"maps": 49, "steps": 100_000}.items():
            if not 1 <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from 1 to {most}.")


def wanted(figure: str, angle: float) -> Kernel:
    """The kernel to be made, its squares summing to 1."""
    place = torch.arange(SIDE) - SIDE // 2.0
    down, across = torch.meshgrid(place, place, indexing="ij")
    turn = math.radians(angle)
    off = across * math.cos(turn) + down * math.sin(turn)
    if figure == "ring":
        off = torch.hypot(down, across) - RADIUS
    kernel = torch.exp(-((off / WIDTH) ** 2) / 2)
    return kernel / kernel.norm()


def windows(way: str, maps: int = 1) -> nn.Sequential:
    """Windows one after the other, without offsets: (1, 1, 7, 7) in, (1, 1, 7, 7) out."""
    sizes: dict[str, list[tuple[int, int]]] = {
        "whole": [(SIDE, SIDE)],
        "1x7, 7x1": [(1, SIDE), (SIDE, 1)],
        "3x3 thrice": [(3, 3)] * 3,
    }
    widths = [1, *[maps] * (len(sizes[way]) - 1), 1]
    pairs = zip(widths, widths[1:], sizes[way], strict=False)
    return nn.Sequential(
        *(
            nn.Conv2d(before, after, size, padding=(size[0] // 2, size[1] // 2), bias=False)
            for before, after, size in pairs
        )
    )


def made(model: nn.Module) -> Kernel:
    """The one large kernel that the windows make together: what a dot becomes, turned back."""
    dot = torch.zeros(1, 1, SIDE, SIDE, device=next(model.parameters()).device)
    dot[0, 0, SIDE // 2, SIDE // 2] = 1
    return model(dot)[0, 0].flip(0, 1)


def least(kernel: Kernel, maps: int) -> Float[Tensor, ""]:
    """The share of a kernel that the best sum of so many columns times rows misses."""
    squares = torch.linalg.svdvals(kernel).square()
    return squares[maps:].sum() / squares.sum()


# --- the run ----------------------------------------------------------------------------------


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step towards the kernel.

    `kernel/missed` is the share that is missed before the step, from 1 (nothing made) to 0, and after
    the last step that of the windows as they stay; `kernel/weights` is what the windows cost.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    goal = wanted(config.figure, config.angle).to(config.device)
    model = windows(config.way, config.maps).to(config.device)
    weights = float(sum(each.numel() for each in model.parameters()))
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(total_steps=config.steps, samples_per_step=1, model=model, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        set_rate(optimizer, config.learning_rate * (1 - (step - 1) / config.steps))
        missed = (made(model) - goal).square().sum()
        optimizer.zero_grad()
        missed.backward()
        optimizer.step()
        now = Reading(step, {"kernel/missed": missed.detach()})
        if step == config.steps:
            with torch.no_grad():
                now.scalars["kernel/missed"] = (made(model) - goal).square().sum()
        if step % 20 == 0 or step == config.steps:
            now.scalars["kernel/weights"] = weights
            now.pictures["kernels"] = drawn(model, goal)
        yield now


@torch.no_grad()
def drawn(model: nn.Module, goal: Kernel) -> Picture:
    """What is wanted, and what has been made, in the same shades."""
    both = torch.stack([goal, made(model)]).cpu()
    caption = "what is wanted, and what has been made"
    return Picture("image_grid", (both / both.max()).clamp(0, 1)[None], caption)


if __name__ == "__main__":
    run_alone(train(Config()))

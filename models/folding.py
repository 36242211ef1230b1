"""From distances to a shape: gradient descent on the coordinates of a chain, and its mirror image.

Distances between residues are given, with noise. The parameters are the coordinates themselves,
three for each residue, and the loss is how far their distances are from the given ones. A random
cloud becomes the chain. But a shape and its mirror image have the same distances, so half the time it
is the wrong one, with a loss as small as the right one's. Only handedness tells them apart: a term for the
turn of each four residues in a row, as nature's helices turn to the right.

This is the second half of AlphaFold in small: the first version descended too, but turned the chain's
joints (Senior et al.); the second has a network that moves residues as rigid bodies, which know their
handedness.

Sources:
    J. Jumper et al., "Highly accurate protein structure prediction with AlphaFold", Nature
    596:583-589, 2021, https://doi.org/10.1038/s41586-021-03819-2
    A. W. Senior et al., "Improved protein structure prediction using potentials from deep
    learning", Nature 577:706-710, 2020, https://doi.org/10.1038/s41586-019-1923-7
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.protein import apart, chain, gdt_ts, handedness
from models.reading import Picture, Reading, Start, run_alone

RESIDUES = 64
TWISTED = 8.0
"""Å³ of a triple product above which a turn has a hand at all."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        noise: Standard deviation of the given distances, in Å.
        given: The share of distances that is given, drawn by lot.
        near: Residues at most so far apart along the chain have theirs given whatever the lot says; 1
            is the bonds, whose length is known.
        hand: Whether the turn of each four residues is given too.
        tries: Random clouds it begins with; the one with the least loss is kept.
        steps: Steps of each.
        learning_rate: Of the first step, in Å; it falls to almost 0.
    """

    noise: float = 0.5
    given: float = 1.0
    near: int = 1
    hand: bool = True
    tries: int = 4
    steps: int = 800
    learning_rate: float = 1.0


class Puzzle:
    """A chain to be found, and what is told of it.

    Attributes:
        true: (residues, 3) in Å.
        pairs: (2, pairs) the residues whose distance is given.
        distances: (pairs,) noisy, in Å.
        turns: (residues - 3,) 1 right, -1 left, 0 too flat to say.
    """

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        self.true = chain(RESIDUES, generator)
        between = torch.cdist(self.true, self.true)
        noise = config.noise * torch.randn(between.shape, generator=generator)
        known = torch.rand(between.shape, generator=generator) < config.given
        known |= apart(RESIDUES) <= config.near
        self.pairs = torch.stack(torch.where(known.triu(1)))
        self.distances = (between + noise).clamp(min=0.1)[tuple(self.pairs)]
        turn = handedness(self.true)
        self.turns = turn.sign() * (turn.abs() > TWISTED)

    def strain(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, ""]:
        """How far the points' distances are from the given ones: a Huber loss, in Å."""
        i, j = self.pairs
        return functional.smooth_l1_loss((points[i] - points[j]).norm(dim=1), self.distances)

    def twist(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, ""]:
        """What turns to the wrong side, or hardly to the right one."""
        told: Bool[Tensor, " turns"] = self.turns != 0
        if not told.any():
            return points.sum() * 0
        return functional.relu(TWISTED - handedness(points) * self.turns)[told].mean()


def views(found: Float[Tensor, "n 3"], true: Float[Tensor, "n 3"]) -> dict[str, Picture]:
    """The distances of both, and the chain from the front."""
    both = torch.stack([torch.cdist(each, each) for each in (true, found)])
    high = both[0].max()
    grid = (1 - both / high).clamp(0, 1).reshape(1, 2, RESIDUES, RESIDUES)
    end = torch.linspace(0, 2.99, RESIDUES).floor()
    flat = torch.column_stack([found[:, :2], end])
    return {
        "distances": Picture(
            "image_grid", grid, "near is bright: the true distances, the found", ("true", "found")
        ),
        "chain": Picture(
            "scatter", flat, "the found chain from the front", ("head", "middle", "tail")
        ),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Try after try from a random cloud; the one with the least strain is the answer.

    Training never sees the true chain: `shape/now` and `shape/kept`, the GDT_TS of this try's cloud and
    of the best answer so far, are for those who watch. With `hand`, each try is looked at after a third of its steps, and mirrored where most turns go
    the wrong way; from then on the turns count. At the end, `test/gdt_ts` compares the answer with the
    true chain, and `test/gdt_ts of the mirror` its mirror image.
    """
    generator = torch.Generator().manual_seed(config.seed)
    puzzle = Puzzle(config, generator)
    points = nn.Parameter(torch.zeros(RESIDUES, 3))
    total = config.tries * config.steps
    yield Start(total_steps=total, samples_per_step=len(puzzle.distances))
    best, least = points.detach().clone(), torch.inf
    for step in range(total):
        now = step % config.steps
        if now == 0:
            points.data = 10 * torch.randn(RESIDUES, 3, generator=generator)
            optimizer = torch.optim.Adam([points], config.learning_rate)
        optimizer.param_groups[0]["lr"] = config.learning_rate * (1 - now / config.steps) + 0.01
        strain = puzzle.strain(points)
        loss = strain
        if config.hand and now > config.steps // 3:
            loss = strain + 0.02 * puzzle.twist(points)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if config.hand and now == config.steps // 3:
            mirror_if_wrong(points, puzzle.turns)
        item = Reading(step + 1, {"train/strain": strain.detach()})
        if (step + 1) % 40 == 0:
            item.scalars["shape/now"] = gdt_ts(points.detach(), puzzle.true)
        if (step + 1) % 100 == 0:
            item.pictures.update(views(points.detach(), puzzle.true))
        if now == config.steps - 1:
            if float(strain.detach()) < least:
                best, least = points.detach().clone(), float(strain.detach())
            item.scalars["shape/kept"] = gdt_ts(best, puzzle.true)
        if step == total - 1:
            item.scalars["test/strain"] = least
            item.scalars["test/told"] = float(len(puzzle.distances))
            item.scalars["test/gdt_ts"] = gdt_ts(best, puzzle.true)
            mirrored = best * torch.tensor([1.0, 1.0, -1.0])
            item.scalars["test/gdt_ts of the mirror"] = gdt_ts(mirrored, puzzle.true)
            item.pictures.update(views(best, puzzle.true))
        yield item


@torch.no_grad()
def mirror_if_wrong(points: Float[Tensor, "n 3"], turns: Float[Tensor, " n-3"]) -> None:
    """Mirror a cloud in place where most of its turns go to the wrong side."""
    if (handedness(points).sign() * turns).sum() < 0:
        points[:, 2] *= -1


if __name__ == "__main__":
    run_alone(train(Config()), every=400)

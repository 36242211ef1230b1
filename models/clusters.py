"""k-means: groups in data that nobody labelled.

Each centre owns the points that are nearest to it and moves to their mean; with the centres moved,
some points change owners; and so on until none does. Neither half of a turn can raise the inertia,
the sum of squared distances to the own centre, so it ends; but where depends on where it began.
`k-means++` begins far apart on purpose, and the best of several starts is kept.

Sources:
    S. P. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory
    28(2):129-137, 1982 (written in 1957), https://doi.org/10.1109/TIT.1982.1056489
    D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007,
    https://dl.acm.org/doi/10.5555/1283383.1283494
    Data: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, 1998, https://doi.org/10.24432/C50P49
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from models import reading
from models.data.digits import splits
from models.projection import principal
from models.reading import Picture, Reading, Start, run_alone

STARTS = ("k-means++", "cube")
TURNS = 50
"""Of one start at most; on the digits it settles within 30."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        clusters: How many centres.
        start: Where they begin: `k-means++`, or `cube`, anywhere between paper and ink.
        tries: Starts, of which the one with the least inertia is kept.
        pause: Seconds to wait after each turn, so that an eye can follow. Live.
    """

    clusters: int = 10
    start: str = "k-means++"
    tries: int = 10
    pause: float = 0.0

    def check(self) -> None:
        """Raise ValueError unless there is something to begin with."""
        if self.start not in STARTS:
            raise ValueError(f"The start is {self.start!r}; it can be {', '.join(STARTS)}.")
        if self.clusters < 1 or self.tries < 1:
            raise ValueError("There has to be at least one cluster and one try.")


def plus_plus(
    points: Float[Tensor, "n d"], count: int, generator: torch.Generator
) -> Float[Tensor, "count d"]:
    """The first centre is any point, each further one drawn by its squared distance to the others."""
    chosen = [int(torch.randint(len(points), (1,), generator=generator))]
    nearest = torch.full((len(points),), torch.inf, device=points.device)
    while len(chosen) < count:
        nearest = torch.minimum(nearest, squares(points, points[chosen[-1:]])[:, 0])
        weights = nearest.cpu() if nearest.sum() > 0 else torch.ones(len(points))
        chosen.append(int(torch.multinomial(weights, 1, generator=generator)))
    return points[chosen].clone()


def squares(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Float[Tensor, "n k"]:
    """Squared distance of every point to every centre."""
    return (points[:, None] - centres).square().sum(2)


def owners(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Int[Tensor, " n"]:
    """The nearest centre of each point; the first of equals."""
    return squares(points, centres).argmin(1)


def inertia(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Float[Tensor, ""]:
    """The sum of squared distances of the points to their own centres."""
    return squares(points, centres).min(1).values.sum()


def turn(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Float[Tensor, "k d"]:
    """Each centre goes to the mean of the points it owns; one that owns none stays."""
    mine = owners(points, centres)
    sums = torch.zeros_like(centres).index_add_(0, mine, points)
    counts = torch.bincount(mine, minlength=len(centres))[:, None]
    return torch.where(counts > 0, sums / counts.clamp(min=1), centres)


def majority(
    mine: Int[Tensor, " n"], labels: Int[Tensor, " n"], clusters: int
) -> Int[Tensor, " clusters"]:
    """The commonest label in each cluster: names for groups that were found without any."""
    counts = torch.zeros(clusters, int(labels.max()) + 1, device=labels.device)
    return counts.index_put_((mine, labels), torch.ones(()), accumulate=True).argmax(1)


def pictures(
    centres: Float[Tensor, "k d"],
    names: Int[Tensor, " k"],
    flat: Float[Tensor, "n 2"],
    mine: Int[Tensor, " n"],
) -> dict[str, Picture]:
    """What the centres look like, and where the points lie, seen along their two widest directions."""
    grid = centres[:20].reshape(1, -1, 8, 8)
    labels = tuple(str(int(name)) for name in names[:20])
    dots = torch.column_stack([flat, names[mine].float()])[:300]
    told = "300 images by their cluster's digit, from 64 to 2 dimensions"
    return {
        "centres": Picture("image_grid", grid, "the centres, and what most of theirs are", labels),
        "map": Picture("scatter", dots, told, tuple("0123456789")),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Turn after turn, start after start; the labels are looked at only to judge the result.

    `train/inertia` is per image; `train/best inertia` that of the best start so far. At the end,
    `test/accuracy` is the share of test images whose nearest centre has their digit's name.
    """
    config.check()
    generator = torch.Generator().manual_seed(config.seed)
    data, _, test = (split.to(config.device) for split in splits())
    points, held_out = data.images.flatten(1), test.images.flatten(1)
    flat = principal(points, 2)
    yield Start(samples_per_step=len(points), steps_per_epoch=1)
    best, least, step = points[: config.clusters], torch.inf, 0
    for _ in range(config.tries):
        if config.start == "cube":
            centres = torch.rand(config.clusters, 64, generator=generator).to(points.device)
        else:
            centres = plus_plus(points, config.clusters, generator)
        for _ in range(TURNS):
            moved = turn(points, centres)
            settled = torch.equal(moved, centres)
            centres, step = moved, step + 1
            now = float(inertia(points, centres))
            if now < least:
                best, least = centres, now
            scalars = {
                "train/inertia": now / len(points),
                "train/best inertia": least / len(points),
            }
            mine = owners(points, centres)
            names = majority(mine, data.labels, config.clusters)
            yield Reading(step, scalars, pictures(centres, names, flat, mine))
            time.sleep(config.pause)
            if settled:
                break
    mine = owners(points, best)
    names = majority(mine, data.labels, config.clusters)
    right = (names[owners(held_out, best)] == test.labels).float().mean()
    empty = config.clusters - len(mine.unique())
    yield Reading(
        step + 1,
        {"test/accuracy": right, "train/empty clusters": float(empty)},
        pictures(best, names, flat, mine),
    )


if __name__ == "__main__":
    run_alone(train(Config()), every=20)

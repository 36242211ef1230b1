"""k-means: groups in data that nobody labelled.

Each centre owns the points that are nearest to it and moves to their mean; with the centres moved,
some points change owners; and so on until none does. Neither half of a turn can raise the inertia,
the sum of squared distances to the own centre, so it ends; but where depends on where it began.
`k-means++` begins far apart on purpose, and the best of several starts is kept.

With some digits left out, the distance to the nearest centre is a score of strangeness: what is far
from all that was seen. One centre is the mean image, and as many as images is the nearest neighbour.

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
from models.autoencoder import auroc
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
        normal: Digits it is shown, as in `01234`; the others are the strangers. All ten: none are.
        start: Where they begin: `k-means++`, or `cube`, anywhere between paper and ink.
        turns: Of each start, settled or not, so that curves can be laid side by side; 0: until it
            settles.
        tries: Starts, of which the one with the least inertia is kept.
        pause: Seconds to wait after each turn, so that an eye can follow. Live.
    """

    clusters: int = 10
    normal: str = "0123456789"
    start: str = "k-means++"
    turns: int = 0
    tries: int = 10
    pause: float = 0.0

    def check(self) -> None:
        """Raise ValueError unless there is something to begin with."""
        if not self.normal or set(self.normal) - set("0123456789"):
            raise ValueError(f"`normal` is {self.normal!r}; it holds digits, as in 01234.")
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


def begin(
    points: Float[Tensor, "n d"], config: Config, generator: torch.Generator
) -> Float[Tensor, "k d"]:
    """Where the centres of one start begin."""
    if config.start == "cube":
        return torch.rand(config.clusters, 64, generator=generator).to(points.device)
    return plus_plus(points, config.clusters, generator)


def squares(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Float[Tensor, "n k"]:
    """Squared distance of every point to every centre; exactly 0 where they are the same."""
    return torch.cdist(points, centres, compute_mode="donot_use_mm_for_euclid_dist").square()


def oddness(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Float[Tensor, " n"]:
    """Squared distance of every point to the nearest centre: how unlike it is to all that was seen."""
    return squares(points, centres).min(1).values


def owners(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Int[Tensor, " n"]:
    """The nearest centre of each point; the first of equals."""
    return squares(points, centres).argmin(1)


def inertia(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Float[Tensor, ""]:
    """The sum of squared distances of the points to their own centres."""
    return oddness(points, centres).sum()


def turn(points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Float[Tensor, "k d"]:
    """Each centre goes to the mean of the points it owns; one that owns none stays."""
    return moved(points, centres, owners(points, centres))


def moved(
    points: Float[Tensor, "n d"], centres: Float[Tensor, "k d"], mine: Int[Tensor, " n"]
) -> Float[Tensor, "k d"]:
    """The second half of a turn, where the owners are known."""
    sums = torch.zeros_like(centres).index_add_(0, mine, points)
    counts = torch.bincount(mine, minlength=len(centres))[:, None]
    return torch.where(counts > 0, sums / counts.clamp(min=1), centres)


def settle(
    points: Tensor, centres: Tensor, turns: int
) -> Iterator[tuple[Tensor, torch.return_types.min]]:
    """The centres after each turn, with the squared distances and the owners; see `Config.turns`."""
    near = squares(points, centres).min(1)
    for _ in range(turns or TURNS):
        after = moved(points, centres, near.indices)
        settled = torch.equal(after, centres)
        if not settled:
            centres, near = after, squares(points, after).min(1)
        yield centres, near
        if settled and not turns:
            return


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


def extremes(images: Float[Tensor, "n d"], odd: Float[Tensor, " n"], labels: Tensor) -> Picture:
    """The eight images that are farthest from every centre, over the eight that are nearest to one."""
    order = odd.argsort(descending=True)
    shown = torch.cat([order[:8], order[-8:]])
    names = tuple(str(int(label)) for label in labels[shown])
    told = "held-out images: the oddest above, the least odd below"
    return Picture("image_grid", images[shown].reshape(2, 8, 8, 8), told, names)


def train(config: Config) -> Iterator[Start | Reading]:
    """Turn after turn, start after start; the labels are looked at only to judge the result.

    `train/inertia` is per image; `train/best inertia` that of the best start so far. At the end,
    `test/accuracy` is the share of normal test images whose nearest centre has their digit's name.
    Where some digits are strangers, `valid/auroc` tells after each turn how well the distance to
    the nearest of the best centres so far tells them from the others, and `test/auroc` at the end.
    """
    config.check()
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (split.to(config.device) for split in splits())
    known = torch.tensor([int(digit) for digit in config.normal], device=config.device)
    normal = torch.isin(data.labels, known)
    points, labels = data.images[normal].flatten(1), data.labels[normal]
    looked_at, odd_ones = valid.images.flatten(1), ~torch.isin(valid.labels, known)
    flat = principal(points, 2)
    yield Start(samples_per_step=len(points), steps_per_epoch=1)
    best, least, step = points[: config.clusters], torch.inf, 0
    odd = oddness(looked_at, best)
    for _ in range(config.tries):
        first = begin(points, config, generator)
        for centres, near in settle(points, first, config.turns):
            step += 1
            now = float(near.values.sum())
            if now < least:
                best, least, odd = centres, now, oddness(looked_at, centres)
            scalars: dict[str, float | Tensor] = {
                "train/inertia": now / len(points),
                "train/best inertia": least / len(points),
            }
            mine = near.indices
            shown = pictures(centres, majority(mine, labels, config.clusters), flat, mine)
            if odd_ones.any():
                scalars["valid/auroc"] = auroc(odd, odd_ones)
                shown["odd"] = extremes(looked_at, odd, valid.labels)
            yield Reading(step, scalars, shown)
            time.sleep(config.pause)
    mine = owners(points, best)
    names = majority(mine, labels, config.clusters)
    figures = judge(best, names, test.images.flatten(1), test.labels, known)
    figures["train/empty clusters"] = float(config.clusters - len(mine.unique()))
    shown = pictures(best, names, flat, mine)
    if odd_ones.any():
        shown["odd"] = extremes(looked_at, odd, valid.labels)
    yield Reading(step + 1, figures, shown)


def judge(
    centres: Tensor, names: Tensor, tested: Tensor, labels: Tensor, known: Tensor
) -> dict[str, float | Tensor]:
    """The figures of the test images: how many have their cluster's name, how well strangers show."""
    strange = ~torch.isin(labels, known)
    right = names[owners(tested, centres)] == labels
    figures: dict[str, float | Tensor] = {"test/accuracy": right[~strange].float().mean()}
    if strange.any():
        figures["test/auroc"] = auroc(oddness(tested, centres), strange)
    return figures


if __name__ == "__main__":
    run_alone(train(Config()), every=20)

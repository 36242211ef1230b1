"""Two cameras: an accuracy of 95 % that half of the people do not have.

Camera A gives digits as they are, camera B the same mirrored and inverted. The task is the same, only the
data are not: a few per cent of the training images come from B. Overall the network does well, since
overall means A. Measured group by group it fails on B, and the overall figure never says so. More copies
of B's few images help a little; more images of B help.

Sources:
    J. Buolamwini and T. Gebru, "Gender shades: intersectional accuracy disparities in commercial
    gender classification", PMLR 81:77-91, 2018, https://proceedings.mlr.press/v81/buolamwini18a.html
    S. Shankar et al., "No classification without representation: assessing geodiversity issues in
    open data sets for the developing world", 2017, https://arxiv.org/abs/1711.08536
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from models import reading
from models.adversarial import network
from models.data.digits import splits
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        share: Share of the training images that camera B took.
        oversample: Whether B's images are repeated until there are as many as of A.
        learning_rate: Adam's. Live.
        epochs: Passes over the training images.
    """

    share: float = 0.03
    oversample: bool = False
    learning_rate: float = 2e-3
    epochs: int = 15

    def check(self) -> None:
        """Raise ValueError unless the share is one."""
        if not 0 <= self.share <= 1:
            raise ValueError(f"The share is {self.share}; it goes from 0 to 1.")


def camera_b(images: Float[Tensor, "n 1 8 8"]) -> Float[Tensor, "n 1 8 8"]:
    """What camera B makes of the same digits: mirrored, ink for paper."""
    return 1 - images.flip(3)


@dataclass(frozen=True)
class Rates:
    """What a yes-or-no decision does to a group; nan where nobody is concerned.

    Attributes:
        positives: Share of the group that is positive in truth.
        false_positives: Share of the negatives that is called positive.
        false_negatives: Share of the positives that is called negative.
        precision: Share of those called positive that is.
        accuracy: Share that is called rightly.
    """

    positives: float
    false_positives: float
    false_negatives: float
    precision: float
    accuracy: float


def rates(truth: Bool[Tensor, " n"], called: Bool[Tensor, " n"]) -> Rates:
    """The rates of one group."""

    def share(of: Tensor, among: Tensor) -> float:
        return float((of & among).sum() / among.sum())

    everybody = torch.ones_like(truth)
    return Rates(
        positives=share(truth, everybody),
        false_positives=share(called, ~truth),
        false_negatives=share(~called, truth),
        precision=share(truth, called),
        accuracy=share(truth == called, everybody),
    )


def mixed(
    images: Float[Tensor, "n 1 8 8"],
    labels: Int[Tensor, " n"],
    config: Config,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """The training data of both cameras, B's repeated where that is asked for."""
    by_b = (torch.rand(len(images), generator=generator) < config.share).to(images.device)
    seen = torch.where(by_b[:, None, None, None], camera_b(images), images)
    theirs = by_b.nonzero()[:, 0]
    missing = int((~by_b).sum() - by_b.sum())
    if config.oversample and len(theirs) and missing > 0:
        again = torch.randint(len(theirs), (missing,), generator=generator).to(images.device)
        seen = torch.cat([seen, seen[theirs[again]]])
        labels = torch.cat([labels, labels[theirs[again]]])
    return seen, labels


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch; every group is measured with the same digits.

    `test/overall` weighs the groups as they are in the training data; `test/gap` is A less B.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    images, labels = mixed(data.images[:, None], data.labels, config, generator)
    model = network().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(len(images), 32, generator)
    total = config.epochs * batches.per_epoch

    @torch.no_grad()
    def measured(kind: str, seen: Tensor, truth: Tensor) -> dict[str, float | Tensor]:
        of_a = accuracy(model(seen).argmax(1), truth)
        of_b = accuracy(model(camera_b(seen)).argmax(1), truth)
        overall = (1 - config.share) * of_a + config.share * of_b
        return {
            f"{kind}/A": of_a,
            f"{kind}/B": of_b,
            f"{kind}/overall": overall,
            f"{kind}/gap": of_a - of_b,
        }

    yield Start(
        total_steps=total, samples_per_step=32, steps_per_epoch=batches.per_epoch, model=model,
        optimizer=optimizer, example=images[:32],
    )  # fmt: skip
    for step in range(1, total + 1):
        batch = batches.draw()
        loss = functional.cross_entropy(model(images[batch]), labels[batch])
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % batches.per_epoch == 0:
            now.scalars.update(measured("valid", valid.images[:, None], valid.labels))
            both = torch.stack([valid.images[:6], camera_b(valid.images[:6, None])[:, 0]])
            bars = [[i, float(now.scalars[f"valid/{name}"])] for i, name in enumerate("AB")]
            now.pictures["cameras"] = Picture("image_grid", both, "camera A, and camera B below")
            now.pictures["groups"] = Picture("histogram", bars, "accuracy by camera", ("A", "B"))
        if step == total:
            now.scalars.update(measured("test", test.images[:, None], test.labels))
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))

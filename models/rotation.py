"""Which way up? Labels that come for free, and what they are not good for.

Turn each image by 0, 90, 180 or 270 degrees and ask by how much. To answer, a network has to know what a
digit looks like, so its features might serve for telling digits; on photographs they do. On these
digits they serve no better than those of a network that learned nothing: eight by eight pixels can be
turned upright by the slant of a stroke alone. A task that is learned well is not yet a task that teaches.

Source:
    S. Gidaris, P. Singh and N. Komodakis, "Unsupervised representation learning by predicting image
    rotations", ICLR 2018, https://arxiv.org/abs/1803.07728
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading, simclr
from models.data.digits import splits
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate
from models.simclr import body, picture


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        labels: Labelled images of each class that the probe is given.
        learning_rate: Adam's. Live.
        epochs: Passes over the 4,388 turned images.
        batch_size: Turned images a step.
    """

    labels: int = 10
    learning_rate: float = 2e-3
    epochs: int = 20
    batch_size: int = 64


def turned(
    images: Float[Tensor, "n 1 side side"],
) -> tuple[Float[Tensor, "4*n 1 side side"], Int[Tensor, " 4*n"]]:
    """Every image four times, and by how many quarters it was turned."""
    quarters = torch.arange(4, device=images.device).repeat_interleave(len(images))
    return torch.cat([torch.rot90(images, k, (2, 3)) for k in range(4)]), quarters


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch of telling the turn; then the probes of `models/simclr.py`."""
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    images, quarters = turned(data.images[:, None])
    eye = body().to(config.device)
    untrained = deepcopy(eye)
    model = nn.Sequential(
        eye, nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 4)
    ).to(config.device)  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(len(images), config.batch_size, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=batches.per_epoch,
        model=model, optimizer=optimizer, example=images[: config.batch_size],
    )  # fmt: skip
    for step in range(1, total + 1):
        batch = batches.draw()
        loss = functional.cross_entropy(model(images[batch]), quarters[batch])
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % batches.per_epoch == 0:
            asked, truth = turned(valid.images[:, None])
            with torch.no_grad():
                answers = model(asked).argmax(1)
            now.scalars["valid/rotation"] = (answers == truth).float().mean()
            now.pictures["map"] = picture(eye, valid)
            rows = torch.arange(4, device=asked.device)[:, None] * len(valid.images)
            shown = asked[rows + torch.arange(6, device=asked.device)][:, :, 0]
            now.pictures["turned"] = Picture("image_grid", shown, "which way up?")
        if step == total:
            asked, truth = turned(test.images[:, None])
            with torch.no_grad():
                answers = model(asked).argmax(1)
            now.scalars["test/rotation"] = (answers == truth).float().mean()
            probes = simclr.Config(seed=config.seed, labels=config.labels)
            now.scalars.update(simclr.compare(eye, untrained, data, test, probes))
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=200)

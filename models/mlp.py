"""Handwritten digits with one hidden layer, and a choice of how it goes downhill.

64 pixels, 64 hidden units with ReLU, 10 logits: 4,810 parameters. The network is always the same;
what changes is the rule that moves it, the size of its steps and how many images each step sees.

Sources:
    H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical Statistics
    22(3):400-407, 1951, https://doi.org/10.1214/aoms/1177729586
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    https://arxiv.org/abs/1412.6980
    Data: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, 1998, https://doi.org/10.24432/C50P49
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import Split, splits
from models.optimisers import RULES
from models.parallel import average, share, weight, wrap
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, restore, set_rate, snapshot

DIGITS = tuple("0123456789")


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs of the race.

    Attributes:
        optimiser: `sgd`, `momentum` (0.9) or `adam`.
        learning_rate: Size of a step, in the rule's own sense. Live.
        batch_size: Images whose mean gradient makes a step.
        epochs: Passes over the 1,097 training images.
        pause: Seconds to wait in the course of each epoch, so that an eye can follow. Live.
    """

    optimiser: str = "sgd"
    learning_rate: float = 0.003
    batch_size: int = 32
    epochs: int = 10
    pause: float = 0.0

    def check(self) -> None:
        """Raise ValueError unless there is such an optimiser and a batch to learn from."""
        if self.optimiser not in RULES:
            raise ValueError(f"The optimiser is {self.optimiser!r}; it can be {', '.join(RULES)}.")
        if self.batch_size < 1:
            raise ValueError(f"The batch size is {self.batch_size}; it has to be at least 1.")


def network() -> nn.Sequential:
    """The multilayer perceptron: (images, 8, 8) in, (images, 10) logits out."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


@torch.no_grad()
def predict(model: nn.Module, images: Float[Tensor, "images 8 8"]) -> Int[Tensor, " images"]:
    """The digit with the greatest logit, for each image."""
    return model(images).argmax(1)


def accuracy(answers: Int[Tensor, " images"], labels: Int[Tensor, " images"]) -> Tensor:
    """The share of answers that is right, from 0 to 1."""
    return (answers == labels).float().mean()


def score(model: nn.Module, split: Split) -> Tensor:
    """The share of a split that the network calls rightly."""
    return accuracy(predict(model, split.images), split.labels)


def confusion(answers: Int[Tensor, " images"], labels: Int[Tensor, " images"]) -> Tensor:
    """How often each digit (row) was called which (column): (10, 10) counts."""
    return torch.bincount(10 * labels + answers, minlength=100).reshape(10, 10)


@torch.no_grad()
def most_wrong(model: nn.Module, split: Split, rows: int = 2, columns: int = 6) -> Picture:
    """The images with the greatest loss: those of which it was surest of something else."""
    logits = model(split.images)
    losses = functional.cross_entropy(logits, split.labels, reduction="none")
    # A network that has diverged has losses of nan, and nan comes first: the grid still fills.
    worst = losses.argsort(descending=True)[: rows * columns]
    labels = tuple(
        f"{truth}, not {answer}"
        for truth, answer in zip(
            split.labels[worst].tolist(), logits[worst].argmax(1).tolist(), strict=True
        )
    )
    grid = split.images[worst].reshape(rows, columns, 8, 8)
    return Picture("image_grid", grid, "the validation images with the greatest loss", labels)


def pictures(model: nn.Module, valid: Split) -> dict[str, Picture]:
    """What an epoch ends with: what is taken for what, and the worst of it."""
    counts = confusion(predict(model, valid.images), valid.labels)
    caption = f"validation: {int(counts.trace())} of {len(valid.labels)} right"
    return {
        "confusion": Picture("confusion", counts, caption, labels=DIGITS),
        "most wrong": most_wrong(model, valid),
    }


def batch_loss(model: nn.Module, data: Split, batch: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
    """The mean loss of a mini-batch.

    In a run of several processes it is that of this one's share, weighted so that the mean over the
    processes is the mean over the mini-batch.
    """
    mine = share(batch)
    loss = functional.cross_entropy(model(data.images[mine]), data.labels[mine])
    return loss * weight(mine, batch)


def train(config: Config, resume: dict[str, Any] | None = None) -> Iterator[Start | Reading]:
    """Epoch after epoch in a new random order, a step for each mini-batch.

    `train/loss` is that of the mini-batch before its step, so it is noisy as the gradient is;
    `valid/accuracy` comes once an epoch and before the first; `test/accuracy` once, at the end.
    The last mini-batch of an epoch is smaller where the batch size does not divide 1,097.
    `resume` is what `Start.state` returned: the run goes on from there bit for bit.

    Raises:
        ValueError: The optimiser has no such name, or the batch size is below 1.
    """
    config.check()
    generator = torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    data, valid, test = (split.to(config.device) for split in splits())
    model = network().to(config.device)
    optimizer = RULES[config.optimiser](model.parameters(), config.learning_rate)
    batches = Shuffle(len(data.labels), config.batch_size, generator)
    parts = {"model": model, "optimizer": optimizer, "batches": batches}
    forward = wrap(model)
    total_steps, step = config.epochs * batches.per_epoch, 0
    yield Start(
        total_steps=total_steps,
        samples_per_step=config.batch_size,
        steps_per_epoch=batches.per_epoch,
        model=model,
        optimizer=optimizer,
        example=data.images[: config.batch_size],
        state=lambda: snapshot(step, parts),
    )
    if resume:
        step = restore(resume, parts)
    else:
        yield Reading(0, {"valid/accuracy": score(model, valid)}, pictures(model, valid))
    while step < total_steps:
        step += 1
        batch = batches.draw()
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss = batch_loss(forward, data, batch)
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": average(loss.detach())})
        if step % batches.per_epoch == 0:
            now.scalars["valid/accuracy"] = score(model, valid)
            now.pictures.update(pictures(model, valid))
        if step == total_steps:
            now.scalars["test/accuracy"] = score(model, test)
        yield now
        time.sleep(config.pause / batches.per_epoch)


if __name__ == "__main__":
    run_alone(train(Config(optimiser="adam", learning_rate=0.01)))

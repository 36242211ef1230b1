"""Two senses are not always better than one: fusing an image with a table.

Each sample is a noisy digit and seventy numbers, ten of which say a little about the digit and sixty
nothing. The numbers are quickly learned by heart, the image slowly understood. Trained jointly, the
network does well on the training data before the image has said anything, and stops looking: together it
is worse than the image alone. Two ways out. `dropped`
hides the table in every second sample, so that the image has to speak. `late` trains each alone and
adds their opinions; the table's, sure of itself for the wrong reasons, has to be weighed down.

Source:
    W. Wang, D. Tran and M. Feiszli, "What makes training multi-modal classification networks
    hard?", CVPR 2020, https://arxiv.org/abs/1905.12681
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import splits
from models.mlp import DIGITS, accuracy, confusion
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

WAYS = ("image", "table", "joint", "dropped", "late")
SAMPLES, TELLING, SILENT, BLUR = 300, 10, 60, 0.35
"""Training samples; columns of the table that tell something, and nothing; noise in the image."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        way: `image` or `table` alone; `joint`, `dropped` or `late` for both.
        table_weight: What the table's opinion counts in `late`, beside 1 for the image's.
        learning_rate: Adam's. Live.
        epochs: Passes over the 300 training samples.
    """

    way: str = "joint"
    table_weight: float = 1.0
    learning_rate: float = 2e-3
    epochs: int = 40

    def check(self) -> None:
        """Raise ValueError unless there is such a way."""
        if self.way not in WAYS:
            raise ValueError(f"The way is {self.way!r}; it can be {', '.join(WAYS)}.")


@dataclass(frozen=True)
class Pairs:
    """Samples seen by both senses.

    Attributes:
        images: (n, 1, 8, 8), noisy.
        tables: (n, 70).
        labels: (n,) digits.
    """

    images: Float[Tensor, "n 1 8 8"]
    tables: Float[Tensor, "n 70"]
    labels: Int[Tensor, " n"]

    def to(self, device: str) -> "Pairs":
        """The same samples on another device."""
        return Pairs(*(each.to(device) for each in vars(self).values()))


def invent(
    images: Float[Tensor, "n 8 8"], labels: Int[Tensor, " n"], generator: torch.Generator
) -> Pairs:
    """Noise on the image, and a table drawn for its label."""
    count = len(labels)
    # What the columns say of each digit is the same in every run and split.
    meaning = torch.randn(10, TELLING, generator=torch.Generator().manual_seed(5))
    noise = torch.randn(count, TELLING + SILENT, generator=generator)
    noise[:, :TELLING] += 0.4 * meaning[labels]
    blurred = images[:, None] + BLUR * torch.randn(count, 1, 8, 8, generator=generator)
    return Pairs(blurred, noise, labels)


class Fusion(nn.Module):
    """An eye, a reader of tables, and who listens to them."""

    def __init__(self) -> None:
        super().__init__()
        self.eye = nn.Sequential(
            *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(128, 32), nn.ReLU()),
        )
        self.reader = nn.Sequential(
            *(nn.Linear(TELLING + SILENT, 128), nn.ReLU(), nn.Linear(128, 32), nn.ReLU())
        )
        self.from_image, self.from_table = nn.Linear(32, 10), nn.Linear(32, 10)
        self.from_both = nn.Linear(64, 10)

    def forward(self, images: Tensor, tables: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of the image, of the table, and of both together."""
        seen, read = self.eye(images), self.reader(tables)
        both = self.from_both(torch.cat([seen, read], 1))
        return self.from_image(seen), self.from_table(read), both


def answer(config: Config, image: Tensor, table: Tensor, both: Tensor) -> Tensor:
    """The logits that count."""
    match config.way:
        case "image":
            return image
        case "table":
            return table
        case "late":
            return image.log_softmax(1) + config.table_weight * table.log_softmax(1)
        case _:
            return both


def loss_of(config: Config, logits: tuple[Tensor, Tensor, Tensor], labels: Tensor) -> Tensor:
    """What each way of training asks for."""
    image, table, both = (functional.cross_entropy(each, labels) for each in logits)
    match config.way:
        case "image":
            return image
        case "table":
            return table
        case "late":
            return image + table
    return both


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch; `test/accuracy` is of the way chosen, at the end."""
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = splits()
    chosen = torch.randperm(len(data.labels), generator=generator)[:SAMPLES]
    known = invent(data.images[chosen], data.labels[chosen], generator).to(config.device)
    watched = invent(valid.images, valid.labels, generator).to(config.device)
    asked = invent(test.images, test.labels, generator).to(config.device)
    model = Fusion().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(SAMPLES, 32, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total, samples_per_step=32, steps_per_epoch=batches.per_epoch, model=model,
        optimizer=optimizer,
    )  # fmt: skip
    for step in range(1, total + 1):
        batch = batches.draw()
        tables = known.tables[batch]
        if config.way == "dropped":
            shown = torch.rand(len(batch), 1, generator=generator) < 0.5
            tables = tables * shown.to(config.device)
        logits = model(known.images[batch], tables)
        loss = loss_of(config, logits, known.labels[batch])
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        right = accuracy(answer(config, *logits).argmax(1), known.labels[batch])
        now = Reading(step, {"train/loss": loss.detach(), "train/accuracy": right})
        if step % (2 * batches.per_epoch) == 0:
            with torch.no_grad():
                said = answer(config, *model(watched.images, watched.tables)).argmax(1)
            now.scalars["valid/accuracy"] = accuracy(said, watched.labels)
            counts = confusion(said, watched.labels)
            now.pictures["confusion"] = Picture("confusion", counts, "validation", DIGITS)
        if step == total:
            with torch.no_grad():
                said = answer(config, *model(asked.images, asked.tables)).argmax(1)
            now.scalars["test/accuracy"] = accuracy(said, asked.labels)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))

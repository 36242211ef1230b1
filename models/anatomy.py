"""Anatomy of a small convolutional network: what it throws away, and what it cannot.

    pixels   1 x 8x8
    conv1   16 x 8x8   3x3, ReLU                                 160 parameters
    pool1   16 x 4x4   the greatest of each 2x2, or their mean
    conv2   32 x 4x4   3x3, ReLU                               4,640
    pool2   32 x 2x2
    dense      256     ReLU                                   33,024
    scores      10                                             2,570

Pooling throws away three numbers of four; dropout throws away a share of the inputs of both dense
layers, drawn anew for every image in every step. That costs a network nothing that many units say, and
all that only a few of them say together, such as that *this* image is an exception. So it is hard for
it to learn by heart. `wrong` gives it something that should not be learnt: images whose label is
another digit, drawn by lot.

Nothing in it throws away which way up a picture is. `turned` shows it digits at an angle, and
`models/turned.py` asks what it makes of them.

Sources:
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout: a simple way to
    prevent neural networks from overfitting", JMLR 15:1929-1958, 2014
    D. Arpit et al., "A closer look at memorization in deep networks", ICML 2017,
    https://arxiv.org/abs/1706.05394
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data import digits
from models.data.mnist import Split
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate
from models.turned import SIX, aslant, judged, right, round_the_clock, scores, sure, wander

HIDDEN, BATCH = 256, 32
POOLINGS = {"greatest": nn.MaxPool2d, "mean": nn.AvgPool2d}
LOOK = 2
"""Epochs between two looks at what it has learnt."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        pooling: What is kept of 2x2 numbers: the `greatest` or the `mean`.
        dropout: Share of the inputs of each dense layer that is left out at each step.
        wrong: Share of the training images whose label is another digit, drawn by lot.
        turned: The most degrees, to either side, that a training image is turned at random.
        learning_rate: Of Adam, at its greatest: up from 0 in three tenths of the steps, then down. Live.
        epochs: Passes over the 1,097 training images.
    """

    pooling: str = "greatest"
    dropout: float = 0.0
    wrong: float = 0.0
    turned: float = 0.0
    learning_rate: float = 0.003
    epochs: int = 40

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        if self.pooling not in POOLINGS:
            raise ValueError(f"pooling is {self.pooling!r}; it can be {', '.join(POOLINGS)}.")
        for name, most in {"dropout": 0.99, "wrong": 1, "turned": 180}.items():
            if not 0 <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from 0 to {most}.")
        if not 1 <= self.epochs <= 1000:
            raise ValueError(f"epochs is {self.epochs}; it has to be from 1 to 1000.")


def on(device: str, part: digits.Split) -> Split:
    """A split on a device, its images as convolutions want them."""
    return Split(part.images[:, None].to(device), part.labels.to(device))


def network(pooling: str = "greatest", dropout: float = 0.0) -> nn.Sequential:
    """(n, 1, 8, 8) in, (n, 10) scores out: 40,394 parameters."""
    pool = POOLINGS[pooling]
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), pool(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), pool(2), nn.Flatten()),
        *(nn.Dropout(dropout), nn.Linear(128, HIDDEN), nn.ReLU()),
        *(nn.Dropout(dropout), nn.Linear(HIDDEN, 10)),
    )


def belie(
    labels: Int[Tensor, " n"], share: float, generator: torch.Generator
) -> tuple[Int[Tensor, " n"], Bool[Tensor, " n"]]:
    """Labels of which a share, drawn by lot, is one of the nine other digits; and which those are."""
    lies = torch.zeros_like(labels, dtype=torch.bool)
    lies[torch.randperm(len(labels), generator=generator)[: round(share * len(labels))]] = True
    other = torch.randint(1, 10, (len(labels),), generator=generator).to(labels)
    return torch.where(lies, (labels + other) % 10, labels), lies


@torch.no_grad()
def maps(model: nn.Sequential, image: Float[Tensor, "1 8 8"]) -> Picture:
    """What one digit is after each layer: eight maps of conv1, pool1, conv2 and pool2, a row each."""
    rows, x = [], image[None]
    for layer, after in pairwise(model):
        x = layer(x)
        if isinstance(layer, nn.ReLU) or isinstance(after, nn.Conv2d | nn.Flatten):
            large = functional.interpolate(x[:, :8], size=(8, 8))[0]
            rows.append(large / large.amax().clamp(min=1e-6))
        if isinstance(after, nn.Flatten):
            break
    return Picture("image_grid", torch.stack(rows), "one digit after conv1, pool1, conv2, pool2")


def watched(
    model: nn.Module, data: Split, told: Tensor, lies: Tensor, valid: Split
) -> dict[str, float | Tensor]:
    """What it says of the images that it learns from, as told and as they are, and of new ones."""
    answers = scores(model, data.images).argmax(1)
    found: dict[str, float | Tensor] = {"train/as told": accuracy(answers, told)}
    if lies.any():
        found["lies/repeated"] = accuracy(answers[lies], told[lies])
        found["lies/seen through"] = accuracy(answers[lies], data.labels[lies])
    found["valid/upright"] = right(model, valid)
    found["valid/aslant"] = aslant(model, valid, 45)
    found["valid/sure of lying 6"] = sure(model, valid, SIX, 90)
    return found


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch in a new random order, a step for each mini-batch of 32.

    After every second epoch, by the network at rest: `train/as told`, the share of training labels that
    it repeats, right or wrong; `lies/repeated` and `lies/seen through`, the share of the wrongly
    labelled images that it calls as it was told and as they are; `valid/upright` and `valid/aslant`,
    the share of held-out digits that it reads as they stand and turned by 45 degrees to either side;
    `valid/sure of lying 6`, how sure it is of what it calls a 6 that lies on its side. At the end
    `test/upright`, `test/aslant`, `test/sure of lying 6`, and what sixes are called that lie on their
    side or stand on their head: `test/lying 6 called 6`, `test/lying 6 called 4`,
    `test/6 on its head called 9`.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (on(config.device, part) for part in digits.splits())
    told, lies = belie(data.labels, config.wrong, generator)
    model = network(config.pooling, config.dropout).to(config.device)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, config.device)
    per_epoch = -(-len(told) // BATCH)
    total, step = config.epochs * per_epoch, 0
    yield Start(
        total_steps=total, samples_per_step=BATCH, steps_per_epoch=per_epoch, model=model,
        optimizer=optimizer, example=data.images[:BATCH],
    )  # fmt: skip
    while step < total:
        for batch in fast.batches(len(told), BATCH, generator, config.device):
            set_rate(optimizer, config.learning_rate * fast.one_cycle((step + 0.5) / total))
            step += 1
            images = wander(data.images[batch], config.turned, generator)
            loss = functional.cross_entropy(model(images), told[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % (LOOK * per_epoch) == 0 or step == total:
                now.scalars.update(watched(model, data, told, lies, valid))
            if step % (10 * per_epoch) == 0 or step == total:
                now.pictures["a six, turned"] = round_the_clock(model, valid)
                now.pictures["maps"] = maps(model, valid.images[0])
            if step == total:
                now.scalars.update(judged(model, test))
            yield now


if __name__ == "__main__":
    run_alone(train(Config(dropout=0.5, wrong=0.5)), every=350)

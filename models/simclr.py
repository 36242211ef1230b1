"""SimCLR: learn to see from images without labels, by telling which two are the same one twice.

Each image is distorted in two ways. The network has to find, for every view, the other view of its image
among all the views of the batch: a classification with 2n - 2 wrong answers that needs no label.

    loss = -log  exp(sim(z_i, z_j) / t) / sum over k != i of exp(sim(z_i, z_k) / t)     (NT-Xent)

What helps to find it is what distortion does not change, and that is what digits are. A linear probe then
shows what was learned: a few labels per class, on features that nobody tells anything any more. The
fair comparison is not with pixels alone but with a network of the same shape that learned nothing.

Sources:
    T. Chen, S. Kornblith, M. Norouzi and G. Hinton, "A simple framework for contrastive learning of
    visual representations", ICML 2020, https://arxiv.org/abs/2002.05709
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import Split, splits
from models.distort import distort
from models.projection import principal
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

Features = Callable[[Float[Tensor, "n 1 8 8"]], Float[Tensor, "n d"]]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        augment: Whether the two views differ; without it there is nothing to learn.
        temperature: How much the nearest of the wrong answers count more than the others. Live.
        labels: Labelled images of each class that the probe is given.
        batch_size: Images a step; each has its own twin and everybody else's to be told from.
        learning_rate: Adam's. Live.
        epochs: Passes over the 1,097 training images.
    """

    augment: bool = True
    temperature: float = 0.2
    labels: int = 10
    batch_size: int = 128
    learning_rate: float = 2e-3
    epochs: int = 40

    def check(self) -> None:
        """Raise ValueError unless there is somebody to be told from."""
        if self.batch_size < 2:
            raise ValueError(f"The batch size is {self.batch_size}; it has to be at least 2.")


def body() -> nn.Sequential:
    """(n, 1, 8, 8) images to (n, 256) features."""
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
    )


def head() -> nn.Sequential:
    """(n, 256) features to (n, 32) where views are compared; thrown away afterwards."""
    return nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 32))


def nt_xent(
    first: Float[Tensor, "n d"], second: Float[Tensor, "n d"], temperature: float
) -> Float[Tensor, ""]:
    """The loss of the docstring, over both views of every image; lengths do not matter."""
    views = functional.normalize(torch.cat([first, second]), dim=1)
    count = len(first)
    alike = views @ views.T / temperature
    # Nobody is asked to tell itself from itself.
    alike = alike.masked_fill(torch.eye(2 * count, dtype=torch.bool, device=alike.device), -1e9)
    partner = torch.arange(2 * count, device=alike.device).roll(count)
    return functional.cross_entropy(alike, partner)


def labelled(labels: Int[Tensor, " n"], each: int, generator: torch.Generator) -> Int[Tensor, " k"]:
    """The rows of so many random images of every class."""
    order = torch.randperm(len(labels), generator=generator)
    shuffled = labels.cpu()[order]
    return torch.cat([order[(shuffled == digit).nonzero()[:each, 0]] for digit in range(10)])


def probe(features: Features, data: Split, test: Split, rows: Int[Tensor, " k"]) -> float:
    """The test accuracy of a softmax regression on features of the labelled rows.

    It is trained to its optimum (L-BFGS) with a little weight decay, features to deviation 1.
    """
    with torch.no_grad():
        known, asked = features(data.images[rows][:, None]), features(test.images[:, None])
        scale = known.std(0) + 1e-6
        known, asked = known / scale, asked / scale
    layer = nn.Linear(known.shape[1], 10).to(known.device)
    nn.init.zeros_(layer.weight)
    targets = data.labels[rows]
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        decay = layer.weight.square().sum() / (2 * len(rows))
        loss = functional.cross_entropy(layer(known), targets) + decay
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(closure)
    with torch.no_grad():
        return float((layer(asked).argmax(1) == test.labels).float().mean())


def picture(features: Features, part: Split) -> Picture:
    """Where the images lie among the features, seen from the widest side."""
    with torch.no_grad():
        flat = principal(features(part.images[:200][:, None]), 2)
    dots = torch.column_stack([flat, part.labels[:200].float()])
    return Picture("scatter", dots, "200 images by their features; no label was told",
                   tuple("0123456789"))  # fmt: skip


def compare(
    learned: Features, untrained: Features, data: Split, test: Split, config: Config
) -> dict[str, float | Tensor]:
    """The probe on what was learned, on a network that learned nothing, and on bare pixels."""
    generator = torch.Generator().manual_seed(config.seed)
    rows = labelled(data.labels, config.labels, generator).to(data.labels.device)
    return {
        "test/probe": probe(learned, data, test, rows),
        "test/untrained": probe(untrained, data, test, rows),
        "test/pixels": probe(lambda images: images.flatten(1), data, test, rows),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch on pairs of views; labels come in at the end, for the probes."""
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    eye, compared = body().to(config.device), head().to(config.device)
    untrained = deepcopy(eye)
    model = nn.Sequential(eye, compared)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    images = data.images[:, None]
    batches = Shuffle(len(images), config.batch_size, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=batches.per_epoch,
        model=model, optimizer=optimizer, example=images[: config.batch_size],
    )  # fmt: skip
    for step in range(1, total + 1):
        batch = images[batches.draw()]
        one, two = (distort(batch, generator) if config.augment else batch for _ in range(2))
        loss = nt_xent(model(one), model(two), config.temperature)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % (2 * batches.per_epoch) == 0:
            views = torch.stack([one[:6, 0], two[:6, 0]])
            now.pictures["views"] = Picture("image_grid", views, "two views of each image")
            now.pictures["map"] = picture(eye, valid)
        if step == total:
            now.scalars.update(compare(eye, untrained, data, test, config))
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))

"""Adversarial examples: a change that nobody sees, in the one direction that matters.

The gradient of the loss by the pixels says how to change each of them so that the network gets worse. FGSM
makes one step of eps in every pixel by its sign; PGD makes many small ones and comes back to within eps after
each. Random changes of the same size do next to nothing: it is not the size, it is the direction.
Adversarial training shows the network its own worst images while it learns; it costs time and some
accuracy, and it holds only against what it was trained for.

Sources:
    I. Goodfellow, J. Shlens and C. Szegedy, "Explaining and harnessing adversarial examples", ICLR
    2015, https://arxiv.org/abs/1412.6572
    A. Madry et al., "Towards deep learning models resistant to adversarial attacks", ICLR 2018,
    https://arxiv.org/abs/1706.06083
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import splits
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

SIZES = (0.05, 0.1, 0.15, 0.2)
"""Attacks at the end, in shares of the way from paper to ink."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        defend: Size of the attacks that it is trained against; 0 trains on clean images.
        learning_rate: Adam's. Live.
        epochs: Passes over the training images.
    """

    defend: float = 0.0
    learning_rate: float = 3e-3
    epochs: int = 20


def network() -> nn.Sequential:
    """(n, 1, 8, 8) to (n, 10) logits; 6,090 parameters."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(128, 10)),
    )


def slope(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The gradient of the loss by the pixels; the model keeps no trace of it."""
    asked = images.detach().requires_grad_()
    with torch.enable_grad():
        loss = functional.cross_entropy(model(asked), labels)
        (gradient,) = torch.autograd.grad(loss, asked)
    return gradient


def fgsm(
    model: nn.Module, images: Float[Tensor, "n c h w"], labels: Int[Tensor, " n"], size: float
) -> Float[Tensor, "n c h w"]:
    """Images one step of the gradient's sign away, within [0, 1]."""
    return (images + size * slope(model, images, labels).sign()).clamp(0, 1)


def pgd(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: Int[Tensor, " n"],
    size: float,
    steps: int = 20,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "n c h w"]:
    """Images many small steps away, none farther than `size` in any pixel; from a random start."""
    start = size * (2 * torch.rand(images.shape, generator=generator) - 1)
    attacked = (images + start.to(images.device)).clamp(0, 1)
    for _ in range(steps):
        attacked = attacked + 2.5 * size / steps * slope(model, attacked, labels).sign()
        attacked = (images + (attacked - images).clamp(-size, size)).clamp(0, 1)
    return attacked


def at_random(
    images: Float[Tensor, "n c h w"], size: float, generator: torch.Generator
) -> Float[Tensor, "n c h w"]:
    """Every pixel up or down by `size`, by a coin: as large as an attack, and aimed at nothing."""
    signs = 2 * torch.randint(2, images.shape, generator=generator) - 1
    return (images + size * signs.to(images.device)).clamp(0, 1)


@torch.no_grad()
def right(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The accuracy."""
    return accuracy(model(images).argmax(1), labels)


@torch.no_grad()
def before_and_after(model: nn.Module, images: Tensor, labels: Tensor, size: float) -> Picture:
    """Images, what was added, and what they are taken for then."""
    attacked = fgsm(model, images, labels, size)
    change = (attacked - images) / (2 * size) + 0.5
    grid = torch.cat([images, change, attacked], 1).transpose(0, 1)
    names = [
        *(f"{label}" for label in model(images).argmax(1).tolist()),
        *("" for _ in images),
        *(f"{label}" for label in model(attacked).argmax(1).tolist()),
    ]
    caption = f"images, the change at eps = {size:g} (grey is none), and what they become"
    return Picture("image_grid", grid, caption, tuple(names))


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch, on clean images or on attacked ones.

    `test/clean` is the accuracy on clean test images, `test/FGSM 0.15` and the like on attacked
    ones, `test/random 0.2` on images with random changes.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    images = data.images[:, None]
    model = network().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(len(images), 32, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total, samples_per_step=32, steps_per_epoch=batches.per_epoch, model=model,
        optimizer=optimizer, example=images[:32],
    )  # fmt: skip
    for step in range(1, total + 1):
        batch = batches.draw()
        shown, labels = images[batch], data.labels[batch]
        if config.defend:
            shown = pgd(model, shown, labels, config.defend, 3, generator)
        loss = functional.cross_entropy(model(shown), labels)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % batches.per_epoch == 0:
            watched = valid.images[:, None]
            now.scalars["valid/clean"] = right(model, watched, valid.labels)
            attacked = fgsm(model, watched, valid.labels, 0.15)
            now.scalars["valid/FGSM 0.15"] = right(model, attacked, valid.labels)
            now.pictures["attack"] = before_and_after(model, watched[:6], valid.labels[:6], 0.15)
        if step == total:
            now.scalars.update(judge(model, test.images[:, None], test.labels, generator))
        yield now


def judge(
    model: nn.Module, images: Tensor, labels: Tensor, generator: torch.Generator
) -> dict[str, float | Tensor]:
    """The accuracy under attacks of every size, and under changes at random."""
    found: dict[str, float | Tensor] = {"test/clean": right(model, images, labels)}
    for size in SIZES:
        attacks = fgsm(model, images, labels, size), pgd(model, images, labels, size, 20, generator)
        for name, attacked in zip(("FGSM", "PGD"), attacks, strict=True):
            found[f"test/{name} {size:g}"] = right(model, attacked, labels)
    found["test/random 0.2"] = right(model, at_random(images, 0.2, generator), labels)
    return found


if __name__ == "__main__":
    run_alone(train(Config()), every=140)

"""A restricted Boltzmann machine: two layers that explain each other, without a label or a loss.

Pixels and hidden units are joined by symmetric weights; a state has an energy, and low energy is
likely:

    E(v, h) = -v.a - h.b - v.W.h        P(v, h) ~ exp(-E)

Given the pixels the hidden units are independent of one another, and the other way round, so one can
go up and down between them. Learning lowers the energy of what is seen and raises that of what the
machine dreams. Contrastive divergence does not wait for the dream: one step down and up from an image is
enough (CD-1).

Sources:
    P. Smolensky, "Information processing in dynamical systems: foundations of harmony theory", in
    "Parallel distributed processing", MIT Press, 1986
    G. E. Hinton, "Training products of experts by minimizing contrastive divergence", Neural
    Computation 14(8):1771-1800, 2002, https://doi.org/10.1162/089976602760128018
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from models import reading
from models.data.digits import splits
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle

MOMENTUM, DECAY = 0.5, 2e-4


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        hidden: Hidden units.
        learning_rate: Of CD-1. Live.
        epochs: Passes over the 1,097 training images.
        batch_size: Images a step.
    """

    hidden: int = 128
    learning_rate: float = 0.1
    epochs: int = 40
    batch_size: int = 32


class RBM:
    """A machine and what its learning remembers.

    Attributes:
        weights: (visible, hidden), small at the start.
        visible: (visible,) biases of the pixels.
        hidden: (hidden,) biases of the hidden units.
    """

    def __init__(self, visible: int, hidden: int, generator: torch.Generator, device: str) -> None:
        self.generator = generator
        self.weights = 0.05 * torch.randn(visible, hidden, generator=generator).to(device)
        self.visible = torch.zeros(visible, device=device)
        self.hidden = torch.zeros(hidden, device=device)
        self._moving = torch.zeros_like(self.weights)

    def up(self, seen: Float[Tensor, "n visible"]) -> Float[Tensor, "n hidden"]:
        """The probability of each hidden unit, given the pixels."""
        return (seen @ self.weights + self.hidden).sigmoid()

    def down(self, units: Float[Tensor, "n hidden"]) -> Float[Tensor, "n visible"]:
        """The probability of each pixel, given the hidden units."""
        return (units @ self.weights.T + self.visible).sigmoid()

    def sample(self, chances: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """1 with each probability, else 0."""
        drawn = torch.rand(chances.shape, generator=self.generator).to(chances.device)
        return (drawn < chances).float()

    def free_energy(self, seen: Float[Tensor, "n visible"]) -> Float[Tensor, " n"]:
        """Minus the logarithm of an image's unnormalised probability, hidden units summed out."""
        inside = torch.nn.functional.softplus(seen @ self.weights + self.hidden)
        return -(seen @ self.visible) - inside.sum(1)

    def dream(self, seen: Float[Tensor, "n visible"], turns: int) -> Float[Tensor, "n visible"]:
        """Where so many turns of up and down lead from an image (Gibbs sampling)."""
        for _ in range(turns):
            seen = self.sample(self.down(self.sample(self.up(seen))))
        return seen

    def learn(self, seen: Float[Tensor, "n visible"], learning_rate: float) -> Float[Tensor, ""]:
        """One step of CD-1; returns the mean squared error of going up and down."""
        units = self.up(seen)
        again = self.down(self.sample(units))
        dreamt = self.up(again)
        change = (seen.T @ units - again.T @ dreamt) / len(seen) - DECAY * self.weights
        self._moving = MOMENTUM * self._moving + learning_rate * change
        self.weights = self.weights + self._moving
        self.visible = self.visible + learning_rate * (seen - again).mean(0)
        self.hidden = self.hidden + learning_rate * (units - dreamt).mean(0)
        return (seen - again).square().mean()


def pictures(machine: RBM, images: Float[Tensor, "n 64"]) -> dict[str, Picture]:
    """What the hidden units look for, and images with what the machine makes of them."""
    filters = machine.weights.T[:32].reshape(2, 16, 8, 8)
    low, high = filters.min(), filters.max()
    copies = machine.down(machine.up(images[:8]))
    grid = torch.stack([images[:8], copies]).reshape(2, 8, 8, 8)
    return {
        "filters": Picture("image_grid", (filters - low) / (high - low), "weights of 32 units"),
        "copies": Picture("image_grid", grid, "images, and below them once up and down"),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch of CD-1.

    `train/error` is the reconstruction's mean squared error, which learning does not lower on
    purpose; `test/error` is that of test images by probabilities, `test/mean image error` that of
    always saying the mean image.
    """
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.images.flatten(1).to(config.device) for part in splits())
    machine = RBM(64, config.hidden, generator, config.device)
    batches = Shuffle(len(data), config.batch_size, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=batches.per_epoch
    )
    for step in range(1, total + 1):
        error = machine.learn(data[batches.draw()], config.learning_rate)
        now = Reading(step, {"train/error": error})
        if step % batches.per_epoch == 0:
            gap = machine.free_energy(valid).mean() - machine.free_energy(data[: len(valid)]).mean()
            now.scalars["valid/energy gap"] = gap
        if step % (2 * batches.per_epoch) == 0:
            now.pictures.update(pictures(machine, valid))
        if step == total:
            copies = machine.down(machine.up(test))
            now.scalars["test/error"] = (copies - test).square().mean()
            now.scalars["test/mean image error"] = (data.mean(0) - test).square().mean()
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=280)

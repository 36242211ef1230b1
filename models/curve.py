"""A curve that no line can follow, and the network that can: 1, 200, 100, 50, 1.

The second half of the course's first hands-on: a polynomial of the seventh degree between -10 and 10,
whose values reach from ninety thousand to minus a hundred and ten thousand. A network with three
hidden layers follows it after a few seconds, if its targets were brought to a deviation of 1 before. Take
away the activations, and 25,601 weights are a straight line.

Source:
    V. Rodriguez-Fernandez and A. Martín, "Deep learning 101 with PyTorch and fastai", notebook of
    "A walk with deep learning", 2021, https://github.com/stardust-r/walk-with-deep-learning
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

TRAINING, HELD_OUT, TEST = 1000, 200, 1000
"""Points of the three sets; the notebook has the first two."""
WIDTHS = (200, 100, 50)
ACTIVATIONS = {"ReLU": nn.ReLU, "tanh": nn.Tanh, "none": nn.Identity}
OPTIMISERS = {"Adam": torch.optim.Adam, "SGD": torch.optim.SGD}


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        network: `MLP` (three hidden layers) or `line`.
        activation: Between the layers: `ReLU`, `tanh` or `none`.
        scale_y: Whether the targets are brought to mean 0 and deviation 1.
        scale_x: Whether the inputs are.
        optimiser: `Adam` or `SGD`.
        learning_rate: Size of a step. Live.
        batch_size: Points of a step.
        epochs: Passes over the training points.
        pause: Seconds to wait after each epoch. Live.
    """

    network: str = "MLP"
    activation: str = "ReLU"
    scale_y: bool = True
    scale_x: bool = False
    optimiser: str = "Adam"
    learning_rate: float = 1e-3
    batch_size: int = 64
    epochs: int = 10
    pause: float = 0.0

    def check(self) -> None:
        """Raise ValueError unless every name is known and a batch holds something."""
        for name, known in (
            (self.activation, ACTIVATIONS),
            (self.optimiser, OPTIMISERS),
            (self.network, ("MLP", "line")),
        ):
            if name not in known:
                raise ValueError(f"{name!r} is not known; it can be {', '.join(known)}.")
        if self.batch_size < 1:
            raise ValueError("There has to be at least one point in a batch.")


def curve(x: Float[Tensor, "n 1"]) -> Float[Tensor, "n 1"]:
    """The polynomial of the notebook, without its noise."""
    return -(x**7) / 100 - x**4 - 2 * x**2 - 4 * x + 1


def points(
    count: int, generator: torch.Generator, device: str = "cpu"
) -> tuple[Float[Tensor, "n 1"], Float[Tensor, "n 1"]]:
    """Points of the curve, x uniform in [-10, 10], with noise of a deviation of 0.1."""
    x = torch.rand(count, 1, generator=generator) * 20 - 10
    y = curve(x) + 0.1 * torch.randn(count, 1, generator=generator)
    return x.to(device), y.to(device)


def architecture(config: Config) -> nn.Sequential:
    """The network: (n, 1) to (n, 1)."""
    if config.network == "line":
        return nn.Sequential(nn.Linear(1, 1))
    layers: list[nn.Module] = []
    for width, following in zip((1, *WIDTHS), WIDTHS, strict=False):
        layers += [nn.Linear(width, following), ACTIVATIONS[config.activation]()]
    return nn.Sequential(*layers, nn.Linear(WIDTHS[-1], 1))


class Scale:
    """A shift and a factor, measured on the training points and used on all."""

    def __init__(self, train: Float[Tensor, "n 1"], wanted: bool) -> None:
        self.mean = train.mean() if wanted else torch.zeros(())
        self.deviation = train.std() if wanted else torch.ones(())

    def __call__(self, values: Float[Tensor, "n 1"]) -> Float[Tensor, "n 1"]:
        """The values on the new scale."""
        return (values - self.mean) / self.deviation


@torch.no_grad()
def scene(model: nn.Module, scale_x: Scale, scale_y: Scale, spread: Scale) -> Picture:
    """The curve, and what the network makes of it, in deviations of the training targets."""
    x = torch.linspace(-10, 10, 80, device=next(model.parameters()).device)[:, None]
    answers = model(scale_x(x)) * scale_y.deviation + scale_y.mean
    shown = [
        torch.cat([x, spread(values), torch.full_like(x, float(kind))], 1)
        for kind, values in enumerate((curve(x), answers))
    ]
    return Picture("scatter", torch.cat(shown), "the curve, and the answers", ("curve", "answer"))


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch; a reading a step.

    After each epoch `valid/mse` and at the end `test/mse`, always in squared deviations of the
    training targets, so that runs with and without scaling can be compared; `train/loss` is what the
    network was charged, on its own scale.

    Raises:
        ValueError: A name is not known, or the batch size is below 1.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    sets = [points(count, generator, config.device) for count in (TRAINING, HELD_OUT, TEST)]
    (x, y), held_out, test = sets
    scale_x, scale_y, spread = Scale(x, config.scale_x), Scale(y, config.scale_y), Scale(y, True)
    model = architecture(config).to(config.device)
    optimizer = OPTIMISERS[config.optimiser](model.parameters(), config.learning_rate)
    per_epoch = -(-len(x) // config.batch_size)
    total = config.epochs * per_epoch
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=per_epoch,
        model=model, optimizer=optimizer, example=scale_x(x[: config.batch_size]),
    )  # fmt: skip

    @torch.no_grad()
    def mse(data: tuple[Tensor, Tensor]) -> Tensor:
        answers = model(scale_x(data[0]))
        return (
            functional.mse_loss(answers, scale_y(data[1]))
            * (scale_y.deviation / spread.deviation) ** 2
        )

    step = 0
    for _ in range(config.epochs):
        set_rate(optimizer, config.learning_rate)
        for batch in torch.randperm(len(x), generator=generator).split(config.batch_size):
            step += 1
            loss = functional.mse_loss(model(scale_x(x[batch])), scale_y(y[batch]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % per_epoch == 0:
                now.scalars["valid/mse"] = mse(held_out)
                now.pictures["curve"] = scene(model, scale_x, scale_y, spread)
                time.sleep(config.pause)
            if step == total:
                now.scalars["test/mse"] = mse(test)
            yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=16)

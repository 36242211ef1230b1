"""How deep a signal goes: ten hidden layers, and what their first weights and batch norm decide.

Forwards, each layer multiplies how far two images are apart; backwards, each multiplies the
gradient. A factor a little below 1 at each of ten layers leaves nothing for the first one to learn
from. There are two ways to make the factor 1:

    init         draw the weights with the variance that keeps it: 1/n for tanh (Xavier), 2/n for
                 ReLU, which lets half through (He). torch's own default, 1/(3n), keeps neither.
    batch norm   measure mean and variance of each unit over the mini-batch, take them out, and
                 learn a scale and a shift instead: units start at 0 and 1 with any weights.

`BatchNorm` is written out below. For a single image there is no mini-batch: a network at rest uses
running means of what it saw in training. So a last mini-batch of a few images is dangerous, for its
statistics count as much as any other's: it is left out.

`gradient/ratio` is the length of the first hidden layer's gradient over that of the last one's.

Sources:
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, https://proceedings.mlr.press/v9/glorot10a.html
    K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015,
    https://arxiv.org/abs/1502.01852
    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", ICML 2015, https://arxiv.org/abs/1502.03167
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data.digits import Split, splits
from models.mlp import accuracy, predict
from models.reading import Picture, Reading, Start, run_alone

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}

INITS = ("default", "xavier", "he")

GREY = 0.3
"""About the mean pixel, taken off every pixel."""

UNITS = 64


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        layers: Hidden layers of 64 units.
        activation: `sigmoid`, `tanh` or `relu`.
        init: `default` (torch's own), `xavier` or `he`.
        batch_norm: Whether it stands between each hidden layer and its activation.
        optimiser: `sgd`, `momentum` (0.9) or `adam`.
        learning_rate: Size of a step. Live.
        batch_size: Images in a step; an epoch's last few are left out.
        epochs: Passes over the 1,097 training images.
        pause: Seconds to wait in the course of each epoch, so that an eye can follow. Live.
    """

    layers: int = 10
    activation: str = "relu"
    init: str = "default"
    batch_norm: bool = False
    optimiser: str = "sgd"
    learning_rate: float = 0.03
    batch_size: int = 32
    epochs: int = 20
    pause: float = 0.0

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        choices = {
            "activation": tuple(ACTIVATIONS),
            "init": INITS,
            "optimiser": fast.OPTIMISERS,
        }
        for name, known in choices.items():
            if (given := getattr(self, name)) not in known:
                raise ValueError(f"The {name} is {given!r}; it can be {', '.join(known)}.")
        for name, (least, most) in {"layers": (1, 100), "batch_size": (2, 1097)}.items():
            if not least <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from {least} to {most}.")


class BatchNorm(nn.Module):
    """Each unit with mean 0 and variance 1 over the mini-batch, then scaled and shifted.

    Args:
        units: How many there are.
        momentum: How far the running statistics go towards each mini-batch's.
        least: Added to the variance, so that a unit that never changes is not divided by 0.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, units: int, momentum: float = 0.1, least: float = 1e-5) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(units))
        self.shift = nn.Parameter(torch.zeros(units))
        self.register_buffer("running_mean", torch.zeros(units))
        self.register_buffer("running_variance", torch.ones(units))
        self.momentum, self.least = momentum, least

    def forward(self, x: Float[Tensor, "batch units"]) -> Float[Tensor, "batch units"]:
        """In training by the mini-batch's statistics, at rest by the running ones."""
        if self.training:
            mean, variance = x.mean(0), x.var(0, correction=0)
            with torch.no_grad():
                # Of what all images would show, the variance among n of them shows (n - 1) / n.
                unbiased = variance * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_variance.lerp_(unbiased, self.momentum)
        else:
            mean, variance = self.running_mean, self.running_variance
        return (x - mean) / (variance + self.least).sqrt() * self.scale + self.shift


def network(config: Config) -> nn.Sequential:
    """The network: (images, 8, 8) in, (images, 10) logits out."""
    layers: list[nn.Module] = [nn.Flatten()]
    for _ in range(config.layers):
        layers.append(nn.Linear(UNITS, UNITS))
        layers += [BatchNorm(UNITS)] if config.batch_norm else []
        layers.append(ACTIVATIONS[config.activation]())
    model = nn.Sequential(*layers, nn.Linear(UNITS, 10))
    if config.init != "default":
        variance = 1 / UNITS if config.init == "xavier" else 2 / UNITS
        for layer in model:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=variance**0.5)
                nn.init.zeros_(layer.bias)
    return model


def lengths(model: nn.Sequential) -> Tensor:
    """The length of the gradient of each hidden layer's weights, first to last."""
    *hidden, _ = (layer for layer in model if isinstance(layer, nn.Linear))
    return torch.stack([layer.weight.grad.norm() for layer in hidden])


def score(model: nn.Module, split: Split) -> Tensor:
    """The share of a split that the network, at rest, calls rightly."""
    model.eval()
    share = accuracy(predict(model, split.images), split.labels)
    model.train()
    return share


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch in a new random order, a step for each full mini-batch.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    device, generator = config.device, torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    data, valid, test = (
        Split(part.images.to(device) - GREY, part.labels.to(device)) for part in splits()
    )
    model = network(config).to(device)
    optimizer = fast.optimiser(config.optimiser, model.parameters(), config.learning_rate, device)
    per_epoch = len(data.labels) // config.batch_size
    total, step = config.epochs * per_epoch, 0
    yield Start(
        total_steps=total,
        samples_per_step=config.batch_size,
        steps_per_epoch=per_epoch,
        model=model,
        optimizer=optimizer,
        example=data.images[: config.batch_size],
    )
    while step < total:
        order = fast.batches(len(data.labels), config.batch_size, generator, device)
        for batch in list(order)[:per_epoch]:
            step += 1
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate
            loss = functional.cross_entropy(model(data.images[batch]), data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            gradients = lengths(model)
            optimizer.step()
            ratio = gradients[0] / gradients[-1].clamp_min(1e-30)
            now = Reading(step, {"train/loss": loss.detach(), "gradient/ratio": ratio})
            if step % per_epoch == 0 or step == 1:
                now.scalars["valid/accuracy"] = score(model, valid)
                caption = "log10 of each hidden layer's gradient, first to last"
                line = gradients.clamp_min(1e-30).log10()[None]
                now.pictures["gradient"] = Picture("lines", line, caption, labels=("gradient",))
            if step == total:
                now.scalars["test/accuracy"] = score(model, test)
            yield now
            time.sleep(config.pause / per_epoch)


if __name__ == "__main__":
    run_alone(train(Config(init="he")))

"""An unknown kernel: nine numbers, to be found from pictures before and after.

Somebody lets a window of 3x3 weights slide over pictures and hands out pairs: the picture, and what
came out. A convolutional layer with weights of its own is trained on the pairs until it does the
same. It is linear in its weights, so the loss is a bowl, and least squares could say at once what
gradient descent comes to; what there is to learn is what the pairs *tell*.

    noise      every pixel drawn anew: nothing hides
    stripes    each row as the one above it: only the sum of a column of weights comes through
    digits     handwritten: pixels beside each other are much alike, and that makes it slow
    dot        one bright pixel in the middle: the answer is the kernel itself, turned by half a turn

A dense layer (`layer="dense"`) can say the same as any convolution. It has a weight for each pixel of
the picture and each of the answer, and no reason to think that they have anything to do with each
other.

Libraries do not turn the kernel round, as the convolution of mathematics does: what they call by its
name is a cross-correlation, and so it is here. `turned` hands out pairs made the other way.

Source:
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016,
    https://arxiv.org/abs/1603.07285
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import splits
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

SIDE = 8
"""Height and width of the pictures."""

KERNELS = {
    "cross": ((1, 0, 1), (0, 1, 0), (1, 0, 1)),
    "edge": ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
    "corner": ((2, 1, 0), (1, 0, 0), (0, 0, -1)),
}
"""The kernels to find; the first is the one of the slides."""

HELD_OUT = 200
"""Pictures of noise that a layer is held against: it has seen none of them."""

Pictures = Float[Tensor, "n 1 8 8"]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        pictures: `noise`, `stripes`, `digits` or `dot`.
        pairs: How many of them, with what came out.
        kernel: Which one is to be found: `cross`, `edge` or `corner`.
        layer: `convolution`, or `dense`.
        noise: Standard deviation of what is added to each number that came out.
        turned: Whether the kernel was turned by half a turn before it slid.
        learning_rate: Size of a step. Live.
        steps: Steps, each along the mean gradient of up to 16 pairs.
    """

    pictures: str = "stripes"
    pairs: int = 64
    kernel: str = "cross"
    layer: str = "convolution"
    noise: float = 0.0
    turned: bool = False
    learning_rate: float = 0.05
    steps: int = 300

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        choices = {"pictures": tuple(DRAWN), "kernel": tuple(KERNELS), "layer": LAYERS}
        for name, known in choices.items():
            if (given := getattr(self, name)) not in known:
                raise ValueError(f"{name} is {given!r}; it can be {', '.join(known)}.")
        for name, most in {"pairs": 1000, "steps": 100_000}.items():
            if not 1 <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from 1 to {most}.")


# --- pictures and what comes out ------------------------------------------------------------------


def noise(count: int, generator: torch.Generator) -> Pictures:
    """Every pixel drawn anew, around 0 with a deviation of 1."""
    return torch.randn(count, 1, SIDE, SIDE, generator=generator)


def stripes(count: int, generator: torch.Generator) -> Pictures:
    """A row drawn as in `noise`, and the same row all the way down."""
    return torch.randn(count, 1, 1, SIDE, generator=generator).repeat(1, 1, SIDE, 1)


def digits(count: int, generator: torch.Generator) -> Pictures:
    """Handwritten digits out of those to train on, each pixel brought to mean 0 and deviation 1."""
    images = splits()[0].images
    images = (images - images.mean()) / images.std()
    return images[torch.randint(len(images), (count,), generator=generator), None]


def dot(count: int, generator: torch.Generator) -> Pictures:  # as the others
    """One bright pixel in the middle of nothing: always the same picture."""
    pictures = torch.zeros(count, 1, SIDE, SIDE)
    pictures[:, :, SIDE // 2, SIDE // 2] = SIDE
    return pictures


DRAWN: dict[str, Callable[[int, torch.Generator], Pictures]] = {
    "noise": noise,
    "stripes": stripes,
    "digits": digits,
    "dot": dot,
}

LAYERS = ("convolution", "dense")


def kernel(name: str, turned: bool = False) -> Float[Tensor, "1 1 3 3"]:
    """The kernel that slides."""
    weights = torch.tensor(KERNELS[name], dtype=torch.float32)[None, None]
    return weights.flip(2, 3) if turned else weights


def layer(name: str) -> nn.Module:
    """(n, 1, 8, 8) in, (n, 1, 6, 6) out: 9 weights, or 2,304; they begin at 0.

    One linear layer has no symmetry that a random start would have to break.
    """
    inner = SIDE - 2
    model: nn.Module = nn.Conv2d(1, 1, 3, bias=False)
    if name == "dense":
        dense = nn.Linear(SIDE**2, inner**2, bias=False)
        model = nn.Sequential(nn.Flatten(), dense, nn.Unflatten(1, (1, inner, inner)))
    for weights in model.parameters():
        nn.init.zeros_(weights)
    return model


# --- the run ----------------------------------------------------------------------------------


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step towards the nine numbers.

    `train/loss` is the mean square of what is missed, before the step; every tenth step
    `valid/loss`, the same on new pictures of noise, and for a convolution `kernel/off`, how far the
    worst weight is from what it should be. At the end `test/loss`, on yet others.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    device, generator = config.device, torch.Generator().manual_seed(config.seed)
    slid = kernel(config.kernel, config.turned)

    def pairs(drawn: Pictures, noise: float = 0.0) -> tuple[Tensor, Tensor]:
        out = functional.conv2d(drawn, slid)
        out = out + noise * torch.randn(out.shape, generator=generator)
        return drawn.to(device), out.to(device)

    x, y = pairs(DRAWN[config.pictures](config.pairs, generator), config.noise)
    valid, test = (pairs(noise(HELD_OUT, generator)) for _ in range(2))
    model = layer(config.layer).to(device)
    optimizer = torch.optim.SGD(model.parameters(), config.learning_rate)
    size = min(16, config.pairs)
    yield Start(
        total_steps=config.steps, samples_per_step=size, model=model, optimizer=optimizer,
        example=x[:size],
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        set_rate(optimizer, config.learning_rate)
        batch = torch.randperm(config.pairs, generator=generator)[:size].to(device)
        loss = functional.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 10 == 0 or step == config.steps:
            now.scalars["valid/loss"] = missed(model, *valid)
            now.pictures.update(pictures(model, slid, *valid))
            if config.layer == "convolution":
                now.scalars["kernel/off"] = off(model, slid)
        if step == config.steps:
            now.scalars["test/loss"] = missed(model, *test)
        yield now


@torch.no_grad()
def missed(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The mean square of what the layer misses."""
    return functional.mse_loss(model(x), y)


@torch.no_grad()
def off(model: nn.Module, slid: Tensor) -> Tensor:
    """How far the worst of nine weights is from what it should be."""
    return (next(model.parameters()).cpu() - slid).abs().max()


@torch.no_grad()
def pictures(model: nn.Module, slid: Tensor, x: Tensor, y: Tensor) -> dict[str, Picture]:
    """The weights as they stand, and where one new picture is missed."""
    weights = next(model.parameters()).detach().cpu()
    difference = (model(x[:1]) - y[:1])[0, 0].cpu()
    shown = {"missed": Picture("heat_map", difference, "missed on a picture of noise")}
    if weights.shape == slid.shape:
        rows = "; ".join(" ".join(f"{value:.2f}" for value in row) for row in weights[0, 0])
        shown["kernel"] = Picture("heat_map", weights[0, 0], f"weights: {rows}")
    return shown


if __name__ == "__main__":
    run_alone(train(Config(pictures="noise")))

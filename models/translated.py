"""A network written in Keras, said again in PyTorch, and what does not come over by itself.

The lab's notebook lists four layers: 64 windows of 3x3, 32 windows of 3x3, flatten, ten answers. Line by
line that is PyTorch too, and both count the same parameters. Three things differ under the same names:

    the answers    Keras' last layer has a softmax, and its loss takes probabilities; PyTorch's
                   cross-entropy has the softmax inside. With one in the network there are two.
    the pixels     the notebook leaves them from 0 to 255
    the order      Keras keeps channels last and flattens row, column, channel; PyTorch channels first,
                   and flattens channel, row, column. Weights of a dense layer have to be dealt anew.

A softmax of a softmax sees numbers from 0 to 1. Of ten classes the right one gets e / (e + 9) at most,
so the loss never falls below log(e + 9) - 1 = 1.461.

Sources:
    F. Chollet and others, Keras, 2015, https://keras.io
    A. Paszke and others, "PyTorch: an imperative style, high-performance deep learning library",
    NeurIPS 2019, https://arxiv.org/abs/1912.01703
    The notebook: https://github.com/stardust-r/walk-with-deep-learning, nbs/01_Keras_CNN.ipynb, 2021
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data.objects import KINDS, SIDE, TRAIN, Split, splits
from models.mlp import accuracy, confusion
from models.reading import Picture, Reading, Start, run_alone

NETWORKS, PIXELS, ANSWERS = ("lab", "pooled"), ("0 to 255", "0 to 1"), ("softmax", "logits")


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        network: `lab`, the notebook's layers, or `pooled`, three narrower ones with pooling.
        pixels: `0 to 255`, or `0 to 1`.
        answers: What the network hands to PyTorch's cross-entropy: `softmax` or `logits`.
        learning_rate: Of Adam.
        batch_size: Pictures in a step.
        epochs: Passes over the 1,500 training pictures.
    """

    network: str = "lab"
    pixels: str = "0 to 255"
    answers: str = "softmax"
    learning_rate: float = 0.001
    batch_size: int = 32
    epochs: int = 8

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        choices = {"network": NETWORKS, "pixels": PIXELS, "answers": ANSWERS}
        for name, known in choices.items():
            if (given := getattr(self, name)) not in known:
                raise ValueError(f"The {name} is {given!r}; it can be {', '.join(known)}.")
        for name, most in {"batch_size": TRAIN, "epochs": 1000}.items():
            if not 1 <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from 1 to {most}.")


# --- networks ---------------------------------------------------------------------------------


def lab(side: int = 32) -> nn.Sequential:
    """The notebook's layers: (n, 3, side, side) in, (n, 10) logits out; 271,146 parameters at 32."""
    return nn.Sequential(
        *(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Conv2d(64, 32, 3), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * (side - 4) ** 2, 10)),
    )


def pooled(side: int = 32) -> nn.Sequential:
    """Three layers that pad, the first two halved by pooling: (n, 3, side, side) to (n, 10) logits."""
    return nn.Sequential(
        *(nn.Conv2d(3, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 32, 3, padding="same"), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * (side // 4) ** 2, 10)),
    )


# --- weights from Keras -----------------------------------------------------------------------


def kernel_from_keras(kernel: Float[Tensor, "k l c o"]) -> Float[Tensor, "o c k l"]:
    """The weights of a convolution as PyTorch lays them: rows, columns, in, out become out, in, ..."""
    return kernel.permute(3, 2, 0, 1)


def dense_from_keras(
    kernel: Float[Tensor, "i o"], channels: int | None = None
) -> Float[Tensor, "o i"]:
    """The weights of a dense layer, dealt anew where it follows a `Flatten` of maps.

    Args:
        kernel: As Keras keeps it, (in, out).
        channels: Of the maps that were flattened; they are square. None: it follows no `Flatten`.
    """
    if channels is None:
        return kernel.T
    side = round((len(kernel) / channels) ** 0.5)
    return kernel.reshape(side, side, channels, -1).permute(3, 2, 0, 1).flatten(1)


def dense_to_keras(weight: Float[Tensor, "o i"], channels: int) -> Float[Tensor, "i o"]:
    """The way back: as Keras would keep the weights of a dense layer after `Flatten`."""
    side = round((weight.shape[1] / channels) ** 0.5)
    return weight.reshape(-1, channels, side, side).permute(2, 3, 1, 0).flatten(0, 2)


def carried(model: nn.Sequential, dealt: bool) -> nn.Sequential:
    """The same network, its last weights written as Keras does and read again.

    Args:
        model: Ends in a `Flatten` and a dense layer, after maps of 32 channels.
        dealt: Whether the reader knows that Keras flattens in another order.
    """
    copy = deepcopy(model)
    weight = copy[-1].weight
    kept = dense_to_keras(weight.detach(), 32)
    with torch.no_grad():
        weight.copy_(dense_from_keras(kept, 32 if dealt else None))
    return copy


# --- the run ----------------------------------------------------------------------------------


@torch.no_grad()
def score(model: nn.Module, split: Split) -> Tensor:
    """The share of pictures that is called rightly."""
    return accuracy(model(split.images).argmax(1), split.labels)


@torch.no_grad()
def mistakes(model: nn.Module, split: Split) -> Picture:
    """Which kind is taken for which."""
    counts = confusion(model(split.images).argmax(1), split.labels)
    caption = f"validation: {int(counts.trace())} of {len(split.labels)} right"
    return Picture("confusion", counts, caption, labels=KINDS)


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch; `valid/accuracy` after each.

    At the end once `test/accuracy`, and `carried/...`: the same after the last weights have been
    written in Keras' order and read `as they lie`, or `dealt anew`.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    device = config.device
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    scale = 255 if config.pixels == "0 to 255" else 1
    data, valid, test = (Split(part.images * scale, part.labels).to(device) for part in splits())
    model = (lab if config.network == "lab" else pooled)(SIDE).to(device)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, device)
    per_epoch = -(-TRAIN // config.batch_size)
    total, step = config.epochs * per_epoch, 0
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=per_epoch,
        model=model, optimizer=optimizer, example=data.images[: config.batch_size],
    )  # fmt: skip
    while step < total:
        for batch in fast.batches(TRAIN, config.batch_size, generator, device):
            step += 1
            answers = model(data.images[batch])
            if config.answers == "softmax":
                answers = answers.softmax(1)
            loss = functional.cross_entropy(answers, data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % per_epoch == 0:
                now.scalars["valid/accuracy"] = score(model, valid)
                now.pictures["mistakes"] = mistakes(model, valid)
            if step == total:
                now.scalars["test/accuracy"] = score(model, test)
                for dealt, name in ((False, "as they lie"), (True, "dealt anew")):
                    now.scalars[f"carried/{name}"] = score(carried(model, dealt), test)
            yield now


if __name__ == "__main__":
    run_alone(train(Config(pixels="0 to 1", answers="logits")))

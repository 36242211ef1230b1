"""Moved by a pixel: which networks still know a digit that stands somewhere else.

A digit of 8x8 pixels lies in the middle of a canvas of 14x14, and there a network learns it. Then it
is moved by one, two or three pixels. To us it is the same digit. To the network:

    dense     a layer of 64 units that is given 196 numbers; which of them are neighbours it never
              hears
    conv      three layers of 3x3 convolutions; in the end a weight for each feature *at each place*
    global    the same layers; in the end a weight for each feature, wherever it is greatest

A convolution is *equivariant*: what goes in moved comes out moved. To be *invariant*, the answer must
not change at all, and that is for the head to see to. Between the two stands the stride: after a
pooling that goes on by 2, a move by 2 is a move by 1, and a move by 1 is none that the grid knows.

`taught` moves each training image at random instead, anew every time, and `shuffled` deals the 64
pixels of every digit anew, always in the same way, before it is laid on its canvas.

The canvas is closed: a window that reaches over its edge sees the other side. So the edge is no place
to know one's way by, and what is said here of moves holds exactly.

Sources:
    W. Zhang, "Shift-invariant pattern recognition neural network and its optical architecture", Annual
    Conference of the Japan Society of Applied Physics, 1988
    R. Zhang, "Making convolutional networks shift-invariant again", ICML 2019,
    https://arxiv.org/abs/1904.11486
    A. Azulay and Y. Weiss, "Why do deep convolutional networks generalize so poorly to small image
    transformations?", JMLR 20, 2019, https://arxiv.org/abs/1805.12177
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data.digits import splits
from models.data.mnist import Split
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone

CANVAS, ROOM = 14, 3
"""Side of the canvas, and empty pixels around a digit that lies in the middle."""

WAYS = ((0, 1), (0, -1), (1, 0), (-1, 0))
"""Right, left, down and up."""

LOOKS = 8
"""How often, about, the moved digits are tried in a run: 13 images for each one that is held out."""

NETWORKS, PIXELS = ("dense", "conv", "global"), ("in place", "shuffled")

Images = Float[Tensor, "n 1 14 14"]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        network: `dense`, `conv` or `global`.
        stride: How far the pooling window of the two convolutional ones goes on: 1 or 2.
        taught: The most pixels, across and down, that a training image is moved at random.
        images: How many digits there are to learn from, drawn by the seed.
        pixels: `in place`, or `shuffled`: all images in the same way, before anything sees them.
        learning_rate: Of Adam, at its greatest: up from 0 in three tenths of the steps, then down.
        batch_size: Images in a step.
        epochs: Passes over the training images.
    """

    network: str = "conv"
    stride: int = 2
    taught: int = 0
    images: int = 1097
    pixels: str = "in place"
    learning_rate: float = 0.01
    batch_size: int = 32
    epochs: int = 24

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        choices = {"network": NETWORKS, "pixels": PIXELS, "stride": (1, 2)}
        for name, known in choices.items():
            if (given := getattr(self, name)) not in known:
                raise ValueError(
                    f"The {name} is {given!r}; it can be {', '.join(map(str, known))}."
                )
        ranges = {"taught": (0, ROOM), "images": (1, 1097), "batch_size": (1, 1097)}
        ranges["epochs"] = (1, 1000)
        for name, (least, most) in ranges.items():
            if not least <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from {least} to {most}.")


# --- images -----------------------------------------------------------------------------------


def centred(images: Float[Tensor, "n 8 8"]) -> Images:
    """Each digit in the middle of its canvas."""
    return functional.pad(images[:, None], (ROOM, ROOM, ROOM, ROOM))


def moved(images: Images, down: int, right: int) -> Images:
    """All of them moved by as many pixels; as long as it is no more than `ROOM`, none is lost."""
    return images.roll((down, right), (2, 3))


def wander(images: Images, most: int, generator: torch.Generator) -> Images:
    """Each one moved by amounts of its own, at most so many pixels across and down."""
    if most == 0:
        return images
    ways = torch.randint(-most, most + 1, (2, len(images), 1), generator=generator)
    down, right = ((torch.arange(CANVAS) - way) % CANVAS for way in ways)
    rows = torch.arange(len(images))[:, None, None]
    return images[:, 0][rows, down[:, :, None], right[:, None]][:, None]


def dealt(images: Float[Tensor, "n 8 8"]) -> Float[Tensor, "n 8 8"]:
    """The pixels of every digit dealt anew, always in the same way."""
    order = torch.randperm(64, generator=torch.Generator().manual_seed(64))
    return images.flatten(1)[:, order].unflatten(1, (8, 8))


# --- networks ---------------------------------------------------------------------------------


class Around(nn.CircularPad2d):
    """As many cells of the other side as a window of this size needs to stand at every place."""

    def __init__(self, size: int) -> None:
        before = (size - 1) // 2
        after = size - 1 - before
        super().__init__((before, after, before, after))


def network(name: str, stride: int = 2) -> nn.Sequential:
    """(images, 1, 14, 14) in, (images, 10) logits out.

    13,258 parameters for `dense`, 21,578 for `conv` at a stride of 2, 6,218 for `global`.
    """
    if name == "dense":
        side = CANVAS**2
        return nn.Sequential(nn.Flatten(), nn.Linear(side, 64), nn.ReLU(), nn.Linear(64, 10))
    layers = (
        *(Around(3), nn.Conv2d(1, 8, 3), nn.ReLU()),
        *(Around(2), nn.MaxPool2d(2, stride)),
        *(Around(3), nn.Conv2d(8, 16, 3), nn.ReLU(), Around(3), nn.Conv2d(16, 32, 3), nn.ReLU()),
    )
    if name == "global":
        return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(32, 10))
    side = CANVAS // stride
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * side**2, 10))


# --- the run ----------------------------------------------------------------------------------


def by(split: Split, pixels: int) -> Split:
    """A split with each image moved by so many pixels, right, left, down and up: four of each."""
    if not pixels:
        return split
    moves = [moved(split.images, pixels * down, pixels * right) for down, right in WAYS]
    return Split(torch.cat(moves), split.labels.repeat(len(WAYS)))


def on(device: str, split: Split) -> Split:
    """The same split on another device."""
    return Split(split.images.to(device), split.labels.to(device))


@torch.no_grad()
def scores(model: nn.Module, parts: list[Split]) -> list[Tensor]:
    """The share that is called rightly: as they stand, and moved by 1, 2, 3."""
    return [accuracy(model(part.images).argmax(1), part.labels) for part in parts]


def train(config: Config) -> Iterator[Start | Reading]:
    """Digits in the middle, epoch after epoch; then the same digits elsewhere.

    Eight times or so `valid/still`, and `valid/by-1` to `valid/by-3` for images moved by as many
    pixels; at the end the same for the test images, and `test/worst`, the least of those three.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    device = config.device
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    lay = dealt if config.pixels == "shuffled" else torch.Tensor.clone
    data, valid, test = (Split(centred(lay(part.images)), part.labels) for part in splits())
    held_out, tested = (
        [on(device, by(part, pixels)) for pixels in range(ROOM + 1)] for part in (valid, test)
    )
    few = torch.randperm(len(data.labels), generator=generator)[: config.images]
    data = Split(data.images[few], data.labels[few])
    model = network(config.network, config.stride).to(device)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, device)
    per_epoch = -(-config.images // config.batch_size)
    total, step = config.epochs * per_epoch, 0
    every = per_epoch * max(1, config.epochs // LOOKS)
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=per_epoch,
        model=model, optimizer=optimizer, example=data.images[: config.batch_size].to(device),
    )  # fmt: skip
    while step < total:
        for batch in fast.batches(len(data.labels), config.batch_size, generator, "cpu"):
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * fast.one_cycle((step + 0.5) / total)
            step += 1
            images = wander(data.images[batch], config.taught, generator).to(device)
            loss = functional.cross_entropy(model(images), data.labels[batch].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % every == 0 or step == total:
                now.scalars.update(named("valid", scores(model, held_out)))
                now.pictures["moved"] = shown(model, held_out)
            if step == total:
                found = named("test", scores(model, tested))
                now.scalars.update(found)
                now.scalars["test/worst"] = min(
                    found[f"test/by-{pixels}"] for pixels in range(1, ROOM + 1)
                )
            yield now


def named(part: str, found: list[Tensor]) -> dict[str, float | Tensor]:
    """The scores by the names of their series."""
    return dict(zip([f"{part}/still", *(f"{part}/by-{n}" for n in (1, 2, 3))], found, strict=True))


@torch.no_grad()
def shown(model: nn.Module, parts: list[Split]) -> Picture:
    """Six digits, still and moved to the right, a row for each move, and what they are taken for."""
    few = [part.images[:6] for part in parts]
    answers = [model(row).argmax(1).tolist() for row in few]
    said = "; ".join("".join(map(str, row)) for row in answers)
    return Picture(
        "image_grid", torch.stack(few)[:, :, 0], f"moved by 0, 1, 2, 3; taken for {said}"
    )


if __name__ == "__main__":
    run_alone(train(Config()))

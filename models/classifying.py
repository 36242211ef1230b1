"""One loop for the great classifiers of images: the networks differ, the loop does not.

They were made for photographs of 224 pixels and 1,000 classes, and train for days. Here the same
layers, narrower by a divisor and with a stem cut for small images, learn the 8x8 digits enlarged to
32x32, in seconds. Whatever is said of depth, branches or normalisation is to be seen at that size.

The last mini-batch of an epoch is left out where it is not full: 1,097 images leave one of 9, and
the statistics of so few are noise that batch norm would keep as its running mean and variance.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data import digits
from models.data.mnist import Split
from models.mlp import DIGITS, accuracy, confusion
from models.reading import Picture, Reading, Start

SIDE = 32
"""Height and width of the images, in pixels."""

Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs of the loop.

    Attributes:
        divisor: How many times narrower than the published network, 1 to 32.
        learning_rate: Of Adam, at its greatest: up from 0 in three tenths of the steps, then down.
        batch_size: Images in a step.
        epochs: Passes over the 1,097 training images.
    """

    divisor: int = 8
    learning_rate: float = 0.002
    batch_size: int = 32
    epochs: int = 8

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        ranges = {"divisor": (1, 32), "batch_size": (2, digits.TRAIN), "epochs": (1, 1000)}
        for name, (least, most) in ranges.items():
            if not least <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from {least} to {most}.")


def enlarge(images: Float[Tensor, "n 8 8"]) -> Float[Tensor, "n 1 32 32"]:
    """Four times as high and wide, bilinearly; from -1 (paper) to 1 (ink)."""
    large = functional.interpolate(images[:, None], size=(SIDE, SIDE), mode="bilinear")
    return (2 * large - 1).contiguous(memory_format=fast.LAYOUT)


def splits(device: str, writers: bool = False) -> tuple[Split, Split, Split]:
    """The training, validation and test digits, enlarged, on a device."""
    parts = (part.to(device) for part in digits.splits(writers))
    train, valid, test = (Split(enlarge(part.images), part.labels) for part in parts)
    return train, valid, test


def cross_entropy(
    model: nn.Module, images: Float[Tensor, "n 1 32 32"], labels: Int[Tensor, " n"]
) -> Tensor:
    """The mean loss of a mini-batch."""
    return functional.cross_entropy(model(images), labels)


@torch.no_grad()
def predict(model: nn.Module, images: Float[Tensor, "n 1 32 32"]) -> Int[Tensor, " n"]:
    """The digit with the greatest logit, by the network at rest; in parts that fit a cache."""
    was_training = model.training
    model.eval()
    answers = torch.cat([model(part).argmax(1) for part in images.split(250)])
    model.train(was_training)
    return answers


def observe(
    model: nn.Module,
    config: Config,
    loss_of: Loss = cross_entropy,
    look: Callable[[nn.Module, Tensor], dict[str, Picture]] | None = None,
) -> Iterator[Start | Reading]:
    """Train a network on the digits, epoch after epoch, each in a new random order.

    Args:
        model: Takes (n, 1, 32, 32) and returns (n, 10) logits when it is at rest.
        config: The knobs.
        loss_of: What a step makes smaller, for a model, images and labels.
        look: Pictures of the network at the end of an epoch, given some validation images.
    """
    device, generator = config.device, torch.Generator().manual_seed(config.seed)
    data, valid, test = splits(device)
    model = model.to(device, memory_format=fast.LAYOUT)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, device)
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
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * fast.one_cycle((step + 0.5) / total)
            step += 1
            loss = loss_of(model, data.images[batch], data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % per_epoch == 0:
                answers = predict(model, valid.images)
                now.scalars["valid/accuracy"] = accuracy(answers, valid.labels)
                counts = confusion(answers, valid.labels)
                caption = f"validation: {int(counts.trace())} of {len(valid.labels)} right"
                now.pictures["confusion"] = Picture("confusion", counts, caption, labels=DIGITS)
                now.pictures.update(look(model, valid.images[:100]) if look else {})
            if step == total:
                now.scalars["test/accuracy"] = accuracy(predict(model, test.images), test.labels)
            yield now

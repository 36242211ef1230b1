"""One loop for the great classifiers of images: the networks differ, the loop does not.

They were made for photographs of 224 pixels and 1,000 classes, and train for days. Here the same
layers, narrower by a divisor and with a stem cut for small images, learn the 8x8 digits enlarged to
32x32, in seconds. Whatever is said of depth, branches or normalisation is to be seen at that size.
On a GPU the same loop takes MNIST, FashionMNIST or CIFAR-10 whole, the last in grey:

    python -m models.vgg data=cifar10 divisor=1 batch_size=512 epochs=20 device=cuda

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
from models.data import digits, published
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
        data: `digits`; or `mnist`, `fashion` or `cifar10` at full size, where they are to be had.
        divisor: How many times narrower than the published network, 1 to 32.
        learning_rate: Of Adam, at its greatest: up from 0 in three tenths of the steps, then down.
        batch_size: Images in a step.
        epochs: Passes over the training images; there are 1,097 digits.
    """

    data: str = "digits"
    divisor: int = 8
    learning_rate: float = 0.002
    batch_size: int = 32
    epochs: int = 8

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        if self.data not in (known := ("digits", *published.NAMES)):
            raise ValueError(f"data is {self.data!r}; it can be {', '.join(known)}.")
        ranges = {"divisor": (1, 32), "batch_size": (2, digits.TRAIN), "epochs": (1, 1000)}
        for name, (least, most) in ranges.items():
            if not least <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from {least} to {most}.")


def enlarge(images: Float[Tensor, "n 8 8"]) -> Float[Tensor, "n 1 32 32"]:
    """Four times as high and wide, bilinearly; from -1 (paper) to 1 (ink)."""
    large = functional.interpolate(images[:, None], size=(SIDE, SIDE), mode="bilinear")
    return (2 * large - 1).contiguous(memory_format=fast.LAYOUT)


def splits(device: str, writers: bool = False, data: str = "digits") -> tuple[Split, Split, Split]:
    """The images to train on, to validate and to test, of 32x32 pixels, on a device.

    Args:
        device: Where they are to lie.
        writers: Of the digits: whether those who are tested wrote nothing that is trained on.
        data: As in `Config`; a set that is not to be had is missed in a sentence, and digits come.
    """
    if data != "digits":
        try:
            return whole(data, device)
        except published.Missing as missing:
            print(missing)
    parts = (part.to(device) for part in digits.splits(writers))
    train, valid, test = (Split(enlarge(part.images), part.labels) for part in parts)
    return train, valid, test


def whole(data: str, device: str) -> tuple[Split, Split, Split]:
    """A published set in grey, padded to 32x32 pixels; a twelfth of what is trained on validates.

    Raises:
        published.Missing: It is not here and cannot be fetched.
    """

    def prepared(part: published.Split) -> Split:
        grey = part.images.mean(1, keepdim=True)
        edge = (SIDE - grey.shape[-1]) // 2
        padded = functional.pad(2 * grey - 1, (edge,) * 4, value=-1.0)
        return Split(padded.contiguous(memory_format=fast.LAYOUT), part.labels)

    known, test = (prepared(part) for part in published.load(data, download=True, device=device))
    cut = len(known.labels) - len(known.labels) // 12
    train = Split(known.images[:cut], known.labels[:cut])
    return train, Split(known.images[cut:], known.labels[cut:]), test


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
    data, valid, test = splits(device, data=config.data)
    fast.tensor_cores(device)
    model = model.to(device, memory_format=fast.LAYOUT)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, device)
    per_epoch = len(data.labels) // config.batch_size
    total, step = config.epochs * per_epoch, 0
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=per_epoch,
        model=model, optimizer=optimizer, example=data.images[: config.batch_size],
    )  # fmt: skip
    while step < total:
        order = fast.batches(len(data.labels), config.batch_size, generator, device)
        for batch in list(order)[:per_epoch]:
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * fast.one_cycle((step + 0.5) / total)
            step += 1
            with fast.mixed(device):
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

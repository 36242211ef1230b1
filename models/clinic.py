"""A ward for sick training programs: one loop, in which a clinic replaces one part by a broken one.

A clinic trains the digits as `models.mlp` does. Exactly one function of its program has a fault; it
exists `as found`, `healthy`, and as the learner repaired it in a file of their own, `yours`. The
loop below is sound, so whatever a curve shows comes from that one function.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn, optim
from torch.nn import functional

from models import learner, mlp, reading
from models.data.digits import Split, splits
from models.reading import Reading, Start

Images = Float[Tensor, "images 8 8"]
Labels = Int[Tensor, " images"]
Step = Callable[[nn.Module, optim.Optimizer, Images, Labels], Tensor]
Score = Callable[[nn.Module, Images, Labels], Any]
Sign = Literal["gradient/length", "weights/moved", "hidden/active"]

PROGRAMS = ("as found", "healthy", "yours")


@dataclass(kw_only=True)
class Config(reading.Config):
    """The only knob of a clinic.

    Attributes:
        program: `as found` with its fault, `healthy` to compare it with, or `yours`, repaired.
    """

    program: str = "as found"


def function(config: Config, name: str, as_found: Any, healthy: Any) -> Any:
    """The function that the chosen program trains with.

    Args:
        config: Says which program, and where the learner's file is.
        name: What the function is called in that file.
        as_found: The function with its fault.
        healthy: The function as it should be.

    Raises:
        ValueError: There is no such program, or no such function in the learner's file.
    """
    if config.program not in PROGRAMS:
        known = ", ".join(PROGRAMS)
        raise ValueError(f"The program is {config.program!r}; it can be {known}.")
    if config.program != "yours":
        return healthy if config.program == "healthy" else as_found
    yours = learner.module(config, "file of yours: write the code of this clinic first")
    return learner.function(yours, name)


# --- the sound parts --------------------------------------------------------------------------


def training_step(
    model: nn.Module, optimizer: optim.Optimizer, images: Images, labels: Labels
) -> Tensor:
    """One step downhill; returns the loss of the batch before it."""
    optimizer.zero_grad()
    loss = functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.detach()


def accuracy(model: nn.Module, images: Images, labels: Labels) -> Tensor:
    """The share of images that is right, with the network at rest."""
    was_training = model.training
    model.eval()
    share = mlp.accuracy(mlp.predict(model, images), labels)
    model.train(was_training)
    return share


def sgd(model: nn.Module) -> optim.Optimizer:
    """Plain SGD at a learning rate that suits the digits."""
    return optim.SGD(model.parameters(), lr=0.1)


# --- the signs --------------------------------------------------------------------------------


def _length(tensors: list[Tensor]) -> Tensor:
    return torch.stack([tensor.detach().norm() for tensor in tensors]).norm()


@torch.no_grad()
def active(model: nn.Module, images: Images) -> Tensor:
    """The share of the first layer's units, over all images, that is above 0 after its ReLU."""
    layers = list(model.children())
    last = next(place for place, layer in enumerate(layers) if isinstance(layer, nn.ReLU))
    return (nn.Sequential(*layers[: last + 1])(images) > 0).float().mean()


@dataclass(kw_only=True)
class Patient:
    """A training program, part by part.

    Attributes:
        model: What is trained.
        optimizer: What moves it.
        data: What it is trained on.
        valid: What `valid/accuracy` is measured on, once an epoch.
        test: What `test/accuracy` is measured on, once, at the end.
        step: One step on one batch.
        score: The accuracy on a split.
        epochs: Passes over the training images.
        batch_size: Images in a step.
        signs: What else is read after each step.
        twice: Whether `valid/accuracy` is measured a second time on the same weights.
    """

    model: nn.Module
    optimizer: optim.Optimizer
    data: Split
    valid: Split
    test: Split
    step: Step = training_step
    score: Score = accuracy
    epochs: int = 10
    batch_size: int = 32
    signs: tuple[Sign, ...] = ()
    twice: bool = False
    _origin: list[Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self._origin = [weight.detach().clone() for weight in self.model.parameters()]

    def read(self) -> dict[str, float | Tensor]:
        """The signs that this clinic watches, as they are now."""
        found: dict[str, float | Tensor] = {}
        gradients = [each.grad for each in self.model.parameters() if each.grad is not None]
        if "gradient/length" in self.signs and gradients:
            found["gradient/length"] = _length(gradients)
        if "weights/moved" in self.signs:
            pairs = zip(self.model.parameters(), self._origin, strict=True)
            found["weights/moved"] = _length([now - then for now, then in pairs])
        if "hidden/active" in self.signs:
            found["hidden/active"] = active(self.model, self.valid.images)
        return found

    def examine(self) -> dict[str, float | Tensor]:
        """What an epoch ends with."""
        found: dict[str, float | Tensor] = {
            "train/accuracy": self.score(self.model, self.data.images, self.data.labels),
            "valid/accuracy": self.score(self.model, self.valid.images, self.valid.labels),
        }
        if self.twice:
            again = self.score(self.model, self.valid.images, self.valid.labels)
            found["valid/again"] = again
        return found


def digits(config: Config) -> tuple[Split, Split, Split]:
    """The digits on the config's device, after seeding torch."""
    torch.manual_seed(config.seed)
    data, valid, test = (split.to(config.device) for split in splits())
    return data, valid, test


def observe(patient: Patient, config: Config) -> Iterator[Start | Reading]:
    """Train to the end and read the signs: epoch after epoch, each in a new random order."""
    generator = torch.Generator().manual_seed(config.seed)
    count = len(patient.data.labels)
    steps = -(-count // patient.batch_size)
    yield Start(
        total_steps=patient.epochs * steps,
        samples_per_step=patient.batch_size,
        steps_per_epoch=steps,
        model=patient.model,
        optimizer=patient.optimizer,
        example=patient.data.images[: patient.batch_size],
    )
    yield Reading(0, patient.examine())
    step = 0
    for _ in range(patient.epochs):
        for batch in torch.randperm(count, generator=generator).split(patient.batch_size):
            step += 1
            images, labels = patient.data.images[batch], patient.data.labels[batch]
            loss = patient.step(patient.model, patient.optimizer, images, labels)
            now = Reading(step, {"train/loss": loss, **patient.read()})
            if step % steps == 0:
                now.scalars.update(patient.examine())
            if step == patient.epochs * steps:
                test = patient.score(patient.model, patient.test.images, patient.test.labels)
                now.scalars["test/accuracy"] = test
            yield now

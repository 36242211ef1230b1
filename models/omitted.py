"""The omitted digit: a student reads what it has never seen, because its teacher had doubts about it.

The teacher knows all ten digits. The student is shown nine of them, or nothing but noise, and hears what
the teacher says of each picture. Where the teacher says "a 5, and a little like a 3", the student hears
of threes. At temperature 1 that is whispered; a higher one says it aloud:

    loss = T^2 * KL(softmax(teacher / T) || softmax(student / T))

A label says nothing of the kind. A student of labels alone never answers with a digit that it was not
shown. One that was shown few hints reads the omitted digit too seldom; its bias can be lifted until it
names it as often as digits come, one in ten.

Source:
    G. Hinton, O. Vinyals and J. Dean, "Distilling the knowledge in a neural network", 2015,
    https://arxiv.org/abs/1503.02531 (the experiment with the omitted 3, on MNIST)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import Split, splits
from models.distillation import BATCH, distill_loss, large, small
from models.mlp import accuracy, confusion
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

TEACHING, EVERY = 12, 50
"""Epochs of the teacher; steps of the student between two looks."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        hears: What the student is told of each picture: its `label`, or the teacher's `doubts`.
        temperature: How far the doubts are raised. Live.
        shown: The student's pictures: `nine digits`, or `noise`, every pixel drawn at random.
        omitted: The digit that it is never shown.
        hidden: The student's hidden units; 64 make 4,810 parameters.
        learning_rate: Adam's, the student's. Live.
        steps: The student's steps.
    """

    hears: str = "doubts"
    temperature: float = 20.0
    shown: str = "nine digits"
    omitted: int = 3
    hidden: int = 64
    learning_rate: float = 5e-3
    steps: int = 1000

    def check(self) -> None:
        """Raise ValueError unless there is something to hear, to be shown and to omit."""
        if self.hears not in ("label", "doubts"):
            raise ValueError(f"The student hears {self.hears!r}; it can hear label or doubts.")
        if self.shown not in ("nine digits", "noise"):
            raise ValueError(f"Shown is {self.shown!r}; it can be nine digits or noise.")
        if self.shown == "noise" and self.hears == "label":
            raise ValueError("Noise has no label; of noise one can only hear the teacher's doubts.")
        if not 0 <= self.omitted <= 9:
            raise ValueError(f"The omitted digit is {self.omitted}; it can be 0 to 9.")


def pictures_of(config: Config, data: Split) -> Split:
    """What the student is shown; noise is labelled with a digit that nobody is told."""
    if config.shown == "noise":
        generator = torch.Generator().manual_seed(config.seed)
        noise = torch.rand(data.images.shape, generator=generator).to(data.images.device)
        return Split(noise, torch.zeros_like(data.labels))
    kept = data.labels != config.omitted
    return Split(data.images[kept], data.labels[kept])


def named(logits: Float[Tensor, "n 10"], labels: Tensor, digit: int) -> Float[Tensor, ""]:
    """The share of the images of a digit that is called by its name."""
    return (logits.argmax(1)[labels == digit] == digit).float().mean()


def lift(logits: Float[Tensor, "n 10"], digit: int, share: float = 0.1) -> float:
    """What has to be added to a digit's logit so that it is the answer to that share of images."""
    others = logits.clone()
    others[:, digit] = -torch.inf
    short = (others.amax(1) - logits[:, digit]).sort().values
    # Half way between the last image that shall be called so and the first that shall not.
    last = max(1, round(share * len(short)))
    return float((short[last - 1] + short[last]) / 2)


def look(student: nn.Module, config: Config, valid: Split) -> tuple[dict[str, Tensor], Picture]:
    """How many are read, of all and of the omitted digit, and what is taken for what."""
    with torch.no_grad():
        said = student(valid.images)
    lifted, digit = said.clone(), config.omitted
    lifted[:, digit] += lift(said, digit)
    found = {
        "valid/accuracy": accuracy(said.argmax(1), valid.labels),
        "valid/omitted": named(said, valid.labels, digit),
        "valid/lifted": named(lifted, valid.labels, digit),
    }
    table = confusion(said.argmax(1), valid.labels)
    caption = f"what is taken for what; row {config.omitted} was never shown"
    return found, Picture("heat_map", table, caption, tuple("0123456789"))


def train(config: Config) -> Iterator[Start | Reading]:
    """The teacher learns all digits, then the student what it is shown.

    `test/omitted` is the share of the omitted digit that the student reads, `test/lifted` the same with
    that digit's bias lifted until one validation image in ten is called so, without looking at labels;
    `valid/omitted` and `valid/lifted` are the same of the validation images, every 50 steps.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    own = pictures_of(config, data)
    teacher, student = large().to(config.device), small(config.hidden).to(config.device)
    first = torch.optim.Adam(teacher.parameters(), 2e-3)
    second = torch.optim.Adam(student.parameters(), config.learning_rate)
    batches = Shuffle(len(data.labels), BATCH, generator)
    its = Shuffle(len(own.labels), BATCH, generator)
    lessons = TEACHING * batches.per_epoch
    total = lessons + config.steps
    yield Start(
        total_steps=total, samples_per_step=BATCH, model=student, optimizer=second,
        example=data.images[:BATCH],
    )  # fmt: skip
    for step in range(1, total + 1):
        taught = step <= lessons
        part, batch = (data, batches.draw()) if taught else (own, its.draw())
        images, labels = part.images[batch], part.labels[batch]
        if taught:
            loss = functional.cross_entropy(teacher(images), labels)
        elif config.hears == "label":
            loss = functional.cross_entropy(student(images), labels)
        else:
            with torch.no_grad():
                wanted = teacher(images)
            loss = distill_loss(student(images), wanted, config.temperature)
        set_rate(second, config.learning_rate)
        optimizer = first if taught else second
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {f"train/{'teacher' if taught else 'student'}": loss.detach()})
        if not taught and ((step - lessons) % EVERY == 0 or step == total):
            found, now.pictures["taken for"] = look(student, config, valid)
            now.scalars.update(found)
        if step == total:
            now.scalars.update(judge(teacher, student, config, valid, test))
        yield now


@torch.no_grad()
def judge(
    teacher: nn.Module, student: nn.Module, config: Config, valid: Split, test: Split
) -> dict[str, float | Tensor]:
    """Both on the test images, and the student with its bias lifted."""
    said, digit = student(test.images), config.omitted
    lifted = said.clone()
    lifted[:, digit] += lift(student(valid.images), digit)
    return {
        "test/accuracy": accuracy(said.argmax(1), test.labels),
        "test/omitted": named(said, test.labels, digit),
        "test/lifted": named(lifted, test.labels, digit),
        "test/teacher": accuracy(teacher(test.images).argmax(1), test.labels),
        "test/parameters": float(sum(weights.numel() for weights in student.parameters())),
    }


if __name__ == "__main__":
    run_alone(train(Config()), every=250)

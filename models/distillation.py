"""Distillation: a small network learns from a large one's doubts.

A label says: this is a 4. The teacher says: a 4, a little like a 9, not at all like a 0. That is more to
learn from, and it needs no label: the teacher answers for any image. The temperature T makes its
doubts audible; T squared keeps the gradient as large as before:

    loss = T^2 * KL(softmax(teacher / T) || softmax(student / T))

The student has 910 parameters, the teacher twenty times as many. With all labels at hand it learns as
well without a teacher; with sixty it does not.

Source:
    G. Hinton, O. Vinyals and J. Dean, "Distilling the knowledge in a neural network", 2015,
    https://arxiv.org/abs/1503.02531
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import splits
from models.mlp import accuracy, pictures
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

TEACHING, BATCH = 20, 32
"""Epochs of the teacher; images a step."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        teacher: Whether the student hears a teacher, or labels alone.
        temperature: How far the teacher's doubts are raised. Live.
        labels: Labels that a student without a teacher is told.
        hidden: The student's hidden units; 12 make 910 parameters.
        learning_rate: Adam's. Live.
        steps: The student's steps.
    """

    teacher: bool = True
    temperature: float = 4.0
    labels: int = 60
    hidden: int = 12
    learning_rate: float = 5e-3
    steps: int = 1050

    def check(self) -> None:
        """Raise ValueError unless there is something to learn from."""
        if not 1 <= self.labels <= 1097:
            raise ValueError(f"`labels` is {self.labels}; there are 1 to 1,097.")


def large() -> nn.Sequential:
    """The teacher: (n, 8, 8) to (n, 10) logits."""
    return nn.Sequential(
        *(nn.Unflatten(1, (1, 8)), nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        nn.Linear(256, 10),
    )


def small(hidden: int) -> nn.Sequential:
    """The student: (n, 8, 8) to (n, 10) logits."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def distill_loss(
    student: Float[Tensor, "n classes"], teacher: Float[Tensor, "n classes"], temperature: float
) -> Float[Tensor, ""]:
    """How far the student's doubts are from the teacher's, both at a temperature; from logits."""
    wanted = (teacher / temperature).log_softmax(1)
    said = (student / temperature).log_softmax(1)
    apart = functional.kl_div(said, wanted, reduction="batchmean", log_target=True)
    return temperature**2 * apart


def train(config: Config) -> Iterator[Start | Reading]:
    """The teacher learns from labels, then the student from the teacher, or from labels alone.

    `train/teacher` is the teacher's loss, `train/student` the student's; `test/teacher` and
    `test/student` their accuracy at the end, `test/parameters` the student's.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    teacher, student = large().to(config.device), small(config.hidden).to(config.device)
    first = torch.optim.Adam(teacher.parameters(), 2e-3)
    second = torch.optim.Adam(student.parameters(), config.learning_rate)
    batches = Shuffle(len(data.labels), BATCH, generator)
    known = Shuffle(config.labels, BATCH, generator)
    lessons = TEACHING * batches.per_epoch if config.teacher else 0
    total = lessons + config.steps
    yield Start(
        total_steps=total, samples_per_step=BATCH, model=student, optimizer=second,
        example=data.images[:BATCH],
    )  # fmt: skip
    for step in range(1, total + 1):
        taught = step <= lessons
        batch = (batches if taught or config.teacher else known).draw()
        images, labels = data.images[batch], data.labels[batch]
        if taught:
            loss = functional.cross_entropy(teacher(images), labels)
        elif config.teacher:
            with torch.no_grad():
                wanted = teacher(images)
            loss = distill_loss(student(images), wanted, config.temperature)
        else:
            loss = functional.cross_entropy(student(images), labels)
        set_rate(second, config.learning_rate)
        optimizer = first if taught else second
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {f"train/{'teacher' if taught else 'student'}": loss.detach()})
        if step % 100 == 0 and not taught:
            now.pictures["confusion"] = pictures(student, valid)["confusion"]
        if step == total:
            with torch.no_grad():
                now.scalars["test/student"] = accuracy(student(test.images).argmax(1), test.labels)
                if config.teacher:
                    said = teacher(test.images)
                    now.scalars["test/teacher"] = accuracy(said.argmax(1), test.labels)
                    now.pictures["doubts"] = doubts(said[0], config.temperature)
            now.scalars["test/parameters"] = float(sum(p.numel() for p in student.parameters()))
        yield now


def doubts(logits: Float[Tensor, " 10"], temperature: float) -> Picture:
    """What the teacher says of one image, at temperature 1 and at that of the lesson."""
    rows = torch.stack([logits.softmax(0), (logits / temperature).softmax(0)])
    caption = f"one image: what the teacher says at T = 1 and at T = {temperature:g}"
    return Picture("heat_map", rows, caption, tuple("0123456789"))


if __name__ == "__main__":
    run_alone(train(Config()), every=250)

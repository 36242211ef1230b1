"""DistilBERT in small: a transformer that reads, and a bag of words that has learned its answers.

Four chapters of a manual, and twenty words: which chapter are they from? The teacher is a small BERT, the
words of the text looking at each other in two layers. The student has no attention and no order: each word
has eight numbers, their mean is the text, one table answers. Told the label of a few texts it guesses;
told the teacher's doubts about many, none of which needs a label, it comes close to the teacher, with
a fifteenth of its parameters. With all labels at hand it learns as well without one: a teacher is for
texts that nobody labelled. DistilBERT is this with BERT itself: half of the layers, 40 % fewer
parameters, and 97 % of what it could do.

Sources:
    V. Sanh, L. Debut, J. Chaumond and T. Wolf, "DistilBERT, a distilled version of BERT: smaller,
    faster, cheaper and lighter", 2019, https://arxiv.org/abs/1910.01108
    G. Hinton, O. Vinyals and J. Dean, "Distilling the knowledge in a neural network", 2015,
    https://arxiv.org/abs/1503.02531
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.bert import BERT
from models.distillation import distill_loss
from models.mlp import accuracy, confusion
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate
from models.tfidf import CHUNK, PARTS, chunks, words

TEACHING, BATCH = 8, 32
"""Epochs of the teacher; texts a step."""
UNKNOWN = 0
"""The number of a word that the training texts do not have."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        teacher: Whether the student hears a teacher, or labels alone.
        temperature: How far the teacher's doubts are raised. Live.
        labels: Labels that a student without a teacher is told.
        width: Numbers of a word in the student.
        learning_rate: The student's, of Adam. Live.
        steps: The student's steps.
    """

    teacher: bool = True
    temperature: float = 2.0
    labels: int = 40
    width: int = 8
    learning_rate: float = 1e-2
    steps: int = 600

    def check(self) -> None:
        """Raise ValueError unless there is something to learn from."""
        if self.labels < 1 or self.width < 1:
            raise ValueError("There have to be a label and a number of a word at least.")


class Reader(nn.Module):
    """The teacher: (n, t) words to (n, classes) logits, by the mean of what each word means there."""

    def __init__(self, vocabulary: int, classes: int = len(PARTS)) -> None:
        super().__init__()
        self.bert = BERT(vocabulary, 64, 4, 2, CHUNK, kinds=0, pooler=False, norm_first=True)
        self.answer = nn.Linear(64, classes)

    def forward(self, tokens: Int[Tensor, "n t"]) -> Float[Tensor, "n classes"]:
        """Logits of the chapters."""
        return self.answer(self.bert(tokens).mean(1))


class Bag(nn.Module):
    """The student: (n, t) words to (n, classes) logits, by the mean of the words, in any order."""

    def __init__(self, vocabulary: int, width: int, classes: int = len(PARTS)) -> None:
        super().__init__()
        self.word, self.answer = nn.Embedding(vocabulary, width), nn.Linear(width, classes)

    def forward(self, tokens: Int[Tensor, "n t"]) -> Float[Tensor, "n classes"]:
        """Logits of the chapters."""
        return self.answer(self.word(tokens).mean(1))


def vocabulary(texts: Sequence[str]) -> dict[str, int]:
    """A number from 1 for each word of some texts; 0 is for all others."""
    known = sorted({word for text in texts for word in words(text)})
    return {word: number for number, word in enumerate(known, 1)}


def encode(texts: Sequence[str], numbers: dict[str, int]) -> Int[Tensor, "texts words"]:
    """Texts of equally many words as numbers."""
    return torch.tensor([[numbers.get(word, UNKNOWN) for word in words(text)] for text in texts])


def size(model: nn.Module) -> int:
    """Its parameters."""
    return sum(each.numel() for each in model.parameters())


def train(config: Config) -> Iterator[Start | Reading]:
    """The teacher learns from labels, then the student from the teacher, or from few labels alone.

    `train/teacher` and `train/student` are their losses. At the end come `test/teacher`, `test/student`,
    and `test/smaller`: how many times fewer parameters the student has.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    taught, asked = chunks()
    numbers = vocabulary(taught.texts)
    texts, held_out = (encode(each.texts, numbers).to(config.device) for each in (taught, asked))
    labels, truth = (torch.tensor(each.parts, device=config.device) for each in (taught, asked))
    order = torch.randperm(len(labels), generator=generator).to(config.device)
    texts, labels = texts[order], labels[order]
    teacher = Reader(len(numbers) + 1).to(config.device)
    student = Bag(len(numbers) + 1, config.width).to(config.device)
    first = torch.optim.AdamW(teacher.parameters(), 1e-3, weight_decay=0.05)
    second = torch.optim.Adam(student.parameters(), config.learning_rate)
    every, few = (
        Shuffle(count, min(count, BATCH), generator) for count in (len(labels), config.labels)
    )
    lessons = TEACHING * every.per_epoch if config.teacher else 0
    total = lessons + config.steps
    yield Start(
        total_steps=total, samples_per_step=BATCH, model=student, optimizer=second,
        example=texts[:BATCH],
    )  # fmt: skip
    for step in range(1, total + 1):
        teaching = step <= lessons
        batch = (every if teaching or config.teacher else few).draw()
        if teaching:
            loss = functional.cross_entropy(teacher(texts[batch]), labels[batch])
        elif config.teacher:
            with torch.no_grad():
                wanted = teacher(texts[batch])
            loss = distill_loss(student(texts[batch]), wanted, config.temperature)
        else:
            loss = functional.cross_entropy(student(texts[batch]), labels[batch])
        set_rate(second, config.learning_rate)
        optimizer = first if teaching else second
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {f"train/{'teacher' if teaching else 'student'}": loss.detach()})
        if step == total:
            now.scalars.update(judge(student, teacher, config.teacher, held_out, truth))
            counts = confusion(student(held_out).argmax(1), truth)[: len(PARTS), : len(PARTS)]
            now.pictures["confusion"] = Picture("confusion", counts, "held-out texts", PARTS)
        yield now


@torch.no_grad()
def judge(
    student: nn.Module, teacher: nn.Module, both: bool, texts: Tensor, truth: Tensor
) -> dict[str, Tensor | float]:
    """What is told at the end."""
    found: dict[str, Tensor | float] = {
        "test/student": accuracy(student(texts).argmax(1), truth),
        "test/smaller": size(teacher) / size(student),
    }
    if both:
        found["test/teacher"] = accuracy(teacher(texts).argmax(1), truth)
    return found


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

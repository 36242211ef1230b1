"""CLIP: pictures and sentences in one space, and what comes of teaching it to read.

Two encoders, one for pictures and one for sentences, and one task: in a batch of pairs, find which
sentence belongs to which picture, and the other way round. No class is ever named. Afterwards a
classifier is a list of sentences: "here is a seven" is nearest to the picture, so it is a seven; with
templates it has never heard.

    logits = scale * picture . sentence,    loss = cross entropy along the rows and down the columns

Where some training pictures show printed words, it learns to read, as the real one did from the web. Then
a label with the wrong word beats the digit above it: the typographic attack. `wrong_words` defends:
some training pictures carry a wrong word, and the sentence goes with the digit.

Sources:
    A. Radford et al., "Learning transferable visual models from natural language supervision", ICML
    2021, https://arxiv.org/abs/2103.00020
    G. Goh et al., "Multimodal neurons in artificial neural networks", Distill, 2021,
    https://doi.org/10.23915/distill.00030 (the attack)
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import Split, splits
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate
from models.words import NAMES, scene

HEARD = (
    *("a photo of a {}", "the digit {}", "a handwritten {}", "someone wrote {} here"),
    *("a picture showing the number {}", "{}", "an image of {}", "number {} on paper"),
)
UNHEARD = (
    *("this is a drawing of the numeral {}", "look , a {} in the picture"),
    *("a scan of a handwritten number {}", "here is {}"),
)
"""Templates of captions to train on, and others to be asked with."""

WORDS = sorted(
    {word for line in (*HEARD, *UNHEARD, *NAMES) for word in line.replace("{}", "").split()}
)
LONGEST, PAIRS = 9, 4
"""Words of the longest caption; pictures made of each training digit."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        reading: Share of the training pictures that show a printed word alone, and of those that
            show digit and word; the rest show a digit alone.
        wrong_words: Share of the pictures with a digit that carry a wrong word; the defence.
        temperature: How much the nearest pairs count more than the others. Live.
        batch_size: Pairs a step; each has all others to be told from.
        learning_rate: Adam's. Live.
        steps: Optimiser steps.
    """

    reading: float = 1 / 3
    wrong_words: float = 0.0
    temperature: float = 0.1
    batch_size: int = 96
    learning_rate: float = 2e-3
    steps: int = 700

    def check(self) -> None:
        """Raise ValueError unless the shares are shares and there is a pair to be told from."""
        if not 0 <= self.reading <= 0.5 or not 0 <= self.wrong_words <= 1:
            raise ValueError("`reading` goes from 0 to 0.5, `wrong_words` from 0 to 1.")
        if self.batch_size < 2:
            raise ValueError(f"The batch size is {self.batch_size}; it has to be at least 2.")


class Eye(nn.Module):
    """(n, 1, 32, 32) pictures to (n, 32) places, each of length 1."""

    def __init__(self, wide: int = 32) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU()),
            *(nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU()),
        )
        self.place = nn.Linear(64, wide)

    def units(self, pictures: Float[Tensor, "n 1 32 32"]) -> Float[Tensor, "n 64"]:
        """How strongly each unit of the last layer fires anywhere in the picture."""
        return self.body(pictures).amax((2, 3))

    def forward(self, pictures: Float[Tensor, "n 1 32 32"]) -> Float[Tensor, "n 32"]:
        """Where each picture lies."""
        return functional.normalize(self.place(self.units(pictures)), dim=1)


class Ear(nn.Module):
    """(n, words) sentences to (n, 32) places, each of length 1: one layer of a transformer."""

    def __init__(self, wide: int = 32, hidden: int = 48) -> None:
        super().__init__()
        self.embed = nn.Embedding(len(WORDS) + 1, hidden, padding_idx=0)
        self.position = nn.Parameter(0.02 * torch.randn(LONGEST, hidden))
        self.layer = nn.TransformerEncoderLayer(hidden, 4, 2 * hidden, 0.0, batch_first=True)
        self.place = nn.Linear(hidden, wide)

    def forward(self, words: Int[Tensor, "n longest"]) -> Float[Tensor, "n 32"]:
        """Where each sentence lies: the mean over its words."""
        blank = words == 0
        heard = self.layer(self.embed(words) + self.position, src_key_padding_mask=blank)
        mean = (heard * ~blank[:, :, None]).sum(1) / (~blank).sum(1, keepdim=True)
        return functional.normalize(self.place(mean), dim=1)


def tokens(sentences: Sequence[str]) -> Int[Tensor, "n longest"]:
    """Sentences as numbers of words, from 1, with 0 after their end.

    Raises:
        ValueError: A word is not among `WORDS`.
    """
    numbers = []
    for sentence in sentences:
        words = sentence.split()
        if unknown := [word for word in words if word not in WORDS]:
            raise ValueError(f"This model has never heard {unknown[0]!r}.")
        numbers.append([WORDS.index(word) + 1 for word in words] + [0] * (LONGEST - len(words)))
    return torch.tensor(numbers)


def clip_loss(
    pictures: Float[Tensor, "n d"], sentences: Float[Tensor, "n d"], temperature: float
) -> Float[Tensor, ""]:
    """Which sentence is each picture's, and which picture each sentence's: the mean of both."""
    logits = pictures @ sentences.T / temperature
    own = torch.arange(len(logits), device=logits.device)
    across = functional.cross_entropy(logits, own)
    return (across + functional.cross_entropy(logits.T, own)) / 2


def classes(ear: Ear, templates: Sequence[str]) -> Float[Tensor, "10 d"]:
    """A classifier out of words: for each digit the mean place of its sentences."""
    device = ear.position.device
    places = [ear(tokens([each.format(name) for each in templates]).to(device)) for name in NAMES]
    return functional.normalize(torch.stack([each.mean(0) for each in places]), dim=1)


def pairs(
    part: Split, config: Config, generator: torch.Generator
) -> tuple[Float[Tensor, "m 1 32 32"], Int[Tensor, " m"]]:
    """Training pictures, and the digits that their captions name."""
    digits, labels = part.images.repeat(PAIRS, 1, 1), part.labels.repeat(PAIRS)
    kind = torch.rand(len(labels), generator=generator)
    shown = kind >= config.reading
    words = torch.where(kind < 2 * config.reading, labels, -1)
    attacked = shown & (torch.rand(len(labels), generator=generator) < config.wrong_words)
    others = torch.randint(10, (len(labels),), generator=generator)
    return scene(digits, shown, torch.where(attacked, others, words), generator), labels


@torch.no_grad()
def judge(eye: Eye, ear: Ear, test: Split, generator: torch.Generator) -> dict[str, float | Tensor]:
    """Zero-shot accuracy with unheard templates: on digits, on words, and under attack.

    `test/flipped` is the share of the pictures called rightly that a wrong word turns into what it says.
    """
    known, device = classes(ear, UNHEARD), ear.position.device
    labels, count = test.labels, len(test.labels)
    yes, none = torch.ones(count, dtype=torch.bool), torch.full((count,), -1)
    wrong = (labels + torch.randint(1, 10, (count,), generator=generator)) % 10

    def called(shown: Tensor, words: Tensor) -> Tensor:
        made = scene(test.images, shown, words, generator).to(device)
        return (eye(made) @ known.T).argmax(1).cpu()

    clean, attacked = called(yes, none), called(yes, wrong)
    right = clean == labels
    return {
        "test/zero-shot": accuracy(clean, labels),
        "test/words": accuracy(called(~yes, labels), labels),
        "test/attacked": accuracy(attacked, labels),
        "test/flipped": (attacked == wrong)[right].float().mean(),
    }


def probabilities(eye: Eye, ear: Ear, part: Split, temperature: float) -> Picture:
    """One digit without and with a label that says something else, and how sure it is of each name."""
    generator = torch.Generator().manual_seed(1)
    label = int(part.labels[0])
    words = torch.tensor([-1, (label + 4) % 10])
    twice = part.images[:1].expand(2, -1, -1)
    made = scene(twice, torch.ones(2, dtype=torch.bool), words, generator)
    with torch.no_grad():
        known = classes(ear, UNHEARD)
        chances = (eye(made.to(known.device)) @ known.T / temperature).softmax(1)
    caption = f"a {NAMES[label]}, plain (above) and labelled {NAMES[int(words[1])]!r}"
    return Picture("heat_map", chances, caption, NAMES)


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step on pairs, each digit with a caption drawn anew."""
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    rng = random.Random(config.seed)
    data, valid, test = splits()
    pictures, labels = pairs(data, config, generator)
    pictures = pictures.to(config.device)
    eye, ear = Eye().to(config.device), Ear().to(config.device)
    optimizer = torch.optim.Adam([*eye.parameters(), *ear.parameters()], config.learning_rate)
    yield Start(
        total_steps=config.steps, samples_per_step=config.batch_size, model=eye,
        optimizer=optimizer, example=pictures[:32],
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        rows = torch.randint(len(labels), (config.batch_size,), generator=generator)
        said = [rng.choice(HEARD).format(NAMES[label]) for label in labels[rows].tolist()]
        heard = ear(tokens(said).to(config.device))
        loss = clip_loss(eye(pictures[rows]), heard, config.temperature)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 100 == 0:
            found = judge(eye, ear, valid, torch.Generator().manual_seed(2))
            now.scalars["valid/zero-shot"] = found["test/zero-shot"]
            now.scalars["valid/flipped"] = found["test/flipped"]
            now.pictures["names"] = probabilities(eye, ear, valid, config.temperature)
            now.pictures["pictures"] = Picture(
                "image_grid",
                pictures[rows[:6]][None, :, 0],
                "pictures to train on",
                tuple(said[:6]),
            )
        if step == config.steps:
            now.scalars.update(judge(eye, ear, test, generator))
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

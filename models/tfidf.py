"""TF-IDF: what a text is about, by counting, with common words turned down.

    tf  = 1 + ln(times the word stands in the text)
    idf = 1 + ln((1 + texts) / (1 + texts with the word))

and each text's numbers are put to length 1. `the` stands in every text and says nothing; `iterator` stands
in few and says much. A softmax regression on these numbers is the plain old way to sort texts, and on
many tasks it is still hard to beat. Here: which chapter of the Python manual do twenty words come from?

Source:
    K. Spärck Jones, "A statistical interpretation of term specificity and its application in
    retrieval", Journal of Documentation 28(1):11-21, 1972, https://doi.org/10.1108/eb026526
    (the smoothed form is scikit-learn's)
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data import manual
from models.mlp import accuracy, confusion
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

CHUNK = 20
"""Words of a text."""
PARTS = (
    "Compound statements",
    "The standard type hierarchy",
    "String Methods",
    '"pdb" — The Python Debugger',
)
"""The chapters of the manual that it may come from."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        idf: Whether common words are turned down.
        least: Words that stand in fewer texts are left out.
        held_out: `every fourth` text of a chapter, or the last quarter of it, `the end`.
        learning_rate: Adam's. Live.
        epochs: Passes over the training texts.
    """

    idf: bool = True
    least: int = 2
    held_out: str = "every fourth"
    learning_rate: float = 0.05
    epochs: int = 8


class Texts(NamedTuple):
    """Texts, and the number of the chapter that each is from."""

    texts: list[str]
    parts: list[int]


class TfIdf:
    """The words of some texts and how telling each is.

    Args:
        texts: What is counted.
        least: Words that stand in fewer texts are left out.
        idf: Whether common words are turned down.
    """

    def __init__(self, texts: Sequence[str], least: int = 2, idf: bool = True) -> None:
        found = Counter(word for text in texts for word in set(words(text)))
        self.words = sorted(word for word, count in found.items() if count >= least)
        self.number = {word: number for number, word in enumerate(self.words)}
        weights = [1 + math.log((1 + len(texts)) / (1 + found[word])) for word in self.words]
        self.idf = torch.tensor(weights if idf else [1.0] * len(self.words))

    def vectors(self, texts: Sequence[str]) -> Float[Tensor, "texts words"]:
        """The texts' numbers, each row of length 1; a row of zeros where no word is known."""
        table = torch.zeros(len(texts), len(self.words))
        for row, text in enumerate(texts):
            for word, count in Counter(words(text)).items():
                if word in self.number:
                    table[row, self.number[word]] = 1 + math.log(count)
        return functional.normalize(table * self.idf, dim=1)


def words(text: str) -> list[str]:
    """Its words of two letters and more, in lower case."""
    return re.findall(r"\b\w\w+\b", text.lower())


def chunks(held_out: str = "every fourth") -> tuple[Texts, Texts]:
    """Texts of twenty words and the chapter each is from: those to learn from, and the held-out quarter.

    Every fourth text has neighbours that are trained on and are about the same thing. At the end of a
    chapter the matters are new.
    """
    known, asked = Texts([], []), Texts([], [])
    for part, title in enumerate(PARTS):
        own = re.findall(r"[a-z]{2,}", manual.section(title).lower())
        texts = [" ".join(own[i : i + CHUNK]) for i in range(0, len(own) - CHUNK, CHUNK)]
        for place, text in enumerate(texts):
            late = place % 4 == 3 if held_out == "every fourth" else place >= 0.75 * len(texts)
            kept = asked if late else known
            kept.texts.append(text)
            kept.parts.append(part)
    return known, asked


def telling(layer: nn.Linear, tfidf: TfIdf, count: int = 8) -> Picture:
    """For each part the words that speak for it most."""
    lines = []
    for name, row in zip(PARTS, layer.weight.detach(), strict=True):
        best = row.topk(min(count, len(tfidf.words))).indices.tolist()
        lines.append(f"{name}: {', '.join(tfidf.words[i] for i in best)}")
    return Picture("text", [], "\n".join(lines))


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch of softmax regression on the texts' numbers, 64 a step."""
    torch.manual_seed(config.seed)
    taught, held_out = chunks(config.held_out)
    tfidf = TfIdf(taught.texts, config.least, config.idf)
    known, asked = (tfidf.vectors(each.texts).to(config.device) for each in (taught, held_out))
    labels, truth = (torch.tensor(each.parts, device=config.device) for each in (taught, held_out))
    layer = nn.Linear(len(tfidf.words), len(PARTS)).to(config.device)
    optimizer = torch.optim.Adam(layer.parameters(), config.learning_rate)
    batches = Shuffle(len(labels), 64, torch.Generator().manual_seed(config.seed))
    total = config.epochs * batches.per_epoch
    yield Start(total_steps=total, samples_per_step=64, steps_per_epoch=batches.per_epoch,
                model=layer, optimizer=optimizer, example=known[:64])  # fmt: skip
    for step in range(1, total + 1):
        batch = batches.draw()
        loss = functional.cross_entropy(layer(known[batch]), labels[batch])
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % batches.per_epoch == 0:
            with torch.no_grad():
                said = layer(asked).argmax(1)
                now.scalars["train/accuracy"] = accuracy(layer(known).argmax(1), labels)
            now.scalars["test/accuracy"] = accuracy(said, truth)
            counts = confusion(said, truth)[: len(PARTS), : len(PARTS)]
            now.pictures["confusion"] = Picture("confusion", counts, "held-out texts", PARTS)
            now.pictures["telling"] = telling(layer, tfidf)
        if step == total:
            commonest = int(labels.bincount().argmax())
            now.scalars["test/majority"] = (truth == commonest).float().mean()
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

"""Sentence embeddings: sentences that mean the same lie together, whatever their words.

BERT compares two sentences by reading them side by side; to find the likest two of ten thousand it would read
fifty million pairs. Sentence-BERT reads each sentence once: the mean of its places is the sentence's own
place, and nearness is a product. It is trained on pairs that say the same: in a batch, whose is whose?

    logits = one . other / temperature,    loss = cross entropy along the rows and down the columns

What it has to be told from decides what it learns. `the dog fears the kid` has all the words of `the kid fears
the dog`: only where a batch holds the `mirrors` of its meanings does it have to see who does what to whom.
A bag of words, the comparison here, cannot see it at all.

Sources:
    N. Reimers and I. Gurevych, "Sentence-BERT: sentence embeddings using Siamese BERT-networks", EMNLP
    2019, https://arxiv.org/abs/1908.10084
    M. Henderson et al., "Efficient natural language response suggestion for Smart Reply", 2017,
    https://arxiv.org/abs/1705.00652 (the others of the batch as wrong answers)
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.bert import BERT
from models.clip import clip_loss
from models.data import paraphrases
from models.data.paraphrases import FORMS, NEW_FORMS, Meaning
from models.projection import principal
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

LONGEST = 11
"""Words of a sentence."""
WORDS = {word: number for number, word in enumerate(paraphrases.vocabulary(), 1)}
"""Numbers of the words; 0 is no word."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        temperature: How much the nearest of the wrong answers count more than the others. Live.
        pairs: Pairs of sentences a step, an even number; each has the others to be told from.
        mirrors: Whether half of them are the mirrors of the other half.
        meanings: Of how many of the 652 training meanings it hears, an even number.
        width: Numbers of a place; 4 heads share them.
        layers: How deep. With none, words add up that only know their place: that learns forms by
            heart, and is lost in new ones.
        learning_rate: Adam's at its greatest: up over 50 steps, then down to nothing. Live.
        steps: Optimiser steps.
    """

    temperature: float = 0.1
    pairs: int = 64
    mirrors: bool = True
    meanings: int = 652
    width: int = 48
    layers: int = 2
    learning_rate: float = 2e-3
    steps: int = 500

    def check(self) -> None:
        """Raise ValueError where a knob is out of its range."""
        if self.pairs % 2 or self.meanings % 2 or not 2 <= self.pairs <= self.meanings <= 652:
            raise ValueError(
                f"There are {self.pairs} pairs of {self.meanings} meanings; both are even, and there "
                "are at least 2 pairs, as many meanings, and at most 652."
            )
        if self.width % 4:
            raise ValueError(f"4 heads cannot share a width of {self.width}.")


def tokens(sentences: Sequence[str]) -> Int[Tensor, "n longest"]:
    """Sentences as numbers of words, with 0 after their end.

    Raises:
        ValueError: A word is not among `WORDS`, or there are too many.
    """
    rows = torch.zeros(len(sentences), LONGEST, dtype=torch.long)
    for row, sentence in zip(rows, sentences, strict=True):
        words = sentence.split()
        if unknown := [word for word in words if word not in WORDS]:
            raise ValueError(f"This model has never read {unknown[0]!r}.")
        if len(words) > LONGEST:
            raise ValueError(f"A sentence has at most {LONGEST} words.")
        row[: len(words)] = torch.tensor([WORDS[word] for word in words])
    return rows


class Encoder(nn.Module):
    """(n, words) sentences to (n, width) places of length 1: BERT, and the mean of its places."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.bert = BERT(len(WORDS) + 1, width, 4, layers, LONGEST, 0, False, True)

    def forward(self, words: Int[Tensor, "n longest"]) -> Float[Tensor, "n width"]:
        """Where each sentence lies."""
        blank = words == 0
        places = self.bert(words, blank).masked_fill(blank[:, :, None], 0)
        return functional.normalize(places.sum(1) / (~blank).sum(1, keepdim=True), dim=1)


def bag(words: Int[Tensor, "n longest"]) -> Float[Tensor, "n kinds"]:
    """How often each word stands in each sentence, put to length 1."""
    counts = functional.one_hot(words, len(WORDS) + 1).sum(1)[:, 1:]
    return functional.normalize(counts.float(), dim=1)


def recall(asked: Float[Tensor, "n d"], known: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """Recall@1: the share of sentences to which the nearest of all others is their own."""
    own = torch.arange(len(asked), device=asked.device)
    return ((asked @ known.T).argmax(1) == own).float().mean()


def unmirrored(asked: Float[Tensor, "n d"], known: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """The share of sentences that are nearer to their own than to its mirror, which is beside it."""
    own = torch.arange(len(asked), device=asked.device)
    alike = asked @ known.T
    return (alike[own, own] > alike[own, own ^ 1]).float().mean()


def draw(rng: random.Random, known: Sequence[Meaning], config: Config) -> list[Meaning]:
    """The meanings of a step."""
    if not config.mirrors:
        return rng.sample(known, config.pairs)
    chosen = rng.sample(range(len(known) // 2), config.pairs // 2)
    return [each for place in chosen for each in known[2 * place : 2 * place + 2]]


def said(
    meanings: Sequence[Meaning], rng: random.Random, forms: Sequence[str], device: str
) -> Int[Tensor, "n longest"]:
    """A sentence for each meaning."""
    return tokens([paraphrases.say(each, rng, forms) for each in meanings]).to(device)


@torch.no_grad()
def pictures(model: Encoder, meanings: Sequence[Meaning], device: str) -> dict[str, Picture]:
    """Nine ways to say each of four meanings on a map, who is near to whom, and a search."""
    rng = random.Random(3)
    spoken = [paraphrases.say(each, rng) for each in meanings[:4] for _ in range(9)]
    nouns = [kind[0] for kind in paraphrases.NOUNS]
    names = [f"{nouns[actor]}>{nouns[other]}" for actor, _, other in meanings[:4]]
    places = model(tokens(spoken).to(device))
    kinds = torch.arange(36, device=device) // 9
    dots = torch.column_stack([principal(places, 2), kinds])
    lines = []
    for row in (0, 9, 18):
        alike = places @ places[row]
        alike[row] = -2
        lines.append(spoken[row])
        lines += [f"  {alike[i]:.2f}  {spoken[i]}" for i in alike.topk(3).indices.tolist()]
    caption = "sentences of four meanings, two of them the mirrors of the others"
    return {
        "map": Picture("scatter", dots, caption, tuple(names)),
        "likeness": Picture("heat_map", places @ places.T, "each with each, nine of a meaning in a row"),
        "nearest": Picture("text", [], "\n".join(lines)),
    }  # fmt: skip


@torch.no_grad()
def judge(model: Encoder, asked: Sequence[Meaning], device: str) -> dict[str, float | Tensor]:
    """How the network and a bag of words find unseen meanings, in known and in new forms."""
    rng = random.Random(7)
    known, old, new = (said(asked, rng, forms, device) for forms in (FORMS, FORMS, NEW_FORMS))
    places = model(known)
    return {
        "test/recall@1": recall(model(old), places),
        "test/unmirrored": unmirrored(model(old), places),
        "test/new forms": recall(model(new), places),
        "test/bag of words": recall(bag(old), bag(known)),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step on meanings, each said in two ways; judged on 100 whose words never met so.

    `recall@1` is the share whose other way to be said is found among the hundred, `unmirrored` the share
    that is nearer to it than to its mirror, and `new forms` the recall of sentences of forms that were never
    read, though all their words were. `bag of words` is recall@1 by shared words, `untrained` that of
    this network at its start.
    """
    config.check()
    torch.manual_seed(config.seed)
    rng = random.Random(config.seed)
    known, valid, asked = paraphrases.meanings(config.seed)
    known = known[: config.meanings]
    model = Encoder(config.width, config.layers).to(config.device)
    untrained = judge(model, asked, config.device)["test/recall@1"]
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    example = said(asked[:32], random.Random(1), FORMS, config.device)
    yield Start(total_steps=config.steps, samples_per_step=config.pairs, model=model,
                optimizer=optimizer, example=example)  # fmt: skip
    for step in range(1, config.steps + 1):
        meant = draw(rng, known, config)
        one, other = (model(said(meant, rng, FORMS, config.device)) for _ in range(2))
        loss = clip_loss(one, other, config.temperature)
        share = min(1, step / 50) * (1 - (step - 1) / config.steps)
        set_rate(optimizer, config.learning_rate * share)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 20 == 0:
            now.scalars["valid/recall@1"] = judge(model, valid, config.device)["test/recall@1"]
        if step % 50 == 0 or step == config.steps:
            now.pictures.update(pictures(model, valid, config.device))
        if step == config.steps:
            now.scalars.update(judge(model, asked, config.device))
            now.scalars["test/untrained"] = untrained
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=20)

"""word2vec: a word is known by the company it keeps.

Every word has two vectors, one for itself and one for being somebody's neighbour. Skip-gram: from the
word in the middle, say which words stand around it. CBOW: from the mean of those around, say the one in
the middle. To say it by a softmax over all words would be dear, so negative sampling asks an easier
question: is this the true neighbour, or one of five drawn at random?

    loss = softplus(-w . c) + sum over the drawn of softplus(w . n)

Words with the same company end up in the same place, and what king and queen do not share, uncle and aunt
do not share either: so that king - queen + aunt comes out beside uncle.

Sources:
    T. Mikolov, K. Chen, G. Corrado and J. Dean, "Efficient estimation of word representations in
    vector space", 2013, https://arxiv.org/abs/1301.3781
    T. Mikolov, I. Sutskever, K. Chen, G. Corrado and J. Dean, "Distributed representations of words
    and phrases and their compositionality", NIPS 2013, https://arxiv.org/abs/1310.4546
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data import grammar, manual
from models.projection import principal
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

WINDOW, BATCH, POWER = 4, 1024, 0.75
"""Words to either side; pairs a step; drawn words are those of their counts to this power."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        text: `grammar`, the made-up language of analogies, or `manual`, the Python manual.
        way: `skip-gram` or `cbow`.
        width: Numbers of a vector.
        negatives: Words drawn beside each true one.
        sentences: How many of the made-up language it reads.
        learning_rate: Adam's. Live.
        epochs: Passes over the text.
    """

    text: str = "grammar"
    way: str = "skip-gram"
    width: int = 32
    negatives: int = 5
    sentences: int = 12_000
    learning_rate: float = 0.02
    epochs: int = 6

    def check(self) -> None:
        """Raise ValueError unless there is such a text and way."""
        if self.text not in ("grammar", "manual"):
            raise ValueError(f"The text is {self.text!r}; it can be grammar or manual.")
        if self.way not in ("skip-gram", "cbow"):
            raise ValueError(f"The way is {self.way!r}; it can be skip-gram or cbow.")


class Text:
    """Sentences as numbers of words.

    Args:
        sentences: Their words.
        least: Words that are rarer than this are left out.

    Attributes:
        words: Every word, the commonest first.
        counts: (words,) how often each stands there.
    """

    def __init__(self, sentences: Sequence[Sequence[str]], least: int = 1) -> None:
        counted = Counter(word for sentence in sentences for word in sentence)
        # Of equals the first in the alphabet, so that numbers do not depend on the order of reading.
        known = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        self.words = [word for word, count in known if count >= least]
        self.number = {word: number for number, word in enumerate(self.words)}
        self.counts = torch.tensor([float(counted[word]) for word in self.words])
        self.sentences = [
            [self.number[word] for word in sentence if word in self.number]
            for sentence in sentences
        ]

    def windows(self) -> tuple[Int[Tensor, " n"], Int[Tensor, "n around"]]:
        """Every word in its place, and the words around it; -1 where its sentence has none."""
        rows = []
        gap = [-1] * WINDOW
        for sentence in self.sentences:
            padded = [*gap, *sentence, *gap]
            for place, word in enumerate(sentence):
                around = padded[place : place + WINDOW], padded[place + WINDOW + 1 :][:WINDOW]
                rows.append([word, *around[0], *around[1]])
        table = torch.tensor(rows)
        return table[:, 0], table[:, 1:]


class Vectors(nn.Module):
    """Each word's own vector, small at the start, and its vector as a neighbour, 0 at the start."""

    def __init__(self, words: int, width: int) -> None:
        super().__init__()
        self.own, self.beside = nn.Embedding(words, width), nn.Embedding(words, width)
        nn.init.uniform_(self.own.weight, -0.5 / width, 0.5 / width)
        nn.init.zeros_(self.beside.weight)

    def places(self) -> Float[Tensor, "words width"]:
        """The words' own vectors about their mean, each of length 1."""
        own = self.own.weight.detach()
        return functional.normalize(own - own.mean(0), dim=1)


def loss_of(
    asking: Float[Tensor, "n width"],
    true: Float[Tensor, "n width"],
    drawn: Float[Tensor, "n negatives width"],
) -> Float[Tensor, ""]:
    """Negative sampling: the true word is to match, the drawn ones are not."""
    match = functional.softplus(-(asking * true).sum(1))
    wrong = functional.softplus((asking[:, None] * drawn).sum(2)).sum(1)
    return (match + wrong).mean()


def neighbours(
    places: Float[Tensor, "words width"], text: Text, word: str, count: int = 5
) -> list[str]:
    """The nearest words by the cosine."""
    number = text.number[word]
    alike = places @ places[number]
    alike[number] = -2
    return [text.words[i] for i in alike.topk(min(count, len(text.words) - 1)).indices.tolist()]


def solved(places: Float[Tensor, "words width"], text: Text, *, anybody: bool = False) -> float:
    """The share of analogies whose answer is nearest to b - a + c.

    Args:
        places: The words' vectors, of length 1.
        text: Which word is which.
        anybody: Whether a, b and c may answer as well. The papers leave them out: T. Linzen, "Issues in
            evaluating semantic spaces using word analogies", 2016, https://arxiv.org/abs/1606.07736.
    """
    questions = [
        [text.number[word] for word in question]
        for question in grammar.analogies()
        if all(word in text.number for word in question)
    ]
    a, b, c, answer = torch.tensor(questions, device=places.device).T
    wanted = functional.normalize(places[b] - places[a] + places[c], dim=1)
    alike = wanted @ places.T
    for word in () if anybody else (a, b, c):
        alike.scatter_(1, word[:, None], -2)
    return float((alike.argmax(1) == answer).float().mean())


def judge(places: Float[Tensor, "words width"], text: Text) -> dict[str, float]:
    """The analogies, as the papers count them and with every word as an answer."""
    return {
        "test/analogies": solved(places, text),
        "test/anybody": solved(places, text, anybody=True),
    }


def pictures(vectors: Vectors, text: Text, shown: Sequence[str]) -> dict[str, Picture]:
    """Some words on a map, and their neighbours."""
    places = vectors.places()
    rows = [text.number[word] for word in shown if word in text.number]
    flat = principal(places[rows], 2)
    labels = tuple(text.words[row] for row in rows)
    dots = torch.column_stack([flat, torch.arange(len(rows), device=flat.device)])
    lines = [f"{word}: {', '.join(neighbours(places, text, word))}" for word in labels[:10]]
    return {
        "map": Picture("scatter", dots, "words by their vectors, from the widest side", labels),
        "neighbours": Picture("text", [], "\n".join(lines)),
    }


def read(config: Config) -> tuple[Text, tuple[str, ...]]:
    """The text, and words to look at."""
    if config.text == "grammar":
        made = grammar.sentences(config.sentences, config.seed)
        return Text(made), tuple(word for pair in grammar.ROLES for word in pair)
    sentences: list[list[str]] = [[]]
    for word in manual.words():
        if word == ".":
            sentences.append([])
        else:
            sentences[-1].append(word)
    shown = ("class", "function", "method", "string", "list", "tuple", "true", "false", "first")
    return Text(sentences, least=5), (*shown, "second", "left", "right", "raised", "returned")


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch over all places of the text, in a new order each.

    `test/analogies` is the share of the made-up language's analogies that come out where the three words
    of the question may not answer, `test/anybody` where they may.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    text, shown = read(config)
    middle, around = text.windows()
    often = text.counts**POWER
    vectors = Vectors(len(text.words), config.width).to(config.device)
    optimizer = torch.optim.Adam(vectors.parameters(), config.learning_rate)
    # Skip-gram has a pair for each neighbour; CBOW a question for each place.
    asked, beside = (around >= 0).nonzero().T
    count = len(asked) if config.way == "skip-gram" else len(middle)
    per_epoch = math.ceil(count / BATCH)
    total = config.epochs * per_epoch
    yield Start(total_steps=total, samples_per_step=BATCH, steps_per_epoch=per_epoch,
                model=vectors, optimizer=optimizer)  # fmt: skip
    step = 0
    for _ in range(config.epochs):
        for rows in torch.randperm(count, generator=generator).split(BATCH):
            step += 1
            if config.way == "skip-gram":
                word, near = middle[asked[rows]], around[asked[rows], beside[rows]]
                asking, true = vectors.own(word.to(config.device)), near
            else:
                near, true = around[rows], middle[rows]
                here = (near >= 0).to(config.device)
                each = vectors.own(near.clamp(min=0).to(config.device)) * here[:, :, None]
                asking = each.sum(1) / here.sum(1, keepdim=True).clamp(min=1)
            # One more than none: nothing cannot be drawn.
            drawn = torch.multinomial(
                often, len(rows) * config.negatives + 1, True, generator=generator
            )
            wrong = drawn[:-1].reshape(len(rows), config.negatives).to(config.device)
            loss = loss_of(asking, vectors.beside(true.to(config.device)), vectors.beside(wrong))
            set_rate(optimizer, config.learning_rate)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % 100 == 0 or step == total:
                now.pictures.update(pictures(vectors, text, shown))
                now.scalars.update(
                    judge(vectors.places(), text) if config.text == "grammar" else {}
                )
            yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=500)

"""XLM-R in small: two languages, no translation, and what they come to have in common all the same.

A masked language model again, on English and Spanish, but no sentence is told in both. Words are cut
into pieces that the two share: `doctor`, the `hotel` of `hoteles`, numbers. Around a piece that is the
same the company means the same, and so the other words, too, come to lie beside their translations: a
classifier that was shown English sentences alone knows what Spanish ones are about, even where no
piece is shared. Give each language pieces of its own and nothing of that is left.

A batch takes a language by its share of the text to the power alpha: 1 starves the rare one, 0 shows
its few sentences again and again.

Sources:
    A. Conneau et al., "Unsupervised cross-lingual representation learning at scale", ACL 2020,
    https://arxiv.org/abs/1911.02116
    A. Conneau et al., "Emerging cross-lingual structure in pretrained language models", ACL 2020,
    https://arxiv.org/abs/1911.01464 (large ones need no shared pieces; ours is not large)
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.bert import BERT, hide
from models.data import tongues
from models.data.tongues import MATTERS
from models.mlp import accuracy
from models.projection import principal
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate
from models.tokenisers import BPE, ENDING

BATCH, ENGLISH, SAMPLE, ASKED = 64, 8000, 2000, 500
"""Sentences a step; of English; that the pieces are learned from; that it is asked about."""
LONGEST = 48
"""The most pieces of a sentence: its letters."""
Sentences = tuple[Int[Tensor, "_ _"], Int[Tensor, " _"]]
"""Their pieces, and what each is about."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        shared: Whether a piece that both spell alike is one piece.
        merges: Merges that make the pieces: few leave letters, many leave whole words.
        spanish: Sentences of Spanish, beside 8,000 of English.
        alpha: The power of a language's share of the text that makes its share of a batch.
        hidden: Share of the pieces that is hidden.
        width: Numbers of a place.
        layers: How deep.
        learning_rate: AdamW's at its greatest: up over 100 steps, then down to a tenth. Live.
        steps: Optimiser steps.
    """

    shared: bool = True
    merges: int = 220
    spanish: int = 400
    alpha: float = 0.3
    hidden: float = 0.15
    width: int = 64
    layers: int = 2
    learning_rate: float = 3e-3
    steps: int = 1000

    def check(self) -> None:
        """Raise ValueError unless there is some Spanish, some merges, and shares are shares."""
        if not 1 <= self.spanish <= ENGLISH or not 1 <= self.merges <= 400:
            raise ValueError("`spanish` goes from 1 to 8,000, `merges` from 1 to 400.")
        if not 0 <= self.alpha <= 1 or not 0 < self.hidden < 1:
            raise ValueError("`alpha` goes from 0 to 1, `hidden` lies between 0 and 1.")


class Pieces:
    """The pieces that the words of both tongues are cut into, and their numbers.

    Args:
        texts: Sentences of both to learn the cuts from.
        merges: How many cuts are undone.
        shared: Whether a piece has one number, or one for each tongue.

    Attributes:
        kinds: How many there are; behind them are the mask and the gap after a sentence.
    """

    def __init__(self, texts: Sequence[Sequence[str]], merges: int, shared: bool) -> None:
        *_, bpe = BPE.learn("\n".join(" " + " ".join(text) for text in texts), merges)
        numbers: dict[tuple[str, int], int] = {}
        self._cut = {
            (word, tongue): [
                numbers.setdefault((piece, 0 if shared else tongue), len(numbers))
                for piece in bpe.tokens(ENDING + word)
            ]
            for tongue in (0, 1)
            for word in tongues.words(tongue)
        }
        self.names = [piece for piece, _ in numbers]
        self.kinds = len(numbers)
        self.gap = self.kinds + 1

    def encode(self, texts: Sequence[Sequence[str]], tongue: int) -> Int[Tensor, "n longest"]:
        """The numbers of each sentence's pieces, and gaps behind them."""
        rows = [[number for word in text for number in self._cut[word, tongue]] for text in texts]
        return torch.tensor([row + [self.gap] * (LONGEST - len(row)) for row in rows])

    def trim(self, rows: Int[Tensor, "n longest"]) -> Int[Tensor, "n t"]:
        """The same sentences without the gaps that all of them have."""
        return rows[:, : int((rows != self.gap).sum(1).max())]

    def hide(
        self, rows: Int[Tensor, "n t"], share: float, generator: torch.Generator
    ) -> tuple[Int[Tensor, "n t"], Bool[Tensor, "n t"]]:
        """Sentences with holes, and where they are; a gap is none."""
        shown, holes = hide(rows, share, self.kinds, generator)
        gaps = rows == self.gap
        return torch.where(gaps, rows, shown), holes & ~gaps

    def ask(self, rng: random.Random, tongue: int, alike: bool = True) -> Sentences:
        """New sentences, and what each is about; without `alike` no word is spelled as in the other."""
        facts = [tongues.draw(rng, alike) for _ in range(ASKED)]
        rows = self.encode([fact.say(tongue) for fact in facts], tongue)
        return self.trim(rows), torch.tensor([fact.matter for fact in facts])


class XLMR(nn.Module):
    """(n, t) pieces to (n, t, kinds) logits: BERT, and the table of pieces once more."""

    def __init__(self, kinds: int, width: int = 64, layers: int = 2) -> None:
        super().__init__()
        self.kinds = kinds
        self.bert = BERT(kinds + 2, width, 4, layers, LONGEST, 0, False, True)

    def places(self, pieces: Int[Tensor, "n t"]) -> Float[Tensor, "n t width"]:
        """What each place means; gaps are not looked at."""
        return self.bert(pieces, pieces == self.kinds + 1)

    def forward(self, pieces: Int[Tensor, "n t"]) -> Float[Tensor, "n t kinds"]:
        """What each place should be."""
        return self.places(pieces) @ self.bert.token.weight[: self.kinds].T

    @torch.no_grad()
    def lie(self, pieces: Int[Tensor, "n t"]) -> Float[Tensor, "n width"]:
        """Where each sentence lies: the mean of its places, less that of all sentences here.

        Give those of one language at a time, so that what is left out is which language it is.
        """
        here = (pieces <= self.kinds)[:, :, None]
        mean = (self.places(pieces) * here).sum(1) / here.sum(1)
        return mean - mean.mean(0)


def shares(sizes: Sequence[int], alpha: float) -> Float[Tensor, " languages"]:
    """The share of a batch that each language has: its size to the power alpha, of all."""
    powers = torch.tensor(sizes, dtype=torch.float) ** alpha
    return powers / powers.sum()


def classifier(
    lie: Float[Tensor, "n width"], matters: Int[Tensor, " n"]
) -> Float[Tensor, "width matters"]:
    """What tells the matters of sentences apart by where they lie: ridge regression."""
    wanted = functional.one_hot(matters, len(MATTERS)).float()
    inner = lie.T @ lie + 10 * torch.eye(lie.shape[1], device=lie.device)
    return torch.linalg.solve(inner, lie.T @ (wanted - wanted.mean(0)))


def known(model: XLMR, taught: Sentences, asked: Sentences) -> Tensor:
    """The share of sentences whose matter is told by who was taught on those others."""
    rule = classifier(model.lie(taught[0]), taught[1])
    return accuracy((model.lie(asked[0]) @ rule).argmax(1), asked[1])


@torch.no_grad()
def filled(model: XLMR, pieces: Pieces, asked: Sentences, share: float) -> Tensor:
    """The share of hidden pieces that is filled rightly; the holes are the same each time."""
    shown, holes = pieces.hide(asked[0], share, torch.Generator().manual_seed(1))
    return accuracy(model(shown)[holes].argmax(1), asked[0][holes])


def picture(model: XLMR, asked: Sequence[Sentences]) -> Picture:
    """Where the sentences of each matter lie, in English and in Spanish."""
    middles = [model.lie(rows)[matters == i].mean(0) for rows, matters in asked
               for i in range(len(MATTERS))]  # fmt: skip
    flat = principal(torch.stack(middles), 2)
    dots = torch.column_stack([flat, torch.arange(len(flat), device=flat.device)])
    labels = tuple(f"{matter}, {tongue}" for tongue in ("en", "es") for matter in MATTERS)
    return Picture(
        "scatter", dots, "where each matter's sentences lie, from the widest side", labels
    )


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step of filling holes; what it is asked are sentences that it was not shown.

    `test/spanish` is the share of Spanish sentences, of words that English does not have, whose matter
    a classifier knows that was taught on English ones; `test/english` the same of English; a fifth is
    chance. `test/filled, english` and `spanish` are of the hidden pieces.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    rng = random.Random(config.seed)
    sizes = ENGLISH, config.spanish
    mix = shares(sizes, config.alpha)
    told = [[tongues.draw(rng).say(tongue) for _ in range(sizes[tongue])] for tongue in (0, 1)]
    # The pieces are cut for both alike, so that alpha changes the batches and nothing else.
    sample = [told[i % 2][i // 2 % sizes[i % 2]] for i in range(SAMPLE)]
    pieces = Pieces(sample, config.merges, config.shared)
    text = torch.cat([pieces.encode(told[tongue], tongue) for tongue in (0, 1)])
    rng = random.Random(1)
    taught, english, spanish, own = (
        tuple(each.to(config.device) for each in pieces.ask(rng, tongue, alike))
        for tongue, alike in ((0, True), (0, True), (1, True), (1, False))
    )
    model = XLMR(pieces.kinds, config.width, config.layers).to(config.device)
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=0.01)
    yield Start(total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        foreign = torch.rand(BATCH, generator=generator) < mix[1]
        here, there = (torch.randint(size, (BATCH,), generator=generator) for size in sizes)
        batch = pieces.trim(text[torch.where(foreign, ENGLISH + there, here)])
        shown, holes = pieces.hide(batch, config.hidden, generator)
        logits = model(shown.to(config.device))[holes.to(config.device)]
        loss = functional.cross_entropy(logits, batch[holes].to(config.device))
        share = min(1, step / 100) * max(0.1, 1 - step / config.steps)
        set_rate(optimizer, config.learning_rate * share)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 50 == 0:
            now.scalars["valid/spanish"] = known(model, taught, spanish)
            now.pictures["map"] = picture(model, (english, spanish))
        if step == config.steps:
            now.scalars["test/english"] = known(model, taught, english)
            now.scalars["test/spanish"] = known(model, taught, own)
            now.scalars["test/filled, english"] = filled(model, pieces, english, config.hidden)
            now.scalars["test/filled, spanish"] = filled(model, pieces, spanish, config.hidden)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

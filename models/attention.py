"""Attention: every place looks at all others, and takes most from those that match its question.

    attention(Q, K, V) = softmax(Q K^T / sqrt(d)) V

A query is compared with every key; the closer they match, the more of that key's value comes through.
Without the root, large widths make the softmax so sharp that its gradient dies. Several heads do it side by
side in smaller spaces, so that one can look for a subject while another looks for a full stop. A
mask says who may not be looked at.

`train` is the task that it was made for: eight pairs of key and value, then a key; say its value. What
the head looks at can be read off: the pair that was asked for.

Sources:
    A. Vaswani et al., "Attention is all you need", NIPS 2017, https://arxiv.org/abs/1706.03762
    D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by jointly learning to align and
    translate", ICLR 2015, https://arxiv.org/abs/1409.0473
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

KEYS, VALUES, PAIRS, BATCH = 16, 10, 8, 64
"""Kinds of key and of value; pairs that are shown; questions a step."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs of the lookup.

    Attributes:
        heads: Heads that look side by side, 1, 2, 4 or 8.
        scale: Whether scores are divided by the root of the width.
        learning_rate: Adam's. Live.
        steps: Optimiser steps.
    """

    heads: int = 1
    scale: bool = True
    learning_rate: float = 3e-3
    steps: int = 1000

    def check(self) -> None:
        """Raise ValueError unless the heads share the width evenly."""
        if self.heads not in (1, 2, 4, 8):
            raise ValueError(f"There are {self.heads} heads; there can be 1, 2, 4 or 8.")


def attention(
    query: Float[Tensor, "... q d"],
    key: Float[Tensor, "... k d"],
    value: Float[Tensor, "... k v"],
    hidden: Bool[Tensor, "..."] | None = None,
    scale: bool = True,
) -> tuple[Float[Tensor, "... q v"], Float[Tensor, "... q k"]]:
    """Scaled dot-product attention.

    Args:
        query: What each place asks.
        key: What each place answers to.
        value: What it says then.
        hidden: True where a query may not look; of a shape that broadcasts to (..., q, k).
        scale: Whether to divide the scores by the root of d.

    Returns:
        What comes through, and how much each query took from each key: rows that sum to 1.
    """
    scores = query @ key.transpose(-2, -1)
    if scale:
        scores = scores / math.sqrt(query.shape[-1])
    if hidden is not None:
        scores = scores.masked_fill(hidden, -torch.inf)
    weights = scores.softmax(-1)
    return weights @ value, weights


def future(long: int, device: torch.device | str = "cpu") -> Bool[Tensor, "long long"]:
    """True above the diagonal: what comes later, which a language model may not see."""
    return torch.ones(long, long, dtype=torch.bool, device=device).triu(1)


class MultiHead(nn.Module):
    """Several heads of attention and what joins them.

    Args:
        width: Numbers of a place; the heads share them.
        heads: How many.
        scale: Whether scores are divided by the root of a head's width.
    """

    def __init__(self, width: int, heads: int, scale: bool = True) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads cannot share a width of {width}.")
        self.heads, self.scale = heads, scale
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.join = nn.Linear(width, width), nn.Linear(width, width)
        self.weights: Tensor | None = None
        """(n, heads, q, k) of the last pass, where it was kept."""
        self.keep = False

    def forward(
        self,
        asking: Float[Tensor, "n q width"],
        asked: Float[Tensor, "n k width"],
        hidden: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "n q width"]:
        """What every asking place takes from those that are asked; the same ones in self-attention."""
        query, key, value = (
            made(places).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for made, places in ((self.query, asking), (self.key, asked), (self.value, asked))
        )
        taken, weights = attention(query, key, value, hidden, self.scale)
        if self.keep:
            self.weights = weights.detach()
        return self.join(taken.transpose(1, 2).flatten(2))


# --- the lookup ---------------------------------------------------------------------------------


class Lookup(nn.Module):
    """(n, 8) keys, (n, 8) values and (n,) keys in question to (n, 10) logits: one layer of attention."""

    def __init__(self, heads: int, scale: bool, width: int = 32) -> None:
        super().__init__()
        self.key, self.value = nn.Embedding(KEYS, width), nn.Embedding(VALUES, width)
        self.question = nn.Embedding(KEYS, width)
        self.look = MultiHead(width, heads, scale)
        self.look.keep = True
        self.say = nn.Linear(width, VALUES)

    def forward(
        self, keys: Int[Tensor, "n pairs"], values: Int[Tensor, "n pairs"], asked: Int[Tensor, " n"]
    ) -> Float[Tensor, "n values"]:
        """The value of the key that is asked for."""
        places = self.key(keys) + self.value(values)
        return self.say(self.look(self.question(asked)[:, None], places)[:, 0])


def questions(
    count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Keys, values, the key in question, its value, and where its pair stands."""
    keys = torch.rand(count, KEYS, generator=generator).argsort(1)[:, :PAIRS]
    values = torch.randint(VALUES, (count, PAIRS), generator=generator)
    place = torch.randint(PAIRS, (count,), generator=generator)
    rows = torch.arange(count)
    return keys, values, keys[rows, place], values[rows, place], place


def picture(model: Lookup, keys: Tensor, values: Tensor, asked: Tensor) -> Picture:
    """Eight questions, one a row, and how much was taken from each pair."""
    weights = model.look.weights
    assert weights is not None, "the pass before kept them"
    pairs = "  ".join(f"{key}:{value}" for key, value in zip(keys[0].tolist(), values[0].tolist(),
                                                              strict=True))  # fmt: skip
    caption = (
        f"taken from each pair, question by question; the first asks {int(asked[0])} of {pairs}"
    )
    return Picture("heat_map", weights[:8, :, 0].mean(1), caption)


def train(config: Config) -> Iterator[Start | Reading]:
    """New questions at every step.

    `train/on the pair` is how much the head that looks best takes from the pair that was asked for;
    `test/accuracy` is of 1,000 new questions at the end.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    model = Lookup(config.heads, config.scale).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        keys, values, asked, truth, place = (
            each.to(config.device) for each in questions(BATCH, generator)
        )
        logits = model(keys, values, asked)
        loss = functional.cross_entropy(logits, truth)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert model.look.weights is not None, "this module keeps them"
        on_pair = model.look.weights[:, :, 0].gather(
            2, place[:, None, None].expand(-1, config.heads, 1)
        )
        now = Reading(
            step,
            {
                "train/loss": loss.detach(),
                "train/accuracy": accuracy(logits.argmax(1), truth),
                "train/on the pair": on_pair.mean((0, 2)).amax(),
            },
        )
        if step % 50 == 0:
            now.pictures["attention"] = picture(model, keys, values, asked)
        if step == config.steps:
            keys, values, asked, truth, _ = (
                each.to(config.device) for each in questions(1000, generator)
            )
            with torch.no_grad():
                now.scalars["test/accuracy"] = accuracy(model(keys, values, asked).argmax(1), truth)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

"""The Transformer: an encoder that reads, a decoder that writes and looks back at what was read.

Both are stacks of attention and small networks, with a shortcut around each. The encoder's places look at
one another; the decoder's look at those before them, and across at the encoder's. Attention alone does
not know order, so waves of many lengths are added to say where a place is. It is trained to say the next
character, given the true ones before; to answer, it goes on from its own.

Four tasks: reverse a string, sort digits, dates of four styles into one, and numbers in words.
Without positions it cannot even reverse.

Source:
    A. Vaswani et al., "Attention is all you need", NIPS 2017, https://arxiv.org/abs/1706.03762
    (the base model has 6 + 6 layers, a width of 512 and 8 heads; ours normalises before each part and
    not after it, which needs no long warm-up: R. Xiong et al., https://arxiv.org/abs/2002.04745)
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.attention import MultiHead, future
from models.data.pairs import BEGIN, PAD, TASKS, Task
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

BATCH = 64


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        task: `reverse`, `sort`, `dates` or `numbers`.
        positions: Whether places know where they are.
        width: Numbers of a place.
        heads: Heads of each attention.
        layers: Layers of the encoder, and of the decoder.
        learning_rate: Adam's at its greatest: up over 100 steps, then down to a tenth. Live.
        steps: Optimiser steps.
    """

    task: str = "reverse"
    positions: bool = True
    width: int = 64
    heads: int = 4
    layers: int = 2
    learning_rate: float = 2e-3
    steps: int = 900

    def check(self) -> None:
        """Raise ValueError unless there is such a task."""
        if self.task not in TASKS:
            raise ValueError(f"The task is {self.task!r}; it can be {', '.join(TASKS)}.")


def waves(long: int, width: int) -> Float[Tensor, "long width"]:
    """Sines and cosines of lengths from 2 pi to 10,000 times that: where a place is."""
    place = torch.arange(long)[:, None]
    slower = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
    return torch.stack([(place * slower).sin(), (place * slower).cos()], 2).flatten(1)[:, :width]


def network(width: int, inner: int) -> nn.Sequential:
    """The small network between two attentions: the same at every place."""
    return nn.Sequential(nn.Linear(width, inner), nn.ReLU(), nn.Linear(inner, width))


class EncoderLayer(nn.Module):
    """Look at one another, think; each around a shortcut."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.attend, self.think = MultiHead(width, heads), network(width, inner)

    def forward(
        self, x: Float[Tensor, "n t width"], hidden: Bool[Tensor, "n 1 1 t"]
    ) -> Float[Tensor, "n t width"]:
        """The places of a sentence, each with what it found in the others."""
        seen = self.norms[0](x)
        x = x + self.attend(seen, seen, hidden)
        return x + self.think(self.norms[1](x))


class DecoderLayer(nn.Module):
    """Look back, look across, think; each around a shortcut."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.back, self.across = MultiHead(width, heads), MultiHead(width, heads)
        self.think = network(width, inner)

    def forward(
        self,
        x: Float[Tensor, "n t width"],
        read: Float[Tensor, "n s width"],
        later: Bool[Tensor, "t t"],
        hidden: Bool[Tensor, "n 1 1 s"],
    ) -> Float[Tensor, "n t width"]:
        """The places of an answer, each with what it found before it and in what was read."""
        seen = self.norms[0](x)
        x = x + self.back(seen, seen, later)
        x = x + self.across(self.norms[1](x), read, hidden)
        return x + self.think(self.norms[2](x))


class Transformer(nn.Module):
    """(n, s) tokens read and (n, t) tokens written so far to (n, t, vocabulary) logits of the next.

    Args:
        vocabulary: Kinds of token, the same on both sides.
        width: Numbers of a place.
        heads: Heads of each attention.
        layers: Layers on each side.
        inner: Units of the small networks; twice the width where it is not given.
        positions: Whether places know where they are.
        longest: Tokens of the longest sentence.
    """

    waves: Tensor

    def __init__(
        self, vocabulary: int, width: int = 512, heads: int = 8, layers: int = 6,
        inner: int | None = None, positions: bool = True, longest: int = 64,
    ) -> None:  # fmt: skip
        super().__init__()
        inner = inner or 2 * width
        self.embed = nn.Embedding(vocabulary, width)
        self.encoder = nn.ModuleList(EncoderLayer(width, heads, inner) for _ in range(layers))
        self.decoder = nn.ModuleList(DecoderLayer(width, heads, inner) for _ in range(layers))
        self.norm, self.say = nn.LayerNorm(width), nn.Linear(width, vocabulary)
        where = waves(longest, width) if positions else torch.zeros(longest, width)
        self.register_buffer("waves", where, persistent=False)

    def read(self, source: Int[Tensor, "n s"]) -> tuple[Tensor, Tensor]:
        """The encoder's places, and which of them are padding."""
        hidden = (source == PAD)[:, None, None]
        x = self.embed(source) + self.waves[: source.shape[1]]
        for layer in self.encoder:
            x = layer(x, hidden)
        return x, hidden

    def write(self, target: Int[Tensor, "n t"], read: Tensor, hidden: Tensor) -> Tensor:
        """The logits of what follows each token written so far."""
        long = target.shape[1]
        x, later = self.embed(target) + self.waves[:long], future(long, target.device)
        for layer in self.decoder:
            x = layer(x, read, later, hidden)
        return self.say(self.norm(x))

    def forward(
        self, source: Int[Tensor, "n s"], target: Int[Tensor, "n t"]
    ) -> Float[Tensor, "n t vocabulary"]:
        """Read, then write."""
        return self.write(target, *self.read(source))

    @torch.no_grad()
    def answer(self, source: Int[Tensor, "n s"], long: int) -> Int[Tensor, "n long"]:
        """The likeliest next token, again and again."""
        read, hidden = self.read(source)
        said = torch.full((len(source), 1), BEGIN, device=source.device)
        for _ in range(long):
            following = self.write(said, read, hidden)[:, -1:].argmax(-1)
            said = torch.cat([said, following], 1)
        return said[:, 1:]


def exact(model: Transformer, source: Tensor, target: Tensor) -> Tensor:
    """The share of answers that are right to the last character."""
    wanted = target[:, 1:]
    said = model.answer(source, wanted.shape[1])
    # What it says after the end does not count.
    return ((said == wanted) | (wanted == PAD)).all(1).float().mean()


@torch.no_grad()
def pictures(model: Transformer, task: Task, source: Tensor, target: Tensor) -> dict[str, Picture]:
    """Where the last layer looks while it writes one answer, and a few answers."""
    across = model.decoder[-1].across
    across.keep = True
    model(source[:1], target[:1, :-1])
    across.keep = False
    assert across.weights is not None, "this pass kept them"
    read, written = task.decode(source[0]), task.decode(target[0])
    weights = across.weights[0, :, : len(written), : len(read)]
    said = model.answer(source[:6], target.shape[1] - 1)
    lines = [
        f"{task.decode(asked)} -> {task.decode(answer)}{'' if right else '   (wrong)'}"
        for asked, answer, right in zip(
            source[:6],
            said,
            ((said == target[:6, 1:]) | (target[:6, 1:] == PAD)).all(1),
            strict=True,
        )
    ]
    caption = "writing (rows), looking at what was read (columns), head by head"
    labels = (*written, *read)
    return {
        "attention": Picture("attention", weights, caption, labels),
        "answers": Picture("text", [], "\n".join(lines)),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step of saying the next character; answers are judged whole.

    `valid/exact` is of 100 pairs that are not trained on, `test/exact` of others, at the end.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    task = TASKS[config.task](random.Random(config.seed))
    source, target = (each.to(config.device) for each in task.tokens(task.train))
    asked, wanted = (each.to(config.device) for each in task.tokens(task.test))
    model = Transformer(
        task.vocabulary, config.width, config.heads, config.layers, positions=config.positions
    ).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        rows = torch.randint(len(source), (BATCH,), generator=generator)
        logits = model(source[rows], target[rows, :-1])
        following = target[rows, 1:].flatten()
        loss = functional.cross_entropy(logits.flatten(0, 1), following, ignore_index=PAD)
        share = min(1, step / 100) * max(0.1, 1 - step / config.steps)
        set_rate(optimizer, config.learning_rate * share)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 100 == 0:
            now.scalars["valid/exact"] = exact(model, asked[:100], wanted[:100])
            now.pictures.update(pictures(model, task, asked, wanted))
        if step == config.steps:
            now.scalars["test/exact"] = exact(model, asked[100:], wanted[100:])
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

"""RNN, LSTM and GRU: cells with a memory, written out, and how long they remember.

A recurrent cell reads one thing at a time and keeps a state. The plain one mixes state and input and
squashes them at every step, so what it saw fifty steps ago was squashed fifty times, and no gradient
comes back from there. The LSTM carries a second state past all that, through a gate that says how much of it to
keep. With that gate half open, as random weights leave it, half is lost at each step, and after
fifty nothing is there; a bias that opens it at the start is the difference between chance and certainty.

The task: four symbols; say at the end which one came first, with noise in between.

Sources:
    J. L. Elman, "Finding structure in time", Cognitive Science 14:179-211, 1990,
    https://doi.org/10.1207/s15516709cog1402_1
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9(8):1735-1780,
    1997, https://doi.org/10.1162/neco.1997.9.8.1735
    F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual prediction with LSTM",
    Neural Computation 12(10):2451-2471, 2000, https://doi.org/10.1162/089976600300015015
    K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical
    machine translation", EMNLP 2014, https://arxiv.org/abs/1406.1078 (GRU)
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

SYMBOLS, BATCH, ASKED = 4, 64, 512
"""Symbols to remember, and as many of noise; sequences a step; sequences of a test."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        cell: `rnn`, `lstm` or `gru`.
        length: Steps of a sequence; the first is the one to be remembered.
        hidden: Numbers of the state.
        forget_bias: What opens the LSTM's forget gate at the start; sigmoid(4) keeps 98 %.
        learning_rate: Adam's. Live.
        steps: Optimiser steps.
    """

    cell: str = "lstm"
    length: int = 50
    hidden: int = 32
    forget_bias: float = 1.0
    learning_rate: float = 0.01
    steps: int = 500

    def check(self) -> None:
        """Raise ValueError unless there is such a cell."""
        if self.cell not in CELLS:
            raise ValueError(f"The cell is {self.cell!r}; it can be {', '.join(CELLS)}.")


class Cell(nn.Module):
    """What all three have in common: weights for the input and for the state, `gates` times wide.

    Args:
        inputs: Numbers of an input.
        hidden: Numbers of the state.
        gates: How many parts the sum is cut into.
    """

    def __init__(self, inputs: int, hidden: int, gates: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.seen, self.kept = nn.Linear(inputs, gates * hidden), nn.Linear(hidden, gates * hidden)
        for weight in self.parameters():
            nn.init.uniform_(weight, -(hidden**-0.5), hidden**-0.5)

    def start(self, count: int) -> tuple[Tensor, ...]:
        """The state before anything was read."""
        return (self.kept.weight.new_zeros(count, self.hidden),)


class RNN(Cell):
    """h = tanh(W x + U h + b)."""

    def __init__(self, inputs: int, hidden: int, forget_bias: float = 0.0) -> None:
        super().__init__(inputs, hidden, 1)

    def forward(
        self, x: Float[Tensor, "n inputs"], state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """The state after an input."""
        return ((self.seen(x) + self.kept(state[0])).tanh(),)


class LSTM(Cell):
    """c = f * c + i * g and h = o * tanh(c): input, forget and output gates, in that order with g third."""

    def __init__(self, inputs: int, hidden: int, forget_bias: float = 1.0) -> None:
        super().__init__(inputs, hidden, 4)
        with torch.no_grad():
            self.seen.bias[hidden : 2 * hidden] = 0
            self.kept.bias[hidden : 2 * hidden] = forget_bias

    def start(self, count: int) -> tuple[Tensor, ...]:
        """What it says, and what it keeps."""
        return 2 * super().start(count)

    def forward(
        self, x: Float[Tensor, "n inputs"], state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Both states after an input."""
        said, kept = state
        let_in, keep, new, out = (self.seen(x) + self.kept(said)).chunk(4, 1)
        kept = keep.sigmoid() * kept + let_in.sigmoid() * new.tanh()
        return out.sigmoid() * kept.tanh(), kept


class GRU(Cell):
    """h = z * h + (1 - z) * tanh(W x + r * (U h)): reset and update gates."""

    def __init__(self, inputs: int, hidden: int, forget_bias: float = 0.0) -> None:
        super().__init__(inputs, hidden, 3)

    def forward(
        self, x: Float[Tensor, "n inputs"], state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """The state after an input."""
        (kept,) = state
        seen, back = self.seen(x).chunk(3, 1), self.kept(kept).chunk(3, 1)
        reset, keep = (seen[0] + back[0]).sigmoid(), (seen[1] + back[1]).sigmoid()
        new = (seen[2] + reset * back[2]).tanh()
        return (keep * kept + (1 - keep) * new,)


CELLS: dict[str, type[RNN] | type[LSTM] | type[GRU]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


class Rememberer(nn.Module):
    """(n, length) symbols to (n, 4) logits: a cell that reads them and says what it kept."""

    def __init__(self, cell: str, hidden: int, forget_bias: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(2 * SYMBOLS, 8)
        self.cell = CELLS[cell](8, hidden, forget_bias)
        self.say = nn.Linear(hidden, SYMBOLS)

    def forward(self, symbols: Int[Tensor, "n length"]) -> Float[Tensor, "n symbols"]:
        """What it thinks the first symbol was."""
        return self.say(self.states(self.embed(symbols))[-1])

    def states(self, x: Float[Tensor, "n length inputs"]) -> list[Float[Tensor, "n hidden"]]:
        """What it says after each step."""
        state, said = self.cell.start(len(x)), []
        for each in x.unbind(1):
            state = self.cell(each, state)
            said.append(state[0])
        return said


def sequences(
    count: int, length: int, generator: torch.Generator
) -> tuple[Int[Tensor, "n length"], Int[Tensor, " n"]]:
    """A symbol to remember and noise after it; and which symbol it was."""
    symbols = torch.randint(SYMBOLS, 2 * SYMBOLS, (count, length), generator=generator)
    first = torch.randint(SYMBOLS, (count,), generator=generator)
    symbols[:, 0] = first
    return symbols, first


def memory(
    model: Rememberer, symbols: Int[Tensor, "n length"], first: Int[Tensor, " n"]
) -> Float[Tensor, " length"]:
    """The size of the loss's gradient by the input of each step: how far back it can learn."""
    with torch.enable_grad():
        x = model.embed(symbols).detach().requires_grad_()
        logits = model.say(model.states(x)[-1])
        (gradient,) = torch.autograd.grad(functional.cross_entropy(logits, first), x)
    return gradient.norm(dim=2).mean(0)


def train(config: Config) -> Iterator[Start | Reading]:
    """New sequences at every step; the picture shows how far back the gradient reaches."""
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    asked, truth = (
        each.to(config.device) for each in sequences(2 * ASKED, config.length, generator)
    )
    model = Rememberer(config.cell, config.hidden, config.forget_bias).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(
        total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer,
        example=asked[:BATCH],
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        symbols, first = (
            each.to(config.device) for each in sequences(BATCH, config.length, generator)
        )
        loss = functional.cross_entropy(model(symbols), first)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 25 == 0:
            with torch.no_grad():
                said = model(asked[:ASKED]).argmax(1)
            now.scalars["valid/accuracy"] = accuracy(said, truth[:ASKED])
            reach = memory(model, asked[:64], truth[:64]).clamp(min=1e-12).log10()
            caption = "log10 of the gradient by each step's input, the first at the left"
            now.pictures["memory"] = Picture("lines", reach[None], caption, (config.cell,))
        if step == config.steps:
            with torch.no_grad():
                now.scalars["test/accuracy"] = accuracy(
                    model(asked[ASKED:]).argmax(1), truth[ASKED:]
                )
            reach = memory(model, asked[:64], truth[:64])
            now.scalars["test/reach"] = math.log10(max(float(reach[0]), 1e-30))
        yield now


if __name__ == "__main__":
    run_alone(train(Config(forget_bias=4.0)), every=100)

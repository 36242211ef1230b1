"""An adder: sums of three digits, learned to the last one, and what it makes of four.

Two ways to put the same sums. On a `line` a small GPT reads 123+456= as characters and writes the answer, one
after the other, ones first. In `columns` a recurrent cell sees the two digits of a column, the ones
first, and says one digit of the answer for each column; what it wants to remember, it carries along.

    line       3 2 1 + 6 5 4 =      then it writes      9 7 5 0 .
    columns    3 2 1 0              and says            9 7 5 0
               6 5 4 0

Both see numbers of up to so many digits and are asked for longer ones. Every step of the second is the
same step, wherever it stands; nothing in the first says that a fourth digit is like a third.

Sources:
    B. M. Lake and M. Baroni, "Generalization without systematicity: on the compositional skills of
    sequence-to-sequence recurrent networks", ICML 2018, https://arxiv.org/abs/1711.00350
    N. Lee et al., "Teaching arithmetic to small transformers", ICLR 2024,
    https://arxiv.org/abs/2307.03381 (answers with the ones first)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.gpt import GPT
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

PLUS, EQUALS, END = 10, 11, 12
"""Tokens that are no digits."""
SIGNS = "0123456789+=."
LONGEST = 8
"""Digits of the longest numbers that it is ever asked for."""
BATCH = 64


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        written: `line` or `columns`.
        ones_first: Whether numbers on a line begin with their ones. Columns always do.
        digits: Digits of the longest numbers that it is trained on.
        learning_rate: AdamW's at its greatest: up over 50 steps, then down to a tenth. Live.
        steps: Optimiser steps, each on 64 sums of one length.
    """

    written: str = "line"
    ones_first: bool = True
    digits: int = 3
    learning_rate: float = 6e-3
    steps: int = 900

    def check(self) -> None:
        """Raise ValueError unless sums can be written so, and there is a length to learn."""
        if self.written not in ("line", "columns"):
            raise ValueError(f"Sums are written on a `line` or in `columns`, not {self.written!r}.")
        if not 1 <= self.digits <= LONGEST:
            raise ValueError(f"`digits` goes from 1 to {LONGEST}; it is {self.digits}.")


def sums(count: int, digits: int, generator: torch.Generator) -> Int[Tensor, "3 count places"]:
    """Two numbers of exactly so many digits and their sum: digits, ones first, a zero on top."""
    least, most = 10 ** (digits - 1) if digits > 1 else 0, 10**digits
    terms = torch.randint(least, most, (2, count), generator=generator)
    numbers = torch.cat([terms, terms.sum(0, keepdim=True)])
    return numbers[:, :, None] // 10 ** torch.arange(digits + 1) % 10


def line(sums: Int[Tensor, "3 n places"], ones_first: bool) -> Int[Tensor, "n signs"]:
    """Sums as characters: both numbers, their sum in one place more, and the end."""
    one, other, total = sums[0, :, :-1], sums[1, :, :-1], sums[2]
    if not ones_first:
        one, other, total = (each.flip(1) for each in (one, other, total))
    plus = torch.full((len(one), 1), PLUS, device=sums.device)
    return torch.cat([one, plus, other, plus + 1, total, plus + 2], 1)


class Line(nn.Module):
    """A small GPT that reads a sum and writes its answer; 52,736 parameters."""

    def __init__(self, ones_first: bool) -> None:
        super().__init__()
        self.ones_first = ones_first
        self.gpt = GPT(len(SIGNS), width=64, heads=4, layers=1, context=3 * LONGEST + 4)

    def loss(self, sums: Int[Tensor, "3 n places"]) -> Float[Tensor, ""]:
        """Cross entropy of each character of the answer, given the true ones before it."""
        signs, places = line(sums, self.ones_first), sums.shape[2]
        logits = self.gpt(signs[:, :-1])[:, -places - 1 :]
        return functional.cross_entropy(logits.flatten(0, 1), signs[:, -places - 1 :].flatten())

    @torch.no_grad()
    def answer(self, sums: Int[Tensor, "3 n places"]) -> Int[Tensor, "n places"]:
        """The likeliest next character, again and again; as digits, ones first."""
        places = sums.shape[2]
        said = line(sums, self.ones_first)[:, : -places - 1]
        for _ in range(places):
            said = torch.cat([said, self.gpt(said)[:, -1:].argmax(-1)], 1)
        found = said[:, -places:]
        return found if self.ones_first else found.flip(1)


class Columns(nn.Module):
    """A recurrent cell that walks from column to column; 15,562 parameters."""

    def __init__(self, hidden: int = 48) -> None:
        super().__init__()
        self.see = nn.ModuleList(nn.Embedding(10, hidden) for _ in range(2))
        self.cell = nn.GRU(hidden, hidden, batch_first=True)
        self.say = nn.Linear(hidden, 10)

    def forward(self, sums: Int[Tensor, "3 n places"]) -> Float[Tensor, "n places 10"]:
        """A digit for each column, from the columns up to it."""
        seen = self.see[0](sums[0]) + self.see[1](sums[1])
        return self.say(self.cell(seen)[0])

    def loss(self, sums: Int[Tensor, "3 n places"]) -> Float[Tensor, ""]:
        """Cross entropy of each digit of the answer."""
        return functional.cross_entropy(self(sums).flatten(0, 1), sums[2].flatten())

    @torch.no_grad()
    def answer(self, sums: Int[Tensor, "3 n places"]) -> Int[Tensor, "n places"]:
        """The likeliest digit of each column, ones first."""
        return self(sums).argmax(2)


def right(model: Line | Columns, sums: Int[Tensor, "3 n places"]) -> Tensor:
    """The share of sums that are right to the last digit."""
    return (model.answer(sums) == sums[2]).all(1).float().mean()


def numbers(digits: Int[Tensor, "n places"]) -> list[str]:
    """Digits with the ones first as people write them; signs that are no digits as they are."""
    return ["".join(SIGNS[each] for each in row) for row in digits.flip(1).tolist()]


def shown(model: Line | Columns, sums: Int[Tensor, "3 n places"]) -> str:
    """Sums, what the model says, and what is right."""
    rows = zip(*(numbers(each) for each in (*sums, model.answer(sums))), strict=True)
    return "\n".join(
        f"{one.lstrip('0') or '0'} + {other.lstrip('0') or '0'} = {said}"
        + ("" if said == total else f"   (wrong: {total})")
        for one, other, total, said in rows
    )


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step on sums of one length each, long ones more often than short ones.

    `valid/3 digits` and the like are of 100 sums of that length, for 1 to
    5 digits; `test/3 digits` and the like of 400 others, for 8 digits as well, at the end.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    dice = torch.Generator().manual_seed(1000 + config.seed)
    watched = {digits: sums(100, digits, dice).to(config.device) for digits in range(1, 6)}
    model = (Line(config.ones_first) if config.written == "line" else Columns()).to(config.device)
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, (0.9, 0.98), weight_decay=0.01
    )
    # There are few short sums and many long ones.
    often = 3.0 ** torch.arange(config.digits)
    yield Start(total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        digits = 1 + int(torch.multinomial(often, 1, generator=generator))
        loss = model.loss(sums(BATCH, digits, generator).to(config.device))
        share = min(1, step / 50) * max(0.1, 1 - step / config.steps)
        set_rate(optimizer, config.learning_rate * share)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 100 == 0:
            for each, asked in watched.items():
                now.scalars[f"valid/{named(each)}"] = right(model, asked)
            lines = "\n".join(shown(model, watched[each][:, :3]) for each in (2, 3, 4))
            now.pictures["answers"] = Picture("text", [], lines)
        if step == config.steps:
            for each in (1, 2, 3, 4, 5, LONGEST):
                asked = sums(400, each, dice).to(config.device)
                now.scalars[f"test/{named(each)}"] = right(model, asked)
        yield now


def named(digits: int) -> str:
    """A length in words."""
    return "1 digit" if digits == 1 else f"{digits} digits"


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

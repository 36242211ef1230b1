"""GPT: a stack of attention that may only look back, trained to say what comes next.

    x = token + position
    x = x + attention(norm(x))        only to the left
    x = x + network(norm(x))          again and again
    logits = norm(x) . tokens         the same table in and out

That is all. The same code is GPT-2 with 124 million parameters (`models/gpt2.py`) and, two layers deep and
64 numbers wide, a model of characters that learns in half a minute to write what looks like a manual. To
write, draw a token from the probabilities, append it, and ask again; `temperature` says how boldly.

Source:
    A. Radford et al., "Improving language understanding by generative pre-training", 2018,
    https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data import manual
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

BATCH = 16


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        width: Numbers of a place.
        heads: Heads of each attention.
        layers: How deep.
        context: Characters it can look back on.
        learning_rate: AdamW's at its greatest: up over 50 steps, then down to a tenth. Live.
        temperature: How boldly it writes. Live.
        steps: Optimiser steps, each on 16 stretches of the manual.
    """

    width: int = 64
    heads: int = 4
    layers: int = 2
    context: int = 64
    learning_rate: float = 4e-3
    temperature: float = 0.8
    steps: int = 1300

    def check(self) -> None:
        """Raise ValueError unless the heads share the width evenly."""
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads cannot share a width of {self.width}.")


class Block(nn.Module):
    """Look back, think; each around a shortcut.

    Args:
        width: Numbers of a place.
        heads: How many share them.
        causal: Whether a place sees only what is before it.
    """

    def __init__(self, width: int, heads: int, causal: bool = True) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width)
        )

    def forward(self, x: Float[Tensor, "n t width"]) -> Float[Tensor, "n t width"]:
        """The places, each with what it found and made of it."""
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in self.ask(self.norm1(x)).chunk(3, 2)
        )
        # torch's own kernel for models/attention.py's formula.
        taken = functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        x = x + self.join(taken.transpose(1, 2).flatten(2))
        return x + self.think(self.norm2(x))


class GPT(nn.Module):
    """(n, t) tokens to (n, t, vocabulary) logits of the token after each.

    Args:
        vocabulary: Kinds of token.
        width: Numbers of a place.
        heads: Heads of each attention.
        layers: How deep.
        context: The most tokens it can see.
    """

    def __init__(
        self, vocabulary: int, width: int = 64, heads: int = 4, layers: int = 2, context: int = 64
    ) -> None:
        super().__init__()
        self.context = context
        self.token, self.place = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for table in (self.token, self.place):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, tokens: Int[Tensor, "n t"]) -> Float[Tensor, "n t vocabulary"]:
        """What comes next, at every place."""
        x = self.token(tokens) + self.place.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token.weight.T

    @torch.no_grad()
    def write(
        self, tokens: Int[Tensor, "n t"], count: int, temperature: float, dice: torch.Generator
    ) -> tuple[Int[Tensor, "n u"], Float[Tensor, "n count"]]:
        """Go on for so many tokens.

        Returns:
            All tokens, and how likely each new one was before it was drawn.
        """
        likely = []
        for _ in range(count):
            logits = self(tokens[:, -self.context :])[:, -1]
            chances = (logits / max(temperature, 1e-3)).softmax(1).cpu()
            drawn = torch.multinomial(chances, 1, generator=dice)
            likely.append(chances.gather(1, drawn))
            tokens = torch.cat([tokens, drawn.to(tokens.device)], 1)
        return tokens, torch.cat(likely, 1)


# --- the run --------------------------------------------------------------------------------------


@torch.no_grad()
def held_out_loss(model: GPT, tokens: Int[Tensor, "n t"]) -> Float[Tensor, ""]:
    """The mean cross entropy in nats a character on stretches that nothing was trained on."""
    losses = [
        functional.cross_entropy(model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten())
        for part in tokens.split(20)
    ]
    return torch.stack(losses).mean()


def sample(model: GPT, temperature: float, device: str) -> Picture:
    """What it writes, and how likely it found each character that it drew."""
    begin = manual.encode("The ")[None].to(device)
    tokens, likely = model.write(begin, 160, temperature, torch.Generator().manual_seed(0))
    pieces = tuple(manual.decode(tokens[0]))
    given = torch.full((begin.shape[1],), torch.nan)
    caption = f"mean probability of what it drew: {float(likely.mean()):.2f}"
    return Picture("tokens", torch.cat([given, likely[0]]), caption, pieces)


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step on the manual's first nine tenths; judged on the last.

    Losses are in nats a character: ln 103 = 4.6 knows nothing, 3.1 knows how common each is.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    fast.tensor_cores(config.device)
    known, held_out = (each.to(config.device) for each in manual.halves())
    long = config.context + 1
    asked = manual.windows(held_out, 40, long, torch.Generator().manual_seed(1)).to(config.device)
    vocabulary = len(manual.characters())
    model = GPT(vocabulary, config.width, config.heads, config.layers, config.context)
    model = model.to(config.device)
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, (0.9, 0.95), weight_decay=0.1
    )
    yield Start(
        total_steps=config.steps, samples_per_step=BATCH * config.context, model=model,
        optimizer=optimizer, example=asked[:BATCH, :-1],
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        batch = manual.windows(known, BATCH, long, generator)
        with fast.mixed(config.device):
            logits = model(batch[:, :-1])
            loss = functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        share = min(1, step / 50) * max(0.1, 1 - 0.9 * step / config.steps)
        set_rate(optimizer, config.learning_rate * share)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 100 == 0:
            now.scalars["valid/loss"] = held_out_loss(model, asked)
        if step % 200 == 0:
            now.pictures["writing"] = sample(model, config.temperature, config.device)
        if step == config.steps:
            more = manual.windows(held_out, 100, long, torch.Generator().manual_seed(2))
            now.scalars["test/loss"] = held_out_loss(model, more.to(config.device))
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

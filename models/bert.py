"""BERT: hide some characters, and say them from both sides.

GPT sees what was and says what comes. BERT sees the whole sentence with holes in it and fills them,
so each place may look both ways; it cannot write, but it understands. Three in twenty characters are
hidden: most of them under a mask, a tenth behind a wrong character, a tenth left as they are, so that
no place is safe to ignore. The same encoder at its published size is in `models/bert_base.py`.

Source:
    J. Devlin, M.-W. Chang, K. Lee and K. Toutanova, "BERT: pre-training of deep bidirectional
    transformers for language understanding", NAACL 2019, https://arxiv.org/abs/1810.04805
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.attention import MultiHead
from models.data import manual
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

BATCH = 32


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        hidden: Share of the characters that is hidden.
        width: Numbers of a place.
        heads: Heads of each attention.
        layers: How deep.
        context: Characters of a stretch.
        learning_rate: AdamW's at its greatest: up over 100 steps, then down to a tenth. Live.
        steps: Optimiser steps.
    """

    hidden: float = 0.15
    width: int = 64
    heads: int = 4
    layers: int = 2
    context: int = 48
    learning_rate: float = 4e-3
    steps: int = 1200

    def check(self) -> None:
        """Raise ValueError unless something is hidden and the heads share the width evenly."""
        if not 0 < self.hidden < 1:
            raise ValueError(f"`hidden` is {self.hidden}; it lies between 0 and 1.")
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads cannot share a width of {self.width}.")


class Layer(nn.Module):
    """Look both ways, think; each around a shortcut.

    Args:
        width: Numbers of a place.
        heads: Heads that share them.
        norm_first: Whether each part is normalised before, as today, or behind it, as in 2018. Behind
            it small ones stand still for thousands of steps; before it they learn at once.
    """

    def __init__(self, width: int, heads: int, norm_first: bool = False) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.attend, self.norm1 = MultiHead(width, heads), nn.LayerNorm(width, eps=1e-12)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)

    def forward(
        self, x: Float[Tensor, "n t width"], blank: Bool[Tensor, "n 1 1 t"] | None = None
    ) -> Float[Tensor, "n t width"]:
        """The places, each with what it found and made of it."""
        if self.norm_first:
            seen = self.norm1(x)
            x = x + self.attend(seen, seen, blank)
            return x + self.think(self.norm2(x))
        x = self.norm1(x + self.attend(x, x, blank))
        return self.norm2(x + self.think(x))

    def think(self, x: Float[Tensor, "n t width"]) -> Float[Tensor, "n t width"]:
        """The small network: the same at every place."""
        return self.narrow(functional.gelu(self.widen(x)))


class BERT(nn.Module):
    """(n, t) tokens to (n, t, width) places.

    Args:
        vocabulary: Kinds of token.
        width: Numbers of a place.
        heads: Heads of each attention.
        layers: How deep.
        context: The most tokens.
        kinds: Kinds of sentence, that is which of two; DistilBERT has none.
        pooler: Whether the first place gets a map of its own, to classify by.
        norm_first: Where its layers have their norms.
    """

    def __init__(
        self, vocabulary: int = 30_522, width: int = 768, heads: int = 12, layers: int = 12,
        context: int = 512, kinds: int = 2, pooler: bool = True, norm_first: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.token, self.place = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.kind = nn.Embedding(kinds, width) if kinds else None
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, heads, norm_first) for _ in range(layers))
        self.pooler = nn.Linear(width, width) if pooler else None
        for table in (self.token, self.place, self.kind):
            if table is not None:
                nn.init.normal_(table.weight, std=0.02)

    def forward(
        self, tokens: Int[Tensor, "n t"], blank: Bool[Tensor, "n t"] | None = None
    ) -> Float[Tensor, "n t width"]:
        """What each place means among the others; blank ones are not looked at."""
        x = self.token(tokens) + self.place.weight[: tokens.shape[1]]
        if self.kind is not None:
            x = x + self.kind.weight[0]
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x, None if blank is None else blank[:, None, None])
        return x

    def pool(self, places: Float[Tensor, "n t width"]) -> Float[Tensor, "n width"]:
        """What the first place says of the whole sentence. Raises ValueError without a pooler."""
        if self.pooler is None:
            raise ValueError("This BERT has no pooler.")
        return self.pooler(places[:, 0]).tanh()


# --- the run --------------------------------------------------------------------------------------


def hide(
    tokens: Int[Tensor, "n t"], share: float, kinds: int, generator: torch.Generator
) -> tuple[Int[Tensor, "n t"], Bool[Tensor, "n t"]]:
    """Tokens with holes, and where they are.

    Of the holes, eight in ten show the mask, whose token is `kinds`; one shows a token drawn at
    random, and one its own.
    """
    chosen = torch.rand(tokens.shape, generator=generator) < share
    how = torch.rand(tokens.shape, generator=generator)
    drawn = torch.randint(kinds, tokens.shape, generator=generator)
    shown = torch.where(chosen & (how < 0.8), kinds, tokens.cpu())
    shown = torch.where(chosen & (how >= 0.9), drawn, shown)
    return shown.to(tokens.device), chosen.to(tokens.device)


def by_bigram(tokens: Int[Tensor, " n"], kinds: int) -> Int[Tensor, " kinds"]:
    """The likeliest character after each: the guess of who looks at the one before alone."""
    counts = torch.zeros(kinds, kinds)
    ones = torch.ones(len(tokens) - 1)
    counts.index_put_((tokens[:-1].cpu(), tokens[1:].cpu()), ones, accumulate=True)
    return counts.argmax(1)


class Filler(nn.Module):
    """(n, t) tokens with holes to (n, t, kinds) logits: BERT, and the table of tokens once more."""

    def __init__(self, kinds: int, config: Config) -> None:
        super().__init__()
        self.kinds = kinds
        self.bert = BERT(
            kinds + 1, config.width, config.heads, config.layers, config.context, 0, False, True
        )

    def forward(self, tokens: Int[Tensor, "n t"]) -> Float[Tensor, "n t kinds"]:
        """What each place should be."""
        return self.bert(tokens) @ self.bert.token.weight[: self.kinds].T


def picture(model: Filler, tokens: Tensor, shown: Tensor, chosen: Tensor) -> Picture:
    """Three stretches with their holes, and what was put there."""
    with torch.no_grad():
        said = model(shown[:3]).argmax(2)
    lines = []
    for truth, hole, guess in zip(tokens[:3], chosen[:3], said, strict=True):
        text = manual.decode(truth).replace("\n", " ")
        holes = "".join("_" if here else char for here, char in zip(hole, text, strict=True))
        filled = manual.decode(torch.where(hole, guess, truth)).replace("\n", " ")
        lines += [holes, filled, ""]
    return Picture("text", [], "\n".join(lines))


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step on the manual's first nine tenths; judged on holes in the last.

    `test/accuracy` is the share of the hidden characters that is said rightly; `test/bigram` that of
    who only sees the character before.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    known, held_out = (each.to(config.device) for each in manual.halves())
    kinds = len(manual.characters())
    fixed = torch.Generator().manual_seed(1)
    asked = manual.windows(held_out, 400, config.context, fixed)
    shown, chosen = hide(asked, config.hidden, kinds, fixed)
    model = Filler(kinds, config).to(config.device)
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=0.01)
    yield Start(total_steps=config.steps, samples_per_step=BATCH, model=model,
                optimizer=optimizer, example=shown[:BATCH])  # fmt: skip
    for step in range(1, config.steps + 1):
        batch = manual.windows(known, BATCH, config.context, generator)
        holes, where = hide(batch, config.hidden, kinds, generator)
        loss = functional.cross_entropy(model(holes)[where], batch[where])
        share = min(1, step / 100) * max(0.1, 1 - step / config.steps)
        set_rate(optimizer, config.learning_rate * share)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 100 == 0:
            with torch.no_grad():
                said = model(shown[:100]).argmax(2)
            now.scalars["valid/accuracy"] = accuracy(said[chosen[:100]], asked[:100][chosen[:100]])
            now.pictures["holes"] = picture(model, asked, shown, chosen)
        if step == config.steps:
            rest, holes = asked[100:], chosen[100:]
            with torch.no_grad():
                said = torch.cat([model(part).argmax(2) for part in shown[100:].split(50)])
            now.scalars["test/accuracy"] = accuracy(said[holes], rest[holes])
            guess = by_bigram(known, kinds).to(rest.device)[rest.roll(1, 1)]
            now.scalars["test/bigram"] = accuracy(guess[holes], rest[holes])
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

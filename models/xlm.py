"""XLM: one masked language model for two languages, and what translations teach it.

BERT on the text of two languages learns both and does not know that they are about the same world.
Translation language modelling puts a sentence and its translation side by side, with holes in both: to
fill a hole in the one, the easiest is to look at the other. Every word is told where it stands in its
own sentence, so that the two begin alike, and which language it is of. Texts that have no translation
are read two sentences of one language at a time.

It is asked for a Spanish verb that might be any, with the English sentence beside it. That it looks
across does not mean that it keeps both in one place: `test/found` says how far that goes.

Source:
    G. Lample and A. Conneau, "Cross-lingual language model pretraining", NeurIPS 2019,
    https://arxiv.org/abs/1901.07291
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.bert import Layer, hide
from models.data import tongues
from models.data.tongues import ACROSS, LONG, VERB, Fact
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

BATCH, FACTS, ASKED = 64, 8000, 500
"""Pairs of sentences a step; facts that are told; facts that it is asked about."""
WORDS = sorted({*tongues.words(0), *tongues.words(1)})


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        parallel: Share of the pairs that are translations of each other; of 0 it learns two languages
            and no word of the one from the other. Live.
        hidden: Share of the words that is hidden.
        width: Numbers of a place.
        heads: Heads of each attention.
        layers: How deep.
        learning_rate: AdamW's at its greatest: up over 100 steps, then down to a tenth. Live.
        steps: Optimiser steps.
    """

    parallel: float = 0.5
    hidden: float = 0.15
    width: int = 64
    heads: int = 2
    layers: int = 2
    learning_rate: float = 3e-3
    steps: int = 700

    def check(self) -> None:
        """Raise ValueError unless shares are shares and the heads share the width evenly."""
        if not 0 <= self.parallel <= 1 or not 0 < self.hidden < 1:
            raise ValueError("`parallel` goes from 0 to 1, `hidden` lies between 0 and 1.")
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads cannot share a width of {self.width}.")


class XLM(nn.Module):
    """(n, t) tokens, and the tongue of each, to (n, t, words) logits."""

    def __init__(self, width: int = 64, heads: int = 4, layers: int = 2) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(len(WORDS) + 1, width), nn.Embedding(LONG, width)
        self.tongue = nn.Embedding(2, width)
        self.layers = nn.ModuleList(Layer(width, heads, norm_first=True) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for table in (self.token, self.place, self.tongue):
            nn.init.normal_(table.weight, std=0.1)

    def states(
        self, tokens: Int[Tensor, "n t"], tongue: Int[Tensor, "n t"]
    ) -> Float[Tensor, "n t width"]:
        """What each place means; places are counted anew in the second sentence."""
        where = torch.arange(tokens.shape[1], device=tokens.device) % LONG
        x = self.token(tokens) + self.place(where) + self.tongue(tongue)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)

    def forward(
        self, tokens: Int[Tensor, "n t"], tongue: Int[Tensor, "n t"]
    ) -> Float[Tensor, "n t words"]:
        """What each place should be."""
        return self.states(tokens, tongue) @ self.token.weight[: len(WORDS)].T


def encode(facts: Sequence[Fact]) -> Int[Tensor, "facts 2 long"]:
    """Every fact in both tongues."""
    number = {word: place for place, word in enumerate(WORDS)}
    told = [[[number[word] for word in fact.say(tongue)] for tongue in (0, 1)] for fact in facts]
    return torch.tensor(told)


def side_by_side(
    told: Int[Tensor, "facts 2 long"], parallel: float, generator: torch.Generator
) -> tuple[Int[Tensor, "n t"], Int[Tensor, "n t"]]:
    """Two sentences a row, and the tongue of each word.

    A share `parallel` says the same in both tongues; the rest are two sentences of one tongue.
    """
    twice = torch.rand(BATCH, generator=generator) < parallel
    first, other = torch.randint(len(told), (2, BATCH), generator=generator)
    tongue = torch.randint(2, (BATCH,), generator=generator)
    left, right = torch.where(twice, 0, tongue), torch.where(twice, 1, tongue)
    words = torch.cat([told[first, left], told[torch.where(twice, first, other), right]], 1)
    return words, torch.stack([left, right], 1).repeat_interleave(LONG, 1)


# --- what it learned ------------------------------------------------------------------------------


def questions(rng: random.Random) -> Int[Tensor, "asked 2 long"]:
    """Facts whose verb is any: the rest of the Spanish sentence does not give it away."""
    verbs = [pair for row in tongues.VERBS for pair in row]
    return encode([replace(tongues.draw(rng), verb=rng.choice(verbs)) for _ in range(ASKED)])


@torch.no_grad()
def verbs_right(model: XLM, told: Int[Tensor, "n 2 long"], beside: bool = True) -> Tensor:
    """The share of hidden Spanish verbs that is filled rightly, with the English sentence or without."""
    holes = told.clone()
    holes[:, 1, VERB] = len(WORDS)
    tongue = torch.tensor([0, 1], device=told.device).repeat_interleave(LONG).expand(len(told), -1)
    words, verb = holes.flatten(1), LONG + VERB
    if not beside:
        words, tongue, verb = words[:, LONG:], tongue[:, LONG:], VERB
    return accuracy(model(words, tongue)[:, verb].argmax(1), told[:, 1, VERB])


@torch.no_grad()
def found(model: XLM, told: Int[Tensor, "n 2 long"]) -> Tensor:
    """The share of English sentences that lie nearest to their translation, each read alone.

    A sentence lies at the mean of its places, less the mean of all sentences of its tongue.
    """
    sides = []
    for tongue in (0, 1):
        words = told[:, tongue]
        lies = model.states(words, torch.full_like(words, tongue)).mean(1)
        sides.append(functional.normalize(lies - lies.mean(0), dim=1))
    nearest = (sides[0] @ sides[1].T).argmax(1)
    return accuracy(nearest, torch.arange(len(told), device=told.device))


@torch.no_grad()
def look(
    model: XLM, told: Int[Tensor, "n 2 long"]
) -> tuple[Float[Tensor, "n heads long long"], Float[Tensor, "n long"]]:
    """The Spanish words of pairs, hidden one after the other.

    Returns:
        How much each, hidden, takes from each English word in the first layer, head by head; and how
        likely the true word is there.
    """
    rows = torch.arange(LONG, device=told.device)
    words = told.flatten(1)[:, None].repeat(1, LONG, 1)
    words[:, rows, LONG + rows] = len(WORDS)
    tongue = torch.tensor([0, 1], device=told.device).repeat_interleave(LONG)
    first = model.layers[0].attend
    first.keep = True
    logits = model(words.flatten(0, 1), tongue.expand(len(told) * LONG, -1))
    first.keep = False
    assert first.weights is not None, "this pass kept them"
    said = logits.softmax(2).unflatten(0, (-1, LONG))[:, rows, LONG + rows]
    weights = first.weights.unflatten(0, (-1, LONG))[:, rows, :, LONG + rows, :LONG]
    return weights.permute(1, 2, 0, 3), said.gather(2, told[:, 1, :, None])[..., 0]


def aligned(model: XLM, told: Int[Tensor, "n 2 long"]) -> Tensor:
    """The share of Spanish words that look most at their own translation, all heads together.

    The article, the number and the full stop do not count: they need no translation.
    """
    weights, _ = look(model, told)
    most = weights.mean(1).argmax(2).cpu()
    content = [1, 2, 4, 5]
    return (most[:, content] == torch.tensor(ACROSS)[content]).float().mean()


def pictures(model: XLM, told: Int[Tensor, "2 long"]) -> dict[str, Picture]:
    """Where the hidden words of one sentence look, and how likely the true ones are."""
    weights, likely = (each[0] for each in look(model, told[None]))
    english, spanish = ([WORDS[word] for word in side] for side in told.tolist())
    pieces = (*(f"{word} " for word in english), "\n", *(f"{word} " for word in spanish))
    given = torch.full((LONG + 1,), torch.nan, device=told.device)
    where = "each Spanish word, hidden (rows), looks at the English sentence, head by head"
    how = "how likely each Spanish word is where it is hidden"
    return {
        "attention": Picture("attention", weights, where, (*spanish, *english)),
        "tokens": Picture("tokens", torch.cat([given, likely]), how, pieces),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step of filling holes; judged on facts that it was not told.

    `test/verb` is the share of Spanish verbs filled rightly beside the English sentence, where one in
    ten is chance, and `test/verb alone` without it; `test/aligned` the share of Spanish words that look
    most at their translation; `test/found` the share of English sentences that lie nearest to theirs,
    of 500.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    rng = random.Random(config.seed)
    told = encode([tongues.draw(rng) for _ in range(FACTS)])
    asked = questions(random.Random(1)).to(config.device)
    model = XLM(config.width, config.heads, config.layers).to(config.device)
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=0.01)
    yield Start(total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        words, tongue = side_by_side(told, config.parallel, generator)
        shown, holes = hide(words, config.hidden, len(WORDS), generator)
        shown, tongue = shown.to(config.device), tongue.to(config.device)
        truth = words[holes].to(config.device)
        loss = functional.cross_entropy(model(shown, tongue)[holes.to(config.device)], truth)
        share = min(1, step / 100) * max(0.1, 1 - step / config.steps)
        set_rate(optimizer, config.learning_rate * share)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 25 == 0:
            now.scalars["valid/verb"] = verbs_right(model, asked[:100])
            now.pictures.update(pictures(model, asked[0]))
        if step == config.steps:
            now.scalars["test/verb"] = verbs_right(model, asked[100:])
            now.scalars["test/verb alone"] = verbs_right(model, asked[100:], beside=False)
            now.scalars["test/aligned"] = aligned(model, asked[100:200])
            now.scalars["test/found"] = found(model, asked)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=50)

"""Writing: a small GPT over pieces of words, and the ways to draw what it says next.

A language model gives every piece a probability and leaves it to us to choose. Always the likeliest is not the
likeliest text, and no text that anybody would write; every piece as likely as the model says brings in a
thousand bad ones that are rare one by one and common together. In between:

    temperature t    softmax(logits / t): below 1 the likely become likelier, at 0 the likeliest is left
    top-k            the k likeliest, and no other
    top-p            the fewest that have p of the probability together (nucleus)

What is kept is drawn from in proportion. How the writing is, two numbers say, both of which the manual's own
text has too: how much of it is fresh, and how much it surprises the model itself.

Sources:
    A. Radford et al., "Language models are unsupervised multitask learners", 2019 (GPT-2 wrote with top-k 40),
    https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf
    A. Fan, M. Lewis and Y. Dauphin, "Hierarchical neural story generation", ACL 2018,
    https://arxiv.org/abs/1805.04833 (top-k)
    A. Holtzman et al., "The curious case of neural text degeneration", ICLR 2020,
    https://arxiv.org/abs/1904.09751 (top-p, and that people do not write what is likeliest)
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import sentencepiece
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data import manual
from models.gpt import GPT
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate
from models.tokenisers import sentencepieces

BATCH, CONTEXT, RUN = 16, 32, 4
"""Stretches a step; pieces that it sees; pieces in a row that count as a repetition."""
TEXTS, GIVEN, LONG = 16, 8, 48
"""Texts that it writes to be judged; pieces of the manual that each begins with; pieces that it adds."""
LINE = 160
"""Characters that are kept of a line."""
END = "<0x0A>"
"""The piece that ends a paragraph: the byte of a new line."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        temperature: By what logits are divided before a piece is drawn; 0 takes the likeliest. Live.
        top_k: How many of the likeliest may be drawn; 0 for all. Live.
        top_p: How much probability those that may be drawn have together. Live.
        vocabulary: Kinds of piece.
        learning_rate: AdamW's at its greatest: up over 50 steps, then down to a tenth. Live.
        steps: Optimiser steps.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    vocabulary: int = 1000
    learning_rate: float = 1e-2
    steps: int = 400

    def check(self) -> None:
        """Raise ValueError where a knob is out of its range."""
        if self.temperature < 0 or not 0 <= self.top_p <= 1:
            raise ValueError("`temperature` is at least 0, and `top_p` goes from 0 to 1.")
        if not 0 <= self.top_k <= self.vocabulary or not 200 <= self.vocabulary <= 2000:
            raise ValueError("`top_k` is at most `vocabulary`, and that goes from 200 to 2,000.")


@functools.cache
def prose() -> list[str]:
    """The paragraphs of the manual that are running text, without its tables, grammar and programs."""
    found = [" ".join(part.split()) for part in manual.text().split("\n\n")]
    plain = " .,;:'()-\"*"
    return [
        part for part in found
        if len(part) >= 80 and part[0].isupper() and "::=" not in part
        and sum(char.isalpha() or char in plain for char in part) >= 0.95 * len(part)
    ]  # fmt: skip


@functools.cache
def pieces(vocabulary: int) -> sentencepiece.SentencePieceProcessor:
    """The cuts, learned from what is trained on."""
    known = prose()
    return sentencepieces("\n".join(known[: int(0.9 * len(known))]), "bpe", vocabulary)


def halves(vocabulary: int) -> tuple[Int[Tensor, " n"], Int[Tensor, " m"]]:
    """The first nine tenths of the paragraphs in pieces, and the last tenth."""
    cut, paragraphs = int(0.9 * len(prose())), prose()
    cutter = pieces(vocabulary)
    end = cutter.piece_to_id(END)
    rows = [[*cutter.encode(part), end] for part in paragraphs]
    known, held_out = (torch.tensor([*chain(*part)]) for part in (rows[:cut], rows[cut:]))
    return known, held_out


# --- to draw ----------------------------------------------------------------------------------------


def chances(
    logits: Float[Tensor, "n kinds"], temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0
) -> Float[Tensor, "n kinds"]:
    """What each piece is drawn with: first the temperature, then top-k, then top-p of what is left.

    Args:
        logits: The model's.
        temperature: At 0, and below a thousandth, the likeliest has all.
        top_k: How many are kept; 0 keeps all.
        top_p: The fewest of the likeliest that have so much together are kept, one at least.
    """
    if temperature < 1e-3:
        return functional.one_hot(logits.argmax(1), logits.shape[1]).float()
    found = (logits / temperature).softmax(1)
    ranked, where = found.sort(1, descending=True)
    before = ranked.cumsum(1) - ranked
    rank = torch.arange(ranked.shape[1], device=ranked.device)
    if top_k:
        ranked = ranked.masked_fill(rank >= top_k, 0)
        before = ranked.cumsum(1) - ranked
    # What stands before a piece decides, so that the one that reaches the share is still kept.
    short = before >= top_p * ranked.sum(1, keepdim=True)
    ranked = ranked.masked_fill(short & (rank > 0), 0)
    kept = torch.zeros_like(found).scatter(1, where, ranked)
    return kept / kept.sum(1, keepdim=True)


@torch.no_grad()
def go_on(
    model: GPT, begun: Int[Tensor, "n t"], count: int, config: Config, dice: torch.Generator
) -> tuple[Int[Tensor, "n count"], Float[Tensor, "n count"]]:
    """Go on for so many pieces.

    Returns:
        The new pieces, and the surprise of each in nats, by the model's own probabilities.
    """
    tokens, surprise = begun, []
    for _ in range(count):
        logits = model(tokens[:, -CONTEXT:])[:, -1]
        drawn = chances(logits, config.temperature, config.top_k, config.top_p).cpu()
        new = torch.multinomial(drawn, 1, generator=dice).to(tokens.device)
        surprise.append(-logits.log_softmax(1).gather(1, new))
        tokens = torch.cat([tokens, new], 1)
    return tokens[:, begun.shape[1] :], torch.cat(surprise, 1)


# --- to judge ---------------------------------------------------------------------------------------


def fresh(rows: Int[Tensor, "n t"], run: int = RUN) -> float:
    """The share of runs of so many pieces that did not stand before in the same text; the mean."""
    found = [[tuple(row[i : i + run]) for i in range(len(row) - run + 1)] for row in rows.tolist()]
    return sum(len(set(runs)) / len(runs) for runs in found) / len(found)


@torch.no_grad()
def surprise(model: GPT, tokens: Int[Tensor, "n t"]) -> Float[Tensor, ""]:
    """The mean surprise of every piece but the first, in nats."""
    losses = [
        functional.cross_entropy(model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten())
        for part in tokens.split(50)
    ]
    return torch.stack(losses).mean()


def shown(cutter: sentencepiece.SentencePieceProcessor, row: list[int]) -> list[str]:
    """Each piece as it is read; a byte that is no letter is a dot, the end of a paragraph a sign."""
    found = [cutter.id_to_piece(token).replace("▁", " ") for token in row]
    return ["¶" if piece == END else "·" if piece.startswith("<0x") else piece for piece in found]


@torch.no_grad()
def picture(model: GPT, config: Config, begun: Tensor) -> Picture:
    """Two texts that begin as the manual does and go on as it likes, and how likely each piece was."""
    cutter = pieces(config.vocabulary)
    rows, costs = go_on(model, begun, LONG, config, torch.Generator().manual_seed(0))
    words, likely = list[str](), list[float]()
    for first, row, cost in zip(begun.tolist(), rows.tolist(), costs.tolist(), strict=True):
        lead = ["\n\n"] if words else []
        words += [*lead, *shown(cutter, first), " |", *shown(cutter, row)]
        likely += [math.nan] * (len(lead) + len(first) + 1) + [math.exp(-each) for each in cost]
    return Picture("tokens", likely, "behind | it goes on alone; how likely each was", tuple(words))


@torch.no_grad()
def lines(model: GPT, config: Config) -> Picture:
    """A line each of 16 texts that begin with "The " and end as their paragraph does; no short ones."""
    cutter = pieces(config.vocabulary)
    begun = torch.tensor([cutter.encode("The")] * TEXTS).to(next(model.parameters()).device)
    rows, _ = go_on(model, begun, LONG, config, torch.Generator().manual_seed(config.seed))
    said = ("".join(shown(cutter, row)).partition("¶")[0] for row in rows.tolist())
    kept = [f"The{text}"[:LINE] for text in said if text.startswith(" ") and len(text) >= LINE / 4]
    return Picture("text", [], "\n".join(kept))


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step on the manual's running text; every 50 steps it writes.

    `valid/fresh` and `valid/surprise` are of what it writes, in shares and bits a piece;
    `valid/manual` is the surprise of the manual itself. At the end the same as `test/...` of other texts,
    of the manual `test/manual` and `test/manual, fresh`, `test/bits` in bits a character, and `lines`.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    known, held_out = (each.to(config.device) for each in halves(config.vocabulary))
    fixed = torch.Generator().manual_seed(1)
    watched = manual.windows(held_out, 60, CONTEXT + 1, fixed)
    asked = manual.windows(held_out, 150, CONTEXT + 1, fixed)
    longer = manual.windows(held_out, 100, LONG, fixed)
    begun = manual.windows(held_out, 2 * TEXTS, GIVEN, fixed)
    model = GPT(config.vocabulary, context=CONTEXT).to(config.device)
    rate, dice = config.learning_rate, torch.Generator().manual_seed(config.seed)
    optimizer = torch.optim.AdamW(model.parameters(), rate, (0.9, 0.95), weight_decay=0.1)
    yield Start(
        total_steps=config.steps, samples_per_step=BATCH * CONTEXT, model=model,
        optimizer=optimizer, example=watched[:BATCH, :-1],
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        batch = manual.windows(known, BATCH, CONTEXT + 1, generator)
        logits = model(batch[:, :-1])
        loss = functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        share = min(1, step / 50) * max(0.1, 1 - 0.9 * step / config.steps)
        set_rate(optimizer, config.learning_rate * share)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 50 == 0:
            rows, costs = go_on(model, begun[:TEXTS], LONG, config, dice)
            now.scalars["valid/fresh"] = fresh(rows)
            now.scalars["valid/surprise"] = costs.mean() / math.log(2)
            now.scalars["valid/manual"] = surprise(model, watched) / math.log(2)
            now.pictures["writing"] = picture(model, config, begun[:2])
        if step == config.steps:
            rows, costs = go_on(model, begun[TEXTS:], LONG, config, dice)
            bits = surprise(model, asked) / math.log(2)
            now.scalars["test/fresh"] = fresh(rows)
            now.scalars["test/surprise"] = costs.mean() / math.log(2)
            now.scalars["test/manual"] = bits
            now.scalars["test/manual, fresh"] = fresh(longer)
            now.scalars["test/bits"] = bits * pieces_a_character(config.vocabulary)
            now.pictures["lines"] = lines(model, config)
        yield now


def pieces_a_character(vocabulary: int) -> float:
    """Pieces that a character of the text held out makes on the mean."""
    rest = prose()[int(0.9 * len(prose())) :]
    return len(halves(vocabulary)[1]) / sum(len(part) + 1 for part in rest)


if __name__ == "__main__":
    run_alone(train(Config()), every=50)

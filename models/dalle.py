"""DALL-E in small: an image is a sentence in a language of patches.

Two by two pixels are a patch; k-means finds 64 patches that stand for all others, and an image becomes
16 numbers, row by row. A transformer then reads the caption's token and says patch after patch, each
from those before it, as a language model says words. To draw, it is given a caption and made to go on.
The first DALL-E did this with 8,192 codes, 1,024 of them an image, found by an autoencoder.

    caption -> p -> p -> p ... 16 patches -> 8x8 pixels

Sources:
    A. Ramesh et al., "Zero-shot text-to-image generation", ICML 2021,
    https://arxiv.org/abs/2102.12092
    A. van den Oord, O. Vinyals and K. Kavukcuoglu, "Neural discrete representation learning", NIPS
    2017, https://arxiv.org/abs/1711.00937 (codes for patches)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.clusters import inertia, owners, plus_plus, turn
from models.data.digits import splits
from models.judge import judge
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

CODES, PATCHES, PATCH = 64, 16, 2
"""Patches in the codebook, patches of an image, pixels of a patch's side."""
DRAWN, BATCH = 300, 64


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        temperature: How boldly it draws: near 0 the likeliest patch, above 1 almost any. Live.
        learning_rate: Adam's at the start; it falls to a twentieth. Live.
        steps: Optimiser steps.
    """

    temperature: float = 1.0
    learning_rate: float = 2e-3
    steps: int = 900


def patches(images: Float[Tensor, "n 8 8"]) -> Float[Tensor, "n 16 4"]:
    """Each image as its patches, row by row, each as its pixels."""
    return functional.unfold(images[:, None], PATCH, stride=PATCH).transpose(1, 2)


def codebook(images: Float[Tensor, "n 8 8"], seed: int) -> Float[Tensor, "codes 4"]:
    """The patches that stand for all: k-means on those of the training images."""
    points = patches(images).flatten(0, 1)
    centres = plus_plus(points, CODES, torch.Generator().manual_seed(seed))
    for _ in range(20):
        centres = turn(points, centres)
    return centres


def encode(images: Float[Tensor, "n 8 8"], codes: Float[Tensor, "codes 4"]) -> Int[Tensor, "n 16"]:
    """The nearest code of each patch."""
    return owners(patches(images).flatten(0, 1), codes).reshape(-1, PATCHES)


def decode(tokens: Int[Tensor, "n 16"], codes: Float[Tensor, "codes 4"]) -> Float[Tensor, "n 8 8"]:
    """The images that codes spell."""
    columns = codes[tokens].transpose(1, 2)
    return functional.fold(columns, (8, 8), PATCH, stride=PATCH)[:, 0]


class Painter(nn.Module):
    """(n, t) tokens, the caption first, to (n, t, 64) logits of the patch after each."""

    def __init__(self, hidden: int = 64, layers: int = 3) -> None:
        super().__init__()
        self.embed = nn.Embedding(CODES + 10, hidden)
        self.position = nn.Parameter(0.02 * torch.randn(PATCHES + 1, hidden))
        nn.init.normal_(self.embed.weight, std=0.02)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                hidden, 4, 4 * hidden, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(hidden)
        self.say = nn.Linear(hidden, CODES, bias=False)

    def forward(self, tokens: Int[Tensor, "n t"]) -> Float[Tensor, "n t 64"]:
        """What comes next, at every place; none sees what is behind it."""
        long = tokens.shape[1]
        x = self.embed(tokens) + self.position[:long]
        future = torch.ones(long, long, dtype=torch.bool, device=tokens.device).triu(1)
        for layer in self.layers:
            x = layer(x, src_mask=future)
        return self.say(self.norm(x))


@torch.no_grad()
def paint(
    model: Painter, digits: Int[Tensor, " n"], temperature: float, dice: torch.Generator
) -> Int[Tensor, "n 16"]:
    """The patches of images of these digits, drawn one after the other."""
    tokens = (CODES + digits)[:, None]
    for _ in range(PATCHES):
        chances = (model(tokens)[:, -1] / max(temperature, 1e-3)).softmax(1).cpu()
        drawn = torch.multinomial(chances, 1, generator=dice).to(tokens.device)
        tokens = torch.cat([tokens, drawn], 1)
    return tokens[:, 1:]


def pictures(model: Painter, codes: Tensor, temperature: float) -> dict[str, Picture]:
    """The codebook, and a drawing of each digit."""
    asked = torch.arange(10, device=codes.device)
    dice = torch.Generator().manual_seed(0)
    drawn = decode(paint(model, asked, temperature, dice), codes).clamp(0, 1)
    book = codes.reshape(4, 16, PATCH, PATCH)
    return {
        "drawn": Picture("image_grid", drawn.reshape(2, 5, 8, 8), "asked for 0 to 9"),
        "codebook": Picture("image_grid", book, "the 64 patches that images are spelled in"),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step of saying the next patch; the judge reads 300 drawings at the end.

    `test/spelling` is the mean squared error of spelling a test image in codes; a drawing cannot be
    finer than that. `judge/agreement` is the share read as the digit that was asked for.
    """
    torch.manual_seed(config.seed)
    dice = torch.Generator().manual_seed(config.seed)
    data, _, test = (part.to(config.device) for part in splits())
    codes = codebook(data.images, config.seed)
    sentences = torch.cat([CODES + data.labels[:, None], encode(data.images, codes)], 1)
    model = Painter().to(config.device)
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=0.05)
    yield Start(
        total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer,
        example=sentences[:BATCH, :-1],
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        batch = sentences[torch.randint(len(sentences), (BATCH,), generator=dice)]
        logits = model(batch[:, :-1])
        loss = functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        fall = min(1, step / 50) * max(0.05, 1 - step / config.steps)
        set_rate(optimizer, config.learning_rate * fall)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 100 == 0:
            now.pictures.update(pictures(model, codes, config.temperature))
        if step == config.steps:
            asked = torch.arange(DRAWN, device=config.device) % 10
            drawn = decode(paint(model, asked, config.temperature, dice), codes).clamp(0, 1)
            now.scalars.update(judge(config.device).verdict(drawn, asked).scalars())
            spelled = patches(test.images).flatten(0, 1)
            now.scalars["test/spelling"] = inertia(spelled, codes) / spelled.numel()
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

"""Diffusion: learn to take noise away, then begin with nothing but noise.

Going forward is easy and needs no network: mix an image with a little Gaussian noise, again and
again, until nothing is left of it. Step t can be had at once:

    x_t = sqrt(a_t) * image + sqrt(1 - a_t) * noise

The network sees x_t, t and the digit, and says which noise was mixed in. To draw, begin with noise and
go back step by step, each time taking away a little of the noise it sees and adding a little new. An
average of the weights over the last few hundred steps (EMA) draws better than the weights themselves.

Sources:
    J. Ho, A. Jain and P. Abbeel, "Denoising diffusion probabilistic models", NeurIPS 2020,
    https://arxiv.org/abs/2006.11239
    A. Nichol and P. Dhariwal, "Improved denoising diffusion probabilistic models", ICML 2021,
    https://arxiv.org/abs/2102.09672 (the cosine schedule)
    J. Sohl-Dickstein et al., "Deep unsupervised learning using nonequilibrium thermodynamics", ICML
    2015, https://arxiv.org/abs/1503.03585 (the idea)
"""

import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import splits
from models.judge import judge
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

NOBODY = 10
"""The class of a digit that is not told; one in ten is not, so that both are learned."""
DRAWN, BATCH, KEEP = 300, 64, 0.995
"""Images that the judge is shown; images a step; share of the average that is kept at each step."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        noise_steps: Steps from an image to noise.
        learning_rate: Adam's at the start; it falls to a twentieth. Live.
        steps: Optimiser steps.
    """

    noise_steps: int = 100
    learning_rate: float = 2e-3
    steps: int = 900

    def check(self) -> None:
        """Raise ValueError unless there is a way back."""
        if self.noise_steps < 2:
            raise ValueError(f"noise_steps is {self.noise_steps}; it has to be at least 2.")


class Denoiser(nn.Module):
    """(n, 8, 8) noisy images, (n,) steps and (n,) digits to the (n, 8, 8) noise: a small U-Net."""

    def __init__(self, maps: int = 32) -> None:
        super().__init__()
        self.when = nn.Sequential(nn.Linear(32, 64), nn.SiLU(), nn.Linear(64, maps))
        self.what = nn.Embedding(11, maps)
        self.enter = nn.Conv2d(1, maps, 3, padding=1)
        self.fine = nn.Conv2d(maps, maps, 3, padding=1)
        self.down = nn.Conv2d(maps, 2 * maps, 3, stride=2, padding=1)
        self.told = nn.Linear(maps, 2 * maps)
        self.coarse = nn.Conv2d(2 * maps, 2 * maps, 3, padding=1)
        self.up = nn.ConvTranspose2d(2 * maps, maps, 4, stride=2, padding=1)
        self.join = nn.Conv2d(2 * maps, maps, 3, padding=1)
        self.leave = nn.Conv2d(maps, 1, 3, padding=1)
        self.norms = nn.ModuleList(nn.GroupNorm(8, wide) for wide in (maps, 2 * maps, maps))

    def forward(
        self, noisy: Float[Tensor, "n 8 8"], steps: Int[Tensor, " n"], digits: Int[Tensor, " n"]
    ) -> Float[Tensor, "n 8 8"]:
        """The noise in each image."""
        # Waves of many lengths tell the network which step it is, as a clock's hands do.
        angle = steps[:, None] * torch.exp(-torch.arange(16, device=steps.device) / 2)
        told = self.when(torch.cat([angle.sin(), angle.cos()], 1)) + self.what(digits)
        x = functional.silu(self.enter(noisy[:, None]))
        fine = functional.silu(self.norms[0](self.fine(x) + told[:, :, None, None]))
        x = functional.silu(self.down(fine) + self.told(told)[:, :, None, None])
        x = x + functional.silu(self.norms[1](self.coarse(x)))
        x = torch.cat([fine, functional.silu(self.up(x))], 1)
        return self.leave(functional.silu(self.norms[2](self.join(x))))[:, 0]


def kept(steps: int) -> Float[Tensor, " steps"]:
    """a_t: the share of the image's variance that is left after each step, by the cosine schedule."""
    place = torch.linspace(0, 1, steps + 1)
    curve = torch.cos((place + 0.008) / 1.008 * math.pi / 2).square()
    each = (curve[1:] / curve[:-1]).clamp(0.05, 1)
    return each.cumprod(0)


def mix(
    images: Float[Tensor, "n 8 8"], noise: Float[Tensor, "n 8 8"], share: Float[Tensor, " n"]
) -> Float[Tensor, "n 8 8"]:
    """The images with so much noise that `share` of their variance is left."""
    left = share[:, None, None]
    return left.sqrt() * images + (1 - left).sqrt() * noise


@torch.no_grad()
def draw(
    model: nn.Module,
    digits: Int[Tensor, " n"],
    left: Float[Tensor, " steps"],
    generator: torch.Generator,
    film: list[Tensor] | None = None,
) -> Float[Tensor, "n 8 8"]:
    """Images of digits, from noise, step by step backwards (Ho et al., algorithm 2).

    Args:
        model: Says what noise is in an image.
        digits: What to draw.
        left: What `kept` returned.
        generator: Where the noise comes from.
        film: Takes the images at eight moments on the way.

    Returns:
        Pixels from 0 to 1.
    """  # fmt: skip
    device, count = digits.device, len(digits)

    def noise() -> Tensor:
        return torch.randn(count, 8, 8, generator=generator).to(device)

    x = noise()
    moments = set(torch.linspace(len(left) - 1, 0, 8).long().tolist())
    for step in reversed(range(len(left))):
        now = left[step]
        before = left[step - 1] if step else torch.ones((), device=device)
        alpha = now / before
        said = model(x, torch.full((count,), step, device=device), digits)
        image = ((x - (1 - now).sqrt() * said) / now.sqrt()).clamp(-1, 1)
        x = (before.sqrt() * (1 - alpha) * image + alpha.sqrt() * (1 - before) * x) / (1 - now)
        if step:
            x = x + ((1 - before) / (1 - now) * (1 - alpha)).sqrt() * noise()
        if film is not None and step in moments:
            film.append(x)
    return (x.clamp(-1, 1) + 1) / 2


def pictures(model: nn.Module, left: Tensor) -> dict[str, Picture]:
    """A digit of each kind, and how three of them came out of the noise."""
    generator = torch.Generator().manual_seed(0)
    film: list[Tensor] = []
    digits = torch.arange(10, device=left.device)
    images = draw(model, digits, left, generator, film)
    way = (torch.stack(film, 1)[:3].clamp(-1, 1) + 1) / 2
    return {
        "drawn": Picture("image_grid", images.reshape(2, 5, 8, 8), "asked for 0 to 9"),
        "denoising": Picture("image_grid", way, "0, 1 and 2 on their way out of the noise"),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step: a batch, a moment for each image, and which noise was it.

    The judge is shown 300 drawings of the averaged network at the end; `judge/agreement` is the share
    that is the digit that was asked for.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, _, _ = (part.to(config.device) for part in splits())
    images = 2 * data.images - 1
    model = Denoiser().to(config.device)
    average = deepcopy(model)
    left = kept(config.noise_steps).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        rows = torch.randint(len(images), (BATCH,), generator=generator)
        times = torch.randint(config.noise_steps, (BATCH,), generator=generator).to(config.device)
        noise = torch.randn(BATCH, 8, 8, generator=generator).to(config.device)
        hidden = (torch.rand(BATCH, generator=generator) < 0.1).to(config.device)
        digits = torch.where(hidden, NOBODY, data.labels[rows])
        said = model(mix(images[rows], noise, left[times]), times, digits)
        loss = functional.mse_loss(said, noise)
        set_rate(optimizer, config.learning_rate * max(0.05, 1 - step / config.steps))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for mean, weight in zip(average.parameters(), model.parameters(), strict=True):
                mean.lerp_(weight, 1 - KEEP)
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 100 == 0:
            now.pictures.update(pictures(average, left))
        if step == config.steps:
            asked = torch.arange(DRAWN, device=config.device) % 10
            drawn = draw(average, asked, left, generator)
            now.scalars.update(judge(config.device).verdict(drawn, asked).scalars())
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=200)

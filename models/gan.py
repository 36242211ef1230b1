"""A generative adversarial network: a forger and a detective, taught by each other.

The generator makes an image of noise. The discriminator sees real images and made ones and says
which is which. It learns to be right; the generator learns to make it wrong. Neither is told what a digit
looks like: the only pressure is what still gives the forgeries away.

    discriminator:  softplus(-D(real)) + softplus(D(G(z)))
    generator:      softplus(-D(G(z)))

Where the one runs away from the other, nothing can be learned from it; and a generator may find one
image that always passes, and draw nothing else (mode collapse). Neither loss tells: of a blind
discriminator both are what theory promises for perfect forgeries. So the crowd is looked at as the
run goes on. `conditional` tells both which digit it is to be; `minimax` trains the generator on the
game as it is proved, -softplus(D(G(z))), whose slope is gone wherever the discriminator is sure.

Sources:
    I. Goodfellow et al., "Generative adversarial nets", NIPS 2014, https://arxiv.org/abs/1406.2661
    A. Radford, L. Metz and S. Chintala, "Unsupervised representation learning with deep
    convolutional generative adversarial networks", ICLR 2016, https://arxiv.org/abs/1511.06434
    M. Mirza and S. Osindero, "Conditional generative adversarial nets", 2014,
    https://arxiv.org/abs/1411.1784
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import softplus

from models import reading
from models.data.digits import splits
from models.judge import SHARE, judge
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

NOISE, BATCH, DRAWN, LOOK, LAST = 32, 64, 1000, 50, 100
"""Numbers that an image is made from; images a step; images that the judge is shown; steps between
two looks at the crowd; last steps that the means at the end are of."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        conditional: Whether both are told which digit it is to be.
        minimax: Whether the generator lowers what the discriminator raises, and no more.
        generator_rate: The generator's learning rate. Live.
        discriminator_rate: The discriminator's. Live.
        steps: Steps of each.
    """

    conditional: bool = False
    minimax: bool = False
    generator_rate: float = 2e-3
    discriminator_rate: float = 1e-2
    steps: int = 2500


class Generator(nn.Module):
    """(n, 32) noise, and (n,) digits where it is told any, to (n, 1, 8, 8) images in [-1, 1]."""

    def __init__(self, conditional: bool = False, maps: int = 32) -> None:
        super().__init__()
        self.digit = nn.Embedding(10, 16) if conditional else None
        self.body = nn.Sequential(
            *(nn.Linear(NOISE + 16 * conditional, 8 * maps), nn.Unflatten(1, (2 * maps, 2, 2))),
            *(nn.BatchNorm2d(2 * maps), nn.ReLU()),
            *(nn.ConvTranspose2d(2 * maps, maps, 4, 2, 1), nn.BatchNorm2d(maps), nn.ReLU()),
            *(nn.ConvTranspose2d(maps, 1, 4, 2, 1), nn.Tanh()),
        )

    def forward(
        self, noise: Float[Tensor, "n 32"], digits: Int[Tensor, " n"]
    ) -> Float[Tensor, "n 1 8 8"]:
        """An image for each row of noise."""
        if self.digit is not None:
            noise = torch.cat([noise, self.digit(digits)], 1)
        return self.body(noise)


class Discriminator(nn.Module):
    """(n, 1, 8, 8) images, and (n,) digits where it is told any, to (n,) logits of being real."""

    def __init__(self, conditional: bool = False, maps: int = 32) -> None:
        super().__init__()
        # A digit becomes a second picture that is laid beside the image.
        self.digit = nn.Embedding(10, 64) if conditional else None
        self.body = nn.Sequential(
            *(nn.Conv2d(1 + conditional, maps, 4, 2, 1), nn.LeakyReLU(0.2), nn.Dropout(0.3)),
            *(nn.Conv2d(maps, 2 * maps, 4, 2, 1), nn.LeakyReLU(0.2), nn.Dropout(0.3)),
            *(nn.Flatten(), nn.Linear(8 * maps, 1)),
        )

    def forward(
        self, images: Float[Tensor, "n 1 8 8"], digits: Int[Tensor, " n"]
    ) -> Float[Tensor, " n"]:
        """How real each image looks."""
        if self.digit is not None:
            beside = self.digit(digits).reshape(-1, 1, 8, 8)
            images = torch.cat([images, beside], 1)
        return self.body(images)[:, 0]


class Forger(nn.Module):
    """A generator as it draws: batch norm as it was learned, pixels from 0 to 1."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    @torch.no_grad()
    def draw(self, digits: Int[Tensor, " n"], dice: torch.Generator) -> Float[Tensor, "n 8 8"]:
        """An image of each digit, where the generator knows digits."""
        noise = torch.randn(len(digits), NOISE, generator=dice).to(digits.device)
        was = self.generator.training
        self.generator.eval()
        images = self.generator(noise, digits)
        self.generator.train(was)
        return (images[:, 0] + 1) / 2


def look(generator: nn.Module, device: str) -> tuple[dict[str, float], Picture]:
    """How many kinds there are in 1,000 drawings, and the share of the commonest, in per cent.

    The dice are its own: a run goes on as if nobody had looked.
    """
    asked = torch.arange(DRAWN, device=device) % 10
    drawn = Forger(generator).draw(asked, torch.Generator().manual_seed(1))
    shares = torch.tensor(judge(device).verdict(drawn).shares)
    bars = torch.stack([torch.arange(10.0), 100 * shares], 1)
    return (
        {"drawn/kinds": float((shares > SHARE).sum()), "drawn/commonest": float(shares.max())},
        Picture("histogram", bars, "what 1,000 drawings are taken for, in per cent"),
    )


def picture(generator: nn.Module, device: str) -> Picture:
    """Twenty drawings from the same noise each time, so that one sees them change."""
    digits = torch.arange(20, device=device) % 10
    images = Forger(generator).draw(digits, torch.Generator().manual_seed(0))
    return Picture(
        "image_grid", images.reshape(2, 10, 8, 8), "drawn from noise that stays the same"
    )


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step, first the discriminator, then the generator.

    `train/called right` is how often the discriminator is right, of a batch; `end/...` are the means
    of the three over the last hundred steps. The judge is shown 1,000 drawings at the end.
    """
    torch.manual_seed(config.seed)
    dice = torch.Generator().manual_seed(config.seed)
    data, _, _ = (part.to(config.device) for part in splits())
    images = 2 * data.images[:, None] - 1
    forger = Generator(config.conditional).to(config.device)
    detective = Discriminator(config.conditional).to(config.device)
    first = torch.optim.Adam(forger.parameters(), config.generator_rate, (0.5, 0.99))
    second = torch.optim.Adam(detective.parameters(), config.discriminator_rate, (0.5, 0.99))
    last: deque[dict[str, Tensor]] = deque(maxlen=LAST)
    yield Start(total_steps=config.steps, samples_per_step=BATCH, model=forger, optimizer=first)
    for step in range(1, config.steps + 1):
        set_rate(first, config.generator_rate)
        set_rate(second, config.discriminator_rate)
        rows = torch.randint(len(images), (BATCH,), generator=dice)
        real, digits = images[rows], data.labels[rows]
        noise = torch.randn(BATCH, NOISE, generator=dice).to(config.device)
        made = forger(noise, digits)
        of_real, of_made = detective(real, digits), detective(made.detach(), digits)
        caught = (softplus(-of_real) + softplus(of_made)).mean()
        second.zero_grad()
        caught.backward()
        second.step()
        right = ((of_real > 0).float().mean() + (of_made < 0).float().mean()) / 2
        of_made = detective(made, digits)
        passed = (-softplus(of_made) if config.minimax else softplus(-of_made)).mean()
        first.zero_grad()
        passed.backward()
        first.step()
        losses = {"generator": passed.detach(), "discriminator": caught.detach()}
        last.append(losses | {"called right": right})
        now = Reading(step, {f"train/{name}": value for name, value in last[-1].items()})
        if step % LOOK == 0:
            now.pictures["drawn"] = picture(forger, config.device)
            scalars, now.pictures["kinds"] = look(forger, config.device)
            now.scalars.update(scalars)
        if step == config.steps:
            asked = torch.arange(DRAWN, device=config.device) % 10
            drawn = Forger(forger).draw(asked, dice)
            verdict = judge(config.device).verdict(drawn, asked if config.conditional else None)
            now.scalars.update(verdict.scalars())
            for name in last[-1]:
                now.scalars[f"end/{name}"] = torch.stack([each[name] for each in last]).mean()
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=250)

"""StyleGAN in small: noise becomes a style, and the style speaks at every layer.

An ordinary generator gets its noise at the entrance. Here the image begins with a learned constant,
the same for all. A mapping network turns noise into a style `w`; at every layer the maps are put to
mean 0 and deviation 1, and the style says which mean and deviation they get instead (AdaIN). Noise of
its own at every layer decides what the style does not, the shake of the hand. One style for the first layers and another
for the last mixes the shape of the one with the stroke of the other.

What keeps it from collapsing, none of it visible in the picture of the paper: weights of the right
size at the start, a penalty on the slope of the discriminator at real images (R1), the deviation over
the batch as a last feature, and drawing with an average of the weights (EMA).

Sources:
    T. Karras, S. Laine and T. Aila, "A style-based generator architecture for generative
    adversarial networks", CVPR 2019, https://arxiv.org/abs/1812.04948
    L. Mescheder, A. Geiger and S. Nowozin, "Which training methods for GANs do actually converge?",
    ICML 2018, https://arxiv.org/abs/1801.04406 (R1)
    T. Karras et al., "Progressive growing of GANs", ICLR 2018, https://arxiv.org/abs/1710.10196
    (the deviation over the batch; the average of the weights)
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import leaky_relu, softplus

from models import reading
from models.data.digits import splits
from models.judge import frechet_distance, judge
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

NOISE, STYLE, LAYERS, DRAWN, EVERY, LOOK = 32, 64, 4, 1000, 4, 50
"""Numbers of noise and of a style; layers; images for the judge; steps between two
penalties, and between two looks at the crowd."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        learning_rate: Of both networks. Live.
        penalty: R1's weight; 0 leaves it out.
        average: What is kept of the average of the generator's weights at each step; 0: no average.
        careful_start: Whether weights begin as He et al. say, or as torch does by default.
        batch_size: Images a step.
        steps: Steps of each network.
    """

    learning_rate: float = 2e-3
    penalty: float = 0.1
    average: float = 0.99
    careful_start: bool = True
    batch_size: int = 32
    steps: int = 1000


def adain(
    maps: Float[Tensor, "n c h w"], scale: Float[Tensor, "n c"], shift: Float[Tensor, "n c"]
) -> Float[Tensor, "n c h w"]:
    """Every map of every image with mean `shift` and deviation `1 + scale` instead of its own."""
    return functional.instance_norm(maps) * (1 + scale[:, :, None, None]) + shift[:, :, None, None]


class Generator(nn.Module):
    """(n, 32) noise to (n, 1, 8, 8) images in [-1, 1]."""

    def __init__(self, maps: int = 32) -> None:
        super().__init__()
        self.mapping = nn.Sequential(
            *(
                nn.Linear(NOISE, STYLE),
                nn.LeakyReLU(0.2),
                nn.Linear(STYLE, STYLE),
                nn.LeakyReLU(0.2),
            )
        )
        self.constant = nn.Parameter(torch.randn(1, maps, 4, 4))
        self.layers = nn.ModuleList(nn.Conv2d(maps, maps, 3, padding=1) for _ in range(LAYERS))
        self.styles = nn.ModuleList(nn.Linear(STYLE, 2 * maps) for _ in range(LAYERS))
        self.shake = nn.Parameter(torch.full((LAYERS, 1, maps, 1, 1), 0.05))
        self.paint = nn.Conv2d(maps, 1, 1)

    def style(self, noise: Float[Tensor, "n 32"]) -> Float[Tensor, "n 64"]:
        """The style of each row of noise, whatever its length."""
        return self.mapping(functional.normalize(noise, dim=1) * NOISE**0.5)

    def image(
        self, styles: list[Float[Tensor, "n 64"]], dice: torch.Generator | None = None
    ) -> Float[Tensor, "n 1 8 8"]:
        """The images of styles, one style for each layer."""
        x = self.constant.expand(len(styles[0]), -1, -1, -1)
        for layer, (convolve, speak, style) in enumerate(
            zip(self.layers, self.styles, styles, strict=True)
        ):
            if layer == LAYERS // 2:
                x = functional.interpolate(x, scale_factor=2, mode="bilinear")
            shaken = torch.randn(len(x), 1, *x.shape[2:], generator=dice).to(x.device)
            x = leaky_relu(convolve(x) + self.shake[layer] * shaken, 0.2)
            x = adain(x, *speak(style).chunk(2, 1))
        return self.paint(x).tanh()

    def forward(self, noise: Float[Tensor, "n 32"]) -> Float[Tensor, "n 1 8 8"]:
        """An image for each row of noise, in one style throughout."""
        return self.image([self.style(noise)] * LAYERS)


class Discriminator(nn.Module):
    """(n, 1, 8, 8) images to (n,) logits of being real."""

    def __init__(self, maps: int = 32) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(1, maps, 4, 2, 1), nn.LeakyReLU(0.2)),
            *(nn.Conv2d(maps, 2 * maps, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten()),
        )
        self.judge = nn.Sequential(
            *(nn.Linear(8 * maps + 1, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
        )

    def forward(self, images: Float[Tensor, "n 1 8 8"]) -> Float[Tensor, " n"]:
        """How real each looks, beside the others: a crowd of equals is suspicious."""
        seen = self.body(images)
        variety = seen.std(0).mean().expand(len(seen), 1)
        return self.judge(torch.cat([seen, variety], 1))[:, 0]


def start_carefully(generator: Generator) -> None:
    """He initialisation for the slope 0.2, and styles of deviation about 1, in place."""
    for layer in generator.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=0.2)
            nn.init.zeros_(layer.bias)
    for speak in generator.styles:
        nn.init.normal_(speak.weight, std=STYLE**-0.5)


def slope(logits: Float[Tensor, " n"], images: Float[Tensor, "n 1 8 8"]) -> Float[Tensor, ""]:
    """R1: the mean squared gradient of the logits at the images."""
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()


@torch.no_grad()
def pictures(generator: Generator, device: str) -> dict[str, Picture]:
    """Drawings from noise that stays the same, and shapes (rows) mixed with strokes (columns)."""
    dice = torch.Generator().manual_seed(0)
    styles = generator.style(torch.randn(16, NOISE, generator=dice).to(device))
    drawn = generator.image([styles] * LAYERS, dice)
    rows, columns = styles[:4].repeat_interleave(4, 0), styles[4:8].repeat(4, 1)
    half = LAYERS // 2
    mixed = generator.image([rows] * half + [columns] * half, dice)
    return {
        "drawn": Picture("image_grid", unit(drawn).reshape(2, 8, 8, 8), "from the same noise"),
        "mixed": Picture(
            "image_grid", unit(mixed).reshape(4, 4, 8, 8), "coarse style by row, fine by column"
        ),
    }


@torch.no_grad()
def crowd(generator: Generator, dice: torch.Generator, device: str) -> Float[Tensor, "n 8 8"]:
    """Drawings for the judge, all that is random in them from the dice."""
    styles = generator.style(torch.randn(DRAWN, NOISE, generator=dice).to(device))
    return unit(generator.image([styles] * LAYERS, dice))


def distances(average: Generator, last: Generator, device: str) -> dict[str, float]:
    """How far 1,000 drawings of each are from the held-out digits; the dice are their own."""
    reader, real = judge(device), splits()[1].images.to(device)
    found = []
    for generator in (average, last):
        drawn = crowd(generator, torch.Generator().manual_seed(1), device)
        found.append(float(frechet_distance(reader.features(drawn), reader.features(real))))
    return {"valid/distance": found[0], "valid/of the last weights": found[1]}


def unit(images: Float[Tensor, "n 1 8 8"]) -> Float[Tensor, "n 8 8"]:
    """Pixels from 0 to 1."""
    return (images[:, 0] + 1) / 2


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step, first the discriminator, then the generator.

    The judge is shown 1,000 drawings of the averaged generator at the end.
    """
    torch.manual_seed(config.seed)
    dice = torch.Generator().manual_seed(config.seed)
    images = 2 * splits()[0].images[:, None].to(config.device) - 1
    forger, detective = Generator(), Discriminator()
    if config.careful_start:
        start_carefully(forger)
    forger, detective = forger.to(config.device), detective.to(config.device)
    average = deepcopy(forger)
    first = torch.optim.Adam(forger.parameters(), config.learning_rate, (0.0, 0.99))
    second = torch.optim.Adam(detective.parameters(), config.learning_rate, (0.0, 0.99))
    yield Start(
        total_steps=config.steps, samples_per_step=config.batch_size, model=forger,
        optimizer=first, example=torch.zeros(1, NOISE, device=config.device),
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        set_rate(first, config.learning_rate)
        set_rate(second, config.learning_rate)
        rows = torch.randint(len(images), (config.batch_size,), generator=dice)
        penalised = config.penalty > 0 and step % EVERY == 0
        real = images[rows].requires_grad_(penalised)
        noise = torch.randn(config.batch_size, NOISE, generator=dice).to(config.device)
        made, of_real = forger(noise), detective(real)
        caught = (softplus(-of_real) + softplus(detective(made.detach()))).mean()
        # The penalty is dear, so it comes every fourth time and counts four times.
        total = caught + EVERY * config.penalty * slope(of_real, real) if penalised else caught
        second.zero_grad()
        total.backward()
        second.step()
        passed = softplus(-detective(made)).mean()
        first.zero_grad()
        passed.backward()
        first.step()
        with torch.no_grad():
            for mean, weight in zip(average.parameters(), forger.parameters(), strict=True):
                mean.lerp_(weight, 1 - config.average)
        now = Reading(
            step, {"train/generator": passed.detach(), "train/discriminator": caught.detach()}
        )
        if step % LOOK == 0:
            now.pictures.update(pictures(average, config.device))
            now.scalars.update(distances(average, forger, config.device))
        if step == config.steps:
            drawn = crowd(average, dice, config.device)
            now.scalars.update(judge(config.device).verdict(drawn).scalars())
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=100)

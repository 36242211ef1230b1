"""A variational autoencoder: an autoencoder whose codes one can draw at random.

An autoencoder's codes lie wherever they please, and a code between two of them decodes to nothing. Here
an image becomes not a point but a cloud, mean and deviation, and pays for being far from the standard normal
one. Clouds that overlap leave no gaps; to draw, take a code from the normal and decode it.

    loss = what the copy lacks + beta * KL(cloud || standard normal)

The code is drawn as mean + deviation * noise, so that the gradient goes through mean and deviation
and around the dice (the reparameterisation). With a large beta every cloud is the normal one: the
code says nothing any more, and every drawing is the same (posterior collapse).

Sources:
    D. P. Kingma and M. Welling, "Auto-encoding variational Bayes", ICLR 2014,
    https://arxiv.org/abs/1312.6114
    I. Higgins et al., "beta-VAE: learning basic visual concepts with a constrained variational
    framework", ICLR 2017, https://openreview.net/forum?id=Sy2fzU9gl
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import splits
from models.judge import judge
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

DRAWN = 1000
"""Images that the judge is shown."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        code: Numbers in a code.
        beta: What it costs to differ from the standard normal. Live.
        learning_rate: Adam's. Live.
        epochs: Passes over the 1,097 training images.
        batch_size: Images a step.
    """

    code: int = 8
    beta: float = 0.2
    learning_rate: float = 2e-3
    epochs: int = 80
    batch_size: int = 32


class VAE(nn.Module):
    """(images, 64) pixels to clouds of (images, code), and codes to logits of pixels."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code
        self.encode = nn.Sequential(
            *(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU()),
            nn.Linear(64, 2 * code),
        )
        self.decode = nn.Sequential(
            *(nn.Linear(code, 64), nn.ReLU(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64))
        )

    def cloud(self, pixels: Float[Tensor, "n 64"]) -> tuple[Tensor, Tensor]:
        """The mean and the logarithm of the variance of each image's code."""
        mean, log_variance = self.encode(pixels).chunk(2, 1)
        return mean, log_variance

    def forward(self, pixels: Float[Tensor, "n 64"]) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of a copy by a code drawn from the cloud, and the cloud."""
        mean, log_variance = self.cloud(pixels)
        drawn = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        return self.decode(drawn), mean, log_variance

    @torch.no_grad()
    def draw(self, codes: Float[Tensor, "n code"]) -> Float[Tensor, "n 8 8"]:
        """The images of codes."""
        return self.decode(codes).sigmoid().reshape(-1, 8, 8)


def divergence(
    mean: Float[Tensor, "n code"], log_variance: Float[Tensor, "n code"]
) -> Float[Tensor, ""]:
    """KL(cloud || standard normal) in nats, summed over the code, in the mean of the images."""
    each = 1 + log_variance - mean.square() - log_variance.exp()
    return -each.sum(1).mean() / 2


def pictures(model: VAE, pixels: Tensor) -> dict[str, Picture]:
    """New digits, and a way from one image to another in equal steps of the code."""
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(16, model.code, generator=generator).to(pixels.device)
    with torch.no_grad():
        mean, _ = model.cloud(pixels[:2])
    way = torch.linspace(0, 1, 8, device=pixels.device)[:, None]
    between = mean[0] * (1 - way) + mean[1] * way
    return {
        "drawn": Picture("image_grid", model.draw(codes).reshape(2, 8, 8, 8), "codes at random"),
        "between": Picture(
            "image_grid", model.draw(between)[None], "from one image to another, code by code"
        ),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch; the judge is shown 1,000 drawings at the end.

    `train/copy` is the cross entropy of the copy in nats an image, `train/KL` what is said in the
    code. `test/mse` is of copies by the mean code.
    """
    torch.manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    pixels = data.images.flatten(1)
    model = VAE(config.code).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    generator = torch.Generator().manual_seed(config.seed)
    batches = Shuffle(len(pixels), config.batch_size, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total,
        samples_per_step=config.batch_size,
        steps_per_epoch=batches.per_epoch,
        model=model,
        optimizer=optimizer,
        example=pixels[: config.batch_size],
    )
    for step in range(1, total + 1):
        batch = pixels[batches.draw()]
        logits, mean, log_variance = model(batch)
        lacking = functional.binary_cross_entropy_with_logits(logits, batch, reduction="sum")
        copy, said = lacking / len(batch), divergence(mean, log_variance)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        (copy + config.beta * said).backward()
        optimizer.step()
        now = Reading(step, {"train/copy": copy.detach(), "train/KL": said.detach()})
        if step % (4 * batches.per_epoch) == 0:
            now.pictures.update(pictures(model, valid.images.flatten(1)))
        if step == total:
            tested = test.images.flatten(1)
            with torch.no_grad():
                copies = model.decode(model.cloud(tested)[0]).sigmoid()
            now.scalars["test/mse"] = functional.mse_loss(copies, tested)
            codes = torch.randn(DRAWN, config.code, generator=generator).to(config.device)
            now.scalars.update(judge(config.device).verdict(model.draw(codes)).scalars())
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=400)

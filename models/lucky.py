"""The best of many runs: what a search finds, and what of it is luck.

Train a network with two dozen settings, look at each on held-out images, keep the best. What it scored
there is too good to be true: of many equal networks one looks best by chance, and the smaller the
held-out set, the more chance there is. Images that nobody chose by tell the truth. Two things help:
more held-out images, and more seeds for each setting, so that what is compared is a mean.

Sources:
    G. C. Cawley and N. L. C. Talbot, "On over-fitting in model selection and subsequent selection
    bias in performance evaluation", JMLR 11:2079-2107, 2010,
    https://www.jmlr.org/papers/v11/cawley10a.html
    J. Bergstra and Y. Bengio, "Random search for hyper-parameter optimization", JMLR 13:281-305,
    2012, https://www.jmlr.org/papers/v13/bergstra12a.html
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import Split, splits
from models.reading import Picture, Reading, Start, run_alone

EPOCHS, BATCH = 4, 32
SEARCHES = 200
"""How often the winner is chosen anew, each time by other held-out images."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        settings: How many are tried.
        alike: Whether all settings are one and the same, and only the seeds differ.
        seeds: Networks of each setting, whose scores are averaged.
        held_out: Images that settings are compared on, 250 at most.
        pause: Seconds to wait after each setting. Live.
    """

    settings: int = 24
    alike: bool = False
    seeds: int = 1
    held_out: int = 50
    pause: float = 0.0

    def check(self) -> None:
        """Raise ValueError unless there is something to try and to compare on."""
        if min(self.settings, self.seeds, self.held_out) < 1:
            raise ValueError("There have to be a setting, a seed and a held-out image at least.")


@dataclass(frozen=True)
class Setting:
    """What is tried: a learning rate, and hidden units."""

    learning_rate: float
    hidden: int


def draw(generator: torch.Generator) -> Setting:
    """Rates from 0.05 to 0.8 and from 12 to 48 units, on log scales: all of them sensible."""
    one, two = torch.rand(2, generator=generator).tolist()
    return Setting(0.05 * 16**one, int(12 * 4**two))


def trained(setting: Setting, data: Split, seed: int) -> nn.Sequential:
    """A network of a setting after four epochs of plain SGD."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, setting.hidden), nn.ReLU(), nn.Linear(setting.hidden, 10)
    )
    optimizer = torch.optim.SGD(model.parameters(), setting.learning_rate)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(data.labels)).split(BATCH):
            loss = functional.cross_entropy(model(data.images[batch]), data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


@torch.no_grad()
def right(networks: list[nn.Sequential], data: Split) -> Float[Tensor, " images"]:
    """The share of the networks that calls each image rightly."""
    called = [(network(data.images).argmax(1) == data.labels).float() for network in networks]
    return torch.stack(called).mean(0)


def searches(
    valid: Float[Tensor, "settings held_out"],
    test: Float[Tensor, " settings"],
    count: int,
    generator: torch.Generator,
) -> tuple[Float[Tensor, " searches"], Float[Tensor, " searches"]]:
    """Choose the best setting many times, each time by so many other held-out images.

    Args:
        valid: Of each setting, the share of its networks that calls each image rightly.
        test: What each setting scores on images that nobody chooses by.
        count: Images of a search.
        generator: Draws them.

    Returns:
        What each search's winner scored where it was chosen, and what it scores on the test images.
    """
    claims, truths = [], []
    for _ in range(SEARCHES):
        seen = torch.randperm(valid.shape[1], generator=generator)[:count]
        scores = valid[:, seen].mean(1)
        claims.append(scores.max())
        truths.append(test[scores.argmax()])
    return torch.stack(claims), torch.stack(truths)


def train(config: Config) -> Iterator[Start | Reading]:
    """Setting after setting; a reading each.

    `valid/this` and `valid/best` as they are measured on the held-out images. At the end the search is
    repeated with other held-out images, and the means over all searches are `test/claim`, what the
    winner scored where it was chosen, `test/truth`, what it scores on images nobody chose by, and
    `test/luck`, the difference.

    Raises:
        ValueError: There is nothing to try or to compare on.
    """
    config.check()
    generator = torch.Generator().manual_seed(config.seed)
    data, held_out, test = splits()
    chosen = torch.randperm(len(held_out.labels), generator=generator)[: config.held_out]
    one = Setting(0.2, 24)
    settings = [one if config.alike else draw(generator) for _ in range(config.settings)]
    yield Start(total_steps=config.settings, samples_per_step=config.seeds)
    valid: list[Tensor] = []
    truth: list[Tensor] = []
    for step, setting in enumerate(settings, 1):
        first = 1000 * config.seed + config.seeds * step
        networks = [trained(setting, data, first + i) for i in range(config.seeds)]
        valid.append(right(networks, held_out))
        truth.append(right(networks, test).mean())
        scores = torch.stack(valid)[:, chosen].mean(1)
        now = Reading(step, {"valid/this": scores[-1], "valid/best": scores.max()})
        rates = torch.tensor([each.learning_rate for each in settings[:step]])
        rows = torch.stack([rates, scores], 1)
        now.pictures["scores"] = Picture("scatter", rows, "held-out score by learning rate")
        time.sleep(config.pause)
        if step == config.settings:
            claims, truths = searches(
                torch.stack(valid), torch.stack(truth), config.held_out, generator
            )
            luck = (claims - truths).mean()
            now.scalars.update(
                {"test/claim": claims.mean(), "test/truth": truths.mean(), "test/luck": luck}
            )
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))

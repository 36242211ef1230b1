"""A forecast that says how sure it is: quantiles instead of one number.

The pinball loss asks for a quantile. For the 90 % quantile, being 1 degree too low costs nine times as
much as being 1 degree too high, so the cheapest answer is the one that is too low one time in ten:

    loss = max(tau * (y - q), (tau - 1) * (y - q))

One network answers with the 10 %, 50 % and 90 % quantiles of tomorrow's highest temperature. Between
the outer two, four days of five should lie; whether they do can be counted.

Sources:
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46(1):33-50, 1978,
    https://doi.org/10.2307/1913643
    Data: `models/data/weather.py`
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from models import reading
from models.data.weather import Split, splits
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        hidden: Units of the one hidden layer; 0 leaves a line.
        learning_rate: Adam's. Live.
        epochs: Passes over the 724 training days.
        decay: Weight decay. Live.
    """

    hidden: int = 8
    learning_rate: float = 0.01
    epochs: int = 20
    decay: float = 0.01


def network(hidden: int) -> nn.Sequential:
    """(days, 12) scaled features in, (days, 3) quantiles out, in deviations about today's figure."""
    if not hidden:
        return nn.Sequential(nn.Linear(12, 3))
    return nn.Sequential(nn.Linear(12, hidden), nn.ReLU(), nn.Linear(hidden, 3))


def pinball(
    targets: Float[Tensor, " n"], said: Float[Tensor, " n"], tau: float
) -> Float[Tensor, ""]:
    """The mean pinball loss of a `tau` quantile; for 0.5 it is half the mean absolute error."""
    short = targets - said
    return torch.maximum(tau * short, (tau - 1) * short).mean()


def coverage(
    targets: Float[Tensor, " n"], low: Float[Tensor, " n"], high: Float[Tensor, " n"]
) -> Float[Tensor, ""]:
    """The share of targets within their band."""
    return ((low <= targets) & (targets <= high)).float().mean()


def total_loss(targets: Float[Tensor, " n"], said: Float[Tensor, "n 3"]) -> Float[Tensor, ""]:
    """The pinball losses of all three quantiles."""
    return torch.stack([pinball(targets, said[:, i], tau) for i, tau in enumerate(QUANTILES)]).sum()


def judge(bands: Float[Tensor, "days 3"], test: Split) -> dict[str, float | Tensor]:
    """How often the band holds what came, how wide it is, and how far off its middle."""
    low, middle, high = bands.T
    return {
        "test/coverage": coverage(test.targets, low, high),
        "test/width": (high - low).mean(),
        "test/mae": (test.targets - middle).abs().mean(),
        "test/persistence mae": (test.targets - test.today).abs().mean(),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch; the scale of the features is that of the training years.

    `test/coverage` is the share of 2015 between the outer quantiles (0.8 is asked for), `test/width`
    the mean width of that band in °C, `test/mae` the error of the middle one, and
    `test/persistence mae` that of saying today's figure again.
    """
    torch.manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    mean, deviation = data.features.mean(0), data.features.std(0)
    model = network(config.hidden).to(config.device)
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, weight_decay=config.decay
    )
    batches = Shuffle(len(data.targets), 32, torch.Generator().manual_seed(config.seed))
    total = config.epochs * batches.per_epoch

    def said(features: Tensor) -> Tensor:
        # Sorted: a 10 % quantile above the 90 % one makes no sense, whatever the network says.
        return features[:, :1] + model((features - mean) / deviation).sort(1).values * 3

    yield Start(
        total_steps=total, samples_per_step=32, steps_per_epoch=batches.per_epoch, model=model,
        optimizer=optimizer, example=((data.features - mean) / deviation)[:32],
    )  # fmt: skip
    for step in range(1, total + 1):
        batch = batches.draw()
        loss = total_loss(data.targets[batch], said(data.features[batch]))
        set_rate(optimizer, config.learning_rate)
        optimizer.param_groups[0]["weight_decay"] = config.decay
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/pinball": loss.detach()})
        if step % batches.per_epoch == 0:
            with torch.no_grad():
                bands = said(valid.features)
                now.scalars["valid/pinball"] = total_loss(valid.targets, bands)
                now.scalars["valid/coverage"] = coverage(valid.targets, bands[:, 0], bands[:, 2])
            month = torch.cat([bands[150:180].T, valid.targets[None, 150:180]])
            caption = "30 days of summer 2014 in °C: the band, its middle, and what came"
            names = ("10 %", "50 %", "90 %", "measured")
            now.pictures["band"] = Picture("lines", month, caption, names)
        if step == total:
            with torch.no_grad():
                bands = said(test.features)
            now.scalars.update(judge(bands, test))
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=200)

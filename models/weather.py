"""Tomorrow's highest temperature, or whether it will be hot, from the week before.

The same twelve numbers of today answer both kinds of question: how many degrees (regression, mean
squared error) and hot or cold (classification, cross-entropy). Without hidden units the model is a
weighted sum, 12 weights and a bias; it starts from zero, so it first forecasts 0 °C for every day.

Source:
    A. Géron, "Hands-on Machine Learning with Scikit-Learn, Keras, and TensorFlow", 3rd ed.,
    O'Reilly, 2022, ch. 4 (gradient descent on a linear model, and why features are scaled)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.weather import FEATURES, Split, splits
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, restore, set_rate, snapshot

TASKS = ("temperature", "hot")

STRETCH = slice(90, 181)
"""The days of 2014 that the picture shows: April, May and June."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs of the forecast.

    Attributes:
        task: `temperature` (how many °C tomorrow) or `hot` (above the median of the training days,
            or not).
        learning_rate: The size of a step of stochastic gradient descent. Live.
        epochs: Passes over the training days.
        batch_size: Training days in a step.
        scale: Whether each feature is standardised: less its mean, over its standard deviation.
        hidden: Hidden ReLU units; 0 leaves a weighted sum.
    """

    task: str = "temperature"
    learning_rate: float = 0.01
    epochs: int = 25
    batch_size: int = 32
    scale: bool = True
    hidden: int = 0


class Standardise(nn.Module):
    """Give each feature mean 0 and standard deviation 1, as measured on the training days.

    The statistics are part of the model: the validation and the test days are measured with the
    training days' ruler, for on the day of a forecast their own statistics are not known yet.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, train: Float[Tensor, "days features"]) -> None:
        super().__init__()
        self.register_buffer("mean", train.mean(0))
        self.register_buffer("deviation", train.std(0, correction=0))

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch features"]:
        """The same features on the new scale."""
        return (x - self.mean) / self.deviation


def architecture(
    train: Float[Tensor, "days features"], scale: bool = True, hidden: int = 0
) -> nn.Sequential:
    """A weighted sum from zero weights, or a network with one hidden layer from random ones.

    Args:
        train: The training days' features, which the scale is measured on.
        scale: Whether to standardise first.
        hidden: Hidden ReLU units; 0 for the weighted sum.
    """
    first = Standardise(train) if scale else nn.Identity()
    features = train.shape[1]
    if hidden:
        return nn.Sequential(
            first, nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, 1), nn.Flatten(0)
        )
    output = nn.Linear(features, 1)
    nn.init.zeros_(output.weight)
    nn.init.zeros_(output.bias)
    return nn.Sequential(first, output, nn.Flatten(0))


def mae(predictions: Float[Tensor, " days"], targets: Float[Tensor, " days"]) -> Float[Tensor, ""]:
    """Mean absolute error, in the unit of the targets."""
    return (predictions - targets).abs().mean()


class Question:
    """A task: what its targets, its loss and its measure are.

    Attributes:
        measure: `mae` (°C, less is better) or `accuracy` (a share, more is better).
        threshold: Above this many °C a day is hot: the median of the training days' targets.
    """

    def __init__(self, task: str, train: Split) -> None:
        """Set the threshold.

        Raises:
            ValueError: There is no such task.
        """
        if task not in TASKS:
            raise ValueError(f"The task is {task!r}; it can be {' or '.join(TASKS)}.")
        self.hot = task == "hot"
        self.measure = "accuracy" if self.hot else "mae"
        self.threshold = float(train.targets.quantile(0.5))

    def targets(self, split: Split) -> Float[Tensor, " days"]:
        """What the model should answer: °C, or 1 for a hot day and 0 for a cold one."""
        return (split.targets > self.threshold).float() if self.hot else split.targets

    def loss(
        self, outputs: Float[Tensor, " days"], targets: Float[Tensor, " days"]
    ) -> Float[Tensor, ""]:
        """Mean squared error in °C², or the cross-entropy of logits in nats."""
        if self.hot:
            return functional.binary_cross_entropy_with_logits(outputs, targets)
        return functional.mse_loss(outputs, targets)

    def score(
        self, outputs: Float[Tensor, " days"], targets: Float[Tensor, " days"]
    ) -> Float[Tensor, ""]:
        """The mean absolute error, or the share of days that is called rightly.

        NaN where an output is not finite: such a model makes no forecast to be right with.
        """
        if not self.hot:
            return mae(outputs, targets)
        right = ((outputs > 0) == targets.bool()).float().mean()
        return torch.where(outputs.isfinite().all(), right, torch.nan)


def pictures(model: nn.Sequential, question: Question, valid: Split) -> dict[str, Picture]:
    """The forecast beside the truth, and the weights where every feature has one."""
    with torch.no_grad():
        outputs = model(valid.features)
    targets = question.targets(valid)
    if question.hot:
        called = (outputs > 0).long()
        counts = torch.bincount(2 * targets.long() + called, minlength=4).reshape(2, 2)
        drawn = {
            "days of 2014": Picture(
                "confusion", counts, "true days down, forecasts across", labels=("cold", "hot")
            )
        }
    else:
        lines = torch.stack([targets, outputs])[:, STRETCH]
        drawn = {
            "spring of 2014": Picture(
                "lines",
                lines,
                "°C, April to June 2014: days it has not learnt from",
                labels=("true", "predicted"),
            )
        }
    weights = model[1].weight.detach()
    if len(weights) == 1:
        unit = "log-odds of hot" if question.hot else "°C"
        per = "standard deviation" if isinstance(model[0], Standardise) else "unit"
        bars = torch.stack([torch.arange(weights.numel()), weights[0].cpu()], 1)
        drawn["weights"] = Picture(
            "histogram", bars, f"weights, in {unit} per {per} of the feature", labels=FEATURES
        )
    return drawn


def train(config: Config, resume: dict[str, Any] | None = None) -> Iterator[Start | Reading]:
    """Descend on 2012 and 2013, look at 2014 after each epoch, and at 2015 once, at the end.

    `train/loss` is of a step's batch before the update, in °C² or nats. `valid/mae` and `test/mae`
    are in °C; for the task `hot` they are `valid/accuracy` and `test/accuracy`.
    `resume` is what `Start.state` returned: the run goes on from there bit for bit.
    """
    torch.manual_seed(config.seed)
    learnt, valid, test = (split.to(config.device) for split in splits())
    question = Question(config.task, learnt)
    model = architecture(learnt.features, config.scale, config.hidden).to(config.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=config.learning_rate)
    targets = question.targets(learnt)
    batches = Shuffle(len(targets), config.batch_size)
    parts = {"model": model, "optimizer": optimizer, "batches": batches}
    total_steps, step = config.epochs * batches.per_epoch, 0
    yield Start(
        total_steps=total_steps,
        samples_per_step=config.batch_size,
        steps_per_epoch=batches.per_epoch,
        model=model,
        optimizer=optimizer,
        example=learnt.features[: config.batch_size],
        state=lambda: snapshot(step, parts),
    )

    def score(split: Split) -> Tensor:
        with torch.no_grad():
            return question.score(model(split.features), question.targets(split))

    if resume:
        step = restore(resume, parts)
    else:
        first = {f"valid/{question.measure}": score(valid)}
        yield Reading(0, first, pictures(model, question, valid))
    while step < total_steps:
        step += 1
        batch = batches.draw()
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss = question.loss(model(learnt.features[batch]), targets[batch])
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % batches.per_epoch == 0:
            now.scalars[f"valid/{question.measure}"] = score(valid)
            now.pictures.update(pictures(model, question, valid))
        if step == total_steps:
            now.scalars[f"test/{question.measure}"] = score(test)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))

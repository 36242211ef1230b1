"""The contract of everything here that trains: a generator of readings.

`def train(config: Config) -> Iterator[Start | Reading]` yields a `Start` first and then a `Reading`
per step. It knows nothing of screens, files or tutors; whoever asks for the next reading sets the
pace: to pause is not to ask, to stop is to close the generator.

    for item in train(Config(seed=1)):
        if isinstance(item, Reading):
            print(item.step, item.scalars)
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor, nn

Role = Literal[
    "image_grid",
    "heat_map",
    "attention",
    "landscape",
    "confusion",
    "decision",
    "scatter",
    "histogram",
    "histograms",
    "text",
    "tokens",
    "lines",
]


@dataclass(kw_only=True)
class Config:
    """What every exercise can be told; an exercise adds its knobs as fields.

    A live knob is an ordinary attribute that `train` reads at each step; the worker alone assigns
    it, between two readings.

    Attributes:
        seed: Seeds everything random in the run.
        device: A torch device string, `cpu` or `cuda`.
        learner: Path of the learner's own file where an exercise uses one, else None.
    """

    seed: int = 0
    device: str = "cpu"
    learner: str | None = None


Knobs = TypeVar("Knobs", bound=Config)


def asked(kind: type[Knobs], words: Sequence[str] | None = None) -> Knobs:
    """The knobs of a command line: `python -m models.vgg epochs=20 device=cuda`.

    Args:
        kind: The exercise's `Config`; a value is read as its default's type.
        words: `name=value` each; those that the program was called with where it is None.

    Raises:
        SystemExit: There is no such knob, or a value is not of its type; a sentence says so.
    """
    config = kind()
    for word in sys.argv[1:] if words is None else words:
        name, _, value = word.partition("=")
        if name not in vars(config):
            raise SystemExit(f"There is no knob {name!r}; there are {', '.join(vars(config))}.")
        before = getattr(config, name)
        try:
            read = value in ("1", "true", "True") if type(before) is bool else type(before)(value)
        except (TypeError, ValueError):
            raise SystemExit(f"{name} is {value!r}; it is like {before!r}.") from None
        setattr(config, name, value if before is None else read)
    return config


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a run can say of itself before its first step.

    Attributes:
        total_steps: Optimiser steps planned.
        samples_per_step: Batch size, in samples.
        steps_per_epoch: Optimiser steps in one pass over the training data.
        model: The network; the worker reads gradients and state through it.
        optimizer: Its optimiser.
        example: One input batch that `model` accepts.
        state: For runs that can be long: called after a reading, returns all that
            `train(config, resume=...)` needs to go on from there bit for bit, as nested dicts and
            lists of tensors, numbers and strings; nothing else survives `weights_only` loading.
    """

    total_steps: int | None = None
    samples_per_step: int | None = None
    steps_per_epoch: int | None = None
    model: nn.Module | None = None
    optimizer: torch.optim.Optimizer | None = None
    example: Tensor | None = None
    state: Callable[[], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Picture:
    """An array to be drawn, by what it is and not by how it is drawn.

    Attributes:
        role: What the numbers are. `image_grid`: (rows, columns, height, width) in [0, 1];
            `heat_map` and `confusion`: (rows, columns); `attention`: (queries, keys) or (heads,
            queries, keys), with `labels` of the queries and then of the keys; `landscape`: (rows,
            columns) of a loss, row 0 at the top, with `extent` and the path in `points`;
            `decision`: (height, width) of class scores, with `points` (n, 3) of x, y, class and
            `extent`; `scatter`: (n, 2) or (n, 3) with a class; `histogram`: (bins, 2) of left edge and count; `histograms`: (layers,
            bins), the share of each layer's numbers in each bin, with `labels` and `extent`;
            `lines`: (series, n); `text`: no data, `caption` holds it; `tokens`: (n,), how likely
            each of the n pieces in `labels` was, NaN for those that were given.
        data: The array.
        caption: One line on what it shows.
        labels: Names of rows, classes or series.
        extent: (x_min, x_max, y_min, y_max) of a `decision` or `landscape`; of `histograms`, x is
            the bins' axis.
        points: The samples drawn over a `decision`; of a `landscape`, (n, 2) of the path.
    """

    role: Role
    data: Tensor | list[Any]
    caption: str = ""
    labels: tuple[str, ...] = ()
    extent: tuple[float, float, float, float] | None = None
    points: Tensor | list[Any] | None = None


@dataclass(frozen=True)
class Reading:
    """What was read after a step.

    Attributes:
        step: Optimiser steps done so far, from 1; 0 for a reading taken before the first.
        scalars: Series name to a number or a 0-d tensor still on the device (no sync is forced).
        pictures: Name to picture, now and then.
    """

    step: int
    scalars: dict[str, float | Tensor] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)


def run_alone(readings: Iterator[Start | Reading], every: int = 50) -> dict[str, float]:
    """Drive a generator from the command line with a plain progress line.

    Args:
        readings: What `train(config)` returned.
        every: Print a line each so many steps.

    Returns:
        The last value of every series.
    """
    last: dict[str, float] = {}
    total: int | None = None
    step = told = -1

    def tell() -> None:
        words = "  ".join(f"{name} {value:.4g}" for name, value in last.items())
        print(f"step {step}{f'/{total}' if total else ''}  {words}")

    for item in readings:
        if isinstance(item, Start):
            total = item.total_steps
            continue
        step = item.step
        last |= {name: float(value) for name, value in item.scalars.items()}
        if step % every == 0:
            told = step
            tell()
    if step > told:
        tell()
    return last

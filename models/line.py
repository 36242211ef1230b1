"""A line in PyTorch: data set, loader, module, loss, optimiser, and the loop around them.

The first network of a course at UPM has two weights: y = a x + b. Nothing in it is deep, and all
of the machinery is there, the same that trains a transformer. Since the loss is a parabola in a and b,
one can also say beforehand what the loop will do: a step of size r takes the error of each weight
from e to (1 - 2 r) e, nearly. From r = 1 on the error grows.

Source:
    V. Rodriguez-Fernandez and A. Martín, "Deep learning 101 with PyTorch and fastai", notebook of
    "A walk with deep learning", 2021, https://github.com/stardust-r/walk-with-deep-learning
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from models import reading
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

SLOPE, OFFSET = 2.0, 3.0
"""The line that the points lie around."""
TRAINING, HELD_OUT, TEST = 100, 20, 1000
"""Points of the three sets; the notebook has the first two."""
REACH = 5.0
"""How far from the line's own slope and offset the landscape is drawn."""
ROWS, COLUMNS = 24, 48

Loss = Callable[[Tensor, Tensor], Tensor]
Batches = Iterable[tuple[Tensor, Tensor]]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        learning_rate: Size of a step; the notebook's is 0.001. Live.
        batch_size: Points of a step.
        noise: Standard deviation of what is added to each y.
        epochs: Passes over the training points.
        pause: Seconds to wait after each epoch. Live.
    """

    learning_rate: float = 0.001
    batch_size: int = 10
    noise: float = 0.1
    epochs: int = 10
    pause: float = 0.0

    def check(self) -> None:
        """Raise ValueError unless there is something to step with."""
        if self.batch_size < 1:
            raise ValueError("There has to be at least one point in a batch.")


def points(
    count: int, noise: float, generator: torch.Generator
) -> tuple[Float[Tensor, "n 1"], Float[Tensor, "n 1"]]:
    """Points around the line; x is normal around 0 with a deviation of 1."""
    x = torch.randn(count, 1, generator=generator)
    return x, SLOPE * x + OFFSET + noise * torch.randn(count, 1, generator=generator)


class Line(nn.Module):
    """(n, 1) to (n, 1): a x + b, with both drawn at random to begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(1))
        self.b = nn.Parameter(torch.randn(1))

    def forward(self, x: Float[Tensor, "n 1"]) -> Float[Tensor, "n 1"]:
        """The line's answer for each x."""
        return self.a * x + self.b


def train_epoch(
    model: nn.Module, batches: Batches, loss_of: Loss, optimizer: torch.optim.Optimizer
) -> Iterator[Tensor]:
    """One pass over the batches: a step for each, and its loss before the step."""
    model.train()
    for x, y in batches:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        yield loss.detach()


@torch.no_grad()
def validate(model: nn.Module, batches: Batches, loss_of: Loss) -> Float[Tensor, ""]:
    """The mean loss over all points, a smaller last batch counted by its size."""
    model.eval()
    total, count = torch.zeros(()), 0
    for x, y in batches:
        total = total + loss_of(model(x), y) * len(x)
        count += len(x)
    return total / count


def landscape(
    x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"], path: list[tuple[float, float]]
) -> Picture:
    """The loss of every slope and offset around the true ones, and the way that was walked."""
    x, y = x.cpu(), y.cpu()
    a = SLOPE - REACH + 2 * REACH * (torch.arange(COLUMNS) + 0.5) / COLUMNS
    b = OFFSET + REACH - 2 * REACH * (torch.arange(ROWS) + 0.5) / ROWS
    answers = a[None, :, None] * x[:, 0] + b[:, None, None]
    found = (answers - y[:, 0]).square().mean(2)
    extent = (SLOPE - REACH, SLOPE + REACH, OFFSET - REACH, OFFSET + REACH)
    caption = f"loss over slope (across) and offset (up); now {path[-1][0]:.2f}, {path[-1][1]:.2f}"
    return Picture("landscape", found, caption, extent=extent, points=torch.tensor(path))


@torch.no_grad()
def scene(model: Line, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Picture:
    """The points, and the line as it stands."""
    across = torch.linspace(float(x.min()), float(x.max()), 60, device=x.device)[:, None]
    shown = [
        torch.cat([x, y, torch.zeros_like(x)], 1),
        torch.cat([across, model(across), torch.ones_like(across)], 1),
    ]
    return Picture("scatter", torch.cat(shown), "points, and the line so far", ("point", "line"))


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch; a reading a step.

    After each epoch `valid/loss` and the line's `line/slope` and `line/offset`; at the end
    `test/loss` on 1,000 points, and `test/off`, how far the worse of the two numbers is from the
    truth.

    Raises:
        ValueError: The batch size is below 1.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    sets = [
        TensorDataset(*(each.to(config.device) for each in points(count, config.noise, generator)))
        for count in (TRAINING, HELD_OUT, TEST)
    ]
    x, y = sets[0].tensors
    batches = DataLoader(sets[0], config.batch_size, shuffle=True, generator=generator)
    held_out, test = (DataLoader(each, 100) for each in sets[1:])
    model = Line().to(config.device)
    loss_of = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), config.learning_rate)
    total = config.epochs * len(batches)
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=len(batches),
        model=model, optimizer=optimizer, example=x[: config.batch_size],
    )  # fmt: skip
    step, path = 0, [(model.a.item(), model.b.item())]
    for _ in range(config.epochs):
        set_rate(optimizer, config.learning_rate)
        for loss in train_epoch(model, batches, loss_of, optimizer):
            step += 1
            now = Reading(step, {"train/loss": loss})
            if step % len(batches) == 0:
                path.append((model.a.item(), model.b.item()))
                slope, offset = path[-1]
                now.scalars["valid/loss"] = validate(model, held_out, loss_of)
                now.scalars.update({"line/slope": slope, "line/offset": offset})
                now.pictures.update(line=scene(model, x, y), landscape=landscape(x, y, path))
                time.sleep(config.pause)
            if step == total:
                off = max(abs(slope - SLOPE), abs(offset - OFFSET))
                now.scalars.update({"test/loss": validate(model, test, loss_of), "test/off": off})
            yield now


if __name__ == "__main__":
    run_alone(train(Config(learning_rate=0.1)), every=10)

"""The landscape of a loss: the plane that a path through 4,810 dimensions lies in, nearly.

The network of `models.mlp` has 4,810 weights, so its loss is a surface over 4,810 dimensions, of
which nobody can see more than two. Which two? The path that training takes is stored as it goes,
and its two directions of greatest spread are found (principal components): of all planes, that one
shows most of the path. Then the loss is computed at every place of the plane around it.

What is shown is a slice and no map: what looks like a wall here may have a door in the other 4,808.

Source:
    H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, "Visualizing the loss landscape of neural
    nets", NeurIPS 2018, https://arxiv.org/abs/1712.09913 (section 7, trajectories)
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional
from torch.nn.utils import parameters_to_vector

from models import mlp
from models.data.digits import Split, splits
from models.optimisers import RULES
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

EVERY = 5
"""Steps between two places of the path that are stored."""
ROWS, COLUMNS = 24, 48
"""Places of the plane at which the loss is computed."""
IMAGES = 300
"""Training images that the loss of a place is the mean of."""
MARGIN = 0.35
"""How far the plane reaches beyond the path, as a share of its size."""


@dataclass(kw_only=True)
class Config(mlp.Config):
    """The knobs of `models.mlp`, with settings of their own that learn."""

    learning_rate: float = 0.1
    epochs: int = 5


def plane(
    path: Float[Tensor, "places weights"],
) -> tuple[Float[Tensor, "2 weights"], Float[Tensor, ""]]:
    """The two directions of greatest spread of a path, seen from its end, and their share of it.

    The directions have length 1 and stand at a right angle. Of a direction and its opposite, both as
    good, that one is taken in which the path begins at the lower left.
    """
    away = path[:-1] - path[-1]
    _, sizes, found = torch.linalg.svd(away, full_matrices=False)
    squares = sizes.square()
    found = found[:2] * torch.where(found[:2] @ away[0] > 0, -1.0, 1.0)[:, None]
    return found, squares[:2].sum() / squares.sum().clamp(min=1e-12)


@torch.no_grad()
def losses(
    model: nn.Module, places: Float[Tensor, "places weights"], data: Split
) -> Float[Tensor, " places"]:
    """The mean cross entropy that the network would have with each of many sets of weights."""
    parameters = dict(model.named_parameters())
    sizes = [each.numel() for each in parameters.values()]

    def loss(weights: Tensor) -> Tensor:
        parts = weights.split(sizes)
        named = {
            name: part.view_as(each)
            for (name, each), part in zip(parameters.items(), parts, strict=True)
        }
        return functional.cross_entropy(functional_call(model, named, (data.images,)), data.labels)

    return vmap(loss, chunk_size=128)(places)


def landscape(model: nn.Module, path: Float[Tensor, "places weights"], data: Split) -> Picture:
    """The loss in the plane of the path, with the path in it.

    Weights that have overflowed span no plane; the picture then says so.
    """
    if not torch.isfinite(path).all():
        return Picture(
            "text", [], "The weights are not finite any more: there is no plane to show."
        )
    directions, share = plane(path)
    walked = (path - path[-1]) @ directions.T
    low, high = walked.amin(0), walked.amax(0)
    reach = MARGIN * (high - low).clamp(min=1e-3)
    (left, bottom), (right, top) = (low - reach).tolist(), (high + reach).tolist()
    # The middles of the cells, the top row first.
    across = left + (right - left) * (torch.arange(COLUMNS, device=path.device) + 0.5) / COLUMNS
    up = top - (top - bottom) * (torch.arange(ROWS, device=path.device) + 0.5) / ROWS
    grid = torch.cartesian_prod(up, across).flip(1)
    found = losses(model, path[-1] + grid @ directions, data).reshape(ROWS, COLUMNS)
    caption = (
        f"o start @ now, loss {float(found.min()):.2g} to {float(found.max()):.2g}, "
        f"{float(share):.0%} of path"
    )
    extent = (left, right, bottom, top)
    return Picture("landscape", found, caption, extent=extent, points=walked)


def train(config: Config) -> Iterator[Start | Reading]:
    """Train as `models.mlp` does, and look at the landscape around the path after each epoch.

    Raises:
        ValueError: The optimiser has no such name, or the batch size is below 1.
    """
    config.check()
    generator = torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    data, valid, test = (split.to(config.device) for split in splits())
    seen = Split(data.images[:IMAGES], data.labels[:IMAGES])
    model = mlp.network().to(config.device)
    optimizer = RULES[config.optimiser](model.parameters(), config.learning_rate)
    per_epoch = -(-len(data.labels) // config.batch_size)
    total_steps = config.epochs * per_epoch
    yield Start(
        total_steps=total_steps,
        samples_per_step=config.batch_size,
        steps_per_epoch=per_epoch,
        model=model,
        optimizer=optimizer,
        example=data.images[: config.batch_size],
    )
    path = [parameters_to_vector(model.parameters()).detach().clone()]
    step = 0
    for _ in range(config.epochs):
        order = torch.randperm(len(data.labels), generator=generator).to(config.device)
        for batch in order.split(config.batch_size):
            step += 1
            set_rate(optimizer, config.learning_rate)
            optimizer.zero_grad()
            loss = mlp.batch_loss(model, data, batch)
            loss.backward()
            optimizer.step()
            if step % EVERY == 0 or step % per_epoch == 0:
                path.append(parameters_to_vector(model.parameters()).detach().clone())
            now = Reading(step, {"train/loss": loss.detach()})
            if step % per_epoch == 0:
                now.scalars["valid/accuracy"] = mlp.score(model, valid)
                now.pictures["landscape"] = landscape(model, torch.stack(path), seen)
            if step == total_steps:
                now.scalars["test/accuracy"] = mlp.score(model, test)
            yield now
            time.sleep(config.pause / per_epoch)


if __name__ == "__main__":
    run_alone(train(Config()))

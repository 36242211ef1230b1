"""A deconvnet: run a convolutional network backwards, to see what of an image made a feature fire.

`models/unpooling.py` is the network, with its way back from a feature to pixels. Here it learns digits,
and is looked into: the nine images that excite a feature most, projected so and laid side by side,
tell what it looks for.

The switches are what ties a projection to its image: `switches=False` unpools to the corner of
each 2x2 instead, and what comes down fits the images less well: `deconv/fit` is the mean
correlation of projection and image inside the receptive field.

The plain way is to look at the weights of the first layer. `filters/kept` says how much of that picture
was there before the first image: the mean cosine of each filter and what it was at the start. Filters
begin at random and need not go far; where they begin small (`start`), what is learned shows.

Source:
    M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from models import classifying
from models.classifying import SIDE
from models.reading import Picture, Reading, Start, run_alone
from models.unpooling import ConvNet, Level, corners, field

TOP = 9
"""Images looked at for a feature."""


@dataclass(kw_only=True)
class Config(classifying.Config):
    """The knobs.

    Attributes:
        layer: Whose features are looked at, 1 or 2. Live.
        switches: Whether unpooling puts values where they came from. Live.
        start: What the first weights of the first layer are multiplied by.
        frozen: Whether the first layer stays as it began.
    """

    layer: int = 2
    switches: bool = True
    start: float = 1.0
    frozen: bool = False
    divisor: int = 1
    learning_rate: float = 0.004
    epochs: int = 8

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        super().check()
        if self.divisor != 1:
            raise ValueError("This network is small already: its divisor is 1.")
        if self.layer not in (1, 2):
            raise ValueError(f"The layer is {self.layer}; it can be 1 or 2.")
        if not self.start > 0:
            raise ValueError(f"start is {self.start}; it has to be above 0.")


# --- what a feature looks for -----------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """The images that excite each live feature of a layer most, and their projections.

    Attributes:
        images: (features, 9, 32, 32), from -1 to 1.
        projections: (features, 9, 32, 32), in units of nothing.
        rows: (features, 9), where the greatest value was, down.
        columns: (features, 9), and across.
        live: How many of the layer's features fire at all.
    """

    images: Float[Tensor, "features 9 32 32"]
    projections: Float[Tensor, "features 9 32 32"]
    rows: Int[Tensor, "features 9"]
    columns: Int[Tensor, "features 9"]
    live: int


@torch.no_grad()
def look(model: ConvNet, images: Float[Tensor, "n 1 32 32"], config: Config) -> Finding:
    """Find the top nine images of each feature and project the greatest value of each."""
    levels = model.up(images)[: config.layer]
    maps = levels[-1].maps
    width = maps.shape[-1]
    peaks, places = maps.flatten(2).max(2)
    top = peaks.topk(TOP, 0).indices.T  # (features, 9)
    alive = peaks.amax(0).nonzero()[:, 0]
    features = alive[:, None].expand(-1, TOP).flatten()
    chosen = top[alive].flatten()
    place, one = places[chosen, features], torch.arange(len(chosen), device=images.device)
    alone = torch.zeros_like(maps[chosen]).flatten(2)
    alone[one, features, place] = peaks[chosen, features]
    seen = []
    for level in levels:
        switches = level.switches[chosen]
        seen.append(Level(level.maps[chosen], switches if config.switches else corners(switches)))
    down = model.down(alone.reshape(-1, *maps.shape[1:]), seen)
    shape = (len(alive), TOP)
    return Finding(
        images[chosen, 0].reshape(*shape, SIDE, SIDE),
        down[:, 0].reshape(*shape, SIDE, SIDE),
        (place // width).reshape(shape),
        (place % width).reshape(shape),
        len(alive),
    )


def measure(found: Finding, layer: int) -> dict[str, float | Tensor]:
    """How much of the projections is inside the receptive field, and how well it fits the image."""
    inside, fits = [], []
    pairs = zip(found.images.flatten(0, 1), found.projections.flatten(0, 1), strict=True)
    places = zip(found.rows.flatten().tolist(), found.columns.flatten().tolist(), strict=True)
    for (image, projection), (row, column) in zip(pairs, places, strict=True):
        square = field(layer, row), field(layer, column)
        part, patch = projection[square].flatten(), image[square].flatten()
        inside.append(part.abs().sum() / projection.abs().sum().clamp_min(1e-12))
        if part.std() > 0 and patch.std() > 0:
            fits.append(torch.corrcoef(torch.stack([part, patch]))[0, 1])
    return {
        "deconv/live": float(found.live),
        "deconv/inside": torch.stack(inside).mean() if inside else 0.0,
        "deconv/fit": torch.stack(fits).mean() if fits else 0.0,
    }


def pictures(found: Finding, layer: int, rows: int = 4) -> dict[str, Picture]:
    """Of four features the nine images around the place that fired, and their projections."""
    side = field(layer, 4).stop - field(layer, 4).start
    grids: tuple[list[Tensor], list[Tensor]] = ([], [])
    for grid, source in zip(grids, (found.images, found.projections), strict=True):
        for feature in range(min(rows, len(source))):
            cut = [
                _crop(source[feature, k], field(layer, row), field(layer, column), side)
                for k, (row, column) in enumerate(
                    zip(found.rows[feature].tolist(), found.columns[feature].tolist(), strict=True)
                )
            ]
            grid.append(torch.stack(cut))
    if not grids[0]:
        return {}
    names = ("images", "projections")
    captions = ("what excites each feature most", "the part of it that the feature answers to")
    return {
        name: Picture("image_grid", 0.5 + 0.5 * torch.stack(grid), caption)
        for name, grid, caption in zip(names, grids, captions, strict=True)
    }


def _crop(image: Tensor, rows: slice, columns: slice, side: int) -> Tensor:
    """A square of the image, from -1 to 1; what is cut by the border is filled with 0."""
    part = image[rows, columns]
    square = image.new_zeros(side, side)
    square[: part.shape[0], : part.shape[1]] = part / part.abs().max().clamp_min(1e-12)
    return square


# --- the filters themselves -------------------------------------------------------------------


@torch.no_grad()
def kept(
    before: Float[Tensor, "features 1 5 5"], now: Float[Tensor, "features 1 5 5"]
) -> Float[Tensor, " features"]:
    """How alike each filter is to what it was: the cosine, 1 where only its size has changed."""
    return functional.cosine_similarity(before.flatten(1), now.flatten(1))


@torch.no_grad()
def drawn(before: Float[Tensor, "features 1 5 5"], now: Float[Tensor, "features 1 5 5"]) -> Picture:
    """The filters as they were and as they are; grey is 0, each as bright as its greatest weight."""
    both = torch.cat([before, now], 1).transpose(0, 1)
    greatest = both.abs().amax((2, 3), keepdim=True).clamp_min(1e-12)
    each = " ".join(f"{value:.2f}" for value in kept(before, now).tolist())
    caption = f"filters of layer 1: at the start, now; alike: {each}"
    return Picture("image_grid", 0.5 + 0.5 * both / greatest, caption)


# --- the run ----------------------------------------------------------------------------------


def train(config: Config) -> Iterator[Start | Reading]:
    """Learn the digits of 32x32 pixels; look into the network at the start and after each epoch.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    model = ConvNet()
    first = model.convolutions[0].weight
    with torch.no_grad():
        first *= config.start
    before = first.detach().clone().to(config.device)
    model.convolutions[0].requires_grad_(not config.frozen)
    images = classifying.splits(config.device, data=config.data)[1].images

    def read(now: Reading) -> Reading:
        found = look(model, images, config)
        now.scalars.update(measure(found, config.layer))
        now.scalars["filters/kept"] = kept(before, first).mean()
        now.pictures["filters"] = drawn(before, first)
        now.pictures.update(pictures(found, config.layer))
        return now

    running = classifying.observe(model, config)
    yield next(running)
    yield read(Reading(0))
    for item in running:
        ends_epoch = isinstance(item, Reading) and item.pictures
        yield read(item) if ends_epoch else item


if __name__ == "__main__":
    run_alone(train(Config()))

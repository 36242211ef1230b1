"""One sample on its way through the network: every tensor that a layer makes, as a picture."""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.reading import Picture
from tutor.core.network import Anatomy, Walked
from tutor.core.text import visible
from tutor.worker.anatomy import take_apart
from tutor.worker.events import picture_json

FOLDER = "walk"
"""In the run's folder; a later walk takes the place of the one before."""
CHANNELS = 16
"""Feature maps shown of a layer, at most."""
SIDE = 96
"""Dots along an edge of a picture, at most: more than a terminal shows, and a few kB."""
BARS = 24
"""A vector of at most so many numbers is drawn as bars."""


def walk(model: nn.Module, example: Tensor, step: int, folder: Path) -> tuple[Anatomy, Walked]:
    """Send the first sample of a batch through the network and keep each tensor as a picture.

    Args:
        model: The network; the pass leaves no trace in it.
        example: A batch of its input, samples first.
        step: Optimiser steps done.
        folder: The run's folder.

    Raises:
        OSError: If a picture cannot be written.
    """
    pictures: dict[int, Picture] = {}

    def made(number: int, tensor: Tensor) -> None:
        # Drawn at once: the next layer may write over it.
        pictures[number] = picture(tensor, batch=batch)

    batch = example.shape[0] if example.dim() else 1
    given = picture(example, batch=batch)
    anatomy = take_apart(model, example, made)
    files = [
        _write(folder, number, pictures[number], f"{row.name or row.kind}, step {step}")
        if number in pictures
        else ""
        for number, row in enumerate(anatomy.layers)
    ]
    return anatomy, Walked(step, _write(folder, -1, given, f"the sample, step {step}"), files)


def _write(folder: Path, number: int, found: Picture, title: str) -> str:
    """Write a picture beside its place and move it there: who reads it sees all of it."""
    name = "input" if number < 0 else f"{number:04d}"
    path = folder / FOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix(".new")
    caption = f"{visible(title)}: {found.caption}"
    try:
        beside.write_bytes(picture_json(Picture(found.role, found.data, caption, found.labels)))
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return f"{FOLDER}/{path.name}"


def picture(tensor: Tensor, batch: int = 1) -> Picture:
    """The first sample of what a layer made, as a picture.

    Feature maps (n, c, h, w) are a grid of at most 16 images, all of them on one scale; a vector is
    bars, or folded into a heat map where it is long; a matrix is a heat map.

    Args:
        tensor: Of any shape, type and device.
        batch: How many samples may stand first in it.
    """
    values = tensor.detach()
    values = values.abs() if values.is_complex() else values
    maps = values.dim() >= 4
    if values.dim() > 1 and values.shape[0] in (1, batch):
        values = values[0]
    values = values.to("cpu", torch.float32, copy=True)
    if not values.numel():
        return Picture("text", [], "an empty tensor")
    words = _words(values)
    if maps and values.dim() >= 3 and math.prod(values.shape[-2:]) > 1:
        return _grid(values.flatten(0, -3), words)
    values = values.squeeze()
    if values.dim() <= 1:
        return _vector(values.reshape(-1), words)
    if values.dim() == 2:
        return Picture("heat_map", _matrix(values), words)
    return _grid(values.flatten(0, -3), words)


def _words(values: Tensor) -> str:
    """What the numbers are, in a line: their ends, their mean, how many are zero or no numbers."""
    finite = values[values.isfinite()]
    bad = 1 - finite.numel() / values.numel()
    told = "not one finite number"
    if finite.numel():
        # The sum of large numbers leaves the range of single precision.
        mean = float(finite.double().mean())
        told = f"{float(finite.min()):.3g} to {float(finite.max()):.3g}, mean {mean:.3g}"
        zeros = float((values == 0).float().mean())
        told += f", {zeros:.0%} zero" if zeros >= 0.005 else ""
    return f"{told}, {_percent(bad)} NaN or infinite" if bad and finite.numel() else told


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.005 else "under 1%"


def _vector(values: Tensor, words: str) -> Picture:
    count = len(values)
    if count <= BARS:
        rows = torch.stack([torch.arange(count, dtype=torch.float32), values], 1)
        return Picture("histogram", rows, words, tuple(map(str, range(count))))
    return Picture("heat_map", _matrix(_folded(values)), words)


def _folded(values: Tensor) -> Tensor:
    """A vector in rows, one after the other, twice as long as they are many."""
    count = len(values)
    # A row that divides it leaves no hole at the end.
    wide = math.isqrt(2 * count)
    wide = next((w for w in range(wide, 2 * wide) if count % w == 0), wide)
    rows = math.ceil(count / wide)
    holes = torch.full((rows * wide - count,), math.nan)
    return torch.cat([values, holes]).reshape(rows, wide)


def _grid(maps: Tensor, words: str) -> Picture:
    """Maps (c, h, w) side by side, from the least to the greatest of all that are shown."""
    shown = maps[:CHANNELS]
    count = len(shown)
    across = _across(count)
    down = math.ceil(count / across)
    shown = _fewer(shown, SIDE // across)
    finite = shown[shown.isfinite()]
    if finite.numel():
        low, high = finite.min(), finite.max()
        # Half of each: the whole span of huge numbers would run over.
        span = high / 2 - low / 2
        shown = (shown / 2 - low / 2) / span if span > 0 else torch.zeros_like(shown)
    left = torch.full((down * across - count, *shown.shape[1:]), math.nan)
    tiles = torch.cat([shown, left]).reshape(down, across, *shown.shape[1:])
    told = f"{count} of {len(maps)} maps, " if len(maps) > count else ""
    labels = tuple(str(i) if i < count else "" for i in range(down * across))
    return Picture("image_grid", tiles, told + words, labels)


def _across(count: int) -> int:
    """Images in a row: nearly as many as rows, and without a hole at the end where that can be."""
    least = math.ceil(math.sqrt(count))
    return next((across for across in range(least, 2 * least) if count % across == 0), least)


def _matrix(values: Tensor) -> Tensor:
    """Rows and columns, as many of each as are drawn."""
    rows, columns = values.shape
    return functional.adaptive_avg_pool2d(values[None], (min(rows, SIDE), min(columns, SIDE)))[0]


def _fewer(maps: Tensor, side: int) -> Tensor:
    """Maps (c, h, w) of at most so many dots along an edge, each the mean of what it stands for."""
    height, width = maps.shape[-2:]
    largest = max(height, width, side)
    # An edge shrinks with the other, so that an image keeps its form.
    smaller = (max(1, height * side // largest), max(1, width * side // largest))
    return functional.adaptive_avg_pool2d(maps, smaller)

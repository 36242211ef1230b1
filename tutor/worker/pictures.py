"""Pictures on their way to a file: shape, flat numbers of four digits, words."""

import copy
import re
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor

from models.reading import Picture
from tutor.core.protocol import PictureSaved
from tutor.core.text import visible

NUMBERS_LIMIT = 1_000_000
"""The most numbers in one picture; a terminal shows some ten thousand."""

DIGITS = 4


class Album:
    """The newest picture of each name, until it is written.

    A run may draw faster than anyone looks; of those between two looks the last one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, tuple[int, Picture]] = {}

    def add(self, step: int, pictures: dict[str, Picture]) -> None:
        """Hold copies of pictures, for training may go on and change the arrays in place."""
        for name, picture in pictures.items():
            self._held[name] = (step, _copy(picture))

    def flush(self) -> list[PictureSaved]:
        """Write the held pictures, and say where.

        Raises:
            ValueError: A picture holds no numbers, or too many of them.
        """
        held, self._held = self._held, {}
        saved = []
        for name, (step, picture) in held.items():
            self._folder.joinpath("pictures").mkdir(exist_ok=True)
            plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:60]
            file = f"pictures/{step:06d}-{plain}.json"
            (self._folder / file).write_bytes(picture_json(picture))
            saved.append(PictureSaved(step, visible(name)[:80], picture.role, file))
        return saved


def _copy(picture: Picture) -> Picture:
    def own(data: Tensor | list[Any] | None) -> Any:
        return data.detach().clone() if isinstance(data, Tensor) else copy.deepcopy(data)

    return Picture(
        picture.role,
        own(picture.data),
        picture.caption,
        picture.labels,
        picture.extent,
        own(picture.points),
    )


def picture_json(picture: Picture) -> bytes:
    """The picture as `core.bitmap` reads it; NaN and infinities are null.

    Raises:
        ValueError: It holds no numbers, or too many of them.
    """
    shape, data = _numbers(picture.data)
    points = None
    if picture.points is not None:
        size, flat = _numbers(picture.points)
        width = size[-1] if size else 1
        points = [flat[i : i + width] for i in range(0, len(flat), width)]
    return msgspec.json.encode(
        {
            "role": picture.role,
            "shape": shape,
            "data": data,
            "caption": visible(picture.caption),
            "labels": [visible(str(label)) for label in picture.labels],
            "extent": picture.extent,
            "points": points,
        }
    )


def _numbers(data: Tensor | list[Any]) -> tuple[list[int], list[float]]:
    try:
        array = torch.as_tensor(data).detach().cpu().double()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"A picture's data is no array of numbers: {error}") from error
    if array.numel() > NUMBERS_LIMIT:
        raise ValueError(f"A picture holds {array.numel()} numbers; {NUMBERS_LIMIT} is the most.")
    return list(array.shape), _short(array).flatten().tolist()


def _short(array: Tensor) -> Tensor:
    """Round to four significant digits, so that each number is short as text."""
    magnitude = torch.where(array == 0, 1.0, array.abs()).log10().floor()
    exponent = (DIGITS - 1 - magnitude).nan_to_num(0.0, 0.0, 0.0).clamp(-300, 300)
    # A power of ten that is divided by, not multiplied with, leaves the nearest double there is.
    up, down = 10.0 ** exponent.clamp(min=0), 10.0 ** (-exponent).clamp(min=0)
    rounded = (array * up / down).round() * down / up
    return torch.where(rounded.isfinite(), rounded, array)

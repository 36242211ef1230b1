"""Writing `events.jsonl`: append-only, readings in batches, pictures as files beside it."""

import contextlib
import copy
import errno
import math
import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec
from torch import Tensor

from models.reading import Picture
from tutor.core.protocol import Event, PictureSaved, Readings, encode

FLUSH_SECONDS = 1 / 15
RESERVE = 1 << 16
"""Bytes kept free for the last words of a run whose disk is full."""
PICTURE_SECONDS = 0.1
"""At most so often is a picture of one name written; the last one always is."""


class EventLog:
    """The run's one source of truth."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reserve = folder / "reserve"
        self._file = os.open(folder / "events.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def reserve(self) -> None:
        """Keep some room on the disk, so that a run can still say that the disk is full."""
        with contextlib.suppress(OSError):
            # Not zeros and no hole: some disks keep no room for these.
            self._reserve.write_bytes(os.urandom(RESERVE))

    def write(self, event: Event) -> None:
        """Append a line, in one write, so that a reader never sees half of two.

        Raises:
            OSError: If the disk is full. The room that was kept is free then, for the last words.
        """
        data = encode(event) + b"\n"
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT) and self._reserve.exists():
                self.release()
                # What was begun of this line ends here, and counts as damage.
                with contextlib.suppress(OSError):
                    os.write(self._file, b"\n")
            raise

    def sync(self) -> None:
        """Return when all that was written is on the disk."""
        os.fsync(self._file)

    def release(self) -> None:
        """Give the room back."""
        self._reserve.unlink(missing_ok=True)


class Batch:
    """Readings gathered until the next flush. Tensors stay where they are until then."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._steps: list[int] = []
        self._columns: dict[str, list[Any]] = {}
        self.flushed_at = -math.inf

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: int, scalars: dict[str, Any]) -> None:
        """Take in a reading."""
        row = len(self._steps)
        self._steps.append(step)
        columns = self._columns
        for name, value in scalars.items():
            column = columns.get(name)
            if column is None:
                columns[name] = column = [None] * row
            elif len(column) < row:
                column.extend([None] * (row - len(column)))
            if isinstance(value, Tensor):
                # What is changed in place later must not rewrite what was read. A copy on its own
                # device waits for nothing, and lets go of the graph.
                on_cpu = value.device.type == "cpu"
                value = value.item() if on_cpu else value.detach().clone()
            column.append(value)

    def flush(self, elapsed: float) -> None:
        """Write what was gathered as one record."""
        self.flushed_at = time.perf_counter()
        if not self._steps:
            return
        count = len(self._steps)
        series: dict[str, list[float | None]] = {}
        bad: list[tuple[str, int, Literal["nan", "inf", "-inf"]]] = []
        for name, column in self._columns.items():
            values = numbers(column)
            for row, value in enumerate(values):
                if value is not None and not math.isfinite(value):
                    kind: Literal["nan", "inf", "-inf"] = (
                        "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
                    )
                    bad.append((name, row, kind))
                    values[row] = None
            values.extend([None] * (count - len(values)))
            series[name] = values
        self._log.write(Readings(self._steps, series, elapsed, bad))
        self._steps, self._columns = [], {}


def numbers(column: list[Any]) -> list[float | None]:
    """Python floats from numbers and 0-d tensors, which are moved over in one go."""
    import torch

    places = [row for row, value in enumerate(column) if isinstance(value, torch.Tensor)]
    if places:
        tensors = [column[row].detach().reshape(()) for row in places]
        if tensors[0].device.type != "cpu":
            moved = torch.stack([each.float() for each in tensors]).tolist()
        else:
            moved = [each.item() for each in tensors]
        column = list(column)
        for row, value in zip(places, moved, strict=True):
            column[row] = value
    return [None if value is None else float(value) for value in column]


class Gallery:
    """Pictures of a run: each a file, named in the log, not too many of them."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._pending: dict[str, tuple[int, Picture]] = {}
        self._saved_at: dict[str, float] = {}

    def add(self, step: int, pictures: dict[str, Picture]) -> None:
        """Take in the pictures of a reading."""
        now = time.perf_counter()
        for name, picture in pictures.items():
            self._pending[name] = (step, _own(picture))
            if now - self._saved_at.get(name, -math.inf) >= PICTURE_SECONDS:
                self._save(name)
                self._saved_at[name] = now

    def finish(self) -> None:
        """Write the last picture of each name."""
        for name in list(self._pending):
            self._save(name)

    def _save(self, name: str) -> None:
        step, picture = self._pending.pop(name)
        safe = re.sub(r"[^A-Za-z0-9]+", "-", name)
        file = f"pictures/{step:07d}-{safe}.json"
        path = self._log.folder / file
        path.parent.mkdir(exist_ok=True)
        try:
            path.write_bytes(picture_json(picture))
        except OSError:
            # What there is of it may be all that fills the disk. Training is worth more than a
            # picture; when the record finds no room either, the run says so and ends.
            path.unlink(missing_ok=True)
            return
        self._log.write(PictureSaved(step, name, picture.role, file))


def _own(picture: Picture) -> Picture:
    """A picture with arrays of its own: training goes on and may change them in place."""

    def own(data: Any) -> Any:
        return data.detach().clone() if isinstance(data, Tensor) else copy.deepcopy(data)

    return replace(picture, data=own(picture.data), points=own(picture.points))


def picture_json(picture: Picture) -> bytes:
    """A picture as `core.bitmap` reads it: flat data with four significant digits."""
    shape, data = _flat(picture.data)
    _, points = _flat(picture.points if picture.points is not None else [])
    point_rows = len(picture.points) if picture.points is not None else 0
    width = len(points) // point_rows if point_rows else 0
    return msgspec.json.encode(
        {
            "role": picture.role,
            "shape": shape,
            "data": data,
            "caption": picture.caption,
            "labels": picture.labels,
            "extent": picture.extent,
            "points": [points[i * width : (i + 1) * width] for i in range(point_rows)],
        }
    )


def _flat(data: Any) -> tuple[list[int], list[float | None]]:
    import torch

    tensor = torch.as_tensor(data).detach().to("cpu", torch.float32)
    values = tensor.flatten().tolist()
    return list(tensor.shape), [
        float(f"{value:.4g}") if math.isfinite(value) else None for value in values
    ]

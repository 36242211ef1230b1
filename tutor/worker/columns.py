"""Readings on their way to a record: columns of numbers, gathered without waiting for the device."""

from collections.abc import Mapping
from typing import Literal, cast

import torch
from torch import Tensor

from tutor.core.protocol import Readings
from tutor.core.text import visible

SERIES_LIMIT = 200
"""More names than that are a mistake, as of one who puts the step into the name."""

Bad = Literal["nan", "inf", "-inf"]


class Columns:
    """Readings since the last flush.

    Numbers of the CPU are taken at once. Those of another device are copied there, which does
    not wait for it, and moved over in one go at the flush; the copy also lets go of the graph and
    keeps a tensor that is later changed in place from rewriting what was read.
    """

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._columns: dict[str, list[float | None]] = {}
        self._bad: list[tuple[str, int, Bad]] = []
        self._waiting: list[tuple[str, int, Tensor]] = []
        self._names: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: int, scalars: Mapping[str, object]) -> None:
        """Take a reading in.

        Raises:
            ValueError: A value is no single number, or there are too many series.
        """
        row = len(self._steps)
        self._steps.append(step)
        for name, value in scalars.items():
            column = self._columns.get(name)
            if column is None:
                column = self._new_column(name)
            if len(column) < row:
                column.extend([None] * (row - len(column)))
            if isinstance(value, Tensor) and value.device.type != "cpu":
                self._waiting.append((name, row, _scalar(name, value).detach().clone()))
                column.append(None)
                continue
            number = value if type(value) is float else _number(name, value)
            if number - number == 0.0:  # neither NaN nor infinite
                column.append(number)
            else:
                column.append(None)
                self._bad.append((name, row, _kind(number)))

    def flush(self, elapsed: float) -> Readings:
        """Hand over what was gathered and begin anew.

        Args:
            elapsed: Seconds of training so far.
        """
        self._move_over()
        count = len(self._steps)
        for column in self._columns.values():
            column.extend([None] * (count - len(column)))
        names = self._names
        readings = Readings(
            self._steps,
            {names[name]: column for name, column in self._columns.items()},
            round(elapsed, 6),
            [(names[name], row, kind) for name, row, kind in self._bad],
        )
        self._steps, self._columns, self._bad = [], {}, []
        return readings

    def _new_column(self, name: str) -> list[float | None]:
        if name not in self._names:
            if not isinstance(name, str):
                raise ValueError(f"A series is named by a string, not by {visible(repr(name))}.")
            if len(self._names) >= SERIES_LIMIT:
                raise ValueError(f"There are more than {SERIES_LIMIT} series.")
            self._names[name] = visible(name)[:80]
        column: list[float | None] = []
        self._columns[name] = column
        return column

    def _move_over(self) -> None:
        """Replace what still lies on a device by its numbers, one transfer for each device."""
        devices: dict[torch.device, list[tuple[str, int, Tensor]]] = {}
        for entry in self._waiting:
            devices.setdefault(entry[2].device, []).append(entry)
        self._waiting = []
        for entries in devices.values():
            numbers = torch.stack([value.float() for _, _, value in entries]).tolist()
            for (name, row, _), number in zip(entries, numbers, strict=True):
                if number - number == 0.0:
                    self._columns[name][row] = number
                else:
                    self._bad.append((name, row, _kind(number)))


def _scalar(name: str, value: Tensor) -> Tensor:
    if value.numel() != 1:
        shape = tuple(value.shape)
        raise ValueError(f"The series `{name}` got a tensor of shape {shape}, not one number.")
    return value.reshape(())


def _number(name: str, value: object) -> float:
    if isinstance(value, Tensor):
        value = _scalar(name, value).item()
    if isinstance(value, str):
        raise ValueError(f"The series `{name}` got the text {value!r}, not a number.")
    try:
        return float(cast(float, value))
    except OverflowError:
        return float("inf") if cast(int, value) > 0 else float("-inf")
    except (TypeError, ValueError) as error:
        kind = type(value).__name__
        raise ValueError(f"The series `{name}` got a {kind}, not a number.") from error


def _kind(number: float) -> Bad:
    if number != number:
        return "nan"
    return "inf" if number > 0 else "-inf"

"""Checkpoints of a run: everything needed to go on bit for bit, never in the way of training.

A file holds the SHA-256 of what follows it, then a `torch.save` of plain values. It is only ever read
with `weights_only=True`, which builds tensors and plain containers and runs no code.
"""

import hashlib
import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.lesson import Scalar
from tutor.core.protocol import (
    CheckpointSaved,
    Event,
    KnobTurned,
    PictureSaved,
    Readings,
    Resumed,
    decode_event,
)
from tutor.worker.events import EventLog

SECONDS = 30.0
"""Between two checkpoints. What a death costs is at most this much training, twice."""
NEWEST, BEFORE = "checkpoint.pt", "checkpoint-before.pt"
FORMAT = 1


class Saved(Struct, frozen=True):
    """What a checkpoint holds.

    Attributes:
        step: Optimiser steps done.
        elapsed: Seconds of training until then.
        knobs: The knobs as they stood, live ones as they were turned.
        state: What the exercise's own `Start.state` returned.
    """

    step: int
    elapsed: float
    knobs: dict[str, Scalar]
    state: dict[str, Any]


class Checkpoints:
    """The checkpoints of one run; a run that cannot write them trains on."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._saved_at = time.perf_counter()
        self._told = False
        self.step = 0
        """Of the newest checkpoint; 0 before there is one."""
        self.state: Callable[[], dict[str, Any]] | None = None

    def due(self, now: float) -> bool:
        """Whether it is time for one."""
        return self.state is not None and now - self._saved_at >= SECONDS

    def save(self, step: int, elapsed: float, knobs: dict[str, Scalar]) -> None:
        """Write one and say so; the one before it is kept."""
        if self.state is None:
            return
        began = time.perf_counter()
        try:
            _write(self._log.folder, Saved(step, elapsed, knobs, self.state()))
        except OSError as error:
            if not self._told:
                self._told = True
                sys.stderr.write(f"No checkpoint could be written: {error.strerror}.\n")
        else:
            self.step = step
            self._log.write(CheckpointSaved(step, time.perf_counter() - began))
        self._saved_at = time.perf_counter()


def _write(folder: Path, saved: Saved) -> None:
    import torch

    plain = {name: getattr(saved, name) for name in Saved.__struct_fields__}
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **plain}, buffer)
    data = buffer.getvalue()
    beside = folder / f".{NEWEST}"
    with beside.open("wb") as file:
        file.write(hashlib.sha256(data).hexdigest().encode() + b"\n")
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    newest = folder / NEWEST
    if newest.exists():
        newest.replace(folder / BEFORE)
    beside.replace(newest)


def newest(folder: Path) -> Saved:
    """The newest checkpoint of a run that can be read.

    Raises:
        TutorError: If there is none.
    """
    for name in (NEWEST, BEFORE):
        path = folder / name
        if not path.is_file():
            continue
        saved = _read(path)
        if saved is not None:
            return saved
        sys.stderr.write(f"{name} is damaged; the one before it is used.\n")
    raise TutorError(
        "The run that broke off has no checkpoint that can be read.",
        "Train it again from its start.",
    )


def _read(path: Path) -> Saved | None:
    import torch

    digest, _, data = path.read_bytes().partition(b"\n")
    if hashlib.sha256(data).hexdigest().encode() != digest:
        return None
    try:
        found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        if found.pop("format") != FORMAT:
            return None
        return Saved(**found)
    except Exception:  # noqa: BLE001  # torch has no one error for what it cannot read
        return None


def carry_over(source: Path, log: EventLog, step: int) -> None:
    """Copy what a run recorded up to a step into the record of the run that goes on from there."""
    for event in _events(source):
        match event:
            case Readings():
                cut = _cut(event, step)
                if cut is not None:
                    log.write(cut)
            case KnobTurned(step=at) if at <= step:
                log.write(event)
            case PictureSaved(step=at, file=name) if at <= step:
                target = log.folder / name
                # A record is text that somebody may have changed: no file outside the folders.
                if target.resolve().is_relative_to(log.folder.resolve()):
                    try:
                        data = (source / name).read_bytes()
                    except OSError:
                        continue
                    target.parent.mkdir(exist_ok=True)
                    target.write_bytes(data)
                    log.write(event)
            case _:
                pass
    log.write(Resumed(source.name, step))


def _events(folder: Path) -> "list[Event]":
    found = []
    for line in (folder / "events.jsonl").read_bytes().split(b"\n"):
        try:
            found.append(decode_event(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # the viewer of the old run reports damage; here what is readable counts
    return found


def _cut(readings: Readings, step: int) -> Readings | None:
    """A record of readings up to a step."""
    count = sum(at <= step for at in readings.step)
    if count == len(readings.step):
        return readings
    if not count:
        return None
    return Readings(
        readings.step[:count],
        {name: values[:count] for name, values in readings.s.items()},
        readings.elapsed,
        [each for each in readings.bad if each[1] < count],
    )

"""Checkpoints of a run: everything needed to go on bit for bit, never in the way of training.

A file holds the SHA-256 of what follows it, then a `torch.save` of plain values. It is only ever read
with `weights_only=True`, which builds tensors and plain containers and runs no code.
"""

import contextlib
import hashlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
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
    Started,
    Vitals,
    decode_event,
)
from tutor.core.text import visible
from tutor.worker.events import EventLog

SECONDS = 30.0
"""Between two checkpoints. What a death costs is at most this much training, twice."""
NEWEST, BEFORE = "checkpoint.pt", "checkpoint-before.pt"
FORMAT = 1


class Saved(Struct, frozen=True, forbid_unknown_fields=True):
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
            saved = Saved(step, elapsed, knobs, self.state())
            # What no checkpoint may hold is found out now and not when all hangs on it.
            data = _packed(saved, proven=self.step > 0)
            # After a power cut, no reading up to its step may be missing.
            self._log.sync()
            _write(self._log.folder, data)
        except Exception as error:  # noqa: BLE001  # whatever it was, training is worth more
            self._tell(error)
        else:
            self.step = step
            self._log.write(CheckpointSaved(step, time.perf_counter() - began))
        self._saved_at = time.perf_counter()

    def adopt(self, saved: Saved) -> None:
        """Have the checkpoint that the run goes on from as its own: it may break off as well."""
        self.state = lambda: saved.state
        self.save(saved.step, saved.elapsed, saved.knobs)
        self.state = None

    def _tell(self, error: Exception) -> None:
        """Say once why there is none; the log may be on the disk that is full."""
        if not self._told:
            self._told = True
            words = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            with contextlib.suppress(OSError):
                words = visible(words.split("\n")[0])
                sys.stderr.write(f"No checkpoint could be written: {words}.\n")


def _packed(saved: Saved, *, proven: bool = True) -> bytes:
    """The bytes of a checkpoint; where it is not `proven` yet, they are read once."""
    import torch

    plain = {name: getattr(saved, name) for name in Saved.__struct_fields__}
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **plain}, buffer)
    data = buffer.getvalue()
    if not proven:
        torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return data


def _write(folder: Path, data: bytes) -> None:
    beside = folder / f".{NEWEST}"
    try:
        with beside.open("wb") as file:
            file.write(hashlib.sha256(data).hexdigest().encode() + b"\n")
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        # What there is of it may be all that fills the disk.
        beside.unlink(missing_ok=True)
        raise
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
        sys.stderr.write(f"The checkpoint {name} is damaged and is not used.\n")
    raise TutorError(
        "The run that broke off has no checkpoint that can be read.",
        "Train it again from its start.",
    )


def _read(path: Path) -> Saved | None:
    import torch

    try:
        digest, _, data = path.read_bytes().partition(b"\n")
        if hashlib.sha256(data).hexdigest().encode() != digest:
            return None
        found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        if found.pop("format") != FORMAT:
            return None
        return msgspec.convert(found, Saved)
    except Exception:  # noqa: BLE001  # torch has no one error for what it cannot read
        return None


def carry_over(source: Path, log: EventLog, step: int) -> dict[str, Scalar]:
    """Copy what a run recorded up to a step into the record of the run that goes on from there.

    Returns:
        The knobs that were turned until then, some of them perhaps just after the checkpoint.
    """
    turned: dict[str, Scalar] = {}
    for event in _events(source):
        match event:
            case Readings():
                cut = _cut(event, step)
                if cut is not None:
                    log.write(cut)
            case KnobTurned(step=at) if at <= step:
                turned[event.name] = event.value
                log.write(event)
            case PictureSaved(step=at) if at <= step:
                _copy(event, source, log)
            case Started():
                log.write(event)
            case Vitals(step=at) | Resumed(step=at) if at <= step:
                log.write(event)
            case _:
                pass
    log.write(Resumed(source.name, step))
    return turned


def _copy(event: PictureSaved, source: Path, log: EventLog) -> None:
    """Copy a picture, if it is still there."""
    target = log.folder / event.file
    # A record is text that somebody may have changed: no file outside the folders.
    if not target.resolve().is_relative_to(log.folder.resolve()):
        return
    try:
        data = (source / event.file).read_bytes()
    except OSError:
        return
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(data)
    log.write(event)


def _events(folder: Path) -> Iterator[Event]:
    """What can be read of a record; the viewer of the old run reports the rest."""
    with (folder / "events.jsonl").open("rb") as file:
        for line in file:
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                yield decode_event(line)


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

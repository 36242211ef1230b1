"""Driving one training run: readings to the journal, commands between them, limits."""

import contextlib
import dataclasses
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from models.reading import Config, Reading, Start
from tutor.core.errors import TutorError
from tutor.core.protocol import (
    Ack,
    Command,
    Event,
    Finished,
    KnobTurned,
    Request,
    Stage,
    Started,
)
from tutor.core.text import visible
from tutor.worker.columns import Columns
from tutor.worker.commands import Inbox
from tutor.worker.journal import Journal
from tutor.worker.limits import HardLimit
from tutor.worker.loading import RESERVED, fitting, load_entry, make_config, seed_everything
from tutor.worker.pictures import Album

TICK = 0.05
"""Seconds between two looks at the commands, and between two flushes."""

Reason = Literal["done", "stopped", "steps", "time"]


class Stopped(BaseException):
    """The system asked the process to end."""


class TrainingRun:
    """One run, from its request to its end.

    Attributes:
        step: Optimiser steps done.
    """

    def __init__(
        self, request: Request, device: str, folder: Path, journal: Journal, hard: HardLimit
    ) -> None:
        self.step = 0
        self._request = request
        self._device = device
        self._journal = journal
        self._hard = hard
        self._columns = Columns()
        self._album = Album(folder)
        self._inbox = Inbox(folder / "control.jsonl")
        self._config = Config()
        self._started = False
        self._read_any = False
        self._paused = False
        self._stepping: Command | None = None
        self._stopping = False
        self._in_exercise = False
        self._born = self._began = time.perf_counter()
        self._rested = 0.0
        self._due = 0.0

    def run(self) -> Finished:
        """Train to the end.

        Returns:
            The record of the end, not yet written.

        Raises:
            BaseException: Whatever the exercise raises; what was read until then is written.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            reason = self._train()
        finally:
            self.flush()
        if self._stepping is not None:
            self._acknowledge(self._stepping)
        if not self._read_any and reason in ("done", "steps"):
            raise TutorError(
                f"`{visible(self._request.entry.rpartition(':')[2])}` yielded no readings.",
                "Yield a Reading after each step, for instance Reading(step, {'train/loss': loss}).",
            )
        return Finished(
            reason=reason,
            step=self.step,
            seconds=round(self._elapsed(), 6),
            nonce=self._request.nonce,
        )

    def flush(self) -> None:
        """Write what was read and drawn since the last flush."""
        events: list[Event] = []
        if self._columns:
            events.append(self._columns.flush(self._elapsed()))
        events += self._album.flush()
        if events:
            self._journal.write(*events)

    # --- the loop ---------------------------------------------------------------------------------

    def _train(self) -> Reason:
        self._stage("import")
        readings = None
        try:
            self._in_exercise = True
            entry = load_entry(self._request.entry)
            self._config = make_config(entry, self._request, self._device)
            seed_everything(self._request.seed)
            self._stage("data")
            readings = _iterator(entry(self._config), self._request.entry)
            return self._loop(readings)
        except Stopped:
            return "stopped"
        finally:
            self._in_exercise = False
            _close(readings)

    def _loop(self, readings: Iterator[Any]) -> Reason:
        steps = self._request.steps or sys.maxsize
        seconds = self._request.seconds
        clock = time.perf_counter
        while not self._stopping:
            self._in_exercise = True
            try:
                item = next(readings)
            except StopIteration:
                return "done"
            finally:
                self._in_exercise = False
            if isinstance(item, Start):
                self._start(item)
                continue
            if not self._started:
                self._start(Start(total_steps=self._request.steps))
            step, scalars, pictures = self._parts(item)
            if step > steps:
                return "steps"
            self.step = step
            self._columns.add(step, scalars)
            if pictures:
                self._album.add(step, pictures)
            if clock() < self._due and self._stepping is None:
                continue
            self._read_any = True
            self.flush()
            self._look()
            self._due = clock() + TICK
            if self._elapsed() > seconds:
                return "time"
        return "stopped"

    def _start(self, start: Start) -> None:
        parameters = None
        if start.model is not None:
            parameters = sum(each.numel() for each in start.model.parameters())
        self._started = True
        self._began = time.perf_counter()
        self._journal.write(
            Started(start.total_steps, start.samples_per_step, start.steps_per_epoch, parameters),
            Stage("first step", round(time.perf_counter() - self._born, 3)),
        )

    def _parts(self, item: Any) -> tuple[int, dict[str, Any], dict[str, Any]]:
        """Step, scalars and pictures of what was yielded. A plain dict is the next step's scalars.

        Raises:
            TutorError: It is neither.
        """
        if isinstance(item, Reading):
            return item.step, item.scalars, item.pictures
        if isinstance(item, dict):
            return self.step + 1, item, {}
        raise TutorError(
            f"The exercise yielded a {type(item).__name__}.",
            "Yield a Reading, or a dict like {'train/loss': 0.3}.",
        )

    def _stage(self, name: str) -> None:
        self._journal.write(Stage(name, round(time.perf_counter() - self._born, 3)))

    def _elapsed(self) -> float:
        return time.perf_counter() - self._began - self._rested

    # --- commands -----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Carry out new commands; stay here while the run is paused."""
        if self._stepping is not None:
            self._acknowledge(self._stepping)
            self._stepping = None
        self._obey()
        if not self._paused:
            return
        since = time.perf_counter()
        self._hard.wait()
        while self._paused and self._stepping is None and not self._stopping:
            time.sleep(TICK / 2)
            self._obey()
        self._hard.go_on()
        self._rested += time.perf_counter() - since

    def _obey(self) -> None:
        for command in self._inbox.look():
            match command.do:
                case "pause":
                    self._paused = True
                case "resume":
                    self._paused = False
                case "stop":
                    self._stopping = True
                case "set":
                    self._turn(command)
                    continue
                case "step":
                    # Acknowledged once the step is done; a second one before that is the same.
                    self._paused = True
                    if self._stepping is not None:
                        self._acknowledge(self._stepping)
                    self._stepping = command
                    continue
            self._acknowledge(command)

    def _turn(self, command: Command) -> None:
        name, value = command.knob, command.value
        try:
            known = {field.name for field in dataclasses.fields(self._config)}
            if name in RESERVED or name not in known or value is None:
                raise TutorError(f"There is no knob `{name}`.")
            value = fitting(name, value, getattr(self._config, name))
        except TutorError as error:
            self._acknowledge(command, ok=False, note=visible(error.title))
            return
        setattr(self._config, name, value)
        self._journal.write(KnobTurned(self.step, name, value))
        self._acknowledge(command)

    def _acknowledge(self, command: Command, *, ok: bool = True, note: str = "") -> None:
        self._journal.write(Ack(command.id, command.sender, command.do, self.step, ok, note))

    def _on_signal(self, number: int, frame: object) -> None:
        """Stop between two readings, and out of the exercise where it is at work."""
        self._stopping = True
        if self._in_exercise:
            raise Stopped


def _iterator(result: Any, entry: str) -> Iterator[Any]:
    if not hasattr(result, "__iter__"):
        raise TutorError(
            f"`{visible(entry.rpartition(':')[2])}` returned a {type(result).__name__}.",
            "It is to be a generator: yield a Reading after each step.",
        )
    return iter(result)


def _close(readings: Iterator[Any] | None) -> None:
    """Let the exercise tidy up; what goes wrong there is no longer part of the run."""
    close = getattr(readings, "close", None)
    if close is None:
        return
    with contextlib.suppress(Exception, Stopped):
        try:
            close()
        except BaseException:
            traceback.print_exc()
            raise

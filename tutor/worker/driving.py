"""Driving one training run: reading after reading, with commands and limits in between."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from models.reading import Reading, Start
from tutor.core.errors import TutorError
from tutor.core.protocol import (
    Ack,
    Command,
    Failed,
    Finished,
    KnobTurned,
    Request,
    Stage,
    Started,
    decode_command,
)
from tutor.worker.checkpoints import Checkpoints, Saved, carry_over, newest
from tutor.worker.entry import Train, accepts_resume, configure, resolve, seed_everything
from tutor.worker.events import FLUSH_SECONDS, Batch, EventLog, Gallery
from tutor.worker.failures import failed, is_full
from tutor.worker.limits import arm, grace, on_terminate
from tutor.worker.vitals import Probe

LOOK_SECONDS = 0.02
"""How often control.jsonl is looked at."""
Reason = Literal["done", "stopped", "steps", "time"]


def drive(
    request: Request,
    device: str,
    log: EventLog,
    folder: Path,
    make: "Callable[..., Driver] | None" = None,
) -> int:
    """Run to the end and say how it ended; returns the process's exit code.

    Args:
        request: What to train.
        device: The device to train on.
        log: Where the record goes.
        folder: The run's folder.
        make: Makes another kind of driver, for a run of several processes.
    """
    log.write(Stage("opening the exercise", 0.0))
    log.reserve()
    driver = (make or Driver)(request, device, log, folder)
    try:
        driver.open()
        reason = driver.loop()
        end = Finished(
            reason=reason, step=driver.step, seconds=driver.elapsed(), nonce=request.nonce
        )
        log.write(end)
    except BaseException as error:  # noqa: BLE001  # learners' code may raise anything at all
        if not is_full(error):
            with contextlib.suppress(OSError):
                driver.close()
        # On a full disk, nothing but the last word gets the room that was kept for it.
        log.release()
        log.write(driver.failure(error))
        return 1
    finally:
        log.release()
    return 0


class Driver:
    """One run in progress."""

    def __init__(self, request: Request, device: str, log: EventLog, folder: Path) -> None:
        self.request = request
        self.step = 0
        self._device = device
        self._log = log
        self._control = folder / "control.jsonl"
        self._read = 0
        self._batch = Batch(log)
        self._gallery = Gallery(log)
        self._checkpoints = Checkpoints(log)
        self._carried = 0.0
        self._probe: Probe | None = None
        self._single = False
        self._walked = -1
        self._config: Any = None
        self._readings: Iterator[Any] = iter(())
        self._count = 0
        self._paused = False
        self._stop = False
        self._terminated = False
        self._allowed = 0
        self._began = time.perf_counter()
        self._idle = 0.0
        on_terminate(self._terminate, self._stuck)

    def _terminate(self) -> None:
        self._stop = self._terminated = True

    def _stuck(self) -> bool:
        """Whether the exercise has the word, and has not come back from its step."""
        return bool(getattr(self._readings, "gi_running", True))

    def open(self) -> None:
        """Resolve the entry, build its config, seed, and make the generator."""
        train = resolve(self.request.entry)
        self._config = configure(train, self.request, self._device)
        seed_everything(self.request.seed)
        saved = self._saved(train)
        self._readings = iter(train(self._config, saved.state) if saved else train(self._config))
        self._log.write(Stage("first step", time.perf_counter() - self._began))
        self._began = time.perf_counter()
        # From here on, as the soft limit: what a cold start took is not the exercise's.
        arm(self.request.seconds + grace(self.request.seconds))

    def _saved(self, train: Train) -> Saved | None:
        """Where a run that broke off is taken up again, with all it had recorded until then."""
        if not self.request.resumes:
            return None
        if not accepts_resume(train):
            raise TutorError("This exercise cannot go on from a checkpoint.", "Train it again.")
        folder = Path(self.request.resumes)
        saved = newest(folder)
        turned = carry_over(folder, self._log, saved.step)
        saved = msgspec.structs.replace(saved, knobs={**saved.knobs, **turned})
        self.step, self._carried = saved.step, saved.elapsed
        for name in self.request.knobs:
            if name in saved.knobs:
                setattr(self._config, name, saved.knobs[name])
        self._adopt(saved)
        return saved

    def _adopt(self, saved: Saved) -> None:
        """Keep the checkpoint, for whoever goes on from this run."""
        self._checkpoints.adopt(saved)

    def elapsed(self) -> float:
        """Seconds of training so far, pauses left out."""
        return self._carried + time.perf_counter() - self._began - self._idle

    def loop(self) -> Reason:
        """Ask for readings until there are no more, or none may be asked for."""
        looked = 0.0
        reason: Reason = "done"
        for item in self._readings:
            if isinstance(item, Start):
                self._start(item)
                continue
            if self._beyond(item):
                reason = "steps"
                break
            self._take(item)
            self._look_inside()
            now = time.perf_counter()
            if now - self._batch.flushed_at > FLUSH_SECONDS:
                self._batch.flush(self.elapsed())
            if self._checkpoints.due(now):
                self._checkpoint()
            if now - looked > LOOK_SECONDS:
                looked = now
                self._look()
            if self._paused:
                self._wait()
            ended = self._ended()
            if ended is not None:
                reason = ended
                break
            if self._probe is not None:
                self._probe.prepare(time.perf_counter(), self.step, single=self._single)
                if self.step == self.request.steps:
                    self._walk()  # the network will be a step further once the limit is met
        if self._probe is not None and reason != "steps":
            self._batch.flush(self.elapsed())
            self._probe.finish(self.step)
            if not self._terminated:
                self._walk()
        if self._terminated and self._checkpoints.step < self.step:
            # The machine may be going down; the run goes on from here when it is up again.
            self._checkpoint()
        self.close()
        # One that goes on after its last step has nothing left to read.
        if not self._count and not self.request.resumes:
            raise TutorError(
                "The run yielded no readings.", "A `train` yields a Reading after each step."
            )
        return reason

    def failure(self, error: BaseException) -> Failed:
        """What ended the run before its time, and what is left of it."""
        nonce = self.request.nonce
        if isinstance(error, TutorError):
            return Failed(title=error.title, hint=error.hint, nonce=nonce)
        found = failed(error, nonce, self.step)
        kept = self._checkpoints.step
        if kept and is_full(error):
            hint = f"{found.hint} Its last checkpoint is of step {kept}."
            return msgspec.structs.replace(found, hint=hint)
        return found

    def close(self) -> None:
        """Close the generator and write what is still to be written."""
        closing = getattr(self._readings, "close", None)
        if closing is not None:
            closing()
        self._batch.flush(self.elapsed())
        self._gallery.finish()

    def _look_inside(self) -> None:
        """After a step that was prepared for, tell what it did; its reading comes first."""
        if self._probe is not None and (self._probe.prepared or self._count == 1):
            self._batch.flush(self.elapsed())
            if self._count == 1:
                self._probe.introduce()
            self._probe.look(self.step, single=self._single)
            if self._single:
                self._walk()
        self._single = False

    def _walk(self) -> bool:
        """Show one sample on its way through the network as it stands, once for each step."""
        if self._probe is None:
            return False
        self._batch.flush(self.elapsed())
        if self._walked != self.step and self._probe.walk(self.step):
            self._walked = self.step
        return self._walked == self.step

    def _checkpoint(self) -> None:
        self._batch.flush(self.elapsed())
        knobs = {name: getattr(self._config, name) for name in self.request.knobs}
        self._checkpoints.save(self.step, self.elapsed(), knobs)

    def _ended(self) -> Reason | None:
        if self._stop:
            return "stopped"
        if self.elapsed() > self.request.seconds:
            return "time"
        return None

    def _beyond(self, item: Any) -> bool:
        """Whether a reading is of a step past the limit.

        One at the limit may not be the last: a test set is read after the last step.
        """
        step = item.step if isinstance(item, Reading) else self.step + 1
        return self.request.steps is not None and step > self.request.steps

    # --- readings ---------------------------------------------------------------------------------

    def _start(self, start: Start) -> None:
        self._checkpoints.state = start.state
        if start.model is not None:
            self._probe = Probe(start, self._log, self._gallery)
            if not self.request.resumes:  # the weights it goes on from are read after this
                self._probe.prepare(time.perf_counter(), self.step)
        parameters = None
        if start.model is not None:
            parameters = sum(each.numel() for each in start.model.parameters())
        self._log.write(
            Started(
                total_steps=start.total_steps,
                samples_per_step=start.samples_per_step,
                steps_per_epoch=start.steps_per_epoch,
                parameters=parameters,
            )
        )

    def _take(self, item: Any) -> None:
        self._count += 1
        if isinstance(item, Reading):
            self.step = item.step
            self._batch.add(item.step, item.scalars)
            if item.pictures:
                self._gallery.add(item.step, item.pictures)
        elif isinstance(item, dict):
            # Learners' own code may yield plain numbers by name.
            self.step += 1
            self._batch.add(self.step, item)
        else:
            raise TutorError(
                f"The run yielded a {type(item).__name__}.", "Yield a Reading or a dict of numbers."
            )

    # --- commands ---------------------------------------------------------------------------------

    def _look(self) -> None:
        """Carry out what was written into control.jsonl since the last look."""
        try:
            if self._control.stat().st_size <= self._read:
                return
            with self._control.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except OSError:
            return
        whole = data.rpartition(b"\n")[0]
        self._read += len(whole) + 1 if whole else 0
        for line in whole.split(b"\n"):
            try:
                self._carry_out(decode_command(line))
            except msgspec.DecodeError:
                continue

    def _carry_out(self, command: Command) -> None:
        ok, note = True, ""
        match command.do:
            case "pause":
                self._paused = True
            case "resume":
                self._paused = False
            case "stop":
                self._stop = True
            case "step":
                self._paused, self._allowed = True, self._allowed + 1
            case "set":
                ok, note = self._set(command)
            case "walk":
                ok = self._walk()
                note = "" if ok else "there is no network that an example can go through"
        self._batch.flush(self.elapsed())
        self._log.write(Ack(command.id, command.sender, command.do, self.step, ok, note))

    def _set(self, command: Command) -> tuple[bool, str]:
        if command.knob not in self.request.knobs or command.value is None:
            return False, f"there is no knob {command.knob}"
        setattr(self._config, command.knob, command.value)
        self._log.write(KnobTurned(self.step, command.knob, command.value))
        return True, ""

    def _wait(self) -> None:
        """Ask for no reading until told to; the hard limit does not run meanwhile."""
        self._batch.flush(self.elapsed())
        began = time.perf_counter()
        arm(0)
        while self._paused and not self._stop and not self._allowed:
            time.sleep(LOOK_SECONDS / 2)
            self._look()
        self._single = self._allowed > 0
        self._allowed = max(0, self._allowed - 1)
        self._idle += time.perf_counter() - began
        left = max(1.0, self.request.seconds - self.elapsed())
        arm(left + grace(self.request.seconds))

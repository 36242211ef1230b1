"""A run as it is followed: what came so far, where it stands, how it ended."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tutor.core.alerts import Alert, Watch
from tutor.core.expect import RunOutcome
from tutor.core.lesson import Run, Scalar
from tutor.core.moments import Moment
from tutor.core.network import Anatomy, Gradients, Walked
from tutor.core.protocol import (
    Ack,
    CheckpointSaved,
    Event,
    Failed,
    Finished,
    Hello,
    KnobTurned,
    PictureSaved,
    Readings,
    Request,
    Resumed,
    Stage,
    Started,
    StepDetail,
    Vitals,
)
from tutor.core.quiz import Verdict
from tutor.core.series import Metrics
from tutor.runner.control import send
from tutor.runner.exits import Exit
from tutor.runner.follow import Damage, Gone, follow
from tutor.runner.liveness import state
from tutor.runner.record import Reader
from tutor.runner.stopping import Stopped, stop
from tutor.session.coding import log_tail

if TYPE_CHECKING:
    from tutor.session.training import Training

Phase = Literal["starting", "training", "paused", "finished", "broken"]


class LiveRun:
    """A run as it is followed: being started, training, or read back from its folder.

    Attributes:
        exercise: The directive it runs.
        request: What was asked for.
        folder: Its folder.
        metrics: Every reading so far.
        phase: Where it stands.
        stage: What it waits for before the first reading, in words.
        started: What it said of itself, once it did.
        step: Optimiser steps done.
        elapsed: Seconds of training, pauses left out.
        device: The device it really uses, once it said so.
        verdict: Its grade, once it ended.
        problem: Why it ended early, in a sentence and a hint.
        trace: The part of a traceback that concerns the exercise's or the learner's code.
        pictures: Latest picture of each name.
        gallery: Every picture of each name, in the order of their steps.
        turns: Every turn of a live knob, with its step.
        vitals: The newest state of the network, where the run tells it.
        detail: What the newest single step did to each tensor.
        anatomy: The network, layer by layer, where the run tells it.
        gradients: The newest gradient along its depth.
        walked: The newest walk of a sample through it.
        alerts: What to look up for, in the order it happened.
        checkpoint: The step of the newest checkpoint; 0 before there is one.
        resumed: The run and step this one goes on from, where it does.
        damaged: Lines of the record that could not be read.
    """

    def __init__(self, training: "Training", exercise: Run, request: Request, folder: Path) -> None:
        self.exercise = exercise
        self.request = request
        self.folder = folder
        self.metrics = Metrics()
        self.phase: Phase = "starting"
        self.stage = "starting"
        self.started: Started | None = None
        self.step = 0
        self.elapsed = 0.0
        self.device = request.device.removeprefix("auto:")
        self.verdict: Verdict | None = None
        self.problem: Exit | None = None
        self.trace = ""
        self.pictures: dict[str, PictureSaved] = {}
        self.gallery: dict[str, list[PictureSaved]] = {}
        self.turns: list[KnobTurned] = []
        self.vitals: Vitals | None = None
        self.detail: StepDetail | None = None
        self.anatomy: Anatomy | None = None
        self.gradients: Gradients | None = None
        self.walked: Walked | None = None
        self.alerts: list[Alert] = []
        self.checkpoint = 0
        self.resumed: Resumed | None = None
        self.damaged = 0
        self.torch = ""
        self._finished: Finished | None = None
        self._training = training
        self._watch = Watch()
        self._reader = Reader(folder)

    @property
    def total_steps(self) -> int | None:
        """Steps planned, once the run said so."""
        return self.started.total_steps if self.started else None

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.phase in ("starting", "training", "paused")

    @property
    def where(self) -> str:
        """`live`, `ended`, `dead`, `elsewhere:HOST` or `queued:JOB`, as its process stands now."""
        return state(self.folder)

    @property
    def damage(self) -> str:
        """How much of the record could not be read, in words; empty where all could."""
        lines = "1 line" if self.damaged == 1 else f"{self.damaged} lines"
        return f"{lines} of the record could not be read" if self.damaged else ""

    def seconds_left(self) -> float | None:
        """A guess from the pace so far; None before there is one."""
        if not self.total_steps or not self.step or self.elapsed <= 0:
            return None
        return (self.total_steps - self.step) * self.elapsed / self.step

    def samples_per_second(self) -> float | None:
        """Training samples a second so far; None where the batch size is not known."""
        if not self.started or not self.started.samples_per_step or self.elapsed <= 0:
            return None
        return self.step * self.started.samples_per_step / self.elapsed

    def moments(self) -> list[Moment]:
        """What happened after which step, for its plot."""
        found = [
            Moment(turn.step, "knob", f"{turn.name} {turn.value} from step {turn.step} on")
            for turn in self.turns
        ]
        found += [Moment(alert.step, "alert", alert.title) for alert in self.alerts]
        if self.resumed is not None:
            words = f"went on from step {self.resumed.step}"
            found.append(Moment(self.resumed.step, "resumed", words))
        return sorted(found, key=lambda moment: moment.step)

    async def events(self) -> AsyncIterator[Event]:
        """Follow the run to its end, taking each event in before handing it on.

        At the end the run is graded and the outcome recorded, once, whoever watches.
        """
        async for event in follow(self.folder):
            if isinstance(event, Damage):
                self.damaged = event.lines
                continue
            if isinstance(event, Gone):
                if self._finished is None and self.problem is None:
                    self.problem = event.exit
                break
            self._take(event)
            yield event
        self._training.settle(self)

    def catch_up(self) -> Iterator[Event]:
        """What the record holds by now and the last call did not give, without waiting for more.

        For a run that nobody follows with this object; nothing is graded.
        """
        for event in self._reader.read():
            self._take(event)
            yield event
        self.damaged = self._reader.damaged

    def _take(self, event: Event) -> None:
        self.metrics.apply(event)
        self.alerts += self._watch.apply(event)
        match event:
            case Hello():
                self.device, self.torch = event.device, event.torch
            case Stage():
                self.stage = event.name
            case Started():
                self.started = event
            case Readings() if event.step:
                self.step, self.elapsed = event.step[-1], event.elapsed
                if self.phase == "starting":
                    self.phase = "training"
            case PictureSaved():
                self.pictures[event.name] = event
                self.gallery.setdefault(event.name, []).append(event)
            case KnobTurned():
                self.turns.append(event)
            case Vitals():
                self.vitals = event
            case StepDetail():
                self.detail = event
            case Anatomy():
                self.anatomy = event
            case Gradients():
                self.gradients = event
            case Walked():
                self.walked = event
            case Resumed():
                self.resumed = event
            case CheckpointSaved(step=step):
                self.checkpoint = step
            case Ack(ok=True, do="pause" | "step"):
                self.phase = "paused"
            case Ack(ok=True, do="resume"):
                self.phase = "training"
            case Finished():
                self._finished = event
                self.step = max(self.step, event.step)
            case Failed():
                self.problem, self.trace = Exit(event.title, event.hint), event.trace
            case _:
                pass

    def outcome(self) -> RunOutcome:
        """What grading needs to know of the run's end."""
        end = self._finished
        return RunOutcome(
            ended=end is not None and self.problem is None and end.reason in ("done", "steps"),
            nonce_ok=end is not None and end.nonce == self.request.nonce,
            reason=end.reason if end else "broken",
            steps=self.step,
            series=self.metrics,
        )

    @property
    def reason(self) -> str:
        """Why it ended: done, stopped, steps, time, or broken."""
        return self._finished.reason if self._finished else "broken"

    def picture(self, name: str) -> bytes | None:
        """The latest picture of that name, as `core.bitmap` reads it."""
        saved = self.pictures.get(name)
        return self.read_picture(saved) if saved else None

    def read_picture(self, saved: PictureSaved) -> bytes | None:
        """A picture, also one that has a newer one of its name; None where its file is gone."""
        return self._file(saved.file)

    def tensor(self, index: int) -> bytes | None:
        """What a layer made of the sample that walked last, as a picture; -1 is the sample itself."""
        files = (self.walked.given, *self.walked.files) if self.walked else ()
        return self._file(files[index + 1]) if 0 <= index + 1 < len(files) else None

    def _file(self, name: str) -> bytes | None:
        path = self.folder / name
        try:
            # A record is text that somebody may have changed: no file outside the folder.
            inside = path.resolve().is_relative_to(self.folder.resolve())
            return path.read_bytes() if name and inside else None
        except OSError:
            return None

    def log(self) -> str:
        """The end of what the run printed."""
        return log_tail(self.folder)

    def pause(self) -> None:
        """Ask the run to wait before its next step."""
        send(self.folder, "pause")

    def resume(self) -> None:
        """Ask it to go on."""
        send(self.folder, "resume")

    def one_step(self) -> None:
        """Ask for exactly one step."""
        send(self.folder, "step")

    def walk(self) -> None:
        """Ask for a sample to be sent through the network as it stands now."""
        send(self.folder, "walk")

    def turn(self, knob: str, value: Scalar) -> None:
        """Turn a live knob; the run says in its record at which step it happened."""
        send(self.folder, "set", knob=knob, value=value)

    async def stop(self) -> Stopped:
        """End it: first by asking, then by force. What it wrote stays."""
        return await stop(self.folder)

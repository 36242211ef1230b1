"""One sweep: several runs of an exercise, so many at a time, that differ in a few knobs.

A sweep is a small file: its plan, and which run each trial became. Each run is one like any other,
in the ledger and on its screens, tagged `sweep:ID` and practice: what is tried by the dozen is not
graded.
"""

import asyncio
import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tutor.core.errors import TutorError
from tutor.core.expect import grade_run
from tutor.core.lesson import Run
from tutor.core.reference import Band
from tutor.core.sweep import Plan, seconds_each
from tutor.core.trials import OPEN, Outcome, Recorded, Result
from tutor.runner.liveness import state
from tutor.session.bands import case_band, matching_case, recorded_ends
from tutor.session.live_run import LiveRun

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor


class Kept(Struct, frozen=True, kw_only=True):
    """A sweep's file."""

    id: str
    course: str
    created: float
    """Seconds since the epoch (UTC)."""
    plan: Plan
    device: str = "auto"
    at_a_time: int = 1
    runs: tuple[str, ...]
    """For each trial the id of its run; empty where it has none."""


class Sweep:
    """A sweep as it goes: what is planned, what trains, what came of it.

    Attributes:
        exercise: What is trained.
        lives: The runs so far, by trial.
        going: Whether it starts and follows runs.
        stage: What it waits for before its first run, in words.
        problem: Why no more runs could be started.
        recorded: Where the course's own runs ended.
    """

    def __init__(self, tutor: "Tutor", kept: Kept, exercise: Run) -> None:
        self._tutor = tutor
        self._kept = kept
        self.exercise = exercise
        self.lives: dict[int, LiveRun] = {}
        self.going = False
        self.stage = ""
        self.problem: TutorError | None = None
        self.recorded: list[Recorded] = recorded_ends(tutor, exercise, kept.plan.metric)
        self._ended: dict[int, Result] = {}
        self._halted = False
        self._each = seconds_each(tutor.sweeping.past(exercise), kept.plan)
        for trial, run in enumerate(kept.runs):
            if run:
                self._look(trial, run)

    @property
    def id(self) -> str:
        """Its name: four characters."""
        return self._kept.id

    @property
    def plan(self) -> Plan:
        """What is tried."""
        return self._kept.plan

    @property
    def at_a_time(self) -> int:
        """How many runs train together."""
        return self._kept.at_a_time

    def _look(self, trial: int, run: str) -> None:
        """Take in a run that was started earlier; one that was deleted is trained again."""
        try:
            live = self._tutor.ledger.record(run)
        except TutorError:
            self._note(trial, "")
            return
        if state(live.folder) in ("ended", "dead"):
            self._ended[trial] = self._measured(trial, live, _outcome(live))
        else:
            # It trains on from an earlier session, and is followed from its first reading.
            live = self._tutor.training.attach(run)
        self.lives[trial] = live

    # --- how it stands ------------------------------------------------------------------------------

    def results(self) -> list[Result]:
        """Where each of its runs stands."""
        return [self.result(trial) for trial in range(len(self.plan.trials))]

    def result(self, trial: int) -> Result:
        """Where one run stands."""
        if trial in self._ended:
            return self._ended[trial]
        if trial in self.lives:
            return self._measured(trial, self.lives[trial], "training")
        return self._blank(trial)

    def _blank(self, trial: int) -> Result:
        asked = self.plan.trials[trial]
        return Result(knobs=asked.knobs, seed=asked.seed, usual=self._usual(trial))

    def _measured(self, trial: int, live: LiveRun, outcome: Outcome) -> Result:
        series = live.metrics.series.get(self.plan.metric)
        last = series.last if series is not None else None
        return replace(
            self._blank(trial),
            run=live.request.run,
            outcome=outcome,
            value=last if last is not None and last - last == 0.0 else None,
            seconds=live.elapsed,
            steps=live.step,
            why=live.problem.title if live.problem is not None else "",
        )

    def _usual(self, trial: int) -> tuple[float, float] | None:
        knobs = self.plan.values(trial)
        return next(((case.low, case.high) for case in self.recorded if case.knobs == knobs), None)

    def band(self, trial: int, series: str) -> Band | None:
        """The course's own runs with the knobs of a trial, where it has recorded them."""
        case = matching_case(self.exercise, self.plan.values(trial))
        return case_band(self._tutor, self.exercise, case.id, series) if case else None

    @property
    def planned(self) -> int | None:
        """The most steps that one of its runs plans; before one said so, those of recorded runs."""
        told = [live.total_steps for live in self.lives.values() if live.total_steps]
        return max(told or [case.steps for case in self.recorded], default=None)

    def training(self) -> list[int]:
        """The trials that train now."""
        return [trial for trial in self.lives if trial not in self._ended]

    def to_do(self) -> list[int]:
        """The trials that are not over: those that were stopped or lost count too, until it goes."""
        results = self.results()
        return [i for i, each in enumerate(results) if each.outcome in (*OPEN, "stopped")]

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return not self.to_do()

    def seconds_left(self) -> float | None:
        """A guess from the runs so far; None before there is one."""
        known = [each.seconds for each in self._ended.values() if each.counts]
        each = statistics.fmean(known) if known else self._each
        if each is None:
            return None
        begun = [max(0.0, each - self.lives[trial].elapsed) for trial in self.training()]
        left = each * (len(self.to_do()) - len(begun)) + sum(begun)
        return left / max(1, min(self.at_a_time, len(self.to_do())))

    # --- going --------------------------------------------------------------------------------------

    async def go(self) -> None:
        """Train what is left, so many at a time; returns when all have ended or it was halted.

        A run that breaks stops no other. Where this is cancelled the runs that train go on, and no
        new one is started.
        """
        if self.going:
            return
        self.going, self._halted, self.problem = True, False, None
        left = iter(sorted(self.to_do(), key=lambda trial: trial not in self.lives))
        try:
            await self._tutor.training.warm(self._waiting)
            self.stage = ""
            async with asyncio.TaskGroup() as lanes:
                for _ in range(self.at_a_time):
                    lanes.create_task(self._lane(left))
        except TutorError as error:
            self.problem = error
        finally:
            self.going, self.stage = False, ""

    def _waiting(self, stage: str, seconds: float) -> None:
        self.stage = f"{stage}, {seconds:.0f} s" if seconds >= 1 else stage

    async def _lane(self, left: Iterator[int]) -> None:
        """One run after the other."""
        for trial in left:
            if self._halted:
                return
            try:
                live = await self._begun(trial)
                async for _ in live.events():
                    pass
            except TutorError as error:
                # The next one would not start either; those that train are seen to their end.
                self.problem, self._halted = error, True
                return
            self._ended[trial] = self._measured(trial, live, _outcome(live))

    async def _begun(self, trial: int) -> LiveRun:
        """The run of a trial: one that trains already, or a new one."""
        if trial in self.training():
            return self.lives[trial]
        latest = self._tutor.sweeping.latest(self.id) or self._kept
        if latest.runs[trial] not in ("", self._kept.runs[trial]):
            # Another window of the learner's goes on with this sweep, and was quicker.
            live = self._tutor.training.attach(latest.runs[trial])
        else:
            live = await self._tutor.training.start(
                self.exercise,
                self.plan.values(trial),
                seed=self.plan.trials[trial].seed,
                device=self._kept.device,
                graded=False,
            )
            self._tutor.ledger.tag(live.request.run, (f"sweep:{self.id}",))
        self._ended.pop(trial, None)
        self.lives[trial] = live
        self._note(trial, live.request.run)
        return live

    def _note(self, trial: int, run: str) -> None:
        """Write down which run a trial became."""
        latest = self._tutor.sweeping.latest(self.id) or self._kept
        runs = [*latest.runs[:trial], run, *latest.runs[trial + 1 :]]
        self._kept = replace(self._kept, runs=tuple(runs))
        self._tutor.sweeping.keep(self._kept)

    def halt(self) -> None:
        """Start no more; what trains goes on to its end."""
        self._halted = True

    async def stop(self) -> bool:
        """End all that trains and start no more; False where a run does not end."""
        self.halt()
        ended = await asyncio.gather(*(self.lives[trial].stop() for trial in self.training()))
        return "lives" not in ended


def _outcome(live: LiveRun) -> Outcome:
    """How a run ended, in a word."""
    if live.reason == "stopped":
        return "stopped"
    if live.problem is not None:
        return "broken"
    if live.reason == "broken":
        # Its process is gone without a word: the machine went down, or ended it.
        return "stopped"
    plotted = {name for plot in live.exercise.plot for name in plot.series}
    last = [live.metrics.series[name].last for name in plotted if name in live.metrics.series]
    if any(value is not None and value - value != 0.0 for value in last):
        return "diverged"
    if not live.exercise.expect:
        return "ended"
    return "passed" if grade_run(live.exercise, live.outcome()).passed else "failed"

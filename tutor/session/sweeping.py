"""The sweeps of a course: planned, begun, taken up again."""

import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tutor.core.errors import TutorError
from tutor.core.lesson import Run
from tutor.core.sweep import Past, Plan
from tutor.core.text import visible
from tutor.session.ledger import Summary
from tutor.session.sweep import Kept, Sweep
from tutor.store.runs import SUMMARY, read_beside, write_beside

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor

LAST = "last"
"""Stands for the newest sweep."""


class Sweeping:
    """The sweeps of a course, for one learner.

    Attributes:
        current: The sweep that this session began or took up last.
    """

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor
        self.current: Sweep | None = None

    @property
    def _folder(self) -> Path:
        return self._tutor.places.data / "sweeps"

    # --- beforehand ---------------------------------------------------------------------------------

    def past(self, run: Run) -> list[Past]:
        """What the learner's own runs of an exercise took, newest first."""
        found = []
        for request, where in self._tutor.training.past(run):
            folder = self._tutor.places.runs / request.run
            kept = read_beside(folder, SUMMARY, Summary) if where == "ended" else None
            if kept is not None and kept.reason in ("done", "steps"):
                found.append(Past(request.knobs, kept.seconds))
        return found

    async def at_a_time(self, run: Run, device: str) -> int:
        """How many runs fit beside each other: all cores but one, or one on a GPU.

        Raises:
            TutorError: If there is no such device.
        """
        picked = await self._tutor.devices.pick(device, run.device, run.nproc)
        return max(1, (cores() - 1) // run.nproc) if picked == "cpu" else 1

    def _exercise(self, plan: Plan) -> Run:
        found = self._tutor.course.find(plan.exercise)
        if not (found and isinstance(found[1], Run)):
            raise TutorError(f"The exercise `{visible(plan.exercise)}` is not in this course.")
        return found[1]

    # --- sweeps -------------------------------------------------------------------------------------

    async def begin(self, plan: Plan, *, device: str = "auto", at_a_time: int = 0) -> Sweep:
        """A new sweep, written down and ready to `go`.

        Args:
            plan: What is tried.
            device: What it trains on; `auto` is the exercise's own choice.
            at_a_time: How many runs train together; 0 for as many as fit.

        Raises:
            TutorError: If another one is going, or it cannot be written down.
        """
        self._tutor.trust.require()
        self._one_at_a_time()
        kept = Kept(
            id=self._name(),
            course=self._tutor.course.id,
            created=time.time(),
            plan=plan,
            device=device,
            at_a_time=at_a_time or await self.at_a_time(self._exercise(plan), device),
            runs=("",) * len(plan.trials),
        )
        self.keep(kept)
        self.current = Sweep(self._tutor, kept, self._exercise(plan))
        return self.current

    def resume(self, name: str, *, at_a_time: int = 0) -> Sweep:
        """A sweep by its id, or `last`, ready to `go` on with what is left.

        Raises:
            TutorError: If there is none of that id, or another one is going.
        """
        if self.current is not None and self.current.going and self.current.id == name:
            return self.current
        self._one_at_a_time()
        found = next((each for each in self.kept() if name in (each.id, LAST)), None)
        if found is None:
            known = ", ".join(each.id for each in self.kept()[:8]) or "none yet"
            raise TutorError(f"There is no sweep `{visible(name)}`.", f"Your sweeps: {known}.")
        if at_a_time:
            found = replace(found, at_a_time=at_a_time)
        self.current = Sweep(self._tutor, found, self._exercise(found.plan))
        return self.current

    def kept(self, run: Run | None = None) -> list[Kept]:
        """The sweeps of this course, or of one exercise in it, newest first."""
        files = self._folder.glob("*.json") if self._folder.is_dir() else ()
        found = [read_beside(self._folder, file.name, Kept) for file in files]
        mine = [
            each
            for each in found
            if each is not None
            and each.course == self._tutor.course.id
            and (run is None or each.plan.exercise == run.id)
            and len(each.runs) == len(each.plan.trials)
        ]
        return sorted(mine, key=lambda each: each.created, reverse=True)

    def keep(self, kept: Kept) -> None:
        """Write a sweep down. Raises TutorError if that cannot be done."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TutorError(
                f"The sweep could not be written down: {error.strerror}.", "Make room, try again."
            ) from error
        write_beside(self._folder, f"{kept.id}.json", kept)

    def halt(self) -> None:
        """Start no more runs; those that train go on without us."""
        if self.current is not None:
            self.current.halt()

    def latest(self, name: str) -> Kept | None:
        """A sweep as its file says now: another window of the learner's may go on with it too."""
        return read_beside(self._folder, f"{name}.json", Kept)

    def _one_at_a_time(self) -> None:
        if self.current is not None and self.current.going:
            raise TutorError(
                f"The sweep `{self.current.id}` is still going.", "Let it end, or stop it first."
            )

    def _name(self) -> str:
        while (self._folder / f"{(name := secrets.token_hex(2))}.json").exists():
            pass
        return name


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

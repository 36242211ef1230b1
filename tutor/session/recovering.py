"""Runs that broke off: going on from a checkpoint, or training again from the same seed."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.protocol import CheckpointSaved, Finished, Readings, Request
from tutor.runner.control import stop_asked
from tutor.runner.liveness import last_event, state
from tutor.runner.record import Reader
from tutor.runner.stopping import cut_off
from tutor.session.live_run import LiveRun
from tutor.store.runs import followed, note_followed

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor

OFFERED_SECONDS = 7 * 86_400.0
"""How long ago a run may have broken off and still be offered."""


class BrokenOff(Struct, frozen=True):
    """A run that ended without saying so, or was told to by the machine, while nobody watched."""

    request: Request
    step: int
    """The last step it read."""
    checkpoint: int
    """The step of its newest checkpoint; 0 where it has none."""

    @property
    def resumable(self) -> bool:
        """Whether it can go on, and need not begin again."""
        return self.checkpoint > 0


class Recovering:
    """Runs of a course that broke off, for one learner."""

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor

    def broken_off(self) -> list[BrokenOff]:
        """Those that nobody has taken up, repeated or let be since, newest first."""
        found = []
        for request, where in self._tutor.training.past():
            folder = self._tutor.places.runs / request.run
            recent = time.time() - request.created < OFFERED_SECONDS
            let_go = followed(folder) or stop_asked(folder)
            if (
                recent
                and not let_go
                and (where == "dead" or (where == "ended" and cut_off(folder)))
            ):
                found.append(self._look(request, folder)[0])
        return found

    def _look(self, request: Request, folder: Path) -> tuple[BrokenOff, Path]:
        """Where a run stood, and the folder with the checkpoint that it can go on from."""
        step, checkpoint = _stood(folder)
        if not checkpoint and request.resumes:
            # It died before it had made the checkpoint that it went on from its own.
            folder = Path(request.resumes)
            checkpoint = _stood(folder)[1]
        return BrokenOff(request, max(step, checkpoint), checkpoint), folder

    async def resume(self, name: str) -> LiveRun:
        """Go on from the newest checkpoint of a run that broke off.

        Raises:
            TutorError: If it trains still, has ended as it should, or has no checkpoint.
        """
        old = self._ended(name)
        found, source = self._look(old.request, old.folder)
        if not found.resumable:
            raise TutorError(
                f"The run `{name}` has no checkpoint.", f"`dlwalk-tutor again {name}` repeats it."
            )
        return await self._follow(old, resumes=str(source.resolve()))

    async def again(self, name: str) -> LiveRun:
        """Train a run again, with the same seed and knobs. Raises TutorError if it trains still."""
        return await self._follow(self._ended(name, broken=False), resumes="")

    def dismiss(self, name: str) -> None:
        """Let it be: it is not offered again."""
        note_followed(self._tutor.training.attach(name).folder, "")

    async def _follow(self, old: LiveRun, resumes: str) -> LiveRun:
        request = old.request
        live = await self._tutor.training.start(
            old.exercise,
            request.knobs,
            seed=request.seed,
            device=request.device,
            graded=request.graded,
            resumes=resumes,
            nproc=request.nproc,
        )
        note_followed(old.folder, live.folder.name)
        return live

    def _ended(self, name: str, *, broken: bool = True) -> LiveRun:
        live = self._tutor.training.attach(name)
        where = state(live.folder)
        if where == "live":
            raise TutorError(
                f"The run `{name}` is still training.", f"`dlwalk-tutor attach {name}`"
            )
        whole = isinstance(last_event(live.folder), Finished) and not cut_off(live.folder)
        if broken and where == "ended" and whole:
            raise TutorError(f"The run `{name}` has ended; there is nothing to go on with.")
        return live


def _stood(folder: Path) -> tuple[int, int]:
    """The last step that a run read, and the step of its newest checkpoint; 0 for none."""
    step = checkpoint = 0
    for event in Reader(folder).read():
        if isinstance(event, Readings) and event.step:
            step = event.step[-1]
        elif isinstance(event, CheckpointSaved):
            checkpoint = event.step
    return step, checkpoint

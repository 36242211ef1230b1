"""Every run of a course in one list: found, noted, tagged, compared, deleted and taken back."""

import contextlib
import math
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tutor.core.errors import TutorError
from tutor.core.ledger import Entry
from tutor.core.lesson import Run
from tutor.core.protocol import Request
from tutor.session.live_run import LiveRun
from tutor.store.runs import (
    ABOUT,
    SUMMARY,
    read_beside,
    trash,
    trashed,
    untrash,
    write_beside,
)

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor


class Summary(Struct, frozen=True):
    """How a run ended, kept beside it."""

    metrics: dict[str, float | None]
    steps: int
    seconds: float
    torch: str = ""
    reason: str = ""


class About(Struct, frozen=True):
    """What the learner wrote of a run."""

    note: str = ""
    tags: tuple[str, ...] = ()


class Ledger:
    """The runs of a course, for one learner."""

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor

    # --- reading ------------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Every run, newest first."""
        return [self._entry(request, where) for request, where in self._tutor.training.past()]

    def entry(self, run: str) -> Entry:
        """One run by its id, or by an end of it that no other has.

        Raises:
            TutorError: Where there is none, or several.
        """
        found = [each for each in self.entries() if each.run == run or each.run.endswith(run)]
        if len(found) != 1:
            what = "There is no run" if not found else "Several runs end in"
            raise TutorError(f"{what} `{run}`.", "`dlwalk-tutor runs` lists them.")
        return found[0]

    def record(self, run: str) -> LiveRun:
        """All that is on record of a run by now; nobody follows it, and nothing is graded.

        Raises:
            TutorError: If there is no such run, or its exercise is not in this course.
        """
        known = self._tutor.training.attach(run)
        # One of its own: the run may be followed on a screen at this moment.
        live = LiveRun(self._tutor.training, known.exercise, known.request, known.folder)
        for _ in live.catch_up():
            pass
        return live

    def exercise(self, entry: Entry) -> Run | None:
        """The exercise of a run, where the course still has it."""
        found = self._tutor.course.find(entry.exercise)
        return found[1] if found and isinstance(found[1], Run) else None

    def sum_up(self, live: LiveRun) -> Summary:
        """Keep how a run ended beside it, so that a list need not read its record again."""
        last = {
            name: None if series.last is None or not math.isfinite(series.last) else series.last
            for name, series in live.metrics.series.items()
        }
        found = Summary(last, live.step, live.elapsed, live.torch, live.reason)
        with contextlib.suppress(TutorError):  # then it is read from the record again
            write_beside(live.folder, SUMMARY, found)
        return found

    def _entry(self, request: Request, where: str) -> Entry:
        folder = self._folder(request.run)
        summary = read_beside(folder, SUMMARY, Summary) if where in ("ended", "dead") else None
        if summary is None:
            summary = self._read(request, folder, over=where in ("ended", "dead"))
        about = read_beside(folder, ABOUT, About) or About()
        fact = self._tutor.progress.runs.get(request.run)
        outcome = "open"
        if fact is not None:
            outcome = "passed" if fact.passed else "practice" if not fact.graded else fact.reason
        elif where in ("ended", "dead"):
            outcome = summary.reason
        found = self._tutor.course.find(request.exercise)
        return Entry(
            run=request.run,
            exercise=request.exercise,
            title=found[1].title if found and isinstance(found[1], Run) else request.exercise,
            lesson=request.lesson,
            created=request.created,
            state=where,
            outcome="failed" if outcome in ("done", "steps") else outcome,
            points=fact.points if fact else None,
            maximum=fact.maximum if fact else None,
            seed=request.seed,
            device=request.device.removeprefix("auto:"),
            torch=summary.torch,
            code=request.code,
            knobs=request.knobs,
            metrics=summary.metrics,
            steps=summary.steps,
            seconds=summary.seconds,
            note=about.note,
            tags=about.tags,
        )

    def _read(self, request: Request, folder: Path, *, over: bool) -> Summary:
        """A run that has no summary yet, from its record."""
        try:
            live = self.record(request.run)
        except TutorError:
            return Summary({}, 0, 0.0)
        if over:
            return self.sum_up(live)
        last = {name: series.last for name, series in live.metrics.series.items()}
        return Summary(last, live.step, live.elapsed, live.torch)

    def _folder(self, run: str) -> Path:
        return self._tutor.places.runs / run

    # --- writing ------------------------------------------------------------------------------------

    def note(self, run: str, text: str) -> None:
        """Write something down of a run, in place of what stood there.

        Raises:
            TutorError: If it cannot be written.
        """
        about = read_beside(self._folder(run), ABOUT, About) or About()
        write_beside(self._folder(run), ABOUT, replace(about, note=text.strip()))

    def tag(self, run: str, tags: tuple[str, ...]) -> None:
        """Give a run these tags, in place of those that it had.

        Raises:
            TutorError: If it cannot be written.
        """
        clean = tuple(dict.fromkeys(tag.strip().lstrip("#") for tag in tags))
        about = read_beside(self._folder(run), ABOUT, About) or About()
        write_beside(self._folder(run), ABOUT, replace(about, tags=tuple(filter(None, clean))))

    def delete(self, run: str) -> None:
        """Put a run away; its grade stays, and for a week it can be taken back.

        One that ended unwatched is graded first: what was earned is not deleted with it.

        Raises:
            TutorError: If it still trains, or cannot be moved.
        """
        where = next((w for r, w in self._tutor.training.past() if r.run == run), "")
        if where not in ("ended", "dead"):
            raise TutorError(
                f"The run `{run}` has not ended.", f"Stop it first: `dlwalk-tutor stop {run}`."
            )
        if run not in self._tutor.progress.runs_graded:
            self._tutor.training.settle(self.record(run))
        trash(self._tutor.places, run)

    def undo(self, run: str = "") -> str:
        """Take back the run that was deleted last, or a certain one; gives its id.

        Raises:
            TutorError: If there is none.
        """
        there = trashed(self._tutor.places)
        name = run or (there[0] if there else "")
        if name not in there:
            raise TutorError("Nothing is left to take back.", "Deleted runs are kept for a week.")
        untrash(self._tutor.places, name)
        return name

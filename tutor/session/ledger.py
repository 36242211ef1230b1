"""Every run of a course in one list: found, noted, tagged, compared, deleted and taken back."""

import contextlib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from tutor.core.arithmetic import parse_rule
from tutor.core.errors import TutorError
from tutor.core.ledger import Entry, ending
from tutor.core.lesson import Lesson, Plot, Run
from tutor.core.marks import Marks
from tutor.core.protocol import Failed, Finished, Request
from tutor.core.text import visible
from tutor.runner.liveness import last_event, state
from tutor.session.comparing import Shelf
from tutor.session.live_run import LiveRun
from tutor.store.runs import (
    ABOUT,
    LEARNER,
    SUMMARY,
    empty_trash,
    read_beside,
    read_request,
    run_folders,
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
    state: str = ""
    """`ended` or `dead`; neither changes any more."""


class About(Struct, frozen=True):
    """What the learner wrote of a run."""

    note: str = ""
    tags: tuple[str, ...] = ()


class _Exercise(NamedTuple):
    """An exercise, where the course still has it, and the metric that it is graded by."""

    run: Run | None
    graded_by: str


class Ledger:
    """The runs of a course, for one learner.

    Attributes:
        marks: The runs that are laid over each other, for as long as the tutor is open.
        shelf: Records that were read.
    """

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor
        self.marks = Marks()
        self.shelf = Shelf(self)

    # --- reading ------------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Every run, newest first."""
        known: dict[str, _Exercise] = {}
        return [
            self._entry(folder, request, known)
            for folder in run_folders(self._tutor.places)
            if (request := self._request(folder)) is not None
        ]

    def entry(self, run: str) -> Entry:
        """One run by its id, or by an end of it that no other has.

        Raises:
            TutorError: Where there is none, or several.
        """
        folder = self._folder(self.find(run))
        request = self._request(folder)
        assert request is not None, "it was found by its request"
        return self._entry(folder, request, {})

    def find(self, run: str) -> str:
        """The id of a run, by itself or by an end that no other has.

        Raises:
            TutorError: Where there is none, or several.
        """
        ended = [each for each in run_folders(self._tutor.places) if each.name.endswith(run)]
        return _named(run, [each.name for each in ended if self._request(each) is not None])

    def where(self, folder: Path) -> str:
        """How the process of a run stands; see `runner.liveness.state`."""
        summary = read_beside(folder, SUMMARY, Summary)
        return summary.state if summary and summary.state else state(folder)

    def changed(self) -> int:
        """A number that is another one once a run was begun, deleted or taken back."""
        try:
            return self._tutor.places.runs.stat().st_mtime_ns
        except OSError:
            return 0

    def record(self, run: str) -> LiveRun:
        """All that is on record of a run by now; nobody follows it, and nothing is graded.

        Raises:
            TutorError: If there is no such run.
        """
        folder = self._folder(run)
        request = self._request(folder)
        if request is None:
            raise TutorError(
                f"There is no run `{visible(run)}`.", "`dlwalk-tutor runs` lists them."
            )
        # One of its own: the run may be followed on a screen at this moment.
        exercise = self.exercise(request.exercise) or _stand_in(request)
        live = LiveRun(self._tutor.training, exercise, request, folder)
        for _ in live.catch_up():
            pass
        return live

    def code(self, run: str) -> str:
        """The learner's file as a run trained with it; empty where it had none, or kept none."""
        try:
            return (self._folder(run) / LEARNER).read_text("utf-8", errors="replace")
        except OSError:
            return ""

    def first(self) -> tuple[Lesson, int, Run] | None:
        """The first thing to train in the course: its lesson, its block there, and what it is."""
        return next(
            (
                (lesson, index, block.body)
                for lesson in self._tutor.course.lessons.values()
                for index, block in enumerate(lesson.blocks)
                if isinstance(block.body, Run)
            ),
            None,
        )

    def exercise(self, name: str) -> Run | None:
        """An exercise by its id, where the course still has it."""
        found = self._tutor.course.find(name)
        return found[1] if found and isinstance(found[1], Run) else None

    def sum_up(self, live: LiveRun) -> Summary:
        """Keep how a run ended beside it, so that a list need not read its record again."""
        last = {
            name: None if series.last is None or not math.isfinite(series.last) else series.last
            for name, series in live.metrics.series.items()
        }
        said = isinstance(last_event(live.folder), Finished | Failed)
        found = Summary(
            last, live.step, live.elapsed, live.torch, live.reason, "ended" if said else "dead"
        )
        with contextlib.suppress(TutorError):  # then it is read from the record again
            write_beside(live.folder, SUMMARY, found, lasting=False)
        return found

    def _request(self, folder: Path) -> Request | None:
        """What a run of this course was asked to do; None for anything else."""
        request = read_request(folder)
        ours = isinstance(request, Request) and request.course == self._tutor.course.id
        return request if ours and isinstance(request, Request) else None

    def refreshed(self, entry: Entry, live: LiveRun) -> Entry:
        """A run that trains, as it stands by now; once it is over, with its end."""
        for _ in live.catch_up():
            pass
        if live.where in ("ended", "dead"):
            return self.entry(entry.run)
        last = {name: series.last for name, series in live.metrics.series.items()}
        return replace(entry, metrics=last, steps=live.step, seconds=live.elapsed)

    def ungraded(self, entries: Iterable[Entry]) -> bool:
        """Whether some of these ended while nobody watched."""
        graded = self._tutor.progress.runs_graded
        return any(
            entry.over and entry.run not in graded and self.exercise(entry.exercise)
            for entry in entries
        )

    def _entry(self, folder: Path, request: Request, known: "dict[str, _Exercise]") -> Entry:
        """A run with all that is kept of it; an exercise is looked up once for all its runs."""
        summary = read_beside(folder, SUMMARY, Summary)
        where = summary.state if summary and summary.state else state(folder)
        if summary is None or not summary.state:
            summary = self._read(request, over=where in ("ended", "dead"))
        about = read_beside(folder, ABOUT, About) or About()
        fact = self._tutor.progress.runs.get(request.run)
        outcome = "open"
        if fact is not None:
            outcome = "passed" if fact.passed else "practice" if not fact.graded else fact.reason
        elif where in ("ended", "dead"):
            outcome = summary.reason
        if request.exercise not in known:
            exercise = self.exercise(request.exercise)
            known[request.exercise] = _Exercise(exercise, _graded_by(exercise) if exercise else "")
        exercise, graded_by = known[request.exercise]
        return Entry(
            run=request.run,
            exercise=request.exercise,
            title=exercise.title if exercise else request.exercise,
            lesson=request.lesson,
            created=request.created,
            state=where,
            outcome=_outcome(outcome, graded=fact is not None),
            points=fact.points if fact else None,
            maximum=fact.maximum if fact else None,
            seed=request.seed,
            device=request.device.removeprefix("auto:"),
            torch=summary.torch,
            code=request.code,
            knobs=request.knobs,
            turned=_turned(exercise, request),
            metrics=summary.metrics,
            result=graded_by or next(reversed(summary.metrics), ""),
            curve=exercise.plot[0].series[0] if exercise else next(iter(summary.metrics), ""),
            steps=summary.steps,
            seconds=summary.seconds,
            note=about.note,
            tags=about.tags,
        )

    def _read(self, request: Request, *, over: bool) -> Summary:
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

    def tag(self, run: str, tags: Iterable[str]) -> None:
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
        folder = self._folder(run)
        if self._request(folder) is None:
            raise TutorError(
                f"There is no run `{visible(run)}`.", "`dlwalk-tutor runs` lists them."
            )
        if self.where(folder) not in ("ended", "dead"):
            raise TutorError(
                f"The run `{run}` has not ended.", f"Stop it first: `dlwalk-tutor stop {run}`."
            )
        if run not in self._tutor.progress.runs_graded:
            live = self.record(run)
            if self.exercise(live.exercise.id) is not None:
                self._tutor.training.settle(live)
        trash(self._tutor.places, run)
        self.marks.drop(run)

    def undo(self, run: str = "") -> str:
        """Take back the run that was deleted last, or one by an end of its id; gives the id.

        Raises:
            TutorError: If there is none.
        """
        there = trashed(self._tutor.places)
        if not there:
            raise TutorError("Nothing is left to take back.", "Deleted runs are kept for a week.")
        name = _named(run, there) if run else there[0]
        untrash(self._tutor.places, name)
        return name

    def export(self, runs: Iterable[str]) -> str:
        """The command that takes runs elsewhere, each by as short an end as no other has."""
        past = [folder.name for folder in run_folders(self._tutor.places)]
        return f"dlwalk-tutor runs export {' '.join(ending(run, past) for run in runs)} --csv"

    def deleted(self) -> list[str]:
        """Runs that can be taken back, the one deleted last first."""
        return trashed(self._tutor.places)

    def sweep(self) -> None:
        """Let go of runs that were deleted more than a week ago."""
        empty_trash(self._tutor.places)


def _named(run: str, runs: list[str]) -> str:
    """The run of that id, or the only one whose id ends so. Raises TutorError for none or several."""
    found = [each for each in runs if each == run] or [each for each in runs if each.endswith(run)]
    if len(found) != 1:
        what = "There is no run" if not found else "Several runs end in"
        raise TutorError(f"{what} `{visible(run)}`.", "`dlwalk-tutor runs` lists them.")
    return found[0]


def _stand_in(request: Request) -> Run:
    """An exercise that the course has no more, for reading its runs."""
    return Run(
        id=request.exercise,
        entry=request.entry,
        title=request.exercise,
        goal="",
        retry="",
        plot=(Plot(series=("train/loss",)),),
    )


def _graded_by(exercise: Run) -> str:
    """The metric of its first rule; of an exercise without rules the first that it draws."""
    calls = [call for expect in exercise.expect for call in parse_rule(expect.rule).calls]
    return calls[0].series if calls else exercise.plot[0].series[0]


def _turned(exercise: Run | None, request: Request) -> tuple[str, ...]:
    known = exercise.knobs if exercise else {}
    return tuple(
        name
        for name, value in request.knobs.items()
        if name in known and known[name].default != value
    )


def _outcome(reason: str, *, graded: bool) -> str:
    """A run that did all its steps has failed, where it was graded and did not pass."""
    if reason in ("done", "steps"):
        return "failed" if graded else "ended"
    return reason

"""Starting, following and grading runs. A run belongs to its folder, not to this process."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tutor.core.errors import TutorError
from tutor.core.expect import grade_run
from tutor.core.facts import Ran
from tutor.core.knobs import turned_fixed, validate
from tutor.core.lesson import Code, Lesson, Run, Scalar
from tutor.core.protocol import (
    Request,
)
from tutor.runner import cluster
from tutor.runner.stopping import cut_off
from tutor.runner.worker_process import Worker
from tutor.session.bands import fingerprint
from tutor.session.live_run import LiveRun
from tutor.session.logout import logout_ends_runs
from tutor.store.runs import (
    keep_learner,
    new_run_folder,
    note_followed,
    read_request,
    run_folders,
    write_request,
)

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor


def installed(package: str) -> bool:
    """Whether a package that a run needs is there; nothing is imported. An empty name is."""
    return not package or find_spec(package) is not None


def _require(package: str) -> None:
    if not installed(package):
        title = f"This run needs `{package}`, which is not installed."
        raise TutorError(title, f'Try: pip install "dlwalk-tutor[{package}]"')


class Training:
    """The runs of a course, for one learner."""

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor
        self._worker: Worker | None = None
        self.live: dict[str, LiveRun] = {}
        self._noticed = False

    # --- the warm worker ----------------------------------------------------------------------------

    @property
    def worker(self) -> Worker:
        """The warm worker, made when first asked for and started by `warm` or `fork`."""
        if self._worker is None:
            self._worker = Worker(self._tutor.places.data / "worker")
        return self._worker

    async def warm(self, on_stage: Callable[[str, float], None] | None = None) -> None:
        """Start the worker ahead of need, so that Run shows its first point at once."""
        await self.worker.start(on_stage)

    async def fork(self, folder: Path) -> None:
        """Hand a run folder to the worker."""
        await self.worker.fork(folder)

    # --- runs ---------------------------------------------------------------------------------------

    def knobs(self, run: Run, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Every knob's value. Raises TutorError naming what is out of range."""
        return validate(run, given)

    def practice(self, run: Run, knobs: Mapping[str, Scalar]) -> list[str]:
        """The fixed knobs that were turned; where there are any the run is not graded."""
        return turned_fixed(run, knobs)

    async def start(
        self,
        run: Run,
        knobs: Mapping[str, Scalar] | None = None,
        *,
        seed: int | None = None,
        device: str = "auto",
        graded: bool = True,
        resumes: str = "",
        nproc: int | None = None,
        slurm: str | None = None,
    ) -> LiveRun:
        """Start a run with the knobs given, the rest at their defaults.

        Args:
            run: The exercise.
            knobs: What differs from the defaults.
            seed: Drawn where it is None.
            device: What it trains on; `auto` is the exercise's own choice.
            graded: Whether its outcome may earn points.
            resumes: The folder of a run that broke off, to go on from its checkpoint.
            nproc: Processes that train together; as the exercise says where it is None.
            slurm: Options of the job, where a Slurm cluster is to train it, like `partition=gpu`.

        Raises:
            TutorError: If a knob is out of range, or no run could be started.
        """
        self._tutor.trust.require()
        values = validate(run, knobs or {})
        if slurm is not None:
            cluster.ready(slurm)
        request = Request(
            run="",
            course=self._tutor.course.id,
            exercise=run.id,
            lesson=self._tutor.owner(run).id,
            entry=self._entry(run),
            knobs=values,
            seed=secrets.randbelow(10_000) if seed is None else seed,
            device=await self._device(device, run, nproc or run.nproc, away=slurm is not None),
            steps=run.limit.steps,
            seconds=run.limit.seconds,
            learner=self._learner(run),
            nonce=secrets.token_hex(16),
            graded=graded and not turned_fixed(run, values),
            created=time.time(),
            resumes=resumes,
            nproc=nproc or run.nproc,
        )
        return await self._begin(run, request, slurm)

    async def _device(self, asked: str, run: Run, processes: int, *, away: bool) -> str:
        if not away:
            return await self._tutor.devices.pick(asked, run.device, processes)
        # What is here says nothing of the machine that will train.
        return run.device if asked == "auto" else asked

    async def _begin(self, run: Run, request: Request, slurm: str | None) -> LiveRun:
        folder = new_run_folder(self._tutor.places, run.id)
        if request.learner:
            # What was trained can be read later; their own file goes on changing.
            kept = keep_learner(folder, Path(request.learner))
            request = msgspec.structs.replace(request, learner=str(kept))
        request = msgspec.structs.replace(request, code=self._code(run, request.learner))
        live = LiveRun(self, run, write_request(folder, request), folder)
        self.live[folder.name] = live
        try:
            if slurm is None:
                await self.fork(folder)
            else:
                job = await asyncio.to_thread(cluster.submit, folder, live.request, slurm)
                live.stage = f"waiting for the cluster, job {job.id}"
        except BaseException:
            # Nothing trains; leaving must not ask what is to become of it.
            del self.live[folder.name]
            raise
        return live

    async def notice(self) -> str:
        """What to know before a run is left alone; said once a session, else empty."""
        if self._noticed:
            return ""
        self._noticed = True
        found = await asyncio.to_thread(logout_ends_runs)
        return f"{found.danger} {found.remedy}" if found else ""

    def settle(self, live: LiveRun) -> None:
        """Grade a run that ended and record it, once."""
        ours = self.live.pop(live.folder.name, None) is not None
        if ours and not cut_off(live.folder):
            # Whoever started it has seen it end; it need not be offered again. One that the machine
            # ended as it went down is: who watched it may have gone with it.
            note_followed(live.folder, "")
        outcome = live.outcome()
        live.phase = "finished" if live._finished and live.problem is None else "broken"
        live.verdict = grade_run(live.exercise, outcome)
        self._tutor.ledger.sum_up(live)
        self._tutor.refresh()
        if live.folder.name in self._tutor.progress.runs_graded:
            return
        self._tutor.record(
            Ran(
                block=live.exercise.id,
                run=live.folder.name,
                knobs=dict(live.request.knobs),
                seed=live.request.seed,
                device=live.device,
                points=live.verdict.points,
                maximum=live.verdict.maximum,
                passed=live.verdict.passed,
                graded=live.request.graded,
                reason=live.reason,
                evidence={
                    "torch": live.torch,
                    "steps": live.step,
                    "turns": [[turn.step, turn.name, turn.value] for turn in live.turns],
                },
            )
        )

    def attach(self, name: str) -> LiveRun:
        """A run by its id, to be followed from its first reading, whoever else follows it.

        An object of its own each time: what one has read of a run, another must not read again.

        Raises:
            TutorError: If there is no such run, or its exercise is not in this course.
        """
        folder = self._tutor.places.runs / name
        request = read_request(folder) if folder.is_dir() else None
        if not isinstance(request, Request):
            raise TutorError(f"There is no run `{name}`.", "`dlwalk-tutor runs` lists them.")
        found = self._tutor.course.find(request.exercise)
        if request.course != self._tutor.course.id or not (found and isinstance(found[1], Run)):
            raise TutorError(f"The exercise of run `{name}` is not in this course.")
        return LiveRun(self, found[1], request, folder)

    def past(self, run: Run | None = None) -> list[tuple[Request, str]]:
        """Training runs of this course, newest first, with their state on this machine."""
        found = []
        for folder in run_folders(self._tutor.places):
            request = read_request(folder)
            if not isinstance(request, Request) or request.course != self._tutor.course.id:
                continue
            if run is None or request.exercise == run.id:
                found.append((request, self._tutor.ledger.where(folder)))
        return found

    def still_training(self) -> list[Request]:
        """Runs that train at this moment on this machine."""
        return [request for request, where in self.past() if where == "live"]

    async def grade_unwatched(self) -> list[LiveRun]:
        """Grade every run that ended while nobody watched; each only once."""
        graded = []
        for request, where in await asyncio.to_thread(self.past):
            if request.run in self._tutor.progress.runs_graded or where not in ("ended", "dead"):
                continue
            try:
                live = self.attach(request.run)
            except TutorError:
                continue
            async for _ in live.events():
                pass
            graded.append(live)
        return graded

    async def close(self) -> None:
        """End the warm worker; runs go on unless they were stopped before."""
        if self._worker is not None:
            await self._worker.stop()
            self._worker = None

    # --- details ------------------------------------------------------------------------------------

    def _entry(self, run: Run) -> str:
        _require(run.needs)
        name, _, function = run.entry.partition(":")
        if not name.endswith(".py"):
            return run.entry
        owner: Lesson = self._tutor.owner(run)
        return f"{self._tutor.asset(owner, name).resolve()}:{function}"

    def _code(self, run: Run, learner: str) -> str:
        """Hash of all the code that the run stands on: the exercise's, and the learner's."""
        course = fingerprint(self._tutor.course, self._tutor.owner(run), run)
        own = Path(learner).read_bytes() if learner else b""
        return course[:8] + (f"+{hashlib.sha256(own).hexdigest()[:8]}" if own else "")

    def _learner(self, run: Run) -> str:
        if not run.uses:
            return ""
        found = self._tutor.course.find(run.uses)
        exercise = found[1] if found else None
        assert isinstance(exercise, Code), "a course whose `uses` names anything else is refused"
        return str(self._tutor.coding.path(exercise).resolve())

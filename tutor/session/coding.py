"""The learner's own files: made once, never overwritten, checked in another process."""

import hashlib
import secrets
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.facts import Checked, GaveUp, Hinted
from tutor.core.lesson import Code
from tutor.core.protocol import CheckRequest, CheckResult, Failed, Finished, Hello
from tutor.core.quiz import Part, Verdict
from tutor.core.text import plain_log, visible
from tutor.runner.exits import Exit
from tutor.runner.follow import Gone, follow
from tutor.store.runs import LEARNER, keep_learner, new_run_folder, write_request

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor

LOG_TAIL = 4000
"""Characters of printed output kept for the screen."""


class CodeReport(Struct, frozen=True):
    """What a check of the learner's file found."""

    verdict: Verdict
    results: tuple[CheckResult, ...]
    problem: Exit | None
    """Why the checks did not run to their end, if they did not."""
    trace: str
    log: str
    """What the learner's code printed; never costs points."""
    seconds: float


class Coding:
    """The code exercises of a course, for one learner."""

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor

    def path(self, code: Code) -> Path:
        """The learner's file; made from the starter the first time it is asked for.

        Raises:
            TutorError: If the folder cannot be written.
        """
        path = self._path(code)
        if not path.exists():
            start = self._course_file(code, code.start)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("x", encoding="utf-8") as file:
                    file.write(start.read_text(encoding="utf-8"))
            except FileExistsError:
                pass  # another session made it between the two lines
            except OSError as error:
                raise TutorError(
                    f"Your file {visible(str(path))} cannot be written: {error.strerror}.",
                    "Set DLWALK_HOME to a folder you may write to and start again.",
                ) from error
        return path

    def where(self, code: Code) -> str:
        """Where the learner's file is or will be, short and safe to show; nothing is made."""
        path, home = self._path(code), Path.home()
        short = Path("~", path.relative_to(home)) if path.is_relative_to(home) else path
        return visible(str(short))

    def text(self, code: Code) -> str:
        """The learner's file as it stands.

        Raises:
            TutorError: If it is not readable text.
        """
        path = self.path(code)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TutorError(
                f"Your file {visible(path.name)} cannot be read: {error}.",
                "Mend it outside, or reset it; a reset keeps a copy.",
            ) from error

    def save(self, code: Code, text: str) -> None:
        """Write the learner's file, whole or not at all.

        Raises:
            TutorError: If it cannot be written; the old text is still there.
        """
        path = self.path(code)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise TutorError(
                f"Your file {visible(path.name)} could not be saved: {error.strerror}.",
                "Your text is still in the editor; make room and save again.",
            ) from error

    def reset(self, code: Code) -> Path:
        """Start again from the starter; what was there is kept beside it. Returns the copy."""
        path = self.path(code)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        backup = path.with_name(f"{path.stem}.{stamp}-{secrets.token_hex(2)}.bak")
        shutil.copy2(path, backup)
        self.save(code, self._course_file(code, code.start).read_text(encoding="utf-8"))
        return backup

    async def check(self, code: Code, file: Path | None = None) -> CodeReport:
        """Run the checks on the learner's file, or on another one, and record the outcome.

        Raises:
            TutorError: If the file is not there or no worker could be started.
        """
        request, folder = self._request(code, file or self.path(code))
        report = await self._run(code, request, folder)
        self._tutor.record(
            Checked(
                block=code.id,
                run=request.run,
                code_hash=hashlib.sha256((folder / LEARNER).read_bytes()).hexdigest(),
                points=report.verdict.points,
                maximum=report.verdict.maximum,
                passed=report.verdict.passed,
                seed=request.seed,
            )
        )
        return report

    async def look(self, code: Code, file: Path) -> CodeReport:
        """Run the checks on a file and record nothing. Raises as `check` does."""
        request, folder = self._request(code, file)
        return await self._run(code, request, folder)

    def _request(self, code: Code, file: Path) -> tuple[CheckRequest, Path]:
        """A run folder with a request to check this file, and a copy of the file as it is now."""
        self._tutor.trust.require()
        under_test = file.resolve()
        if not under_test.is_file():
            raise TutorError(f"There is no file {visible(str(under_test))}.")
        request = CheckRequest(
            run="",
            course=self._tutor.course.id,
            exercise=code.id,
            lesson=self._tutor.owner(code).id,
            learner=str(under_test),
            check=str(self._course_file(code, code.check).resolve()),
            solution=str(self._course_file(code, code.solution).resolve()),
            seed=secrets.randbelow(2**31),
            seconds=code.seconds,
            nonce=secrets.token_hex(16),
            created=time.time(),
        )
        folder = new_run_folder(self._tutor.places, code.id)
        # The evidence: the file goes on changing, what was checked does not.
        keep_learner(folder, under_test)
        return write_request(folder, request), folder

    async def _run(self, code: Code, request: CheckRequest, folder: Path) -> CodeReport:
        await self._tutor.training.fork(folder)
        results: list[CheckResult] = []
        finished: Finished | None = None
        problem: Exit | None = None
        trace, began = "", time.monotonic()
        async for event in follow(folder):
            match event:
                case Hello():
                    began = time.monotonic()
                case CheckResult():
                    results.append(event)
                case Finished():
                    finished = event
                case Failed(title=title, hint=hint):
                    problem, trace = Exit(title, hint), event.trace
                case Gone(exit=reason):
                    problem = reason
                case _:
                    pass
        if finished is not None and finished.nonce != request.nonce:
            problem = Exit("The record of this check is not genuine.", "Check again.")
        return CodeReport(
            verdict=self._verdict(code, results, finished if problem is None else None),
            results=tuple(results),
            problem=problem,
            trace=trace,
            log=log_tail(folder),
            seconds=time.monotonic() - began,
        )

    @staticmethod
    def _verdict(code: Code, results: list[CheckResult], finished: Finished | None) -> Verdict:
        total = sum(result.points for result in results)
        # Without the worker's own record that every check ran, nothing is earned.
        ran = finished is not None and results and finished.checks == len(results) and total > 0
        earned = sum(result.points for result in results if result.passed) if ran else 0.0
        share = code.points / total if total else 0.0
        return Verdict(
            points=earned * share,
            maximum=code.points,
            passed=bool(ran) and all(result.passed for result in results),
            why=(),
            parts=tuple(
                Part(
                    name=result.name,
                    points=result.points * share if result.passed and ran else 0.0,
                    maximum=result.points * share,
                    passed=result.passed,
                    why=result.message,
                )
                for result in results
            ),
        )

    # --- hints and the solution -------------------------------------------------------------------

    def hints(self, code: Code) -> tuple[str, ...]:
        """The hints opened so far."""
        record = self._tutor.progress.blocks.get(code.id)
        return code.hints[: record.hints if record else 0]

    def hint(self, code: Code) -> str | None:
        """Open the next hint; None where there is none left."""
        index = len(self.hints(code))
        if index >= len(code.hints):
            return None
        self._tutor.record(Hinted(block=code.id, index=index))
        return code.hints[index]

    def give_up(self, code: Code) -> None:
        """Open the solution; nothing more can be earned with this exercise."""
        self._tutor.record(GaveUp(block=code.id))

    def solution(self, code: Code) -> str:
        """The solution's text.

        Raises:
            TutorError: Before a pass or a give-up.
        """
        record = self._tutor.progress.blocks.get(code.id)
        if record is None or not (record.passed or record.given_up):
            raise TutorError(
                "The solution opens once your code passes, or once you give up.",
                "Giving up shows it and ends the points for this exercise.",
            )
        return self._course_file(code, code.solution).read_text(encoding="utf-8")

    # --- files --------------------------------------------------------------------------------------

    def _path(self, code: Code) -> Path:
        lesson = self._tutor.owner(code)
        home = self._tutor.places.code
        if not self._tutor.built_in:
            home = home / self._tutor.course.id
        return home / lesson.id / Path(code.start).name

    def _course_file(self, code: Code, name: str) -> Path:
        return self._tutor.asset(self._tutor.owner(code), name)


def log_tail(folder: Path, characters: int = LOG_TAIL) -> str:
    """The end of what a run printed, made safe to show."""
    try:
        with (folder / "log.txt").open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 4 * characters))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return plain_log(text)[-characters:]

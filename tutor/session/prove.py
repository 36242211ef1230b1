"""Executing a course: every starter fails, every solution passes, every case comes out as it says."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from tutor.content.course import load_course
from tutor.content.lint import lint_course
from tutor.content.problems import Problem
from tutor.core.answers import right_answers, wrong_answers
from tutor.core.course import Course
from tutor.core.errors import TutorError
from tutor.core.instruments.base import grade_lab
from tutor.core.lesson import Case, Code, Lab, Lesson, Output, Quiz, Run
from tutor.core.quiz import ask, grade
from tutor.session.bands import stale_references
from tutor.session.proved import digest, due, stamp
from tutor.session.training import installed
from tutor.session.tutor import Tutor

TOLD = Callable[["Proof"], None]
QUIZ_SEEDS = 20
"""Draws of a parameterised question that are proved."""


class Proof(Struct, frozen=True):
    """One thing that was executed, and whether it did what the course says."""

    what: str
    ok: bool
    detail: str = ""


def lint(root: Path) -> list[Problem]:
    """Everything about a course that can be said without running its code."""
    problems = lint_course(root)
    if not any(problem.level == "error" for problem in problems):
        problems += stale_references(load_course(root))
    return problems


async def prove(
    root: Path,
    *,
    seeds: int = 3,
    lessons: Collection[str] | None = None,
    stamped: bool = False,
    device: str = "auto",
    told: TOLD = lambda proof: None,
    counted: Callable[[int], None] = lambda count: None,
) -> list[Proof]:
    """Execute a course on its own, in a home of its own.

    Args:
        root: The course's folder.
        seeds: Seeds for every case of every run.
        lessons: Ids of the lessons that are meant; None for all.
        stamped: Whether each lesson that comes out as it says is stamped as proved.
        device: Where the runs train; `auto` is each run's own choice.
        told: Called with each proof as it comes in.
        counted: Called once with how many there will be.

    Returns:
        Every proof, in the course's order.
    """
    with tempfile.TemporaryDirectory(prefix="dlwalk-check-") as home:
        tutor = Tutor.open(root, Path(home))
        tutor.trust.grant()
        gate = asyncio.Semaphore(max(1, os.cpu_count() or 1))

        async def one(job: Callable[[], Awaitable[Proof]]) -> Proof:
            async with gate:
                proof = await job()
            told(proof)
            return proof

        try:
            every = tutor.course.lessons.values()
            chosen = [each for each in every if lessons is None or each.id in lessons]
            jobs = [(each.id, job) for each in chosen for job in _jobs(tutor, each, seeds, device)]
            states = [(each, digest(tutor.course, each)) for each in chosen if stamped]
            counted(len(jobs))
            proofs = list(await asyncio.gather(*(one(job) for _, job in jobs)))
            bad = {name for (name, _), proof in zip(jobs, proofs, strict=True) if not proof.ok}
            for lesson, state in states:
                stamp(tutor.course, lesson, None if lesson.id in bad else state)
            return proofs
        finally:
            await tutor.training.close()
            tutor.close()


class Chosen(Struct, frozen=True):
    """Lessons to run, by their ids.

    Attributes:
        lessons: All of them.
        changed: Those that differ from the state they were proved in.
        of: How many there are to choose from.
    """

    lessons: tuple[str, ...]
    changed: tuple[str, ...]
    of: int


def choose(root: Path, only: str, share: int | None) -> Chosen:
    """Choose what to run of a course.

    Args:
        root: The course's folder.
        only: Parts of lesson ids, comma-separated; empty for all lessons.
        share: Only what changed since it was stamped, and one lesson in so many; None for all.
    """
    course = load_course(root)
    names = [lesson.id for lesson in wanted(course, only)]
    if share is None:
        return Chosen(tuple(names), (), len(names))
    found = due(course, share)
    changed = tuple(name for name in names if name in found.changed)
    chosen = tuple(name for name in names if name in (*found.changed, *found.share))
    return Chosen(chosen, changed, len(names))


def wanted(course: Course, only: str) -> list[Lesson]:
    """The lessons whose id holds one of the comma-separated parts; all where there is none."""
    parts = [part.strip() for part in only.split(",") if part.strip()]
    return [
        lesson
        for lesson in course.lessons.values()
        if not parts or any(part in lesson.id for part in parts)
    ]


def _jobs(
    tutor: Tutor, lesson: Lesson, seeds: int, device: str
) -> Iterator[Callable[[], Awaitable[Proof]]]:
    for block in lesson.blocks:
        body = block.body
        if isinstance(body, Quiz):
            yield partial(_question, tutor, lesson, body)
        elif isinstance(body, Code):
            yield partial(_code, tutor, body, body.start, "start", "")
            yield partial(_code, tutor, body, body.solution, "solution", "")
            for wrong in body.wrong:
                yield partial(_code, tutor, body, wrong.file, "wrong", wrong.fails)
        elif isinstance(body, Lab):
            yield partial(_lab, tutor, body)
        elif isinstance(body, Run):
            for case in body.case:
                for seed in range(seeds):
                    yield partial(_case, tutor, body, case, seed, device)


async def _code(tutor: Tutor, code: Code, file: str, role: str, fails: str) -> Proof:
    what = f"{code.id} {file}"
    report = await tutor.coding.check(code, tutor.asset(tutor.owner(code), file))
    failed = [result.name for result in report.results if not result.passed]
    problem = report.problem.title if report.problem else ""
    if role == "solution":
        detail = problem or (f"fails {', '.join(failed)}" if failed else "passes")
        return Proof(what, report.verdict.passed, detail)
    if report.verdict.passed:
        return Proof(what, False, "passes, and must not")
    if role == "start":
        return Proof(what, not problem, problem or f"fails {len(failed)} checks")
    ok = fails in failed
    return Proof(
        what,
        ok,
        f"refused by “{fails}”" if ok else f"not refused by “{fails}” but {failed or problem}",
    )


async def _case(tutor: Tutor, run: Run, case: Case, seed: int, device: str) -> Proof:
    what = f"{run.id} {case.id} seed {seed}"
    if not installed(run.needs):
        return Proof(what, True, f"not run: `{run.needs}` is not installed")
    try:
        if run.uses:
            use_solution(tutor, run)
        live = await tutor.training.start(run, case.knobs, seed=seed, device=device)
        async for _ in live.events():
            pass
    except TutorError as error:
        return Proof(what, False, str(error))
    assert live.verdict is not None, "a run that was followed to its end is graded"
    broken = live.problem is not None
    outcome = "pass" if live.verdict.passed else "fail"
    parts = "; ".join(part.why for part in live.verdict.parts if part.why)
    detail = live.problem.title if live.problem else f"{outcome} in {live.elapsed:.1f} s  {parts}"
    return Proof(what, outcome == case.outcome and not broken, detail)


async def _lab(tutor: Tutor, lab: Lab) -> Proof:
    try:
        instrument = tutor.instruments.open(lab, seed=0)
    except TutorError as error:
        return Proof(lab.id, False, str(error))
    early = [part.name for part in grade_lab(lab, instrument.figures).parts if part.passed]
    for key in lab.solution:
        instrument = instrument.press(key)
    missed = [part.name for part in grade_lab(lab, instrument.figures).parts if not part.passed]
    if early:
        return Proof(lab.id, False, f"reached before the first key: {early[0]}")
    detail = f"not reached: {missed[0]}" if missed else f"reached with {len(lab.solution)} keys"
    return Proof(lab.id, not missed, detail)


def use_solution(tutor: Tutor, run: Run) -> None:
    """Put the solution in the learner's place for a run that uses a code exercise."""
    found = tutor.course.find(run.uses)
    assert found is not None, "the parser proves that `uses` names a code exercise"
    lesson, code = found
    assert isinstance(code, Code)
    tutor.coding.save(code, tutor.asset(lesson, code.solution).read_text(encoding="utf-8"))


async def _question(tutor: Tutor, lesson: Lesson, question: Quiz) -> Proof:
    draws = QUIZ_SEEDS if question.params else 1
    for seed in range(draws):
        asked = ask(question, seed)
        for right in right_answers(asked):
            verdict = grade(asked, right)
            if not verdict.passed or verdict.points != verdict.maximum:
                return Proof(question.id, False, f"refuses its own answer {right!r}")
        for wrong in wrong_answers(asked):
            if grade(asked, wrong).passed:
                return Proof(question.id, False, f"accepts the wrong answer {wrong!r}")
    if isinstance(question, Output):
        return await _snippet(tutor, lesson, question)
    return Proof(question.id, True, f"{draws} draw{'s' if draws > 1 else ''}")


async def _snippet(tutor: Tutor, lesson: Lesson, question: Output) -> Proof:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        str(tutor.asset(lesson, question.snippet)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    asked = ask(question, 0)
    ok = grade(asked, printed.decode("utf-8", "replace").strip()).passed
    return Proof(question.id, ok, f"{question.snippet} prints {printed[:60]!r}")

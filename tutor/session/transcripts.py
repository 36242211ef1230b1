"""Making a report of what a learner did, and looking at one again."""

import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

import tutor as package
from tutor.core.errors import TutorError
from tutor.core.facts import Answered, Checked, Fact, GivenAnswer, Ran, Reflected, Row, SatTest
from tutor.core.lesson import Code, Quiz, Run
from tutor.core.progress import fold
from tutor.core.quiz import ask, grade
from tutor.core.standing import standing
from tutor.core.text import visible
from tutor.core.transcript import (
    FORMAT,
    Head,
    LessonScore,
    Transcript,
    Work,
    decode_transcript,
    faults,
    report_format,
    transcript,
)
from tutor.session.signing import signer
from tutor.session.tutor import Tutor
from tutor.store.runs import LEARNER

SAMPLE = 3
"""How many runs `--rerun` trains again, unless told otherwise."""


def make_transcript(tutor: Tutor, *, with_notes: bool = False) -> Transcript:
    """The report of a learner on this course.

    Args:
        tutor: The open course.
        with_notes: Whether the lab notebook's reflections go with it; they are the learner's own.
    """
    rows = [row for row in tutor.facts() if with_notes or not isinstance(row.fact, Reflected)]
    head = Head(
        course=tutor.course.id,
        course_title=tutor.course.title,
        course_version=tutor.course.version,
        tutor=package.__version__,
        learner=tutor.name,
        made=round(time.time(), 3),
    )
    return transcript(head, rows, _scores(tutor, rows), _work(tutor, rows))


def _scores(tutor: Tutor, rows: list[Row]) -> tuple[LessonScore, ...]:
    """Best and first points of every lesson, from these facts alone."""
    progress = fold(rows)
    scores = []
    for lesson in tutor.course.lessons.values():
        found = standing(lesson, progress)
        scores.append(
            LessonScore(
                lesson=lesson.id,
                title=lesson.title,
                points=found.points,
                first=sum(block.first for block in found.blocks.values()),
                maximum=found.maximum,
                passed=found.passed,
            )
        )
    return tuple(scores)


def _work(tutor: Tutor, rows: list[Row]) -> tuple[Work, ...]:
    """For each code exercise the file of its best check, the newest of equals."""
    best: dict[str, Checked] = {}
    for row in rows:
        fact = row.fact
        if isinstance(fact, Checked) and (
            fact.block not in best or fact.points >= best[fact.block].points
        ):
            best[fact.block] = fact
    work = []
    for fact in best.values():
        try:
            text = (tutor.places.runs / fact.run / LEARNER).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if hashlib.sha256(text.encode()).hexdigest() == fact.code_hash:
            work.append(Work(fact.block, fact.run, fact.code_hash, text))
    return tuple(work)


# --- looking at one -------------------------------------------------------------------------------

State = Literal["good", "tampered", "newer", "damaged", "duplicate", "other course"]


class Examined(Struct, frozen=True):
    """A report that was looked at."""

    file: str
    state: State
    report: Transcript | None = None
    problems: tuple[str, ...] = ()
    """Why it is not good, in sentences."""
    signed_by: str = ""
    """The signer's name or key, where it is signed and the signature is good."""


def examine(file: Path, tutor: Tutor, allowed: Path | None = None) -> Examined:
    """Check the chain, the scores and the signature of a report; runs nothing.

    Args:
        file: The report.
        tutor: The course that it should be of.
        allowed: An `allowed_signers` file.
    """
    name = visible(file.name)
    try:
        data = file.read_bytes()
    except OSError as error:
        return Examined(name, "damaged", problems=(f"It cannot be read: {error.strerror}.",))
    version = report_format(data)
    if version is not None and version > FORMAT:
        words = f"It has format {version}; this tutor reads up to {FORMAT}. Update the tutor."
        return Examined(name, "newer", problems=(words,))
    try:
        report = decode_transcript(data)
    except msgspec.DecodeError as error:
        return Examined(name, "damaged", problems=(f"It is no report: {visible(str(error))}.",))
    problems = faults(report)
    if not problems and report.head.course != tutor.course.id:
        words = f"It is of the course `{visible(report.head.course)}`."
        return Examined(name, "other course", report, (words,))
    if not problems:
        problems = _other_scores(report, tutor)
    by = ""
    if report.signature is not None:
        by = signer(report.seal, report.signature, allowed) or ""
        if not by:
            problems.append("The signature is not good, or not by a key that is allowed.")
    elif allowed is not None:
        problems.append("It is not signed.")
    return Examined(name, "tampered" if problems else "good", report, tuple(problems), by)


def _other_scores(report: Transcript, tutor: Tutor) -> list[str]:
    """Scores that do not follow from the facts by this course's rules."""
    if report.head.course_version != tutor.course.version:
        # Another version may have other questions; its scores cannot be computed with this one.
        return []
    rows = [Row(line.id, line.at, report.head.course, line.fact) for line in report.lines]
    found = [words for row in rows if (words := _other_answer(row.fact, tutor))]
    computed = {score.lesson: score for score in _scores(tutor, rows)}
    for score in report.lessons:
        ours = computed.get(score.lesson)
        if ours is None or abs(ours.points - score.points) > 1e-6 or ours.passed != score.passed:
            points = f"{ours.points:g}" if ours else "nothing"
            found.append(
                f"`{visible(score.lesson)}` claims {score.points:g} points; "
                f"what was done earns {points}."
            )
    return found


def _other_answer(fact: Fact, tutor: Tutor) -> str:
    """Why an answer cannot have earned what its line says; empty where it can."""
    match fact:
        case Answered():
            return _other_points(fact, tutor)
        case SatTest(questions=questions, version=tutor.course.version):
            return next(filter(None, (_other_points(each, tutor) for each in questions)), "")
        case _:
            return ""


def _other_points(given: Answered | GivenAnswer, tutor: Tutor) -> str:
    found = tutor.course.find(given.block)
    if found is None or not isinstance(found[1], Quiz):
        return f"This course has no question `{visible(given.block)}`."
    try:
        points = (
            0.0 if given.answer is None else grade(ask(found[1], given.seed), given.answer).points
        )
    except TutorError:
        return f"The answer to `{visible(given.block)}` is no answer to it."
    if abs(points - given.points) > 1e-6:
        return (
            f"The answer to `{visible(given.block)}` claims {given.points:g} points; "
            f"it earns {points:g}."
        )
    return ""


# --- running it again -----------------------------------------------------------------------------


class Again(Struct, frozen=True):
    """Something of a report that was run again here."""

    what: str
    agrees: bool
    detail: str


async def run_again(
    report: Transcript,
    tutor: Tutor,
    *,
    sample: int = SAMPLE,
    told: Callable[[Again], None] = lambda _: None,
) -> list[Again]:
    """Check the learner's code and train a sample of the passed runs again: the real evidence.

    Args:
        report: A report whose chain is good.
        tutor: The course, opened in a home of its own, so that nothing of the teacher's changes.
        sample: How many runs; drawn anew each time, so that nobody knows which.
        told: Called after each.
    """
    found = []
    for work in report.work:
        found.append(await _check_again(work, report, tutor))
        told(found[-1])
    passed = [
        line.fact
        for line in report.lines
        if isinstance(line.fact, Ran) and line.fact.passed and line.fact.graded
    ]
    for fact in random.sample(passed, min(sample, len(passed))):
        found.append(await _train_again(fact, tutor))
        told(found[-1])
    return found


async def _check_again(work: Work, report: Transcript, tutor: Tutor) -> Again:
    claimed = max(
        line.fact.points
        for line in report.lines
        if isinstance(line.fact, Checked) and line.fact.run == work.run
    )
    exercise = tutor.course.find(work.block)
    if exercise is None or not isinstance(exercise[1], Code):
        return Again(work.block, False, "this course has no such code exercise")
    # In its place, since a run that uses it comes later.
    tutor.coding.save(exercise[1], work.text)
    result = await tutor.coding.check(exercise[1])
    earned = result.verdict.points
    failing = [each.name for each in result.results if not each.passed]
    why = result.problem.title if result.problem else f"fails: {', '.join(failing)}"
    agrees = earned >= claimed - 1e-6
    return Again(
        work.block, agrees, f"{earned:g} of {claimed:g} points" + ("" if agrees else f", {why}")
    )


async def _train_again(fact: Ran, tutor: Tutor) -> Again:
    exercise = tutor.course.find(fact.block)
    if exercise is None or not isinstance(exercise[1], Run):
        return Again(fact.block, False, "this course has no such run")
    if fact.evidence.get("turns"):
        return Again(fact.block, True, "not run again: a knob was turned while it trained")
    run = exercise[1]
    try:
        live = await tutor.training.start(run, fact.knobs, seed=fact.seed)
        async for _ in live.events():
            pass
    except TutorError as error:
        return Again(fact.block, False, error.title)
    assert live.verdict is not None, "a run that was followed to its end is graded"
    detail = f"{live.verdict.points:g} of {fact.points:g} points with seed {fact.seed}"
    return Again(fact.block, live.verdict.points >= fact.points - 1e-6, detail)

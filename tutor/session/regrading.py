"""What outlives a version of the course: lessons once passed, and answers that a new key likes better."""

from typing import TYPE_CHECKING

from tutor.core.errors import TutorError
from tutor.core.facts import Answered, Fact, GaveUp, Passed, Regraded
from tutor.core.lesson import Quiz
from tutor.core.progress import LATER_SHARE
from tutor.core.quiz import ask, grade

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor


def note_pass(tutor: "Tutor", fact: Fact) -> None:
    """Write down that a lesson was passed: a later version may ask for more, and takes nothing."""
    block = getattr(fact, "block", "")
    found = tutor.course.find(block) if isinstance(block, str) and block else None
    lesson = found[0] if found else tutor.course.lessons.get(getattr(fact, "lesson", ""))
    if lesson is None or isinstance(fact, Passed) or lesson.id in tutor.progress.passed:
        return
    standing = tutor.standing(lesson)
    if standing.passed:
        tutor.record(
            Passed(
                lesson=lesson.id,
                points=standing.points,
                maximum=standing.maximum,
                version=tutor.course.version,
            )
        )


def regrade(tutor: "Tutor") -> list[str]:
    """Judge every answer again if the course's version is another than at the last start.

    Nothing that was earned is lowered; what was earned more is written down as a fact.

    Returns:
        What changed, in sentences.
    """
    key = f"version of {tutor.course.id}"
    before, now = tutor.setting(key), tutor.course.version
    if before == now:
        return []
    changed: list[str] = []
    if before:
        for lesson in tutor.course.lessons.values():
            told = (_regrade_one(tutor, question) for question in lesson.questions)
            changed += filter(None, told)
        gone = [block for block in tutor.progress.blocks if tutor.course.find(block) is None]
        if gone:
            changed.append(
                f"{len(gone)} exercise{'s' if len(gone) > 1 else ''} you did "
                "are no longer in the course. What you did is kept; it counts in no sum any more."
            )
    tutor.set_setting(key, now)
    return [f"The course was updated to version {now}. {words}" for words in changed]


def _regrade_one(tutor: "Tutor", question: Quiz) -> str:
    best, attempts = None, 0
    for row in tutor.facts():
        fact = row.fact
        if isinstance(fact, GaveUp) and fact.block == question.id:
            break
        if not isinstance(fact, Answered) or fact.block != question.id:
            continue
        halved = LATER_SHARE if attempts and not fact.fresh else 1.0
        attempts += 1
        try:
            points = grade(ask(question, fact.seed), fact.answer).points * halved
        except TutorError:
            continue  # the question takes another kind of answer now
        if best is None or points > best[1]:
            best = (row.id, points)
    record = tutor.progress.blocks.get(question.id)
    if best is None or record is None or best[1] <= record.share * question.points + 1e-9:
        return ""
    earned = record.share * question.points
    tutor.record(
        Regraded(
            block=question.id,
            row=best[0],
            points=best[1],
            maximum=question.points,
            version=tutor.course.version,
        )
    )
    title = tutor.title(question)
    return f"Your answer to “{title}” is judged better now: {earned:g} → {best[1]:g} points."

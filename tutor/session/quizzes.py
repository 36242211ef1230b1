"""Asking and answering questions."""

from itertools import chain
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from msgspec import Struct

from tutor.core.answers import solve
from tutor.core.facts import Answered, GaveUp, Hinted, Passed
from tutor.core.lesson import Lesson, Output, Quiz
from tutor.core.progress import BlockRecord, worth
from tutor.core.quiz import Answer, Asked, Verdict, ask, grade, seed_of
from tutor.core.text import visible

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor


ENOUGH = 4
"""Questions that a lesson needs to be tested out of."""


class Asking(Struct, frozen=True):
    """A question as it is put to the learner now."""

    asked: Asked
    attempt: int
    """From 1."""
    worth: float
    """The most this attempt can earn, said beforehand."""
    hints: tuple[str, ...]
    """Hints opened so far."""
    more_hints: int
    draft: str
    record: BlockRecord | None


class Asker(Protocol):
    """Who puts questions and judges answers: a lesson's quiz, a review, a chapter's test."""

    def ask(self, question: Quiz) -> Asking:
        """The question as it is put now."""

    def answer(self, question: Quiz, answer: Answer) -> Verdict | None:
        """Judge and record; None where the verdict comes at the end of all.

        Raises:
            TutorError: For what is no answer at all.
        """

    def save_draft(self, question: Quiz, draft: str) -> None:
        """Keep an answer that was begun."""


@runtime_checkable
class Helper(Asker, Protocol):
    """Who helps as well."""

    def hint(self, question: Quiz) -> str | None:
        """Open the next hint."""

    def give_up(self, question: Quiz) -> Verdict:
        """The right answer."""


class Quizzes:
    """The questions of a course, for one learner."""

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor

    def ask(self, question: Quiz) -> Asking:
        """Put a question: new values for each attempt where it has parameters."""
        record = self._tutor.progress.blocks.get(question.id)
        attempts = record.attempts if record else 0
        opened = record.hints if record else 0
        return Asking(
            asked=ask(question, self._seed(question, attempts)),
            attempt=attempts + 1,
            worth=worth(question, record),
            hints=question.hints[:opened],
            more_hints=len(question.hints) - opened,
            draft=self._tutor.draft(question.id) or "",
            record=record,
        )

    def answer(self, question: Quiz, answer: Answer) -> Verdict:
        """Grade an answer and record it. Raises TutorError for what is no answer at all."""
        asking = self.ask(question)
        verdict = grade(asking.asked, answer)
        self._tutor.record(
            Answered(
                block=question.id,
                answer=answer,
                seed=self._seed(question, asking.attempt - 1),
                points=verdict.points,
                maximum=verdict.maximum,
                hints=len(asking.hints),
                fresh=bool(question.params),
            )
        )
        self._tutor.save_draft(question.id, "")
        return verdict

    def hint(self, question: Quiz) -> str | None:
        """Open the next hint; None where there is none left."""
        asking = self.ask(question)
        if not asking.more_hints:
            return None
        index = len(asking.hints)
        self._tutor.record(Hinted(block=question.id, index=index))
        return question.hints[index]

    def give_up(self, question: Quiz) -> Verdict:
        """Show the right answer; nothing more can be earned with this question."""
        asking = self.ask(question)
        self._tutor.record(GaveUp(block=question.id))
        return solve(asking.asked)

    def snippet(self, question: Output) -> str:
        """The code whose output is asked for."""
        path = self._tutor.asset(self._tutor.owner(question), question.snippet)
        try:
            return visible(path.read_text(encoding="utf-8")).rstrip()
        except (OSError, UnicodeDecodeError) as error:
            return f"{visible(question.snippet)} cannot be read: {error}"

    def save_draft(self, question: Quiz, draft: str) -> None:
        """Keep an answer that is being written."""
        self._tutor.save_draft(question.id, draft)

    # --- test-out ---------------------------------------------------------------------------------

    def can_test_out(self, lesson: Lesson) -> bool:
        """Whether its questions are enough to test out by, and none was tried yet, here or in a test."""
        questions, progress = lesson.questions, self._tutor.progress
        asked = {each.block for sat in chain(*progress.tests.values()) for each in sat.questions}
        untouched = not any(each.id in progress.blocks or each.id in asked for each in questions)
        passed = self._tutor.standing(lesson).passed
        return len(questions) >= ENOUGH and untouched and not passed

    def test_out(self, lesson: Lesson) -> bool:
        """Whether the first answers to all questions, without a hint, pass the lesson; recorded."""
        questions = lesson.questions
        records = [self._tutor.progress.blocks.get(each.id) for each in questions]
        points = sum(r.first or 0.0 for r in records if r and not r.hints and not r.given_up)
        maximum = sum(each.points for each in questions)
        passed = all(records) and points >= lesson.passing * maximum - 1e-9
        if passed and lesson.id not in self._tutor.progress.passed:
            self._tutor.record(
                Passed(
                    lesson=lesson.id,
                    points=points,
                    maximum=maximum,
                    version=self._tutor.course.version,
                    tested_out=True,
                )
            )
        return passed

    def _seed(self, question: Quiz, attempts: int) -> int:
        return seed_of(self._tutor.course.id, question.id, attempts)

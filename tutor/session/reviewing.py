"""Review: questions and small code exercises, brought back when memory needs them."""

import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from tutor.core.answers import solve
from tutor.core.errors import TutorError
from tutor.core.facts import Reviewed, ReviewUndone
from tutor.core.lesson import Code, Lesson, Quiz
from tutor.core.quiz import Answer, Asked, Verdict, ask, grade, seed_of
from tutor.core.review import (
    AGAIN,
    EASY,
    Memory,
    Rating,
    Strength,
    by_day,
    due,
    forecast,
    memories,
    rating,
    strengths,
)
from tutor.session.coding import CodeReport
from tutor.session.quizzes import Asking

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor

SMALL = 40
"""Lines of a solution that is small enough to be written again from memory."""


class Done(Struct, frozen=True):
    """A review that was recorded."""

    row: int
    block: str
    rating: Rating


class Coming(NamedTuple):
    """What comes back on a day."""

    day: int
    """0 is today."""
    blocks: int
    topics: tuple[str, ...]


class Reviewing:
    """The reviews of a course, for one learner; asks questions as `Quizzes` does, for no points.

    Attributes:
        done: Reviews of this sitting, in their order.
    """

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor
        self._hints: dict[str, int] = {}
        self.done: list[Done] = []

    # --- what is due --------------------------------------------------------------------------------

    def memories(self) -> dict[str, Memory]:
        """Every block of this course that can be reviewed and was begun."""
        found = memories(self._tutor.facts())
        return {block: each for block, each in found.items() if self._item(block) is not None}

    def due(self) -> list[Quiz | Code]:
        """What is due now, the least surely remembered first."""
        items = [self._item(block) for block in due(self.memories(), time.time())]
        return [item for item in items if item is not None]

    def forecast(self, days: int = 14) -> list[int]:
        """How many come due today and on each of the coming days."""
        return forecast(self.memories(), time.time(), days)

    def strengths(self) -> list[Strength]:
        """How well each topic is remembered, the weakest first; a lesson's title where none is named."""
        return strengths(self.memories(), self._topics(), time.time())

    def coming(self, lessons: Iterable[Lesson], days: int = 14) -> list[Coming]:
        """What of these lessons comes back on which of the coming days; empty days are left out."""
        ids = {block.id for lesson in lessons for block in lesson.blocks}
        found = {block: each for block, each in self.memories().items() if block in ids}
        topics = self._topics()
        return [
            Coming(day, len(blocks), tuple(dict.fromkeys(topics[each] for each in blocks)))
            for day, blocks in enumerate(by_day(found, time.time(), days))
            if blocks
        ]

    def _topics(self) -> dict[str, str]:
        return {
            block.id: getattr(block.body, "topic", "") or lesson.title
            for lesson in self._tutor.course.lessons.values()
            for block in lesson.blocks
            if block.id
        }

    def lesson(self, item: Quiz | Code) -> Lesson:
        """Where it was taught."""
        return self._tutor.owner(item)

    def _item(self, block: str) -> Quiz | Code | None:
        found = self._tutor.course.find(block)
        body = found[1] if found else None
        if isinstance(body, Quiz):
            return body
        if isinstance(body, Code) and self._small(body):
            return body
        return None

    def _small(self, code: Code) -> bool:
        path = self._tutor.asset(self._tutor.owner(code), code.solution)
        try:
            return len(path.read_text(encoding="utf-8").splitlines()) <= SMALL
        except (OSError, UnicodeDecodeError):
            return False

    # --- questions ------------------------------------------------------------------------------------

    def ask(self, question: Quiz) -> Asking:
        """The question with values that no attempt in the lesson had."""
        opened = self._hints.get(question.id, 0)
        return Asking(
            asked=self._asked(question),
            attempt=1,
            worth=0.0,
            hints=question.hints[:opened],
            more_hints=len(question.hints) - opened,
            draft="",
            record=None,
        )

    def answer(self, question: Quiz, answer: Answer) -> Verdict:
        """Judge and record. Raises TutorError for what is no answer at all."""
        verdict = grade(self._asked(question), answer)
        given = rating(verdict.points, verdict.maximum, self._hints.get(question.id, 0))
        self._record(question, given, verdict.points, verdict.maximum, answer)
        return verdict

    def hint(self, question: Quiz) -> str | None:
        """Open the next hint; remembering with one counts as hard."""
        opened = self._hints.get(question.id, 0)
        if opened >= len(question.hints):
            return None
        self._hints[question.id] = opened + 1
        return question.hints[opened]

    def give_up(self, question: Quiz) -> Verdict:
        """Show the answer; it counts as forgotten."""
        asked = self._asked(question)
        self._record(question, AGAIN, 0.0, question.points, None)
        return solve(asked)

    def save_draft(self, question: Quiz, draft: str) -> None:
        """Answers of a review are not kept: it is the memory that is asked for."""

    def _asked(self, question: Quiz) -> Asked:
        return ask(question, self._seed(question.id))

    def _seed(self, block: str) -> int:
        """The same until this review is recorded, then another."""
        count = sum(
            isinstance(row.fact, Reviewed) and row.fact.block == block
            for row in self._tutor.facts()
        )
        return seed_of(self._tutor.course.id, block, "review", count)

    # --- code -----------------------------------------------------------------------------------------

    def fresh_file(self, code: Code) -> Path:
        """A new copy of the starter; what the learner wrote in the lesson is left alone."""
        start = self._tutor.asset(self._tutor.owner(code), code.start)
        folder = self._tutor.coding.path(code).parent / "review"
        stamp = time.strftime("%Y%m%d-%H%M%S")
        path = folder / f"{start.stem}-{stamp}-{secrets.token_hex(2)}.py"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(start, path)
        except OSError as error:
            raise TutorError(f"No file could be made for the review: {error.strerror}.") from error
        return path

    async def check(self, code: Code, file: Path) -> CodeReport:
        """Check a file; nothing is recorded until `conclude`, so that one may try again."""
        return await self._tutor.coding.look(code, file)

    def solution(self, code: Code) -> str:
        """The solution, once the review is over."""
        path = self._tutor.asset(self._tutor.owner(code), code.solution)
        return path.read_text(encoding="utf-8")

    def conclude(self, code: Code, report: CodeReport | None, tries: int) -> None:
        """Record how a code exercise went: at once, after several tries, or not at all."""
        if report is None or not report.verdict.passed:
            self._record(code, AGAIN, 0.0, code.points, None)
        else:
            self._record(code, rating(1, 1, hints=tries - 1), code.points, code.points, None)

    # --- recording ------------------------------------------------------------------------------------

    def _record(
        self,
        item: Quiz | Code,
        given: Rating,
        points: float,
        maximum: float,
        answer: Answer | None,
    ) -> None:
        seed = self._seed(item.id)
        self._tutor.record(
            Reviewed(
                block=item.id,
                rating=given,
                seed=seed,
                points=points,
                maximum=maximum,
                answer=answer,
            )
        )
        self._hints.pop(item.id, None)
        self.done.append(Done(self._tutor.progress.last_row, item.id, given))

    def easy(self) -> None:
        """Say that the last one was easy; only where it was right."""
        if self.done and self.done[-1].rating >= 3:
            last = self.done[-1]
            fact = next(row.fact for row in self._tutor.facts() if row.id == last.row)
            assert isinstance(fact, Reviewed), "the row of a review holds a review"
            self._tutor.record(ReviewUndone(row=last.row))
            self._tutor.record(
                Reviewed(
                    block=fact.block,
                    rating=EASY,
                    seed=fact.seed,
                    points=fact.points,
                    maximum=fact.maximum,
                    answer=fact.answer,
                )
            )
            self.done[-1] = Done(self._tutor.progress.last_row, last.block, EASY)

    def undo(self) -> Quiz | Code | None:
        """Take back the last review, which was keyed by mistake; returns what it asked."""
        if not self.done:
            return None
        last = self.done.pop()
        self._tutor.record(ReviewUndone(row=last.row))
        return self._item(last.block)

"""Sitting the test of a chapter: ten of its questions, no hints, the reasons at the end."""

import contextlib
import time

import msgspec

from tutor.core.answers import in_words, right_answers, solve
from tutor.core.course import Chapter, Course
from tutor.core.errors import TutorError
from tutor.core.facts import GivenAnswer, SatTest
from tutor.core.lesson import Blank, Number, Output, Quiz
from tutor.core.quiz import Answer, Asked, ask, grade, seed_of, with_gaps
from tutor.core.sitting import ChapterStanding, chapter_standing, draw, percent
from tutor.session.library import nearest
from tutor.session.quizzes import Asking
from tutor.session.tutor import Tutor


def chapter_test(tutor: Tutor, chapter: Chapter) -> ChapterStanding | None:
    """What the learner has of a chapter's test; None where the chapter has none."""
    sat = tutor.progress.tests.get(chapter.id, [])
    return chapter_standing(chapter, _questions(tutor.course, chapter), sat)


def chapter_tests(tutor: Tutor) -> list[ChapterStanding]:
    """What the learner has of every chapter's test."""
    found = (chapter_test(tutor, chapter) for chapter in tutor.course.chapters)
    return [each for each in found if each is not None]


def find_chapter(tutor: Tutor, name: str) -> Chapter:
    """A chapter with a test by its id, or an unambiguous beginning of it.

    Raises:
        TutorError: Where none or several fit; names those that there are.
    """
    known = {each.chapter: each for each in chapter_tests(tutor)}
    begins = [name] if name in known else [each for each in known if each.startswith(name)]
    if len(begins) == 1:
        return next(each for each in tutor.course.chapters if each.id == begins[0])
    ids = begins or list(known)
    raise TutorError(f"There is no test of a chapter `{name}`.", nearest(name, ids, "tests"))


def _questions(course: Course, chapter: Chapter) -> list[list[Quiz]]:
    return [lesson.questions for lesson in course.lessons_of(chapter)]


class Sitting:
    """One attempt at a chapter's test, which may be left and taken up again; an `Asker`.

    The attempt's number draws its questions and their values, so that leaving draws no others.

    Attributes:
        chapter: The chapter.
        attempt: From 1.
        questions: What it asks, in this order.
        answers: What was answered so far, by the question's id.
    """

    def __init__(self, tutor: Tutor, chapter: Chapter) -> None:
        """Begin an attempt, or go on with the one that was begun.

        Raises:
            TutorError: If the chapter has no test.
        """
        if chapter.test is None or not any(_questions(tutor.course, chapter)):
            raise TutorError(f"The chapter “{chapter.title}” has no test.")
        self._tutor = tutor
        self._passing = chapter.test.passing
        self.chapter = chapter
        self.attempt = len(tutor.progress.tests.get(chapter.id, [])) + 1
        seed = seed_of(tutor.course.id, chapter.id, "test", self.attempt)
        self.questions = draw(_questions(tutor.course, chapter), chapter.test.draw, seed)
        self.answers = self._kept()

    def _kept(self) -> dict[str, Answer]:
        text = self._tutor.draft(self._key()) or "{}"
        try:
            found = msgspec.json.decode(text.encode(), type=dict[str, Answer])
        except msgspec.DecodeError:
            return {}
        return {each.id: found[each.id] for each in self.questions if each.id in found}

    def _key(self, question: str = "") -> str:
        # No block has such an id, so it is nobody else's draft.
        return f"{self.chapter.id}/test/{self.attempt}/{question}"

    @property
    def open(self) -> list[Quiz]:
        """Questions without an answer."""
        return [each for each in self.questions if each.id not in self.answers]

    # --- asking -----------------------------------------------------------------------------------

    def ask(self, question: Quiz) -> Asking:
        """The question with the values of this attempt."""
        return Asking(
            asked=self._asked(question),
            attempt=1,
            worth=question.points,
            hints=(),
            more_hints=0,
            draft=self._tutor.draft(self._key(question.id)) or "",
            record=None,
        )

    def answer(self, question: Quiz, answer: Answer) -> None:
        """Keep an answer; it may be changed until all is handed in.

        Raises:
            TutorError: For what is no answer at all.
        """
        grade(self._asked(question), answer)
        self._keep(self.answers | {question.id: answer})

    def withdraw(self, question: Quiz) -> None:
        """Take an answer back."""
        self._keep({name: each for name, each in self.answers.items() if name != question.id})

    def save_draft(self, question: Quiz, draft: str) -> None:
        """Keep an answer that is being written."""
        self._tutor.save_draft(self._key(question.id), draft)

    def _keep(self, answers: dict[str, Answer]) -> None:
        if answers != self.answers:
            self.answers = answers
            self._tutor.save_draft(self._key(), msgspec.json.encode(answers).decode())

    def _asked(self, question: Quiz) -> Asked:
        return ask(question, self._seed(question))

    def _seed(self, question: Quiz) -> int:
        chapter = self.chapter.id
        return seed_of(self._tutor.course.id, question.id, "test", chapter, self.attempt)

    # --- the end ----------------------------------------------------------------------------------

    def hand_in(self) -> SatTest:
        """Judge every answer and write the attempt down; what has no answer earns nothing.

        Raises:
            TutorError: If this attempt was handed in already, in another window.
        """
        self._tutor.refresh()
        if len(self._tutor.progress.tests.get(self.chapter.id, [])) >= self.attempt:
            raise TutorError(
                "This attempt was handed in already, in another window.",
                "Open the test again to see how it went.",
            )
        fact = SatTest(
            chapter=self.chapter.id,
            questions=tuple(self._judged(question) for question in self.questions),
            passing=self._passing,
            version=self._tutor.course.version,
        )
        self._tutor.record(fact)
        for name in ("", *(each.id for each in self.questions)):
            if self._tutor.draft(self._key(name)):
                self._tutor.save_draft(self._key(name), "")
        return fact

    def _judged(self, question: Quiz) -> GivenAnswer:
        answer = self.answers.get(question.id)
        points = 0.0 if answer is None else grade(self._asked(question), answer).points
        return GivenAnswer(
            block=question.id,
            answer=answer,
            seed=self._seed(question),
            points=points,
            maximum=question.points,
        )


# --- how it went ----------------------------------------------------------------------------------


def front_page(tutor: Tutor, chapter: Chapter) -> str:
    """What a test asks for and how the last attempt at it went, as markdown.

    Raises:
        TutorError: If the chapter has no test.
    """
    begun = len(Sitting(tutor, chapter).answers)
    found = chapter_test(tutor, chapter)
    assert found is not None, "there is an attempt to begin"
    lessons = sum(map(bool, _questions(tutor.course, chapter)))
    parts = [
        f"# Test: {chapter.title}",
        f"{_count(found.questions, 'question')} from {_count(lessons, 'lesson')}, with other "
        f"values and, where there are enough, other questions in each attempt. No hints; the "
        f"reasons come at the end. It passes at {found.passing:.0%} of the points, and changes "
        "no lesson's points.",
    ]
    if begun:
        parts.append(f"**{begun} of {found.questions} are answered.** You can go on with the rest.")
    sat = tutor.progress.tests.get(chapter.id, [])
    if sat:
        parts += [_outcome(found), *_feedback(tutor, sat[-1])]
    return "\n\n".join(parts) + "\n"


def _outcome(found: ChapterStanding) -> str:
    assert found.first is not None, "an attempt has a share"
    assert found.best is not None, "an attempt has a share"
    state = "Passed" if found.passed else "Not passed yet"
    return (
        f"**{state}.** {_count(found.attempts, 'attempt')}: first {percent(found.first)}, "
        f"best {percent(found.best)}."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _feedback(tutor: Tutor, sat: SatTest) -> list[str]:
    """The last attempt, question by question: what was missed first."""
    when = _handed_in(tutor, sat)
    number = len(tutor.progress.tests[sat.chapter])
    parts = [
        f"## Attempt {number}{when}: {sat.points:.3g} of {sat.maximum:g} points, {percent(sat.share)}",
    ]
    missed = [each for each in sat.questions if each.points < each.maximum]
    right = [each for each in sat.questions if each.points >= each.maximum]
    if missed:
        parts.append("What was missed comes back in review.")
    for given in (*missed, *right):
        parts += _question(tutor, given)
    return parts


def _handed_in(tutor: Tutor, sat: SatTest) -> str:
    at = next((row.at for row in reversed(tutor.facts()) if row.fact == sat), None)
    return "" if at is None else f", {time.strftime('%d %B %Y', time.localtime(at))}"


def _question(tutor: Tutor, given: GivenAnswer) -> list[str]:
    lesson, question = tutor.course.find(given.block) or (None, None)
    if lesson is None or not isinstance(question, Quiz):
        return [f"### {given.block}", "The course no longer has this question."]
    asked = ask(question, given.seed)
    mark = "✓" if given.points >= given.maximum else "◐" if given.points else "✗"
    earned = f"{given.points:.3g} of {given.maximum:g}"
    parts = [f"### {mark} {lesson.title} · {earned}", asked.prompt]
    if isinstance(question, Output):
        parts.append(f"```python\n{tutor.quizzes.snippet(question)}\n```")
    elif isinstance(question, Blank):
        parts.append(f"```text\n{with_gaps(question)}\n```")
    right = solve(asked)
    said = "- Your answer: none"
    if given.answer is not None:
        said = f"- Your answer: {in_words(asked, given.answer)}"
        # A question that takes another kind of answer by now has no word on the old one.
        with contextlib.suppress(TutorError):
            right = grade(asked, given.answer)
    if given.points < given.maximum:
        # A number has its unit beside it; what is typed otherwise is shown as code.
        words = (
            right.answer
            if isinstance(question, Number)
            else in_words(asked, right_answers(asked)[0])
        )
        said += f"\n- Right: {words}"
    return [*parts, said, *right.why]

"""One question at a time, a reason after each, then the score card."""

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from tutor.core.lesson import Lesson, Multiple, Quiz
from tutor.ui.app import TutorApp
from tutor.ui.widgets.bars import number, points
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.question import QuestionView
from tutor.ui.widgets.top_line import TopLine


class QuizScreen(Screen[None]):
    """Questions of a lesson. Enter checks, and then goes on to the next."""

    app = getters.app(TutorApp)
    BINDINGS = [
        Binding("enter", "enter", "Check", id="quiz.check", key_display="enter"),
        Binding("f1", "hint", "Hint", id="quiz.hint"),
        Binding("f2", "give_up", "Give up", id="quiz.give-up"),
        Binding("r", "again", "Try again", id="quiz.again"),
        Binding("pagedown", "go(1)", "Next", id="quiz.next", key_display="pgdn"),
        Binding("pageup", "go(-1)", "Before", id="quiz.previous", show=False, key_display="pgup"),
        Binding("escape", "dismiss(None)", "Back", id="quiz.back", key_display="esc"),
    ]

    def __init__(
        self, lesson: Lesson, first: Quiz | None = None, *, test_out: bool = False
    ) -> None:
        """Ask a lesson's questions.

        Args:
            lesson: Whose.
            first: Where to begin.
            test_out: One try at each, no hints; enough points pass the lesson unread.
        """
        super().__init__()
        self._test_out = test_out
        self._lesson = lesson
        self._questions = lesson.questions
        self._at = next((i for i, each in enumerate(self._questions) if each is first), 0)

    def compose(self) -> ComposeResult:
        """The question's page; it is filled anew for each question."""
        yield TopLine(self._lesson.title)
        yield QuestionView(self.app.tutor.quizzes)
        yield KeyLine()

    async def on_mount(self) -> None:
        """Put the first question."""
        await self._put()

    @property
    def _question(self) -> Quiz:
        return self._questions[self._at]

    @property
    def _page(self) -> QuestionView:
        return self.query_one(QuestionView)

    async def _put(self) -> None:
        """Show the question one is at."""
        self.query_one(TopLine).put(right=f"Question {self._at + 1} of {len(self._questions)}")
        await self._page.put(self._question, self._worth())
        self.refresh_bindings()

    def _worth(self) -> str:
        asking = self.app.tutor.quizzes.ask(self._question)
        words = f"{number(asking.worth)} of {points(self._question.points)}"
        if asking.record and asking.record.given_up:
            words = "given up: no points any more"
        elif asking.attempt > 1:
            words += f" on attempt {asking.attempt}"
        if self._test_out:
            words += " · test-out: one try, no hints"
        elif self._question.hints:
            words += " · hints are free"
        several = " · several may be right" if isinstance(self._question, Multiple) else ""
        return words + several

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now stands in the footer."""
        verdict = self._page.verdict if self.is_mounted else None
        if action == "again":
            return verdict is not None and not verdict.passed and not self._test_out
        if action in ("hint", "give_up"):
            return verdict is None and not self._test_out
        if action == "go":
            return not self._test_out
        return True

    @on(QuestionView.Judged)
    def _judged(self) -> None:
        self.refresh_bindings()

    async def action_enter(self) -> None:
        """Check the answer; after a verdict go on."""
        if self._page.verdict is not None:
            await self._go(1)
        else:
            self._page.check()

    def action_hint(self) -> None:
        """Open the next hint."""
        self._page.hint()

    def action_give_up(self) -> None:
        """Show the answer, after asking."""
        self._page.give_up()

    async def action_again(self) -> None:
        """Another try, with new values where the question has them."""
        await self._put()

    async def action_go(self, way: int) -> None:
        """On in a long question, then to the next, the one before, or at the end to the score card."""
        if not self._page.turn(way):
            await self._go(way)

    async def _go(self, way: int) -> None:
        if self._at + way >= len(self._questions):
            self._score()
        elif self._at + way >= 0:
            self._at += way
            await self._put()

    def _score(self) -> None:
        """The score card: every question with what it earned."""
        from tutor.ui.screens.score import ScoreScreen

        if self._test_out and self.app.tutor.quizzes.test_out(self._lesson):
            self.app.say(f"Tested out: {self._lesson.title} is passed.")
        self.app.switch_screen(ScoreScreen(self._lesson, self._questions))

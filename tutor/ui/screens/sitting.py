"""An attempt at a chapter's test: one question at a time, and nothing is told before the end."""

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from tutor.core.errors import TutorError
from tutor.core.lesson import Multiple, Quiz
from tutor.session.sittings import Sitting
from tutor.ui.app import TutorApp
from tutor.ui.screens.confirm import ConfirmScreen
from tutor.ui.widgets.bars import points
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.question import QuestionView
from tutor.ui.widgets.top_line import TopLine


class SittingScreen(Screen[None]):
    """Questions of a chapter's test. What stands there when one goes on is the answer."""

    app = getters.app(TutorApp)
    BINDINGS = [
        Binding(
            "enter",
            "keep",
            "Keep",
            id="sitting.keep",
            tooltip="Keep the answer and go on",
            key_display="enter",
        ),
        Binding("pagedown", "go(1)", "Next", id="sitting.next", key_display="pgdn"),
        Binding(
            "pageup", "go(-1)", "Before", id="sitting.previous", show=False, key_display="pgup"
        ),
        Binding("f2", "hand_in", "Hand in", id="sitting.hand-in"),
        Binding(
            "escape",
            "leave",
            "Leave",
            tooltip="Leave; the same test goes on later",
            id="sitting.back",
            key_display="esc",
        ),
    ]

    def __init__(self, sitting: Sitting) -> None:
        super().__init__()
        self._sitting = sitting
        self._at = self._first_open()

    def compose(self) -> ComposeResult:
        """The question's page; it is filled anew for each question."""
        yield TopLine(f"Test: {self._sitting.chapter.title}")
        yield QuestionView(self._sitting)
        yield KeyLine()

    async def on_mount(self) -> None:
        """Put the first question that has no answer."""
        await self._put()

    def _first_open(self) -> int:
        questions = self._sitting.questions
        return next((i for i, each in enumerate(questions) if each in self._sitting.open), 0)

    @property
    def _question(self) -> Quiz:
        return self._sitting.questions[self._at]

    @property
    def _page(self) -> QuestionView:
        return self.query_one(QuestionView)

    async def _put(self) -> None:
        question, count = self._question, len(self._sitting.questions)
        done = len(self._sitting.answers)
        self.query_one(TopLine).put(right=f"Question {self._at + 1} of {count} · {done} answered")
        answered = " · answered" if question.id in self._sitting.answers else ""
        several = " · several may be right" if isinstance(question, Multiple) else ""
        words = f"{points(question.points)} · reasons come at the end{answered}{several}"
        await self._page.put(question, words)

    # --- keys -------------------------------------------------------------------------------------

    def action_keep(self) -> None:
        """Keep the answer and go on; without one, say so."""
        self._page.check()

    @on(QuestionView.Kept)
    async def _kept(self) -> None:
        await self._go(1)

    async def action_go(self, way: int) -> None:
        """On in a long question, then to the next or the one before, answered or not."""
        if not self._page.turn(way):
            self._take()
            await self._go(way)

    async def _go(self, way: int) -> None:
        if self._at + way >= len(self._sitting.questions):
            self._offer()
        elif self._at + way >= 0:
            self._at += way
            await self._put()

    def action_hand_in(self) -> None:
        """Have it judged, after asking."""
        self._take()
        self._offer()

    def action_leave(self) -> None:
        """Back; the same test goes on later."""
        self._take()
        self.dismiss(None)

    def _take(self) -> None:
        """Take what stands there for the answer; an emptied field takes the answer back."""
        answer = self._page.answer
        try:
            if answer is not None:
                self._sitting.answer(self._question, answer)
                return
        except TutorError as error:
            self.app.complain(error)
        self._sitting.withdraw(self._question)

    # --- the end ----------------------------------------------------------------------------------

    @work(exclusive=True, group="hand-in", exit_on_error=False)
    async def _offer(self) -> None:
        missing, count = len(self._sitting.open), len(self._sitting.questions)
        words = f"All {count} questions are answered. The reasons come next."
        if missing:
            verb, they = ("has", "it") if missing == 1 else ("have", "they")
            words = f"{missing} of {count} {verb} no answer yet; {they} would earn nothing."
        if not await self.app.push_screen_wait(ConfirmScreen("Hand it in?", words, "Hand in")):
            self._at = self._first_open() if missing else self._at
            await self._put()
            return
        try:
            self._sitting.hand_in()
        except TutorError as error:
            self.app.complain(error)
        self.dismiss(None)

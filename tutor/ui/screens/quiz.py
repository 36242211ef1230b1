"""One question at a time, a reason after each, then the score card."""

import msgspec
from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from tutor.core.errors import TutorError
from tutor.core.lesson import Lesson, Multiple, Number, Output, Quiz, Shape, Single, TextAnswer
from tutor.core.quiz import Verdict
from tutor.session.quizzes import Asking
from tutor.ui.app import TutorApp
from tutor.ui.screens.confirm import ConfirmScreen
from tutor.ui.widgets.answers import Changed, ChoiceList, Offer, Submitted, TypedAnswer
from tutor.ui.widgets.bars import number, points
from tutor.ui.widgets.prose import Prose
from tutor.ui.widgets.top_line import TopLine

TYPED = (Number, TextAnswer, Shape, Output)


class QuizScreen(Screen[None]):
    """Questions of a lesson. Enter checks, and then goes on to the next."""

    app = getters.app(TutorApp)
    CSS_PATH = "quiz.tcss"
    BINDINGS = [
        Binding("enter", "enter", "Check", id="quiz.check", key_display="enter"),
        Binding("f1", "hint", "Hint", id="quiz.hint"),
        Binding("f2", "give_up", "Give up", id="quiz.give-up"),
        Binding("r", "again", "Try again", id="quiz.again"),
        Binding("pagedown", "go(1)", "Next", id="quiz.next", key_display="pgdn"),
        Binding("pageup", "go(-1)", "Before", id="quiz.previous", show=False, key_display="pgup"),
        Binding("escape", "dismiss(None)", "Back", id="quiz.back", key_display="esc"),
    ]

    def __init__(self, lesson: Lesson, first: Quiz | None = None) -> None:
        super().__init__()
        self._lesson = lesson
        self._questions: list[Quiz] = [
            block.body for block in lesson.blocks if isinstance(block.body, Quiz)
        ]
        self._at = next((i for i, each in enumerate(self._questions) if each is first), 0)
        self._verdict: Verdict | None = None

    def compose(self) -> ComposeResult:
        """The question's page; it is filled anew for each question."""
        yield TopLine(self._lesson.title)
        yield VerticalScroll(id="page", can_focus=False)
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        """Put the first question."""
        await self._put()

    @property
    def _question(self) -> Quiz:
        return self._questions[self._at]

    async def _put(self) -> None:
        """Show the question one is at."""
        self._verdict = None
        tutor = self.app.tutor
        asking = tutor.quizzes.ask(self._question)
        page = self.query_one("#page", VerticalScroll)
        answer: ChoiceList | TypedAnswer | Static
        if isinstance(self._question, Single | Multiple):
            answer = self._choices(self._question, asking)
        elif isinstance(self._question, TYPED):
            answer = TypedAnswer(asking)
        else:
            answer = Static(
                "This kind of question is answered on the command line for now: "
                f"dlwalk-tutor quiz {self._lesson.id}",
                markup=False,
                id="answer",
            )
        async with self.batch():
            await page.remove_children()
            await page.mount(
                Prose(
                    tutor.markdown(asking.asked.prompt),
                    id="prompt",
                    ascii=self.app.ascii_only,
                ),
                Static(id="worth", markup=False),
                answer,
                Static(id="hints", markup=False),
                Static(id="verdict", markup=False),
            )
        self._draw()
        if not isinstance(answer, Static):
            answer.focus()

    def _choices(self, question: Single | Multiple, asking: Asking) -> ChoiceList:
        plain = self.app.tutor.plain
        offers = [
            Offer(plain(each.text), plain(each.why), each.correct) for each in question.choice
        ]
        kept = msgspec.json.decode(asking.draft.encode(), type=list[int]) if asking.draft else []
        return ChoiceList(offers, several=isinstance(question, Multiple), chosen=kept)

    def _draw(self) -> None:
        asking = self.app.tutor.quizzes.ask(self._question)
        count = len(self._questions)
        self.query_one(TopLine).put(right=f"Question {self._at + 1} of {count}")
        if self._verdict is None:
            words = f"{number(asking.worth)} of {points(self._question.points)}"
            if asking.record and asking.record.given_up:
                words = "given up: no points any more"
            elif asking.attempt > 1:
                words += f" on attempt {asking.attempt}"
            several = " · several may be right" if isinstance(self._question, Multiple) else ""
            self.query_one("#worth", Static).update(Content.styled(words + several, "$quiet"))
        hints = [
            Content.assemble((f"Hint {i}: ", "bold $accent"), self.app.tutor.plain(hint))
            for i, hint in enumerate(asking.hints, 1)
        ]
        self.query_one("#hints", Static).update(Content("\n").join(hints))
        self.query_one("#hints").display = bool(hints)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now stands in the footer."""
        if action == "again":
            return self._verdict is not None and not self._verdict.passed
        if action in ("hint", "give_up"):
            return self._verdict is None
        return True

    # --- answering ------------------------------------------------------------------------------

    @on(Changed)
    def _keep(self, event: Changed) -> None:
        self.app.tutor.save_draft(self._question.id, event.draft)

    @on(Submitted)
    async def _submitted(self) -> None:
        await self.action_enter()

    async def action_enter(self) -> None:
        """Check the answer; after a verdict go on."""
        if self._verdict is not None:
            await self.action_go(1)
            return
        view = self.query_one("#answer")
        if not isinstance(view, ChoiceList | TypedAnswer):
            return
        answer = view.answer
        if answer is None:
            self._tell(Content.styled("Choose or type an answer first.", "$warning"))
            return
        try:
            self._verdict = self.app.tutor.quizzes.answer(self._question, answer)
        except TutorError as error:
            self._tell(Content.styled(str(error), "$warning"))
            return
        view.reveal()
        self._tell(self._words(self._verdict, with_why=isinstance(view, TypedAnswer)))
        self._draw()
        self.set_focus(None)

    def _words(self, verdict: Verdict, *, with_why: bool) -> Content:
        if verdict.passed:
            head = Content.styled("✓ Right.", "bold $success")
        elif verdict.points > 0:
            head = Content.styled("◐ Partly right.", "bold $warning")
        else:
            head = Content.styled("✗ Not yet.", "bold $error")
        earned = Content.styled(
            f"  {number(verdict.points)} of {points(verdict.maximum)}", "$quiet"
        )
        lines = [head + earned]
        if with_why:
            lines += [Content(self.app.tutor.plain(why)) for why in verdict.why]
        return Content("\n").join(lines)

    def _tell(self, words: Content) -> None:
        self.query_one("#verdict", Static).update(words)
        self.query_one("#verdict").scroll_visible(animate=False)

    def action_hint(self) -> None:
        """Open the next hint; it is recorded and takes no points."""
        if self.app.tutor.quizzes.hint(self._question) is None:
            self._tell(Content.styled("There is no further hint.", "$quiet"))
        self._draw()

    def action_give_up(self) -> None:
        """Show the answer, after asking."""

        def decided(yes: bool | None) -> None:
            if yes:
                self._verdict = self.app.tutor.quizzes.give_up(self._question)
                words = Content.assemble(
                    ("The answer: ", "bold"), self.app.tutor.plain(self._verdict.answer)
                )
                whys = [Content(self.app.tutor.plain(why)) for why in self._verdict.why]
                self._tell(Content("\n").join([words, *whys]))
                self._draw()

        self.app.push_screen(
            ConfirmScreen(
                "Give up on this question?",
                "You will see the answer. It can earn nothing any more; what it has earned stays.",
                "Give up",
            ),
            decided,
        )

    async def action_again(self) -> None:
        """Another try, with new values where the question has them."""
        await self._put()

    async def action_go(self, way: int) -> None:
        """To the next question, the one before, or at the end to the score card."""
        if self._at + way >= len(self._questions):
            await self._score()
        elif self._at + way >= 0:
            self._at += way
            await self._put()

    async def _score(self) -> None:
        """The score card: every question with what it earned."""
        from tutor.ui.screens.score import ScoreScreen

        self.app.switch_screen(ScoreScreen(self._lesson, self._questions))

"""One question: its text, a way to answer it, hints, the verdict and the reasons."""

from typing import ClassVar

import msgspec
from textual import getters, on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tutor.core.errors import TutorError
from tutor.core.lesson import Blank, Match, Multiple, Order, Output, Quiz, Single
from tutor.core.quiz import Answer, Asked, Verdict, gaps
from tutor.session.quizzes import Asker, Asking, Helper
from tutor.ui.app import TutorApp
from tutor.ui.screens.confirm import ConfirmScreen
from tutor.ui.widgets.answers import Changed, ChoiceList, Offer, Submitted, TypedAnswer
from tutor.ui.widgets.arranging import MatchList, OrderList
from tutor.ui.widgets.bars import number, points
from tutor.ui.widgets.blanks import Gaps
from tutor.ui.widgets.prose import Prose

AnswerView = ChoiceList | TypedAnswer | OrderList | MatchList | Gaps


class QuestionView(VerticalScroll, inherit_bindings=False):
    """A question, filled anew by `put`. Its page is turned by the screen, by `turn`."""

    app = getters.app(TutorApp)
    DEFAULT_CSS = """
    QuestionView { padding: 1 2; }
    QuestionView #prompt, QuestionView #answer, QuestionView #snippet,
    QuestionView #hints, QuestionView #verdict { max-width: 88; }
    QuestionView #worth { height: 1; margin: 1 0; }
    QuestionView #snippet { height: auto; margin-bottom: 1; padding: 0 1; background: $panel; }
    QuestionView #hints, QuestionView #verdict { height: auto; margin-top: 1; padding: 0 1; }
    """

    BINDINGS: ClassVar = [
        Binding("up", "scroll_up", "Line up", id="question.up", show=False),
        Binding("down", "scroll_down", "Line down", id="question.down", show=False),
    ]

    class Judged(Message):
        """There is a verdict, or a hint was opened: what can be done now has changed."""

    class Kept(Message):
        """The answer is kept; its verdict comes at the end of all."""

    def __init__(self, asker: Asker) -> None:
        super().__init__(id="page", can_focus=False)
        self._asker = asker
        self._question: Quiz | None = None
        self.verdict: Verdict | None = None

    async def put(self, question: Quiz, worth: str) -> None:
        """Show a question.

        Args:
            question: Which.
            worth: What answering it can earn, in words.
        """
        self._question, self.verdict = question, None
        asking = self._asker.ask(question)
        view = self._view(asking)
        tutor = self.app.tutor
        parts = [
            Prose(tutor.markdown(asking.asked.prompt), id="prompt", ascii=self.app.ascii_only),
            Static(Content.styled(worth, "$quiet"), id="worth"),
            *self._snippet(question),
            view,
            Static(id="hints", markup=False),
            Static(id="verdict", markup=False),
        ]
        async with self.batch():
            await self.remove_children()
            await self.mount(*parts)
        self._draw_hints(asking)
        view.focus(scroll_visible=False)  # a long question is read from its beginning

    def _snippet(self, question: Quiz) -> list[Static]:
        if not isinstance(question, Output):
            return []
        text = self.app.tutor.quizzes.snippet(question)
        return [Static(Content(text), id="snippet")]

    def _view(self, asking: Asking) -> AnswerView:
        plain, draft = self.app.tutor.plain, asking.draft
        question = asking.asked.question
        match question:
            case Single() | Multiple():
                offers = [Offer(plain(c.text), plain(c.why), c.correct) for c in question.choice]
                several = isinstance(question, Multiple)
                return ChoiceList(offers, several=several, chosen=_chosen(draft))
            case Order():
                items = [plain(question.items[index]) for index in asking.asked.order]
                return OrderList(items, draft)
            case Match():
                left = [plain(pair[0]) for pair in question.pairs]
                right = [plain(question.pairs[index][1]) for index in asking.asked.order]
                return MatchList(left, right, draft)
            case Blank():
                return Gaps(question.text, gaps(question), draft)
            case _:
                return TypedAnswer(asking)

    @property
    def answer(self) -> Answer | None:
        """What stands there as an answer; None before there is one."""
        return self._answer_view.answer

    @property
    def _answer_view(self) -> AnswerView:
        view = self.query_one("#answer")
        assert isinstance(view, AnswerView), "every question has a way to answer it"
        return view

    def turn(self, way: int) -> bool:
        """Turn the page where the question is longer than it; False where there is no more."""
        at, last = self.scroll_offset.y, self.max_scroll_y
        if (at >= last) if way > 0 else (at <= 0):
            return False
        self.scroll_relative(y=way * max(1, self.size.height - 2), animate=False)
        return True

    # --- what the screen's keys do ------------------------------------------------------------------

    def check(self) -> None:
        """Judge the answer that stands there."""
        if self._question is None or self.verdict is not None:
            return
        view = self._answer_view
        answer = view.answer
        if answer is None:
            whole = "Join every pair" if isinstance(view, MatchList) else "Choose or type an answer"
            self._tell(Content.styled(f"{whole} first.", "$warning"))
            return
        # Asked before it is judged: afterwards another attempt has other values.
        asked = self._asker.ask(self._question).asked
        try:
            verdict = self._asker.answer(self._question, answer)
        except TutorError as error:
            self._tell(Content.styled(str(error), "$warning"))
            return
        if verdict is None:
            self.post_message(self.Kept())
            return
        self.verdict = verdict
        self._reveal(view, asked)
        self._tell(self._words(verdict, with_why=not isinstance(view, ChoiceList)))
        self.screen.set_focus(None)
        self.post_message(self.Judged())

    def _reveal(self, view: AnswerView, asked: Asked) -> None:
        plain, question = self.app.tutor.plain, asked.question
        match view, question:
            case OrderList(), Order():
                view.reveal([plain(item) for item in question.items])
            case MatchList(), Match():
                view.reveal([plain(pair[1]) for pair in question.pairs])
            case Gaps(), Blank():
                view.reveal([question.accept[gap] for gap in gaps(question)])
            case ((ChoiceList() | TypedAnswer()), _):
                view.reveal()
            case _:
                raise AssertionError("a view belongs to its kind of question")

    def _words(self, verdict: Verdict, *, with_why: bool) -> Content:
        if verdict.passed:
            head = Content.styled("✓ Right.", "bold $success")
        elif verdict.points > 0:
            head = Content.styled("◐ Partly right.", "bold $warning")
        else:
            head = Content.styled("✗ Not yet.", "bold $error")
        earned = f"  {number(verdict.points)} of {points(verdict.maximum)}"
        lines = [head + Content.styled(earned, "$quiet")]
        if with_why:
            lines += [Content(self.app.tutor.plain(why)) for why in verdict.why]
        return Content("\n").join(lines)

    def hint(self) -> None:
        """Open the next hint; it is recorded and takes no points."""
        if self._question is None or not isinstance(self._asker, Helper):
            return
        if self._asker.hint(self._question) is None:
            self._tell(Content.styled("There is no further hint.", "$quiet"))
        self._draw_hints(self._asker.ask(self._question))
        self.post_message(self.Judged())

    def give_up(self) -> None:
        """Show the answer, after asking."""

        def decided(yes: bool | None) -> None:
            if yes:
                self.forget()

        self.app.push_screen(
            ConfirmScreen(
                "Give up on this question?",
                "You will see the answer. It can earn nothing any more; what it has earned stays.",
                "Give up",
            ),
            decided,
        )

    def forget(self) -> None:
        """Show the answer at once."""
        if self._question is None or self.verdict is not None:
            return
        if not isinstance(self._asker, Helper):
            return
        self.verdict = self._asker.give_up(self._question)
        plain = self.app.tutor.plain
        answer = Content.assemble(("The answer: ", "bold"), plain(self.verdict.answer))
        self._tell(Content("\n").join([answer, *(Content(plain(w)) for w in self.verdict.why)]))
        self.screen.set_focus(None)
        self.post_message(self.Judged())

    # --- details ------------------------------------------------------------------------------------

    def _tell(self, words: Content) -> None:
        said = self.query_one("#verdict", Static)
        said.update(words)
        said.scroll_visible(animate=False)

    def _draw_hints(self, asking: Asking) -> None:
        lines = [
            Content.assemble((f"Hint {i}: ", "bold $accent"), self.app.tutor.plain(hint))
            for i, hint in enumerate(asking.hints, 1)
        ]
        hints = self.query_one("#hints", Static)
        hints.update(Content("\n").join(lines))
        hints.display = bool(lines)

    @on(Changed)
    def _keep(self, event: Changed) -> None:
        event.stop()
        if self._question is not None and self.verdict is None:
            self._asker.save_draft(self._question, event.draft)

    @on(Submitted)
    def _submitted(self, event: Submitted) -> None:
        event.stop()
        self.check()


def _chosen(draft: str) -> list[int]:
    try:
        return msgspec.json.decode(draft.encode(), type=list[int])
    except msgspec.DecodeError:
        return []

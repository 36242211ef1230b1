"""A lesson: its text with live cards in it, opened where one stopped."""

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from tutor.core.errors import TutorError
from tutor.core.lesson import Code, Lesson, Run
from tutor.session.library import neighbour, source_of, title_of
from tutor.ui.app import TutorApp, open_test
from tutor.ui.doors import door
from tutor.ui.widgets.bars import number
from tutor.ui.widgets.card import Card
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.lesson_page import LessonPage
from tutor.ui.widgets.prose import Prose as ProseView
from tutor.ui.widgets.top_line import TopLine


class LessonScreen(Screen[None]):
    """A lesson to read. Enter goes on: down the page, into the next card, to the next lesson."""

    app = getters.app(TutorApp)
    AUTO_FOCUS = ""  # the first Enter reads on; it does not open a card
    BINDINGS = [
        Binding("enter", "go_on", "Go on", id="lesson.go", key_display="enter"),
        Binding("n", "card(1)", "Next card", id="lesson.next-card"),
        Binding("b", "card(-1)", "Card before", id="lesson.previous-card", show=False),
        Binding("space", "page(1)", "Page down", id="lesson.page-down", show=False),
        Binding("j,down", "line(1)", "Line down", id="lesson.down", show=False),
        Binding("k,up", "line(-1)", "Line up", id="lesson.up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="lesson.pagedown", show=False),
        Binding("pageup", "page(-1)", "Page up", id="lesson.pageup", show=False),
        Binding("home", "end(0)", "To the top", id="lesson.top", show=False),
        Binding("end", "end(1)", "To the end", id="lesson.end", show=False),
        Binding("t", "test_out", "Test out", id="lesson.test-out", show=False),
        Binding("l", "latex", "LaTeX", id="lesson.latex", tooltip="Formulas as LaTeX, or back"),
        Binding("y", "copy", "Copy", id="lesson.copy", tooltip="Copy the card or section"),
        Binding("g", "app.glossary", "Glossary", id="lesson.glossary"),
        Binding("right_square_bracket", "lesson(1)", "Next lesson", key_display="]", show=False),
        Binding("left_square_bracket", "lesson(-1)", "Lesson before", key_display="[", show=False),
        Binding("escape", "leave", "Home", id="lesson.home", key_display="esc"),
    ]

    def __init__(self, lesson: Lesson, block: int | None = None) -> None:
        super().__init__()
        self.lesson = lesson
        self._block = block
        self._left = False

    def compose(self) -> ComposeResult:
        """The page between a line of how things stand and the keys."""
        yield TopLine(self.lesson.title)
        yield LessonPage(self.lesson)
        yield KeyLine()

    def on_mount(self) -> None:
        """Start at the block one was at, and warm the worker where there is something to run."""
        self._draw_top()
        start = self._block
        if start is None:
            start = self.app.tutor.progress.places.get(self.lesson.id, 0)
        self.call_after_refresh(self._page.go_to, start)
        # Often enough that a cut connection costs a paragraph at most.
        self.set_interval(3.0, self._remember)
        if any(isinstance(block.body, Run | Code) for block in self.lesson.blocks):
            self._warm()

    @work(exclusive=True, group="warm", exit_on_error=False)
    async def _warm(self) -> None:
        try:
            await self.app.tutor.training.warm()
        except TutorError as error:
            self.app.complain(error)

    def on_screen_resume(self) -> None:
        """Show what was earned meanwhile."""
        self._page.redraw()
        self._draw_top()

    def on_screen_suspend(self) -> None:
        """Remember the place."""
        self._remember()

    def _remember(self) -> None:
        # Once it is left, the screen loses its focus, and with it the place.
        if not self._left and self.query(LessonPage):
            self.app.tutor.place(self.lesson, self.here)

    @property
    def _page(self) -> LessonPage:
        return self.query_one(LessonPage)

    @property
    def here(self) -> int:
        """Index of the block one is at."""
        return self._page.here

    def _draw_top(self) -> None:
        standing = self.app.tutor.standing(self.lesson)
        state = "passed · " if standing.passed else ""
        points = f"{number(standing.points)} of {number(standing.maximum)} points"
        left = f" · {round(standing.minutes_left)} min left" if standing.minutes_left else ""
        self.query_one(TopLine).put(right=f"{state}{points}{left}")

    # --- keys -----------------------------------------------------------------------------------------

    def action_go_on(self) -> None:
        """Focus the next card in view, else turn the page, at the end go to what comes next."""
        card, test = self._page.card_in_view(), self._page.ending.test
        if card is not None and card is not self.focused:
            self.set_focus(card)
        elif not self._page.at_end:
            self._page.turn(1)
        else:
            self.app.tutor.place(self.lesson, len(self.lesson.blocks) - 1)
            if test is None:
                self.action_lesson(1)
            else:
                open_test(self.app, test)

    def action_card(self, way: int) -> None:
        """Focus the next card, or the one before."""
        self._page.go_to_card(way)

    def action_page(self, way: int) -> None:
        """Turn the page."""
        self._page.turn(way)

    def action_line(self, way: int) -> None:
        """Scroll by a line."""
        self._page.line(way)

    def action_end(self, which: int) -> None:
        """Scroll to the top or to the end."""
        self._page.end(which)

    def action_latex(self) -> None:
        """Show formulas as LaTeX, or drawn again."""
        for prose in self.query(ProseView):
            prose.latex = not prose.latex

    def action_copy(self) -> None:
        """Copy the card or section one is at to the terminal's clipboard (OSC 52)."""
        body = self.lesson.blocks[self.here].body
        self.app.copy_to_clipboard(source_of(self.app.tutor, body))
        self.app.say(f"Copied: {title_of(body)[:40]}")

    def action_lesson(self, way: int) -> None:
        """Go to the next lesson, or the one before."""
        other = neighbour(self.app.tutor.course, self.lesson, way)
        if other is None:
            self.app.say("There is no lesson in that direction.")
            return
        self._remember()
        self._left = True
        self.app.switch_screen(LessonScreen(other))

    def action_leave(self) -> None:
        """Back to where one came from."""
        self._remember()
        self._left = True
        self.dismiss()

    # --- ways into the cards --------------------------------------------------------------------------

    @on(Card.Opened)
    def open_card(self, event: Card.Opened) -> None:
        """Open what a card stands for."""
        screen = door(self.lesson, event.body)
        if screen is None:
            self.app.say("This instrument comes with a later version.")
        else:
            self.app.push_screen(screen)

    def action_test_out(self) -> None:
        """Answer the questions at once; enough points pass the lesson."""
        from tutor.ui.screens.quiz import QuizScreen

        if self.app.tutor.quizzes.can_test_out(self.lesson):
            self.app.push_screen(QuizScreen(self.lesson, test_out=True))
        else:
            self.app.say("Testing out is for lessons with four questions, none of them tried yet.")

    @on(ProseView.LinkClicked)
    def _follow(self, event: ProseView.LinkClicked) -> None:
        """Links inside the course are followed; others are copied, never opened on this machine."""
        if event.href.startswith("lesson:"):
            try:
                self.app.open_lesson(self.app.tutor.lesson(event.href.removeprefix("lesson:")))
            except TutorError as error:
                self.app.complain(error)
        else:
            self.app.copy_to_clipboard(event.href)
            self.app.say(f"Copied {event.href}")

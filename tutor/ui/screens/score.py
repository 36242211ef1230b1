"""The score card at the end of a lesson's questions."""

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.lesson import Lesson, Quiz
from tutor.ui.app import TutorApp
from tutor.ui.widgets.bars import number, score_bar
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.top_line import TopLine


class ScoreScreen(Screen[None]):
    """What the questions earned, and what is still to be had."""

    app = getters.app(TutorApp)
    CSS_PATH = "score.tcss"
    BINDINGS = [
        Binding("enter,escape", "dismiss(None)", "Back to the lesson", id="score.back"),
        Binding("r", "retry", "Try the missed ones", id="score.retry"),
    ]

    def __init__(self, lesson: Lesson, questions: list[Quiz]) -> None:
        super().__init__()
        self._lesson = lesson
        self._questions = questions

    def compose(self) -> ComposeResult:
        """A line a question, then the sum."""
        yield TopLine(self._lesson.title, "Score")
        with VerticalScroll(id="page"):
            yield Static(self._card(), markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """The card scrolls by keys."""
        self.query_one("#page").focus()

    def _card(self) -> Content:
        standing = self.app.tutor.standing(self._lesson)
        lines: list[Content] = []
        earned = most = 0.0
        for index, question in enumerate(self._questions, 1):
            block = standing.blocks[question.id]
            earned, most = earned + block.earned, most + block.maximum
            mark = ("✓", "$success") if block.passed else ("✗", "$error")
            if not block.attempts and not block.passed:
                mark = ("○", "$ghost")
            points = f"{number(block.earned)}/{number(block.maximum)}"
            title = Content(self.app.tutor.title(question).split("\n")[0])
            title = title.truncate(56, ellipsis=True)
            pad = " " * max(1, 58 - title.cell_length)
            lines.append(
                Content.assemble(mark, f" {index:>2}  ", title, pad, (f"{points:>7}", "$quiet"))
            )
        lines.append(Content(""))
        lines.append(
            Content.assemble(
                ("Questions  ", "bold"),
                score_bar(earned, most, 20),
                f"  {number(earned)} of {number(most)}",
            )
        )
        state = "passed" if standing.passed else f"passes at {number(standing.needed)} points"
        lines.append(
            Content.assemble(
                ("Lesson     ", "bold"),
                score_bar(standing.points, standing.maximum, 20),
                f"  {number(standing.points)} of {number(standing.maximum)}, {state}",
            )
        )
        return Content("\n").join(lines)

    def _missed(self) -> Quiz | None:
        standing = self.app.tutor.standing(self._lesson)
        return next((each for each in self._questions if not standing.blocks[each.id].passed), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing missed, nothing to try again."""
        return self._missed() is not None if action == "retry" else True

    def action_retry(self) -> None:
        """Back to the first question that is not right yet."""
        from tutor.ui.screens.quiz import QuizScreen

        self.app.switch_screen(QuizScreen(self._lesson, self._missed()))

"""Review: what memory needs now, one at a time; then what comes when, and what sits how well."""

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.lesson import Code, Quiz
from tutor.ui.app import TutorApp
from tutor.ui.screens.recall import RecallScreen
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.question import QuestionView
from tutor.ui.widgets.top_line import TopLine

DAYS = 14
TOPICS = 6


class ReviewScreen(Screen[None]):
    """Due questions and small code exercises. Nothing here changes a score."""

    app = getters.app(TutorApp)
    CSS_PATH = "review.tcss"
    BINDINGS = [
        Binding("enter", "enter", "Check", id="review.check", key_display="enter"),
        Binding("f1", "hint", "Hint", id="review.hint", tooltip="With a hint it counts as hard"),
        Binding("f2", "give_up", "Forgotten", id="review.give-up"),
        Binding("e", "easy", "Easy", id="review.easy", tooltip="It will come back later"),
        Binding("u", "undo", "Undo", id="review.undo", tooltip="Take back a mis-keyed answer"),
        Binding("pagedown", "turn(1)", "Page down", id="review.down", show=False),
        Binding("pageup", "turn(-1)", "Page up", id="review.up", show=False),
        Binding("escape", "dismiss(None)", "Back", id="review.back", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._queue: list[Quiz | Code] = []
        self._reviewed = 0

    def compose(self) -> ComposeResult:
        """A question's page, or what there is to say when none is due."""
        yield TopLine("Review")
        yield QuestionView(self.app.tutor.reviewing)
        with VerticalScroll(id="outlook"):
            yield Static(id="words", markup=False)
        yield KeyLine()

    async def on_mount(self) -> None:
        """Begin with what is most nearly forgotten."""
        self._queue = self.app.tutor.reviewing.due()
        await self._next()

    @property
    def _page(self) -> QuestionView:
        return self.query_one(QuestionView)

    async def _next(self) -> None:
        """Put what is first in the queue, or say that nothing is left."""
        left = len(self._queue)
        self.query_one(TopLine).put(right=f"{left} due" if left else "nothing due")
        item = self._queue[0] if self._queue else None
        question = item if isinstance(item, Quiz) else None
        self._page.display = question is not None
        self.query_one("#outlook").display = question is None
        if question is not None:
            lesson = self.app.tutor.reviewing.lesson(question)
            await self._page.put(question, f"from {lesson.title}")
        elif isinstance(item, Code):
            self._say(Content(f"Write again from memory: {item.title}"))
            self.app.push_screen(RecallScreen(item), self._recalled)
        else:
            self._say(self._outlook())
            self.query_one("#outlook").focus()
        self.refresh_bindings()

    async def _recalled(self, concluded: bool | None) -> None:
        if not concluded:
            self.dismiss(None)
            return
        await self._advance()

    async def _advance(self) -> None:
        self._queue.pop(0)
        self._reviewed += 1
        await self._next()

    # --- when nothing is left -----------------------------------------------------------------------

    def _say(self, words: Content) -> None:
        self.query_one("#words", Static).update(words)

    def _outlook(self) -> Content:
        reviewing = self.app.tutor.reviewing
        lines = [Content.styled(self._headline(), "bold"), Content("")]
        counts = reviewing.forecast(DAYS)
        if any(counts):
            lines += [Content.styled("The next two weeks", "bold $secondary"), *_bars(counts)]
        strengths = reviewing.strengths()[:TOPICS]
        if strengths:
            lines += [Content(""), Content.styled("Weakest first", "bold $secondary")]
            lines += [
                Content.assemble(
                    (f"{each.recalled:5.0%} ", "$foreground"),
                    ("remembered  ", "$quiet"),
                    each.topic,
                    (f"  {each.blocks} questions" if each.blocks > 1 else "", "$quiet"),
                )
                for each in strengths
            ]
        return Content("\n").join(lines)

    def _headline(self) -> str:
        if self._reviewed:
            return f"Done: {self._reviewed} reviewed."
        if not self.app.tutor.reviewing.memories():
            return "Nothing to review yet. What you answer in a lesson comes back the next day."
        return "Nothing is due now."

    # --- keys -----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now stands in the footer."""
        asking = self.is_mounted and bool(self._queue) and self._page.display
        judged = asking and self._page.verdict is not None
        if action == "enter":
            return asking
        if action in ("hint", "give_up"):
            return asking and not judged
        if action == "easy":
            done = self.app.tutor.reviewing.done
            return judged and bool(done) and done[-1].rating == 3
        if action == "undo":
            return bool(self.app.tutor.reviewing.done)
        return True

    @on(QuestionView.Judged)
    def _judged(self) -> None:
        self.refresh_bindings()

    async def action_enter(self) -> None:
        """Check the answer; after a verdict go on."""
        if not self._queue or not self._page.display:
            return
        if self._page.verdict is not None:
            await self._advance()
        else:
            self._page.check()

    def action_turn(self, way: int) -> None:
        """Turn the page of a long question."""
        self._page.turn(way)

    def action_hint(self) -> None:
        """Open a hint."""
        self._page.hint()

    def action_give_up(self) -> None:
        """See the answer; it counts as forgotten."""
        self._page.forget()

    async def action_easy(self) -> None:
        """That was easy: it may wait longer."""
        self.app.tutor.reviewing.easy()
        await self._advance()

    async def action_undo(self) -> None:
        """Take the last one back and ask it again."""
        item = self.app.tutor.reviewing.undo()
        if item is None:
            return
        if not (self._queue and self._queue[0] is item):
            self._queue.insert(0, item)
            self._reviewed -= 1
        await self._next()


def _bars(counts: list[int]) -> list[Content]:
    """A row a day, as far as there is anything to come."""
    most = max(counts)
    last = max(day for day, count in enumerate(counts) if count)
    names = ["today", "tomorrow"]
    rows = []
    for day, count in enumerate(counts[: last + 1]):
        name = names[day] if day < len(names) else f"in {day} days"
        bar = "━" * max(1, round(24 * count / most)) if count else ""
        rows.append(
            Content.assemble((f"{name:>10}  ", "$quiet"), (bar, "$primary"), f" {count or ''}")
        )
    return rows

"""A directive in a lesson: what it asks, what the learner has of it, and a way in."""

from typing import NamedTuple

from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tutor.core.lesson import (
    Body,
    Code,
    Directive,
    Lab,
    Multiple,
    Predict,
    Quiz,
    Reflect,
    Run,
    Single,
)
from tutor.core.progress import BlockRecord
from tutor.session.training import installed
from tutor.session.tutor import Tutor
from tutor.ui.widgets.bars import earned


class Face(NamedTuple):
    """What a card shows."""

    kind: str
    title: str
    lines: tuple[str, ...]
    state: str
    """What the learner has of it: empty, or words such as `3 of 3 points`."""
    done: bool | None
    """Passed, tried without a pass, or (None) not tried."""
    way: str
    """What Enter does."""


def face(tutor: Tutor, body: Body) -> Face:
    """Read a card off a directive and the progress on it."""
    record = tutor.progress.blocks.get(body.id) if isinstance(body, Directive) else None
    state, done = _state(record)
    match body:
        case Run():
            return Face("Train", body.title, _run_lines(body), state, done, "open the lab")
        case Code():
            where = f"Your file: {tutor.coding.where(body)}"
            return Face("Code", body.title, (where,), state, done, "write and check")
        case Predict():
            said = tutor.predicting.committed(body)
            lines = (_said(tutor, body, said),) if said is not None else ()
            way = "see it again" if said is not None else "make your bet"
            return Face("Predict", tutor.plain(body.prompt), lines, state, done, way)
        case Reflect():
            wrote = body.id in tutor.progress.reflections
            state, done = ("in your notebook", True) if wrote else ("", None)
            return Face("Notebook", tutor.plain(body.prompt), (), state, done, "write")
        case Lab():
            return Face("Lab", body.title, (), state, done, "set it up")
        case Single() | Multiple():
            asking = tutor.quizzes.ask(body)
            choices = tuple(f"○ {tutor.plain(each.text)}" for each in body.choice)
            return Face(
                "Question", tutor.plain(asking.asked.prompt), choices, state, done, "answer"
            )
        case _ if isinstance(body, Quiz):
            asking = tutor.quizzes.ask(body)
            return Face("Question", tutor.plain(asking.asked.prompt), (), state, done, "answer")
        case _:
            return Face("", "", (), "", None, "")


def _run_lines(run: Run) -> tuple[str, ...]:
    goal = f"Goal: {run.goal}"
    if installed(run.needs):
        return (goal,)
    return goal, f"It needs `{run.needs}`, an extra that is not installed here."


def _said(tutor: Tutor, predict: Predict, index: int) -> str:
    if predict.mode == "sketch":
        return "You drew a curve."
    return f"You said: {tutor.plain(predict.choice[index].text or predict.choice[index].case)}"


def _state(record: BlockRecord | None) -> tuple[str, bool | None]:
    if record is None or not (record.attempts or record.given_up):
        return "", None
    words = earned(record.best or 0.0, record.maximum)
    if record.given_up:
        words += ", given up"
    return words, record.passed


class Card(Widget, can_focus=True):
    """A directive as a card; Enter or a click opens it."""

    DEFAULT_CSS = """
    Card {
        height: auto;
        width: 1fr;
        max-width: 88;
        margin: 0 2 1 2;
        padding: 0 1;
        border: round $ghost;
        border-title-color: $quiet;
        border-subtitle-color: $quiet;
        background: $surface;
    }
    Card:focus {
        border: round $primary;
        border-title-color: $primary;
        background: $panel;
    }
    Card.passed { border-subtitle-color: $success; }
    Card.tried { border-subtitle-color: $warning; }
    """

    BINDINGS = [Binding("enter", "open", "Open", id="card.open", key_display="enter")]

    class Opened(Message):
        """The learner wants into this card."""

        def __init__(self, body: Body) -> None:
            super().__init__()
            self.body = body

    def __init__(self, tutor: Tutor, body: Body, index: int) -> None:
        super().__init__()
        self._tutor = tutor
        self.body = body
        self.index = index
        """Place of the block in its lesson."""
        self.redraw()

    def redraw(self) -> None:
        """Read the card anew after something was recorded."""
        self._face = found = face(self._tutor, self.body)
        mark = {True: "✓ ", False: "✗ ", None: ""}[found.done]
        self.border_title = Content(found.kind)
        self.border_subtitle = Content(f"{mark}{found.state}" if found.state else "not tried yet")
        self.set_class(found.done is True, "passed")
        self.set_class(found.done is False, "tried")
        self.refresh(layout=True)

    def render(self) -> RenderResult:
        """Title, lines, and what Enter does."""
        found = self._face
        lines = [Content.styled(found.title, "bold")]
        lines += [Content.styled(line, "$quiet") for line in found.lines]
        lines.append(Content.assemble(("enter ", "bold $accent"), (found.way, "$quiet")))
        return Content("\n").join(lines)

    def action_open(self) -> None:
        """Say that the learner wants in."""
        self.post_message(self.Opened(self.body))

    def on_click(self) -> None:
        """A click is Enter."""
        self.action_open()

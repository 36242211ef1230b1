"""Ways to answer a question: a list to choose from, or a field to type into."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

import msgspec
from textual import events
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tutor.core.lesson import Number, Quiz
from tutor.core.quiz import Answer
from tutor.core.text import visible
from tutor.session.quizzes import Asking


class Changed(Message):
    """The answer is another one now; `draft` is what to keep."""

    def __init__(self, draft: str) -> None:
        super().__init__()
        self.draft = draft


class Submitted(Message):
    """The learner wants this answer judged."""


class Offer(NamedTuple):
    """One thing to choose."""

    text: str
    why: str
    correct: bool
    picture: str = ""
    """A line under the text, such as a small curve."""


class ChoiceList(Widget, can_focus=True):
    """One or several of a few choices, by arrows, by number or by mouse."""

    DEFAULT_CSS = """
    ChoiceList { height: auto; width: 1fr; padding: 0 1; }
    ChoiceList:focus { background: $surface; }
    """
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", "Up", id="choice.up", show=False),
        Binding("down,j", "move(1)", "Down", id="choice.down", show=False),
        Binding("space", "choose", "Choose", id="choice.choose", key_display="space"),
    ]

    def __init__(
        self,
        choices: Sequence[Offer],
        *,
        several: bool = False,
        chosen: Iterable[int] = (),
    ) -> None:
        super().__init__(id="answer")
        self._several = several
        self._offers = choices
        self._chosen = {index for index in chosen if index < len(choices)}
        self._cursor = min(self._chosen, default=0)
        self._revealed = False

    @property
    def answer(self) -> Answer | None:
        """The choice, or choices; None before there is one."""
        if self._several:
            return tuple(sorted(self._chosen)) if self._chosen else None
        return min(self._chosen, default=None)

    def reveal(self) -> None:
        """Show which were right, and why, for what was chosen and what was missed."""
        self._revealed = True
        self.refresh(layout=True)

    def render(self) -> RenderResult:
        """A line a choice; the reasons under it once revealed."""
        width = max(10, self.content_size.width - 6)
        lines: list[Content] = []
        for index in range(len(self._offers)):
            lines.extend(self._choice_lines(index, width))
        return Content("\n").join(lines)

    def _choice_lines(self, index: int, width: int) -> list[Content]:
        chosen = index in self._chosen
        box = ("[x]" if chosen else "[ ]") if self._several else "(•)" if chosen else "( )"
        cursor = "›" if index == self._cursor and self.has_focus and not self._revealed else " "
        style = "bold" if chosen else ""
        wrapped = Content(self._offers[index].text).wrap(width) or [Content("")]
        head = Content.assemble((cursor, "$accent"), (box, "$accent" if chosen else "$quiet"), " ")
        lines = [head + wrapped[0].stylize(style)]
        lines += [Content(" " * 5) + line.stylize(style) for line in wrapped[1:]]
        if self._offers[index].picture:
            lines.append(Content(" " * 5 + self._offers[index].picture).stylize("$train"))
            lines.append(Content(""))
        if self._revealed:
            right = self._offers[index].correct
            # What was neither chosen nor right needs no comment on a first look.
            if chosen or right:
                word, colour = ("✓ right", "$success") if right else ("✗ wrong", "$error")
                if right and not chosen:
                    word = "✓ missed"
                why = Content.assemble((f"{word}: ", colour), (self._offers[index].why, "$quiet"))
                lines += [Content(" " * 5) + line for line in why.wrap(width)]
        return lines

    def action_move(self, way: int) -> None:
        """Move the cursor; for one choice the cursor is only a look, space or a number chooses."""
        if not self._revealed:
            self._cursor = (self._cursor + way) % len(self._offers)
            self.refresh()

    def action_choose(self) -> None:
        """Choose what is under the cursor."""
        self.choose(self._cursor)

    def choose(self, index: int) -> None:
        """Choose, or for several choices also un-choose."""
        if self._revealed or not 0 <= index < len(self._offers):
            return
        self._cursor = index
        if self._several:
            self._chosen ^= {index}
        else:
            self._chosen = {index}
        self.post_message(Changed(msgspec.json.encode(sorted(self._chosen)).decode()))
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """A digit chooses at once."""
        if event.key.isdecimal() and event.key != "0":
            self.choose(int(event.key) - 1)
            event.stop()

    def on_click(self, event: events.Click) -> None:
        """A click chooses the line under the mouse."""
        width = max(10, self.content_size.width - 6)
        row = event.y
        for index in range(len(self._offers)):
            row -= len(self._choice_lines(index, width))
            if row < 0:
                self.choose(index)
                return

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()


class Field(Input):
    """A line to type in, whose Enter says what it does."""

    BINDINGS = [Binding("enter", "submit", "Check", key_display="enter")]


class TypedAnswer(Widget):
    """A number, a word or a shape, typed."""

    DEFAULT_CSS = """
    TypedAnswer { height: auto; width: 1fr; layout: horizontal; padding: 0 1; }
    TypedAnswer Input { width: 40; border: round $ghost; background: $background; }
    TypedAnswer Input:focus { border: round $primary; }
    TypedAnswer .unit { width: auto; padding: 1 1; color: $quiet; }
    """

    def __init__(self, asking: Asking) -> None:
        super().__init__(id="answer")
        self._draft = asking.draft
        self._question: Quiz = asking.asked.question

    def compose(self) -> ComposeResult:
        """The field and its unit."""
        number = isinstance(self._question, Number)
        yield Field(
            value=self._draft,
            placeholder="a number, like 0.5, 1e-3 or 1/4" if number else "your answer",
        )
        if isinstance(self._question, Number) and self._question.unit:
            yield Static(visible(self._question.unit), classes="unit", markup=False)

    @property
    def _field(self) -> Input:
        return self.query_one(Input)

    def focus(self, scroll_visible: bool = True, **options: bool) -> "TypedAnswer":
        """Focus the field."""
        self._field.focus(scroll_visible)
        return self

    @property
    def answer(self) -> Answer | None:
        """What was typed; None where nothing was."""
        return self._field.value.strip() or None

    def reveal(self) -> None:
        """Nothing more is typed now."""
        self._field.disabled = True

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what is being typed."""
        event.stop()
        self.post_message(Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field asks for the verdict."""
        event.stop()
        self.post_message(Submitted())

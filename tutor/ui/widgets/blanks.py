"""Filling the gaps of a text or of code."""

import re
from collections.abc import Sequence

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tutor.core.quiz import Answer
from tutor.core.text import visible
from tutor.ui.widgets.answers import Changed, Submitted


class Gaps(Widget):
    """The text with its gaps numbered, and a field for each."""

    DEFAULT_CSS = """
    Gaps { height: auto; width: 1fr; padding: 0 1; }
    Gaps #text { height: auto; padding: 0 1; background: $panel; margin-bottom: 1; }
    Gaps Horizontal { height: auto; }
    Gaps .number { width: 5; padding: 1 1 0 1; color: $accent; }
    Gaps Input { width: 40; border: round $ghost; background: $background; }
    Gaps Input:focus { border: round $primary; }
    Gaps .said { width: 1fr; height: auto; padding: 1 1 0 1; }
    """

    def __init__(self, text: str, names: Sequence[str], draft: str = "") -> None:
        """Show the gaps.

        Args:
            text: With gaps `{{1}}`.
            names: The gaps' names in the order of the answer.
            draft: An answer that was begun.
        """
        super().__init__(id="answer")
        self._text = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"[\1]____", visible(text))
        self._names = names
        try:
            self._kept = msgspec.json.decode(draft.encode(), type=list[str])
        except msgspec.DecodeError:
            self._kept = []

    def compose(self) -> ComposeResult:
        """The text, then a field for each gap."""
        yield Static(self._text, id="text", markup=False)
        for index, name in enumerate(self._names):
            with Horizontal():
                yield Static(f"[{name}]", classes="number", markup=False)
                value = self._kept[index] if index < len(self._kept) else ""
                yield Input(value=value, placeholder="what belongs here")
                yield Static(classes="said", markup=False)

    @property
    def _fields(self) -> list[Input]:
        return list(self.query(Input))

    def focus(self, scroll_visible: bool = True, **options: bool) -> "Gaps":
        """Focus the first empty field."""
        fields = self._fields
        next((field for field in fields if not field.value), fields[0]).focus(scroll_visible)
        return self

    @property
    def answer(self) -> Answer | None:
        """What was typed, gap by gap; None where nothing was."""
        typed = tuple(field.value.strip() for field in self._fields)
        return typed if any(typed) else None

    def reveal(self, right: Sequence[Sequence[str]]) -> None:
        """Show which gaps are filled rightly.

        Args:
            right: The forms that each gap takes.
        """
        for field, said, forms in zip(self._fields, self.query(".said"), right, strict=True):
            field.disabled = True
            assert isinstance(said, Static)
            squeezed = "".join(field.value.split())
            if squeezed in {"".join(form.split()) for form in forms}:
                said.update(Content.styled("✓ right", "$success"))
            else:
                said.update(Content.assemble(("✗ ", "$error"), forms[0]))

    def on_key(self, event: events.Key) -> None:
        """The arrows go from field to field."""
        if event.key in ("up", "down"):
            fields = self._fields
            here = next((i for i, field in enumerate(fields) if field.has_focus), 0)
            fields[(here + (1 if event.key == "down" else -1)) % len(fields)].focus()
            event.stop()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what is being typed."""
        event.stop()
        typed = [field.value for field in self._fields]
        self.post_message(Changed(msgspec.json.encode(typed).decode()))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next empty field, and from the last one asks for the verdict."""
        event.stop()
        empty = next((field for field in self._fields if not field.value.strip()), None)
        if empty is not None:
            empty.focus()
        else:
            self.post_message(Submitted())

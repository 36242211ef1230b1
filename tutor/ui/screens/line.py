"""One line to write: what it is for, and a field."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class LineScreen(ModalScreen[str | None]):
    """Write a line; enter keeps it, esc leaves things as they were."""

    CSS_PATH = "line.tcss"
    BINDINGS = [Binding("escape", "dismiss(None)", "Back", id="line.back", key_display="esc")]

    def __init__(self, title: str, text: str, example: str = "") -> None:
        """A field with what stands there by now.

        Args:
            title: What is written.
            text: How it stands.
            example: Shown while the field is empty.
        """
        super().__init__()
        self._title, self._text, self._example = title, text, example

    def compose(self) -> ComposeResult:
        """The title, the field and the keys."""
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="strong", markup=False)
            field = Input(self._text, placeholder=self._example)
            field.cursor_blink = False  # at rest nothing is sent
            yield field
            yield Static("enter keep · esc leave as it was", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Ready to write."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the line over."""
        self.dismiss(event.value)

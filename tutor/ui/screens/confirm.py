"""A yes or a no before something that cannot simply be undone."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class ConfirmScreen(ModalScreen[bool]):
    """Asks one question; Esc and `n` are no, `y` is yes."""

    CSS_PATH = "confirm.tcss"
    BINDINGS = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no"),
    ]

    def __init__(self, question: str, consequence: str = "", yes: str = "Yes") -> None:
        super().__init__()
        self._question, self._consequence, self._yes = question, consequence, yes

    def compose(self) -> ComposeResult:
        """The question, what follows from yes, and both answers."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="strong", markup=False)
            if self._consequence:
                yield Static(self._consequence, classes="quiet", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("No  n", id="no")
                yield Button(f"{self._yes}  y", id="yes", variant="primary")

    def on_mount(self) -> None:
        """No is the safe answer and has the focus."""
        self.query_one("#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer by button."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)

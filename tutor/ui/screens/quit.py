"""Leaving while something trains: stop it, or leave it training."""

from typing import Literal

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tutor.session.live_run import LiveRun

Choice = Literal["stay", "stop", "leave"]


class QuitScreen(ModalScreen[Choice]):
    """Asks what should become of the runs that still train."""

    CSS_PATH = "quit.tcss"
    BINDINGS = [
        Binding("l", "choose('leave')", "Leave it training", id="quit.leave"),
        Binding("s", "choose('stop')", "Stop it", id="quit.stop"),
        Binding("escape", "choose('stay')", "Stay", id="quit.stay"),
    ]

    def __init__(self, running: list[LiveRun], note: str = "") -> None:
        """Runs that train.

        Args:
            running: The runs.
            note: What else to know of leaving them.
        """
        super().__init__()
        self._runs, self._note = running, note

    def compose(self) -> ComposeResult:
        """What trains, and the three ways."""
        count = len(self._runs)
        with Vertical(classes="dialog"):
            words = "A run is still training:" if count == 1 else f"{count} runs still train:"
            yield Static(words, classes="strong", markup=False)
            for live in self._runs:
                total = f" of {live.total_steps}" if live.total_steps else ""
                yield Static(f"  {live.exercise.title}, step {live.step}{total}", markup=False)
            yield Static(
                "Left alone it trains on without you, and the next start shows the whole curve.",
                classes="quiet",
                markup=False,
            )
            if self._note:
                yield Static(self._note, classes="quiet", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Stay  esc", id="stay")
                yield Button("Stop it  s", id="stop")
                yield Button("Leave it training  l", id="leave", variant="primary")

    def on_mount(self) -> None:
        """Leaving it loses nothing and has the focus."""
        self.query_one("#leave").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Choose by button."""
        self.action_choose(event.button.id or "stay")

    def action_choose(self, choice: str) -> None:
        """Choose by key."""
        self.dismiss("leave" if choice == "leave" else "stop" if choice == "stop" else "stay")

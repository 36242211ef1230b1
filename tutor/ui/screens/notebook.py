"""A page of the lab notebook: a question to oneself."""

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static, TextArea

from tutor.core.lesson import Reflect
from tutor.ui.app import TutorApp
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.prose import Prose
from tutor.ui.widgets.top_line import TopLine


class NotebookScreen(Screen[None]):
    """Write what you think; nobody grades it, and every key is kept."""

    app = getters.app(TutorApp)
    CSS_PATH = "notebook.tcss"
    BINDINGS = [Binding("escape", "leave", "Keep and go back", id="notebook.back")]

    def __init__(self, reflect: Reflect) -> None:
        super().__init__()
        self._reflect = reflect

    def compose(self) -> ComposeResult:
        """The question and room to write."""
        tutor = self.app.tutor
        begun = tutor.draft(self._reflect.id) or tutor.progress.reflections.get(self._reflect.id)
        yield TopLine("Lab notebook", "not graded")
        with Vertical(id="page"):
            yield Prose(tutor.markdown(self._reflect.prompt), ascii=self.app.ascii_only)
            yield TextArea(begun or "", soft_wrap=True, show_line_numbers=False)
            yield Static("Kept as you type; esc goes back.", classes="quiet", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Ready to write."""
        self.query_one(TextArea).focus()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep every key."""
        self.app.tutor.save_draft(self._reflect.id, event.text_area.text)

    def action_leave(self) -> None:
        """Write the reflection down and go back."""
        tutor = self.app.tutor
        text = self.query_one(TextArea).text.strip()
        if text and text != tutor.progress.reflections.get(self._reflect.id):
            tutor.reflect(self._reflect.id, text)
        self.dismiss()

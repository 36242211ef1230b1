"""Find a word in the lessons."""

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tutor.session.library import Hit, search
from tutor.ui.app import TutorApp


class SearchScreen(ModalScreen[None]):
    """Type, and every place that holds the word is listed; Enter goes there."""

    app = getters.app(TutorApp)
    CSS_PATH = "search.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Back", id="search.back"),
        Binding("down", "into_list", "To the list", id="search.list", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._hits: list[Hit] = []

    def compose(self) -> ComposeResult:
        """The field and what it finds."""
        with Vertical(classes="dialog"):
            yield Input(placeholder="Search the lessons", id="wanted")
            yield OptionList(id="hits", markup=False)
            yield Static("enter open · ↓ to the list · esc back", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one("#wanted").focus()

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self._hits = search(self.app.tutor.course, event.value)
        hits = self.query_one("#hits", OptionList)
        hits.clear_options()
        for hit in self._hits:
            line = Content.assemble((f"{hit.lesson.title}  ", "bold"), (hit.excerpt, "$quiet"))
            hits.add_option(Option(line))
        if event.value.strip() and not self._hits:
            hits.add_option(Option("No lesson holds that.", disabled=True))

    @on(Input.Submitted)
    def _first(self) -> None:
        if self._hits:
            self._go(self._hits[0])

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._go(self._hits[event.option_index])

    def _go(self, hit: Hit) -> None:
        self.dismiss(None)
        self.app.open_lesson(hit.lesson, hit.block)

    def action_into_list(self) -> None:
        """Leave the field for the list."""
        if self._hits:
            hits = self.query_one("#hits", OptionList)
            hits.focus()
            hits.highlighted = 0

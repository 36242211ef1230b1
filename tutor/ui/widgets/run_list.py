"""The runs that were found, with the field that finds them; marks and order are kept here."""

from typing import Literal

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from tutor.core.browsing import Browsing
from tutor.core.ledger import Entry
from tutor.core.marks import MOST
from tutor.core.text import visible
from tutor.ui.app import TutorApp
from tutor.ui.widgets.rows import RowsHead
from tutor.ui.widgets.run_panel import Seen
from tutor.ui.widgets.run_table import RunTable

QUERY = "words  #tag  learning_rate>0.01  test/accuracy>=0.9  -failed"
WRITE_SECONDS = 0.25


class RunList(Vertical):
    """The list of runs, as far as they were found."""

    app = getters.app(TutorApp)
    DEFAULT_CSS = """
    RunList #find { height: 1; border: none; padding: 0 1; background: $panel; display: none; }
    """

    class Moved(Message):
        """The cursor stands on another run, or another list is shown."""

    class Marked(Message):
        """Other runs are marked."""

    def __init__(self, browsing: Browsing) -> None:
        super().__init__()
        self.browsing = browsing
        self._writing: Timer | None = None

    def compose(self) -> ComposeResult:
        """The list; while one writes what to look for, the field stands in place of its head."""
        field = Input(placeholder=QUERY, id="find")
        field.cursor_blink = False  # at rest nothing is sent
        yield field
        yield RowsHead()
        yield RunTable(self.browsing.marks, self.app.glyphs)

    @property
    def here(self) -> Entry | None:
        """The run under the cursor."""
        return self.query_one(RunTable).current

    @property
    def seen(self) -> Seen:
        """What there is to look at."""
        browsing = self.browsing
        return Seen(browsing.marked(), self.here, browsing.listed, browsing.metric)

    @property
    def state(self) -> str:
        """Where the cursor is, and what is listed in which order."""
        return visible(self.browsing.state(self.query_one(RunTable).chosen))

    def draw(self) -> None:
        """Show what is found by now."""
        table = self.query_one(RunTable)
        table.words = self._nothing()
        table.show(self.browsing.listed, self.browsing.metric)
        self.post_message(self.Moved())

    def touch(self, *changed: Entry) -> None:
        """Runs that train have other values."""
        self.browsing.put(*changed)
        self.query_one(RunTable).touch(*changed)

    def _nothing(self) -> str:
        """What an empty list says: where to start, or that nothing was found."""
        if self.browsing:
            return f"No run matches {visible(self.browsing.query)}.\nesc shows all of them."
        first = self.app.tutor.ledger.first()
        if first is None:
            return "Nothing in this course is trained."
        lesson, _, run = first
        return (
            "No runs yet.\nEvery network that you train is kept here, with its knobs and what came "
            f"of them.\nThe first is “{run.title}” in the lesson “{lesson.title}”; enter opens it."
        )

    @on(RunTable.Chosen)
    def _moved(self) -> None:
        self.post_message(self.Moved())

    # --- keys -------------------------------------------------------------------------------------

    def mark(self) -> None:
        """Mark the run under the cursor, or unmark it."""
        if self.here is not None:
            self._say_full(self.browsing.marks.toggle(self.here.run))

    def pin(self) -> None:
        """Hold the others against the run under the cursor, or no longer."""
        if self.here is not None:
            self._say_full(self.browsing.marks.pin(self.here.run))

    def _say_full(self, done: bool) -> None:
        if not done:
            self.app.say(f"{MOST} runs are as many as there are colours. Unmark one first.")
        self.query_one(RunTable).touch()
        self.post_message(self.Marked())

    def other(self, what: Literal["order", "metric"]) -> None:
        """The next order of the list, or another result."""
        if what == "order":
            self.browsing.next_order()
        else:
            self.browsing.next_metric(self.here)
        self.draw()
        if what == "order":
            self.query_one(RunTable).choose(0)  # what comes first is what was asked for

    def find(self) -> None:
        """Write what to look for; the list follows at each key."""
        self._write(True)
        self.query_one("#find").focus()

    def _write(self, writing: bool) -> None:
        # One row takes the place of the other: nothing else is laid out, and sent, anew.
        self.query_one("#find").display = writing
        self.query_one(RowsHead).display = not writing

    @on(Input.Changed)
    def _written(self) -> None:
        """The list follows when the fingers rest: each change of it may send all of its lines."""
        if self._writing is not None:
            self._writing.stop()
        self._writing = self.set_timer(WRITE_SECONDS, self._find)

    def _find(self) -> None:
        wanted = self.query_one("#find", Input).value.strip()
        if wanted != self.browsing.query:
            self.browsing.find(wanted)
            self.draw()

    @on(Input.Submitted)
    def enter(self) -> None:
        """To the list; what was looked for stands in the top line."""
        self._find()
        self._write(False)
        self.query_one(RunTable).focus()

    def show_all(self) -> bool:
        """Look for nothing any more; whether something was looked for."""
        if not self.browsing.query and not self.query_one("#find").display:
            return False
        self.query_one("#find", Input).value = ""
        self.enter()
        return True

"""Every run in a line of its own: what was turned, what came of it, and whether it is marked."""

import textwrap
import time
from collections.abc import Sequence
from functools import partial

from rich.segment import Segment
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip

from tutor.core.canvas import Glyphs
from tutor.core.ledger import Entry
from tutor.core.legend import QUIET, Span
from tutor.core.marks import Marks
from tutor.core.run_list import Listing
from tutor.session.when import day
from tutor.ui.widgets.loss_plot import role_styles
from tutor.ui.widgets.rows import Rows, RowsHead

PAGE = 10


class RunTable(Rows, can_focus=True):
    """A list of runs. Moving through it sends two lines, whatever its length."""

    BINDINGS = [
        Binding("enter", "open", "Lab", id="run-table.open", key_display="enter"),
        Binding("up,k", "move(-1)", "Run above", id="run-table.up", show=False),
        Binding("down,j", "move(1)", "Run below", id="run-table.down", show=False),
        Binding("pageup", f"move(-{PAGE})", "Ten up", id="run-table.page-up", show=False),
        Binding("pagedown", f"move({PAGE})", "Ten down", id="run-table.page-down", show=False),
        Binding("home", "move(-1000000)", "First run", id="run-table.first", show=False),
        Binding("end", "move(1000000)", "Last run", id="run-table.last", show=False),
    ]

    class Opened(Message):
        """Enter was pressed."""

    def __init__(self, marks: Marks, glyphs: Glyphs) -> None:
        super().__init__()
        self._marks = marks
        self._glyphs: Glyphs = glyphs
        self._entries: list[Entry] = []
        self._metric = ""
        self._listing = Listing([], 0)
        self._lines: dict[int, Sequence[Span]] = {}
        """Those that were drawn."""
        self.words = ""
        """What to say where there is no run."""

    @property
    def current(self) -> Entry | None:
        """The run under the cursor."""
        return self._entries[self.chosen] if self._entries else None

    def show(self, entries: Sequence[Entry], metric: str) -> None:
        """Show other runs, or another result of them; the cursor stays with its run.

        Args:
            entries: The runs, in the order of the list.
            metric: The result; empty for the one that each is graded by.
        """
        here = self.current
        self._entries, self._metric = list(entries), metric
        places = {entry.run: i for i, entry in enumerate(self._entries)}
        if here is not None and here.run in places:
            self.chosen = places[here.run]
        self._set()
        self.reveal()

    def _set(self) -> None:
        """Share the columns out and draw every line anew."""
        self._listing = Listing(
            self._entries,
            self.room,
            metric=self._metric,
            when=partial(day, now=time.time()),
            glyphs=self._glyphs,
        )
        self._lines.clear()
        heading = self._listing.heading() if self._entries else []
        self.screen.query_one(RowsHead).show(heading)
        self.put(len(self._entries))

    def on_resize(self) -> None:
        """The columns follow the width."""
        self._set()
        self.reveal()

    def row(self, index: int) -> Sequence[Span]:
        """A run."""
        if index not in self._lines:
            entry = self._entries[index]
            self._lines[index] = self._listing.line(
                entry, self._marks.slot(entry.run), pinned=self._marks.pinned == entry.run
            )
        return self._lines[index]

    def touch(self, *changed: Entry) -> None:
        """Some runs have other values now, or other marks; lines that look the same are not sent."""
        news = {entry.run: entry for entry in changed}
        self._entries = [news.get(entry.run, entry) for entry in self._entries]
        before, self._lines = self._lines, {}
        for index, line in before.items():
            if self.row(index) != line:
                self.refresh_line(index)

    def action_move(self, by: int) -> None:
        """The cursor to another run."""
        self.choose(self.chosen + by)

    def action_open(self) -> None:
        """What is under the cursor, or where to begin."""
        self.post_message(self.Opened())

    def render_line(self, y: int) -> Strip:
        """One line; of an empty list its words."""
        if self._entries or not self.words:
            return super().render_line(y)
        width = self.size.width
        lines = [
            line
            for part in self.words.split("\n")
            for line in textwrap.wrap(part, max(10, min(76, width - 4))) or [""]
        ]
        text = f"  {lines[y - 1]}" if 1 <= y <= len(lines) else ""
        return Strip([Segment(text, role_styles(self)[QUIET])]).adjust_cell_length(
            width, self.rich_style
        )

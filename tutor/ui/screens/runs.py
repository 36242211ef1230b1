"""Every run ever: found, laid over each other, compared, noted, deleted and taken back."""

import asyncio
from typing import Literal

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.screen import Screen
from textual.timer import Timer

from tutor.core.browsing import Browsing
from tutor.core.errors import TutorError
from tutor.core.text import visible
from tutor.ui.app import TutorApp
from tutor.ui.flow import TICK_SECONDS
from tutor.ui.screens.line import LineScreen
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.run_list import RunList
from tutor.ui.widgets.run_panel import RunPanel
from tutor.ui.widgets.run_table import RunTable
from tutor.ui.widgets.top_line import TopLine

SETTLE_SECONDS = 0.2
"""How long the cursor rests before what it is on is drawn: a held key draws nothing in between."""
LOOK_SECONDS = 1.0
"""How often runs that train, and new ones, are looked for."""
FOLLOWED = 4
"""Runs that train whose lines are kept up to date."""


class RunsScreen(Screen[None]):
    """Every run. Space marks some, and beside the list stands what they have apart."""

    app = getters.app(TutorApp)
    CSS_PATH = "runs.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        Binding("space", "list('mark')", "Mark", id="runs.mark", key_display="space"),
        Binding("p", "list('pin')", "Pin", id="runs.pin", tooltip="Hold the others against it"),
        Binding("v", "panel('turn')", "View", id="runs.view", tooltip="Differences, scatter, note"),
        Binding("slash", "list('find')", "Find", id="runs.find", key_display="/"),
        Binding("n", "write('note')", "Note", id="runs.note"),
        Binding("t", "write('tags')", "Tags", id="runs.tags"),
        Binding("d", "delete", "Delete", id="runs.delete", show=False),
        Binding("u", "undo", "Take back what was deleted last", id="runs.undo", show=False),
        Binding("s", "list('other', 'order')", "Sort", id="runs.sort", show=False),
        Binding("m", "list('other', 'metric')", "Another result", id="runs.metric", show=False),
        Binding("e", "export", "How to export", id="runs.export", show=False),
        Binding("y", "panel('other_scale')", "Log or linear", id="runs.log", show=False),
        Binding("[", "panel('other_knob', -1)", "Knob before", id="runs.before", show=False),
        Binding("]", "panel('other_knob', 1)", "Next knob", id="runs.next", show=False),
        Binding("tab", "app.focus_next", "List or plot", id="runs.focus", show=False),
        Binding("up,down", "list('enter')", "To the list", id="runs.list", show=False),
        Binding("escape", "leave", "Back", id="runs.back", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._settling: Timer | None = None
        self._changed = -1

    def compose(self) -> ComposeResult:
        """The list, and what there is to see of its runs."""
        yield TopLine("Runs", "reading your runs ...")
        with Container(id="desk"):
            yield RunList(Browsing(self.app.tutor.ledger.marks))
            yield RunPanel()
        yield KeyLine()

    def on_mount(self) -> None:
        """The keys are the list's."""
        self.query_one(RunTable).focus()
        self.set_interval(TICK_SECONDS, self._tick)
        self.set_interval(LOOK_SECONDS, self._look)

    def on_screen_resume(self) -> None:
        """A run may have been trained in between."""
        self._load()

    # --- what is there ----------------------------------------------------------------------------

    @work(exclusive=True, group="ledger", exit_on_error=False)
    async def _load(self) -> None:
        """Read the list, and grade what ended while nobody watched."""
        ledger, runs = self.app.tutor.ledger, self.query_one(RunList)
        self._changed = ledger.changed()
        entries = await asyncio.to_thread(ledger.entries)
        if ledger.ungraded(entries):
            await self.app.tutor.training.grade_unwatched()
            entries = await asyncio.to_thread(ledger.entries)
        before = bool(runs.browsing)
        runs.browsing.take(entries)
        self.query_one(RunPanel).display = bool(entries)
        runs.draw()
        if before != bool(entries):
            # Only then: the footer is sent anew each time.
            self.refresh_bindings()

    @on(RunList.Moved)
    def _settle(self) -> None:
        """Draw what the cursor is on once it rests."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE_SECONDS, self._show)

    @on(RunList.Marked)
    def _show(self) -> None:
        runs = self.query_one(RunList)
        self.query_one(TopLine).put(right=runs.state)
        self.query_one(RunPanel).show(runs.seen)

    def _look(self) -> None:
        """Runs that train have new values, and some may have been begun elsewhere."""
        ledger, runs = self.app.tutor.ledger, self.query_one(RunList)
        if not self.is_active:
            return
        if ledger.changed() != self._changed:
            self._load()
        elif unfinished := runs.browsing.unfinished()[:FOLLOWED]:
            read = [(entry, ledger.shelf.read(entry.run)) for entry in unfinished]
            self.query_one(RunPanel).read([entry.run for entry, live in read if live is None])
            news = [ledger.refreshed(entry, live) for entry, live in read if live is not None]
            runs.touch(*news)
            self._show()
            if any(entry.over for entry in news):
                self._load()

    def _tick(self) -> None:
        """Curves of runs that train, where the terminal has their last frame."""
        panel = self.query_one(RunPanel)
        seen = self.is_active and self.app.app_focus and panel.shows_curves
        if panel.trains and self.app.flow.due(seen=seen):
            panel.advance()
            self.app.flow.drew(self, seen=seen)

    # --- keys -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now stands in the footer."""
        if action in ("list", "panel", "delete", "write", "export"):
            return bool(self.query_one(RunList).browsing)
        return True

    def action_list(self, what: str, *given: str) -> None:
        """Mark, pin, find, sort."""
        getattr(self.query_one(RunList), what)(*given)

    def action_panel(self, what: str, *given: int) -> None:
        """Another view of the runs, or another look at one."""
        getattr(self.query_one(RunPanel), what)(*given)

    def action_leave(self) -> None:
        """All runs again; or back."""
        if not self.query_one(RunList).show_all():
            self.dismiss()

    def action_delete(self) -> None:
        """Delete the run under the cursor; `u` takes it back."""
        runs = self.query_one(RunList)
        if runs.here is None:
            return
        run = runs.here.run
        try:
            self.app.tutor.ledger.delete(run)
        except TutorError as error:
            self.app.complain(error)
        else:
            runs.browsing.remove(run)
            self._again("Deleted. u takes it back, for a week.")

    def action_undo(self) -> None:
        """Take back the run that was deleted last."""
        ledger = self.app.tutor.ledger
        try:
            entry = ledger.entry(ledger.undo())
        except TutorError as error:
            self.app.complain(error)
        else:
            self.query_one(RunList).browsing.put(entry)
            self._again("It is back.")

    def _again(self, words: str) -> None:
        """The list without a run, or with one more."""
        runs = self.query_one(RunList)
        self._changed = self.app.tutor.ledger.changed()
        self.query_one(RunPanel).display = bool(runs.browsing)
        runs.draw()
        self.refresh_bindings()
        self.app.say(words)

    @work(exclusive=True, group="write", exit_on_error=False)
    async def action_write(self, what: Literal["note", "tags"]) -> None:
        """Write down what is worth remembering of a run, or what it belongs to."""
        runs, ledger = self.query_one(RunList), self.app.tutor.ledger
        if (here := runs.here) is None:
            return
        about = f"{visible(here.title)}, seed {here.seed}"
        if what == "note":
            asked = LineScreen(f"Note on {about}", here.note, "What did it show?")
        else:
            asked = LineScreen(f"Tags of {about}", " ".join(here.tags), "keep rates")
        text = await self.app.push_screen_wait(asked)
        if text is None:
            return
        try:
            ledger.note(here.run, text) if what == "note" else ledger.tag(here.run, text.split())
        except TutorError as error:
            self.app.complain(error)
        else:
            runs.browsing.put(ledger.entry(here.run))
            runs.draw()

    def action_export(self) -> None:
        """Say the command that takes the marked runs elsewhere."""
        runs = self.query_one(RunList)
        wanted = runs.browsing.marks.runs or ([runs.here.run] if runs.here else [])
        self.app.say(self.app.tutor.ledger.export(wanted), hint="(or --json, --png, --svg)")

    @on(RunTable.Opened)
    def _open(self) -> None:
        """The run in the lab; of an empty list the first exercise."""
        runs, tutor = self.query_one(RunList), self.app.tutor
        if runs.here is not None:
            try:
                self.app.watch_run(tutor.training.attach(runs.here.run))
            except TutorError as error:
                self.app.complain(error)
        elif not runs.browsing and (first := tutor.ledger.first()) is not None:
            self.app.open_lesson(first[0], first[1])

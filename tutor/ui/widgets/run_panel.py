"""What there is to see of runs side by side: curves, differences, a knob against the result, notes."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from textual import getters, work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from tutor.core.bitmap import Drawing
from tutor.core.errors import TutorError
from tutor.core.ledger import Entry, facts, relation, table, varied
from tutor.core.legend import sign
from tutor.core.lesson import Plot, Run
from tutor.core.raster import Overlay
from tutor.core.series import Metrics
from tutor.core.text import visible
from tutor.session.comparing import names_of, overlay
from tutor.session.when import moment
from tutor.ui.app import TutorApp
from tutor.ui.widgets.loss_plot import SLOT_COLOURS, LossPlot
from tutor.ui.widgets.picture import PictureView

VIEWS = ("curves", "differences", "scatter", "note")
NAME = 10
"""Cells before a fact."""
FAR_APART = 20.0
"""From this ratio of greatest to least on, a knob's values stand at equal ratios."""


class Seen(NamedTuple):
    """What the list shows at the moment.

    Attributes:
        marked: The marked runs, the pinned one first.
        here: The run under the cursor.
        listed: Every run in the list.
        metric: The result that was asked for; empty for each run's own.
    """

    marked: Sequence[Entry] = ()
    here: Entry | None = None
    listed: Sequence[Entry] = ()
    metric: str = ""

    @property
    def shown(self) -> list[Entry]:
        """The runs that are compared: the marked ones, without any the one under the cursor."""
        return [*self.marked] or ([self.here] if self.here else [])

    @property
    def beside(self) -> Entry | None:
        """The run under the cursor, where it is looked at beside marked ones."""
        runs = {entry.run for entry in self.marked}
        return self.here if runs and self.here and self.here.run not in runs else None


class OverlayPlot(LossPlot):
    """One metric of several runs."""

    def lay(self, over: Overlay) -> None:
        """Show other runs, or what they have read since."""
        self._chart.lay(over)
        self.advance()


class RunPanel(Vertical):
    """One view of some runs at a time."""

    app = getters.app(TutorApp)
    DEFAULT_CSS = """
    RunPanel { width: 1fr; height: 1fr; }
    RunPanel #turn { height: 1; padding: 0 2; background: $surface; text-wrap: nowrap; }
    RunPanel LossPlot, RunPanel PictureView, RunPanel #text { height: 1fr; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen = Seen()
        self._view = 0
        self._knob = 0
        self._unreadable: set[str] = set()

    def compose(self) -> ComposeResult:
        """All views; one is displayed."""
        yield Static(id="turn", markup=False)
        yield OverlayPlot(Plot(series=()), Metrics(), glyphs=self.app.glyphs)
        yield PictureView(glyphs=self.app.glyphs)
        with VerticalScroll(id="text"):
            yield Static(id="words", markup=False)

    def on_mount(self) -> None:
        """Begin with the curves."""
        self._draw()

    def on_resize(self) -> None:
        """Tables are set for the width."""
        self.call_after_refresh(self._draw)

    def show(self, seen: Seen) -> None:
        """Show other runs."""
        self._seen = seen
        self._draw()

    def turn(self, by: int = 1) -> None:
        """The next view."""
        self._view = (self._view + by) % len(VIEWS)
        self._draw()

    def other_knob(self, by: int) -> None:
        """Another knob against the result."""
        if VIEWS[self._view] == "scatter":
            self._knob += by
            self._draw()

    def other_scale(self) -> None:
        """Values of the curves at equal ratios, or at equal distances."""
        self.query_one(LossPlot).action_log("y")

    @property
    def shows_curves(self) -> bool:
        """Whether curves are in view."""
        return VIEWS[self._view] == "curves"

    @property
    def trains(self) -> bool:
        """Whether one of the runs in view is not over."""
        return any(not entry.over for entry in self._looked_at())

    def advance(self) -> None:
        """Draw what runs that train have read since."""
        for entry in self._looked_at():
            if not entry.over and self.app.tutor.ledger.shelf.read(entry.run) is not None:
                self.app.tutor.ledger.shelf.load(entry.run)
        if self.shows_curves:
            self._draw()

    def _looked_at(self) -> list[Entry]:
        """The runs whose curves are wanted."""
        beside = self._seen.beside
        return [*self._seen.shown, *([beside] if beside else [])]

    # --- views ------------------------------------------------------------------------------------

    def _draw(self) -> None:
        view = VIEWS[self._view]
        self.query_one(LossPlot).display = view == "curves"
        self.query_one(PictureView).display = view == "scatter"
        self.query_one("#text").display = view in ("differences", "note")
        right = getattr(self, f"_draw_{view}")()
        names = [
            (f"[{name}] ", "bold $accent") if name == view else (f" {name}  ", "$quiet")
            for name in VIEWS
        ]
        left = Content.assemble(*names)
        width = self.query_one("#turn").content_size.width
        if left.cell_length > width:
            left = Content.assemble((f"[{view}]", "bold $accent"), "  ")
        room = width - left.cell_length
        tail = Content(right).truncate(max(0, room), ellipsis=True) if room > 6 else Content("")
        gap = " " * max(0, room - tail.cell_length)
        self.query_one("#turn", Static).update(Content.assemble(left, gap, tail), layout=False)

    def _draw_curves(self) -> str:
        seen = self._seen
        over = overlay(self.app.tutor, seen.shown, seen.beside, seen.metric)
        self.query_one(OverlayPlot).lay(over)
        self.read([entry.run for entry in self._looked_at()])
        return f"m {visible(over.measured)}" if over.measured else ""

    def read(self, runs: Sequence[str]) -> None:
        """Read records that were not read yet."""
        shelf = self.app.tutor.ledger.shelf
        missing = [run for run in runs if shelf.read(run) is None and run not in self._unreadable]
        if missing:
            self._read(missing)

    @work(thread=True, exclusive=True, group="records", exit_on_error=False)
    def _read(self, runs: Sequence[str]) -> None:
        # A record may be long; the keys do not wait for it.
        worker = get_current_worker()
        for run in runs:
            if worker.is_cancelled:
                return
            try:
                self.app.tutor.ledger.shelf.load(run)
            except TutorError:
                self._unreadable.add(run)
        self.app.call_from_thread(self._draw)

    def _draw_differences(self) -> str:
        seen = self._seen
        entries = [*seen.marked, *([seen.beside] if seen.beside and len(seen.marked) == 1 else [])]
        if len(entries) < 2:
            self._say(
                Content.styled(
                    "Mark two runs with space: what tells them apart stands here.", "$quiet"
                )
            )
            return ""
        marks = self.app.tutor.ledger.marks
        slots = [marks.slot(entry.run) for entry in entries]
        signs = [" " if slot is None else sign(slot, self.app.glyphs) for slot in slots]
        names = [f"{own} {name}" for own, name in zip(signs, names_of(entries), strict=True)]
        width = max(20, self.content_size.width - 3)  # less the padding and a scroll bar
        head, *rows = map(visible, table(entries, names, width))
        top = Content.styled(head, "bold")
        for slot, name in zip(slots, names, strict=True):
            at = head.find(name[:8])
            if slot is not None and at >= 0:
                top = top.stylize(f"${SLOT_COLOURS[slot]}", at, at + len(name))
        self._say(Content("\n").join([top, *map(Content, rows)]))
        return f"{len(entries)} runs"

    def _draw_scatter(self) -> str:
        seen = self._seen
        base = next(iter(seen.shown), None)
        entries = [each for each in seen.listed if base and each.exercise == base.exercise]
        knobs, picture = _most_tried(entries), self.query_one(PictureView)
        if base is None or not knobs:
            words = "Train once more with another knob: what it made of the result stands here."
            picture.show(Drawing(role="text", caption=words))
            return ""
        knob, metric = knobs[self._knob % len(knobs)], seen.metric or base.result
        run = self.app.tutor.ledger.exercise(base.exercise)
        picture.show(relation(entries, knob, metric, log=_ratios(entries, knob, run)))
        return f"[ ] {visible(knob)} {self._knob % len(knobs) + 1}/{len(knobs)}"

    def _draw_note(self) -> str:
        here = self._seen.here
        if here is None:
            self._say(Content(""))
            return ""
        width = max(20, self.content_size.width - 3 - NAME)
        lines = [
            Content.assemble((f"{'' if i else name:<{NAME}}", "$quiet"), line)
            for name, value in facts(here, moment(here.created))
            for i, line in enumerate(textwrap.wrap(visible(value), width))
        ]
        ways = Content.styled("\nn writes a note, t gives tags, d deletes the run.", "$quiet")
        self._say(Content("\n").join([*lines, ways, *self._code(here)]))
        return ""

    def _code(self, entry: Entry) -> list[Content]:
        """The learner's file as a run trained it, where one did."""
        code = visible(self.app.tutor.ledger.code(entry.run)).rstrip()
        head = Content.styled("\nYour code that it trained (tab, then the arrows scroll)", "bold")
        return [head, Content(code)] if code else []

    def _say(self, words: Content) -> None:
        self.query_one("#words", Static).update(words)


def _most_tried(entries: Sequence[Entry]) -> list[str]:
    """The knobs in which runs differ, the one of most values first."""
    return sorted(
        varied(entries), key=lambda name: -len({entry.knobs.get(name) for entry in entries})
    )


def _ratios(entries: Sequence[Entry], knob: str, run: Run | None) -> bool:
    """Whether a knob's values stand at equal ratios: as its exercise says, else as far as they go."""
    if run is not None and knob in run.knobs:
        return run.knobs[knob].scale == "log"
    known = [entry.knobs.get(knob) for entry in entries]
    values = [value for value in known if isinstance(value, int | float) and value > 0]
    return len(values) > 1 and max(values) >= FAR_APART * min(values)

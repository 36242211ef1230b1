"""The lab: turn knobs, train, watch the loss draw itself, be graded, try again."""

from collections.abc import Awaitable, Mapping

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.errors import TutorError
from tutor.core.lesson import Run, Scalar
from tutor.core.protocol import Readings
from tutor.session.live_run import LiveRun
from tutor.ui.app import TutorApp, open_network, open_sweep
from tutor.ui.behind import dress
from tutor.ui.flow import TICK_SECONDS
from tutor.ui.widgets.device_line import DeviceLine
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.knobs import KnobList
from tutor.ui.widgets.run_status import RunStatus, alert_lines, verdict_lines
from tutor.ui.widgets.run_views import RunViews


class LabScreen(Screen[None]):
    """A run: its knobs, its curves, its pictures and its grade. Enter trains."""

    app = getters.app(TutorApp)
    CSS_PATH = "lab.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-middle"), (110, "-wide")]
    BINDINGS = [
        Binding("enter", "train", "Train", id="lab.train", key_display="enter"),
        Binding("space", "pause", "Pause", id="lab.pause", key_display="space"),
        Binding("full_stop", "one_step", "Step", id="lab.step", key_display="."),
        Binding("g", "revive('resume')", "Go on", id="lab.go-on", tooltip="From its checkpoint"),
        Binding("a", "revive('again')", "Again", id="lab.again", tooltip="The same seed and knobs"),
        Binding("x", "stop", "Stop", id="lab.stop"),
        Binding("v", "views('next_view')", "View", id="lab.view", tooltip="Picture, output"),
        Binding("[", "views('look_back')", "Look back", id="lab.look-back", key_display="[ ]"),
        Binding("n", "network", "Net", id="lab.network", tooltip="Its layers and tensors"),
        Binding("w", "sweep", "Sweep", id="lab.sweep", tooltip="A run for each value of a knob"),
        Binding("p", "views('next_plot')", "Plot", id="lab.next-plot", tooltip="Other axes"),
        Binding("r", "app.go('Runs')", "This run beside others", id="lab.runs", show=False),
        Binding("[", "views('scrub', -1)", "Older", id="lab.older", show=False),
        Binding("]", "views('scrub', 1)", "Newer", id="lab.newer", show=False),
        Binding("tab", "app.focus_next", "Knobs or plot", id="lab.focus", show=False),
        Binding("escape", "leave", "Back", id="lab.back", key_display="esc"),
    ]

    def __init__(
        self,
        run: Run,
        *,
        knobs: Mapping[str, Scalar] | None = None,
        locked: bool = False,
        live: LiveRun | None = None,
    ) -> None:
        super().__init__()
        self._run = run
        self._given = dict(live.request.knobs if live else knobs or {})
        self._locked = locked
        self.live = live
        self._last: LiveRun | None = None
        self._phase, self._alerts = "", 0

    def compose(self) -> ComposeResult:
        """Knobs and verdict at the left, curves and pictures at the right."""
        values = self.app.tutor.training.knobs(self._run, self._given)
        yield DeviceLine(self._run.title, self._run)
        with Horizontal(id="desk"):
            with VerticalScroll(id="left", can_focus=False):
                yield Static(Content.styled(self._run.goal, "$target"), id="goal")
                yield KnobList(self._run, values, locked=self._locked)
                yield Static(id="verdict", markup=False)
            yield RunViews(self._run.plot, self.app.glyphs)
        yield RunStatus()
        yield KeyLine()

    def on_mount(self) -> None:
        """Watch the run one was sent to, or wait for Enter."""
        self.query_one(KnobList).focus()
        self.set_interval(TICK_SECONDS, self._tick)
        if self.live is not None:
            self._watch(self.live)
        elif self._locked:
            self.action_train()
        else:
            self._warm()

    @work(exclusive=True, group="warm", exit_on_error=False)
    async def _warm(self) -> None:
        status = self.query_one(RunStatus)
        try:
            await self.app.tutor.training.warm(status.waiting)
        except TutorError as error:
            self.app.complain(error)
        if self.live is None:
            status.ready()

    # --- one run ----------------------------------------------------------------------------------

    def action_train(self) -> None:
        """Start with the knobs as they stand."""
        if self.live is not None and self.live.running:
            return
        if (knobs := self.query_one(KnobList)).commit():
            self._take_up(self._started(dict(knobs.values)))

    async def _started(self, knobs: dict[str, Scalar]) -> LiveRun:
        # A worker that went to rest takes its seconds to come back; each has a name.
        await self.app.tutor.training.warm(self.query_one(RunStatus).waiting)
        device = self.app.options.device
        return await self.app.tutor.training.start(self._run, knobs, device=device)

    @work(exclusive=True, group="run", exit_on_error=False)
    async def _take_up(self, starting: Awaitable[LiveRun]) -> None:
        """Watch a run that is being started, in place of the one before."""
        self._last = self.live
        self._say(Content(""))
        status = self.query_one(RunStatus)
        status.waiting("starting", 0.0)
        try:
            live = await starting
        except TutorError as error:
            self.app.complain(error)
            status.ready()
            return
        self._watch(live)
        if notice := await self.app.tutor.training.notice():
            self.app.say(notice)

    def _watch(self, live: LiveRun) -> None:
        """Show a run and follow it to its end."""
        self.live, self._alerts = live, 0
        self.query_one(KnobList).training = live.running
        views = self.query_one(RunViews)
        views.follow(live)
        for plot in views.plots:
            dress(self.app.tutor, plot, live, self._last)
        self.refresh_bindings()
        self._follow(live)

    @work(exclusive=True, group="follow", exit_on_error=False)
    async def _follow(self, live: LiveRun) -> None:
        waiting = True
        async for event in live.events():
            if waiting and isinstance(event, Readings):
                # The first point is not made to wait for the next tick.
                waiting = False
                self._draw(live)
        self._draw(live)
        self._conclude(live)

    def _tick(self) -> None:
        """Draw what came since the last frame, where the terminal has that one."""
        if self.live is not None and self.live.running and self.app.flow.due(seen=self._seen):
            self._draw(self.live)

    @property
    def _seen(self) -> bool:
        """Whether anybody can be looking at what moves."""
        return self.is_active and self.app.app_focus and self.query_one(RunViews).moves

    def _draw(self, live: LiveRun) -> None:
        self.query_one(RunViews).tick()
        if live.running and self.app.flow.status_due():
            self.query_one(RunStatus).show(live)
        self.app.flow.drew(self, seen=self._seen)
        if len(live.alerts) != self._alerts and live.running:
            self._alerts = len(live.alerts)
            self._say(Content("\n").join(alert_lines(live)))
        if live.phase != self._phase:
            # Only then: the footer is sent anew each time, and a link may be slow.
            self._phase = live.phase
            self.refresh_bindings()

    def _conclude(self, live: LiveRun) -> None:
        self.query_one(KnobList).training = False
        self.query_one(RunStatus).ended(live)
        self._say(Content("\n").join([*verdict_lines(live, bet=self._locked), *alert_lines(live)]))
        self.refresh_bindings()

    def _say(self, words: Content) -> None:
        self.query_one("#verdict", Static).update(words)

    # --- keys -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now stands in the footer."""
        running = self.live is not None and self.live.running
        if action in ("train", "pause", "one_step", "stop"):
            return running is (action != "train")
        if action == "sweep":  # where a run broke there are other ways, and no room for this one
            return not running and (self.live is None or self.live.phase == "finished")
        if "look_back" in parameters:  # shown where there is room; else `[` is the older one below
            return not running and self.query_one(RunViews).scrubs
        if action == "revive" and self.live is not None:
            possible = "again" in parameters or self.live.checkpoint > 0
            return possible and self.live.phase == "broken"
        return len(self._run.plot) > 1 if "next_plot" in parameters else action != "revive"

    def action_pause(self) -> None:
        """Pause, or go on."""
        if self.live is not None:
            (self.live.resume if self.live.phase == "paused" else self.live.pause)()

    def action_one_step(self) -> None:
        """One optimiser step, then wait."""
        if self.live is not None:
            self.live.one_step()

    def action_revive(self, how: str) -> None:
        """A run that broke, once more from its seed, or on from its newest checkpoint."""
        if self.live is not None:
            self._take_up(getattr(self.app.tutor.recovering, how)(self.live.folder.name))

    @work(group="stop", exit_on_error=False)
    async def action_stop(self) -> None:
        """End the run; what it wrote stays."""
        if self.live is not None and await self.live.stop() == "lives":
            self.app.say("The run does not end, not even by force.", bad=True)

    def action_views(self, what: str, *given: int) -> None:
        """Curves, pictures, what was printed; other axes; a picture from earlier or later."""
        getattr(self.query_one(RunViews), what)(*given)

    def action_network(self) -> None:
        """Layer by layer, with a sample on its way through."""
        open_network(self.app, self.live)

    def action_sweep(self) -> None:
        """Several runs of this exercise, the other knobs as they stand here."""
        open_sweep(self.app, self._run, self.query_one(KnobList).values)

    def action_leave(self) -> None:
        """Back; a run that trains goes on and can be watched from Home."""
        if self.live is not None and self.live.running:
            self.app.say("The run goes on. Home shows it; w watches it.", progress=True)
        self.dismiss()

    def on_knob_list_turned(self, event: KnobList.Turned) -> None:
        """A live knob is turned in the run itself; the others wait for the next one."""
        live = self.live
        if live is not None and live.running and self._run.knobs[event.knob].live:
            live.turn(event.knob, event.value)

    def on_knob_list_complaint(self, event: KnobList.Complaint) -> None:
        self.app.complain(event.error)

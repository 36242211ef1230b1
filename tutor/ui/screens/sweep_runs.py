"""A sweep as it goes: its runs side by side, then each knob against what came of it."""

import textwrap
from collections.abc import Sequence

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.axes import short
from tutor.core.behind import band_series
from tutor.core.bitmap import Drawing
from tutor.core.errors import TutorError
from tutor.core.lesson import Plot
from tutor.core.multiples import Panel
from tutor.core.series import Series
from tutor.core.sweep import duration
from tutor.core.trials import MARKS, Outcome, Result, against, best_words, brief, summary, table
from tutor.session.sweep import Sweep
from tutor.ui.app import TutorApp
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.multiples import SmallMultiples
from tutor.ui.widgets.picture import PictureView
from tutor.ui.widgets.top_line import TopLine

TICK_SECONDS = 0.7
"""How often runs are drawn: a row of panels costs more than one plot does."""
SAID = 6
"""Rows for what a sweep will have to say in sentences, while it goes."""


class SweepRunsScreen(Screen[None]):
    """The runs of a sweep, side by side. Enter opens the chosen one in the lab."""

    app = getters.app(TutorApp)
    CSS_PATH = "sweep_runs.tcss"
    BINDINGS = [
        Binding("v", "results", "Results", id="sweep-runs.results", tooltip="Knob against result"),
        Binding("p", "next_plot", "Plot", id="sweep-runs.plot", tooltip="Other axes"),
        Binding("x", "stop", "Stop", id="sweep-runs.stop", tooltip="End all of it"),
        Binding("r", "go", "Go on", id="sweep-runs.go", tooltip="With what is left"),
        Binding("n", "anew", "New", id="sweep-runs.new", tooltip="Another sweep"),
        Binding("pageup", "scroll(-1)", "Up", id="sweep-runs.up", show=False),
        Binding("pagedown", "scroll(1)", "Down", id="sweep-runs.down", show=False),
        Binding("escape", "leave", "Back", id="sweep-runs.back", key_display="esc"),
    ]

    def __init__(self, sweep: Sweep, *, go: bool = False) -> None:
        """A sweep to look at; with `go` it trains what is left."""
        super().__init__()
        self._sweep = sweep
        self._go = go
        self._bands: dict[tuple[int, str], tuple[Series, Series] | None] = {}
        self._was: tuple[bool | Outcome, ...] = ()
        """How it stood when it was drawn last."""
        self._keys = (False, False)

    def compose(self) -> ComposeResult:
        """Small plots; under them each knob against the result, and a table."""
        plan, run = self._sweep.plan, self._sweep.exercise
        yield TopLine(f"Sweep · {run.title}", f"{', '.join(plan.knobs)} · {self._sweep.id}")
        with VerticalScroll(id="runs", can_focus=False):
            plots = SmallMultiples(run.plot, self._panels, len(plan.trials), self.app.glyphs)
            plots.planned = self._sweep.planned
            yield plots
            for _ in plan.knobs:
                yield PictureView(glyphs=self.app.glyphs)
            words = PictureView(glyphs=self.app.glyphs, id="table")
            # Its height stays: else the plots are laid out, and sent, anew.
            words.styles.height = len(self._words()) + (
                SAID if self._go or self._sweep.going else 2
            )
            yield words
        yield Static(id="state", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Draw it as it stands; begin where that was asked for."""
        self.query_one(SmallMultiples).focus()
        if self._go:
            self.action_go()
        self.call_later(self._draw)
        self.set_interval(TICK_SECONDS, self._tick)

    # --- drawing ------------------------------------------------------------------------------------

    def _panels(self, plot: Plot) -> Sequence[Panel]:
        """Every run as it stands, for one set of axes."""
        return [self._panel(i, each, plot) for i, each in enumerate(self._sweep.results())]

    def _panel(self, trial: int, result: Result, plot: Plot) -> Panel:
        live = self._sweep.lives.get(trial)
        bad = result.outcome in ("diverged", "broken")
        value = "NaN" if result.outcome == "diverged" else short(result.value) if live else ""
        name, key = plot.series[0], (trial, plot.series[0])
        if key not in self._bands:
            band = self._sweep.band(trial, name)
            self._bands[key] = band_series((band.step, band.lo, band.hi)) if band else None
        return Panel(
            title=brief(self._sweep.plan, trial),
            end=f"{value} {MARKS[result.outcome]}".lstrip(),
            metrics=live.metrics if live else None,
            bad=bad,
            band=self._bands[key],
        )

    def _tick(self) -> None:
        """Draw what came since the last frame, where the terminal has that one."""
        if not self._sweep.going:
            if self._was != self._now():
                self._draw()
        elif self.app.flow.due(seen=self._seen):
            self._draw()
            self.app.flow.drew(self, seen=self._seen)

    @property
    def _seen(self) -> bool:
        """Whether anybody can be looking."""
        return self.is_active and self.app.app_focus

    def _now(self) -> tuple[bool | Outcome, ...]:
        """Whether it goes, and how each of its runs stands."""
        return self._sweep.going, *(each.outcome for each in self._sweep.results())

    def _draw(self) -> None:
        sweep = self._sweep
        plots = self.query_one(SmallMultiples)
        plots.planned = sweep.planned
        plots.repaint()
        self.query_one("#state", Static).update(self._state(), layout=False)
        now = self._now()
        if now == self._was:
            return
        self._was = now
        self._draw_results()
        if self._keys != (sweep.going, sweep.over):
            self._keys = (sweep.going, sweep.over)
            self.refresh_bindings()
            if sweep.problem is not None and not sweep.going:
                self.app.complain(sweep.problem)

    def _draw_results(self) -> None:
        """Each knob against the metric, and the table."""
        sweep, results = self._sweep, self._sweep.results()
        *views, words = self.query(PictureView)
        for knob, view in zip(sweep.plan.knobs, views, strict=True):
            view.show(against(results, sweep.exercise, sweep.plan, knob, sweep.recorded))
        # A picture of words sends the rows that changed, and no others.
        words.show(Drawing(role="text", caption="\n".join(self._words())))

    def _words(self) -> list[str]:
        """The table, and what it says in sentences."""
        results, plan = self._sweep.results(), self._sweep.plan
        width = max(24, self.app.size.width - 6)
        said = summary(results, plan.metric)
        wrapped = [part for line in said for part in textwrap.wrap(line, width)]
        return [*table(results, plan, width), "", *wrapped]

    def _state(self) -> Content:
        sweep = self._sweep
        results = sweep.results()
        if sweep.problem is not None:
            return Content.styled(sweep.problem.title, "$error")
        done = sum(each.counts for each in results)
        parts = [f"{done} of {len(results)} done"]
        if sweep.going:
            left = sweep.seconds_left()
            parts += [sweep.stage] if sweep.stage else []
            parts += [f"{duration(left)} left"] if left and not sweep.stage else []
        elif not sweep.over:
            parts.append("r goes on with the rest")
        if top := best_words(results, sweep.plan.metric):
            parts.append(f"best so far {top}" if sweep.going else f"best {top}")
        return Content(" · ".join(parts))

    # --- keys ---------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now stands in the footer."""
        going = self._sweep.going
        if action in ("stop", "anew"):
            return going is (action == "stop")
        if action == "go":
            return not going and not self._sweep.over
        return action != "next_plot" or len(self._sweep.exercise.plot) > 1

    def action_go(self) -> None:
        """Train what is left; it goes on while other screens are in front."""
        if not self._sweep.going:
            self.app.run_worker(self._sweep.go(), group="sweep", exit_on_error=False)
            self._tell()

    @work(exclusive=True, group="notice", exit_on_error=False)
    async def _tell(self) -> None:
        if notice := await self.app.tutor.training.notice():
            self.app.say(notice)

    @work(group="stop", exit_on_error=False)
    async def action_stop(self) -> None:
        """End all runs; what they wrote stays."""
        if not await self._sweep.stop():
            self.app.say("A run does not end, not even by force.", bad=True)

    def action_next_plot(self) -> None:
        """Other axes, in all of them."""
        self.query_one(SmallMultiples).next_plot()

    def action_results(self) -> None:
        """The results under the plots, and back."""
        page = self.query_one("#runs")
        if page.scroll_offset.y < page.max_scroll_y:
            page.scroll_end(animate=False)
        else:
            page.scroll_home(animate=False)

    def action_scroll(self, way: int) -> None:
        """A page up or down."""
        page = self.query_one("#runs")
        page.scroll_relative(y=way * max(1, page.size.height - 2), animate=False)

    def action_anew(self) -> None:
        """Another sweep of the same exercise."""
        from tutor.ui.screens.sweep import SweepScreen

        self.app.switch_screen(SweepScreen(self._sweep.exercise, self._sweep.plan.base))

    def action_leave(self) -> None:
        """Back; a sweep that is going goes on, and the lab leads to it again."""
        if self._sweep.going:
            self.app.say("The sweep goes on. w in the lab shows it.", progress=True)
        self.dismiss()

    @on(SmallMultiples.Chosen)
    def _reveal(self, event: SmallMultiples.Chosen) -> None:
        self.query_one("#runs").scroll_to_region(event.region, animate=False, force=True)

    @on(SmallMultiples.Opened)
    def _open(self, event: SmallMultiples.Opened) -> None:
        live = self._sweep.lives.get(event.index)
        if live is None:
            self.app.say("That run has not begun.")
            return
        try:
            self.app.watch_run(self.app.tutor.training.attach(live.request.run))
        except TutorError as error:
            self.app.complain(error)

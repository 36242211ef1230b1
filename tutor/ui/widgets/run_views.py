"""What there is to see of a run: its curves, its pictures, what it printed."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor.core.bitmap import Drawing
from tutor.core.canvas import Glyphs
from tutor.core.lesson import Plot
from tutor.core.series import Metrics
from tutor.session.live_run import LiveRun
from tutor.ui.widgets.loss_plot import LossPlot
from tutor.ui.widgets.picture import PictureView


class RunViews(Vertical):
    """Curves always; beside or instead of them, where there is no room, a picture or the log."""

    DEFAULT_CSS = """
    RunViews { width: 1fr; padding: 0 1; }
    RunViews #plots, RunViews LossPlot, RunViews PictureView, RunViews #log { height: 1fr; }
    RunViews #log { padding: 0 1; background: $surface; }
    RunViews.roomy #plots { height: 3fr; }
    RunViews.roomy PictureView, RunViews.roomy #log { height: 2fr; }
    """

    def __init__(self, plots: Sequence[Plot], glyphs: Glyphs) -> None:
        super().__init__()
        self._plots = plots
        self._glyphs: Glyphs = glyphs
        self._live: LiveRun | None = None
        self._picture = ""

    def compose(self) -> ComposeResult:
        """All of it; what is not looked at is not displayed."""
        with Vertical(id="plots"):
            for plot in self._plots:
                yield LossPlot(plot, Metrics(), glyphs=self._glyphs)
        yield PictureView(glyphs=self._glyphs)
        with VerticalScroll(id="log"):
            yield Static(id="printed", markup=False)

    def on_mount(self) -> None:
        """Begin with the first curves."""
        self.query_one("#log").display = False
        self.query_one(PictureView).display = False
        self._show_plot(0)

    @property
    def plots(self) -> list[LossPlot]:
        """The sets of axes."""
        return list(self.query(LossPlot))

    @property
    def _roomy(self) -> bool:
        return self.has_class("roomy")

    @property
    def shows_plot(self) -> bool:
        """Whether the curves are in view."""
        return self.query_one("#plots").display

    def follow(self, live: LiveRun) -> None:
        """Show another run from now on."""
        self._live = live
        self._picture = ""
        for plot in self.plots:
            plot.watch_metrics(live.metrics)

    def tick(self) -> None:
        """Draw what came since the last tick; a few times a second, whatever the run's pace."""
        live = self._live
        if live is None:
            return
        for plot in self.plots:
            if plot.display:
                plot.planned(live.total_steps)
                plot.advance()
        view = self.query_one(PictureView)
        if live.pictures:
            self._picture = self._picture or next(iter(live.pictures))
            if self._roomy and not self.query_one("#log").display:
                view.display = True
            raw = live.picture(self._picture) if view.display else None
            if raw is not None:
                view.show(Drawing.from_json(raw))
        if self.query_one("#log").display:
            self.query_one("#printed", Static).update(Content(live.log() or "Nothing printed."))

    def next_view(self) -> None:
        """Curves, then picture after picture, then what was printed, then curves again."""
        plots, view = self.query_one("#plots"), self.query_one(PictureView)
        log = self.query_one("#log")
        names = list(self._live.pictures) if self._live else []
        if log.display:
            log.display, view.display = False, self._roomy and bool(names)
        elif view.display and self._picture in names[:-1]:
            self._picture = names[names.index(self._picture) + 1]
        elif names and not view.display:
            self._picture, view.display = names[0], True
        else:
            log.display, view.display = True, False
        plots.display = self._roomy or not (view.display or log.display)
        self.tick()

    def next_plot(self) -> None:
        """The next set of axes."""
        shown = next((i for i, plot in enumerate(self.plots) if plot.display), 0)
        self._show_plot((shown + 1) % len(self.plots))
        self.tick()

    def _show_plot(self, index: int) -> None:
        for i, plot in enumerate(self.plots):
            plot.display = i == index

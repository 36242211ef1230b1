"""What there is to see of a run: its curves, its pictures, what it printed."""

from bisect import bisect_right
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor.core.bitmap import Drawing
from tutor.core.canvas import Glyphs
from tutor.core.lesson import Plot
from tutor.core.protocol import PictureSaved
from tutor.core.series import Metrics
from tutor.session.live_run import LiveRun
from tutor.ui.widgets.loss_plot import LossPlot
from tutor.ui.widgets.picture import PictureView
from tutor.ui.widgets.tensors import TensorTable

LOG, TENSORS = "(log)", "(tensors)"
ROOMY = 110
"""Columns of the screen from which on there is room for both."""


class RunViews(Vertical):
    """Curves always; beside or instead of them, where there is no room, a picture or the log."""

    DEFAULT_CSS = """
    RunViews { width: 1fr; padding: 0 1; }
    RunViews #when { height: 1; padding: 0 1; color: $foreground-muted; text-wrap: nowrap; }
    RunViews #plots, RunViews LossPlot, RunViews PictureView, RunViews #log,
    RunViews TensorTable { height: 1fr; }
    RunViews #log { padding: 0 1; background: $surface; }
    RunViews.roomy #plots { height: 3fr; }
    RunViews.roomy PictureView { height: 3fr; }
    RunViews.roomy #log, RunViews.roomy TensorTable { height: 2fr; }
    """

    def __init__(self, plots: Sequence[Plot], glyphs: Glyphs) -> None:
        super().__init__()
        self._plots = plots
        self._glyphs: Glyphs = glyphs
        self._live: LiveRun | None = None
        self._view = ""
        """What is shown beside the curves, or where there is no room instead of them."""
        self._detailed = False
        self._at: float | None = None
        """The step that pictures are looked at; None for the newest."""
        self._drawn: tuple[PictureSaved, bool] | None = None
        """The picture that was drawn last, and whether it was asked for."""

    def compose(self) -> ComposeResult:
        """All of it; what is not looked at is not displayed."""
        with Vertical(id="plots"):
            for plot in self._plots:
                yield LossPlot(plot, Metrics(), glyphs=self._glyphs)
        yield Static(id="when", markup=False)
        yield PictureView(glyphs=self._glyphs)
        yield TensorTable()
        with VerticalScroll(id="log"):
            yield Static(id="printed", markup=False)

    def on_mount(self) -> None:
        """Begin with the first curves."""
        self._arrange()
        self._show_plot(0)

    def on_resize(self) -> None:
        """Where there is room, curves and pictures stand together."""
        self.set_class(self.screen.size.width >= ROOMY, "roomy")

    @property
    def plots(self) -> list[LossPlot]:
        """The sets of axes."""
        return list(self.query(LossPlot))

    @property
    def _roomy(self) -> bool:
        return self.has_class("roomy")

    @property
    def moves(self) -> bool:
        """Whether something is in view that moves while it trains: curves or a picture."""
        return self.query_one("#plots").display or self.query_one(PictureView).display

    def follow(self, live: LiveRun) -> None:
        """Show another run from now on."""
        self._live = live
        self._view = ""
        self._detailed = False
        self._at = self._drawn = None
        for plot in self.plots:
            plot.watch_metrics(live.metrics)
        self._arrange()

    def _views(self) -> list[str]:
        """What there is to see beside the curves: pictures by name, `tensors`, `log`."""
        live = self._live
        if live is None:
            return []
        tensors = [TENSORS] if live.detail is not None else []
        pictures = sorted(live.pictures, key=lambda name: _looked_up(live, name))
        return [*pictures, *tensors, LOG]

    def tick(self) -> None:
        """Draw what came since the last tick; a few times a second, whatever the run's pace."""
        live = self._live
        if live is None:
            return
        moments = live.moments()
        for plot in self.plots:
            if plot.display:
                plot.planned(live.total_steps)
                plot.happened(moments)
                plot.advance()
        if live.detail is not None and not self._detailed:
            # The first single step shows what it did, where that hides no curve.
            self._detailed, self._view = True, TENSORS if self._roomy else self._view
        if self._roomy and not self._view and live.pictures:
            # What the exercise drew; what was looked up inside its network can wait for `v`.
            self._view = next((name for name in live.pictures if not _looked_up(live, name)), "")
        self._arrange()
        self._fill(live)

    def _arrange(self) -> None:
        """Display the view that is chosen, and the curves where there is room for both."""
        self.query_one("#log").display = self._view == LOG
        self.query_one(TensorTable).display = self._view == TENSORS
        pictured = self._view not in ("", LOG, TENSORS)
        self.query_one("#when").display = self.query_one(PictureView).display = pictured
        self.query_one("#plots").display = self._roomy or not self._view

    def _fill(self, live: LiveRun) -> None:
        if self._view == LOG:
            self.query_one("#printed", Static).update(Content(live.log() or "Nothing printed."))
        elif self._view == TENSORS and live.detail is not None:
            self.query_one(TensorTable).show(live.detail)
        elif self._view:
            self._picture(live)

    def _picture(self, live: LiveRun) -> None:
        """The picture of the step that is looked at, where it is another than before."""
        gallery = live.gallery.get(self._view, [])
        if not gallery:
            return
        index = self._index(gallery)
        saved, when = gallery[index], self.query_one("#when", Static)
        asked = self._at is not None or not live.running
        if self._drawn in ((saved, asked), (saved, True)):
            return
        raw = live.read_picture(saved)
        if raw is None or self.query_one(PictureView).show(
            Drawing.from_json(raw), sparing=not asked
        ):
            self._drawn = saved, asked
            total = f"/{live.total_steps}" if live.total_steps else ""
            words = f"{self._view} · step {saved.step}{total}"
            if len(gallery) > 1:
                words += f" · {index + 1} of {len(gallery)}  [ ]"
            when.update(Content(words), layout=False)

    def _index(self, gallery: Sequence[PictureSaved]) -> int:
        """The newest picture that the step which is looked at had seen; the first before it."""
        if self._at is None:
            return len(gallery) - 1
        return max(0, bisect_right(gallery, self._at, key=lambda saved: saved.step) - 1)

    @on(LossPlot.Crossed)
    def _crossed(self, event: LossPlot.Crossed) -> None:
        """Pictures stand in step with the crosshair."""
        event.stop()
        self._at = event.step
        if self._live is not None:
            self._fill(self._live)

    @property
    def scrubs(self) -> bool:
        """Whether there are earlier pictures to look back at."""
        galleries = self._live.gallery.values() if self._live is not None else ()
        return any(len(gallery) > 1 for gallery in galleries)

    def look_back(self) -> None:
        """An earlier picture."""
        self.scrub(-1)

    def scrub(self, by: int) -> None:
        """An earlier or a later picture; the crosshair goes along. Past the last one is now."""
        live = self._live
        if live is None or not live.gallery:
            return
        if self._view not in live.gallery:
            self._view = self._views()[0]
        gallery = live.gallery[self._view]
        index = max(0, self._index(gallery) + by)
        self._at = step = gallery[index].step if index < len(gallery) else None
        for plot in self.plots:
            plot.cross_at(step)
        self.tick()

    def next_view(self) -> None:
        """Curves, picture after picture, tensors, what was printed, then curves again."""
        views = self._views()
        if not self._roomy:
            views = ["", *views]
        if views:
            at = views.index(self._view) + 1 if self._view in views else 0
            self._view = views[at % len(views)]
        self.tick()

    def next_plot(self) -> None:
        """The next set of axes."""
        shown = next((i for i, plot in enumerate(self.plots) if plot.display), 0)
        self._show_plot((shown + 1) % len(self.plots))
        self.tick()

    def _show_plot(self, index: int) -> None:
        for i, plot in enumerate(self.plots):
            plot.display = i == index


def _looked_up(live: LiveRun, name: str) -> bool:
    """Whether a picture is of the numbers inside the network, and not the exercise's own."""
    return live.pictures[name].role == "histograms"

"""The plot widget: what it shows, its keys, and how few cells a tick repaints."""

import math

import pytest
from textual.app import App
from textual.geometry import Region

from tests.ui.frames import frame
from tutor.core.lesson import Plot
from tutor.core.series import Metrics, Series
from tutor.ui.themes import THEMES
from tutor.ui.widgets.loss_plot import LossPlot, changed

PLOT = Plot(
    series=("train/loss", "valid/loss"),
    title="Loss",
    target=0.5,
    target_label="below 0.50: passed",
)


class PlotApp(App[None]):
    """A program of one plot."""

    CSS = "Screen { background: $background; }"

    def __init__(self, glyphs="braille", plot=PLOT):
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "walk-dark"
        self.metrics = Metrics()
        self.plot = LossPlot(plot, self.metrics, glyphs=glyphs)

    def compose(self):
        yield self.plot

    def train(self, steps, start=1):
        """Readings as a run gives them."""
        train = self.metrics.series.setdefault("train/loss", Series())
        valid = self.metrics.series.setdefault("valid/loss", Series())
        for step in range(start, start + steps):
            train.append(step, 2.5 * math.exp(-step / 200) + 0.1 + 0.05 * math.sin(step * 7.3))
            if step % 50 == 0:
                valid.append(step, 2.5 * math.exp(-step / 220) + 0.2)

    def row(self, number):
        return frame(self).split("\n")[number].strip()


@pytest.fixture
async def pilot():
    app = PlotApp()
    async with app.run_test(size=(100, 30)) as pilot:
        app.plot.planned(1000)
        app.plot.focus()
        await pilot.pause()
        yield pilot


async def test_it_waits_calmly(pilot):
    text = frame(pilot.app)
    assert "waiting for the first reading" in text
    assert "below 0.50: passed" in text
    assert "1000" in text


async def test_a_run_draws_itself(pilot):
    pilot.app.train(640)
    pilot.app.plot.advance()
    await pilot.pause()
    text = frame(pilot.app)
    assert pilot.app.row(0) == "Loss"
    assert "train/loss" in pilot.app.row(1)
    assert "best" in pilot.app.row(1)
    assert text.count("●") >= 13  # the legend's, and one for each validation
    assert "waiting" not in text


async def test_keys(pilot):
    pilot.app.train(640)
    await pilot.press("y")
    assert "log y" in pilot.app.row(-1)
    for strength in ("0.97", "raw", "0.6", "0.9"):
        await pilot.press("s")
        assert strength in pilot.app.row(-1)
    await pilot.press("l")
    assert "log x" in pilot.app.row(-1)
    await pilot.press("l", "left")
    assert pilot.app.row(-1).startswith("step 640")
    await pilot.press("left")
    step = int(pilot.app.row(-1).split()[1])
    assert 600 < step < 640
    await pilot.press("plus", "plus")
    assert "zoomed" in pilot.app.row(-1)
    await pilot.press("0")
    assert "zoomed" not in pilot.app.row(-1)
    assert "y log" in pilot.app.row(-1)  # the hint is back


async def test_the_crosshair_moves_the_window_at_its_edge(pilot):
    pilot.app.train(640)
    await pilot.press("left", "plus", "plus", "plus", "plus")
    before = int(pilot.app.row(-2).split()[1])
    for _ in range(90):
        pilot.app.plot.action_cross(-1)
    await pilot.pause()
    assert int(pilot.app.row(-2).split()[1]) < before


async def test_the_mouse_reads_zooms_and_pins(pilot):
    pilot.app.train(640)
    pilot.app.plot.advance()
    await pilot.hover(LossPlot, offset=(50, 10))
    assert pilot.app.row(-1).startswith("step ")
    reading = pilot.app.row(-1)
    await pilot.click(LossPlot, offset=(50, 10))
    await pilot.hover(LossPlot, offset=(70, 10))
    assert pilot.app.row(-1) == reading
    await pilot._post_mouse_events([_scroll()], LossPlot, offset=(50, 10))
    await pilot.pause()
    assert "zoomed" in pilot.app.row(-1)


def _scroll():
    from textual.events import MouseScrollUp

    return MouseScrollUp


async def test_a_tick_repaints_little(pilot):
    """With axes that stand still a tick sends what changed, and no more."""
    app = pilot.app
    app.train(300)
    app.plot.advance()
    await pilot.pause()
    sent = []
    for tick in range(20):
        app.train(10, start=301 + tick * 10)
        before = app.plot._frame
        app.plot.advance()
        regions = list(changed(before, app.plot._frame))
        sent.append(sum(region.width for region in regions) + 8 * len(regions))
        await pilot.pause()
    # Bytes of text and of cursor moves; colours come on top, at most about as much again.
    assert sum(sent) / len(sent) < 300
    assert max(sent) < 900


async def test_nothing_new_repaints_nothing(pilot):
    pilot.app.train(100)
    pilot.app.plot.advance()
    before = pilot.app.plot._frame
    pilot.app.plot.advance()
    assert list(changed(before, pilot.app.plot._frame)) == []


async def test_a_plan_that_becomes_known_is_shown(pilot):
    pilot.app.plot.planned(777)
    await pilot.pause()
    assert pilot.app.row(-2).endswith("777")


async def test_regions_hold_every_changed_cell(pilot):
    app = pilot.app
    app.train(300)
    app.plot.advance()
    old = app.plot._frame
    app.train(200, start=301)
    app.plot.advance()
    new = app.plot._frame
    rows = [list(row) for row in old.rows]
    for region in changed(old, new):
        assert isinstance(region, Region)
        for x in range(region.x, region.right):
            rows[region.y][x] = new.rows[region.y][x]
    assert ["".join(row) for row in rows] == new.rows


async def test_what_is_on_the_screen_is_what_was_drawn(pilot):
    """Partial repaints add up to the whole picture."""
    app = pilot.app
    for start in range(1, 500, 25):
        app.train(25, start=start)
        app.plot.advance()
        await pilot.pause()
    assert frame(app) == "\n".join(row.rstrip() for row in app.plot._frame.rows)


async def test_what_lies_behind(pilot):
    app = pilot.app
    app.train(200)
    app.plot.ghosts = [("last train/loss", [(step, 2.0) for step in range(1000)])]
    app.plot.band = ([0, 500, 1000], [2.0, 0.2, None], [2.6, 0.8, None])
    app.plot.prediction = ("your bet", [(0, 2.5), (1000, 1.5)])
    await pilot.pause()
    text = frame(app)
    for words in ("last train/loss", "usual range", "your bet"):
        assert words in text
    app.plot.ghosts, app.plot.band, app.plot.prediction = [], None, None
    await pilot.pause()
    assert "usual range" not in frame(app)


async def test_another_run_begins_anew(pilot):
    pilot.app.train(600)
    pilot.app.plot.advance()
    pilot.app.plot.watch_metrics(Metrics())
    await pilot.pause()
    assert "waiting for the first reading" in frame(pilot.app)


@pytest.mark.parametrize("glyphs", ["braille", "block", "ascii"])
@pytest.mark.parametrize("no_color", [False, True])
async def test_any_size_any_glyphs_with_and_without_colours(glyphs, no_color, monkeypatch):
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    app = PlotApp(glyphs)
    async with app.run_test(size=(80, 24)) as pilot:
        app.train(200)
        app.metrics.series["train/loss"].append(201, math.nan)
        app.plot.advance()
        for size in ((300, 80), (40, 12), (10, 3), (1, 1), (80, 24)):
            await pilot.resize_terminal(*size)
            app.plot.advance()
            await pilot.pause()
            frame(app)
        assert "train/loss became NaN at step 201" in app.row(-1)
        app.plot.watch_metrics(Metrics())
        await pilot.pause()
        assert "y log" in app.row(-1)
        if glyphs == "ascii":
            assert frame(app).isascii()
        app.plot.watch_metrics(app.metrics)
        await pilot.pause()
        mark = "o" if glyphs == "ascii" else "●"
        assert mark in frame(app)
        if glyphs == "ascii":
            assert frame(app).isascii()


async def test_both_themes_colour_it(pilot):
    pilot.app.train(100)
    pilot.app.plot.advance()
    await pilot.pause()
    dark = {str(segment.style.color) for segment in pilot.app.plot.render_line(12)}
    pilot.app.theme = "walk-light"
    await pilot.pause()
    light = {str(segment.style.color) for segment in pilot.app.plot.render_line(12)}
    assert not dark & light

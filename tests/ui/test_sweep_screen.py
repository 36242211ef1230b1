"""Sweeps on the screen: choosing, small plots side by side, results, at every size."""

import asyncio

import pytest
from frames import frame
from scripts import broken, falling, hello

from tutor.core.errors import TutorError
from tutor.core.protocol import Finished, Readings, Started, encode
from tutor.core.sweep import make_plan, read_space
from tutor.store.runs import read_request
from tutor.ui.app import TutorApp, open_sweep
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.quit import QuitScreen
from tutor.ui.screens.sweep import SweepScreen
from tutor.ui.screens.sweep_runs import SweepRunsScreen
from tutor.ui.widgets.knobs import KnobList
from tutor.ui.widgets.multiples import SmallMultiples
from tutor.ui.widgets.sweep_choice import SweepChoice


def exercise(tutor):
    return tutor.lesson("one").find("one.run")


def by_rate(request):
    """Runs as their learning rates make them: slow, good, broken, and one that becomes NaN."""
    rate = request.knobs["learning_rate"]
    if rate == 5.0:
        return broken(request)
    if rate < 5.0:
        return falling(request)
    nan = [("train/loss", 1, "nan")]
    return [
        hello(),
        Started(total_steps=40),
        Readings([1, 2], {"train/loss": [1.0, None], "valid/loss": [1.0, None]}, 0.1, nan),
        Finished(reason="done", step=2, seconds=0.1, nonce=request.nonce),
    ]


@pytest.fixture
def opened(scripted):
    """The program at a size, in the lab of the small course's run."""
    tutor, worker = scripted
    tutor.set_setting("welcomed", "1")
    worker.run = by_rate

    def opening(size=(80, 24), **options):
        app = TutorApp(tutor, **options)
        return app, app.run_test(size=size)

    return opening


async def choosing(app, pilot):
    await app.push_screen(LabScreen(exercise(app.tutor)))
    await pilot.pause()
    await pilot.press("w")
    await app.workers.wait_for_complete()
    await pilot.pause()
    assert isinstance(app.screen, SweepScreen)


async def sweep_of(app, pilot, values="0.01,0.1,0.5,5,10", **options):
    """A sweep that has ended, on its screen."""
    tutor = app.tutor
    run = exercise(tutor)
    spaces = [read_space(run, f"learning_rate={values}")]
    sweep = await tutor.sweeping.begin(make_plan(run, spaces, **options))
    await app.push_screen(SweepRunsScreen(sweep, go=True))
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause(0.9)
    return sweep


# --- choosing -------------------------------------------------------------------------------------


async def test_the_logarithmic_knob_is_proposed_and_what_it_takes_is_said(opened):
    app, running = opened()
    async with running as pilot:
        await choosing(app, pilot)
        screen = frame(app)
        assert "[x] learning_rate" in screen or "[x] learning rate" in screen
        assert "6 values" in screen
        assert "6 runs, " in screen
        assert "at most" in screen
        await pilot.press("right", "right")
        await pilot.pause()
        assert "8 runs, " in frame(app)
        assert "[ ] steps" in frame(app)


async def test_values_are_typed_as_on_the_command_line(opened):
    app, running = opened()
    async with running as pilot:
        await choosing(app, pilot)
        await pilot.press(*"0.01", "comma", *"0.5", "enter")
        await pilot.pause()
        assert "2 values" in frame(app)
        assert "0.01  0.5" in frame(app)
        await pilot.press(*"1e-3", "colon", *"1", "colon", "4", "enter")
        await pilot.pause()
        assert "0.001  0.01  0.1  1" in frame(app)
        await pilot.press(*"99", "enter")
        await pilot.pause()
        assert "out of range" in [each.message for each in app._notifications][-1]
        assert "0.001  0.01  0.1  1" in frame(app)
        await pilot.press("1", "2", "escape")
        assert isinstance(app.screen, SweepScreen), "escape gives up what was typed first"


async def test_another_knob_may_be_swept_and_the_others_set(opened):
    app, running = opened()
    async with running as pilot:
        await choosing(app, pilot)
        choice = app.screen.query_one(SweepChoice)
        await pilot.press("down", "space", "up", "space", *"0.5", "enter")
        await pilot.pause()
        plan = choice.plan()
        assert plan.knobs == ("steps",)
        assert plan.base == {"learning_rate": 0.5}
        await pilot.press("down", "space")
        await pilot.pause()
        assert "No knob is swept." in frame(app)
        await pilot.press("space", "down", "right", "right", "down", "right", "down", "right")
        await pilot.pause()
        assert "judged by the last" in frame(app)
        plan = choice.plan()
        assert {each.seed for each in plan.trials} == {0, 1, 2}
        assert plan.metric == "train/loss"
        assert choice.at_a_time >= 2


async def test_knobs_that_were_turned_in_the_lab_stand_so_in_all_runs(opened):
    app, running = opened()
    async with running as pilot:
        await app.push_screen(LabScreen(exercise(app.tutor)))
        await pilot.pause()
        await pilot.press("down", "right")
        turned = app.screen.query_one(KnobList).values["steps"]
        await pilot.press("w")
        await pilot.pause()
        assert turned != 40
        assert app.screen.query_one(SweepChoice).plan().base["steps"] == turned


# --- its runs -------------------------------------------------------------------------------------


async def test_from_the_lab_to_the_results_and_back(opened):
    app, running = opened()
    async with running as pilot:
        await choosing(app, pilot)
        await pilot.press(*"0.01", "comma", *"0.1", "comma", *"10", "enter", "enter")
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause(0.9)
        screen = frame(app)
        assert "3 of 3 done" in screen
        assert "best 0.01: " in screen
        assert "0.01" in screen
        assert "NaN !" in screen
        assert "✓" in screen
        await pilot.press("v")
        await pilot.pause()
        screen = frame(app)
        assert "outcome" in screen
        assert "! diverged" in screen
        assert "Diverged: learning_rate 10" in screen
        await pilot.press("v", "right", "enter")
        await pilot.pause(0.2)
        assert isinstance(app.screen, LabScreen)
        assert app.screen.query_one(KnobList).values["learning_rate"] == 0.1
        assert "Practice: not graded." in frame(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, SweepRunsScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 20), (200, 60)])
@pytest.mark.parametrize("glyphs", ["braille", "block", "ascii"])
async def test_every_outcome_is_told_without_colours_at_every_size(
    opened, monkeypatch, size, glyphs
):
    monkeypatch.setenv("NO_COLOR", "1")
    app, running = opened(size)
    app.tutor.set_setting("glyphs", glyphs)
    async with running as pilot:
        await sweep_of(app, pilot)
        screen = frame(app)
        lines = screen.splitlines()
        assert "5 of 5 done" in screen
        assert "esc" in lines[-1] or size[0] < 80
        assert (" v" if glyphs == "ascii" else " ✓") in screen
        assert max(map(len, lines)) <= size[0]
        assert glyphs != "ascii" or screen.isascii()
        await pilot.press("right", "right", "right", "right")
        await pilot.pause()
        assert "NaN !" in frame(app), "the last one is brought into view"
        await pilot.press("v")
        await pilot.pause()
        assert "broke" in frame(app) or size[0] < 60


async def test_an_empty_sweep_has_its_panels_and_says_what_goes_on(opened, monkeypatch):
    app, running = opened()
    async with running as pilot:
        run = exercise(app.tutor)
        spaces = [read_space(run, "learning_rate=0.01:1:3")]
        sweep = await app.tutor.sweeping.begin(make_plan(run, spaces))
        await app.push_screen(SweepRunsScreen(sweep))
        await pilot.pause()
        screen = frame(app)
        assert "0 of 3 done" in screen
        assert "r goes on" in screen
        assert screen.count("·") >= 3
        await pilot.press("enter")
        await pilot.pause()
        assert [each.message for each in app._notifications][-1] == "That run has not begun."
        await pilot.press("r")
        await app.workers.wait_for_complete()
        await pilot.pause(0.9)
        assert "3 of 3 done" in frame(app)
        assert "r Go on" not in frame(app)


async def test_the_last_sweep_is_one_key_away(opened):
    app, running = opened()
    async with running as pilot:
        await choosing(app, pilot)
        assert "r Last" not in frame(app)
        await pilot.press("escape", "escape")
        sweep = await sweep_of(app, pilot, "0.1,0.5")
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(app.screen, SweepScreen)
        assert "r Last" in frame(app)
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(app.screen, SweepRunsScreen)
        assert sweep.id in frame(app)
        assert "2 of 2 done" in frame(app)


async def test_thirty_runs_scroll_with_the_chosen_one_in_view(opened):
    app, running = opened()
    async with running as pilot:
        await sweep_of(app, pilot, "0.01:1:30")
        plots = app.screen.query_one(SmallMultiples)
        for _ in range(12):
            await pilot.press("down")
        await pilot.pause()
        assert plots.chosen == 29
        assert any("›1 " in line for line in frame(app).splitlines())
        for _ in range(12):
            await pilot.press("up")
        await pilot.press("left")
        await pilot.pause()
        assert plots.chosen < 3
        await pilot.press("pagedown", "pagedown")
        await pilot.pause()
        assert app.screen.query_one("#runs").scroll_offset.y > 10
        # A click chooses, and one on the chosen panel opens it.
        app.screen.query_one("#runs").scroll_home(animate=False)
        await pilot.pause()
        left, top = plots._grid(plots.size.width).spot(2)
        await pilot.click(SmallMultiples, offset=(left + 3, top + 1))
        assert plots.chosen == 2
        await pilot.click(SmallMultiples, offset=(left + 3, top + 1))
        await pilot.pause(0.2)
        assert isinstance(app.screen, LabScreen)


async def test_several_knobs_have_a_plot_each_and_titles_that_tell_them(opened):
    app, running = opened((140, 40))
    async with running as pilot:
        run = exercise(app.tutor)
        spaces = [read_space(run, "learning_rate=0.1,0.5"), read_space(run, "steps=10,40")]
        sweep = await app.tutor.sweeping.begin(make_plan(run, spaces, seeds=2))
        await app.push_screen(SweepRunsScreen(sweep, go=True))
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause(0.9)
        assert "lr 0.1 ste 10 #1" in frame(app)
        assert "8 of 8 done" in frame(app)
        await pilot.press("v")
        await pilot.pause()
        screen = frame(app)
        assert "by steps (across), 8 runs" in screen
        assert "from, to" in screen


async def test_resizing_to_nothing_and_back_harms_nothing(opened):
    app, running = opened()
    async with running as pilot:
        await sweep_of(app, pilot)
        for size in [(1, 1), (10, 4), (30, 12), (140, 40), (80, 24)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await pilot.press("right", "p", "v")
            await pilot.pause()
            frame(app)


# --- going on, stopping, leaving ------------------------------------------------------------------


@pytest.fixture
def endless(scripted, monkeypatch):
    """Runs that train until they are stopped."""
    _, worker = scripted
    monkeypatch.setattr("tutor.runner.follow.state", lambda _: "live")
    monkeypatch.setattr("tutor.session.live_run.state", lambda _: "live")

    async def stop(folder):
        end = Finished(reason="stopped", step=40, seconds=1, nonce=read_request(folder).nonce)
        with (folder / "events.jsonl").open("ab") as file:
            file.write(encode(end) + b"\n")
        return "stopped"

    monkeypatch.setattr("tutor.session.live_run.stop", stop)
    return worker


async def test_a_sweep_goes_on_behind_other_screens_and_w_leads_back_to_it(opened, endless):
    app, running = opened()
    endless.run = lambda request: falling(request)[:-1]
    async with running as pilot:
        await choosing(app, pilot)
        await pilot.press(*"0.1", "comma", *"0.5", "enter", "enter")
        await pilot.pause(0.3)
        assert isinstance(app.screen, SweepRunsScreen)
        assert "0 of 2 done" in frame(app)
        for _ in range(40):  # until the first has begun
            if "▸" in frame(app):
                break
            await pilot.pause(0.1)
        assert "▸" in frame(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)
        assert app.tutor.sweeping.current.going
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, SweepRunsScreen)
        await pilot.press("x")
        await pilot.pause(0.7)
        screen = frame(app)
        assert "r goes on with the rest" in screen
        assert "■" in screen
        assert len(endless.requests) == 1


async def test_quitting_asks_and_starts_no_more(opened, endless):
    app, running = opened()
    endless.run = lambda request: falling(request)[:-1]
    async with running as pilot:
        await choosing(app, pilot)
        await pilot.press(*"0.1", "comma", *"0.5", "enter", "enter")
        await pilot.pause(0.3)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, QuitScreen)
        assert "The rest of the sweep waits" in frame(app)
        await pilot.press("escape")
        await pilot.pause()
        assert app.tutor.sweeping.current.going
        await pilot.press("q")
        await pilot.pause()
        await pilot.press("l")
        await pilot.pause(0.2)
    assert len(endless.requests) == 1
    (kept,) = app.tutor.sweeping.kept()
    assert [bool(run) for run in kept.runs] == [True, False]


async def test_while_it_goes_only_its_own_panel_is_drawn_anew(opened, endless, monkeypatch):
    """What costs bytes on a slow link: the regions that a tick repaints."""
    app, running = opened((140, 40))
    steps = list(range(1, 21))
    endless.run = lambda _: [
        hello(),
        Started(total_steps=40),
        Readings(steps, {"train/loss": [1.0] * 20}, 0.5),
    ]
    drawn = []
    async with running as pilot:
        run = exercise(app.tutor)
        spaces = [read_space(run, "learning_rate=0.01:1:9")]
        sweep = await app.tutor.sweeping.begin(make_plan(run, spaces), at_a_time=1)
        await app.push_screen(SweepRunsScreen(sweep, go=True))
        await pilot.pause(0.8)
        plots = app.screen.query_one(SmallMultiples)
        monkeypatch.setattr(plots, "refresh", lambda *regions, **_: drawn.append(regions))
        live = sweep.lives[0]
        live.metrics.series["train/loss"].extend(range(21, 30), [0.3] * 9)
        await asyncio.sleep(0)
        app.screen._draw()
        cells = sum(region.width for regions in drawn for region in regions)
        assert drawn
        assert all(regions for regions in drawn), "never the whole widget"
        assert 0 < cells < 140
        await pilot.press("x")
        await pilot.pause(0.1)


async def test_nothing_to_sweep_is_said_where_one_asks(opened):
    app, running = opened()
    async with running as pilot:
        await pilot.pause()
        open_sweep(app)
        await pilot.pause()
        assert "begun in the lab" in [each.message for each in app._notifications][-1]


async def test_where_no_run_can_be_started_it_says_why_and_what_to_do(opened):
    app, running = opened()

    async def fork(folder):
        raise TutorError("The worker died 3 times in a row.", "Ask doctor.")

    app.tutor.training.fork = fork
    async with running as pilot:
        await sweep_of(app, pilot, "0.1,0.5")
        screen = frame(app)
        assert "The worker died 3 times in a row." in screen
        assert "r Go on" in screen
        assert "Ask doctor." in [each.message for each in app._notifications][-1]

"""Every run on one screen: found, marked, compared, noted, deleted and taken back."""

import contextlib
import re

import pytest
from frames import frame
from scripts import falling, hello
from textual.worker import WorkerCancelled

from tutor.core.protocol import Finished, Readings, Started, encode
from tutor.session import ledger, live_run
from tutor.ui.app import TutorApp
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.lesson import LessonScreen
from tutor.ui.screens.runs import RunsScreen
from tutor.ui.widgets.run_panel import OverlayPlot, RunPanel
from tutor.ui.widgets.run_table import RunTable


def diverging(request):
    """A run whose loss is never finite."""
    bad = [("train/loss", row, "nan") for row in range(3)]
    return [
        hello(),
        Started(total_steps=3),
        Readings([1, 2, 3], {"train/loss": [None] * 3}, elapsed=0.1, bad=bad),
        Finished(reason="done", step=3, seconds=0.1, nonce=request.nonce),
    ]


async def train(scripted, rate=0.01, seed=1, script=falling):
    tutor, worker = scripted
    worker.run = script
    run = tutor.lesson("one").find("one.run")
    live = await tutor.training.start(run, {"learning_rate": rate}, seed=seed)
    async for _ in live.events():
        pass
    return live.folder.name


@pytest.fixture
async def three(scripted):
    """Runs at 0.01, 0.1 and 3, the last of them on top of the list."""
    return [await train(scripted, rate, seed) for seed, rate in enumerate((0.01, 0.1, 3.0), 1)]


async def settled(pilot):
    """Wait until records are read and the panel has followed the cursor."""
    for _ in range(2):
        await pilot.pause(0.28)
        with contextlib.suppress(WorkerCancelled):  # a newer one took over
            await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.fixture
def opened(app):
    """The screen in a terminal of some size, with everything read."""

    class Opened:
        def __init__(self, size=(100, 30)):
            self._running = app.run_test(size=size)

        async def __aenter__(self):
            pilot = await self._running.__aenter__()
            await pilot.pause()
            app.action_go("Runs")
            await settled(pilot)
            return pilot

        async def __aexit__(self, *error):
            return await self._running.__aexit__(*error)

    return Opened


def rows(app):
    """The lines of the list."""
    found = frame(app).splitlines()
    return [line for line in found if any(sign in line[:8] for sign in "✓✗·!◐")]


def rates(app):
    """The learning rates, from the top."""
    return [re.search(r"lr (\S+)", line)[1] for line in rows(app)]


async def press(pilot, *keys):
    await pilot.press(*keys)
    await settled(pilot)
    return frame(pilot.app)


async def test_home_opens_it_and_it_says_where_to_start(pilot):
    await pilot.press("r")
    await settled(pilot)
    assert isinstance(pilot.app.screen, RunsScreen)
    screen = frame(pilot.app)
    assert "No runs yet." in screen
    assert "The first is “A ball in a bowl” in the lesson “Rolling downhill”" in " ".join(
        screen.split()
    )
    assert not pilot.app.screen.query_one(RunPanel).display
    assert "Mark" not in screen.splitlines()[-1]
    await pilot.press("space", "p", "v", "d", "n", "m", "s", "e")
    await pilot.press("enter")
    await pilot.pause()
    assert isinstance(pilot.app.screen, LessonScreen)


async def test_one_run_shows_its_curve_and_its_result(opened, scripted):
    await train(scripted, 0.5, seed=7)
    async with opened() as pilot:
        screen = frame(pilot.app)
        (line,) = rows(pilot.app)
        assert line.split()[:8] == ["▸", "✓", "A", "ball", "in", "a", "bowl", "lr"]
        assert "0.00391" in line
        assert "━ lr 0.5" in screen
        assert "below 0.01: passed" in screen
        assert "1 of 1   s newest first" in screen
        assert "Mark two runs with space" in await press(pilot, "v")
        assert "Train once more with another knob" in await press(pilot, "v")
        assert "passed, 3 of 3 points" in await press(pilot, "v")


async def test_marked_runs_lie_over_each_other_in_colours_of_their_own(opened, three):
    async with opened() as pilot:
        plot = pilot.app.screen.query_one(OverlayPlot)
        screen = await press(pilot, "space", "down", "space", "down", "space")
        for name in ("━ lr 3", "● lr 0.1", "▲ lr 0.01"):
            assert name in screen
        assert [line[3] for line in rows(pilot.app)] == ["━", "●", "▲"]
        assert plot._chart.slots == [0, 1, 2]
        # The second is unmarked: the others keep their colours, in the list and in the plot.
        screen = await press(pilot, "up", "space")
        assert [line[3] for line in rows(pilot.app)] == ["━", " ", "▲"]
        assert "▲ lr 0.01" in screen
        assert "┈ lr 0.1" in screen  # it is under the cursor, and looked at only
        assert plot._chart.slots == [0, 2]
        # The one at the bottom is pinned: first in the legend, on top of the plot.
        screen = await press(pilot, "down", "p")
        assert "▲ *" in rows(pilot.app)[2]
        assert screen.index("▲ lr 0.01 ") < screen.index("━ lr 3 ")
        assert (plot._chart.slots, plot._chart.top) == ([2, 0], 0)
        screen = await press(pilot, "p", "space")
        assert [line[3] for line in rows(pilot.app)] == ["━", " ", " "]
        assert plot._chart.top is None


async def test_no_more_are_marked_than_there_are_colours(opened, scripted):
    for seed in range(7):
        await train(scripted, 0.1, seed)
    async with opened() as pilot:
        await press(pilot, *["space", "down"] * 7)
        assert [line[3] for line in rows(pilot.app)] == ["━", "●", "▲", "■", "▼", "○", " "]
        assert [each.message for each in pilot.app._notifications] == [
            "6 runs are as many as there are colours. Unmark one first."
        ]
        assert len({line[3] for line in rows(pilot.app)}) == 7


async def test_what_tells_them_apart_stands_in_a_table(opened, three):
    async with opened() as pilot:
        screen = await press(pilot, "space", "down", "v")
        assert "learning_rate" in screen  # a marked one against the one under the cursor
        screen = await press(pilot, "space", "down", "space")
        line = next(each for each in screen.splitlines() if "learning_rate" in each)
        assert line.split()[-3:] == ["3", "0.1", "0.01"]
        assert "3 runs" in screen


async def test_a_knob_against_the_result(opened, three):
    async with opened() as pilot:
        screen = await press(pilot, "v", "v")
        assert "[scatter]" in screen
        assert "valid/loss (up) by learning_rate (across), 3 runs" in screen
        assert "[ ] learning_rate 1/1" in screen
        assert "x not passed" in screen
        screen = await press(pilot, "m")
        assert "train/loss (up) by learning_rate" in screen
        assert "loss" in screen.splitlines()[1]  # the list's result is another one too


async def test_the_list_is_sorted_and_searched(opened, scripted):
    for rate, seed, script in ((3.0, 1, diverging), (0.5, 2, falling), (0.1, 3, falling)):
        await train(scripted, rate, seed, script)
    async with opened() as pilot:
        assert rates(pilot.app) == ["0.1", "0.5", "3"]
        assert "s by result" in await press(pilot, "end", "s")
        assert rows(pilot.app)[0].startswith(" ▸")
        assert rates(pilot.app)[-1] == "3"  # nothing finite came of it
        await pilot.press("slash", *"learning_rate>0.1")
        screen = await press(pilot)
        assert rates(pilot.app) == ["0.5", "3"]
        assert "learning_rate>0.1   s by result" in screen
        await press(pilot, "enter", "s", "s", "s")
        assert "s newest first" in frame(pilot.app)
        assert pilot.app.screen.query_one(RunTable).has_focus
        await pilot.press("slash", *"zzz")
        screen = await press(pilot)
        assert "No run matches zzz." in screen
        await press(pilot, "escape")
        assert len(rows(pilot.app)) == 3
        assert isinstance(pilot.app.screen, RunsScreen)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, RunsScreen)


async def test_runs_with_nothing_but_nan(opened, scripted):
    for seed in (1, 2):
        await train(scripted, 3.0, seed, diverging)
    async with opened() as pilot:
        screen = await press(pilot, "m", "space", "down", "space")
        assert screen.count(" NaN ") >= 2
        assert "seed 2 became NaN at step 1" in screen
        assert "nothing to draw" in await press(pilot, "v", "v") or "Train once" in frame(pilot.app)
        assert "NaN" in await press(pilot, "v")


async def test_deleting_and_taking_back(opened, three):
    async with opened() as pilot:
        await press(pilot, "space", "down", "space")
        assert len(rows(pilot.app)) == 3
        await press(pilot, "d")
        assert len(rows(pilot.app)) == 2
        assert [each.message for each in pilot.app._notifications] == [
            "Deleted. u takes it back, for a week."
        ]
        assert [line[3] for line in rows(pilot.app)] == ["━", " "]
        await press(pilot, "u")
        assert len(rows(pilot.app)) == 3
        await press(pilot, "u")
        assert "Nothing is left to take back." in [
            each.message.partition(" Deleted")[0] for each in pilot.app._notifications
        ]
        await press(pilot, "d", "d", "d")
        assert "No runs yet." in frame(pilot.app)
        await press(pilot, "u")
        assert len(rows(pilot.app)) == 1


async def test_a_note_and_tags_are_written_and_found(opened, three, scripted):
    async with opened(size=(120, 30)) as pilot:
        await pilot.press("n")
        await pilot.pause()
        assert "Note on A ball in a bowl, seed 3" in frame(pilot.app)
        await press(pilot, *"it leaps", "enter")
        await pilot.press("t")
        await pilot.pause()
        screen = await press(pilot, *"worst", "space", *"#too big", "enter")
        assert "#worst" in screen
        assert scripted[0].ledger.entry(three[2]).note == "it leaps"
        assert scripted[0].ledger.entry(three[2]).tags == ("worst", "too", "big")
        await pilot.press("n", *"!!", "escape")
        await settled(pilot)
        assert scripted[0].ledger.entry(three[2]).note == "it leaps"
        await pilot.press("slash", *"#worst")
        await press(pilot, "enter")
        assert len(rows(pilot.app)) == 1
        screen = await press(pilot, "v", "v", "v")
        assert "it leaps" in screen


async def test_a_hostile_note_is_shown_literally(opened, three, scripted):
    scripted[0].ledger.note(three[2], "[b]no[/b] \x1b[2J markup $x tensor([nan])")
    async with opened(size=(140, 40)) as pilot:
        screen = await press(pilot, "v", "v", "v")
        assert "[b]no[/b] ␛[2J markup $x tensor([nan])" in screen


async def test_enter_opens_the_lab_and_r_goes_back_to_the_same_list(opened, three):
    async with opened() as pilot:
        await press(pilot, "down", "space")
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, LabScreen)
        assert "0.1" in frame(pilot.app)
        await pilot.press("r")
        await settled(pilot)
        assert isinstance(pilot.app.screen, RunsScreen)
        assert [type(each) for each in pilot.app.screen_stack].count(RunsScreen) == 1
        assert rows(pilot.app)[1].startswith(" ▸ ━")


async def test_an_exercise_that_is_gone(opened, scripted):
    tutor, _ = scripted
    name = await train(scripted, 0.5)
    request = tutor.places.runs / name / "request.json"
    request.write_text(request.read_text().replace('"one.run"', '"one.gone"'))
    async with opened() as pilot:
        (line,) = rows(pilot.app)
        assert "one.gone" in line
        assert "━ seed 1" in frame(pilot.app)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, RunsScreen)
        assert "is not in this course" in next(iter(pilot.app._notifications)).message


async def test_what_ended_unwatched_is_graded(opened, scripted):
    tutor, worker = scripted
    worker.run = falling
    await tutor.training.start(tutor.lesson("one").find("one.run"), {"learning_rate": 0.5})
    async with opened() as pilot:
        assert rows(pilot.app)[0].split()[1] == "✓"


async def test_a_run_that_trains_goes_on_in_the_list_and_in_the_plot(opened, scripted, monkeypatch):
    tutor, worker = scripted
    worker.run = lambda request: falling(request)[:-1]
    live = await tutor.training.start(tutor.lesson("one").find("one.run"), {"learning_rate": 0.5})
    record, end = live.folder / "events.jsonl", ["live"]
    for module in (ledger, live_run):
        monkeypatch.setattr(module, "state", lambda folder: end[0])

    def write(*events):
        with record.open("ab") as file:
            file.writelines(encode(event) + b"\n" for event in events)

    async with opened() as pilot:
        (line,) = rows(pilot.app)
        assert "◐" in line
        assert "at 40" in line
        write(Readings([41, 50], {"train/loss": [0.2, 0.1]}, elapsed=3.0))
        await pilot.pause(1.2)
        assert "at 50" in rows(pilot.app)[0]
        plot = pilot.app.screen.query_one(OverlayPlot)
        assert plot._chart.found()[0].last_step == 50
        await pilot.press("d")
        await settled(pilot)
        assert len(rows(pilot.app)) == 1
        assert "has not ended" in next(iter(pilot.app._notifications)).message
        end[0] = "ended"
        write(Finished(reason="done", step=50, seconds=3.0, nonce=live.request.nonce))
        await pilot.pause(1.2)
        await settled(pilot)
        assert "✓" in rows(pilot.app)[0]
        assert tutor.progress.blocks["one.run"].passed


async def test_a_run_that_is_begun_elsewhere_appears(opened, scripted):
    await train(scripted, 0.5)
    async with opened() as pilot:
        assert len(rows(pilot.app)) == 1
        await train(scripted, 0.1, seed=2)
        await pilot.pause(1.2)
        await settled(pilot)
        assert len(rows(pilot.app)) == 2


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 20), (1, 1)])
@pytest.mark.parametrize("glyphs", ["braille", "ascii"])
async def test_any_size(opened, three, scripted, size, glyphs):
    scripted[0].set_setting("glyphs", glyphs)
    async with opened(size=size) as pilot:
        for keys in (["space", "down", "p"], ["v"], ["v"], ["v"], ["v"]):
            screen = await press(pilot, *keys)
            assert screen.isascii() or glyphs == "braille"
        if size[0] > 1:
            assert "lr 0.1" in screen
            assert " enter Lab " in screen.splitlines()[-1]
        if size[0] >= 80:
            assert screen.splitlines()[-1].rstrip().endswith("? Help")


async def test_without_colours_signs_say_it_all(opened, three, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(size=(80, 24)) as pilot:
        screen = await press(pilot, "space", "down", "p")
        assert "[curves]" in screen
        assert "● * ✓" in screen
        assert "▸" in screen


async def test_moving_the_cursor_sends_two_lines(opened, scripted):
    for seed in range(6):
        await train(scripted, 0.5, seed)
    async with opened() as pilot:
        await press(pilot, "space")
        table = pilot.app.screen.query_one(RunTable)
        sent = []
        refresh = table.refresh

        def noted(*regions, **how):
            sent.extend(regions or ["all"])
            return refresh(*regions, **how)

        table.refresh = noted
        await pilot.press("down")
        await pilot.pause()
        assert [region.y for region in sent] == [0, 1]
        await settled(pilot)
        sent.clear()
        await pilot.pause(1.5)
        assert sent == []


async def test_the_palette_and_help_know_it(scripted):
    tutor, _ = scripted
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor)
    async with app.run_test(size=(100, 50)) as pilot:
        await pilot.pause()
        names = [command.title for command in app.get_system_commands(app.screen)]
        assert "Runs" in names
        app.action_go("Runs")
        await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        screen = frame(app)
        for words in ("Take back what was deleted last", "How to export", "Another result"):
            assert words in screen


async def test_the_code_that_a_run_trained_stands_under_its_note(opened, three, scripted):
    folder = scripted[0].places.runs / three[2]
    (folder / "learner.py").write_text("".join(f"line_{i} = {i}\n" for i in range(60)))
    async with opened() as pilot:
        screen = await press(pilot, "v", "v", "v")
        assert "Your code that it trained" in screen
        assert "line_59 = 59" not in screen
        screen = await press(pilot, "tab", "end")
        assert "line_59 = 59" in screen
        assert "Your code" not in await press(pilot, "shift+tab", "down")

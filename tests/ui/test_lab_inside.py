"""The lab shows what happens inside: turned knobs, alerts, tensors, and ways on after a break."""

import pytest
from frames import frame
from scripts import falling, hello

from tutor.core.protocol import (
    Ack,
    ActivationRow,
    CheckpointSaved,
    Failed,
    Finished,
    KnobTurned,
    Readings,
    Resumed,
    Started,
    StepDetail,
    TensorRow,
    Vitals,
)
from tutor.ui.app import TutorApp
from tutor.ui.screens.lab import LabScreen
from tutor.ui.widgets.knobs import KnobList

DETAIL = StepDetail(
    3,
    [
        TensorRow("layers.0.weight", [64, 8], 8.1, 0.02, 1.2e-3),
        TensorRow("layers.0.bias", [64], 0.5, None, 0.4),
        TensorRow("frozen", [2], 1.0, 0.0, 0.0),
    ],
    [ActivationRow("layers.1", "ReLU", [32, 64], 0.4, 0.6)],
)


async def lab(scripted, script, size=(140, 40)):
    tutor, worker = scripted
    worker.run = script
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor)
    return app, app.run_test(size=size)


async def train(pilot, app):
    await app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
    await pilot.pause()
    await pilot.press("enter")
    await app.workers.wait_for_complete()
    await pilot.pause()


def eventful(request):
    whole = falling(request)
    return [
        *whole[:-1],
        KnobTurned(20, "learning_rate", 0.25),
        Vitals(40, 0.5, 2e-3, 0.75),
        DETAIL,
        whole[-1],
    ]


async def test_a_turned_knob_and_an_alert_are_shown(scripted):
    app, running = await lab(scripted, eventful)
    async with running as pilot:
        await train(pilot, app)
        screen = frame(app)
        assert "learning_rate 0.25 from step 20 on" in screen
        assert "▲" in screen
        assert "75% of the ReLU units" in " ".join(screen.split())
        assert "✓ Passed." in screen


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_tensors_of_a_single_step(scripted, size):
    app, running = await lab(scripted, eventful, size)
    async with running as pilot:
        await train(pilot, app)
        for _ in range(4):
            if "After step 3" in frame(app):
                break
            await pilot.press("v")
            await pilot.pause()
        screen = frame(app)
        assert "After step 3" in screen
        assert "64×8" in screen
        assert "1.2e-03" in screen


def paused(request):
    whole = falling(request)
    return [*whole[:-1], Ack("1", "tutor", "step", 3), DETAIL]


async def test_a_first_single_step_opens_the_table_where_there_is_room(scripted):
    app, running = await lab(scripted, paused)
    async with running as pilot:
        await app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause(0.5)
        screen = frame(app)
        assert "After step 3" in screen
        assert "usual" in screen
        assert "large" in screen
        assert "still" in screen


def broke(request):
    return [
        hello(),
        Started(total_steps=40),
        Readings([1, 2], {"train/loss": [1.0, 0.5]}, 0.1),
        Failed(title="The disk is full.", hint="Make room.", nonce=request.nonce),
    ]


async def test_after_a_break_the_same_run_may_be_had_again(scripted):
    app, running = await lab(scripted, broke)
    async with running as pilot:
        await train(pilot, app)
        assert "a Again" in frame(app)
        assert "g Go on" not in frame(app)
        first = app.screen.live
        scripted[1].run = falling
        await pilot.press("a")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.screen.live is not first
        assert app.screen.live.request.seed == first.request.seed
        assert "✓ Passed." in frame(app) or "Not yet" in frame(app)


def broke_late(request):
    begun = broke(request)
    return [*begun[:-1], CheckpointSaved(2, 0.1)]


def taken_up(request):
    whole = falling(request)
    assert isinstance(whole[-1], Finished)
    return [whole[0], Resumed("before", 2), *whole[1:]]


async def test_with_a_checkpoint_it_goes_on(scripted):
    app, running = await lab(scripted, broke_late)
    async with running as pilot:
        await app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        (app.screen.live.folder / "exit").write_text("-9\n")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "g Go on" in frame(app)
        scripted[1].run = taken_up
        await pilot.press("g")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "went on from step 2" in frame(app)


async def test_while_it_trains_each_knob_says_whether_it_is_live(scripted):
    app, running = await lab(scripted, falling)
    async with running as pilot:
        await app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
        await pilot.pause()
        knobs = app.screen.query_one(KnobList)
        assert "Live." not in frame(app)
        knobs.training = True
        await pilot.pause()
        assert "Live. How far each step goes." in frame(app)
        await pilot.press("down")
        await pilot.pause()
        assert "For the next run." in frame(app)

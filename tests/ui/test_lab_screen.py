"""Training on the screen."""

import pytest
from frames import frame
from scripts import broken, falling, flat

from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.quit import QuitScreen
from tutor.ui.widgets.knobs import KnobList


@pytest.fixture
async def lab(pilot):
    run = pilot.app.tutor.lesson("one").find("one.run")
    await pilot.app.push_screen(LabScreen(run))
    await pilot.pause()
    return pilot


async def train(lab):
    await lab.press("enter")
    await lab.app.workers.wait_for_complete()
    await lab.pause()
    return frame(lab.app)


async def test_before_a_run_the_target_stands_in_words(lab):
    screen = frame(lab.app)
    assert "loss below 0.01: passed" in screen
    assert "learning rate" in screen
    assert "press enter to train" in screen


async def test_a_pass(lab):
    screen = await train(lab)
    assert "✓ Passed." in screen
    assert "done after 40 steps" in screen
    assert "below 0.01: passed" in screen


async def test_a_fail_says_one_next_thing(lab, scripted):
    scripted[1].run = flat
    screen = await train(lab)
    assert "✗ Not yet." in screen
    left = " ".join(line[:28].strip() for line in screen.splitlines())
    assert "Try: Try a learning rate near 0.5." in left
    assert "train again" in screen


async def test_the_run_of_a_bet_that_misses_is_no_reproach(pilot, scripted):
    scripted[1].run = flat
    run = pilot.app.tutor.lesson("one").find("one.run")
    await pilot.app.push_screen(LabScreen(run, knobs={"learning_rate": 2.5}, locked=True))
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    screen = frame(pilot.app)
    left = " ".join(line[:28].strip() for line in screen.splitlines())
    assert "The mark is missed, with these knobs." in left
    assert "Not yet" not in screen
    assert "train again" not in screen


async def test_a_broken_run_is_a_sentence_and_the_next_one_works(lab, scripted):
    scripted[1].run = broken
    screen = await train(lab)
    assert "ValueError: no such bowl" in screen
    scripted[1].run = falling
    assert "✓ Passed." in await train(lab)


async def test_knobs_turn_by_arrows_and_by_typing(lab, scripted):
    knobs = lab.app.screen.query_one(KnobList)
    await lab.press("right")
    assert knobs.values["learning_rate"] == 0.02
    await lab.press(*"0.5", "enter")
    assert knobs.values["learning_rate"] == 0.5
    await train(lab)
    assert scripted[1].requests[-1].knobs["learning_rate"] == 0.5


async def test_a_typed_value_out_of_range_is_refused_with_a_sentence(lab):
    knobs = lab.app.screen.query_one(KnobList)
    await lab.press(*"99", "enter")
    await lab.pause()
    assert knobs.values["learning_rate"] == 0.01
    assert "10" in " ".join(frame(lab.app).split())


async def test_turning_a_fixed_knob_is_announced_as_practice(lab):
    await lab.press("down", "right")
    await lab.pause()
    assert "practice" in frame(lab.app)
    assert "Practice: not graded." in await train(lab)


async def test_a_live_knob_reaches_the_run_that_trains_and_others_wait(lab, scripted):
    scripted[1].run = lambda request: falling(request)[:-1]
    run = lab.app.tutor.lesson("one").find("one.run")
    live = await lab.app.tutor.training.start(run)
    live.phase = "training"
    lab.app.screen.live = live
    await lab.press("down", "right", "up", "right")
    await lab.pause()
    lines = (live.folder / "control.jsonl").read_text().splitlines()
    assert len(lines) == 1, "the number of steps is not live"
    assert '"knob":"learning_rate","value":0.02' in lines[0]


async def test_the_printed_output_is_one_key_away(lab):
    await train(lab)
    await lab.press("v")
    await lab.pause()
    assert "Nothing printed." in frame(lab.app)


async def test_quitting_while_it_trains_asks(lab, scripted, monkeypatch):
    monkeypatch.setattr("tutor.session.live_run.state", lambda _: "live")
    scripted[1].run = lambda request: falling(request)[:-1]
    run = lab.app.tutor.lesson("one").find("one.run")
    live = await lab.app.tutor.training.start(run)
    live.phase = "training"
    lab.app.action_quit_gently()
    await lab.pause()
    assert isinstance(lab.app.screen, QuitScreen)
    assert "still training" in frame(lab.app)
    await lab.press("escape")
    await lab.pause()
    assert isinstance(lab.app.screen, LabScreen)


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 20)])
async def test_the_lab_fits(app, size):
    async with app.run_test(size=size) as pilot:
        await pilot.app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
        await pilot.pause()
        await train(pilot)
        screen = frame(app)
        assert "learning rate" in screen
        assert "Train" in screen.splitlines()[-1]


async def test_the_arrows_of_a_knob_make_room_for_its_name(lab):
    knobs = lab.app.screen.query_one(KnobList)
    for width, drawn in ((32, "‹ 0.01 ›"), (22, "‹0.01›"), (20, "rate 0.01")):
        line = knobs._line(0, "learning_rate", width).plain
        assert "learning rate" in line
        assert drawn in line
        assert len(line) <= width

"""Pictures of a run, looked at back in time, in step with the crosshair of its curves."""

import json

import pytest
from frames import frame, segments
from scripts import falling

from tutor.core.bitmap import Drawing, draw
from tutor.core.protocol import PictureSaved
from tutor.core.sketches import Cell
from tutor.ui.app import TutorApp
from tutor.ui.screens.lab import LabScreen
from tutor.ui.widgets.loss_plot import LossPlot
from tutor.ui.widgets.picture import STRIPE, PictureView, cost


def drawn(step, folder):
    """The picture of a step: its caption says which."""
    (folder / "pictures").mkdir(exist_ok=True)
    name = f"pictures/{step:07d}-plane.json"
    data = [step / 40, 0.0, None, 1.0]  # one value is NaN
    picture = {"role": "heat_map", "shape": [2, 2], "data": data, "caption": f"as of {step}"}
    (folder / name).write_text(json.dumps(picture))
    return PictureSaved(step, "plane", "heat_map", name)


@pytest.fixture
def lab(scripted):
    """A run of 40 steps with pictures after 10, 20, 30 and 40 of them."""
    tutor, worker = scripted
    tutor.set_setting("welcomed", "1")

    def script(request):
        folder = tutor.places.runs / request.run
        whole = falling(request)
        return [*whole[:-1], *(drawn(step, folder) for step in (10, 20, 30, 40)), whole[-1]]

    worker.run = script
    return TutorApp(tutor)


async def trained(pilot, app):
    await app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
    await pilot.pause()
    await pilot.press("enter")
    await app.workers.wait_for_complete()
    await pilot.pause()


async def at(pilot, app, words):
    for _ in range(20):
        if words in frame(app):
            return True
        await pilot.pause(0.05)
    return False


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_brackets_walk_through_the_pictures_of_a_run(lab, size):
    async with lab.run_test(size=size) as pilot:
        await trained(pilot, lab)
        if size[0] < 110:
            await pilot.press("v")
        assert await at(pilot, lab, "plane · step 40/40 · 4 of 4")
        await pilot.press("[")
        await pilot.press("[")
        assert await at(pilot, lab, "as of 20")
        assert "step 20/40 · 2 of 4" in frame(lab)
        await pilot.press("]", "]", "]")
        assert await at(pilot, lab, "as of 40")


async def test_the_crosshair_goes_along_and_leads(lab):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        await pilot.press("[")
        plot = lab.screen.query(LossPlot).first()
        assert plot._chart.cross == 30
        plot.focus()
        await pilot.press("0")  # all again: no crosshair, and now
        assert await at(pilot, lab, "as of 40")
        plot._chart.cross = 12.0
        plot.advance()
        assert await at(pilot, lab, "as of 10")
        plot._chart.cross = 3.0  # before the first one there is the first one
        plot.advance()
        assert await at(pilot, lab, "1 of 4")


async def test_another_run_begins_at_its_newest(lab):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        await pilot.press("[")
        assert await at(pilot, lab, "as of 30")
        await pilot.press("enter")
        await lab.workers.wait_for_complete()
        assert await at(pilot, lab, "as of 40")


async def test_without_pictures_the_keys_do_nothing(scripted):
    tutor, worker = scripted
    tutor.set_setting("welcomed", "1")
    worker.run = falling
    app = TutorApp(tutor)
    async with app.run_test(size=(140, 40)) as pilot:
        await trained(pilot, app)
        before = frame(app)
        await pilot.press("[", "]")
        await pilot.pause()
        assert frame(app) == before
        assert "valid/loss" in before


async def test_a_costly_picture_goes_out_in_stripes(lab):
    """A frame has its share of a slow link; what is more follows."""
    noisy = [(i * 7919 % 101) / 101 for i in range(120 * 60)]
    big = Drawing("image_grid", (1, 1, 60, 120), noisy)
    rows = draw(big, 136, 30)
    assert sum(map(cost, rows)) > 2 * STRIPE
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        view = lab.screen.query_one(PictureView)
        sent = []
        refresh = view.refresh
        view.refresh = lambda *regions, **more: (sent.append(regions), refresh(*regions, **more))
        view.show(big)
        first = len(sent)
        assert sum(cost(view._shown[region.y]) for (region,) in sent) <= STRIPE + 4500
        assert first < view.size.height
        for _ in range(60):
            await pilot.pause(0.1)
            if not view._unsent():
                break
        assert view._unsent() == []
        assert len(sent) > first


async def test_while_it_trains_a_picture_waits_until_the_last_is_paid_for(lab):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        view = lab.screen.query_one(PictureView)
        one, two = (Drawing("heat_map", (2, 2), [value, 0.0, 1.0, 0.5]) for value in (0.3, 0.6))
        assert view._due > 0
        assert not view.show(one, sparing=True)  # the first one has its price too
        view._due = 0.0
        assert view.show(one, sparing=True)
        assert not view.show(two, sparing=True)
        assert view.show(two)  # whoever asks need not wait


def test_a_row_costs_its_text_and_its_changes_of_colour():
    plain = [Cell("a", 1)] * 10
    assert cost(plain) == 10 + 10 + 17
    striped = [Cell("▀", (i % 2 * 255, 0, 0), (0, 0, 0)) for i in range(10)]
    assert cost(striped) == 10 + 30 + 17 + 10 * 17


async def test_colours_of_an_older_picture_are_shown(lab):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        await pilot.press("[", "[", "[")
        assert await at(pilot, lab, "as of 10")
        assert any("▀" in segment.text for row in segments(lab) for segment in row)

"""Pictures of a run, looked at back in time, in step with the crosshair of its curves."""

import json

import pytest
from frames import frame, segments
from hypothesis import given
from hypothesis import strategies as st
from scripts import falling

from tutor.core.bitmap import Drawing, draw
from tutor.core.protocol import PictureSaved
from tutor.core.sketches import Cell
from tutor.core.stripes import Stripes, cost
from tutor.ui.app import TutorApp
from tutor.ui.flow import STRIPES, Flow, Pace
from tutor.ui.screens.lab import LabScreen
from tutor.ui.widgets.loss_plot import LossPlot
from tutor.ui.widgets.picture import PictureView


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


BIG = Drawing("image_grid", (1, 1, 60, 120), [(i * 7919 % 101) / 101 for i in range(120 * 60)])
STRIPE = STRIPES[""]


async def all_sent(pilot, view):
    for _ in range(200):
        await pilot.pause(0.1)
        if not view._stripes.unsent():
            return True
    return False


async def test_a_costly_picture_goes_out_in_stripes(lab):
    """A frame has its share of a slow link; what is more follows."""
    assert sum(map(cost, draw(BIG, 136, 30))) > 10 * STRIPE
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        view = lab.screen.query_one(PictureView)
        assert await all_sent(pilot, view)
        sent = []
        refresh = view.refresh
        view.refresh = lambda *regions, **more: (sent.append(regions), refresh(*regions, **more))
        before = [list(row) for row in view._stripes.shown]
        view.show(BIG)
        first = len(sent)
        assert first < view.size.height
        assert sum(cost(view._stripes.line(y), before[y]) for ((_, y, _, _),) in sent) <= STRIPE
        assert await all_sent(pilot, view)
        assert len(sent) > first
        assert view._stripes.shown == draw(BIG, *view.size)


@pytest.mark.parametrize("how", ["shown", "resized"])
async def test_its_first_showing_goes_out_in_stripes_too(lab, how):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        view = lab.screen.query_one(PictureView)
        if how == "shown":
            view.display = False
        view.show(BIG)
        assert await all_sent(pilot, view)
        if how == "shown":
            view.display = True
        else:
            await pilot.resize_terminal(120, 36)
        while view._drawn_at != view.size or view.size.width == 0:
            await pilot.pause()
        assert view._stripes.unsent()
        assert await all_sent(pilot, view)
        assert view._stripes.shown == draw(BIG, *view.size)


async def test_on_a_fast_link_a_picture_goes_out_at_once(lab):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        view = lab.screen.query_one(PictureView)
        for at in (0.0, 1.0):
            lab.flow.pace.asked(at, 3_000)
            lab.flow.pace.answered(at + 0.01)
        assert lab.flow.stripe == STRIPES["fast"]
        assert await all_sent(pilot, view)
        view.show(Drawing("heat_map", (9, 9), [(i * 7919 % 101) / 101 for i in range(81)]))
        assert not view._stripes.unsent()


async def test_while_it_trains_a_picture_waits_until_what_went_before_is_paid_for(lab):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        view = lab.screen.query_one(PictureView)
        assert await all_sent(pilot, view)
        now, sent = [100.0], [0]
        lab.flow = Flow(Pace(pings=False), str, lambda: now[0], lambda: sent[0])
        one, two = (Drawing("heat_map", (2, 2), [value, 0.0, 1.0, 0.5]) for value in (0.3, 0.6))
        assert view.show(one, sparing=True)
        assert await all_sent(pilot, view)
        sent[0] += 5_600  # it cost so much; 2,800 bytes a second are to spend
        assert not view.show(two, sparing=True)
        now[0] += 1.9
        assert not view.show(two, sparing=True)
        now[0] += 0.2
        assert view.show(two, sparing=True)
        sent[0] += 5_600
        assert view.show(one), "whoever asks need not wait"


async def test_what_hardly_moves_is_not_drawn_anew_until_the_run_has_ended(lab):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        view = lab.screen.query_one(PictureView)
        assert await all_sent(pilot, view)
        one, two = (Drawing("decision", (2, 2), [value, 0.0, 1.0, 0.5]) for value in (0.3, 0.38))
        view.show(one, sparing=True)
        drawn = list(view._stripes.rows)
        view.show(two, sparing=True)
        assert view._stripes.rows == drawn
        view.show(two)
        assert view._stripes.rows == draw(two, *view.size) != drawn


def test_a_row_costs_its_text_and_its_changes_of_colour():
    plain = [Cell("a", 1)] * 10
    assert cost(plain) == 10 + 10 + 17
    striped = [Cell("▀", (i % 2 * 254, 1, 1), (1, 1, 1)) for i in range(10)]
    assert cost(striped) == 10 + 30 + 17 + 10 * 17
    numbered = [Cell("▀", (i % 2 * 255, 0, 0), (0, 0, 0)) for i in range(10)]
    assert cost(numbered) == 10 + 30 + 9 + 10 * 9


def test_a_row_that_is_shown_costs_what_changes_in_it():
    row = [Cell("▀", (1, 1, 1), (1, 1, 1))] * 10
    assert cost(row, row) == 10
    other = [*row[:3], Cell("▀", (9, 0, 0), (1, 0, 0)), *row[4:]]
    assert cost(other, row) == 10 + 4 + 3 + 17 + 17
    assert cost(row[:4], row) == 10 + 17 + 6


@given(st.lists(st.lists(st.sampled_from("ab "), max_size=9), max_size=5), st.integers(1, 60))
def test_stripes_come_to_an_end_and_show_what_they_should(pictures, limit):
    stripes = Stripes()
    for picture in pictures:
        stripes.rows = [[Cell(char, 1, (1, 2, ord(char)))] * 4 for char in picture]
        for _ in range(200):
            before = [list(stripes.line(y)) for y in range(9)]
            changed = stripes.advance(limit)
            assert {y for y in range(9) if stripes.line(y) != before[y]} == set(changed)
            if not stripes.unsent():
                break
        assert [row for row in stripes.shown if row] == stripes.rows


async def test_colours_of_an_older_picture_are_shown(lab):
    async with lab.run_test(size=(140, 40)) as pilot:
        await trained(pilot, lab)
        await pilot.press("[", "[", "[")
        assert await at(pilot, lab, "as of 10")
        assert any("▀" in segment.text for row in segments(lab) for segment in row)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_once_a_run_has_ended_the_footer_says_how_to_look_back(lab, size):
    async with lab.run_test(size=size) as pilot:
        await lab.push_screen(LabScreen(lab.tutor.lesson("one").find("one.run")))
        await pilot.pause()
        assert "[ ]" not in frame(lab).splitlines()[-1]
        await pilot.press("enter")
        await lab.workers.wait_for_complete()
        await pilot.pause()
        footer = frame(lab).splitlines()[-1]
        assert "[ ] Look back" in footer
        assert footer.endswith("? Help")

"""The page of the day on the screen."""

import pytest
from frames import footer, frame

from tutor.ui.app import TutorApp


async def settle(pilot):
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def open_it(pilot):
    pilot.app.action_go("The day")
    await pilot.pause()
    await settle(pilot)


async def test_the_page_of_the_day(pilot):
    tutor = pilot.app.tutor
    tutor.introduce("Ada")
    tutor.quizzes.answer(tutor.lesson("one").find("one.q1"), 0)
    await open_it(pilot)
    screen = frame(pilot.app)
    assert "Ada has passed 0 of the 2 lessons of day 1." in screen
    assert "Rolling downhill · 1 of 13 points, not yet" in screen
    assert "Other day" not in screen, "there is but one"
    await pilot.press("right")
    await settle(pilot)
    await pilot.press("escape")
    await pilot.pause()
    assert "Go on" in frame(pilot.app) or "Begin" in frame(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 20)])
async def test_pictures_fit_the_page_at_any_width(app, size):
    exercise = app.tutor.lesson("one").find("one.run")
    live = await app.tutor.training.start(exercise, {"learning_rate": 0.5}, seed=1)
    async for _ in live.events():
        pass
    async with app.run_test(size=size) as pilot:
        await open_it(pilot)
        seen = ""
        for _ in range(12):
            seen += frame(app)
            assert "…" not in frame(app)
            await pilot.press("pagedown")
            await pilot.pause(0.05)
        assert "A ball in a bowl" in seen
        assert "valid/loss" in seen
        await pilot.resize_terminal(60, 24)
        await settle(pilot)
        assert "valid/loss" in seen


async def test_left_and_right_change_the_day(scripted, course):
    file = course / "course.toml"
    text = file.read_text().replace('["one", "two"]', '["one"]')
    chapter = '[[chapter]]\nid = "next"\ntitle = "Next"\nday = 2\nlessons = ["two"]\n'
    file.write_text(f"{text}\n{chapter}")
    tutor = type(scripted[0]).open(course)
    tutor.set_setting("welcomed", "1")
    async with TutorApp(tutor).run_test(size=(80, 24)) as pilot:
        await open_it(pilot)
        assert "A small course: day 1" in frame(pilot.app)
        await footer(pilot, "←→ Other day")
        await pilot.press("right")
        await settle(pilot)
        assert "A small course: day 2" in frame(pilot.app)
        await pilot.press("left")
        await settle(pilot)
        assert "A small course: day 1" in frame(pilot.app)
    tutor.close()

"""The page of a day on the screen."""

from frames import frame


async def test_the_page_of_the_day(pilot):
    tutor = pilot.app.tutor
    tutor.introduce("Ada")
    tutor.quizzes.answer(tutor.lesson("one").find("one.q1"), 0)
    pilot.app.action_go("The day")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    screen = frame(pilot.app)
    assert "Ada has passed 0 of the 2 lessons of day 1." in screen
    assert "Rolling downhill: 1 of 13 points, not yet" in screen
    await pilot.press("right")
    await pilot.app.workers.wait_for_complete()
    await pilot.press("escape")
    await pilot.pause()
    assert "Go on" in frame(pilot.app) or "Begin" in frame(pilot.app)

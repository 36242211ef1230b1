"""The glossary on the screen: this lesson's words first, filtered as one types."""

import re

import msgspec
import pytest
from frames import frame

from tutor.ui.app import TutorApp
from tutor.ui.screens.glossary import GlossaryScreen
from tutor.ui.screens.lesson import LessonScreen


async def opened(pilot, lesson="one"):
    pilot.app.open_lesson(pilot.app.tutor.lesson(lesson))
    await pilot.pause()
    await pilot.press("g")
    await pilot.pause()
    assert isinstance(pilot.app.screen, GlossaryScreen)
    return frame(pilot.app)


async def test_the_words_of_this_lesson_come_first(pilot):
    screen = await opened(pilot)
    assert re.search(r"Of this lesson\n +step +One move.*All others\n +words", screen, re.DOTALL)
    assert "step (also update, η) · Rolling downhill" in screen
    assert "One move down the slope: w ← w − ηg." in screen
    assert "2 of 2 words" in screen
    other = await opened(pilot, "two")
    assert other.index("Of this lesson") < other.index("What is read and not done.")


async def test_typing_filters_by_name_and_then_by_text(pilot):
    await opened(pilot)
    await pilot.press(*"upd")
    await pilot.pause()
    screen = frame(pilot.app)
    assert "1 of 2 words" in screen
    assert "not done" not in screen
    await pilot.press(*["backspace"] * 3, *"not done")
    await pilot.pause()
    assert "words · Only words" in frame(pilot.app)
    await pilot.press(*"zz")
    await pilot.pause()
    assert "No word holds that." in frame(pilot.app)
    await pilot.press("enter")
    assert isinstance(pilot.app.screen, GlossaryScreen)


async def test_arrows_choose_and_enter_goes_where_it_is_explained(pilot):
    await opened(pilot)
    await pilot.press("down")
    await pilot.pause()
    assert "words · Only words" in frame(pilot.app)
    await pilot.press("enter")
    await pilot.pause()
    assert isinstance(pilot.app.screen, LessonScreen)
    assert pilot.app.screen.lesson.id == "two"
    await pilot.press("escape")
    await pilot.pause()
    assert pilot.app.screen.lesson.id == "one"


async def test_the_palette_opens_it_from_home(pilot):
    names = [each.title for each in pilot.app.get_system_commands(pilot.app.screen)]
    assert "Glossary" in names
    pilot.app.action_glossary()
    await pilot.pause()
    assert "Every term" in frame(pilot.app)
    await pilot.press("escape")
    await pilot.pause()
    assert "Begin" in frame(pilot.app)


async def test_a_course_without_a_glossary_says_so(pilot, monkeypatch):
    said = []
    monkeypatch.setattr(pilot.app, "say", said.append)
    tutor = pilot.app.tutor
    tutor.course = msgspec.structs.replace(tutor.course, glossary=())
    pilot.app.action_glossary()
    await pilot.pause()
    assert said == ["This course has no glossary."]


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 12)])
@pytest.mark.parametrize("no_color", [False, True])
async def test_it_stands_in_every_size_with_and_without_colour(
    scripted, monkeypatch, size, no_color
):
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    tutor, _ = scripted
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        rows = screen.splitlines()
        assert len(rows) == size[1]
        assert max(map(len, rows)) <= size[0]
        assert "One move down" in screen
        assert "enter Go where" in rows[-1]
        assert "esc" in rows[-1] or size[0] < 80

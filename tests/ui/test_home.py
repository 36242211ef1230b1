"""Home, the welcome, search, progress and help."""

import pytest
from frames import footer, frame
from textual.widgets import Input

from tutor.session.tutor import Tutor
from tutor.ui.app import TutorApp
from tutor.ui.screens.home import HomeScreen
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.lesson import LessonScreen
from tutor.ui.screens.welcome import WelcomeScreen


async def test_home_shows_the_map_and_where_to_go_on(pilot):
    screen = frame(pilot.app)
    assert "Begin  Rolling downhill" in screen
    assert "The only chapter" in screen
    assert "Only words" in screen
    assert "Nothing is training." in screen
    await footer(pilot, "enter Open")


async def test_enter_begins_and_later_goes_on_where_one_stopped(pilot):
    await pilot.press("enter")
    await pilot.pause()
    assert isinstance(pilot.app.screen, LessonScreen)
    await pilot.press("n", "escape")
    await pilot.pause()
    screen = frame(pilot.app)
    assert "Go on  Rolling downhill" in screen
    assert "What does a learning rate of 2.5 do?" in screen
    await pilot.press("enter")
    await pilot.pause()
    await pilot.pause()
    assert pilot.app.screen.focused.body.id == "one.bet"


async def test_a_lesson_further_down_opens_by_arrows(pilot):
    await pilot.press("down", "down", "enter")
    await pilot.pause()
    assert "Nothing to do here but read." in frame(pilot.app)


async def test_points_earned_stand_on_the_map(pilot):
    tutor = pilot.app.tutor
    for name, answer in (("one.q1", 0), ("one.q4", "learning rate")):
        tutor.quizzes.answer(tutor.lesson("one").find(name), answer)
    pilot.app.screen.draw()
    await pilot.pause()
    assert "2/13" in frame(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 20), (200, 60)])
async def test_home_fits_any_size(app, size):
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert "quit" in (await footer(pilot, " enter")).lower()
        assert "Rolling downhill" in frame(app)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 3)])
async def test_a_tiny_window_breaks_nothing(app, size):
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.resize_terminal(*size)
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Rolling downhill" in frame(app)


async def test_search_goes_to_the_place(pilot):
    await pilot.press("slash", *"gradient")
    await pilot.pause()
    await pilot.press("escape")
    await pilot.press("slash", *"only words")
    await pilot.pause()
    assert "Only words" in frame(pilot.app)
    await pilot.press("enter")
    await pilot.pause()
    assert isinstance(pilot.app.screen, LessonScreen)
    assert "Nothing to do here but read." in frame(pilot.app)


async def test_progress_lists_blocks_with_first_and_best(pilot):
    tutor = pilot.app.tutor
    tutor.quizzes.answer(tutor.lesson("one").find("one.q1"), 1)
    tutor.quizzes.answer(tutor.lesson("one").find("one.q1"), 0)
    await pilot.press("p")
    await pilot.pause()
    screen = frame(pilot.app)
    assert "0.5 of 1, 2 tries" in screen
    assert "0 of 2 lessons" in screen


async def test_help_lists_the_keys_of_the_screen(pilot):
    await pilot.press("question_mark")
    await pilot.pause()
    screen = frame(pilot.app)
    assert "Watch run" in screen
    assert "Light or dark" in screen
    await pilot.press("escape")
    assert isinstance(pilot.app.screen, HomeScreen)


async def test_both_themes_draw_and_the_choice_stays(pilot):
    before = pilot.app.theme
    await pilot.press("f3")
    await pilot.pause()
    assert pilot.app.theme != before
    assert pilot.app.tutor.setting("theme") == "light"
    assert "Rolling downhill" in frame(pilot.app)


async def test_the_first_start_asks_once(scripted):
    tutor, _ = scripted
    app = TutorApp(tutor)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, WelcomeScreen)
        screen = frame(app)
        assert "Your name" in screen
        assert "three dots" in screen
        app.screen.query_one(Input).value = "Ada"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, LessonScreen)
    assert tutor.name == "Ada"
    async with TutorApp(tutor).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, HomeScreen)


async def test_the_first_start_may_go_straight_to_a_run(scripted):
    tutor, _ = scripted
    app = TutorApp(tutor)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)


async def test_what_is_due_is_said_and_one_key_away(pilot, monkeypatch):
    import time

    tutor = pilot.app.tutor
    tutor.quizzes.answer(tutor.lesson("one").find("one.q1"), 0)
    now = time.time() + 2 * 86_400
    monkeypatch.setattr("tutor.session.reviewing.time.time", lambda: now)
    await pilot.press("p", "escape")
    await pilot.pause()
    assert "1 to review: v" in frame(pilot.app)
    await pilot.press("v")
    await pilot.pause()
    assert "1 due" in frame(pilot.app)


async def test_every_page_of_a_plain_folder_stands_on_the_map(home, tmp_path):
    for name in ("first", "second", "third"):
        (tmp_path / "pages").mkdir(exist_ok=True)
        (tmp_path / "pages" / f"{name}.md").write_text(f"# The {name} page\n\nWords.\n")
    tutor = Tutor.open(tmp_path / "pages")
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = frame(app)
        assert all(f"○ The {name} page" in screen for name in ("first", "second", "third"))
    tutor.close()

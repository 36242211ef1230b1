"""With --ascii no sign of ours is anything else, on any screen; the course here is plain itself."""

import asyncio

import pytest
from frames import frame
from scripts import flat
from textual.widgets import Input

from tutor.core.lesson import Quiz
from tutor.ui.app import TutorApp
from tutor.ui.options import Options
from tutor.ui.screens.code import CodeScreen
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.progress import ProgressScreen
from tutor.ui.screens.score import ScoreScreen
from tutor.ui.signs import TABLE

MATHS = set("η²")
"""Formulas on cards, which are the course's."""


def plain(app):
    """The screen, proven to be ASCII."""
    shown = frame(app)
    strange = {char for char in shown if not char.isascii()} - MATHS
    assert not strange, f"{strange}\n{shown}"
    return shown


@pytest.fixture
async def pilot(scripted):
    tutor, _ = scripted
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor, Options(glyphs="ascii"))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.pause()
        yield pilot


async def test_home_with_points_and_what_opens_over_it(pilot):
    app = pilot.app
    for name, answer in (("one.q1", 0), ("one.q4", "learning rate")):
        app.tutor.quizzes.answer(app.tutor.lesson("one").find(name), answer)
    app.screen.draw()
    await pilot.pause()
    assert "o" in plain(app)
    for key in ("question_mark", "slash"):
        await pilot.press(key)
        await pilot.pause()
        plain(app)
        if app.screen.query(Input):
            await pilot.press("b", "a", "l", "l")
            await pilot.pause()
            plain(app)
        await pilot.press("escape")
    lesson = app.tutor.lesson("one")
    questions = [block.body for block in lesson.blocks if isinstance(block.body, Quiz)]
    for screen in (ProgressScreen(), ScoreScreen(lesson, questions)):
        await app.push_screen(screen)
        await pilot.pause()
        plain(app)
        await app.pop_screen()
    app.say("A word in passing.")
    async with asyncio.timeout(10):
        while "A word in passing." not in plain(app):
            await pilot.pause()


async def test_every_question_and_bet_of_a_lesson_before_and_after_its_answer(pilot):
    app = pilot.app
    lesson = app.tutor.lesson("one")
    app.open_lesson(lesson)
    await pilot.pause()
    plain(app)
    for _ in lesson.blocks:
        await pilot.press("enter")
        await pilot.pause()
        plain(app)
        await pilot.press("down", "space")
        await pilot.press("enter")
        await pilot.pause()
        plain(app)
        while len(app.screen_stack) > 3:
            await app.pop_screen()
        await pilot.press("n")
        await pilot.pause()
        plain(app)


async def test_the_lab_and_its_verdicts(pilot, scripted):
    app = pilot.app
    await app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
    await pilot.pause()
    assert "< 0.01 >" in plain(app)
    for words in ("v Passed.", "x Not yet."):
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert words in plain(app)
        await pilot.press("tab")
        await pilot.pause()
        plain(app)
        await pilot.press("tab")
        scripted[1].run = flat


async def test_code(pilot):
    app = pilot.app
    code = next(
        block.body
        for lesson in app.tutor.course.lessons.values()
        for block in lesson.blocks
        if type(block.body).__name__ == "Code"
    )
    await app.push_screen(CodeScreen(code))
    await pilot.pause()
    plain(app)


async def test_at_the_first_start_only_the_samples_are_not(scripted):
    app = TutorApp(scripted[0], Options(glyphs="ascii"))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "Your name" in frame(app)
        assert {char for char in frame(app) if not char.isascii()} <= set("⠄")


async def test_otherwise_signs_are_what_they_are(app):
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert not frame(app).isascii()


def test_every_sign_stands_for_one_that_is_ascii():
    assert all(len(plain) == 1 and plain.isascii() for plain in map(chr, TABLE.values()))

"""The review screen: what is due, how it goes, what comes next."""

import time

import pytest
from frames import frame

from tutor.core.review import DAY
from tutor.ui.screens.recall import RecallScreen
from tutor.ui.screens.review import ReviewScreen


@pytest.fixture
async def due(pilot, monkeypatch):
    tutor = pilot.app.tutor
    lesson = tutor.lesson("one")
    tutor.quizzes.answer(lesson.find("one.q1"), 0)
    tutor.quizzes.answer(lesson.find("one.q4"), "learning rate")
    now = time.time() + 2 * DAY
    monkeypatch.setattr("tutor.session.reviewing.time.time", lambda: now)
    return pilot


async def show(pilot):
    await pilot.app.push_screen(ReviewScreen())
    await pilot.pause()


async def test_nothing_to_review_says_when_something_will_be(pilot):
    await show(pilot)
    assert "Nothing to review yet." in frame(pilot.app)


async def test_one_after_the_other_then_the_outlook(due):
    await show(due)
    assert "2 due" in frame(due.app)
    assert "from Rolling downhill" in frame(due.app)
    await due.press("1", "enter")
    await due.pause()
    assert "✓ Right." in frame(due.app)
    await due.press("enter")
    await due.pause()
    assert "1 due" in frame(due.app)
    await due.press(*"nonsense", "enter", "enter")
    await due.pause()
    screen = frame(due.app)
    assert "Done: 2 reviewed." in screen
    assert "The next two weeks" in screen
    assert "Weakest first" in screen


async def test_a_mis_keyed_answer_is_taken_back(due):
    await show(due)
    await due.press("2", "enter")
    await due.pause()
    assert "✗ Not yet." in frame(due.app)
    await due.press("u")
    await due.pause()
    assert "2 due" in frame(due.app)
    await due.press("1", "enter")
    await due.pause()
    assert "✓ Right." in frame(due.app)
    memory = due.app.tutor.reviewing.memories()["one.q1"]
    assert (memory.reviews, memory.lapses) == (1, 0)


async def test_easy_goes_on_and_waits_longer(due):
    await show(due)
    await due.press("1", "enter")
    await due.pause()
    good = due.app.tutor.reviewing.memories()["one.q1"].due
    assert "e Easy" in frame(due.app)
    await due.press("e")
    await due.pause()
    assert "1 due" in frame(due.app)
    assert due.app.tutor.reviewing.memories()["one.q1"].due > good


async def test_forgotten_shows_the_answer_and_counts(due):
    await show(due)
    await due.press("f2")
    await due.pause()
    assert "The answer: Against the gradient." in frame(due.app)
    assert due.app.tutor.reviewing.memories()["one.q1"].lapses == 1


async def test_code_is_written_again(due):
    tutor = due.app.tutor
    code = tutor.lesson("one").find("one.step")
    await tutor.coding.check(code)
    await due.app.push_screen(RecallScreen(code))
    await due.pause()
    assert "From memory" in frame(due.app)
    await due.press("ctrl+s")
    await due.app.workers.wait_for_complete()
    await due.pause()
    assert "✓ Passed." in frame(due.app)
    await due.press("enter")
    await due.pause()
    assert tutor.reviewing.memories()["one.step"].reviews == 1
    assert not isinstance(due.app.screen, RecallScreen)

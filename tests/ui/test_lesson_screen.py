"""Reading a lesson, its cards, and the bet before a run."""

import pytest
from frames import frame
from textual.events import MouseScrollUp

from tutor.content.notes import PAGE
from tutor.ui.screens.bet import BetScreen
from tutor.ui.screens.code import CodeScreen
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.lesson import LessonScreen
from tutor.ui.screens.quiz import QuizScreen
from tutor.ui.widgets.card import Card
from tutor.ui.widgets.lesson_page import LessonPage
from tutor.ui.widgets.prose import Prose


@pytest.fixture
async def lesson(pilot):
    pilot.app.open_lesson(pilot.app.tutor.lesson("one"))
    await pilot.pause()
    return pilot


async def test_text_maths_and_cards_stand_on_the_page(lesson):
    screen = frame(lesson.app)
    assert "A ball rolls down a bowl." in screen
    assert "w ← w − ηg" in screen
    assert "w²" in screen
    assert "Predict" in screen


async def test_enter_pages_focuses_and_opens(lesson):
    await lesson.press("enter")
    assert isinstance(lesson.app.screen.focused, Card)
    await lesson.press("enter")
    await lesson.pause()
    assert isinstance(lesson.app.screen, BetScreen)


async def test_each_card_opens_its_screen(lesson):
    for name, kind in (
        ("one.run", LabScreen),
        ("one.step", CodeScreen),
        ("one.q1", QuizScreen),
    ):
        body = lesson.app.tutor.lesson("one").find(name)
        lesson.app.screen.open_card(Card.Opened(body))
        await lesson.pause()
        assert isinstance(lesson.app.screen, kind)
        await lesson.press("escape")
        await lesson.pause()
        assert isinstance(lesson.app.screen, LessonScreen)


async def test_a_card_shows_what_was_earned(lesson):
    tutor = lesson.app.tutor
    tutor.quizzes.answer(tutor.lesson("one").find("one.q1"), 0)
    lesson.app.screen.on_screen_resume()
    card = next(c for c in lesson.app.screen.query(Card) if c.body.id == "one.q1")
    assert "1 of 1 point" in str(card.border_subtitle)
    assert card.has_class("passed")


async def test_formulas_show_their_latex(lesson):
    await lesson.press("l")
    await lesson.pause()
    assert r"\frac{w^2}{2}" in frame(lesson.app)


async def test_the_end_leads_to_the_next_lesson(lesson):
    await lesson.press("end")
    await lesson.pause()
    assert "Next: Only words" in frame(lesson.app)
    lesson.app.screen.set_focus(None)
    for _ in range(12):
        if "Nothing to do here" in frame(lesson.app):
            break
        lesson.app.screen.action_end(1)
        await lesson.pause()
        lesson.app.screen.action_go_on()
        await lesson.pause()
    assert "Nothing to do here but read." in frame(lesson.app)


async def test_the_section_is_copied(lesson, monkeypatch):
    copied = []
    monkeypatch.setattr(lesson.app, "copy_to_clipboard", copied.append)
    await lesson.press("y")
    assert "A ball rolls down a bowl." in copied[0]


async def test_a_bet_is_committed_and_decided(lesson):
    predict = lesson.app.tutor.lesson("one").find("one.bet")
    lesson.app.screen.open_card(Card.Opened(predict))
    await lesson.pause()
    await lesson.press("enter")
    await lesson.pause()
    assert "Choose a curve first" in frame(lesson.app)
    await lesson.press("2", "enter")
    await lesson.pause()
    screen = frame(lesson.app)
    assert "It goes another way." in screen
    assert "overshoots by more than it corrects" in screen
    await lesson.press("enter")
    await lesson.pause()
    assert isinstance(lesson.app.screen, LabScreen)
    assert "Locked: this is the run" in frame(lesson.app)
    assert lesson.app.screen.live.request.knobs["learning_rate"] == 2.5


async def test_a_reflection_is_kept_as_it_is_typed(lesson):
    body = lesson.app.tutor.lesson("one").find("one.think")
    lesson.app.screen.open_card(Card.Opened(body))
    await lesson.pause()
    await lesson.press(*"At work")
    assert lesson.app.tutor.draft("one.think") == "At work"
    await lesson.press("escape")
    await lesson.pause()
    assert lesson.app.tutor.progress.reflections["one.think"] == "At work"


async def test_hostile_lesson_text_is_shown_literally(course, scripted):
    tutor, _ = scripted
    from tutor.content.parse import parse_lesson
    from tutor.ui.app import TutorApp

    text = "---\nformat: 1\nid: bad\ntitle: Bad\nminutes: 1\nrequires: []\n---\n"
    text += "# Bad\n\n`tensor([nan])` w[i] [/x/y] [bold]b[/bold]\n"
    parsed, _ = parse_lesson(text, "bad/lesson.md", "bad")
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(LessonScreen(parsed))
        await pilot.pause()
        screen = frame(app)
        assert "tensor([nan])" in screen
        assert "w[i] [/x/y] [bold]b[/bold]" in screen


async def test_the_linter_knows_how_wide_a_page_is_on_a_small_terminal(app):
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_lesson(app.tutor.lesson("one"))
        await pilot.pause()
        assert {prose.content_size.width for prose in app.screen.query(Prose)} == {PAGE}
        await app.push_screen(QuizScreen(app.tutor.lesson("one")))
        await pilot.pause()
        assert app.screen.query_one("#prompt").content_size.width >= PAGE


@pytest.mark.parametrize("way", ["home", "k", "wheel"])
async def test_a_card_that_was_scrolled_away_is_let_go(lesson, way):
    page = lesson.app.screen.query_one(LessonPage)
    await lesson.press("n", "n", "n")
    await lesson.pause()
    assert isinstance(lesson.app.screen.focused, Card)
    assert page.scroll_offset.y > 0
    for _ in range(1 if way == "home" else 60):
        if way == "wheel":
            await lesson._post_mouse_events([MouseScrollUp], page, offset=(5, 5))
        else:
            await lesson.press(way)
    await lesson.pause(0.5)
    assert page.scroll_offset.y == 0
    assert lesson.app.screen.focused is None
    assert page.here == 0

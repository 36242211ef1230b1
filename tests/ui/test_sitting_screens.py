"""The test of a chapter on the screen: on Home, at a lesson's end, taken, and told about."""

import pytest
from frames import frame
from textual.widgets import Input

from tutor.core.answers import right_answers
from tutor.core.lesson import Number, Single, TextAnswer
from tutor.session.sittings import Sitting
from tutor.ui.app import TutorApp, open_test
from tutor.ui.screens.chapter import ChapterScreen
from tutor.ui.screens.confirm import ConfirmScreen
from tutor.ui.screens.home import HomeScreen
from tutor.ui.screens.lesson import LessonScreen
from tutor.ui.screens.sitting import SittingScreen


async def settle(pilot):
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def pass_it(tutor):
    sitting = Sitting(tutor, tutor.course.chapters[0])
    for question in sitting.questions:
        sitting.answer(question, right_answers(sitting.ask(question).asked)[0])
    return sitting.hand_in()


@pytest.fixture
async def begun(pilot):
    """The test of the small course, at its first question."""
    open_test(pilot.app, pilot.app.tutor.course.chapters[0])
    await settle(pilot)
    await pilot.press("enter")
    await pilot.pause()
    assert isinstance(pilot.app.screen, SittingScreen)
    return pilot


async def answer(pilot):
    """Answer rightly what is asked, by keys."""
    sitting = pilot.app.screen._sitting
    question = pilot.app.screen._question
    right = right_answers(sitting.ask(question).asked)[0]
    match question:
        case Single():
            await pilot.press(str(right + 1))
        case Number() | TextAnswer():
            pilot.app.screen.query_one(Input).value = str(right)
            await pilot.pause()
        case _:
            await pilot.press(*(str(each + 1) for each in right))
    await pilot.press("enter")
    await pilot.pause()


async def test_home_has_a_line_for_it_under_the_chapter(pilot):
    rows = frame(pilot.app).splitlines()
    lines = [row for row in rows if "Chapter test" in row]
    assert len(lines) == 1
    assert "○ Chapter test" in lines[0]
    assert "3 questions" in lines[0]
    assert rows.index(lines[0]) == next(i for i, row in enumerate(rows) if "Only words" in row) + 1
    await pilot.press("end", "enter")
    await settle(pilot)
    assert isinstance(pilot.app.screen, ChapterScreen)
    assert "3 questions from 1 lesson" in frame(pilot.app)


async def test_home_shows_the_best_attempt(pilot):
    pass_it(pilot.app.tutor)
    Sitting(pilot.app.tutor, pilot.app.tutor.course.chapters[0]).hand_in()
    pilot.app.screen.draw()
    await pilot.pause()
    line = next(row for row in frame(pilot.app).splitlines() if "Chapter test" in row)
    assert "✓ Chapter test" in line
    assert "100%" in line


async def test_nothing_is_told_before_the_end(begun):
    for number in range(3):
        assert f"Question {number + 1} of 3 · {number} answered" in frame(begun.app)
        await answer(begun)
        screen = frame(begun.app)
        assert "Right" not in screen
        assert "Not yet" not in screen
    assert isinstance(begun.app.screen, ConfirmScreen)
    assert "All 3 questions are answered." in frame(begun.app)
    await begun.press("y")
    await settle(begun)
    screen = frame(begun.app)
    assert "Passed. 1 attempt: first 100%, best 100%." in screen
    assert "Your answer: " in screen
    assert begun.app.tutor.progress.tests["only"][0].passed
    assert begun.app.tutor.progress.blocks == {}


async def test_no_hint_and_no_answer_is_given(begun):
    assert "Hint" not in frame(begun.app)
    await begun.press("f1")
    await begun.pause()
    assert "Hint" not in frame(begun.app)
    assert "Give up" not in frame(begun.app)


async def test_an_open_question_is_said_before_it_costs(begun):
    await begun.press("enter")
    await begun.pause()
    assert "first." in frame(begun.app), "Enter keeps an answer; there is none"
    await begun.press("pagedown", "pagedown", "pagedown")
    await begun.pause()
    assert "3 of 3 have no answer yet; they would earn nothing." in frame(begun.app)
    await begun.press("n")
    await settle(begun)
    assert "Question 1 of 3" in frame(begun.app)
    await answer(begun)
    await begun.press("f2")
    await begun.pause()
    assert "2 of 3 have no answer yet" in frame(begun.app)
    await begun.press("n")
    await settle(begun)
    assert "Question 2 of 3 · 1 answered" in frame(begun.app)


async def test_what_stands_there_is_the_answer_whichever_way_one_leaves(begun):
    sitting = begun.app.screen._sitting
    while not isinstance(begun.app.screen._question, TextAnswer | Number):
        await begun.press("pagedown")
        await begun.pause()
    question = begun.app.screen._question
    await begun.press(*"12", "pageup")
    await begun.pause()
    assert sitting.answers == {question.id: "12"}
    while begun.app.screen._question is not question:
        await begun.press("pagedown")
        await begun.pause()
    assert "answered" in frame(begun.app)
    assert begun.app.screen.query_one(Input).value == "12"
    await begun.press("backspace", "backspace", "escape")
    await settle(begun)
    assert Sitting(begun.app.tutor, sitting.chapter).answers == {}


async def test_leaving_says_how_far_one_was_and_enter_goes_on_there(begun):
    await answer(begun)
    await begun.press("escape")
    await settle(begun)
    assert "1 of 3 are answered." in frame(begun.app)
    await begun.press("enter")
    await begun.pause()
    assert "Question 2 of 3 · 1 answered" in frame(begun.app)
    await begun.press("escape")
    await settle(begun)
    await begun.press("escape")
    await begun.pause()
    assert isinstance(begun.app.screen, HomeScreen)


async def test_an_attempt_handed_in_elsewhere_is_said(begun):
    pass_it(begun.app.tutor)
    await begun.press("f2")
    await begun.pause()
    await begun.press("y")
    await settle(begun)
    assert any("handed in already" in each.message for each in begun.app._notifications)
    assert len(begun.app.tutor.progress.tests["only"]) == 1


async def test_the_end_of_a_chapter_leads_to_its_test_until_it_is_passed(pilot):
    tutor = pilot.app.tutor
    pilot.app.open_lesson(tutor.lesson("two"))
    await pilot.pause()
    assert "The chapter ends here. Next: its test  (enter)" in frame(pilot.app)
    await pilot.press("enter")
    await settle(pilot)
    assert isinstance(pilot.app.screen, ChapterScreen)
    pass_it(tutor)
    await pilot.press("escape")
    await pilot.pause()
    assert isinstance(pilot.app.screen, LessonScreen)
    screen = frame(pilot.app)
    assert "its test" not in screen
    assert "This was the last lesson." in screen


async def test_the_palette_knows_it(pilot):
    titles = [each.title for each in pilot.app.get_system_commands(pilot.app.screen)]
    assert "Test: The only chapter" in titles


LONG = """
<details><summary>Long</summary>

```toml quiz
id = "long.q"
type = "text"
prompt = '''%s'''
accept = ["a"]
why = "w"
```
</details>
"""


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 20)])
async def test_a_long_question_is_read_to_its_end_before_the_next(scripted, course, size):
    words = "\n\n".join(f"Line {number}." for number in range(30))
    lesson = course / "two" / "lesson.md"
    lesson.write_text(lesson.read_text() + LONG % words)
    file = course / "course.toml"
    file.write_text(file.read_text().replace("draw = 3", "draw = 5"))
    tutor = type(scripted[0]).open(course)
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor)
    async with app.run_test(size=size) as pilot:
        app.push_screen(SittingScreen(Sitting(tutor, tutor.course.chapters[0])))
        await pilot.pause()
        while app.screen._question.id != "long.q":
            await pilot.press("pagedown")
            await pilot.pause()
        pages = 0
        while (
            app.screen.query_one("#page").scroll_offset.y
            < app.screen.query_one("#page").max_scroll_y
        ):
            await pilot.press("pagedown")
            await pilot.pause()
            pages += 1
        assert app.screen._question.id == "long.q"
        assert pages >= 1
        assert "your answer" in frame(app)
        assert all(len(row) <= size[0] for row in frame(app).splitlines())
    tutor.close()

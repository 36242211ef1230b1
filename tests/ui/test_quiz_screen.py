"""Answering questions on the screen."""

import pytest
from frames import frame

from tutor.ui.screens.quiz import QuizScreen
from tutor.ui.screens.score import ScoreScreen


@pytest.fixture
async def quiz(pilot):
    await pilot.app.push_screen(QuizScreen(pilot.app.tutor.lesson("one")))
    await pilot.pause()
    return pilot


async def test_a_right_choice_is_right_and_says_why(quiz):
    assert "Question 1 of 4" in frame(quiz.app)
    await quiz.press("1", "enter")
    await quiz.pause()
    screen = frame(quiz.app)
    assert "✓ Right." in screen
    assert "The gradient points uphill." in screen


async def test_a_wrong_choice_says_why_and_may_be_tried_again(quiz):
    await quiz.press("down", "space", "enter")
    await quiz.pause()
    screen = frame(quiz.app)
    assert "✗ Not yet." in screen
    assert "✗ wrong: That climbs." in screen
    await quiz.press("r")
    await quiz.pause()
    assert "0.5 of 1 point on attempt 2" in frame(quiz.app)


async def test_several_choices_earn_their_share(quiz):
    await quiz.press("pagedown", "1", "2", "enter")
    await quiz.pause()
    assert "2 of 2 points" in frame(quiz.app)


async def test_a_typed_number_and_a_word(quiz):
    tutor = quiz.app.tutor
    await quiz.press("pagedown", "pagedown")
    await quiz.pause()
    w = tutor.quizzes.ask(tutor.lesson("one").find("one.q3")).asked.values["w"]
    await quiz.press(*str(w / 2), "enter")
    await quiz.pause()
    assert "✓ Right." in frame(quiz.app)
    await quiz.press("enter")
    await quiz.pause()
    await quiz.press(*"gradient", "enter")
    await quiz.pause()
    assert "what scales it?" in frame(quiz.app)


async def test_nothing_chosen_is_no_attempt(quiz):
    await quiz.press("enter")
    await quiz.pause()
    assert "Choose or type an answer first." in frame(quiz.app)
    assert "one.q1" not in quiz.app.tutor.progress.blocks


async def test_a_comma_decimal_costs_nothing(quiz):
    await quiz.press("pagedown", "pagedown")
    await quiz.pause()
    await quiz.press(*"0,5", "enter")
    await quiz.pause()
    assert quiz.app.tutor.quizzes.ask(quiz.app.tutor.lesson("one").find("one.q3")).attempt == 1
    assert "0.5" in frame(quiz.app)


async def test_each_key_is_kept(quiz):
    await quiz.press("pagedown", "pagedown", "pagedown")
    await quiz.pause()
    await quiz.press(*"learn")
    await quiz.press("escape")
    await quiz.pause()
    await quiz.app.push_screen(
        QuizScreen(quiz.app.tutor.lesson("one"), quiz.app.tutor.lesson("one").find("one.q4"))
    )
    await quiz.pause()
    assert "learn" in frame(quiz.app)


async def test_hints_and_giving_up(quiz):
    await quiz.press("f1")
    await quiz.pause()
    assert "Hint 1: Think of the ball." in frame(quiz.app)
    await quiz.press("f2")
    await quiz.pause()
    assert "Give up on this question?" in frame(quiz.app)
    await quiz.press("y")
    await quiz.pause()
    screen = frame(quiz.app)
    assert "The answer: Against the gradient." in screen


async def test_the_score_card_sums_up_and_offers_the_missed(quiz):
    await quiz.press("1", "enter", "enter")
    for _ in range(3):
        await quiz.press("pagedown")
        await quiz.pause()
    assert isinstance(quiz.app.screen, ScoreScreen)
    screen = frame(quiz.app)
    assert "1 of 5" in screen
    await quiz.press("r")
    await quiz.pause()
    assert "Question 2 of 4" in frame(quiz.app)


async def test_testing_out_is_one_try_without_hints(pilot):
    tutor = pilot.app.tutor
    lesson = tutor.lesson("one")
    await pilot.app.push_screen(QuizScreen(lesson, test_out=True))
    await pilot.pause()
    assert "test-out: one try, no hints" in frame(pilot.app)
    assert "Hint" not in frame(pilot.app)
    await pilot.press("f1", "pagedown", "1", "enter", "enter")
    await pilot.pause()
    assert "Question 2 of 4" in frame(pilot.app)
    w = tutor.quizzes.ask(lesson.find("one.q3")).asked.values["w"]
    await pilot.press("1", "2", "enter", "enter")
    await pilot.pause()
    await pilot.press(*f"{w / 2:g}", "enter", "enter")
    await pilot.pause()
    await pilot.press(*"learning-rate", "enter", "enter")
    await pilot.pause()
    assert isinstance(pilot.app.screen, ScoreScreen)
    assert tutor.standing(lesson).tested_out


async def test_a_right_answer_stays_until_one_goes_on(quiz):
    await quiz.press("1", "enter")
    await quiz.pause()
    for _ in range(3):
        await quiz.pause()
    assert "Question 1 of 4" in frame(quiz.app)
    await quiz.press("enter")
    await quiz.pause()
    assert "Question 2 of 4" in frame(quiz.app)

"""Sitting the test of a chapter: its attempts, what is kept, and the page after it."""

import shutil

import pytest

from tutor.core.answers import right_answers
from tutor.core.errors import TutorError
from tutor.core.facts import SatTest
from tutor.core.review import AGAIN, DAY
from tutor.session.sittings import (
    Sitting,
    chapter_test,
    chapter_tests,
    find_chapter,
    front_page,
)
from tutor.session.tutor import Tutor

WRONG = {"one.q1": 1, "one.q2": (2,), "one.q3": "-99", "one.q4": "gradient"}


@pytest.fixture
def tutor(scripted):
    return scripted[0]


@pytest.fixture
def chapter(tutor):
    return tutor.course.chapters[0]


def right(sitting, question):
    return right_answers(sitting.ask(question).asked)[0]


def sit(tutor, chapter, wrong=0):
    """An attempt with so many wrong answers, handed in."""
    sitting = Sitting(tutor, chapter)
    for number, question in enumerate(sitting.questions):
        answer = WRONG[question.id] if number < wrong else right(sitting, question)
        sitting.answer(question, answer)
    return sitting.hand_in()


def test_right_answers_pass_and_change_no_points(tutor, chapter):
    lesson = tutor.lesson("one")
    before = tutor.standing(lesson)
    fact = sit(tutor, chapter)
    assert fact.passed
    assert (fact.share, len(fact.questions)) == (1.0, 3)
    assert tutor.standing(lesson) == before
    assert tutor.progress.blocks == {}
    assert chapter_test(tutor, chapter).passed


def test_first_and_best_outlive_the_session_as_facts(tutor, chapter, course):
    sit(tutor, chapter, wrong=3)
    sit(tutor, chapter)
    sit(tutor, chapter, wrong=3)
    again = Tutor.open(course)
    found = chapter_tests(again)
    again.close()
    assert [(each.chapter, each.attempts, each.best) for each in found] == [("only", 3, 1.0)]
    assert found[0].first == 0.0
    assert found[0].passed
    assert sum(isinstance(row.fact, SatTest) for row in tutor.facts()) == 3


def test_each_attempt_asks_with_other_values_and_other_questions(tutor, chapter):
    drawn, values = set(), set()
    for _ in range(12):
        sitting = Sitting(tutor, chapter)
        drawn.add(frozenset(each.id for each in sitting.questions))
        values |= {
            sitting.ask(each).asked.values["w"] for each in sitting.questions if each.id == "one.q3"
        }
        sitting.hand_in()
    assert len(drawn) > 1
    assert len(values) > 1


def test_leaving_keeps_the_answers_and_draws_no_other_test(tutor, chapter, course):
    sitting = Sitting(tutor, chapter)
    first = sitting.questions[0]
    sitting.answer(first, right(sitting, first))
    sitting.save_draft(sitting.questions[1], "half an ans")
    other = Tutor.open(course)
    again = Sitting(other, chapter)
    assert again.questions == sitting.questions
    assert again.answers == sitting.answers
    assert again.open == list(sitting.questions[1:])
    assert again.ask(again.questions[1]).draft == "half an ans"
    assert [again.ask(q).asked for q in again.questions] == [
        sitting.ask(q).asked for q in sitting.questions
    ]
    other.close()


def test_an_answer_may_be_changed_and_taken_back_until_the_end(tutor, chapter):
    sitting = Sitting(tutor, chapter)
    question = sitting.questions[0]
    sitting.answer(question, WRONG[question.id])
    sitting.answer(question, right(sitting, question))
    other = sitting.questions[1]
    sitting.answer(other, right(sitting, other))
    sitting.withdraw(other)
    fact = sitting.hand_in()
    assert [each.points > 0 for each in fact.questions] == [True, False, False]
    assert [each.answer is None for each in fact.questions] == [False, True, True]


def test_what_is_no_answer_is_not_kept(tutor, chapter):
    question = tutor.course.find("one.q3")[1]
    sitting = Sitting(tutor, chapter)
    with pytest.raises(TutorError, match="with a point"):
        sitting.answer(question, "0,5")
    assert sitting.answers == {}


def test_a_damaged_draft_is_an_attempt_without_answers(tutor, chapter):
    sitting = Sitting(tutor, chapter)
    tutor.save_draft("only/test/1/", '{"one.q1": [[')
    assert Sitting(tutor, chapter).answers == {}
    tutor.save_draft("only/test/1/", '{"one.gone": 1}')
    assert Sitting(tutor, chapter).answers == {}
    assert sitting.open == list(sitting.questions)


def test_two_windows_hand_in_one_attempt_once(tutor, chapter, course):
    other = Tutor.open(course)
    here, there = Sitting(tutor, chapter), Sitting(other, chapter)
    there.hand_in()
    with pytest.raises(TutorError, match="handed in already"):
        here.hand_in()
    other.close()
    assert len(tutor.progress.tests["only"]) == 1
    assert Sitting(tutor, chapter).attempt == 2


def test_what_was_missed_comes_back_in_review(tutor, chapter):
    fact = sit(tutor, chapter, wrong=3)
    due = tutor.reviewing.memories()
    assert set(due) == {each.block for each in fact.questions}
    now = tutor.facts()[-1].at
    assert all(each.due == now + DAY for each in due.values())
    assert not any(row for row in tutor.facts() if getattr(row.fact, "rating", 0) == AGAIN)


def test_a_test_that_showed_its_answers_ends_testing_out(tutor, chapter):
    lesson = tutor.lesson("one")
    assert tutor.quizzes.can_test_out(lesson)
    sit(tutor, chapter)
    assert not tutor.quizzes.can_test_out(lesson)


def test_the_page_before_the_first_attempt_says_what_is_asked(tutor, chapter):
    text = front_page(tutor, chapter)
    assert "3 questions from 1 lesson" in text
    assert "passes at 60%" in text
    assert "Attempt" not in text
    sitting = Sitting(tutor, chapter)
    sitting.answer(sitting.questions[0], right(sitting, sitting.questions[0]))
    assert "**1 of 3 are answered.**" in front_page(tutor, chapter)


def test_the_page_after_it_gives_the_reasons_the_missed_first(tutor, chapter):
    sit(tutor, chapter)
    sitting = Sitting(tutor, chapter)
    answers = {"one.q1": 1, "one.q2": (0, 2), "one.q4": "gradi``ent"}
    for question in sitting.questions:
        if question.id in answers:
            sitting.answer(question, answers[question.id])
    fact = sitting.hand_in()
    text = front_page(tutor, chapter)
    assert "2 attempts: first 100%, best 100%." in text
    assert f"## Attempt 2, {text.partition('Attempt 2, ')[2].partition(':')[0]}: 0 of" in text
    told = {
        "one.q1": ("Your answer: Along the gradient.", "Right: Against the gradient.", "climbs"),
        "one.q2": ("Your answer: the weights; the learning rate", "Right: the weights; the bias"),
        "one.q3": ("Your answer: none", "The gradient of $w^2/2$ is $w$."),
        "one.q4": ("Your answer: ```gradi``ent```", "Right: `learning rate`", "what scales it?"),
    }
    asked = {each.block for each in fact.questions}
    for name, words in told.items():
        assert all((word in text) == (name in asked) for word in words), name
    marks = [line[4] for line in text.splitlines() if line.startswith("### ")]
    assert marks == sorted(marks, key="✗◐✓".index)
    assert "{{" not in text


def test_a_question_that_is_gone_or_of_another_kind_leaves_the_rest_readable(
    tutor, chapter, course, tmp_path
):
    sit(tutor, chapter)
    asked = {each.block for each in tutor.progress.tests["only"][-1].questions}
    newer = shutil.copytree(course, tmp_path / "newer")
    lesson = newer / "one" / "lesson.md"
    text = lesson.read_text()
    for name in asked:
        text = text.replace(f'id = "{name}"\ntype = "single"', f'id = "{name}"\ntype = "multiple"')
    gone = "one.q4" if "one.q4" in asked else "one.q3"
    lesson.write_text(text.replace(f'id = "{gone}"', 'id = "one.new"'))
    opened = Tutor.open(newer)
    page = front_page(opened, opened.course.chapters[0])
    opened.close()
    assert f"### {gone}" in page
    assert page.count("\n### ") == 3


def test_chapters_are_found_by_the_beginning_of_their_id(tutor, chapter):
    assert find_chapter(tutor, "on") is chapter
    with pytest.raises(TutorError) as told:
        find_chapter(tutor, "ony")
    assert "The nearest tests: only." in told.value.hint


def test_a_chapter_without_a_test_has_none(tutor, course):
    file = course / "course.toml"
    file.write_text(file.read_text().replace("test = { draw = 3, pass = 0.6 }", ""))
    bare = Tutor.open(course)
    chapter = bare.course.chapters[0]
    assert chapter_tests(bare) == []
    assert chapter_test(bare, chapter) is None
    for refused in (Sitting, front_page):
        with pytest.raises(TutorError, match="has no test"):
            refused(bare, chapter)
    bare.close()

"""Reviewing on a real course: no points, other values, undo, code from an empty starter."""

import pytest
from scripts import checks_fail, checks_pass

from tutor.core.review import DAY
from tutor.session.tutor import Tutor


@pytest.fixture
def later(scripted, monkeypatch):
    """The fixture course with everything answered, two days later."""
    tutor, worker = scripted
    lesson = tutor.lesson("one")
    for name, answer in (("one.q1", 0), ("one.q2", (0, 1)), ("one.q4", "learning rate")):
        tutor.quizzes.answer(lesson.find(name), answer)
    question = lesson.find("one.q3")
    tutor.quizzes.answer(question, str(tutor.quizzes.ask(question).asked.values["w"] / 2))
    import time

    now = time.time() + 2 * DAY
    monkeypatch.setattr("tutor.session.reviewing.time.time", lambda: now)
    return tutor, worker


def test_what_was_answered_is_due_and_leaves_once_reviewed(later):
    tutor, _ = later
    assert {item.id for item in tutor.reviewing.due()} == {"one.q1", "one.q2", "one.q3", "one.q4"}
    before = tutor.standing(tutor.lesson("one"))
    tutor.reviewing.answer(tutor.lesson("one").find("one.q1"), 1)
    assert tutor.standing(tutor.lesson("one")) == before


def test_a_parameterised_question_comes_back_with_other_values(later):
    tutor, _ = later
    question = tutor.lesson("one").find("one.q3")
    seen = {tutor.reviewing.ask(question).asked.values["w"]}
    for _ in range(8):
        assert tutor.reviewing.ask(question) == tutor.reviewing.ask(question)
        tutor.reviewing.answer(question, "0")
        seen.add(tutor.reviewing.ask(question).asked.values["w"])
    assert len(seen) > 1


def test_a_hint_makes_it_hard_and_easy_only_follows_right(later):
    tutor, _ = later
    question = tutor.lesson("one").find("one.q1")
    assert tutor.reviewing.hint(question) == "Think of the ball."
    tutor.reviewing.answer(question, 0)
    assert tutor.reviewing.done[-1].rating == 2
    tutor.reviewing.easy()
    assert tutor.reviewing.done[-1].rating == 2
    tutor.reviewing.answer(tutor.lesson("one").find("one.q4"), "learning rate")
    good = tutor.reviewing.memories()["one.q4"].due
    tutor.reviewing.easy()
    assert tutor.reviewing.memories()["one.q4"].due > good
    assert tutor.reviewing.memories()["one.q4"].reviews == 1


def test_undo_brings_back_question_and_memory(later):
    tutor, _ = later
    question = tutor.lesson("one").find("one.q1")
    before = tutor.reviewing.memories()
    tutor.reviewing.answer(question, 1)
    assert tutor.reviewing.memories() != before
    assert tutor.reviewing.undo() is question
    assert tutor.reviewing.memories() == before
    assert tutor.reviewing.undo() is None


async def test_code_is_written_again_and_the_old_file_stays(later):
    tutor, worker = later
    code = tutor.lesson("one").find("one.step")
    tutor.coding.save(code, "mine = 1\n")
    await tutor.coding.check(code)
    assert "one.step" in tutor.reviewing.memories()
    first, second = tutor.reviewing.fresh_file(code), tutor.reviewing.fresh_file(code)
    assert first != second
    assert "your turn" in first.read_text()
    assert tutor.coding.text(code) == "mine = 1\n"
    attempts = tutor.progress.blocks["one.step"].attempts
    worker.check = checks_fail
    report = await tutor.reviewing.check(code, first)
    assert not report.verdict.passed
    worker.check = checks_pass
    report = await tutor.reviewing.check(code, first)
    tutor.reviewing.conclude(code, report, tries=2)
    assert tutor.reviewing.done[-1].rating == 2
    assert tutor.progress.blocks["one.step"].attempts == attempts


def test_strength_is_by_lesson_where_no_topic_is_named(later):
    tutor, _ = later
    assert [row.topic for row in tutor.reviewing.strengths()] == ["Rolling downhill"]


@pytest.mark.usefixtures("later")
def test_a_question_taken_out_of_the_course_is_never_asked(course):
    text = (course / "one" / "lesson.md").read_text()
    (course / "one" / "lesson.md").write_text(text.replace('"one.q1"', '"one.q9"'))
    again = Tutor.open(course)
    assert "one.q1" not in {item.id for item in again.reviewing.due()}
    again.close()

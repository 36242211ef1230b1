"""An open course with its learner."""

import pytest

from tutor.content.course import load_course
from tutor.core.errors import TutorError
from tutor.session.library import (
    built_in_course,
    chapter_of,
    find_exercise,
    neighbour,
    search,
    title_of,
)
from tutor.session.report import progress_table
from tutor.session.tutor import Tutor


def test_a_course_opens_with_its_lessons_in_order(scripted):
    tutor, _ = scripted
    assert list(tutor.course.lessons) == ["one", "two"]
    assert chapter_of(tutor.course, tutor.lesson("two")).title == "The only chapter"


def test_a_lesson_is_found_by_id_number_and_beginning(scripted):
    tutor, _ = scripted
    assert tutor.lesson("1").id == tutor.lesson("on").id == tutor.lesson("one").id == "one"
    with pytest.raises(TutorError, match="no lesson `thre`"):
        tutor.lesson("thre")


def test_an_exercise_is_found_and_a_near_miss_is_named(scripted):
    tutor, _ = scripted
    assert find_exercise(tutor.course, "one.run")[1].id == "one.run"
    with pytest.raises(TutorError) as caught:
        find_exercise(tutor.course, "one.rum")
    assert "one.run" in caught.value.hint


def test_the_place_is_remembered_across_sessions(scripted, course):
    tutor, _ = scripted
    assert tutor.resume().lesson.id == "one"
    tutor.place(tutor.lesson("one"), 3)
    tutor.close()
    again = Tutor.open(course)
    place = again.resume()
    assert (place.lesson.id, place.block) == ("one", 3)
    again.close()


def test_two_sessions_see_each_other(scripted, course):
    tutor, _ = scripted
    other = Tutor.open(course)
    question = tutor.lesson("one").find("one.q1")
    tutor.quizzes.answer(question, 0)
    assert "one.q1" not in other.progress.blocks
    other.refresh()
    assert other.progress.blocks["one.q1"].passed
    other.close()


def test_search_finds_words_in_prose_and_names_the_block(scripted):
    tutor, _ = scripted
    hits = search(tutor.course, "rolls DOWN")
    assert [(hit.lesson.id, hit.block) for hit in hits] == [("one", 0)]
    assert "rolls down a bowl" in hits[0].excerpt
    assert search(tutor.course, "   ") == []
    assert search(tutor.course, "no such words anywhere") == []


def test_search_reads_every_kind_of_block():
    course = load_course(built_in_course())
    assert search(course, "no such words anywhere") == []
    assert [hit.lesson.id for hit in search(course, "every cell does what both sides meant")] == [
        "notebooks"
    ]
    assert search(course, "12 weights and a bias"), "a table is read too"


def test_neighbours(scripted):
    tutor, _ = scripted
    one, two = tutor.lesson("one"), tutor.lesson("two")
    assert neighbour(tutor.course, one, 1) is two
    assert neighbour(tutor.course, one, -1) is None


def test_titles_of_blocks_are_words(scripted):
    tutor, _ = scripted
    titles = [title_of(block.body) for block in tutor.lesson("one").blocks]
    assert "A ball in a bowl" in titles
    assert "Rolling downhill" in titles
    assert all(titles)


def test_a_drafted_answer_survives_and_an_answer_clears_it(scripted, course):
    tutor, _ = scripted
    question = tutor.lesson("one").find("one.q4")
    tutor.save_draft("one.q4", "learn")
    tutor.close()
    again = Tutor.open(course)
    assert again.quizzes.ask(question).draft == "learn"
    again.quizzes.answer(question, "learning rate")
    assert again.quizzes.ask(question).draft == ""
    again.close()


def test_the_report_has_first_and_best(scripted):
    tutor, _ = scripted
    question = tutor.lesson("one").find("one.q1")
    tutor.quizzes.answer(question, 1)
    tutor.quizzes.answer(question, 0)
    row = progress_table(tutor)[0]
    assert (row.first, row.points) == (0, 0.5), "a second try earns half"
    assert not row.passed
    assert row.begun is False


def test_a_foreign_course_needs_trust_and_a_change_needs_it_again(course, home):
    tutor = Tutor.open(course)
    with pytest.raises(TutorError, match=r"one/bowl\.py"):
        tutor.trust.require()
    tutor.trust.grant()
    tutor.trust.require()
    (course / "one" / "bowl.py").write_text("# other code\n")
    assert tutor.trust.changed() == ["one/bowl.py"]
    with pytest.raises(TutorError):
        tutor.trust.require()
    tutor.close()

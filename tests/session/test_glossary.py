"""Looking words up, and the words of the built-in course."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.content.course import load_course
from tutor.core.errors import TutorError
from tutor.core.glossary import Term, matching, said
from tutor.session.glossary import look_up, place_of, shelves
from tutor.session.library import built_in_course, text_lines

COURSE = load_course(built_in_course())
TERMS = st.sampled_from(COURSE.glossary)


def term(name: str, *also: str, text: str = "t") -> Term:
    return Term(term=name, also=also, text=text, lesson="one")


@given(TERMS, st.sampled_from([str, str.upper, str.title]))
def test_every_name_finds_its_term_in_any_case(wanted, case):
    for name in wanted.names:
        if case(name).casefold() == name.casefold():
            assert look_up(COURSE, f" {case(name)} ") == wanted
        assert wanted in matching(COURSE.glossary, name)


@given(st.text(max_size=12))
def test_whatever_is_typed_finds_terms_or_says_so(typed):
    found = matching(COURSE.glossary, typed)
    assert set(found) <= set(COURSE.glossary)
    assert len(found) == len(COURSE.glossary) or typed.strip()
    with contextlib.suppress(TutorError):
        assert look_up(COURSE, typed) in found


def test_a_beginning_is_enough_and_two_are_too_many():
    assert look_up(COURSE, "hyp").term == "hyperparameter"
    assert look_up(COURSE, "test").term == "test data"
    with pytest.raises(TutorError, match="Several terms begin with `lo`") as several:
        look_up(COURSE, "lo")
    assert several.value.hint.startswith("loss, logit")
    with pytest.raises(TutorError, match="no term `gradiant`") as near:
        look_up(COURSE, "gradiant")
    assert "gradient" in near.value.hint


def test_names_come_before_explanations():
    terms = [term("loss"), term("target", text="what the loss needs"), term("step")]
    assert [each.term for each in matching(terms, "LOSS ")] == ["loss"]
    assert [each.term for each in matching(terms, "needs")] == ["target"]
    assert matching(terms, "zebra") == []


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("each Weight counts", True),
        ("the weights", True),
        ("weighted by", True),
        ("weightlessness", False),
        ("overweight", False),
        ("w_i is one", True),
        ("(η)", True),
    ],
)
def test_a_word_is_found_with_its_endings_and_not_inside_others(text, there):
    assert said(term("weight", "w_i", "η"), text) is there


def test_each_lesson_shows_every_term_once_its_own_first():
    for lesson in COURSE.lessons.values():
        found = shelves(COURSE, lesson)
        terms = [each for shelf in found for each in shelf.terms]
        assert len(terms) == len(set(terms)) == len(COURSE.glossary)
        own = [each for each in COURSE.glossary if each.lesson == lesson.id]
        assert set(terms[: len(own)]) == set(own)
        for shelf in found:
            names = [each.term.casefold() for each in shelf.terms]
            assert names == sorted(names)


def test_a_word_that_another_lesson_explained_stands_with_those_in_use():
    used = {shelf.title: shelf.terms for shelf in shelves(COURSE, COURSE.lessons["sgd-and-adam"])}
    assert "epoch" in [each.term for each in used["Used in it"]]
    assert "Adam" in [each.term for each in used["Of this lesson"]]


@pytest.mark.parametrize("wanted", COURSE.glossary, ids=lambda each: each.term)
def test_the_place_of_a_term_says_it(wanted):
    lesson, block = place_of(COURSE, wanted)
    assert lesson.id == wanted.lesson
    assert any(said(wanted, line) for line in text_lines(lesson.blocks[block].body))


def test_a_word_in_bold_is_where_it_is_explained():
    lesson, block = place_of(COURSE, look_up(COURSE, "cross-entropy"))
    first = text_lines(lesson.blocks[block].body)[0]
    assert first == "A price for a probability"

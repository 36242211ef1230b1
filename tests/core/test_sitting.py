"""What the test of a chapter draws, and what an attempt leaves behind."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core.course import Chapter, ChapterTest
from tutor.core.facts import Answered, GivenAnswer, Reviewed, Row, SatTest
from tutor.core.lesson import TextAnswer
from tutor.core.progress import fold
from tutor.core.review import DAY, GOOD, memories
from tutor.core.sitting import chapter_standing, draw, percent

CHAPTER = Chapter(id="c", title="C", day=1, lessons=("a", "b"), test=ChapterTest(draw=2))


def question(name):
    return TextAnswer(id=name, prompt="p", accept=("a",), why="w")


def questions(*counts):
    return [
        [question(f"l{lesson}.q{number}") for number in range(count)]
        for lesson, count in enumerate(counts)
    ]


def sat(*points, chapter="c", passing=0.7):
    given = tuple(
        GivenAnswer(block=f"q{i}", answer="a", seed=i, points=each, maximum=1.0)
        for i, each in enumerate(points)
    )
    return SatTest(chapter=chapter, questions=given, passing=passing, version="1")


def rows(*facts):
    return [Row(id=i, at=i * DAY, course="c", fact=fact) for i, fact in enumerate(facts, 1)]


COUNTS = st.lists(st.integers(0, 8), min_size=1, max_size=5)


@given(COUNTS, st.integers(1, 12), st.integers(0, 2**32))
def test_each_lesson_is_asked_about_as_often_as_any_other(counts, most, seed):
    lessons = questions(*counts)
    drawn = draw(lessons, most, seed)
    assert len(drawn) == min(most, sum(counts))
    assert len(set(map(id, drawn))) == len(drawn), "no question twice"
    asked = Counter(each.id.partition(".")[0] for each in drawn)
    for number, count in enumerate(counts):
        mine = asked[f"l{number}"]
        assert mine == count or mine >= max(asked.values()) - 1


@given(COUNTS, st.integers(1, 12), st.integers(0, 2**32))
def test_a_seed_draws_the_same_questions_again(counts, most, seed):
    lessons = questions(*counts)
    assert draw(lessons, most, seed) == draw(lessons, most, seed)


def test_other_attempts_ask_other_questions_in_other_orders():
    lessons = questions(8, 8, 8)
    attempts = [draw(lessons, 10, seed) for seed in range(20)]
    assert len({frozenset(each.id for each in drawn) for drawn in attempts}) > 15
    asked = Counter(each.id for drawn in attempts for each in drawn)
    assert len(asked) == 24, "every question has its turn"
    most = Counter(Counter(q.id[:2] for q in drawn).most_common(1)[0][0] for drawn in attempts)
    assert len(most) == 3, "no lesson always gives one more"


def test_first_best_and_passed_follow_from_the_attempts():
    lessons = questions(3, 1)
    none = chapter_standing(CHAPTER, lessons, [])
    assert (none.questions, none.attempts, none.first, none.best) == (2, 0, None, None)
    assert not none.passed
    found = chapter_standing(CHAPTER, lessons, [sat(0, 1), sat(1, 1), sat(0, 0)])
    assert (found.attempts, found.first, found.best) == (3, 0.5, 1.0)
    assert found.passed, "what was passed stays passed"


@pytest.mark.parametrize(
    ("points", "passed"), [((1, 1, 0), False), ((1, 1, 0.1), True), ((0, 0, 0), False)]
)
def test_the_mark_is_a_share_of_the_points(points, passed):
    assert sat(*points).passed == passed


@pytest.mark.parametrize(
    ("share", "words"), [(0.696, "69%"), (0.7, "70%"), (0.29, "29%"), (1.0, "100%"), (0.999, "99%")]
)
def test_what_falls_short_of_the_mark_does_not_read_as_the_mark(share, words):
    assert percent(share) == words


def test_the_mark_of_its_time_counts():
    assert sat(1, 0, passing=0.5).passed
    lessons = questions(2)
    assert chapter_standing(CHAPTER, lessons, [sat(1, 0, passing=0.5)]).passed


def test_fewer_questions_than_the_draw_are_all_asked_and_none_is_no_test():
    assert chapter_standing(CHAPTER, questions(1), []).questions == 1
    assert chapter_standing(CHAPTER, questions(0, 0), []) is None
    bare = Chapter(id="c", title="C", day=1, lessons=("a",))
    assert chapter_standing(bare, questions(3), []) is None


def test_an_attempt_changes_no_points_and_no_attempts_of_a_block():
    lesson = Answered(block="q0", answer="b", seed=0, points=0.0, maximum=1.0)
    before = fold(rows(lesson))
    after = fold(rows(lesson, sat(1, 1)))
    assert after.blocks == before.blocks
    assert after.passed == {}
    assert [each.share for each in after.tests["c"]] == [1.0]


def test_what_a_test_asked_comes_up_the_day_after():
    assert memories(rows(sat(1, 0)))["q0"].due == 2 * DAY


def test_a_miss_counts_as_forgotten_and_a_hit_as_nothing():
    reviews = [
        Reviewed(block=f"q{i}", rating=GOOD, seed=0, points=1, maximum=1)
        for i in (0, 1, 0, 1, 0, 1)
    ]
    before = memories(rows(*reviews))
    after = memories(rows(*reviews, sat(1, 0)))
    assert after["q0"] == before["q0"]
    assert after["q1"].lapses == 1
    assert after["q1"].due < before["q1"].due + DAY
    assert after["q1"].stability < before["q1"].stability

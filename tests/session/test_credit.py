"""Rules of credit: extras help, passes last, updates only raise, testing out is possible."""

import pytest

from tutor.core.facts import Passed, Regraded
from tutor.session.tutor import Tutor


def lesson_file(course):
    return course / "one" / "lesson.md"


def edit(course, old, new, version="2"):
    path = lesson_file(course)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    file = course / "course.toml"
    file.write_text(file.read_text().replace('version = "1"', f'version = "{version}"'))


def reopened(course):
    return Tutor.open(course)


def facts(tutor, kind):
    return [row.fact for row in tutor.facts() if isinstance(row.fact, kind)]


def right_answers(tutor):
    lesson = tutor.lesson("one")
    tutor.quizzes.answer(lesson.find("one.q1"), 0)
    tutor.quizzes.answer(lesson.find("one.q2"), (0, 1))
    third = lesson.find("one.q3")
    tutor.quizzes.answer(third, str(tutor.quizzes.ask(third).asked.values["w"] / 2))
    tutor.quizzes.answer(lesson.find("one.q4"), "learning rate")


async def everything(tutor):
    lesson = tutor.lesson("one")
    right_answers(tutor)
    tutor.predicting.commit(lesson.find("one.bet"), 0)
    live = await tutor.training.start(lesson.find("one.run"), {"learning_rate": 0.5})
    async for _ in live.events():
        pass
    await tutor.coding.check(lesson.find("one.step"))


async def test_a_pass_is_written_down_once_and_outlives_the_course(scripted, course):
    tutor, _ = scripted
    await everything(tutor)
    (passed,) = facts(tutor, Passed)
    assert (passed.lesson, passed.version, passed.tested_out) == ("one", "1", False)
    extra = '\n```toml reflect\nid = "one.think"'
    quiz = (
        '\n<details><summary>New</summary>\n\n```toml quiz\nid = "one.q9"\ntype = "text"\n'
        'prompt = "?"\npoints = 50\naccept = ["x"]\nwhy = "w"\n```\n\n</details>\n' + extra
    )
    edit(course, extra, quiz)
    again = reopened(course)
    standing = again.standing(again.lesson("one"))
    assert standing.points < standing.needed
    assert standing.passed
    again.close()


@pytest.mark.usefixtures("scripted")
async def test_extras_help_but_are_not_asked_for(course):
    edit(course, "## Some code", "## Extra code")
    again = reopened(course)
    lesson = again.lesson("one")
    standing = again.standing(lesson)
    extra = sum(
        standing.blocks[block.id].maximum for block in lesson.blocks if block.extra and block.id
    )
    assert extra >= 4
    assert standing.needed == pytest.approx(0.8 * (standing.maximum - extra))
    again.close()


def test_points_that_change_with_the_course_keep_their_share(scripted, course):
    tutor, _ = scripted
    tutor.quizzes.answer(tutor.lesson("one").find("one.q2"), (0, 1))
    edit(course, "points = 2\n[[choice]]", "points = 6\n[[choice]]")
    again = reopened(course)
    block = again.standing(again.lesson("one")).blocks["one.q2"]
    assert (block.earned, block.first, block.maximum) == (6, 6, 6)
    again.close()


def test_a_better_key_raises_and_says_so_once(scripted, course):
    tutor, _ = scripted
    tutor.quizzes.answer(tutor.lesson("one").find("one.q4"), "stride")
    assert tutor.progress.blocks["one.q4"].best == 0
    edit(course, '"step size"]', '"step size", "stride"]')
    again = reopened(course)
    assert [words for words in again.notices if "judged better now: 0 → 1" in words]
    assert again.progress.blocks["one.q4"].passed
    assert len(facts(again, Regraded)) == 1
    again.close()
    once_more = reopened(course)
    assert once_more.notices == []
    once_more.close()


def test_a_stricter_key_takes_nothing(scripted, course):
    tutor, _ = scripted
    tutor.quizzes.answer(tutor.lesson("one").find("one.q4"), "step size")
    edit(course, ', "step size"]', "]")
    again = reopened(course)
    assert again.progress.blocks["one.q4"].best == 1
    assert again.notices == []
    again.close()


def test_a_second_try_is_regraded_at_its_half(scripted, course):
    tutor, _ = scripted
    question = tutor.lesson("one").find("one.q4")
    tutor.quizzes.answer(question, "nonsense")
    tutor.quizzes.answer(question, "stride")
    edit(course, '"step size"]', '"step size", "stride"]')
    again = reopened(course)
    assert again.progress.blocks["one.q4"].best == 0.5
    again.close()


def test_what_was_given_up_stays_given_up(scripted, course):
    tutor, _ = scripted
    question = tutor.lesson("one").find("one.q4")
    tutor.quizzes.give_up(question)
    tutor.quizzes.answer(question, "stride")
    edit(course, '"step size"]', '"step size", "stride"]')
    again = reopened(course)
    assert again.progress.blocks["one.q4"].best == 0
    again.close()


def test_exercises_that_went_are_told(scripted, course):
    tutor, _ = scripted
    tutor.quizzes.answer(tutor.lesson("one").find("one.q4"), "step size")
    edit(course, 'id = "one.q4"', 'id = "one.q5"')
    again = reopened(course)
    assert any("1 exercise you did are no longer" in words for words in again.notices)
    again.close()


def test_testing_out_passes_unread(scripted):
    tutor, _ = scripted
    lesson = tutor.lesson("one")
    assert tutor.quizzes.can_test_out(lesson)
    right_answers(tutor)
    assert not tutor.quizzes.can_test_out(lesson)
    assert tutor.quizzes.test_out(lesson)
    standing = tutor.standing(lesson)
    assert standing.passed
    assert standing.tested_out
    assert standing.points == 5
    assert not tutor.quizzes.can_test_out(tutor.lesson("two"))


def test_a_hint_a_slip_or_a_gap_is_no_test_out(scripted):
    tutor, _ = scripted
    lesson = tutor.lesson("one")
    tutor.quizzes.hint(lesson.find("one.q1"))
    right_answers(tutor)
    assert tutor.quizzes.test_out(lesson)  # 4 of 5 points are still enough
    assert tutor.progress.passed["one"].points == 4


def test_too_few_first_answers_are_no_test_out(scripted):
    tutor, _ = scripted
    lesson = tutor.lesson("one")
    tutor.quizzes.answer(lesson.find("one.q2"), (2,))
    right_answers(tutor)
    assert not tutor.quizzes.test_out(lesson)
    assert not tutor.standing(lesson).passed

"""The page of a day."""

import pytest

from tutor.core.errors import TutorError
from tutor.session.summary import finished, summary


async def test_a_day_on_one_page(scripted):
    tutor, _ = scripted
    tutor.introduce("Ada")
    lesson = tutor.lesson("one")
    text = await summary(tutor, 1)
    assert "**Ada** has passed 0 of the 2 lessons" in text
    assert "Best runs" not in text
    live = await tutor.training.start(lesson.find("one.run"), {"learning_rate": 0.5}, seed=7)
    async for _ in live.events():
        pass
    tutor.quizzes.answer(lesson.find("one.q1"), 0)
    text = await summary(tutor, 1)
    assert "**A ball in a bowl**: learning_rate 0.5, steps 40; seed 7 on cpu." in text
    assert "train/loss" in text
    assert "1 of its questions come back by tomorrow" in text
    assert not finished(tutor, 1)


async def test_a_finished_day_says_when(scripted):
    tutor, _ = scripted
    lesson = tutor.lesson("one")
    for name, answer in (("one.q1", 0), ("one.q2", (0, 1)), ("one.q4", "learning rate")):
        tutor.quizzes.answer(lesson.find(name), answer)
    third = lesson.find("one.q3")
    tutor.quizzes.answer(third, str(tutor.quizzes.ask(third).asked.values["w"] / 2))
    assert tutor.quizzes.test_out(lesson)
    tutor.place(tutor.lesson("two"), len(tutor.lesson("two").blocks) - 1)
    assert finished(tutor, 1)
    text = await summary(tutor, 1)
    assert "has passed all 2 lessons of day 1, the last on " in text
    assert "Rolling downhill: 5 of 13 points, tested out" in text


async def test_a_day_that_is_not_there(scripted):
    with pytest.raises(TutorError, match="no day 9"):
        await summary(scripted[0], 9)

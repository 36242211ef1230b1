"""Asking and answering."""

import pytest

from tutor.core.errors import TutorError


def question(tutor, name):
    return tutor.lesson("one").find(name)


def test_a_right_answer_earns_its_points(scripted):
    tutor, _ = scripted
    verdict = tutor.quizzes.answer(question(tutor, "one.q1"), 0)
    assert (verdict.points, verdict.passed) == (1, True)


def test_the_price_of_a_second_try_is_said_beforehand(scripted):
    tutor, _ = scripted
    asked = question(tutor, "one.q1")
    assert tutor.quizzes.ask(asked).worth == 1
    tutor.quizzes.answer(asked, 1)
    asking = tutor.quizzes.ask(asked)
    assert (asking.attempt, asking.worth) == (2, 0.5)


def test_a_parameterised_question_comes_back_new_and_whole(scripted):
    tutor, _ = scripted
    asked = question(tutor, "one.q3")
    prompts = set()
    for _ in range(8):
        asking = tutor.quizzes.ask(asked)
        assert asking.worth == 1
        prompts.add(asking.asked.prompt)
        tutor.quizzes.answer(asked, "-1")
    assert len(prompts) > 1
    assert "{{" not in "".join(prompts)
    w = tutor.quizzes.ask(asked).asked.values["w"]
    assert tutor.quizzes.answer(asked, str(w / 2)).points == 1


def test_the_same_attempt_has_the_same_values(scripted):
    tutor, _ = scripted
    asked = question(tutor, "one.q3")
    assert tutor.quizzes.ask(asked).asked == tutor.quizzes.ask(asked).asked


def test_what_is_no_answer_costs_no_attempt(scripted):
    tutor, _ = scripted
    asked = question(tutor, "one.q3")
    with pytest.raises(TutorError):
        tutor.quizzes.answer(asked, "0,5")
    assert tutor.quizzes.ask(asked).attempt == 1


def test_hints_open_one_by_one_and_end(scripted):
    tutor, _ = scripted
    asked = question(tutor, "one.q1")
    assert tutor.quizzes.hint(asked) == "Think of the ball."
    assert tutor.quizzes.hint(asked) is None
    assert tutor.quizzes.ask(asked).hints == ("Think of the ball.",)


def test_after_giving_up_nothing_is_earned(scripted):
    tutor, _ = scripted
    asked = question(tutor, "one.q4")
    verdict = tutor.quizzes.give_up(asked)
    assert "learning rate" in verdict.answer
    assert tutor.quizzes.ask(asked).worth == 0
    tutor.quizzes.answer(asked, "learning rate")
    assert tutor.standing(tutor.lesson("one")).blocks["one.q4"].earned == 0


def test_a_bet_is_made_once(scripted):
    tutor, _ = scripted
    predict = question(tutor, "one.bet")
    assert not tutor.predicting.commit(predict, 1).passed
    assert not tutor.predicting.commit(predict, 0).passed, "the first bet stands"
    assert tutor.predicting.committed(predict) == 1
    assert tutor.predicting.knobs(predict) == {"learning_rate": 2.5}

"""What a learner is shown of an exception."""

import json

from tutor.worker.failures import failed


def learners_code():
    return json.loads("{")


def test_a_trace_ends_where_the_learner_can_mend_something():
    try:
        learners_code()
    except ValueError as error:
        told = failed(error, "nonce")
    assert told.title.startswith("JSONDecodeError: ")
    assert "in learners_code" in told.trace
    assert "decoder.py" not in told.trace


def test_an_exercises_own_sentence_needs_no_name_of_an_exception():
    told = failed(ValueError("Your network has 2,410 parameters; the budget is 999."), "n")
    assert told.title == "Your network has 2,410 parameters; the budget is 999."
    assert told.hint == "Mend that, then train again."
    assert failed(ValueError("math domain error"), "n").title == "ValueError: math domain error"

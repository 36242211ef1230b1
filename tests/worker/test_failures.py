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

"""Knobs: what was asked for against what is declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core.errors import TutorError
from tutor.core.knobs import check, turned_fixed, validate
from tutor.core.lesson import Knob, Plot, Run

LR = Knob(default=0.001, range=(1e-4, 10.0))
EPOCHS = Knob(default=6, range=(1, 20))
NESTEROV = Knob(default=False)
OPTIMISER = Knob(default="sgd", choices=("sgd", "adam"))
BATCH = Knob(default=32, choices=(16, 32, 64))
RUN = Run(
    id="r",
    entry="models.x:train",
    title="t",
    goal="g",
    retry="again",
    plot=(Plot(series=("a",)),),
    fixed=("epochs", "optimiser"),
    knobs={"lr": LR, "epochs": EPOCHS, "nesterov": NESTEROV, "optimiser": OPTIMISER},
)
DEFAULTS = {"lr": 0.001, "epochs": 6, "nesterov": False, "optimiser": "sgd"}


def test_what_is_not_given_stands_at_its_default():
    assert validate(RUN, {}) == DEFAULTS
    assert validate(RUN, {"lr": 0.1}) == DEFAULTS | {"lr": 0.1}


@pytest.mark.parametrize(
    ("knob", "given", "value"),
    [
        (LR, "1e-3", 0.001),
        (LR, " 2 ", 2.0),
        (LR, 10, 10.0),
        (EPOCHS, "7", 7),
        (EPOCHS, 7.0, 7),
        (NESTEROV, "on", True),
        (NESTEROV, "No", False),
        (NESTEROV, True, True),
        (OPTIMISER, "adam", "adam"),
        (BATCH, "64", 64),
    ],
)
def test_text_is_read_in_the_knobs_own_type(knob, given, value):
    found = check("k", knob, given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("knob", "given", "words"),
    [
        (LR, "20", "0.0001 to 10"),
        (LR, 0.0, "0.0001 to 10"),
        (LR, "fast", "number"),
        (LR, "nan", "finite"),
        (LR, "inf", "finite"),
        (LR, True, "number"),
        (EPOCHS, "2.5", "whole"),
        (EPOCHS, 21, "1 to 20"),
        (NESTEROV, "perhaps", "on or off"),
        (OPTIMISER, "\x1b[2J", "sgd, adam"),
        (BATCH, 48, "16, 32, 64"),
    ],
)
def test_a_refusal_names_the_knob_and_what_is_allowed(knob, given, words):
    with pytest.raises(TutorError) as caught:
        check("the_knob", knob, given)
    assert "the_knob" in caught.value.title
    assert words in caught.value.hint
    assert "\x1b" not in str(caught.value)


def test_an_unknown_knob_is_refused_with_the_known_ones():
    with pytest.raises(TutorError, match="lr, epochs, nesterov, optimiser"):
        validate(RUN, {"learning_rate": 0.1})


@given(
    st.sampled_from([LR, EPOCHS, NESTEROV, OPTIMISER, BATCH]),
    st.one_of(st.text(), st.floats(), st.integers(), st.booleans()),
)
def test_any_value_is_taken_in_bounds_or_refused(knob, value):
    try:
        found = check("k", knob, value)
    except TutorError:
        return
    assert type(found) is type(knob.default)
    assert not knob.choices or found in knob.choices
    assert knob.range is None or knob.range[0] <= found <= knob.range[1]


def test_a_fixed_knob_off_its_default_makes_practice():
    assert turned_fixed(RUN, validate(RUN, {"lr": 0.1, "epochs": "6"})) == []
    assert turned_fixed(RUN, validate(RUN, {"epochs": 7})) == ["epochs"]
    assert turned_fixed(RUN, {"epochs": 7, "optimiser": "adam"}) == ["epochs", "optimiser"]

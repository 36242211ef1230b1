"""Turning a knob."""

from hypothesis import given
from hypothesis import strategies as st

from tutor.core.lesson import Knob
from tutor.core.steps import notch, shown

LOG = Knob(default=0.01, range=(1e-4, 10.0), scale="log")


def test_a_logarithmic_knob_walks_1_2_3_5():
    value = 0.01
    walked = []
    for _ in range(5):
        value = notch(LOG, value, 1)
        walked.append(value)
    assert walked == [0.02, 0.03, 0.05, 0.1, 0.2]


def test_up_then_down_comes_back():
    for value in (1e-3, 0.02, 0.3, 5.0):
        assert notch(LOG, notch(LOG, value, 1), -1) == value


@given(st.floats(1e-4, 10.0), st.sampled_from([1, -1]))
def test_a_knob_never_leaves_its_range(value, way):
    assert 1e-4 <= notch(LOG, value, way) <= 10.0


def test_whole_knobs_stay_whole_and_always_move():
    knob = Knob(default=10, range=(1, 12))
    assert notch(knob, 10, 1) == 11
    assert isinstance(notch(knob, 10, 1), int)
    assert notch(knob, 12, 1) == 12


def test_choices_and_switches_go_round():
    knob = Knob(default="sgd", choices=("sgd", "momentum", "adam"))
    assert notch(knob, "adam", 1) == "sgd"
    assert notch(knob, "sgd", -1) == "adam"
    assert notch(Knob(default=True), True, 1) is False


def test_values_as_a_person_writes_them():
    assert [shown(value) for value in (True, 0.001, 1e-05, 32, "adam")] == [
        "on",
        "0.001",
        "1e-05",
        "32",
        "adam",
    ]
